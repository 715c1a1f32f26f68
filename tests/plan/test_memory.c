/* test_memory.c - nothing read or written outside the buffers, nothing allocated where a workspace
 * is given, nothing leaked, no failure to allocate that is not reported. */
#include "suite.h"

#include "allocations.h"
#include "guard.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const lines[] = {
    "f32 n=1 m=1 full data=normal",
    "f32 n=17 m=5 full data=normal",
    "f64 n=100 m=7 same edge=reflect data=normal",
    "c32 n=63 m=31 valid corr data=normal",
    "c64xf64 n=33 m=40 full edge=wrap data=normal",
    "c32xf32 n=50 m=9 circular period=37 data=normal",
    "f32 n=1023 m=129 causal data=normal",
    "f64 n=3000 m=500 full data=normal",
    "f32 n=5000 m=100 same edge=mirror data=normal",
    "f64 n=19 m=4 full rule=trapezoid dx=0.5 data=normal",
    "f32 n=12,15 m=3,4 full data=normal",
    "f64 n=20,9 m=5,5 same edge=nearest,constant value=2,0 data=outer",
    "c64 n=8,9 m=4,3 full rule=trapezoid dx=0.5,2 data=normal",
    "f32 n=70,60 m=17,9 same edge=wrap,reflect data=normal",
    "f64 n=5,6,7 m=2,3,2 full data=normal",
    "f32 n=40 m=5 window start=-3 count=20 step=3 edge=reflect data=normal",
    "f64 n=21 m=4 same xstride=-3 ystride=2 data=normal",
    "f32 n=6,7 m=3,3 full xstride=1,7 ystride=-20,2 batch=3 xbatch=50 ybatch=-200 data=normal",
    "f32 n=64 m=5 same edge=constant value=2,0 batch=9 data=normal",
    "c32 n=21 m=6 same edge=wrap ystride=1 batch=5 ybatch=30 data=normal",
    "f32 n=40,64 m=12,7 same edge=nearest,mirror data=outer",
    "f32 n=400 m=45 same edge=mirror data=steps",
    "c32xf32 n=30,40 m=12,33 same edge=nearest,constant value=2,1 data=steps",
    "f64 n=30,40 m=12,33 full xstride=1,30 ystride=-80,1 data=steps",
    "f32 n=400 m=201 same edge=mirror data=gauss",
    "f64 n=90,100 m=81,101 same edge=wrap,mirror data=gauss",
    "f64 n=30 m=5 full data=normal bad=s3:nan,s29:inf",
    "f64 n=2000 m=300 full data=normal bad=s3:nan,k2:inf",
};
enum { LINES = sizeof lines / sizeof lines[0] };

/* ---- guard pages ---------------------------------------------------------------------------- */

/* Lays `a`'s bytes flush against the end (or the start) of guarded memory; its element 0 there. */
static unsigned char *lay(const guarded *g, const array *a, bool at_end) {
    unsigned char *const lowest = at_end ? g->end - a->span : g->start;
    memcpy(lowest, a->lowest, a->span);
    return lowest + (a->first - a->lowest);
}

/* Every method, and then every tolerance and the transforms in double. */
enum { METHODS = CONV_METHOD_REFERENCE + 1, VARIANTS = METHODS + 6 };

static void set_variant(problem *p, int variant) {
    static const conv_tolerance tolerances[] = {
        {CONV_TOLERANCE_MAXNORM, 1e-4}, {CONV_TOLERANCE_MAXNORM, 1e-7},
        {CONV_TOLERANCE_STRICT, 0},     {CONV_TOLERANCE_COMPONENTWISE, 1e-4},
        {CONV_TOLERANCE_MAXNORM, 0},    {CONV_TOLERANCE_MAXNORM, 0},
    };
    const bool is_method = variant < METHODS;
    const int other = is_method ? VARIANTS - METHODS - 1 : variant - METHODS;
    p->desc.method = is_method ? (conv_method)variant : CONV_METHOD_AUTO;
    p->desc.tolerance = tolerances[other];
    p->desc.precision = CONV_PRECISION_DATA;
    p->desc.isa = CONV_ISA_BEST;
    if (!is_method && other >= 4) {
        p->desc.precision = CONV_PRECISION_DOUBLE;
        p->desc.method = other == 4 ? CONV_METHOD_BLOCKS : CONV_METHOD_FFT;
    }
    if (p->desc.tolerance.kind == CONV_TOLERANCE_COMPONENTWISE) {
        p->desc.isa = CONV_ISA_BASELINE; /* where sums are slow, and transforms more often pay */
    }
}

