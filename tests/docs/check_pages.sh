#!/bin/sh
# check_pages.sh HEADER FILTER DIRECTORY [CONVBENCH_PAGE]: the manual pages in DIRECTORY are well
# formed, and every function of the header has its prototype in one and can be looked up by its
# name; what FILTER makes of the header for Doxygen is C with the same functions. Speaks TAP.
set -u

header=$1 filter=$2 directory=$3
number=0
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

result() { # STATUS NAME: with the log where it failed
    number=$((number + 1))
    if [ "$1" = 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        head -n 20 "$work/log" | sed 's/^/# /'
    fi
}

# As `man` finds them.
mkdir "$work/man3"
cp "$directory"/conv*.3 "$work/man3/"
[ $# -lt 4 ] || cp "$4" "$work/convbench.1" # a name without spaces
cd "$work" || exit 1
pages=$(grep -L '^\.so ' man3/*.3)
[ $# -lt 4 ] || pages="$pages convbench.1"

# Names in front of the parenthesis of what is declared CONV_API; not by the pages' script.
sed 's|/\*.*\*/||' "$header" | awk '
    /^CONV_API/ { open = 1; text = "" }
    open { text = text " " $0 }
    open && /\(/ {
        sub(/\(.*/, "", text)
        words = split(text, word, /[ *]+/)
        print word[words]
        open = 0
    }' | sort -u >functions
[ "$(wc -l <functions)" -ge 53 ] 2>log
result $? "$(wc -l <functions) functions in the header"

: >log
while read -r name; do
    page=man3/$name.3
    if [ ! -f "$page" ]; then
        echo "no $page" >>log
        continue
    fi
    target=$(sed -n 's/^\.so //p' "$page")
    grep -q "[ *]$name(" "${target:-$page}" || echo "no prototype of $name" >>log
done <functions
[ ! -s log ]
result $? 'every function has a page with its prototype'

: >log
sed -n 's/^    \(CONV_[A-Z0-9_]*\).*/\1/p; s/^#define \(CONV_[A-Z_]*\) [0-9].*/\1/p' "$header" |
    sort -u >enumerators
while read -r name; do
    grep -q "$name" $pages || echo "no page has $name" >>log
done <enumerators
[ ! -s log ] && [ -s enumerators ]
result $? "every constant is in a page ($(wc -l <enumerators))"

if command -v groff >/dev/null 2>&1; then
    for page in $pages; do
        groff -man -ww -z -Tutf8 "$page"
    done >log 2>&1
    [ ! -s log ]
    result $? 'groff -ww has nothing to say'
else
    number=$((number + 1))
    echo "ok $number - groff -ww has nothing to say # SKIP groff is not there"
fi
if command -v mandoc >/dev/null 2>&1; then
    # The header has no date.
    mandoc -Tlint -W warning $pages 2>&1 | grep -v 'missing date' >log
    [ ! -s log ]
    result $? 'mandoc -Tlint has nothing to say'
else
    number=$((number + 1))
    echo "ok $number - mandoc -Tlint has nothing to say # SKIP mandoc is not there"
fi
{
    printf '#include <stddef.h>\n#include <stdint.h>\n'
    printf 'typedef float _Complex conv_c32;\ntypedef double _Complex conv_c64;\n'
    python3 "$filter" "$header"
} >filtered.c 2>log
${CC:-cc} -std=c11 -Wall -Werror -fsyntax-only filtered.c >>log 2>&1
result $? 'what Doxygen reads is C'
: >log
while read -r name; do
    grep -q "^[^*/]*[ *]$name(" filtered.c || echo "no $name" >>log
done <functions
[ ! -s log ] && [ "$(grep -c '^/\*\* @defgroup' filtered.c)" -ge 11 ]
result $? 'with every function, in groups'
echo "1..$number"
