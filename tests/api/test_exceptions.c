/* test_exceptions.c - finite data raise neither FE_INVALID nor FE_DIVBYZERO nor, where they are of
 * ordinary size, FE_OVERFLOW, and errno stays: every public function that computes. */
#include "suite.h"

#include <errno.h>
#include <fenv.h>
#include <math.h>
#include <stdlib.h>

enum { SENTINEL = 12345, TEXT = 8192 };

static size_t calls, faults, all;

static void begin(void) {
    errno = SENTINEL;
    feclearexcept(FE_ALL_EXCEPT);
}

static void end(const char *call, const char *line) {
    const int raised = fetestexcept(FE_INVALID | FE_DIVBYZERO | FE_OVERFLOW);
    const int number = errno;
    calls++;
    if (raised == 0 && number == SENTINEL)
        return;
    if (faults++ < 20)
        print_error("%s, %s:%s%s%s%s errno %d\n", call, line, raised & FE_INVALID ? " invalid" : "",
                    raised & FE_DIVBYZERO ? " division by zero" : "",
                    raised & FE_OVERFLOW ? " overflow" : "",
                    number == SENTINEL ? " kept" : " changed", number);
}

static void no_faults(void) {
    const size_t found = faults;
    faults = 0;
    all += found;
    assert_int_equal(found, 0);
}

/* What the memory of a workspace may hold: signalling NaN, infinities, large numbers. */
static void fill_workspace(void *workspace, size_t bytes, int pattern) {
    static const uint32_t words[] = {0x7fa00000u, 0x7ff00000u, 0x7f800000u, 0xff7fffffu};
    for (size_t i = 0; i + 4 <= bytes; i += 4)
        memcpy((unsigned char *)workspace + i, &words[pattern % 4], 4);
}

static void ask_plan(const conv_plan *plan, const problem *p, const problem_data *data,
                     const char *line) {
    const size_t outputs = data->output_count * p->desc.batch;
    const size_t bytes = conv_plan_workspace_size(plan);
    double *const error = malloc((outputs + p->desc.batch) * sizeof *error);
    void *const workspace = malloc(bytes + 64);
    char text[TEXT];
    assert_true(error != NULL && workspace != NULL);
    for (int pattern = 0; pattern < 4; pattern++) {
        fill_workspace(workspace, bytes + 64, pattern);
        begin();
        (void)conv_plan_execute(plan, data->signal.first, data->output.first,
                                pattern == 3 ? NULL : workspace);
        end("conv_plan_execute", line);
    }
    begin();
    (void)conv_plan_execute_bound(plan, data->signal.first, data->output.first, workspace,
                                  error + outputs);
    end("conv_plan_execute_bound", line);
    begin();
    (void)conv_plan_describe(plan, text, sizeof text);
    end("conv_plan_describe", line);
    begin();
    (void)conv_plan_rule_order(plan, data->signal.first);
    end("conv_plan_rule_order", line);
    for (int kind = CONV_ESTIMATE_ENDS; kind <= CONV_ESTIMATE_RICHARDSON; kind++) {
        begin();
        (void)conv_plan_estimate(plan, (conv_estimate)kind, data->signal.first, error);
        end(kind == CONV_ESTIMATE_ENDS ? "ENDS" : "RICHARDSON", line);
    }
    free(error);
    free(workspace);
}

static void ask_all(problem *p) {
    static const conv_tolerance tolerances[] = {
        {CONV_TOLERANCE_MAXNORM, 0},       {CONV_TOLERANCE_MAXNORM, 3e-7},
        {CONV_TOLERANCE_COMPONENTWISE, 0}, {CONV_TOLERANCE_COMPONENTWISE, 1e-5},
        {CONV_TOLERANCE_INTEGER, 0},       {CONV_TOLERANCE_STRICT, 0}};
    problem_data data;
    char line[PROBLEM_TEXT];
    assert_true(data_make(&data, p));
    const bool is_small = data.kernel_count * data.output_count < 20000;
    for (size_t t = 0; t < sizeof tolerances / sizeof tolerances[0]; t++)
        for (int method = CONV_METHOD_AUTO; method <= CONV_METHOD_REFERENCE; method++) {
            conv_plan *plan = NULL;
            if ((t > 0 && method > CONV_METHOD_DIRECT) ||
                (method == CONV_METHOD_REFERENCE && !is_small)) /* which takes its time */
                break;
            p->desc.tolerance = tolerances[t];
            p->desc.method = (conv_method)method;
            p->one_method = true;
            problem_print(p, line, sizeof line);
            begin();
            const conv_status status = conv_plan_create(&plan, &p->desc, data.kernel.first);
            end("conv_plan_create", line);
            if (status == CONV_OK)
                ask_plan(plan, p, &data, line);
            begin();
            conv_plan_destroy(plan);
            end("conv_plan_destroy", line);
        }
    data_free(&data);
}

