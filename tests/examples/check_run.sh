#!/bin/sh
# Runs examples/run.sh in fresh sources, in a path with a space, without FFTW3; speaks TAP.
# CONV_SOURCE: the sources.
set -u

source=${CONV_SOURCE:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset CFLAGS LDFLAGS PKG_CONFIG_PATH DESTDIR
PKG_CONFIG_LIBDIR=$work/none # where no library is found
export PKG_CONFIG_LIBDIR
copy="$work/a b"
mkdir -p "$copy/examples/out"
for part in .ci LICENSE README.md include meson.build meson_options.txt src examples; do
    cp -R "$source/$part" "$copy/"
done
rm -rf "$copy/examples/out"
mkdir "$copy/examples/out"
echo mine >"$copy/examples/out/mine.csv"
echo old >"$copy/examples/out/tails.csv"
number=0

check() {
    number=$((number + 1))
    what=$1
    shift
    if "$@" >"$work/why" 2>&1; then
        echo "ok $number - $what"
    else
        echo "not ok $number - $what"
        tail -n 30 "$work/why" "$work/log" | sed 's/^/# /'
    fi
}

first_comes_before_the_others() {
    awk '/^== finite_integral/ { first = NR } /building the other examples/ { others = NR }
        END { exit !(first && first < others) }' "$work/log"
}

all_have_written() {
    for name in finite_integral image_padding sunspots terrain orders volterra tails \
        resolution point_spread; do
        [ -s "$copy/examples/out/$name.csv" ] && [ -s "$copy/examples/out/$name.gp" ] || return 1
    done
}

pictures() {
    if command -v gnuplot; then
        [ "$(find "$copy/examples/out" -name '*.png' -size +4k | wc -l)" -eq 9 ]
    else
        grep 'No pictures: gnuplot is not there' "$work/log"
    fi
}

check 'run.sh ends well' sh -c 'cd / && sh "$0/examples/run.sh" >"$1" 2>&1' "$copy" "$work/log"
check 'the first result comes before the rest is built' first_comes_before_the_others
check 'every example has written its files' all_have_written
check 'a picture of each, or a line that says how to have them' pictures
check 'steps of the build were counted' grep '^  \[[0-9]*0/[0-9]*\]' "$work/log"
check 'the licence without FFTW3' grep 'without FFTW3: under the MIT licence alone' "$work/log"
check 'files of others stay' grep mine "$copy/examples/out/mine.csv"
check 'old results go' grep componentwise "$copy/examples/out/tails.csv"
echo "1..$number"
