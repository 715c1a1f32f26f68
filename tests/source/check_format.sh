#!/bin/sh
# Every C source is as clang-format leaves it, and no line of sources and pages is above 100
# characters but tables, links and what programs write. Speaks TAP. CONV_SOURCE: the sources.
set -u

wanted=14 # another version has other opinions
cd "${CONV_SOURCE:?}" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# files PATTERN...: their names, one a line, of what is tracked, or else of what is there.
files() {
    if git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files -- "$@"
    else
        for pattern; do
            find . -path './build*' -prune -o -name "$pattern" -type f -print
        done
    fi
}

echo 1..2
version=$(clang-format --version 2>/dev/null | sed -n 's/.*version \([0-9]*\).*/\1/p')
if [ "$version" = "$wanted" ]; then
    # One after the other: names may hold spaces.
    files '*.c' '*.h' '*.cpp' | while read -r name; do
        clang-format --dry-run "$name" 2>&1
    done >"$work/log"
    if [ ! -s "$work/log" ]; then
        echo 'ok 1 - clang-format changes nothing'
    else
        echo 'not ok 1 - clang-format changes nothing'
        head -n 20 "$work/log" | sed 's/^/# /'
    fi
else
    echo "ok 1 - clang-format changes nothing # SKIP clang-format $wanted is not there"
fi

files '*.c' '*.h' '*.cpp' '*.py' README.md 'bench/*.md' 'examples/*.md' 'src/*.md' |
    while read -r name; do
    awk -v name="$name" '
        { text = $0; gsub(/[\200-\277]/, "", text) }
        length(text) <= 100 { next }
        name ~ /\.md$/ && (/^\|/ || /\]\(/) { next }
        { print name ":" NR ": " length(text) " characters" }' "$name"
done | grep -v '^src/cost/calibrated\.c:\|^src/fft/ring_constants\.c:' >"$work/log"
if [ ! -s "$work/log" ]; then
    echo 'ok 2 - no line is above 100 characters'
else
    echo 'not ok 2 - no line is above 100 characters'
    head -n 20 "$work/log" | sed 's/^/# /'
fi
