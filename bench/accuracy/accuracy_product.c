/* Kernels that are no samples: singular at 0, with a jump off the grid, or gone within one step.
 * Product integration beside the rules, which get the samples that there are, and 0 where there is
 * none. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "accuracy.h"
#include "pairs.h"
#include "timing.h"

#define PI 3.14159265358979323846
#define END 4.0
#define WIDTH 0.70710678118654752440 /* of the box: irrational, so never on the grid */
#define FAST 50.0

/* f, g and y on [0, END]. curvature: |f''| at most; weight: the integral of |g|. */
typedef struct {
    const char *name;
    bench_line_function *f, *g, *y;
    double curvature, weight;
    conv_product_kernel kernel;
} singular_pair;

static double one(double t) {
    (void)t;
    return 1;
}

static double decay(double t) {
    return exp(-t);
}

static double growth(double t) {
    return exp(t);
}

static double square(double t) {
    return t * t;
}

static double inverse_root(double t) {
    return t > 0 ? 1 / sqrt(t) : 0;
}

static double twice_root(double t) {
    return 2 * sqrt(t);
}

static double inverse_cube_root(double t) {
    return t > 0 ? 1 / cbrt(t) : 0;
}

/* B(3, 2/3) t^(8/3). */
static double beta_power(double t) {
    return exp(lgamma(3) + lgamma(2.0 / 3) - lgamma(11.0 / 3)) * t * t * cbrt(t * t);
}

static double gamma_half(double t) {
    return t > 0 ? exp(-t) / sqrt(PI * t) : 0;
}

static double erf_root(double t) {
    return erf(sqrt(t));
}

/* sqrt(pi)/2 times the density of shape 3/2. */
static double gamma3_2(double t) {
    return 2 * sqrt(t / PI) * exp(-t);
}

static double heat(double t) {
    return t > 0 ? 1 / sqrt(PI * t) : 0;
}

static double heated(double t) {
    return exp(t) * erf(sqrt(t));
}

static double box(double t) {
    return t < WIDTH ? 1 : 0;
}

static double decay_box(double t) {
    return exp(-t) * expm1(fmin(t, WIDTH));
}

static double fast(double t) {
    return FAST * exp(-FAST * t);
}

static double fast_decay(double t) {
    return FAST / (FAST - 1) * exp(-FAST * t) * expm1((FAST - 1) * t);
}

static double call(double t, void *context) {
    return ((const singular_pair *)context)->g(t);
}

static double gamma_first(double t, void *context) {
    (void)context;
    return erf(sqrt(t));
}

static double gamma_second(double t, void *context) {
    (void)context;
    return (t - 0.5) * erf(sqrt(t)) + sqrt(t / PI) * exp(-t);
}

static double fast_first(double t, void *context) {
    (void)context;
    return -expm1(-FAST * t);
}

static double fast_second(double t, void *context) {
    (void)context;
    return t + expm1(-FAST * t) / FAST;
}

static const double box_end[] = {WIDTH};

#define POWER(alpha, scale) \
    { CONV_PRODUCT_POWER, alpha, scale, 0, 0, 0, 0, 0, 0 }
#define PRIMITIVES(first, second) \
    { CONV_PRODUCT_ANTIDERIVATIVES, 0, 0, first, second, 0, 0, 0, 0 }
#define VALUES(points, count) \
    { CONV_PRODUCT_FUNCTION, 0, 0, 0, 0, call, 0, points, count }

static const singular_pair pairs[] = {
    {"[15] 1, t^-1/2", one, inverse_root, twice_root, 0, 4, POWER(0.5, 1)},
    {"[15] t^2, t^-1/3", square, inverse_cube_root, beta_power, 2, 4, POWER(2.0 / 3, 1)},
    {"[16] 1, e^-t/sqrt(pi t)", one, gamma_half, erf_root, 0, 1, VALUES(NULL, 0)},
    {"     by its antiderivatives", one, gamma_half, erf_root, 0, 1,
     PRIMITIVES(gamma_first, gamma_second)},
    {"[18] e^-t, e^-t/sqrt(pi t)", decay, gamma_half, gamma3_2, 1, 1, VALUES(NULL, 0)},
    {"[19] e^t, 1/sqrt(pi t)", growth, heat, heated, 55, 2.3, POWER(0.5, 0.56418958354775628695)},
    {"[30] e^-t, box, end off the grid", decay, box, decay_box, 1, WIDTH, VALUES(box_end, 1)},
    {"[3] e^-t, 50e^-50t", decay, fast, fast_decay, 1, 1, PRIMITIVES(fast_first, fast_second)},
};

typedef struct {
    size_t n;
    double dx, largest;
    double *f, *g, *exact, *y;
} samples;

static void release(samples *data) {
    free(data->f);
    free(data->g);
    free(data->exact);
    free(data->y);
}

static bool make(samples *data, const singular_pair *pair, size_t steps) {
    size_t n = steps + 1, bytes = n * sizeof(double);
    *data = (samples){
        n, END / (double)steps, 0, malloc(bytes), malloc(bytes), malloc(bytes), malloc(bytes)};
    if (!data->f || !data->g || !data->exact || !data->y) {
        release(data);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        double t = (double)i * data->dx;
        data->f[i] = pair->f(t);
        data->g[i] = pair->g(t);
        data->exact[i] = pair->y(t);
        data->largest = fmax(data->largest, fabs(data->exact[i]));
    }
    return true;
}