typedef struct guarded_run {
    guarded signal, kernel, output, workspace;
} guarded_run;

/* Runs in guarded memory; the output has to have the bits of the plain run, which is in `data`. */
static void run_guarded(const problem *p, problem_data *data, bool at_end, size_t shift) {
    guarded_run g;
    char line[PROBLEM_TEXT];
    conv_plan *plan = NULL;
    problem_print(p, line, sizeof line);
    assert_true(guard_make(&g.signal, data->signal.span));
    assert_true(guard_make(&g.kernel, data->kernel.span));
    assert_true(guard_make(&g.output, data->output.span));
    unsigned char *const signal = lay(&g.signal, &data->signal, at_end);
    unsigned char *const kernel = lay(&g.kernel, &data->kernel, at_end);
    assert_int_equal(conv_plan_create(&plan, &p->desc, kernel), CONV_OK);
    guard_free(&g.kernel); /* the plan has its own copy */
    const size_t bytes = conv_plan_workspace_size(plan);
    assert_true(guard_make(&g.workspace, bytes + shift));
    unsigned char *const workspace =
        at_end ? g.workspace.end - bytes - shift : g.workspace.start + shift;
    /* Gaps between outputs are as in the plain run: the guard pattern. */
    unsigned char *const output = lay(&g.output, &data->output, at_end);
    for (size_t i = 0; i < data->output_count * p->desc.batch; i++) {
        const unsigned char *const at =
            array_at(&data->output, i / data->output_count, i % data->output_count);
        memset(output + (at - data->output.first), 0x77, data->output.element);
    }
    assert_int_equal(conv_plan_execute(plan, signal, output, workspace), CONV_OK);
    const ptrdiff_t below = data->output.first - data->output.lowest;
    if (memcmp(output - below, data->output.lowest, data->output.span) != 0) {
        fail_msg("other bits in guarded memory (workspace shifted by %zu): %s", shift, line);
    }
    conv_plan_destroy(plan);
    guard_free(&g.signal);
    guard_free(&g.output);
    guard_free(&g.workspace);
}

static void guard_pages(void **state) {
    (void)state;
    for (size_t i = 0; i < LINES; i++) {
        problem p = suite_problem(lines[i]);
        problem_data data;
        assert_true(data_make(&data, &p));
        p.one_method = true;
        for (int variant = 0; variant < VARIANTS; variant++) {
            conv_method chosen;
            set_variant(&p, variant);
            if (compare_execute(&p.desc, &data, &chosen) == CONV_OK) {
                run_guarded(&p, &data, true, 0);
                run_guarded(&p, &data, true, 1);
                run_guarded(&p, &data, false, 0);
                run_guarded(&p, &data, false, 3);
            }
        }
        data_free(&data);
    }
}

/* ---- counting ------------------------------------------------------------------------------- */

static void execute_allocates_nothing(void **state) {
    (void)state;
    for (size_t i = 0; i < LINES; i++) {
        problem p = suite_problem(lines[i]);
        problem_data data;
        assert_true(data_make(&data, &p));
        for (int variant = 0; variant < VARIANTS; variant++) {
            conv_plan *plan = NULL;
            set_variant(&p, variant);
            if (conv_plan_create(&plan, &p.desc, data.kernel.first) != CONV_OK) {
                continue;
            }
            void *const workspace = malloc(conv_plan_workspace_size(plan) + 1);
            assert_non_null(workspace);
            const unsigned long before = allocations_made();
            const conv_status status =
                conv_plan_execute(plan, data.signal.first, data.output.first, workspace);
            const unsigned long after = allocations_made();
            assert_int_equal(status, CONV_OK);
            if (after != before) {
                fail_msg("%lu allocations in execute: %s method=%s", after - before, lines[i],
                         method_name(conv_plan_method(plan)));
            }
            free(workspace);
            conv_plan_destroy(plan);
        }
        data_free(&data);
    }
}

