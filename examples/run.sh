#!/bin/sh
# Installs what is missing (as root, or with a sudo that asks for no password), builds the library
# and the examples, and runs them on the data in examples/data. Pictures and tables: examples/out.
set -eu
unset CDPATH
cd -- "$(dirname -- "$0")/.."

sh .ci/setup.sh cc meson ninja fftw3 --optional libpng gnuplot

build="build-examples"
out=examples/out
mkdir -p "$out"

configure() {
    meson setup "$@" "$build" --buildtype=release \
        -Dexamples=true -Dtests=false -Dbench=false
}

# A build directory that another version of Meson, another place of the sources or a library
# that has gone since left behind is made anew.
build() {
    if [ -f "$build/meson-private/coredata.dat" ]; then
        configure --reconfigure >"$out/build.log" 2>&1 &&
            meson compile -C "$build" >>"$out/build.log" 2>&1 && return
        rm -rf "$build"
    fi
    if ! { configure && meson compile -C "$build"; } >"$out/build.log" 2>&1; then
        cat "$out/build.log" >&2
        echo "run.sh: the build failed" >&2
        exit 1
    fi
}

echo "building in $build"
build

rm -f "$out"/*.csv "$out"/*.png "$out"/*.pgm
failed=
run() {
    name=$1
    shift
    echo
    echo "== $name"
    "$build/examples/$name" "$@" || failed="$failed $name"
}
run conventions
run image_padding examples/data "$out"
run sunspots examples/data "$out"
run terrain examples/data "$out"
run finite_integral "$out"
run orders "$out"
run volterra "$out"
run tails "$out"
run resolution "$out"
run point_spread examples/data "$out"

echo
echo "pictures:"
for picture in "$out"/*.png "$out"/*.pgm; do
    [ ! -f "$picture" ] || echo "  $picture"
done
if [ -n "$failed" ]; then
    echo "failed:$failed" >&2
    exit 1
fi