/* Every mode, edge and rule of small problems, one tap and one sample among them. */
static void plans(void **state) {
    static const conv_rule rules[] = {CONV_RULE_SUM, CONV_RULE_RECTANGLE, CONV_RULE_TRAPEZOID,
                                      CONV_RULE_GREGORY, CONV_RULE_AUTO};
    static const size_t extents[][2] = {{1, 1}, {40, 1}, {1, 9}, {33, 9}, {9, 33}, {200, 70}};
    uint64_t seed = test_seed(3);
    (void)state;
    for (int mode = CONV_FULL; mode <= CONV_WINDOW; mode++)
        for (size_t rule = 0; rule < 5; rule++)
            for (size_t e = 0; e < sizeof extents / sizeof extents[0]; e++) {
                const size_t pair = next_below(&seed, TYPE_PAIRS);
                const int rank = 1 + (int)next_below(&seed, 2);
                const size_t n[2] = {extents[e][0], 1 + next_below(&seed, 12)};
                const size_t m[2] = {extents[e][1], 1 + next_below(&seed, 5)};
                const bool mixed = rank == 2 && (n[0] > m[0]) != (n[1] > m[1]);
                problem p;
                if (mode == CONV_VALID && mixed)
                    continue;
                problem_init(&p, type_pairs[pair][0], type_pairs[pair][1], rank, n, m,
                             (conv_mode)mode);
                p.data = rule == 0 ? (data_kind)next_below(&seed, 6) : DATA_NONNEG;
                p.seed = 1 + next_below(&seed, 100);
                p.desc.rule = rules[rule];
                p.desc.rule_order = 3 + (int)next_below(&seed, 6);
                p.desc.batch = 1 + next_below(&seed, 2);
                p.desc.threads = 1 + (int)next_below(&seed, 2);
                p.desc.precision = (conv_precision)next_below(&seed, 2);
                for (int d = 0; d < rank; d++) {
                    p.desc.window_start[d] = -2;
                    p.desc.window_count[d] = n[d] + m[d] + 3;
                    p.desc.window_step[d] = 1 + next_below(&seed, 2);
                    if (mode != CONV_CIRCULAR && mode != CONV_VALID && next_below(&seed, 2))
                        p.desc.boundary[d] = (conv_boundary)next_below(&seed, 6);
                }
                ask_all(&p);
            }
    print_message("# %zu calls so far\n", calls);
    no_faults();
}

static void larger_plans(void **state) {
    static const char *const lines[] = {
        "f32 n=5000 m=1000 full data=nonneg",
        "f64 n=5000 m=1000 same data=normal edge=mirror",
        "f64 n=2000 m=1500 full data=nonneg",
        "c64 n=4000 m=300 causal data=normal",
        "f32 n=70,80 m=31,33 full data=normal",
        "f64 n=70,80 m=31,33 same data=outer edge=reflect,nearest",
        "f64 n=900 m=500 full rule=gregory order=8 dx=0.01 data=normal",
        "f64 n=20,21,22 m=7,8,9 full rule=trapezoid dx=1,0.1,2 data=normal",
        "f64 n=1000 m=400 circular period=1300 data=normal",
        "f64 n=3000 m=40 window start=-20 count=60 step=50 data=normal",
        "f64 n=300 m=1 valid rule=trapezoid dx=0.1 data=normal",
        "f32 n=3000 m=200 full data=nonneg xscale=1e-20 hscale=1e-15"};
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        problem p = suite_problem(lines[i]);
        ask_all(&p);
    }
    no_faults();
}

