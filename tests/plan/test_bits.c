/* test_bits.c - for one method the bits of an answer do not depend on alignment, batch, threads,
 * workspace, earlier calls or the length of the processor's vectors. */
#include "suite.h"

#include <stdlib.h>

static const char *const lines[] = {
    "f32 n=300 m=17 full",
    "f64 n=299 m=64 same edge=reflect",
    "c32 n=301 m=30 full corr",
    "c64 n=128 m=33 valid",
    "c32xf32 n=200 m=21 causal edge=wrap",
    "c64xf64 n=77 m=9 circular period=101",
    "f32 n=4000 m=300 full",
    "f64 n=20000 m=700 same edge=constant value=1.5,0",
    "f32 n=30,37 m=5,4 full",
    "f64 n=64,50 m=7,7 same edge=mirror,nearest data=outer",
    "c32 n=20,31 m=6,5 full rule=trapezoid dx=0.1,0.3",
    "f32 n=120,130 m=21,22 same edge=wrap,reflect",
    "f64 n=9,10,11 m=3,2,4 full",
    "f32 n=100 m=9 window start=-3 count=30 step=3 edge=reflect",
    "f32 n=9000 m=70 same edge=mirror data=steps",
    "f32 n=90,100 m=31,20 same edge=mirror,wrap data=steps",
    "c64 n=40,50 m=20,37 full data=steps",
    "f64 n=400 m=50 full bad=s7:nan,s300:inf,k4:-inf",
    "f32 n=64 m=5 same",
    "c64 n=21 m=6 same edge=mirror",
    "f64 n=50 m=33 full edge=constant value=1.5,0",
    "f32 n=170,164 m=5,15 same edge=reflect data=outer",
    "c32xf32 n=33,40 m=12,9 same edge=constant,wrap value=1.5,2 data=outer",
};
enum { LINES = sizeof lines / sizeof lines[0] };

static bool is_product(data_kind kind) {
    return kind == DATA_OUTER || kind == DATA_STEPS;
}

/* The answer to a problem as one array without gaps, batch after batch; NULL where refused. The
 * values of a batch of more than one are the first batch's, repeated. */
static unsigned char *answer(const problem *p, size_t *bytes) {
    problem_data data;
    conv_method chosen;
    assert_true(data_make(&data, p));
    for (size_t i = 0; i < data.signal_count * p->desc.batch; i++) {
        memcpy(array_at(&data.signal, i / data.signal_count, i % data.signal_count),
               array_at(&data.signal, 0, i % data.signal_count), data.signal.element);
    }
    const conv_status status = compare_execute(&p->desc, &data, &chosen);
    if (status != CONV_OK) {
        assert_int_equal(status, CONV_ERR_METHOD);
        data_free(&data);
        return NULL;
    }
    const size_t element = data.output.element;
    *bytes = data.output_count * p->desc.batch * element;
    unsigned char *const flat = malloc(*bytes);
    assert_non_null(flat);
    for (size_t i = 0; i < data.output_count * p->desc.batch; i++) {
        memcpy(flat + i * element,
               array_at(&data.output, i / data.output_count, i % data.output_count), element);
    }
    data_free(&data);
    return flat;
}

typedef void change(problem *p, size_t variant);

static void same_bits(const char *what, size_t variants, change *apply) {
    unsigned different = 0;
    for (size_t i = 0; i < LINES; i++) {
        for (int method = CONV_METHOD_DIRECT; method <= CONV_METHOD_REFERENCE; method++) {
            problem p = suite_problem(lines[i]);
            size_t bytes = 0;
            p.data = is_product(p.data) ? p.data : DATA_NORMAL;
            p.desc.method = (conv_method)method;
            if (!compare_takes(&p, p.desc.method)) {
                continue;
            }
            unsigned char *const plain = answer(&p, &bytes);
            for (size_t v = 0; plain != NULL && v < variants; v++) {
                problem other = p;
                size_t other_bytes = 0;
                apply(&other, v);
                unsigned char *const got = answer(&other, &other_bytes);
                for (size_t b = 0; got != NULL && b < other.desc.batch; b++) {
                    if (memcmp(plain, got + b * bytes, bytes) != 0) {
                        char line[PROBLEM_TEXT];
                        problem_print(&other, line, sizeof line);
                        printf("# other bits with another %s, batch %zu:\n#   %s\n", what, b, line);
                        different++;
                        break;
                    }
                }
                different += got == NULL;
                free(got);
            }
            free(plain);
        }
    }
    assert_int_equal(different, 0);
}

static void change_alignment(problem *p, size_t variant) {
    p->signal_align = variant % 4 + 1;
    p->kernel_align = variant / 4 + 1;
    p->output_align = (variant + 2) % 7;
}

static void alignment(void **state) {
    (void)state;
    same_bits("alignment", 8, change_alignment);
}

static void change_batch(problem *p, size_t variant) {
    p->desc.batch = variant * 2 + 2;
}

static void batch(void **state) {
    (void)state;
    same_bits("batch", 3, change_batch);
}

