/* test_nonfinite.c - NaN and Inf reach the outputs that the definition's sum gives them to, and no
 * others, by every method. */
#include "suite.h"

#include <fenv.h>
#include <math.h>
#include <stdlib.h>

static const double bad_values[3] = {NAN, INFINITY, -INFINITY};

/* One bad number at every place of signal and kernel, for one line. */
static unsigned every_place(const char *line) {
    const problem plain = suite_problem(line);
    unsigned wrong = 0;
    for (int kernel = 0; kernel < 2; kernel++) {
        const size_t *const shape = kernel != 0 ? plain.desc.kernel_shape : plain.desc.signal_shape;
        const conv_dtype dtype = kernel != 0 ? plain.desc.kernel_dtype : plain.desc.dtype;
        size_t count = 1;
        for (int d = 0; d < plain.desc.rank; d++) {
            count *= shape[d];
        }
        for (size_t i = 0; i < count; i++) {
            for (size_t v = 0; v < 3; v++) {
                problem p = plain;
                problem_add_bad(&p, kernel != 0, type_is_complex(dtype) && (i + v) % 2 == 1, i,
                                bad_values[v]);
                wrong += test_due() ? compare_all(&p) : 0;
            }
        }
    }
    return wrong;
}

static void every_place_1d(void **state) {
    static const char *const types[] = {"f32", "f64", "c32", "c64", "c32xf32", "c64xf64"};
    static const char *const edges[] = {"zero", "constant", "nearest", "wrap", "reflect", "mirror"};
    unsigned wrong = 0;
    (void)state;
    for (size_t t = 0; t < 6; t++) {
        for (size_t e = 0; e < 6; e++) {
            for (size_t v = 0; v < 6; v++) {
                static const char *const modes[] = {"full",     "same corr",
                                                    "causal",   "valid",
                                                    "circular", "window start=-3 count=9 step=2"};
                char line[256];
                snprintf(line, sizeof line, "%s n=9 m=4 %s edge=%s value=2,1 data=normal seed=%zu",
                         types[t], modes[v], v == 4 ? "wrap" : edges[e], t + e);
                wrong += every_place(line);
            }
        }
    }
    assert_int_equal(wrong, 0);
}

static void every_place_circular(void **state) {
    static const char *const lines[] = {
        "f64 n=6 m=4 circular period=4 data=int",     "f64 n=6 m=4 circular period=8 data=int",
        "f32 n=6 m=9 circular period=5 data=int",     "c64 n=6 m=4 circular period=9 corr data=int",
        "c32xf32 n=5 m=3 circular period=2 data=int", "c64 n=5 m=3 circular period=1 data=int"};
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        wrong += every_place(lines[i]);
    }
    assert_int_equal(wrong, 0);
}

static void every_place_2d(void **state) {
    static const char *const lines[] = {
        "f32 n=5,6 m=3,2 full",
        "f64 n=5,6 m=3,2 same edge=reflect,zero corr",
        "c32 n=4,5 m=2,3 same edge=wrap,constant value=1,1",
        "c64 n=4,5 m=2,3 valid",
        "c64xf64 n=4,5 m=2,3 causal edge=mirror,nearest",
        "f64 n=4,5 m=2,3 circular period=3,7",
        "f32 n=5,5 m=3,3 same data=outerint edge=nearest,nearest",
        "f64 n=5,5 m=3,3 full data=outer",
        "f64 n=3,4,3 m=2,2,2 full",
    };
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        wrong += every_place(lines[i]);
    }
    assert_int_equal(wrong, 0);
}

static void every_place_trapezoid(void **state) {
    static const char *const lines[] = {
        "f64 n=7 m=4 full rule=trapezoid dx=0.5",
        "f32 n=7 m=4 same rule=trapezoid dx=0.5 edge=reflect",
        "c64 n=4 m=6 valid rule=trapezoid dx=0.5",
        "c32 n=5 m=1 full rule=trapezoid dx=0.5",
        "f64 n=5 m=3 circular period=4 rule=trapezoid dx=0.5",
        "f64 n=4,3 m=2,3 full rule=trapezoid dx=0.5,2",
        "f64 n=4,3 m=2,3 same rule=trapezoid dx=0.5,2 edge=zero,wrap",
    };
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        wrong += every_place(lines[i]);
    }
    assert_int_equal(wrong, 0);
}

