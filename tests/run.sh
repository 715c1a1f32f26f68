#!/bin/sh
# Builds the library and its tests and runs the tests: from any directory, from any path, on a
# machine with a C compiler and a package manager. The configurations, all built with warnings as
# errors:
#
#   default      the default compiler; every test, the bench and the examples
#   level NAME   the same build held to a lower instruction-set level; the suites that reach loops
#                compiled for levels
#   plain        without FFTW and without threads, for the baseline alone: its loops are those of
#                the default build; the correctness suites
#   clang        the other compiler, all levels; the fast suites
#   sanitize     address and undefined-behaviour sanitizers, of clang where it is there, whose
#                checks of pointers go further; for the baseline alone: tests/README.md says how to
#                sanitize the others' loops by hand. The correctness suites
#   tsan         thread sanitizer, one instruction set; the suites about threads
#
# Ends with what failed, what was skipped and why, and one line over all configurations:
#
#   N passed, N failed              or    N passed, N failed, N skipped
#
# With arguments only the default configuration runs; they are passed on to `meson test`, for
# example: sh tests/run.sh integral threads
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root"
sh .ci/setup.sh cc meson ninja cmocka --optional cxx fftw3 scipy libpng \
    libsndfile

unset LIBCONV_LEVEL CONV_TEST_BUDGET CONV_TEST_SEED
logs=build-logs
records=$logs/records # lines of: passed, failed or skipped; how many; configuration and what
rm -rf "$logs"
mkdir "$logs"
echo 'int main(void) { return 0; }' >"$logs/try.c"
: >"$records"

started=$(date +%s)
say() {
    echo "[$(($(date +%s) - started)) s] $*"
}

# record passed|failed|skipped COUNT TEXT
record() {
    echo "$*" >>"$records"
}

# show LOG: what Meson and Ninja print, kept in LOG; of it their progress, a step every five seconds,
# and every test as it ends.
show() {
    shown=0
    while IFS= read -r line; do
        printf '%s\n' "$line" >&3
        case ${line#"${line%%[! ]*}"} in
        '['[0-9]*/[0-9]*']'*)
            now=$(date +%s)
            if [ $((now - shown)) -ge 5 ]; then
                echo "    ${line%%]*}]"
                shown=$now
            fi
            ;;
        [0-9]*/[0-9]*' '*) echo "$line" ;;
        esac
    done 3>"$1"
}

# The build, and what it ended with as the last line of its output: a pipe keeps the status of its
# last command only.
make_build() {
    directory=$1
    shift
    status=0
    { configure "$directory" --werror -Dtests=true "$@" && meson compile -C "$directory" ${targets:-}; } 2>&1 ||
        status=$?
    echo "status $status"
}

# build CONFIGURATION DIRECTORY OPTION...: one test, that it builds without a warning. $targets:
# instead of everything.
build() {
    configuration=$1 directory=$2
    shift 2
    say "$configuration: building in $directory"
    log=$logs/$configuration.build
    make_build "$directory" "$@" | show "$log"
    if [ "$(tail -n 1 "$log")" != "status 0" ]; then
        tail -n 200 "$log"
        record failed 1 "$configuration: the build"
        return 1
    elif grep -i 'warning:' "$log"; then
        record failed 1 "$configuration: the build, which has warnings"
        return 1
    fi
    record passed 1 "$configuration"
}

# A directory that another version of Meson or another place of the sources left behind is made
# anew.
configure() {
    if [ -f "$1/meson-private/coredata.dat" ]; then
        meson setup --reconfigure "$@" && return
    fi
    rm -rf "$1"
    meson setup "$@"
}

# run CONFIGURATION DIRECTORY ARGUMENT...: the tests of a build.
run() {
    configuration=$1 directory=$2
    shift 2
    say "$configuration: running the tests"
    name=$(echo "$configuration" | tr ' ' '-')
    results=$directory/meson-logs/$name.json
    rm -f "$results"
    {
        status=0
        PYTHONUNBUFFERED=1 meson test -C "$directory" --no-rebuild --logbase "$name" \
            --print-errorlogs "$@" 2>&1 || status=$?
        echo "status $status"
    } | show "$logs/$name.run"
    status=$(sed -n '$s/^status //p' "$logs/$name.run")
    if [ "$status" != 0 ]; then
        sed -n '/^Summary of Failures/q;/――――/,$p' "$logs/$name.run" |
            grep -v 'RUN      \|       OK' | head -n 400 || true
    fi
    if [ ! -f "$results" ]; then
        cat "$logs/$name.run"
        record failed 1 "$configuration: meson test wrote no results"
        return
    fi
    awk -v configuration="$configuration" -v status="$status" -f tests/count.awk "$results" \
        >>"$records"
}