static conv_status create_and_execute(const problem *p, problem_data *data) {
    conv_method chosen;
    return compare_execute(&p->desc, data, &chosen);
}

/* The first run may fill caches that stay; the next two must leave as many blocks as they found. */
static void nothing_leaks(void **state) {
    (void)state;
    for (size_t i = 0; i < LINES; i++) {
        problem p = suite_problem(lines[i]);
        problem_data data;
        assert_true(data_make(&data, &p));
        for (int variant = 0; variant < VARIANTS; variant++) {
            set_variant(&p, variant);
            create_and_execute(&p, &data);
            const long before = allocations_alive();
            create_and_execute(&p, &data);
            create_and_execute(&p, &data);
            const long after = allocations_alive();
            if (after != before) {
                fail_msg("%ld blocks leaked: %s method=%s", after - before, lines[i],
                         method_name(p.desc.method));
            }
        }
        data_free(&data);
    }
}

/* ---- out of memory -------------------------------------------------------------------------- */

enum { MOST_FAILURES = 400 };

static void failures_are_reported(void **state) {
    unsigned long injected = 0;
    (void)state;
    for (size_t i = 0; i < LINES; i++) {
        problem p = suite_problem(lines[i]);
        problem_data data;
        assert_true(data_make(&data, &p));
        for (int variant = 0; variant < VARIANTS; variant++) {
            set_variant(&p, variant);
            if (create_and_execute(&p, &data) != CONV_OK) {
                continue;
            }
            for (long k = 0; k < MOST_FAILURES; k++) {
                data_reset_output(&data);
                const long before = allocations_alive();
                allocations_fail(k);
                const conv_status status = create_and_execute(&p, &data);
                const bool failed = allocations_failed();
                allocations_fail(-1);
                injected += failed;
                if (allocations_alive() != before || (status != CONV_OK && !failed) ||
                    (status != CONV_OK && status != CONV_ERR_MEMORY)) {
                    fail_msg("allocation %ld fails: status %d, %ld blocks leaked: %s method=%s", k,
                             (int)status, allocations_alive() - before, lines[i],
                             method_name(p.desc.method));
                }
                if (status == CONV_ERR_MEMORY) {
                    assert_true(strlen(conv_last_error()) > 5);
                    assert_true(data_output_untouched(&data));
                }
                if (!failed) {
                    break;
                }
            }
        }
        data_free(&data);
    }
    printf("# %lu allocations made to fail\n", injected);
    assert_true(injected > 0);
}

static void failures_in_one_shot_calls(void **state) {
    static float x[900];
    static float h[90];
    static float y[2000];
    unsigned long injected = 0;
    (void)state;
    for (int call = 0; call < 4; call++) {
        for (long k = 0; k < MOST_FAILURES; k++) {
            conv_status status = CONV_OK;
            memset(y, 0x5A, sizeof y);
            const long before = allocations_alive();
            allocations_fail(k);
            switch (call) {
            case 0:
                status = conv1d_f32(x, 900, h, 90, CONV_FULL, y);
                break;
            case 1:
                status = conv2d_f32(x, 30, 30, h, 9, 10, CONV_SAME, y);
                break;
            case 2:
                status = conv1d_trapezoid_f32(x, 900, h, 90, 0.5f, CONV_FULL, y);
                break;
            default:
                status = conv2d_trapezoid_f32(x, 30, 30, h, 9, 10, 0.5f, 0.5f, CONV_FULL, y);
                break;
            }
            const bool failed = allocations_failed();
            allocations_fail(-1);
            injected += failed;
            assert_true(status == CONV_OK || (failed && status == CONV_ERR_MEMORY));
            for (size_t i = 0; status != CONV_OK && i < sizeof y; i++) {
                assert_int_equal(((unsigned char *)y)[i], 0x5A);
            }
            /* The very first call may leave a cache behind. */
            assert_true(k == 0 || allocations_alive() == before);
            if (!failed) {
                break;
            }
        }
    }
    assert_true(injected > 0);
}

/* ---- rules ---------------------------------------------------------------------------------- */

