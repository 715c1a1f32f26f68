/* test_rows.c - rows that are continued beyond their ends: the passes of outer products over
 * planes, and short lines of a batch. */
#include "suite.h"

static const char *const edges[] = {"zero", "constant", "nearest", "wrap", "reflect", "mirror"};
static const char *const types[] = {"f32", "f64", "c32xf32", "c64xf64"};
enum { EDGES = sizeof edges / sizeof *edges, TYPES = sizeof types / sizeof *types };

/* Every pair of edges, kernels that roll down the columns and taller ones, rows shorter than a
 * vector, no longer than the kernel, and of many vectors. The products are small integers. */
static void planes(void **state) {
    static const char *const shapes[] = {"n=40,70 m=5,15", "n=33,32 m=13,4", "n=9,5 m=3,4",
                                         "n=17,20 m=9,20", "n=20,131 m=2,33"};
    enum { SHAPES = sizeof shapes / sizeof *shapes };
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < EDGES * EDGES * SHAPES; i += 2) {
        char line[256];
        size_t rows = i / SHAPES / EDGES, cols = i / SHAPES % EDGES;
        snprintf(line, sizeof line, "%s %s %s edge=%s,%s value=2,%d data=outerint%s",
                 types[(i + rows) % TYPES], shapes[i % SHAPES], i % 5 ? "same" : "full",
                 edges[rows], edges[cols], (i + rows) % TYPES > 1 ? 3 : 0, i % 7 ? "" : " corr");
        wrong += suite_line(line);
    }
    assert_int_equal(wrong, 0);
}

/* Windows on one side, beyond both and far away; periods; bands that a limit makes low; threads. */
static void chosen_planes(void **state) {
    static const char *const lines[] = {
        "f32 n=50,60 m=5,9 window start=-3,-4 count=20,30 step=1,1 edge=reflect data=outerint",
        "f32 n=50,60 m=5,9 window start=20,30 count=40,50 step=1,1 edge=wrap data=outerint",
        "f64 n=20,30 m=12,7 window start=-40,-50 count=90,100 step=1,1 edge=mirror data=outerint",
        "f64 n=20,30 m=12,7 window start=-90,-99 count=20,20 step=1,1 edge=nearest data=outerint",
        "f32 n=20,30 m=3,7 window start=0,500 count=20,20 step=1,1 edge=wrap data=outerint",
        "f32 n=50,60 m=5,9 circular data=outerint",
        "f64 n=50,60 m=15,9 circular period=70,61 data=outerint",
        "f32 n=50,60 m=5,9 circular period=30,41 data=outerint",
        "f32 n=300,700 m=13,31 same edge=reflect data=outer threads=2",
        "f64 n=300,700 m=5,5 same edge=constant,nearest value=-1,0 data=outer threads=0 batch=2",
        "f32 n=60,70 m=7,11 same edge=mirror data=outerint bad=s1000:nan,s2003:inf,s4100:-inf",
        "f32 n=60,70 m=7,11 same edge=zero data=outerint bad=s0:nan,s69:inf",
        "f64 n=64,64 m=15,15 valid data=outer",
    };
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
        wrong += suite_line(lines[i]);
    assert_int_equal(wrong, 0);
}

/* Lines of less than a vector up to more than go together, kernels up to as long. */
static void lines_of_a_batch(void **state) {
    static const size_t n[] = {1, 3, 16, 31, 64, 100, 257, 400}, m[] = {1, 2, 5, 16, 17, 33, 64};
    enum { LINES = sizeof n / sizeof *n, KERNELS = sizeof m / sizeof *m };
    static const char *const all[] = {"f32", "f64", "c32", "c64", "c32xf32", "c64xf64"};
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < EDGES * LINES * KERNELS; i++) {
        char line[256];
        size_t edge = i / LINES / KERNELS, at = i / KERNELS % LINES;
        const char *type = all[(i + edge + at) % 6];
        snprintf(line, sizeof line, "%s n=%zu m=%zu %s edge=%s value=2,%d batch=%zu data=int", type,
                 n[at], m[i % KERNELS], i % 5 ? "same" : "full", edges[edge],
                 type[0] == 'c' ? 1 : 0, 2 + i % 20);
        wrong += suite_line(line);
    }
    assert_int_equal(wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(planes),
        cmocka_unit_test(chosen_planes),
        cmocka_unit_test(lines_of_a_batch),
    };
    return cmocka_run_group_tests_name("rows", tests, NULL, suite_report);
}
