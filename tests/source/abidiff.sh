#!/bin/sh
# The shared library as it is now against that of a release (a tag or any revision), by abidiff of
# libabigail: builds both, for the baseline and with debugging information. Ends with abidiff's
# status: 0 where nothing changed, 4 where something was added, 12 where programs would break.
#
#     sh tests/source/abidiff.sh REVISION
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
revision=${1:?a tag or a revision}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/old"
git -C "$root" archive "$revision" | tar xf - -C "$work/old"

# library SOURCES BUILD: where the library is.
library() {
    levels=
    if grep -q "'levels'" "$1/meson_options.txt"; then
        levels=-Dlevels=baseline
    fi
    meson setup "$2" "$1" --buildtype=debug $levels -Dtests=false -Dbench=false -Dexamples=false >&2
    ninja -C "$2" >&2
    find "$2/src" -maxdepth 1 -type f -name 'libconv.so*' ! -name '*.symbols'
}

old=$(library "$work/old" "$work/build-old")
new=$(library "$root" "$work/build-new")
abidiff --headers-dir1 "$work/old/include" --headers-dir2 "$root/include" "$old" "$new"