/* A rule, an order or jumps, and a tolerance where there is one. */
static const struct {
    const char *line;
    conv_tolerance tolerance;
    bool breaks; /* of signal and kernel, at 1/2 */
} ruled[] = {
    {"f64 n=300 m=40 full rule=gregory order=6 dx=0.5 data=normal", {0}, false},
    {"f32 n=900 m=300 full rule=auto dx=0.5 batch=2 data=normal", {0}, false},
    {"c32 n=50 m=20 same edge=reflect rule=auto dx=0.5 batch=3 data=normal", {0}, false},
    {"f64 n=50 m=9 circular period=37 rule=auto dx=0.5 batch=2 data=normal", {0}, false},
    {"f64 n=20,15 m=9,12 full rule=gregory order=4 dx=0.5,1 data=normal", {0}, false},
    {"f32 n=20,15 m=9,12 same rule=auto dx=0.5,1 batch=2 data=normal", {0}, false},
    {"f64 n=900 m=300 full rule=auto data=nonneg", {CONV_TOLERANCE_MAXNORM, 1e-9}, false},
    {"f64 n=900 m=300 full rule=rectangle data=nonneg",
     {CONV_TOLERANCE_COMPONENTWISE, 1e-8},
     false},
    {"f64 n=900 m=300 full data=int", {CONV_TOLERANCE_INTEGER, 0}, false},
    {"f32 n=900 m=300 full rule=trapezoid dx=0.5 batch=2 data=normal", {0}, true},
    {"c64 n=60 m=30 valid corr rule=gregory order=3 data=normal", {0}, true},
    {"f64 n=60 m=30 full rule=gregory order=8 data=normal", {CONV_TOLERANCE_STRICT, 0}, true},
};
enum { RULED = sizeof ruled / sizeof ruled[0], MOST_OUTPUTS = 3600 };

static problem ruled_problem(size_t i, conv_break jump[2]) {
    problem p = suite_problem(ruled[i].line);
    p.desc.tolerance = ruled[i].tolerance;
    jump[0] = (conv_break){p.desc.signal_shape[0] / 2, {1, 0}, {0, 2}};
    jump[1] = (conv_break){p.desc.kernel_shape[0] / 2, {-1, 1}, {3, 0}};
    if (ruled[i].breaks) {
        p.desc.signal_breaks = jump;
        p.desc.kernel_breaks = jump + 1;
        p.desc.signal_break_count = p.desc.kernel_break_count = 1;
    }
    return p;
}

static void rules_allocate_nothing_in_execute(void **state) {
    (void)state;
    for (size_t i = 0; i < RULED; i++) {
        conv_break jump[2];
        const problem p = ruled_problem(i, jump);
        problem_data data;
        double bound[3];
        conv_plan *plan = NULL;
        assert_true(data_make(&data, &p));
        assert_int_equal(conv_plan_create(&plan, &p.desc, data.kernel.first), CONV_OK);
        void *const workspace = malloc(conv_plan_workspace_size(plan) + 1);
        assert_non_null(workspace);
        const unsigned long before = allocations_made();
        assert_int_equal(conv_plan_execute(plan, data.signal.first, data.output.first, workspace),
                         CONV_OK);
        assert_int_equal(
            conv_plan_execute_bound(plan, data.signal.first, data.output.first, workspace, bound),
            CONV_OK);
        if (allocations_made() != before) {
            fail_msg("%lu allocations in execute: %s", allocations_made() - before, ruled[i].line);
        }
        free(workspace);
        conv_plan_destroy(plan);
        data_free(&data);
    }
}

/* Creates, executes and estimates; `step` is what failed. The estimates are of the last kind. */
static conv_status ruled_life(const problem *p, problem_data *data, double *error, int *step) {
    conv_plan *plan = NULL;
    conv_status status = conv_plan_create(&plan, &p->desc, data->kernel.first);
    *step = 0;
    if (status == CONV_OK) {
        *step = 1;
        status = conv_plan_execute(plan, data->signal.first, data->output.first, NULL);
    }
    for (int kind = 0; kind <= CONV_ESTIMATE_RICHARDSON && status == CONV_OK; kind++) {
        *step = 2 + kind;
        memset(error, 0x5A, MOST_OUTPUTS * sizeof *error);
        status = conv_plan_estimate(plan, (conv_estimate)kind, data->signal.first, error);
        status = status == CONV_ERR_RULE ? CONV_OK : status;
    }
    conv_plan_destroy(plan);
    return status;
}

