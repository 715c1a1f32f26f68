#!/bin/sh
# Compiles each example alone, with the line that README gives, runs it where it can find nothing
# else, and has NAME.awk check what it prints and writes; speaks TAP.
#
# CONV_SOURCE: the sources. CONV_BUILD: a build directory with both libraries. LIBCONV_LEVEL counts.
set -u

source=${CONV_SOURCE:?}
build=${CONV_BUILD:?}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset CFLAGS LDFLAGS PKG_CONFIG_PATH DESTDIR
LC_ALL=C
export LC_ALL
checks=$source/tests/examples
results=$work/results # lines that begin with "ok - " or "not ok - "; # for what goes with them
: >"$results"

pass() {
    echo "ok - $*" >>"$results"
}

fail() {
    echo "not ok - $*" >>"$results"
    sed 's/^/# /' "$work/log" | tail -n 30 >>"$results"
}

meson install -C "$build" --no-rebuild --destdir "$work/installed" >"$work/log" 2>&1 ||
    fail 'the library can be installed'
PKG_CONFIG_PATH=$(dirname "$(find "$work/installed" -name libconv.pc)")
LD_LIBRARY_PATH=$(PKG_CONFIG_PATH=$PKG_CONFIG_PATH pkg-config --variable=libdir libconv)
export PKG_CONFIG_PATH LD_LIBRARY_PATH
compile_line=$(sed -n 's/^    \(cc -std=c11 use\.c .*libconv) -lm\) .*/\1/p' \
    "$source/README.md")
case $compile_line in
cc*use.c*) ;;
*)
    echo "$compile_line" >"$work/log"
    fail 'README has one line that compiles use.c'
    ;;
esac

# compile DIRECTORY NAME: DIRECTORY/NAME.c by README's line, with warnings as errors.
compile() {
    line=$(echo "$compile_line" | sed "s/use\.c/$2.c/")
    if (cd "$1" && eval "$line -Wall -Wextra -Wpedantic -Werror -o $2") >"$work/log" 2>&1; then
        pass "$2.c compiles alone"
    else
        fail "$2.c compiles alone"
        return 1
    fi
}

# start DIRECTORY NAME ARGUMENT...: runs it; its output in DIRECTORY/NAME.out.
start() {
    directory=$1 name=$2
    shift 2
    if ! (cd "$directory" && "./$name" "$@" >"$name.out") 2>"$work/log"; then
        fail "$name runs"
        return 1
    fi
}

# judge SCRIPT FILE...: what the script finds; a script that says nothing has failed.
judge() {
    script=$1
    shift
    awk -f "$checks/check.awk" -f "$checks/$script.awk" "$@" >"$work/judged" 2>"$work/log"
    [ $? = 0 ] && grep -q '^\(not \)\{0,1\}ok - ' "$work/judged" || fail "$script.awk judges"
    cat "$work/judged" >>"$results"
}

# example NAME ARGUMENT...: in a directory of its own.
example() {
    mkdir "$work/$1"
    cp "$source/examples/$1.c" "$work/$1/"
    compile "$work/$1" "$1" && start "$work/$1" "$@" || return
    cd "$work/$1" || exit 1
}

volcano=$source/examples/data/volcano_87x61.csv
sunspots=$source/examples/data/sunspots_monthly.csv

example conventions && judge conventions conventions.out
example image_padding "$volcano" && judge image_padding image_padding.out image_padding.csv
example sunspots "$sunspots" && judge sunspots "$sunspots" sunspots.out
example orders && judge orders orders.csv
example volterra && judge volterra volterra.out volterra.csv
example tails && judge tails tails.out
example resolution && judge resolution resolution.csv resolution.out
example point_spread "$volcano" && judge point_spread point_spread.csv point_spread.out
example terrain "$volcano" && judge terrain "$volcano" terrain.csv terrain.out &&
    awk 'BEGIN { for (i = 0; i < 87; i++) for (j = 0; j < 61; j++)
        printf "%.2f%s", 100 + 10 * (0.25 * i - 0.5 * j), j < 60 ? "," : "\n" }' >plane.csv &&
    start . terrain plane.csv && judge terrain_plane terrain.csv
example dense_to_conv 16 64 && judge dense_to_conv dense_to_conv.out
example layer_shapes && judge layer_shapes layer_shapes.out
example layer_gradients && judge layer_gradients layer_gradients.out
example conv4d && judge conv4d conv4d.out
example finite_integral && judge finite_integral pair=1 finite_integral.out

if cd "$work/finite_integral"; then
    tr '\n' ' ' <"$source/README.md" |
        sed -n 's/.*sum times dx is \([0-9.e-]*\), of the trapezoidal rule \([0-9.e-]*\),.*/\1 \2\n/p' \
            >said
    awk '$1 == 50 && NF == 4 { printf "%.1e %.1e\n", $2, $3 }' finite_integral.out |
        sed 's/e-0/e-/g' >printed
    if [ -s said ] && diff said printed >"$work/log"; then
        pass "README's figures are those that finite_integral prints"
    else
        fail "README's figures are those that finite_integral prints"
    fi
fi

# paste NAME TITLE END: a copy of finite_integral.c with the functions of standard input instead.
paste() {
    mkdir "$work/$1"
    {
        sed '/^\/\* ---- yours/q' "$source/examples/finite_integral.c"
        cat
        printf '#define TITLE "%s"\n#define NAME "%s"\nstatic const double end = %s;\n' \
            "$2" "$1" "$3"
        sed -n '/^\/\* ---- end of yours/,$p' "$source/examples/finite_integral.c"
    } >"$work/$1/$1.c"
    compile "$work/$1" "$1" && start "$work/$1" "$1" || return
    cd "$work/$1" || exit 1
    if grep -q "^$2, 50 steps" "$1.out" && grep -q "$2" "$1.gp" && [ -s "$1.csv" ]; then
        pass "$1: its title and its files"
    else
        fail "$1: its title and its files"
    fi
}

paste hump "exp(-x) with x^2 exp(-x)" 7 <<'EOF' && judge finite_integral pair=2 hump.out
static double f(double x) {
    return exp(-x);
}
static double g(double x) {
    return x * x * exp(-x);
}
EOF
paste wave "cos(3x) with 1 + x" 2 <<'EOF' && judge finite_integral pair=3 wave.out
static double f(double x) {
    return cos(3 * x);
}
static double g(double x) {
    return 1 + x;
}
EOF

awk '/^(not )?ok - / { sub(/ok - /, "ok " ++n " - ") } { print } END { print "1.." n }' "$results"