/* ---- modules -------------------------------------------------------------------------------- */

enum { MOST = 4000, LAYER = 8000 };

static double numbers[MOST];
static double results[4 * MOST];

static void fill_numbers(uint64_t seed) {
    for (size_t i = 0; i < MOST; i++)
        numbers[i] = (double)next_below(&seed, 1000001) * 1e-6;
}

static void one_shot_calls(void **state) {
    const conv_grid f = {0, 0.01, 700};
    const conv_grid g = {1, 0.01, 300};
    int64_t integers[1000];
    int64_t sums[2000];
    (void)state;
    fill_numbers(1);
    for (size_t i = 0; i < 1000; i++)
        integers[i] = (int64_t)i * 1000003;
    for (int mode = CONV_FULL; mode < CONV_WINDOW; mode++) {
        static const size_t n[] = {1, 64, 900, 30};
        static const size_t m[] = {1, 5, 700, 900};
        for (size_t i = 0; i < sizeof n / sizeof n[0]; i++) {
            begin();
            (void)conv1d_f64(numbers, n[i], numbers, m[i], (conv_mode)mode, results);
            end("conv1d_f64", "");
            begin();
            (void)conv1d_trapezoid_f64(numbers, n[i], numbers, m[i], 0.1, (conv_mode)mode, results);
            end("conv1d_trapezoid_f64", "");
            begin();
            (void)conv2d_f64(numbers, n[i] / 30 + 1, 30, numbers, m[i] / 90 + 1, 9, (conv_mode)mode,
                             results);
            end("conv2d_f64", "");
            begin();
            (void)conv1d_i64(integers, n[i], integers, m[i], (conv_mode)mode, sums);
            end("conv1d_i64", "");
        }
        for (int rule = CONV_RULE_SUM; rule <= CONV_RULE_AUTO; rule++) {
            begin();
            (void)conv1d_integral_f64(numbers, &f, numbers, &g, (conv_mode)mode, (conv_rule)rule, 5,
                                      results, NULL);
            end("conv1d_integral_f64", "");
        }
    }
    no_faults();
}

/* Bounded away from 0, where it is not evaluated, and with a value that underflows far out. */
static double decaying(double t, void *context) {
    (void)context;
    return exp(-t) / sqrt(t);
}

static double first_integral(double t, void *context) {
    (void)context;
    return t * t / 2;
}

static double second_integral(double t, void *context) {
    (void)context;
    return t * t * t / 6;
}

static void products(void **state) {
    (void)state;
    fill_numbers(2);
    for (int kind = CONV_PRODUCT_POWER; kind <= CONV_PRODUCT_FUNCTION; kind++)
        for (size_t n = 1; n <= 1000; n = n * 10 + 1) {
            const double point = 0.5;
            conv_product *product = NULL;
            conv_product_kernel kernel = {.kind = (conv_product_kind)kind,
                                          .alpha = 0.5,
                                          .scale = 0.7,
                                          .first = first_integral,
                                          .second = second_integral,
                                          .function = decaying,
                                          .points = &point,
                                          .point_count = 1};
            begin();
            const conv_status status = conv_product_create(&product, CONV_F64, n, 1.0, &kernel);
            end("conv_product_create", "");
            assert_int_equal(status, CONV_OK);
            begin();
            (void)conv_product_execute(product, numbers, results);
            conv_product_destroy(product);
            end("conv_product_execute", "");
        }
    no_faults();
}

static void online(void **state) {
    static const conv_rule rules[] = {CONV_RULE_SUM, CONV_RULE_RECTANGLE, CONV_RULE_TRAPEZOID};
    (void)state;
    fill_numbers(3);
    for (size_t m = 1; m < 2500; m = 3 * m + 1)
        for (size_t rule = 0; rule < sizeof rules / sizeof rules[0]; rule++) {
            conv_online *sums = NULL;
            begin();
            assert_int_equal(conv_online_create(&sums, CONV_F64, numbers, m, rules[rule], 0.1),
                             CONV_OK);
            end("conv_online_create", "");
            for (size_t i = 0; i < 3000; i++) {
                begin();
                (void)conv_online_push(sums, &numbers[i], &results[i]);
                (void)conv_online_history(sums, &results[0], &results[1]);
                end("conv_online_push", "");
            }
            begin();
            (void)conv_online_reset(sums);
            conv_online_destroy(sums);
            end("conv_online_reset", "");
        }
    no_faults();
}