static void failures_with_rules(void **state) {
    static double error[MOST_OUTPUTS];
    unsigned long injected = 0;
    (void)state;
    for (size_t i = 0; i < RULED; i++) {
        conv_break jump[2];
        const problem p = ruled_problem(i, jump);
        problem_data data;
        int step, last_step = 0;
        assert_true(data_make(&data, &p));
        assert_true(data.output_count * p.desc.batch <= MOST_OUTPUTS);
        /* Planes are mended by hundreds of plans, whose allocations are taken in ever larger steps.
         */
        for (long k = 0; k < 60 * MOST_FAILURES; k += 1 + k / 8) {
            conv_status status = CONV_OK;
            bool failed = false;
            long leaked = 0;
            /* A method that stands in for one without memory may fill a cache the first time. */
            for (int turn = 0; turn < 2; turn++) {
                data_reset_output(&data);
                const long before = allocations_alive();
                allocations_fail(k);
                status = ruled_life(&p, &data, error, &step);
                failed = allocations_failed();
                allocations_fail(-1);
                leaked = allocations_alive() - before;
            }
            injected += failed;
            if (leaked != 0 || !(status == CONV_OK || (failed && status == CONV_ERR_MEMORY))) {
                fail_msg("allocation %ld fails: status %d, %ld blocks leaked: %s", k, (int)status,
                         leaked, ruled[i].line);
            }
            assert_true(status == CONV_OK || step > 1 || data_output_untouched(&data));
            for (size_t e = 0; status != CONV_OK && step > 1 && e < sizeof error; e++) {
                if (((unsigned char *)error)[e] != 0x5A) {
                    fail_msg("allocation %ld fails: estimates written: %s", k, ruled[i].line);
                }
            }
            last_step = step;
            if (!failed) {
                break;
            }
        }
        assert_int_equal(last_step, 3);
        data_free(&data);
    }
    printf("# %lu allocations made to fail with rules\n", injected);
    assert_true(injected > 200);
}

/* ---- Volterra ------------------------------------------------------------------------------- */

enum { TAPS = 900, PUSHES = 3000 };
/* COMPONENTWISE by plans: the sums of a level in the data's type keep less. */
#define LEAST_TOLERANCE 0x1p-47

/* A whole life of both objects; what fails is to leave nothing behind. */
static conv_status online_life(const double *kernel, const double *f, double *y, double tolerance,
                               unsigned long *allocated) {
    conv_online *online = NULL;
    conv_online_desc desc;
    double bound;
    conv_online_desc_init(&desc, CONV_F64, TAPS);
    desc.rule = CONV_RULE_TRAPEZOID;
    desc.spacing = 0.1;
    if (tolerance > 0.0) {
        desc.tolerance.kind = CONV_TOLERANCE_COMPONENTWISE;
        desc.tolerance.value = tolerance;
    }
    const conv_status status = conv_online_create_desc(&online, &desc, kernel);
    const unsigned long before = allocations_made();
    for (size_t k = 0; status == CONV_OK && k < PUSHES; k++) {
        double history, weight;
        assert_int_equal(conv_online_history(online, &history, &weight), CONV_OK);
        assert_int_equal(conv_online_push(online, f + k, y + k), CONV_OK);
        assert_int_equal(k % 1000 ? CONV_OK : conv_online_bound(online, &bound), CONV_OK);
    }
    *allocated = allocations_made() - before;
    conv_online_destroy(online);
    return status;
}

static conv_status product_life(const double *f, double *y) {
    const conv_product_kernel kernel = {.kind = CONV_PRODUCT_POWER, .alpha = 0.5, .scale = 1.0};
    conv_product *product = NULL;
    conv_status status = conv_product_create(&product, CONV_F64, PUSHES, 0.1, &kernel);
    if (status == CONV_OK) {
        status = conv_product_execute(product, f, y);
    }
    conv_product_destroy(product);
    return status;
}

