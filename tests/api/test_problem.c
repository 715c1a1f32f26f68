/* test_problem.c - one problem from the command line, or tests of the tests' own tools.
 *
 *     test_problem f32 n=20 m=5 same edge=reflect method=fft
 *
 * runs that line (every method where none is named) and says right or wrong. Without arguments it
 * checks that lines survive printing and parsing, and the oracle against sums done by hand. */
#include "compare.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void lines_survive(void **state) {
    static const char *const lines[] = {
        "f32 n=5 m=3 full conv",
        "c32xf32 n=7,5 m=3,4 same corr edge=reflect,zero preset=matlab method=blocks seed=17",
        "c64 n=9 m=2 circular conv period=4 batch=3 xbatch=-9 bad=s3:nan,k1i:-inf,s*20:inf",
        "f64 n=9,8,7 m=1,2,3 window conv edge=zero,constant,wrap value=1.5,-2 start=-3,0,9 "
        "count=1,2,3 step=1,5,2 xstride=-1,9,81 ystride=6,2,1 rule=trapezoid dx=0.5,1,2 threads=2 "
        "maxwork=65536 isa=v3 xalign=1 halign=2 yalign=3 xscale=1e-30 data=normal",
    };
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        problem p;
        problem again;
        char text[PROBLEM_TEXT];
        char wrong[64];
        assert_true(problem_parse(&p, lines[i], wrong));
        problem_print(&p, text, sizeof text);
        assert_true(problem_parse(&again, text, wrong));
        assert_memory_equal(&p.desc, &again.desc, sizeof p.desc);
        assert_int_equal(p.bad_count, again.bad_count);
        char text_again[PROBLEM_TEXT];
        problem_print(&again, text_again, sizeof text_again);
        assert_string_equal(text, text_again);
    }
}

static void nonsense_is_refused(void **state) {
    static const char *const lines[] = {"",
                                        "f16 n=5 m=3 full",
                                        "f32 n=5 m=3 sideways",
                                        "f32 n=5 m=x full",
                                        "f32 n=5 m=3 edge=round full",
                                        "f32 n=5 m=3 bad=s3=nan"};
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        problem p;
        char wrong[64];
        assert_false(problem_parse(&p, lines[i], wrong));
    }
}

/* The oracle's outputs for a line with given signal 1 2 3 4 and kernel 10 1. */
static void expect_by_hand(const char *line, size_t count, const double *expected) {
    static const long double x[] = {1, 0, 2, 0, 3, 0, 4, 0};
    static const long double h[] = {10, 0, 1, 0};
    problem p;
    oracle_result r;
    char wrong[64];
    assert_true(problem_parse(&p, line, wrong));
    assert_true(oracle_run(&r, &p.desc, x, h));
    assert_int_equal(r.count, count);
    for (size_t i = 0; i < count; i++) {
        assert_true((double)r.value[2 * i] == expected[i]);
    }
    oracle_free(&r);
}

static void oracle_by_hand(void **state) {
    (void)state;
    expect_by_hand("f64 n=4 m=2 full", 5, (const double[]){10, 21, 32, 43, 4});
    expect_by_hand("f64 n=4 m=2 full corr", 5, (const double[]){1, 12, 23, 34, 40});
    expect_by_hand("f64 n=4 m=2 same", 4, (const double[]){10, 21, 32, 43});
    expect_by_hand("f64 n=4 m=2 same preset=matlab", 4, (const double[]){21, 32, 43, 4});
    expect_by_hand("f64 n=4 m=2 valid", 3, (const double[]){21, 32, 43});
    expect_by_hand("f64 n=4 m=2 circular", 4, (const double[]){14, 21, 32, 43});
    expect_by_hand("f64 n=4 m=2 circular period=3", 3, (const double[]){53, 25, 32});
    expect_by_hand("f64 n=4 m=2 circular period=6", 6, (const double[]){10, 21, 32, 43, 4, 0});
    expect_by_hand("f64 n=4 m=2 causal edge=wrap", 4, (const double[]){14, 21, 32, 43});
    expect_by_hand("f64 n=4 m=2 causal edge=mirror", 4, (const double[]){12, 21, 32, 43});
    expect_by_hand("f64 n=4 m=2 full edge=reflect", 5, (const double[]){11, 21, 32, 43, 44});
    expect_by_hand("f64 n=4 m=2 full edge=constant value=7", 5,
                   (const double[]){17, 21, 32, 43, 74});
    expect_by_hand("f64 n=4 m=2 full rule=trapezoid dx=2", 5, (const double[]){0, 21, 32, 43, 0});
    expect_by_hand("f64 n=4 m=2 full rule=trapezoid edge=nearest", 5,
                   (const double[]){5.5, 10.5, 16, 21.5, 22});
    expect_by_hand("f64 n=4 m=2 window start=-1 count=3 step=2 edge=wrap", 3,
                   (const double[]){43, 21, 43});
}

static int run_line(int argc, char **argv) {
    char line[PROBLEM_TEXT] = "";
    char wrong[64];
    problem p;
    for (int i = 1; i < argc; i++) {
        const size_t used = strlen(line);
        snprintf(line + used, sizeof line - used, "%s ", argv[i]);
    }
    if (!problem_parse(&p, line, wrong)) {
        printf("not understood: %s\n", wrong);
        return 2;
    }
    const unsigned bad = compare_all(&p);
    compare_report();
    printf("%s\n", bad == 0 ? "right" : "wrong");
    return bad == 0 ? 0 : 1;
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_survive),
        cmocka_unit_test(nonsense_is_refused),
        cmocka_unit_test(oracle_by_hand),
    };
    if (argc > 1) {
        return run_line(argc, argv);
    }
    return cmocka_run_group_tests_name("problem lines and oracle", tests, NULL, NULL);
}