static double error_of(const samples *data) {
    double worst = 0;
    for (size_t i = 0; i < data->n; i++) {
        double error = fabs(data->y[i] - data->exact[i]);
        worst = error <= worst ? worst : error; /* a NaN is the worst */
    }
    return worst / data->largest;
}

/* An f that is linear between samples is off by curvature h^2/8 at most, and each output by that
 * times the integral of |g|. What G2 differs by from step to step is known to G2's own rounding,
 * over h, in every weight; all others are rounded as sums are. */
static double theory(const singular_pair *pair, const samples *data) {
    double h = data->dx, n = (double)data->n;
    double largest = fmax(fabs(data->f[0]), fabs(data->f[data->n - 1]));
    double rounding = n * 0x1p-53 * pair->weight;
    if (pair->kernel.kind == CONV_PRODUCT_ANTIDERIVATIVES)
        rounding += n * 4 * 0x1p-53 * END * pair->weight / h;
    return (pair->curvature * h * h / 8 * pair->weight + largest * rounding) / data->largest;
}

typedef struct {
    conv_product *product;
    samples *data;
} product_call;

static void execute_product(void *context) {
    product_call *call = context;
    conv_product_execute(call->product, call->data->f, call->data->y);
}

static conv_status begin_rule(samples *data, int order, bench_execution *execution) {
    conv_desc desc;
    bench_data arrays = {.x = data->f, .h = data->g, .y = data->y};
    conv_desc_init(&desc, CONV_F64, 1, &data->n, &data->n, CONV_CAUSAL);
    desc.rule = order == 1   ? CONV_RULE_RECTANGLE
                : order == 2 ? CONV_RULE_TRAPEZOID
                             : CONV_RULE_GREGORY;
    desc.rule_order = order;
    desc.spacing[0] = data->dx;
    return bench_execution_begin(execution, &desc, &arrays, 1);
}

static void print_rules(samples *data) {
    static const int orders[] = {1, 2, 4, 8};
    for (int i = 0; i < 4; i++) {
        bench_execution execution;
        conv_status status = begin_rule(data, orders[i], &execution);
        printf(" %8.1e", status == CONV_OK ? error_of(data) : NAN);
        if (status == CONV_OK)
            bench_execution_end(&execution);
    }
}

/* Seconds of a creation, the median of a few; the last product is kept. */
static double prepare(conv_product **product, const singular_pair *pair, const samples *data) {
    enum { CREATIONS = 5 };
    double seconds[CREATIONS];
    singular_pair context = *pair; /* a function's context is not const */
    conv_product_kernel kernel = pair->kernel;
    kernel.context = &context;
    *product = NULL;
    for (int i = 0; i < CREATIONS; i++) {
        conv_product_destroy(*product);
        double start = bench_now();
        if (conv_product_create(product, CONV_F64, data->n, data->dx, &kernel) != CONV_OK)
            return NAN;
        seconds[i] = bench_now() - start;
    }
    return bench_median(seconds, CREATIONS);
}

static void print_product(bench_accuracy_run *run, const singular_pair *pair, samples *data) {
    product_call call = {.data = data};
    bench_execution execution;
    double seconds = prepare(&call.product, pair, data), error = NAN;
    if (call.product && conv_product_execute(call.product, data->f, data->y) == CONV_OK)
        error = error_of(data);
    printf(" %8.1e%c", error,
           bench_accuracy_judge(run, error, BENCH_ACCURACY_SLACK * theory(pair, data)));
    if (call.product && begin_rule(data, 2, &execution) == CONV_OK) {
        bench_subject subject[2] = {{bench_execution_call, &execution, 0, false},
                                    {execute_product, &call, 0, false}};
        bench_time(subject, 2, 1e-3);
        printf(" %8.2f %8.2f %8.1f", 1e6 * subject[0].seconds, 1e6 * subject[1].seconds,
               1e6 * seconds);
        bench_execution_end(&execution);
    }
    printf("\n");
    conv_product_destroy(call.product);
}

static void measure(bench_accuracy_run *run, const singular_pair *pair, size_t steps,
                    const char *name) {
    samples data;
    if (!make(&data, pair, steps)) {
        printf("%-32s no memory\n", name);
        return;
    }
    printf("%-32s %5zu", name, data.n);
    print_rules(&data);
    print_product(run, pair, &data);
    release(&data);
}

void accuracy_product(bench_accuracy_run *run) {
    bar_begin("Kernels that are no samples, f64: largest error over largest value\n"
              "The rules get g(0) = 0 where g has no value; product: conv_product; us: executions, "
              "and preparing a product");
    printf("%-32s %5s %8s %8s %8s %8s %8s  %8s %8s %8s\n", "f, g", "n", "rectngl", "trapez.",
           "order 4", "order 8", "product", "us trap.", "us prod.", "us prep.");
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        measure(run, &pairs[i], 64, pairs[i].name);
        measure(run, &pairs[i], 256, "");
    }
    fflush(stdout);
}
