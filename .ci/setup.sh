#!/bin/sh
# Looks for the tools and libraries named, and installs those that are missing with the package
# manager of the system: as root, or with a sudo that asks for no password. Downloads nothing else.
#
#   sh .ci/setup.sh cc meson ninja fftw3 cmocka --optional gnuplot
#
# Names: cc cxx meson ninja pkg-config fftw3 cmocka gnuplot clang clang-format git python3
# scipy (with NumPy, for any python3 there is) libpng libsndfile.
# What stands before --optional must be there in the end; otherwise the script says which packages
# to install and ends with 1. What stands after it is tried, and its absence is no failure.
# Where nothing is missing it needs no rights and prints nothing.
set -eu

has_command() {
    command -v "$1" >/dev/null 2>&1
}

# A compiler without the C library's headers is as good as none.
compiles() {
    suffix=$1
    shift
    work=$(mktemp -d) || exit 1
    printf '#include <stdlib.h>\nint main(void) { return EXIT_SUCCESS; }\n' >"$work/try.$suffix"
    answer=1
    for compiler; do
        # unquoted: CC may hold a launcher and options too
        if $compiler "$work/try.$suffix" -o "$work/try" >/dev/null 2>&1; then
            answer=0
            break
        fi
    done
    rm -rf "$work"
    return $answer
}

has_library() {
    has_command pkg-config && pkg-config --exists "$@"
}

imports() {
    has_command "$1" && "$1" -c 'import numpy, scipy' >/dev/null 2>&1
}

has() {
    case $1 in
    cc) compiles c "${CC:-cc}" gcc clang ;;
    cxx) compiles cpp "${CXX:-c++}" g++ clang++ ;;
    ninja) has_command ninja || has_command ninja-build || has_command samu ;;
    fftw3) has_library fftw3 fftw3f ;; # in double and in single precision
    cmocka) has_library cmocka ;;
    libpng) has_library libpng ;;
    libsndfile) has_library sndfile ;;
    scipy) imports python3 || imports /usr/bin/python3 ;;
    *) has_command "$1" ;;
    esac
}

missing() {
    for name; do
        has "$name" || printf '%s ' "$name"
    done
}

# The packages that hold the things named, by package manager.
packages() {
    for name; do
        case $manager:$name in
        apt-get:cc) echo gcc libc6-dev ;;
        apt-get:cxx) echo g++ ;;
        apt-get:ninja | dnf:ninja) echo ninja-build ;;
        apt-get:fftw3) echo libfftw3-dev ;;
        apt-get:cmocka) echo libcmocka-dev ;;
        apt-get:gnuplot) echo gnuplot-nox ;;
        apt-get:libpng) echo libpng-dev ;;
        apt-get:libsndfile) echo libsndfile1-dev ;;
        apk:libpng) echo libpng-dev ;;
        apk:libsndfile) echo libsndfile-dev ;;
        dnf:libpng) echo libpng-devel ;;
        dnf:libsndfile | zypper:libsndfile) echo libsndfile-devel ;;
        zypper:libpng) echo libpng16-devel ;;
        apt-get:scipy | dnf:scipy) echo python3-numpy python3-scipy ;;
        apk:scipy) echo py3-numpy py3-scipy ;;
        zypper:scipy) echo python3-numpy python3-scipy ;;
        pacman:scipy) echo python-numpy python-scipy ;;
        dnf:cxx | zypper:cxx) echo gcc-c++ ;;
        dnf:pkg-config) echo pkgconf-pkg-config ;;
        dnf:fftw3) echo fftw-devel ;;
        dnf:cmocka | zypper:cmocka) echo libcmocka-devel ;;
        dnf:clang-format) echo clang-tools-extra ;;
        apk:cc) echo gcc musl-dev ;;
        apk:cxx) echo g++ musl-dev ;;
        apk:ninja) echo samurai ;;
        apk:fftw3) echo fftw-dev ;;
        apk:cmocka) echo cmocka-dev ;;
        apk:clang-format) echo clang-extra-tools ;;
        zypper:fftw3) echo fftw3-devel ;;
        pacman:cxx) echo gcc ;;
        pacman:python3) echo python ;;
        pacman:clang-format) echo clang ;;
        brew:cxx) echo gcc ;;
        apk:pkg-config | pacman:pkg-config | brew:pkg-config) echo pkgconf ;;
        pacman:fftw3 | brew:fftw3) echo fftw ;;
        *:cc) echo gcc ;;
        *) echo "$name" ;;
        esac
    done | tr '\n' ' '
}

run_install() {
    case $manager in
    apt-get) $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" ;;
    dnf) $as_root dnf install -y "$@" ;;
    apk) $as_root apk add "$@" ;;
    pacman) $as_root pacman -S --needed --noconfirm "$@" ;;
    zypper) $as_root zypper --non-interactive install --no-recommends "$@" ;;
    brew) brew install "$@" ;;
    esac
}

refresh() {
    case $manager in
    apt-get) $as_root apt-get update ;;
    apk) $as_root apk update ;;
    pacman) $as_root pacman -Sy ;;
    *) ;;
    esac
}

# The package lists are fetched when the first try fails: without them, or with old ones, it does.
install() {
    echo "setup: $manager installs $*"
    run_install "$@" >"$log" 2>&1 || { refresh && run_install "$@"; } >>"$log" 2>&1
}

# add NAME: to the list that is being read, once
add() {
    case " $required $optional " in
    *" $1 "*) ;;
    *) eval "$into=\"\$$into $1\"" ;;
    esac
}

required=
optional=
into=required
for name; do
    case $name in
    --optional)
        into=optional
        continue
        ;;
    *[!a-z0-9+-]* | -*)
        echo "setup: unknown name: $name" >&2
        exit 2
        ;;
    fftw3 | cmocka | libpng | libsndfile) add pkg-config ;; # which is how Meson finds libraries
    esac
    add "$name"
done

# Names hold no spaces, so the lists are split on purpose from here on.
# shellcheck disable=SC2086
absent=$(missing $required)
# shellcheck disable=SC2086
wished=$(missing $optional)
[ -n "$absent$wished" ] || exit 0

manager=
for candidate in apt-get dnf apk pacman zypper brew; do
    if has_command $candidate; then
        manager=$candidate
        break
    fi
done

may_install=no
as_root=
if [ "$manager" = brew ]; then
    may_install=yes # Homebrew refuses to run as root
elif [ "$(id -u)" = 0 ]; then
    may_install=yes
elif has_command sudo && sudo -n true >/dev/null 2>&1; then
    may_install=yes
    as_root=sudo
fi
[ -n "$manager" ] || may_install=no

log=$(mktemp)
trap 'rm -f "$log"' EXIT

if [ $may_install = yes ]; then
    # shellcheck disable=SC2046,SC2086
    if [ -n "$absent" ] && ! install $(packages $absent); then
        cat "$log" >&2
    fi
    for name in $wished; do
        # One by one: a package that this system does not have must not keep the others away.
        # shellcheck disable=SC2046
        has "$name" || install $(packages "$name") ||
            echo "setup: $name is not there; what needs it is left out"
    done
fi

# shellcheck disable=SC2086
absent=$(missing $required)
[ -n "$absent" ] || exit 0
echo "setup: missing: $absent" >&2
if [ -n "$manager" ]; then
    # shellcheck disable=SC2086
    echo "setup: install these packages with $manager: $(packages $absent)" >&2
else
    echo "setup: no package manager that this script knows (apt-get, dnf, apk, pacman, zypper, brew)" >&2
fi
exit 1