run_default() {
    build default build-tests -Ddebug=false -Doptimization=2 -Db_ndebug=false || return 0
    if grep -q 'FFTW3 *: no' "$logs/default.build"; then
        record skipped 1 "default: FFTW3 is not there; the library's own transform was tested alone"
    fi
    run default build-tests --no-suite long "$@"
    sed -n '/^# \(method\|direct\|separable\|blocks\|fft\|reference\) /p' \
        build-tests/meson-logs/default.txt | head -n 100
}

# Each level below the one that the default configuration ran on, after a look whether
# LIBCONV_LEVEL forces it.
run_levels() {
    [ -x build-tests/tests/levels ] || return 0
    here=" $(build-tests/tests/levels | tr '\n' ' ') "
    highest=$(build-tests/tests/levels | tail -n 1)
    for level in $(build-tests/tests/levels --all); do
        [ "$level" != "$highest" ] || continue
        case $here in
        *" $level "*) ;;
        *)
            record skipped 1 "level $level: this processor or this build does not have it"
            continue
            ;;
        esac
        (
            export LIBCONV_LEVEL="$level" CONV_TEST_BUDGET=0.3
            if [ "$(build-tests/tests/levels | tail -n 1)" = "$level" ]; then
                run "level $level" build-tests --suite level
            else
                record failed 1 "level $level: LIBCONV_LEVEL does not force it"
            fi
        )
    done
}

run_plain() {
    build plain build-plain -Ddebug=false -Doptimization=1 -Db_ndebug=false -Dlevels=baseline \
        -Dfftw=disabled -Dthreads=false || return 0
    (
        export CONV_TEST_BUDGET=0.3
        run plain build-plain --suite correct
    )
}

run_clang() {
    if ! command -v clang >/dev/null 2>&1; then
        record skipped 1 "clang: it is not there"
        return
    fi
    (
        export CC=clang
        if command -v clang++ >/dev/null 2>&1; then
            export CXX=clang++
        fi
        build clang build-clang -Ddebug=false -Doptimization=1 -Db_ndebug=false
    ) || return 0
    run clang build-clang --suite fast
}

run_sanitize() {
    compiler=cc
    checks=address,undefined
    if command -v clang >/dev/null 2>&1; then
        compiler=clang
    fi
    if ! "$compiler" -fsanitize=$checks "$logs/try.c" -o "$logs/try" >/dev/null 2>&1 ||
        ! "$logs/try"; then
        record skipped 1 "sanitize: $compiler has no sanitizers here"
        return
    fi
    (
        export CC="$compiler"
        build sanitize build-sanitize -Ddebug=false -Doptimization=1 \
            -Dlevels=baseline -Db_sanitize=$checks -Db_lundef=false -Dbench=false -Dexamples=false
    ) || return 0
    (
        export CONV_TEST_BUDGET=0.1
        # What is too large to allocate is answered by NULL, as it is without a sanitizer. What is
        # undefined ends the program, and so the test.
        export ASAN_OPTIONS=allocator_may_return_null=1 UBSAN_OPTIONS=halt_on_error=1
        run sanitize build-sanitize --suite correct -t 5
    )
}

# Of other suites the threads are those of `threads`.
run_tsan() {
    if ! cc -fsanitize=thread "$logs/try.c" -o "$logs/try" >/dev/null 2>&1 || ! "$logs/try"; then
        record skipped 1 "tsan: cc has no thread sanitizer here"
        return
    fi
    (
        targets="test_parallel test_threads test_product"
        build tsan build-tsan -Ddebug=false -Doptimization=1 -Dlevels=baseline -Db_sanitize=thread \
            -Db_lundef=false -Dbench=false -Dexamples=false
    ) || return 0
    (
        export CONV_TEST_BUDGET=0.2 TSAN_OPTIONS=allocator_may_return_null=1
        run tsan build-tsan parallel threads product -t 5
    )
}

run_default "$@"
if [ $# = 0 ]; then
    run_levels
    run_plain
    run_clang
    run_sanitize
    run_tsan
else
    record skipped 1 "the other configurations: only some tests were asked for"
fi

say "done"
awk '
    { count[$1] += $2 }
    $1 != "passed" { text = $0; sub(/^[a-z]+ [0-9]+ /, "", text); print $1 ": " text }
    END {
        if (count["passed"] + count["failed"] == 0) { print "failed: no test ran"; count["failed"]++ }
        printf "%d passed, %d failed", count["passed"], count["failed"]
        if (count["skipped"] > 0) printf ", %d skipped", count["skipped"]
        printf "\n"
        exit count["failed"] > 0
    }' "$records"
