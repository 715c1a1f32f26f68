#!/bin/sh
# Builds the library and runs the examples on the data in examples/data. What they write, and where
# gnuplot is there their pictures, is in examples/out. Installs a missing compiler, Meson or Ninja as
# root, or with a sudo that asks for no password; else it says which packages are missing.
set -eu
unset CDPATH
cd -- "$(dirname -- "$0")/.."

sh .ci/setup.sh cc meson ninja

build=build-examples
out=examples/out
log=$out/build.log
mkdir -p "$out"
: >"$log"

started=$(date +%s)
say() {
    echo "[$(($(date +%s) - started)) s] $*"
}

# Neither optimised nor for more than the baseline instruction set: an eighth of the processor time
# to compile. What the examples compute takes a fraction of a second all the same.
configure() {
    meson setup "$@" "$build" --buildtype=release -Doptimization=0 -Dlevels=baseline -Dtests=false \
        -Dbench=false -Dexamples=true >>"$log" 2>&1
}

# Ninja counts its steps: [12/164]. All goes to the log, every tenth count here.
compile() {
    if [ -t 1 ]; then end='\r'; else end='\n'; fi
    { meson compile -C "$build" "$@" 2>&1 && echo built; } | while IFS= read -r line; do
        printf '%s\n' "$line" >>"$log"
        case ${line%%]*} in
        \[*0/*) printf "  %s]  $end" "${line%%]*}" ;;
        esac
    done
    [ "$(tail -n 1 "$log")" = built ]
}

# What another version of Meson, another place of the sources or a library that has gone since left
# behind is made anew.
prepare() {
    if [ -f "$build/meson-private/coredata.dat" ]; then
        configure --reconfigure && compile "$@" && return
        rm -rf "$build"
    fi
    configure && compile "$@"
}

stop() {
    tail -n 100 "$log" >&2
    echo "run.sh: the build failed" >&2
    exit 1
}

failed=
no_pictures=
run() {
    name=$1
    shift
    echo
    echo "== $name"
    rm -f "$out/$name.csv" "$out/$name.gp" "$out/$name.png"
    if ! (cd "$out" && "../../$build/examples/$name" "$@"); then
        failed="$failed $name"
    elif [ -f "$out/$name.gp" ] && ! command -v gnuplot >/dev/null 2>&1; then
        no_pictures=yes
    elif [ -f "$out/$name.gp" ]; then
        if (cd "$out" && gnuplot "$name.gp"); then
            echo "Picture: $out/$name.png"
        else
            failed="$failed $name (gnuplot)"
        fi
    fi
}

say "building the library in $build, quickly: not optimised, for its answers and not for speed"
prepare finite_integral || stop
run finite_integral
echo
say "building the other examples"
compile || stop
run conventions
run image_padding ../data/volcano_87x61.csv
run sunspots ../data/sunspots_monthly.csv
run terrain ../data/volcano_87x61.csv
run orders
run volterra
run tails
run resolution
run point_spread ../data/volcano_87x61.csv
run dense_to_conv 64 256
run layer_shapes
run layer_gradients
run conv4d

# An image of any kind: here one that gnuplot has just drawn.
if [ -x "$build/examples/blur" ] && [ -f "$out/terrain.png" ]; then
    run blur terrain.png blurred.png gauss:3
fi

echo
if grep -q 'FFTW3 *: yes' "$log"; then
    echo "Built with FFTW3, which is under the GPL: programs distributed with this build are bound by" \
        "it. -Dfftw=disabled leaves it out."
else
    echo "Built without FFTW3: under the MIT licence alone, by its own transform; circular" \
        "convolutions of odd periods fold a linear one."
fi
echo "What the examples wrote is in $out. For a library that is fast, install it as README.md says."
if [ -n "$no_pictures" ]; then
    echo "No pictures: gnuplot is not there. To have them: sh .ci/setup.sh gnuplot, and this again."
fi
if [ -n "$failed" ]; then
    echo "failed:$failed" >&2
    exit 1
fi
