/* test_random.c - random shapes, strides, batches, alignments and windows against the oracle. */
#include "suite.h"

#include "draw.h"

static uint64_t stream;

/* `usual` problems, times the budget. */
static void run_many(unsigned usual, const draw_limits *limit, uint64_t salt) {
    const unsigned count = test_count(usual);
    unsigned wrong = 0;
    stream = test_seed(20240501) + salt;
    for (unsigned i = 0; i < count; i++) {
        problem p;
        draw_problem(&p, limit, &stream);
        wrong += compare_all(&p);
    }
    assert_int_equal(wrong, 0);
}

static void long_1d(void **state) {
    (void)state;
    run_many(30, &(draw_limits){1, 1, 1e5, 8e6, false}, 1);
}

static void small_1d(void **state) {
    (void)state;
    run_many(600, &(draw_limits){1, 1, 3000, 2e5, true}, 2);
}

static void images(void **state) {
    (void)state;
    run_many(120, &(draw_limits){2, 2, 5e4, 3e6, false}, 3);
}

static void small_images(void **state) {
    (void)state;
    run_many(500, &(draw_limits){2, 2, 2000, 1e5, true}, 4);
}

static void more_axes(void **state) {
    (void)state;
    run_many(500, &(draw_limits){3, 5, 8000, 5e5, true}, 5);
}

/* Shapes that the draw meets rarely. */
static void chosen_shapes(void **state) {
    static const char *const lines[] = {
        "f32 n=100000 m=1 full data=normal",
        "f64 n=1 m=10000 full data=normal",
        "f64 n=1 m=5000 same edge=reflect data=normal",
        "c32 n=3 m=2000 full edge=mirror data=normal",
        "f32 n=65536 m=257 same edge=wrap data=normal",
        "f64 n=65537 m=255 valid corr data=normal",
        "c64 n=300 m=4099 valid data=normal",
        "f64 n=4099 m=31 circular data=normal",
        "f32 n=1000 m=900 circular period=1021 data=normal",
        "f64 n=512,512 m=5,5 same edge=reflect,wrap data=outer",
        "f32 n=1,1000 m=7,31 full data=normal",
        "f32 n=1000,1 m=31,7 same edge=nearest,mirror data=normal",
        "c64xf64 n=40,50,6 m=3,1,5 full data=normal",
        "f64 n=2,2,2,2,2,2,2,2 m=2,2,2,2,2,2,2,2 full data=normal",
        "c32 n=3,1,2,1,3,2,1,2 m=1,2,1,3,2,1,2,2 same corr data=normal",
        "f32 n=5000 m=100 window start=-50 count=100 step=60 edge=reflect data=normal",
        "f64 n=50 m=20 window start=1000000 count=5 step=3 edge=mirror data=normal",
        "f64 n=50 m=20 window start=-1000000 count=5 step=3 edge=zero data=normal",
        "f64 n=50 m=20 window start=-1000000 count=7 step=11 edge=wrap data=normal",
        "f32 n=10,10 m=3,3 full batch=50 data=normal",
        "f32 n=64 m=9 same batch=300 threads=0 data=normal",
        "f32 n=20000 m=500 full data=nonneg threads=2",
    };
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        wrong += suite_line(lines[i]);
    }
    assert_int_equal(wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chosen_shapes), cmocka_unit_test(small_1d), cmocka_unit_test(small_images),
        cmocka_unit_test(more_axes),     cmocka_unit_test(images),   cmocka_unit_test(long_1d),
    };
    return cmocka_run_group_tests_name("random", tests, NULL, suite_report);
}