/* Inf - Inf, 0 * Inf, bad numbers in both, bad constants. */
static void meetings(void **state) {
    static const char *const lines[] = {
        "f64 n=8 m=4 full bad=s2:inf,s3:-inf",
        "f64 n=8 m=4 full bad=s2:inf,s7:-inf",
        "f64 n=8 m=4 full bad=s2:inf,k1:inf",
        "f64 n=8 m=4 full bad=s2:inf,k1:-inf,s5:nan",
        "f32 n=8 m=4 full bad=k0:inf,k3:-inf",
        "f32 n=8 m=4 same edge=reflect bad=k0:inf,k3:inf",
        "f32 n=8 m=4 full data=impulse bad=s3:inf",
        "f64 n=8 m=4 full data=impulse bad=k1:inf",
        "c64 n=8 m=4 full bad=s2:inf,s2i:-inf",
        "c64 n=8 m=4 full bad=s2:inf,s3i:inf,k1i:nan",
        "c32 n=8 m=4 full corr bad=k1i:inf,s2:inf",
        "c64xf64 n=8 m=4 full data=impulse bad=s2i:inf,s4:nan",
        "c32xf32 n=8 m=4 full bad=k2:inf,s4i:nan",
        "f64 n=4 m=4 circular period=2 bad=s0:inf,s2:-inf",
        "f64 n=4 m=2 circular period=7 bad=k0:inf,s1:-inf",
        "f64 n=5,5 m=3,3 full bad=s6:inf,s12:-inf,k4:nan",
        "f64 n=6 m=3 same edge=constant value=inf,0",
        "f64 n=6 m=3 full edge=constant value=nan,0",
        "c64 n=6 m=3 full edge=constant value=1,-inf",
        "f64 n=4,4 m=3,3 same edge=constant,reflect value=inf,0",
        "f64 n=4,4 m=3,3 same edge=constant,zero value=-inf,0",
        "f64 n=6 m=3 window start=50 count=4 bad=k1:nan",
        "f64 n=6 m=3 window start=-2 count=4 step=3 edge=zero bad=k0:nan,s5:inf",
        "f64 n=3 m=8 full bad=s0:nan,k7:inf",
        "f64 n=1 m=1 full bad=s0:inf",
        "f32 n=6 m=3 same batch=3 bad=s8:nan",
        "f64 n=12 m=3 same xstride=-2 ystride=3 bad=s4:nan",
        "f64 n=8 m=4 full bad=s*8:inf",
        "c64 n=8 m=4 full bad=s*30:nan,s*30:inf",
    };
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        wrong += suite_line(lines[i]);
    }
    assert_int_equal(wrong, 0);
}

static void long_signals(void **state) {
    static const char *const lines[] = {
        "f32 n=24000 m=1000 full data=normal bad=s0:nan,s12000:inf,s23999:-inf",
        "f64 n=24000 m=1000 same edge=reflect data=normal bad=s3:inf,s*5:nan",
        "f64 n=24000 m=1000 causal data=normal bad=k0:inf",
        "c64 n=9000 m=1000 full data=normal bad=s*3:nan,s*3:inf,k500i:-inf",
        "c32xf32 n=30000 m=700 valid data=normal bad=s15000i:nan",
        "f64 n=4096 m=500 circular data=normal bad=s4000:nan",
        "f32 n=200,200 m=20,20 same edge=wrap,mirror data=normal bad=s20100:nan,s5:inf",
        "f64 n=200,200 m=15,15 full data=normal bad=k112:nan",
        "f64 n=200,200 m=15,15 full data=outer bad=s112:nan",
        "f32 n=20000 m=300 full data=normal bad=s*10000:nan",
        "f64 n=20000 m=300 full data=normal bad=s*60000:inf,s*10000:-inf",
        "f64 n=20000 m=300 window start=0 count=500 step=40 data=normal bad=s*50:nan",
        /* an integral whose outputs have gaps: bad ones in the second half of a line alone */
        "f64 n=9,40 m=4,9 full rule=trapezoid dx=1,1 ystride=96,2 data=normal bad=s39:inf,s199:nan",
        "f32 n=9,40 m=4,9 full rule=gregory order=4 dx=1,1 ystride=96,2 data=normal bad=s359:-inf",
        /* more outputs than caches hold: blocks fetch what the next one reads */
        "f64 n=600000 m=4 full data=normal bad=s300000:nan method=blocks",
    };
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        wrong += suite_line(lines[i]);
    }
    assert_int_equal(wrong, 0);
}

