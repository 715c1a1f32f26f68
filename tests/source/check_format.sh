#!/bin/sh
# Every C source is as clang-format leaves it, and no line of sources and pages is above 100
# characters but tables, links and what programs write. Speaks TAP. CONV_SOURCE: the sources.
set -u

wanted=14 # another version has other opinions
cd "${CONV_SOURCE:?}" || exit 1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# files PATTERN...: names of what is tracked, or else of what is there, a zero behind each.
files() {
    if git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files -z -- "$@"
    else
        for pattern; do
            case $pattern in
            \**) find . -path './build*' -prune -o -name "$pattern" -type f -print0 ;;
            *) find . -path "./$pattern" -type f -print0 ;;
            esac
        done
    fi
}

echo 1..2
version=$(clang-format --version 2>/dev/null | sed -n 's/.*version \([0-9]*\).*/\1/p')
if [ "$version" = "$wanted" ]; then
    files '*.c' '*.h' '*.cpp' | xargs -0 clang-format --dry-run >"$work/log" 2>&1
    if [ ! -s "$work/log" ]; then
        echo 'ok 1 - clang-format changes nothing'
    else
        echo 'not ok 1 - clang-format changes nothing'
        head -n 20 "$work/log" | sed 's/^/# /'
    fi
else
    echo "ok 1 - clang-format changes nothing # SKIP clang-format $wanted is not there"
fi

files '*.c' '*.h' '*.cpp' '*.py' README.md 'bench/*.md' 'examples/*.md' 'src/*.md' | xargs -0 awk '
    { text = $0; gsub(/[\200-\277]/, "", text) }
    length(text) <= 100 { next }
    FILENAME ~ /\.md$/ && (/^\|/ || /\]\(/) { next }
    { print FILENAME ":" FNR ": " length(text) " characters" }' |
    grep -v 'src/cost/calibrated\.c:\|src/fft/ring_constants\.c:' >"$work/log"
if [ ! -s "$work/log" ]; then
    echo 'ok 2 - no line is above 100 characters'
else
    echo 'not ok 2 - no line is above 100 characters'
    head -n 20 "$work/log" | sed 's/^/# /'
fi