static void volterra(void **state) {
    static double kernel[TAPS], f[PUSHES], y[PUSHES];
    unsigned long allocated, injected = 0;
    (void)state;
    for (size_t k = 0; k < PUSHES; k++) {
        f[k] = 1.0;
        kernel[k % TAPS] = 1.0;
    }
    for (int kept = 0; kept < 2; kept++) {
        assert_int_equal(online_life(kernel, f, y, kept * LEAST_TOLERANCE, &allocated), CONV_OK);
        if (allocated != 0) {
            fail_msg("%lu allocations in %d pushes", allocated, PUSHES);
        }
    }
    assert_int_equal(product_life(f, y), CONV_OK);
    for (int what = 0; what < 3; what++) {
        for (long k = 0; k < MOST_FAILURES; k++) {
            memset(y, 0x5A, sizeof y);
            const long before = allocations_alive();
            allocations_fail(k);
            const conv_status status =
                what == 2 ? product_life(f, y)
                          : online_life(kernel, f, y, what * LEAST_TOLERANCE, &allocated);
            const bool failed = allocations_failed();
            allocations_fail(-1);
            injected += failed;
            if (allocations_alive() != before ||
                !(status == CONV_OK || (failed && status == CONV_ERR_MEMORY))) {
                fail_msg("allocation %ld of %s fails: status %d, %ld blocks leaked", k,
                         what == 2 ? "product" : "online", (int)status,
                         allocations_alive() - before);
            }
            for (size_t i = 0; status != CONV_OK && i < sizeof y; i++) {
                assert_int_equal(((unsigned char *)y)[i], 0x5A);
            }
            if (!failed) {
                break;
            }
        }
    }
    printf("# %lu allocations made to fail in Volterra objects\n", injected);
    assert_true(injected > 10);
}

/* Whole numbers in f64, pieces of them, a plane, and a loop that needs room for its results. */
static conv_status integer_call(int call, const int64_t *x, const int32_t *x32, int64_t *y) {
    switch (call) {
    case 0:
        return conv1d_i64(x, 900, x, 90, CONV_FULL, y);
    case 1:
        return conv1d_i32(x32, 900, x32, 90, CONV_FULL, y);
    case 2:
        return conv2d_i32(x32, 30, 30, x32, 9, 10, CONV_SAME, y);
    default:
        return conv1d_i32(x32, 300, x32, 4, CONV_FULL, y);
    }
}

static void failures_in_integer_calls(void **state) {
    static int64_t x[900], y[1000];
    static int32_t x32[900];
    (void)state;
    for (int i = 0; i < 900; i++) {
        x[i] = i;
        x32[i] = (i % 2 ? -1 : 1) * ((INT32_MAX >> 6) - i);
    }
    for (int call = 0; call < 4; call++) {
        unsigned long injected = 0;
        for (long k = 0; k < MOST_FAILURES; k++) {
            memset(y, 0x5A, sizeof y);
            const long before = allocations_alive();
            allocations_fail(k);
            const conv_status status = integer_call(call, x, x32, y);
            const bool failed = allocations_failed();
            allocations_fail(-1);
            injected += failed;
            assert_true(status == CONV_OK || (failed && status == CONV_ERR_MEMORY));
            for (size_t i = 0; status != CONV_OK && i < sizeof y; i++) {
                assert_int_equal(((unsigned char *)y)[i], 0x5A);
            }
            /* The very first call may leave a cache behind. */
            assert_true(k == 0 || allocations_alive() == before);
            if (!failed) {
                break;
            }
        }
        assert_true(injected > 0);
    }
}

/* ---- FFTW ----------------------------------------------------------------------------------- */

/* Periods that FFTW plans fast, that the own transform has, and that neither has. */
static const char *const circular[] = {
    "f32 n=1000 m=900 circular",       "f64 n=360 m=200 circular",
    "c32 n=1024 m=700 circular",       "c64 n=500 m=400 circular",
    "c64xf64 n=337 m=300 circular",    "f32 n=60,80 m=50,40 circular",
    "f64 n=64,96 m=60,50 circular",    "c32 n=50,70 m=30,30 circular",
    "f64 n=12,20,14 m=9,9,9 circular", "f32 n=48,47 m=40,40 circular period=50,50",
};