/* So many that they are counted and not added one by one; sparse enough that finite outputs, both
 * signs of Inf, and NaN are left. */
static void dense(void **state) {
    static const char *const lines[] = {
        "f32 n=900 m=500 full data=normal bad=s*200:inf",
        "f32 n=900 m=500 full data=normal bad=k*400:nan",
        "f64 n=900 m=500 same edge=reflect data=normal bad=s*60:inf,s*40:-inf,k*50:inf",
        "f64 n=900 m=500 full data=impulse bad=k*60:inf",
        "f64 n=900 m=500 full data=impulse bad=s*30:-inf",
        "c32 n=700 m=300 full data=normal bad=s*50:inf,s*40i:-inf,k*30:nan",
        "c64 n=700 m=300 full data=normal bad=s*2:inf,k*40i:-inf",
        "c32 n=50,60 m=20,14 full data=normal bad=s*2i:-inf,k*60:inf",
        "c64 n=700 m=300 causal corr data=normal bad=s*90i:nan,k*20i:inf",
        "c32xf32 n=700 m=300 full data=normal bad=s*90i:inf,s*60:nan",
        "c64xf64 n=700 m=300 same edge=wrap data=normal bad=k*90:-inf,s*40i:inf",
        "f64 n=600 m=500 circular period=400 data=normal bad=s*60:inf,k*30:inf",
        "f64 n=500 m=400 circular period=700 data=normal bad=s*60:inf,k*300:inf",
        "f32 n=400 m=900 full edge=constant value=2,0 data=normal bad=k*600:inf",
        "f64 n=900 m=300 window start=-40 count=150 step=7 data=normal bad=s*300:inf,k*99:inf",
        "f32 n=50,60 m=20,14 full data=normal bad=s*400:inf,s*300:nan",
        "f64 n=50,60 m=20,14 same edge=zero,mirror data=normal bad=k*70:inf,s*20:-inf",
        "c64 n=30,40 m=9,14 same edge=nearest,zero data=normal bad=k*40i:inf,s*90:-inf",
        "f64 n=12,14,16 m=5,6,7 full data=normal bad=s*500:inf,k*50:nan",
        "f64 n=700 m=300 full rule=trapezoid dx=0.5 data=normal bad=s*200:inf",
        ("f32 n=900 m=500 full batch=2 xstride=-2 xbatch=1900 ystride=3 ybatch=4300 data=normal "
         "bad=s*300:inf"),
    };
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        wrong += suite_line(lines[i]);
    }
    assert_int_equal(wrong, 0);
}

/* The first TAPS_BELOW taps are -Inf, the others Inf, the samples Inf and 1: where an output meets
 * taps of both signs it is NaN, else Inf of the taps' sign. */
static void check_signs(size_t n, size_t m, conv_precision precision) {
    enum { TAPS_BELOW = 10 };
    const size_t outputs = n + m - 1;
    float *const x = malloc(n * sizeof *x), *const h = malloc(m * sizeof *h);
    float *const y = malloc(outputs * sizeof *y);
    conv_desc desc;
    conv_plan *plan = NULL;
    assert_true(x && h && y);
    for (size_t i = 0; i < n; i++) {
        x[i] = i % 7 == 0 ? 1.0F : INFINITY;
    }
    for (size_t k = 0; k < m; k++) {
        h[k] = k < TAPS_BELOW ? -INFINITY : INFINITY;
    }
    conv_desc_init(&desc, CONV_F32, 1, &n, &m, CONV_FULL);
    desc.method = CONV_METHOD_FFT;
    desc.precision = precision;
    assert_int_equal(conv_plan_create(&plan, &desc, h), CONV_OK);
    assert_int_equal(conv_plan_execute(plan, x, y, NULL), CONV_OK);
    conv_plan_destroy(plan);
    for (size_t i = 0; i < outputs; i++) {
        const bool below = i < n + TAPS_BELOW - 1, above = i >= TAPS_BELOW;
        if (below && above ? !isnan(y[i]) : !isinf(y[i]) || (signbit(y[i]) != 0) != below) {
            fail_msg("%zu x %zu, precision %d: output %zu is %g", n, m, (int)precision, i,
                     (double)y[i]);
        }
    }
    free(x);
    free(h);
    free(y);
}