static void change_threads(problem *p, size_t variant) {
    p->desc.threads = (int)variant % 4 == 3 ? 0 : (int)variant % 4 + 2;
    p->desc.batch = variant >= 4 ? 3 : 1;
}

static void threads(void **state) {
    (void)state;
    same_bits("number of threads", 8, change_threads);
}

/* One more axis, of one sample and one tap: before all others, or behind them. */
static void insert_axis(conv_desc *desc, int place) {
    for (int d = desc->rank; d > place; d--) {
        desc->signal_shape[d] = desc->signal_shape[d - 1];
        desc->kernel_shape[d] = desc->kernel_shape[d - 1];
        desc->boundary[d] = desc->boundary[d - 1];
        desc->period[d] = desc->period[d - 1];
        desc->origin[d] = desc->origin[d - 1];
        desc->window_start[d] = desc->window_start[d - 1];
        desc->window_count[d] = desc->window_count[d - 1];
        desc->window_step[d] = desc->window_step[d - 1];
        desc->spacing[d] = desc->spacing[d - 1];
        desc->rule_axis[d] = desc->rule_axis[d - 1];
    }
    desc->signal_shape[place] = desc->kernel_shape[place] = 1;
    desc->boundary[place] = desc->mode == CONV_CIRCULAR ? CONV_WRAP : CONV_MIRROR;
    desc->period[place] = 0;
    desc->origin[place] = desc->window_start[place] = 0;
    desc->window_count[place] = desc->window_step[place] = 1;
    desc->rule_axis[place] = CONV_AXIS_SUM;
    desc->rank++;
}

static void change_rank(problem *p, size_t variant) {
    if (is_product(p->data)) /* made of a line an axis */
        return;
    insert_axis(&p->desc, variant == 0 ? 0 : p->desc.rank);
    if (variant == 2)
        insert_axis(&p->desc, 1);
}

static void axes_of_one(void **state) {
    (void)state;
    same_bits("rank", 3, change_rank);
}

/* Other problems in between: sizes, types and methods that may fill caches. */
static void change_nothing(problem *p, size_t variant) {
    static const char *const between[] = {"f64 n=1000 m=999 full data=normal method=fft",
                                          "f32 n=4300 m=17 full data=normal method=blocks",
                                          "c64 n=50,60 m=7,8 circular data=normal"};
    const problem other = suite_problem(between[variant]);
    size_t bytes = 0;
    (void)p;
    free(answer(&other, &bytes));
}

static void earlier_calls(void **state) {
    (void)state;
    same_bits("history", 3, change_nothing);
}

static void change_strides(problem *p, size_t variant) {
    size_t shape[CONV_MAX_RANK];
    ptrdiff_t in = variant == 0 ? 2 : -1;
    ptrdiff_t out = variant == 0 ? -1 : 3;
    assert_true(oracle_shape(&p->desc, shape));
    for (int d = p->desc.rank - 1; d >= 0; d--) {
        p->desc.signal_stride[d] = in;
        p->desc.output_stride[d] = out;
        in *= (ptrdiff_t)p->desc.signal_shape[d];
        out *= (ptrdiff_t)shape[d];
    }
}

static void strides(void **state) {
    (void)state;
    same_bits("strides", 2, change_strides);
}

/* v3 and v4 both fuse multiply and add; the baseline need not. */
static void vector_length(void **state) {
    unsigned different = 0;
    (void)state;
    for (size_t i = 0; i < LINES; i++) {
        for (int method = CONV_METHOD_DIRECT; method <= CONV_METHOD_REFERENCE; method++) {
            problem p = suite_problem(lines[i]);
            size_t bytes = 0;
            p.data = is_product(p.data) ? p.data : DATA_NORMAL;
            p.desc.method = (conv_method)method;
            if (!compare_takes(&p, p.desc.method)) {
                continue;
            }
            p.desc.isa = CONV_ISA_V3;
            unsigned char *const shorter = answer(&p, &bytes);
            p.desc.isa = CONV_ISA_V4;
            unsigned char *const longer = answer(&p, &bytes);
            if (shorter != NULL && longer != NULL && memcmp(shorter, longer, bytes) != 0) {
                printf("# other bits under isa=v3 and isa=v4: %s method=%s\n", lines[i],
                       method_name((conv_method)method));
                different++;
            }
            free(shorter);
            free(longer);
        }
    }
    assert_int_equal(different, 0);
}

/* Each cap gives right answers. */
static void every_level_is_right(void **state) {
    static const char *const levels[] = {"best", "baseline", "v3", "v4"};
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < LINES; i++) {
        for (size_t level = 0; level < 4; level++) {
            char line[256];
            snprintf(line, sizeof line, "%s isa=%s", lines[i], levels[level]);
            wrong += suite_line(line);
        }
    }
    assert_int_equal(wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alignment),     cmocka_unit_test(batch),
        cmocka_unit_test(threads),       cmocka_unit_test(axes_of_one),
        cmocka_unit_test(earlier_calls), cmocka_unit_test(strides),
        cmocka_unit_test(vector_length), cmocka_unit_test(every_level_is_right),
    };
    return cmocka_run_group_tests_name("bits", tests, NULL, suite_report);
}