static bool is_by_fftw(const problem *p, const problem_data *data) {
    static char text[8192];
    conv_plan *plan = NULL;
    assert_int_equal(conv_plan_create(&plan, &p->desc, data->kernel.first), CONV_OK);
    conv_plan_describe(plan, text, sizeof text);
    conv_plan_destroy(plan);
    return strstr(text, "FFTW") != NULL;
}

/* In a child: whoever allocates gets nothing the k-th time. 0 where the status says so. */
static int fail_anywhere(const problem *p, problem_data *data) {
    for (long k = 0; k < MOST_FAILURES; k++) {
        allocations_fail_anywhere(k);
        const conv_status status = create_and_execute(p, data);
        const bool failed = allocations_failed();
        allocations_fail(-1);
        if (status != CONV_OK && (status != CONV_ERR_MEMORY || !failed)) {
            return 1;
        }
        if (!failed) {
            return 0;
        }
    }
    return 0;
}

/* In a child whose address space grows in small steps, once there is nothing to spare. */
static int grow(const problem *p, problem_data *data) {
    enum { STEP = 16384, STEPS = 300 };
    struct rlimit limit;
    unsigned long pages = 0;
    FILE *const sizes = fopen("/proc/self/statm", "r");
    if (sizes == NULL || fscanf(sizes, "%lu", &pages) != 1 || getrlimit(RLIMIT_AS, &limit) != 0) {
        return 2;
    }
    fclose(sizes);
    limit.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE);
    if (setrlimit(RLIMIT_AS, &limit) != 0) {
        return 2;
    }
    for (size_t size = 65536; size >= 16; size /= 2) {
        while (malloc(size) != NULL) {
        }
    }
    for (rlim_t step = 0; step < STEPS; step++) {
        limit.rlim_cur = pages * (rlim_t)sysconf(_SC_PAGESIZE) + step * STEP;
        if (setrlimit(RLIMIT_AS, &limit) != 0) {
            return 2;
        }
        const conv_status status = create_and_execute(p, data);
        if (status != CONV_OK && status != CONV_ERR_MEMORY) {
            return 1;
        }
    }
    return 0;
}

/* What wait says of a child that does this. */
static int in_child(int (*work)(const problem *p, problem_data *data), const problem *p,
                    problem_data *data) {
    int status;
    fflush(NULL);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        alarm(60);
        if (freopen("/dev/null", "w", stderr) == NULL) {
            _exit(2);
        }
        _exit(work(p, data));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

/* The promise of the header: an allocation that fails ends the process only within FFTW's planner,
 * and there only where the memory was taken away after the library had seen that it is there. */
static void no_failure_ends_the_process(void **state) {
    unsigned ended = 0, by_fftw = 0;
    (void)state;
    for (size_t i = 0; i < sizeof circular / sizeof circular[0]; i++) {
        for (int method = CONV_METHOD_AUTO; method <= CONV_METHOD_FFT; method += CONV_METHOD_FFT) {
            problem p = suite_problem(circular[i]);
            problem_data data;
            p.data = DATA_NORMAL;
            p.desc.method = (conv_method)method;
            assert_true(data_make(&data, &p));
            const bool fftw = is_by_fftw(&p, &data);
            const int failing = in_child(fail_anywhere, &p, &data);
            const int growing = in_child(grow, &p, &data);
            by_fftw += fftw;
            ended += WIFSIGNALED(failing);
            if ((WIFSIGNALED(failing) ? !fftw : failing != 0) || growing != 0) {
                fail_msg("children ended with %d, %d: %s method=%s", failing, growing, circular[i],
                         method_name(p.desc.method));
            }
            data_free(&data);
        }
    }
    printf("# %u plans by FFTW, which ended the process for %u of them\n", by_fftw, ended);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guard_pages),
        cmocka_unit_test(execute_allocates_nothing),
        cmocka_unit_test(nothing_leaks),
        cmocka_unit_test(failures_are_reported),
        cmocka_unit_test(failures_in_one_shot_calls),
        cmocka_unit_test(rules_allocate_nothing_in_execute),
        cmocka_unit_test(failures_with_rules),
        cmocka_unit_test(volterra),
        cmocka_unit_test(failures_in_integer_calls),
        cmocka_unit_test(no_failure_ends_the_process),
    };
    return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