/* So many that a transform of all their signs at once is not proved to be off by less than half a
 * number, or is known to be: whatever way sums are rounded. */
static void more_than_a_transform_counts(void **state) {
    (void)state;
    check_signs(90000, 60000, CONV_PRECISION_DATA);
    check_signs(90000, 60000, CONV_PRECISION_DOUBLE);
    check_signs(700000, 600000, CONV_PRECISION_DATA);
}

static void rounded_up(void **state) {
    assert_int_equal(fesetround(FE_UPWARD), 0);
    check_signs(90000, 60000, CONV_PRECISION_DATA);
    (void)state;
}

static int round_to_nearest(void **state) {
    (void)state;
    return fesetround(FE_TONEAREST);
}

/* So many that few outputs are finite. */
static void crowded(void **state) {
    static const char *const lines[] = {
        "f32 n=900 m=500 full data=normal bad=s*900:inf",
        "f32 n=300 m=280 full data=normal bad=s*100:inf,s*100:-inf,k*90:inf",
        "f64 n=900 m=500 same edge=reflect data=normal bad=k*900:inf,k*300:-inf",
        "f32 n=900 m=500 full data=nonneg bad=s*700:inf",
        "f32 n=900 m=500 full data=nonneg bad=k*400:-inf",
        "f32 n=900 m=500 full data=impulse bad=s*700:inf",
        "c32 n=700 m=300 full data=normal bad=s*600:inf,s*500i:-inf",
        "c32xf32 n=700 m=300 full data=normal bad=s*600:inf,s*300i:-inf,k*100:nan",
        "c64 n=700 m=300 causal corr data=normal bad=s*900i:nan,k*200i:inf",
        "f32 n=50,70 m=20,41 full data=normal bad=s*3000:inf,s*1000:-inf",
        "c32 n=50,60 m=20,14 full data=normal bad=s*3000:inf,s*2000i:-inf",
        "c64 n=30,40 m=9,14 same edge=nearest,zero data=normal bad=k*200:inf,k*100i:inf",
        "c64 n=60,70 m=15,13 full data=outer bad=s*3000:inf,s*900:-inf",
        "c32 n=60,70 m=15,13 same edge=mirror,zero data=outer bad=s*3000i:inf",
        "f64 n=12,14,16 m=5,6,7 full data=normal bad=s*2000:inf,k*200:-inf",
        "f32 n=12,14,16 m=15,16,17 full data=normal bad=s*900:inf,k*900:inf",
        "f64 n=600 m=500 circular period=400 data=normal bad=s*900:inf,k*300:inf",
        "f32 n=900 m=300 window start=-40 count=150 step=7 data=normal bad=s*900:inf,k*99:inf"};
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        wrong += suite_line(lines[i]);
    }
    assert_int_equal(wrong, 0);
}

/* Shapes whose first axis blocks sum over: a bad sample is in the spectra of a few planes alone,
 * and so is what overflows on its way. */
