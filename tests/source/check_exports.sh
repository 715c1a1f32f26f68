#!/bin/sh
# check_exports.sh LIBRARY: every symbol that the shared library exports begins with conv.
set -eu

library=$1
if ! command -v nm >/dev/null 2>&1; then
    echo "nm is not there"
    exit 77
fi
case $library in
*.dylib) symbols=$(nm -gU "$library" | awk '{ sub(/^_/, "", $3); print $3 }') ;;
*) symbols=$(nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }') ;;
esac
printf '%s\n' "$symbols" | awk '
    $1 !~ /^conv/ { print "exported: " $1; bad++ }
    $1 ~ /^conv/ { good++ }
    END {
        print good + 0 " symbols begin with conv, " bad + 0 " do not"
        exit bad > 0 || good < 53
    }'
