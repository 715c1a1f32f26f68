/* test_time.c - nothing takes absurdly long: random descriptions, the time of create and execute
 * over what conv_plan_describe says of it. Alone on a quiet machine; so a suite of `long`. */
#include "suite.h"

#include "draw.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

/* A ratio above this is a fault, of the model or of the method. */
enum { LIMIT = 20 };

/* What no model knows: the call itself, the clock, a page that is new. */
static const double least_seconds = 20e-6;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Seconds of execute, of create, and what create takes more in memory that is new. */
static void estimates(const conv_plan *plan, double seconds[3]) {
    static char text[1 << 16];
    conv_plan_describe(plan, text, sizeof text);
    const char *const at = strstr(text, "  in all ");
    assert_non_null(at);
    assert_int_equal(sscanf(at, "  in all %lg us, preparing %lg us, %lg us more", seconds,
                            seconds + 1, seconds + 2),
                     3);
}

/* The least of three, as other work only adds. */
static void measure(const problem *p, problem_data *data, double ratio[2]) {
    double took[2] = {INFINITY, INFINITY};
    double said[3] = {0};
    for (int i = 0; i < 3; i++) {
        conv_plan *plan = NULL;
        const double begin = now();
        assert_int_equal(conv_plan_create(&plan, &p->desc, data->kernel.first), CONV_OK);
        const double made = now();
        assert_int_equal(conv_plan_execute(plan, data->signal.first, data->output.first, NULL),
                         CONV_OK);
        took[0] = fmin(took[0], made - begin);
        took[1] = fmin(took[1], now() - made);
        estimates(plan, said);
        conv_plan_destroy(plan);
    }
    ratio[0] = took[0] / (1e-6 * (said[1] + said[2]) + least_seconds);
    ratio[1] = took[1] / (1e-6 * said[0] + least_seconds);
}

/* What was above the limit once. */
static const char *const lines[] = {
    "f32 n=94469 m=1 full xstride=6 ystride=-1 batch=3 xbatch=2 ybatch=94470 rule=trapezoid dx=0.9",
    "c32 n=19,50,50 m=2,11,1 full batch=4 rule=trapezoid dx=2,2.6,2.8"};
enum { LINES = sizeof lines / sizeof lines[0] };

static void over_the_estimate(void **state) {
    static const char *const what[2] = {"create", "execute"};
    const unsigned count = test_count(1000) + LINES;
    double worst[2] = {0.0, 0.0};
    char line[2][PROBLEM_TEXT] = {"", ""};
    uint64_t stream = test_seed(51);
    unsigned beyond = 0;
    (void)state;
    for (unsigned i = 0; i < count; i++) {
        problem p;
        problem_data data;
        double ratio[2];
        if (i < LINES) {
            p = suite_problem(lines[i]);
        } else {
            draw_problem(&p, &(draw_limits){1, 3, 1e6, 1e9, false}, &stream);
        }
        p.data = DATA_NORMAL;
        p.desc.threads = 1; /* more than there are processors wait for each other */
        assert_true(data_make(&data, &p));
        measure(&p, &data, ratio);
        for (int k = 0; k < 2; k++) {
            if (ratio[k] > worst[k]) {
                worst[k] = ratio[k];
                problem_print(&p, line[k], sizeof line[k]);
            }
            if (ratio[k] > LIMIT) {
                char text[PROBLEM_TEXT];
                problem_print(&p, text, sizeof text);
                printf("# %s takes %.1f times its estimate: %s\n", what[k], ratio[k], text);
                beyond++;
            }
        }
        data_free(&data);
    }
    for (int k = 0; k < 2; k++) {
        printf("# %s: worst time over its estimate %.2f, limit %d: %s\n", what[k], worst[k], LIMIT,
               line[k]);
    }
    assert_int_equal(beyond, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(over_the_estimate)};
    return cmocka_run_group_tests_name("time", tests, NULL, NULL);
}