static void summed_axis(void **state) {
    static const char *const lines[] = {
        "f32 n=40,12,30 m=9,5,7 same data=normal bad=s14399:nan",
        "f64 n=40,12,30 m=9,5,7 same data=normal bad=s7000:inf,s7001:-inf",
        "c32 n=40,12,30 m=9,5,7 same edge=mirror data=normal bad=s0:inf",
        "f32 n=40,60 m=9,7 full data=normal bad=s1200:-inf,k3:inf",
        "f64 n=40,60 m=9,7 same edge=reflect data=normal bad=s2399:nan",
        "f32 n=40,60 m=9,7 same data=nonneg xscale=1e36 hscale=1e-36",
        "f32 n=40,12,30 m=9,5,7 same data=nonneg xscale=1e-36 hscale=1e36",
        /* counted, and not added one by one */
        "f32 n=40,12,30 m=9,5,7 same data=normal bad=s*9000:nan",
        "f32 n=40,12,30 m=9,5,7 full data=normal bad=s*200:inf,s*100:-inf,s*100:nan",
        "f32 n=40,12,30 m=9,5,7 full data=nonneg bad=s*300:inf",
        "f64 n=40,12,30 m=9,5,7 same edge=nearest data=normal bad=k*200:inf",
        "c32 n=40,12,30 m=9,5,7 same data=normal bad=s*200:inf,k*40i:nan",
        "c32xf32 n=40,12,30 m=9,5,7 full data=normal bad=s*200i:inf,k*9:-inf",
        "f32 n=40,60 m=9,7 full data=normal bad=s*900:-inf,k*20:inf",
        "f64 n=60,40 m=9,7 window start=-4,3 count=20,9 step=3,5 data=normal bad=s*300:inf"};
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        wrong += suite_line(lines[i]);
    }
    assert_int_equal(wrong, 0);
}

/* Kernels much longer than the signal, whose direct sum is that of the samples over the taps. */
static void exchanged(void **state) {
    static const char *const lines[] = {
        "f64 n=40 m=5000 full data=normal",
        "f32 n=9 m=4096 full corr batch=3 data=normal",
        "c32 n=33 m=4500 same corr data=normal",
        "c64 n=7 m=4500 causal xstride=-3 data=normal",
        "f64 n=30 m=4500 window start=-9 count=300 step=17 data=normal",
        "f64 n=5,6 m=90,80 full data=normal",
        "f32 n=5,6 m=90,80 full corr xstride=1,7 ystride=200,2 data=int",
        "f64 n=3,4,5 m=30,20,10 valid data=normal",
        "f64 n=40 m=5000 full data=normal bad=s*5:inf,k*3:nan",
        "f64 n=40 m=5000 full data=normal bad=s*2:nan,k*300:-inf",
        "c32 n=5,6 m=90,80 full data=normal bad=s*3i:inf,k*30:inf"};
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        wrong += suite_line(lines[i]);
    }
    assert_int_equal(wrong, 0);
}

/* Direct sums whose taps are NaN or Inf: at edges they meet the samples that are there alone. */
static void taps_at_edges(void **state) {
    static const char *const lines[] = {
        "f32 n=300 m=31 full data=normal bad=k*20:inf",
        "f32 n=41,37 m=7,9 full data=normal bad=k*20:inf,k*3:nan",
        "f64 n=41,37 m=7,9 same edge=zero,mirror data=normal bad=k*20:-inf",
        "f64 n=41,37 m=7,9 same edge=nearest,zero data=normal bad=k*20:-inf",
        "f32 n=41,37 m=7,9 circular period=50,40 data=normal bad=k*9:inf",
        "f32 n=11,7 m=70,9 circular period=13,8 data=normal bad=k*40:inf",
        "f64 n=41,37 m=7,9 window start=-4,-3 count=20,9 step=3,5 data=normal bad=k*5:inf",
        "c32 n=41,37 m=7,9 full xstride=40,-1 ystride=120,2 data=normal bad=k*9i:inf",
        "f64 n=3,4 m=15,12 full data=normal bad=k*60:inf",
        "f32 n=7,8,9 m=3,4,5 full data=normal bad=k*6:nan,k*6:inf,s*3:-inf",
        "f64 n=60 m=20 full rule=trapezoid dx=0.5 data=normal bad=k*4:inf"};
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        wrong += suite_line(lines[i]);
    }
    assert_int_equal(wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_place_1d),
        cmocka_unit_test(every_place_circular),
        cmocka_unit_test(every_place_2d),
        cmocka_unit_test(every_place_trapezoid),
        cmocka_unit_test(meetings),
        cmocka_unit_test(long_signals),
        cmocka_unit_test(dense),
        cmocka_unit_test(summed_axis),
        cmocka_unit_test(more_than_a_transform_counts),
        cmocka_unit_test_teardown(rounded_up, round_to_nearest),
        cmocka_unit_test(crowded),
        cmocka_unit_test(taps_at_edges),
        cmocka_unit_test(exchanged),
    };
    return cmocka_run_group_tests_name("NaN and Inf", tests, NULL, suite_report);
}