static void layers(void **state) {
    static const struct {
        int rank;
        size_t shape[2], kernel[2], in, out, groups, stride;
    } cases[] = {{1, {37}, {5}, 3, 5, 1, 1},        {2, {9, 11}, {3, 3}, 4, 6, 2, 2},
                 {2, {12, 12}, {1, 1}, 5, 7, 1, 1}, {2, {10, 9}, {3, 2}, 4, 4, 4, 1},
                 {1, {300}, {90}, 2, 2, 1, 1},      {1, {1}, {1}, 1, 1, 1, 1}};
    (void)state;
    fill_numbers(4);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int variant = 0; variant < 16; variant++) {
            static const conv_method methods[] = {CONV_METHOD_AUTO, CONV_METHOD_DIRECT,
                                                  CONV_METHOD_FFT, CONV_METHOD_REFERENCE};
            float *const x = malloc(3 * LAYER * sizeof *x);
            conv_layer *layer = NULL;
            conv_layer_desc desc;
            assert_non_null(x);
            float *const w = x + LAYER;
            float *const y = w + LAYER;
            for (size_t j = 0; j < LAYER; j++)
                x[j] = w[j] = (float)numbers[j % MOST];
            memset(y, 0, LAYER * sizeof *y);
            conv_layer_desc_init(&desc, CONV_F32, cases[i].rank, cases[i].shape, cases[i].kernel,
                                 cases[i].in, cases[i].out);
            desc.groups = cases[i].groups;
            desc.batch = 2;
            desc.stride[0] = desc.stride[1] = cases[i].stride;
            desc.transposed = variant / 4 % 2;
            desc.x_layout = desc.y_layout = variant / 8 ? CONV_CHANNELS_LAST : CONV_CHANNELS_FIRST;
            desc.method = methods[variant % 4];
            begin();
            const conv_status status = conv_layer_create(&layer, &desc);
            end("conv_layer_create", conv_status_string(status));
            const size_t bytes = conv_layer_workspace_size(layer);
            void *const workspace = malloc(bytes + 64);
            assert_non_null(workspace);
            for (int pattern = 0; status == CONV_OK && pattern < 4; pattern++) {
                char line[100];
                snprintf(line, sizeof line, "case %zu, variant %d, pattern %d", i, variant,
                         pattern);
                fill_workspace(workspace, bytes + 64, pattern);
                begin();
                (void)conv_layer_forward(layer, x, w, w, 0.5, y, workspace);
                end("conv_layer_forward", line);
                fill_workspace(workspace, bytes + 64, pattern);
                begin();
                (void)conv_layer_grad_input(layer, x, w, 0, y, workspace);
                end("conv_layer_grad_input", line);
                fill_workspace(workspace, bytes + 64, pattern);
                begin();
                (void)conv_layer_grad_weights(layer, x, w, 0, y, y + LAYER / 2, workspace);
                end("conv_layer_grad_weights", line);
            }
            begin();
            conv_layer_destroy(layer);
            end("conv_layer_destroy", "");
            free(workspace);
            free(x);
        }
    no_faults();
}

