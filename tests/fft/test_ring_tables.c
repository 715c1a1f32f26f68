/* The tables of roots against sines and cosines, and the same bits on every level. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/cpu.h"
#include "fft/ring_roots.h"
#include "fft/ring_tables.h"

static long double worst[2];

/* exp(2 pi i turns), turns at least 0, by octants. */
static void root(long double turns, long double *re, long double *im) {
    const long double two_pi = 6.283185307179586476925286766559005768L;
    turns -= floorl(turns);
    int quarter = (int)(4 * turns);
    long double rest = turns - quarter / 4.0L; /* below a quarter */
    bool upper = rest > 0.125L;
    long double angle = two_pi * (upper ? 0.25L - rest : rest);
    long double c = upper ? sinl(angle) : cosl(angle), s = upper ? cosl(angle) : sinl(angle);
    *re = quarter == 0 ? c : quarter == 1 ? -s : quarter == 2 ? -c : s;
    *im = quarter == 0 ? s : quarter == 1 ? c : quarter == 2 ? -s : -c;
}

static long double bit_reversal(size_t k) {
    long double sum = 0, weight = 0.5L;
    for (; k; k >>= 1, weight /= 2)
        sum += (k & 1) ? weight : 0;
    return sum;
}

/* What the library's own constants are good for: its fine roots are a part of 24 bits and a double,
 * 77 bits in all, of which additions cost one or two. A long double of 113 bits has more. */
#define WORK_EPSILON (LDBL_EPSILON > 0x1p-75L ? LDBL_EPSILON : 0x1p-75L)

/* Rounding to the type is half an ulp, at most u times the value. Before that a root of long double
 * is a product of up to depth roots for the node and eleven for the level, each product off by less
 * than 2 WORK_EPSILON of the root; floats are one more product of doubles. The third power
 * has three times that. */
static void check(bool is_double, int angle, int depth, size_t node, int power, int part,
                  long double value, long double wanted) {
    long double u = is_double ? DBL_EPSILON / 2 : FLT_EPSILON / 2;
    long double work = 3 * (depth + 12.0L) * 2 * WORK_EPSILON + (is_double ? 0 : 2 * DBL_EPSILON);
    long double error = fabsl(value - wanted), bound = u * fabsl(wanted) + work;
    long double ratio = error / bound;
    worst[is_double] = ratio > worst[is_double] ? ratio : worst[is_double];
    if (!(error <= bound))
        fail_msg("%s, angle %d/%d, depth %d, node %zu, power %d, part %d: %.20Lg, not %.20Lg",
                 is_double ? "f64" : "f32", angle, CONV_RING_TURN, depth, node, power, part, value,
                 wanted);
}

static void check_level(bool is_double, int angle, int depth) {
    const void *level = conv_ring_level_acquire(is_double, angle, depth);
    assert_non_null(level);
    for (size_t node = 0; node < (size_t)1 << depth; node++) {
        long double turns =
            ((long double)angle / CONV_RING_TURN / (long double)((size_t)1 << depth) +
             bit_reversal(node)) /
            4;
        for (int power = 1; power <= 3; power++) {
            long double wanted[2];
            root(power * turns, &wanted[0], &wanted[1]);
            for (int part = 0; part < 2; part++) {
                size_t at = node / CONV_RING_BLOCK * CONV_RING_ROOTS * CONV_RING_BLOCK +
                            (size_t)(2 * power - 2 + part) * CONV_RING_BLOCK +
                            node % CONV_RING_BLOCK;
                long double value = is_double ? (long double)((const double *)level)[at]
                                              : (long double)((const float *)level)[at];
                check(is_double, angle, depth, node, power, part, value, wanted[part]);
            }
        }
    }
    conv_ring_level_release(is_double, angle, depth);
}

/* Whether some axis has it: a quarter of a turn, or one divided by an odd number up to 9. */
static bool is_used(int angle) {
    for (int divisor = 1; divisor <= 9; divisor += 2)
        if (angle * 4 * divisor % CONV_RING_TURN == 0)
            return true;
    return false;
}

static void test_values(void **unused) {
    (void)unused;
    for (int type = 0; type < 2; type++)
        for (int angle = 0; angle < CONV_RING_TURN; angle++)
            for (int depth = 0; depth <= 9 && is_used(angle); depth++)
                check_level(type, angle, depth);
    for (int type = 0; type < 2; type++)
        for (int angle = 0; angle <= CONV_RING_TURN / 4; angle += CONV_RING_TURN / 4)
            check_level(type, angle, 17);
}

/* Angles that are held together do not take each other's places. */
static void test_together(void **unused) {
    (void)unused;
    const void *held[2][CONV_RING_TURN] = {{NULL}};
    for (int type = 0; type < 2; type++)
        for (int angle = 0; angle < CONV_RING_TURN; angle++)
            if (is_used(angle))
                held[type][angle] = conv_ring_level_acquire(type, angle, 3);
    for (int type = 0; type < 2; type++)
        for (int angle = 0; angle < CONV_RING_TURN; angle++) {
            if (!is_used(angle))
                continue;
            check_level(type, angle, 3);
            for (int other = 0; other < angle; other++)
                assert_true(held[type][other] != held[type][angle]);
        }
    for (int type = 0; type < 2; type++)
        for (int angle = 0; angle < CONV_RING_TURN; angle++)
            if (held[type][angle])
                conv_ring_level_release(type, angle, 3);
}

#ifdef CONV_HAVE_X86_LEVELS
static void same_bits(conv_ring_roots_body *plain, conv_ring_roots_body *wide, size_t size) {
    char a[CONV_RING_ROOTS * CONV_RING_BLOCK * sizeof(double)], b[sizeof a];
    for (int i = 0; i < 1000; i++) {
        conv_ring_root coarse[3];
        for (int p = 0; p < 3; p++)
            for (int part = 0; part < 2; part++) {
                long double x = sinl((long double)(100 * i + 10 * p + part));
                coarse[p].high[part] = (double)(float)x;
                coarse[p].low[part] = (double)(x - (long double)coarse[p].high[part]);
            }
        plain(coarse, a);
        wide(coarse, b);
        assert_memory_equal(a, b, CONV_RING_ROOTS * CONV_RING_BLOCK * size);
    }
}
#endif

static void test_levels(void **unused) {
    (void)unused;
#ifdef CONV_HAVE_X86_LEVELS
    if (conv_cpu_level() >= CONV_LEVEL_V3) {
        same_bits(conv_ring_roots_f32_baseline, conv_ring_roots_f32_v3, sizeof(float));
        same_bits(conv_ring_roots_f64_baseline, conv_ring_roots_f64_v3, sizeof(double));
    }
    if (conv_cpu_level() >= CONV_LEVEL_V4) {
        same_bits(conv_ring_roots_f32_baseline, conv_ring_roots_f32_v4, sizeof(float));
        same_bits(conv_ring_roots_f64_baseline, conv_ring_roots_f64_v4, sizeof(double));
    }
#endif
}

static int print_worst(void **unused) {
    (void)unused;
    printf("# worst error/bound (limit 1): f32 %.3Lf, f64 %.3Lf\n", worst[0], worst[1]);
    return 0;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_together),
        cmocka_unit_test(test_levels),
    };
    return cmocka_run_group_tests(tests, NULL, print_worst);
}
