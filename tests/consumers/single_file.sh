#!/bin/sh
# The library as one file: compiled by a plain compiler's line, then the suites named run with it in
# the place of the shared library. Speaks TAP.
#
#   single_file.sh CONV_C HEADER_DIRECTORY TEST_PROGRAM...
set -u

source=$1 headers=$2 begun_in=$PWD
shift 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$source" "$headers/conv.h" "$work"
cd "$work" || exit 1
unset CFLAGS
CMOCKA_MESSAGE_OUTPUT=STDOUT
CONV_TEST_BUDGET=0.05
export CMOCKA_MESSAGE_OUTPUT CONV_TEST_BUDGET

number=0
result() { # STATUS NAME: with the last lines of the log where it failed
    number=$((number + 1))
    if [ "$1" = 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        tail -n 20 log | sed 's/^/# /'
    fi
}

echo "1..$((3 + $#))"
begun=$(date +%s)
${CC:-cc} -O2 -fPIC -c conv.c >log 2>&1
result $? 'cc -O2 -fPIC -c conv.c'
took=$(($(date +%s) - begun))
echo "it took $took s" >>log
[ -s conv.o ] && [ "$(sed '$d' log | wc -l)" = 0 ] && [ "$took" -le 60 ]
result $? "no warning, and in $took s (limit 60)"
${CC:-cc} -shared conv.o -o libconv.so -lm -pthread >log 2>&1
result $? 'as a shared library'
for program; do
    case $program in /*) ;; *) program=$begun_in/$program ;; esac
    LD_PRELOAD=$work/libconv.so "$program" >log 2>&1
    result $? "${program##*/test_}"
done
