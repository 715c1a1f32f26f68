#!/bin/sh
# Builds the library and its tests and runs the tests: from any directory, from any path, on a
# machine with a C compiler and a package manager. Builds twice where clang is there, both with
# warnings as errors; the tests run in the first. Ends with one line:
#
#   N passed, N failed              or    N passed, N failed, N skipped
#
# Arguments are passed on to `meson test`, for example: sh tests/run.sh integral threads
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
sh .ci/setup.sh cc meson ninja fftw3 cmocka

# build DIRECTORY: configures where that has not been done, and compiles.
build() {
    if [ ! -f "$1/build.ninja" ]; then
        rm -rf "$1"
        meson setup "$1" --buildtype=debugoptimized --werror -Dtests=true >"$1.log" 2>&1 ||
            { cat "$1.log"; rm -f "$1.log"; return 1; }
        rm -f "$1.log"
    fi
    log=$1/compile.log
    meson compile -C "$1" >"$log" 2>&1 || { tail -n 200 "$log"; return 1; }
    ! grep -i 'warning:' "$log" || return 1
}

fail() {
    echo "$1"
    echo "0 passed, 1 failed"
    exit 1
}

echo "building with the default compiler"
build build-tests || fail "the build failed"
clang_passed=0
clang_failed=0
if command -v clang >/dev/null 2>&1; then
    echo "building with clang"
    export CC=clang
    if command -v clang++ >/dev/null 2>&1; then
        export CXX=clang++
    fi
    if build build-clang; then # counts as one test
        clang_passed=1
    else
        clang_failed=1
    fi
    unset CC CXX
else
    echo "no clang: the second build is left out"
fi

echo "running the tests"
results=build-tests/meson-logs/testlog.json
rm -f "$results"
status=0
meson test -C build-tests --no-rebuild --no-suite long --print-errorlogs "$@" \
    >build-tests/run.log 2>&1 || status=$?
sed -n '/^[[:space:]]*[0-9][0-9]*\/[0-9]/p' build-tests/run.log
[ -f "$results" ] || { cat build-tests/run.log; fail "meson test wrote no results"; }

# One line of JSON per test program. A program that speaks TAP counts its cases; what it announced
# and did not get to has failed; a program that ended badly has at least one failure. Any other
# program counts once.
awk -v status="$status" -v extra="$clang_passed" -v extra_failed="$clang_failed" '
    function field(line, name,    at, rest) {
        at = index(line, "\"" name "\": ")
        if (at == 0) return ""
        rest = substr(line, at + length(name) + 4)
        if (substr(rest, 1, 1) == "\"") rest = substr(rest, 2, match(substr(rest, 2), /"/) - 1)
        else sub(/[,}].*/, "", rest)
        return rest
    }
    {
        name = field($0, "name")
        result = field($0, "result")
        # The lines of its output; in JSON they are parted by the two characters \n.
        at = index($0, "\"stdout\": \"")
        text = at > 0 ? substr($0, at + 11) : ""
        lines = split(text, line, /\\n/)
        planned = 0; ok = 0; bad = 0; left_out = 0
        for (i = 1; i <= lines; i++) {
            if (line[i] ~ /^1\.\.[0-9]+/) planned = substr(line[i], 4) + 0
            else if (line[i] ~ /^ok [0-9]+.*# *[Ss][Kk][Ii][Pp]/) {
                left_out++
                print "skipped: " name ": " line[i]
            }
            else if (line[i] ~ /^ok [0-9]/) ok++
            else if (line[i] ~ /^not ok [0-9]/) { bad++; print "failed: " name ": " line[i] }
        }
        if (planned == 0 && ok + bad + left_out == 0) {
            if (result == "OK") ok = 1
            else if (result == "SKIP") {
                left_out = 1
                print "skipped: " name ": " substr(text, 1, 200)
            }
        } else if (planned > ok + bad + left_out) {
            print "failed: " name ": " planned - ok - bad - left_out " cases never ran"
            bad = planned - ok - left_out
        }
        if (result != "OK" && result != "SKIP" && bad == 0) {
            bad = 1
            print "failed: " name ": " result
        }
        passed += ok; failed += bad; skipped += left_out
    }
    END {
        passed += extra
        failed += extra_failed
        if (extra_failed) print "failed: the build with clang"
        if (status != 0 && failed == extra_failed) { print "meson test ended with " status; failed++ }
        if (passed - extra + failed - extra_failed + skipped == 0) { print "no test ran"; failed++ }
        printf "%d passed, %d failed", passed, failed
        if (skipped > 0) printf ", %d skipped", skipped
        printf "\n"
        exit failed > 0
    }' "$results" >build-tests/summary.txt || status=1

# What failed in full, then the summary, whose last line is the count.
if [ "$status" != 0 ]; then
    sed -n '/^Summary of Failures/q;/――――/,$p' build-tests/run.log | grep -v 'RUN      \|       OK' |
        head -n 400 || true
fi
sed -n '/^# \(method\|direct\|separable\|blocks\|fft\|reference\) /p' build-tests/meson-logs/testlog.txt |
    awk '$2 == "method" { suite++ } { print }' | head -n 100
cat build-tests/summary.txt
exit "$status"
