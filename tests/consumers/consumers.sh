#!/bin/sh
# Uses libconv as others do; speaks TAP. CONV_SOURCE: the sources.
set -u

source=${CONV_SOURCE:-$(cd "$(dirname "$0")/../.." && pwd)}
work=$(mktemp -d)/work
mkdir -p "$work/home"
trap 'rm -rf "$(dirname "$work")"' EXIT
unset CFLAGS CXXFLAGS LDFLAGS PKG_CONFIG_PATH LD_LIBRARY_PATH DESTDIR MESON_TESTTHREADS
readme=$source/README.md
number=0

ok() {
    number=$((number + 1))
    echo "ok $number - $1"
}

not_ok() {
    number=$((number + 1))
    echo "not ok $number - $1"
    sed 's/^/# /' "$work/log" | tail -n 30
}

skip() {
    number=$((number + 1))
    echo "ok $number - $1 # SKIP $2"
}

# check NAME COMMAND...: in a shell of its own, its output kept for a failure.
check() {
    name=$1
    shift
    # Not as a condition: there the shell ignores set -e, and only a case's last command would count.
    (set -e; "$@") >"$work/log" 2>&1
    status=$?
    if [ $status = 0 ]; then ok "$name"; else not_ok "$name"; fi
}

# none PATTERN FILE: fails where a line matches. A command behind "!" never ends a case by itself.
none() {
    if grep -i "$1" "$2"; then return 1; fi
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# snippet NAME: the C program of README whose main has the comment NAME.
snippet() {
    awk -v wanted="/* $1 */" '/^```c$/ { inside = 1; text = ""; next }
        /^```$/ { if (inside && index(text, wanted)) printf "%s", text; inside = 0 }
        inside { text = text $0 "\n" }' "$readme"
}

# What a program's comments say that it prints.
said() {
    awk '/\/\* prints / { inside = 1 }
        inside {
            text = $0
            sub(/.*\/\* prints /, "", text)
            if (sub(/ *\*\/.*/, "", text)) inside = 0
            sub(/^ +/, "", text)
            print text
        }' "$1"
}

# The lines to type of README's section on building.
readme_lines() {
    awk '/^## / { inside = /^## Build and install/ } inside && /^    / { print substr($0, 5) }' \
        "$readme"
}

# Fresh sources: what is tracked, as it is now.
copy_sources() {
    mkdir -p "$1"
    (cd "$source" && { git ls-files -z 2>/dev/null || find . -type f -not -path './build*' -print0; } |
        xargs -0 tar cf - 2>/dev/null) | tar xf - -C "$1"
}

prefix=$work/home/.local
log_of_use='1 2 3 4 5 4.25'

as_readme_says() {
    set -e
    copy_sources "$work/libconv"
    cd "$work/libconv"
    snippet use.c >use.c
    snippet integral.c >integral.c
    HOME=$work/home
    export HOME
    readme_lines >lines.sh
    [ "$(wc -l <lines.sh)" -ge 8 ]
    # For the baseline alone, and not optimised: a tenth of the time. The gate itself builds all
    # levels, optimised, and runs them.
    sed 's/^meson setup.*--buildtype=release/& -Dlevels=baseline -Doptimization=0/' lines.sh >shorter.sh
    [ "$(diff lines.sh shorter.sh | grep -c '^>')" = 1 ]
    sh -e shorter.sh
}

prints_what_readme_says() {
    set -e
    cd "$work/libconv"
    for program in use integral; do
        said $program.c >expected
        ./$program | sed 's/ *$//' | diff expected -
        wc -l <expected
    done >lines
    [ "$(tr '\n' ' ' <lines)" = '2 4 ' ]
    ./use-static | sed 's/ *$//' >static
    said use.c | diff - static
    man_page=$prefix/share/man/man3/conv_plan_create.3
    [ -s "$man_page" ] && [ -s "$prefix/share/man/man1/convbench.1" ]
    "$prefix/bin/convbench" --version
}

by_make() {
    set -e
    mkdir -p "$work/make"
    cd "$work/make"
    cp "$work/libconv/use.c" .
    export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
    printf 'use: use.c\n\t$(CC) $< $(shell pkg-config --cflags --libs libconv) -lm -o $@\n' >Makefile
    make
    LD_LIBRARY_PATH=$prefix/lib ./use | grep "$log_of_use"
}

by_cmake() {
    set -e
    mkdir -p "$work/cmake"
    cd "$work/cmake"
    cp "$work/libconv/use.c" .
    cat >CMakeLists.txt <<'EOF'
cmake_minimum_required(VERSION 3.13)
project(consumer C)
find_package(libconv 0.2 REQUIRED)
add_executable(use use.c)
target_link_libraries(use libconv::conv m)
add_executable(use_static use.c)
target_link_libraries(use_static libconv::conv_static)
EOF
    cmake -S . -B build -DCMAKE_PREFIX_PATH="$1"
    cmake --build build
    build/use | grep "$log_of_use"
    build/use_static | grep "$log_of_use"
}

in_cxx() {
    set -e
    cd "$work"
    cat >use.cpp <<'EOF'
#include <conv.h>
#include <complex>
#include <vector>
int main() {
    std::vector<std::complex<double>> x{{1, 0}, {0, 1}}, h{{0, 1}}, y(2);
    return conv1d_c64(reinterpret_cast<const conv_c64 *>(x.data()), 2,
                      reinterpret_cast<const conv_c64 *>(h.data()), 1, CONV_FULL,
                      reinterpret_cast<conv_c64 *>(y.data())) != CONV_OK ||
           y[0] != std::complex<double>{0, 1} || y[1] != std::complex<double>{-1, 0};
}
EOF
    export PKG_CONFIG_PATH="$prefix/lib/pkgconfig"
    c++ -std=c++17 -Wall -Wextra -Werror use.cpp $(pkg-config --cflags --libs libconv) -o use_cpp
    LD_LIBRARY_PATH=$prefix/lib ./use_cpp
}

moved_elsewhere() {
    set -e
    mv "$prefix" "$work/home/moved"
    mkdir -p "$work/moved"
    cd "$work/moved"
    cp "$work/libconv/use.c" .
    export PKG_CONFIG_PATH="$work/home/moved/lib/pkgconfig"
    cc use.c $(pkg-config --cflags --libs libconv) -lm -o use
    LD_LIBRARY_PATH=$work/home/moved/lib ./use | grep "$log_of_use"
}

as_subproject() {
    set -e
    mkdir -p "$work/outer/subprojects"
    cd "$work/outer"
    copy_sources subprojects/libconv
    cp "$work/libconv/use.c" .
    cat >meson.build <<'EOF'
project('outer', 'c', license: 'MIT', default_options: ['optimization=0'])
libconv = dependency('libconv', fallback: ['libconv', 'libconv_dep'])
executable('use', 'use.c', dependencies: [libconv, meson.get_compiler('c').find_library('m')])
EOF
    PKG_CONFIG_LIBDIR=$(pkg-config --variable pc_path pkg-config) meson setup build \
        -Dlibconv:levels=baseline
    ninja -C build -t targets all >targets
    none 'tests/\|convbench\|cmocka\|finite_integral' targets
    none 'libfftw3\|HAVE_FFTW' build/build.ninja
    none 'rule cpp_' build/build.ninja
    ninja -C build
    build/use | grep "$log_of_use"
}

without_fftw() {
    set -e
    cd "$work/libconv"
    meson setup build-plain -Doptimization=0 -Dlevels=baseline -Dfftw=disabled -Dtests=false \
        -Dbench=false -Dexamples=false
    ninja -C build-plain src/libconv.a
    cc use.c -Iinclude build-plain/src/libconv.a -lm -lpthread -o use-plain
    ./use-plain | grep "$log_of_use"
    nm build-plain/src/libconv.a >symbols 2>/dev/null || true
    none fftw_execute symbols
}

from_tarball() {
    set -e
    cd "$work"
    meson setup dist-build "$source" -Dtests=false -Dbench=false -Dexamples=false
    ninja -C dist-build src/install/conv.c # from a build that is not below the sources
    meson dist -C dist-build --no-tests --allow-dirty --formats gztar
    tar xf dist-build/meson-dist/libconv-*.tar.gz
    cd libconv-[0-9]*
    meson setup build -Doptimization=0 -Dlevels=baseline -Dtests=false -Dbench=false \
        -Dexamples=false
    ninja -C build
    cc "$work/libconv/use.c" -Iinclude -Lbuild/src -lconv -lm -o use
    LD_LIBRARY_PATH=build/src ./use | grep "$log_of_use"
}

# This script's own check: a case that fails in its middle fails.
fails_in_its_middle() {
    false
    true
}
case $(check middle fails_in_its_middle) in
"not ok"*) ok 'a case fails by any of its commands' ;;
*) not_ok 'a case fails by any of its commands' ;;
esac

check 'README: build, install, compile, run, link statically' as_readme_says
if [ -x "$work/libconv/use" ] && [ -x "$work/libconv/integral" ]; then
    check 'README: the snippets print what it says' prints_what_readme_says
else
    echo 'no programs' >"$work/log"
    not_ok 'README: the snippets print what it says'
fi
if has make; then check 'pkg-config and make' by_make; else skip make 'no make'; fi
if has cmake; then check CMake by_cmake "$prefix"; else skip CMake 'no CMake'; fi
if has c++; then check 'C++17' in_cxx; else skip 'C++17' 'no C++ compiler'; fi
check 'the installed folder moved' moved_elsewhere
if has cmake; then check 'CMake, moved' by_cmake "$work/home/moved"; else skip 'CMake, moved' 'no CMake'; fi
check 'a Meson subproject' as_subproject
check 'without FFTW3' without_fftw
if has git && git -C "$source" rev-parse --git-dir >/dev/null 2>&1; then
    check 'meson dist' from_tarball
else
    skip 'meson dist' 'not a git checkout'
fi
echo "1..$number"