/* Widths from 0 to 20 samples. */
static void varying(void **state) {
    enum { N = 300 };
    const size_t n = N;
    double widths[N];
    (void)state;
    fill_numbers(5);
    for (size_t i = 0; i < N; i++)
        widths[i] = i % 50 == 0 ? 0 : 0.1 + 20.0 * (double)i / N;
    for (int variant = 0; variant < 2 * 3 * 4 * 4 * 5; variant++) {
        conv_varying *plan = NULL;
        conv_varying_desc desc;
        char line[100];
        conv_varying_desc_init(&desc, CONV_F64, 1, &n, variant % 2 ? CONV_GATHER : CONV_SCATTER);
        desc.profile = (conv_varying_shape)(variant / 2 % 3);
        desc.kind = (conv_varying_kind)(variant / 6 % 4);
        desc.edge = (conv_varying_edge)(variant / 24 % 4);
        desc.engine = (conv_varying_engine)(variant / 96 % 5);
        snprintf(line, sizeof line, "form %d, profile %d, kind %d, edge %d, engine %d",
                 (int)desc.form, (int)desc.profile, (int)desc.kind, (int)desc.edge,
                 (int)desc.engine);
        begin();
        const conv_status status = conv_varying_create(&plan, &desc, widths);
        end("conv_varying_create", line);
        if (status != CONV_OK)
            continue;
        begin();
        (void)conv_varying_execute(plan, numbers, results, NULL);
        end("conv_varying_execute", line);
        begin();
        char text[TEXT];
        (void)conv_varying_describe(plan, text, sizeof text);
        (void)conv_varying_bound(plan);
        conv_varying_destroy(plan);
        end("conv_varying_describe", line);
    }
    no_faults();
}

static void images_and_grids(void **state) {
    enum { N = 60 };
    double x[N];
    double widths[N];
    double minor[N];
    double angle[N];
    (void)state;
    fill_numbers(6);
    for (size_t i = 0; i < N; i++) {
        x[i] = (double)(i * i) / N;
        widths[i] = i % 20 == 0 ? 0 : 0.01 * (double)(i * i);
        minor[i] = widths[i] / 2;
        angle[i] = 0.1 * (double)i;
    }
    for (int variant = 0; variant < 2 * 3 * 4; variant++) {
        conv_irregular *irregular = NULL;
        conv_irregular_desc desc;
        conv_spread *spread = NULL;
        conv_spread_desc image;
        const conv_varying_form form = variant % 2 ? CONV_GATHER : CONV_SCATTER;
        char line[100];
        snprintf(line, sizeof line, "variant %d", variant);
        conv_irregular_desc_init(&desc, CONV_F64, x, N, widths, form);
        desc.profile = (conv_varying_shape)(variant / 2 % 3);
        desc.edge = (conv_varying_edge)(variant / 6 % 4);
        begin();
        const conv_status status = conv_irregular_create(&irregular, &desc);
        end("conv_irregular_create", line);
        begin();
        if (status == CONV_OK)
            (void)conv_irregular_execute(irregular, numbers, results, NULL);
        conv_irregular_destroy(irregular);
        end("conv_irregular_execute", line);
        conv_spread_desc_init(&image, CONV_F64, 6, 10, form);
        image.edge = (conv_varying_edge)(variant / 6 % 4);
        begin();
        const conv_status made =
            conv_spread_create(&spread, &image, widths, variant / 2 % 2 ? minor : NULL,
                               variant / 2 % 2 ? angle : NULL);
        end("conv_spread_create", line);
        begin();
        if (made == CONV_OK)
            (void)conv_spread_execute(spread, numbers, results, NULL);
        conv_spread_destroy(spread);
        end("conv_spread_execute", line);
    }
    no_faults();
}

static int report(void **state) {
    (void)state;
    print_message("# %zu calls, %zu of them raised something\n", calls, all);
    return 0;
}

/* Widths down to where squares and quotients overflow. */
static void known_kernels(void **state) {
    static const double sigmas[] = {3, 1e-2, 1e-160, 1e-300};
    static double kernel[51];
    (void)state;
    for (size_t s = 0; s < sizeof sigmas / sizeof sigmas[0]; s++) {
        for (size_t m = 50; m <= 51; m++) {
            for (int kind = CONV_KERNEL_SAMPLED; kind <= CONV_KERNEL_INTEGRATED; kind++) {
                begin();
                (void)conv_kernel_gauss(CONV_F64, 1, &m, &sigmas[s], (conv_kernel_kind)kind,
                                        kernel);
                end("conv_kernel_gauss", "");
            }
        }
    }
    no_faults();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans),          cmocka_unit_test(larger_plans),
        cmocka_unit_test(one_shot_calls), cmocka_unit_test(products),
        cmocka_unit_test(online),         cmocka_unit_test(layers),
        cmocka_unit_test(varying),        cmocka_unit_test(images_and_grids),
        cmocka_unit_test(known_kernels),
    };
    return cmocka_run_group_tests_name("exceptions and errno", tests, NULL, report);
}
