/* test_tolerance.c - every tolerance is kept, and every bound that is reported holds: random
 * problems on data that are hard for transforms, against the oracle.
 *
 * The oracle sums in long double; its own error, (T+2) 2^-64 sum|x||h| for T taps, is allowed on
 * top of every bound (times 3 where a product is complex). */
#include "suite.h"

#include "oracle_rule.h"

#include <math.h>
#include <stdlib.h>

enum { KINDS = 10, TEXT = 4096 };

static uint64_t stream;

static size_t between(size_t least, size_t most) {
    return least + next_below(&stream, most - least + 1);
}

static double unit_of(conv_dtype dtype) {
    return type_is_single(dtype) ? 0x1p-24 : 0x1p-53;
}

/* ---- problems ------------------------------------------------------------------------------- */

static size_t draw_extent(size_t most) {
    return between(0, 2) == 0 ? between(1, most < 8 ? most : 8) : between(1, most);
}

static void draw_axis(conv_desc *desc, int d) {
    const size_t n = desc->signal_shape[d];
    const size_t m = desc->kernel_shape[d];
    desc->boundary[d] = between(0, 1) == 0 ? CONV_ZERO : (conv_boundary)between(0, 5);
    if (desc->mode == CONV_CIRCULAR) {
        desc->boundary[d] = CONV_WRAP;
        desc->period[d] = between(0, 1) == 0 ? 0 : between(1, n + m + 3);
    }
    if (desc->mode == CONV_WINDOW) {
        desc->window_start[d] = (ptrdiff_t)between(0, n + m) - (ptrdiff_t)(m / 2);
        desc->window_count[d] = between(1, n + 2);
        desc->window_step[d] = between(1, 3);
    }
}

static void draw_problem(problem *p) {
    const size_t pair = between(0, TYPE_PAIRS - 1);
    const int rank = between(0, 4) == 0 ? 2 : 1;
    size_t n[2];
    size_t m[2];
    conv_mode mode = (conv_mode)between(0, CONV_WINDOW);
    for (int d = 0; d < rank; d++) {
        n[d] = draw_extent(rank == 1 ? 300 : 20);
        m[d] = draw_extent(rank == 1 ? 300 : 10);
    }
    if (mode == CONV_VALID && rank == 2) {
        mode = CONV_SAME;
    }
    problem_init(p, type_pairs[pair][0], type_pairs[pair][1], rank, n, m, mode);
    p->desc.operation = (conv_operation)between(0, 1);
    p->data = DATA_NORMAL;
    p->seed = between(1, 1000000);
    p->desc.batch = between(0, 3) == 0 ? 2 : 1;
    p->desc.threads = (int)between(1, 2);
    for (int d = 0; d < rank; d++) {
        draw_axis(&p->desc, d);
    }
    if (between(0, 3) == 0) {
        static const conv_rule rules[] = {CONV_RULE_TRAPEZOID, CONV_RULE_GREGORY,
                                          CONV_RULE_RECTANGLE};
        p->desc.rule = rules[between(0, 2)];
        p->desc.rule_order = (int)between(3, 8);
        for (int d = 0; d < rank; d++) {
            p->desc.spacing[d] = 0.3;
        }
    }
}

static void put(array *a, conv_dtype dtype, size_t batch, size_t index, const double value[2],
                long double *kept) {
    const float single[2] = {(float)value[0], (float)value[1]};
    const bool is_single = type_is_single(dtype);
    memcpy(array_at(a, batch, index), is_single ? (const void *)single : (const void *)value,
           type_size(dtype));
    kept[0] = is_single ? single[0] : value[0];
    kept[1] = !type_is_complex(dtype) ? 0 : is_single ? single[1] : value[1];
}

/* Makes one number of a kind out of a normal one. */
static double change(int kind, bool is_kernel, bool is_single, size_t index, double normal) {
    const double u = next_uniform(&stream);
    const double range = is_single ? 8 : 40;
    switch (kind) {
    case 1: /* many orders of magnitude */
        return normal * pow(10, range * (2 * u - 1));
    case 2: /* cancels: a constant and a kernel whose sum is 0, nearly */
        return is_kernel ? (index % 2 ? 1 : -1) * (1 + 1e-3 * normal) : 1 + 1e-3 * normal;
    case 3:
        return is_kernel ? 1 : u;
    case 4: /* tiny */
        return is_kernel ? normal : normal * (is_single ? 1e-36 : 1e-300);
    case 5: /* huge */
        return is_kernel ? normal : normal * (is_single ? 1e30 : 1e250);
    case 6: /* one loud sample */
        return !is_kernel && index == 3 ? 1e6 : normal;
    case 7: /* fades away */
        return exp(-(double)index / 3.0);
    case 8:
        return u;
    case 9: /* below the normal numbers, and back */
        return is_kernel ? normal * (is_single ? 1e20 : 1e200)
                         : normal * (is_single ? 1e-41 : 1e-316);
    default:
        return normal;
    }
}

static void change_data(problem_data *data, const problem *p, int kind) {
    const conv_desc *const d = &p->desc;
    const bool is_single = type_is_single(d->dtype);
    for (size_t b = 0; b < d->batch; b++) {
        for (size_t i = 0; i < data->signal_count; i++) {
            long double *const kept = data->x + 2 * (b * data->signal_count + i);
            const double value[2] = {change(kind, false, is_single, i, (double)kept[0]),
                                     change(kind, false, is_single, i, (double)kept[1])};
            put(&data->signal, d->dtype, b, i, value, kept);
        }
    }
    for (size_t i = 0; i < data->kernel_count; i++) {
        long double *const kept = data->h + 2 * i;
        const double value[2] = {change(kind, true, is_single, i, (double)kept[0]),
                                 change(kind, true, is_single, i, (double)kept[1])};
        put(&data->kernel, d->kernel_dtype, 0, i, value, kept);
    }
}

/* ---- one problem ---------------------------------------------------------------------------- */

typedef struct trial {
    problem p;
    int kind;
    problem_data data;
    oracle_result expected;
    conv_plan *plan;
    conv_status status;
    double bound[2];
} trial;

static void print_trial(const trial *t) {
    char line[PROBLEM_TEXT];
    problem_print(&t->p, line, sizeof line);
    printf("# WRONG: kind %d, tolerance %d %g, precision %d: %s\n", t->kind,
           (int)t->p.desc.tolerance.kind, t->p.desc.tolerance.value, (int)t->p.desc.precision,
           line);
    fflush(stdout);
}

/* Draws the data, and asks the oracle. */
static void begin_trial(trial *t, int kind) {
    t->kind = kind;
    t->plan = NULL;
    assert_true(data_make(&t->data, &t->p));
    change_data(&t->data, &t->p, kind);
    assert_true(rule_run(&t->expected, &t->p.desc, t->data.x, t->data.h));
}

/* Runs what the description now says. */
static void run_trial(trial *t) {
    conv_plan_destroy(t->plan);
    t->plan = NULL;
    t->bound[0] = t->bound[1] = -1;
    t->status = conv_plan_create(&t->plan, &t->p.desc, t->data.kernel.first);
    if (t->status != CONV_OK) {
        return;
    }
    void *workspace = malloc(conv_plan_workspace_size(t->plan) + 1);
    data_reset_output(&t->data);
    t->status = conv_plan_execute_bound(t->plan, t->data.signal.first, t->data.output.first,
                                        workspace, t->bound);
    free(workspace);
}

static void end_trial(trial *t) {
    conv_plan_destroy(t->plan);
    data_free(&t->data);
    oracle_free(&t->expected);
}

/* The worst error of a signal's outputs: absolute; over the magnitude; and the largest output. */
typedef struct errors {
    double absolute, componentwise, largest;
    double allowed; /* of the absolute one: the oracle's own */
    bool finite, below_zero;
} errors;

static errors measure(const trial *t, size_t batch) {
    errors e = {0, 0, INFINITY, 0, true, false};
    const double complex_factor = type_is_complex(t->p.desc.kernel_dtype) ? 3 : 1;
    const double own = complex_factor * ((double)t->expected.taps + 2) * 0x1p-64;
    const double step = type_is_single(t->p.desc.dtype) ? 0x1p-149 : 0x1p-1074;
    double largest[2] = {0, 0};
    for (size_t i = 0; i < t->expected.count; i++) {
        double got[2];
        const size_t at = batch * t->expected.count + i;
        const long double *const want = t->expected.value + 2 * at;
        array_read(&t->data.output, t->p.desc.dtype, batch, i, got);
        const double error = (double)hypotl(got[0] - want[0], got[1] - want[1]);
        const double magnitude = t->expected.magnitude[at];
        e.finite = e.finite && isfinite(got[0]) && isfinite(got[1]);
        e.below_zero = e.below_zero || got[0] < 0;
        e.absolute = fmax(e.absolute, error);
        e.allowed = fmax(e.allowed, own * magnitude);
        /* What a sum of numbers below the normal ones loses. */
        const double net = error - own * magnitude - 2 * ((double)t->expected.taps + 2) * step;
        if (net > 0) {
            e.componentwise = fmax(e.componentwise, net / magnitude);
        }
        largest[0] = fmax(largest[0], hypot(got[0], got[1]));
        largest[1] = fmax(largest[1], (double)hypotl(want[0], want[1]));
    }
    e.largest = fmin(largest[0], largest[1]);
    return e;
}

static double worst_ratio[4];

/* The bound reported holds; and is not above what was asked for, but where nothing keeps that. */
static bool maxnorm_holds(const trial *t, size_t batch, double value, unsigned *beyond) {
    const errors e = measure(t, batch);
    const double bound = t->bound[batch];
    if (!e.finite) {
        return isinf(bound);
    }
    if (e.absolute > e.allowed && isfinite(bound)) {
        const double ratio = (e.absolute - e.allowed) / (bound * e.largest);
        worst_ratio[CONV_TOLERANCE_MAXNORM] = fmax(worst_ratio[CONV_TOLERANCE_MAXNORM], ratio);
        if (!(ratio <= 1)) {
            printf("# error %g of %g, bound %g\n", e.absolute, e.largest, bound);
            return false;
        }
    }
    if (bound > value) {
        ++*beyond;
    }
    return bound >= 0;
}

static double draw_value(conv_dtype dtype) {
    const double unit = unit_of(dtype);
    switch (between(0, 3)) {
    case 0:
        return unit * (1 + 3 * next_uniform(&stream));
    case 1:
        return fmin(1, unit * pow(10, 4 * next_uniform(&stream)));
    default:
        return fmin(1, unit * pow(1 / unit, next_uniform(&stream)));
    }
}

/* A signal whose bound is above the value asked for has to have been given to the most accurate
 * method: its outputs are those of the reference, or known to be no worse. */
static bool is_most_accurate(trial *t, const double *bound, double value) {
    unsigned char *const kept = malloc(t->data.output.bytes);
    assert_non_null(kept);
    memcpy(kept, t->data.output.block, t->data.output.bytes);
    t->p.desc.method = CONV_METHOD_REFERENCE;
    t->p.desc.tolerance = (conv_tolerance){CONV_TOLERANCE_MAXNORM, 0};
    run_trial(t);
    bool right = t->status == CONV_OK;
    for (size_t b = 0; b < t->p.desc.batch; b++) {
        bool same = true;
        for (size_t i = 0; bound[b] > value && i < t->expected.count; i++) {
            const unsigned char *const at = array_at(&t->data.output, b, i);
            same =
                same && memcmp(kept + (at - t->data.output.block), at, t->data.output.element) == 0;
        }
        /* Infinite: the errors of both may be as large as the outputs. */
        const bool no_worse = bound[b] <= t->bound[b] * (1 + 1e-9);
        right = right && (same || no_worse);
        if (!same && !no_worse) {
            printf("# bound %g, that of the reference %g\n", bound[b], t->bound[b]);
        }
    }
    free(kept);
    return right;
}

static void maxnorm(void **state) {
    (void)state;
    stream = test_seed(11);
    unsigned wrong = 0;
    unsigned beyond = 0;
    const unsigned count = test_count(2000);
    for (unsigned i = 0; i < count; i++) {
        trial t;
        draw_problem(&t.p);
        begin_trial(&t, (int)between(0, KINDS - 1));
        t.p.desc.tolerance.value = draw_value(t.p.desc.dtype);
        t.p.desc.precision = (conv_precision)(between(0, 3) == 0);
        if (between(0, 1) == 0) {
            t.p.desc.method = (conv_method)between(CONV_METHOD_DIRECT, CONV_METHOD_REFERENCE);
        }
        run_trial(&t);
        const bool refused = t.status == CONV_ERR_METHOD;
        bool right = refused || t.status == CONV_OK;
        for (size_t b = 0; right && !refused && b < t.p.desc.batch; b++) {
            right = maxnorm_holds(&t, b, t.p.desc.tolerance.value, &beyond);
        }
        if (right && !refused && t.p.desc.mode != CONV_CIRCULAR) {
            const double bound[2] = {t.bound[0], t.bound[1]};
            const problem asked = t.p;
            right = is_most_accurate(&t, bound, asked.desc.tolerance.value);
            t.p = asked;
        }
        if (!right) {
            print_trial(&t);
            wrong++;
        }
        end_trial(&t);
    }
    printf("# maxnorm: worst error / bound %.3f (limit 1); %u of %u signals beyond what sums in "
           "long double "
           "keep\n",
           worst_ratio[CONV_TOLERANCE_MAXNORM], beyond, count);
    assert_int_equal(wrong, 0);
}

/* Without a tolerance: any method, in either precision. */
static void bounds_of_methods(void **state) {
    (void)state;
    stream = test_seed(12);
    unsigned wrong = 0;
    double worst[CONV_METHOD_REFERENCE + 1][2] = {{0}};
    for (unsigned i = test_count(1200); i > 0; i--) {
        trial t;
        draw_problem(&t.p);
        begin_trial(&t, (int)between(0, KINDS - 1));
        for (int method = CONV_METHOD_DIRECT; method <= CONV_METHOD_REFERENCE; method++) {
            for (int precision = 0; precision < 2; precision++) {
                unsigned beyond = 0;
                t.p.desc.method = (conv_method)method;
                t.p.desc.precision = (conv_precision)precision;
                worst_ratio[0] = 0;
                run_trial(&t);
                bool right = t.status == CONV_OK || t.status == CONV_ERR_METHOD;
                for (size_t b = 0; t.status == CONV_OK && right && b < t.p.desc.batch; b++) {
                    right = maxnorm_holds(&t, b, 1, &beyond);
                }
                worst[method][precision] = fmax(worst[method][precision], worst_ratio[0]);
                if (!right) {
                    print_trial(&t);
                    wrong++;
                }
            }
        }
        end_trial(&t);
    }
    for (int method = CONV_METHOD_DIRECT; method <= CONV_METHOD_REFERENCE; method++) {
        printf("# %s: worst error / bound %.3f, in double %.3f (limit 1)\n",
               method_name((conv_method)method), worst[method][0], worst[method][1]);
    }
    assert_int_equal(wrong, 0);
}

static void put_constant(void *to, conv_dtype dtype, size_t count, const double value[2],
                         double kept[2]) {
    const float single[2] = {(float)value[0], (float)value[1]};
    const bool is_single = type_is_single(dtype);
    for (size_t i = 0; i < count; i++) {
        memcpy((char *)to + i * type_size(dtype),
               is_single ? (const void *)single : (const void *)value, type_size(dtype));
    }
    kept[0] = is_single ? (double)single[0] : value[0];
    kept[1] = !type_is_complex(dtype) ? 0 : is_single ? (double)single[1] : value[1];
}

/* Signal and kernel are constants, which is what transforms do worst: output k of FULL is their
 * product times the number of terms, min(k+1, n, m, n+m-1-k). */
static void constants(void **state) {
    (void)state;
    enum { MOST = 4000 };
    stream = test_seed(21);
    double worst = 0;
    void *const x = malloc(MOST * 2 * sizeof(double));
    void *const h = malloc(MOST * 2 * sizeof(double));
    void *const y = malloc(2 * MOST * 2 * sizeof(double));
    assert_true(x && h && y);
    for (unsigned i = test_count(1500); i > 0; i--) {
        const conv_dtype dtype = (conv_dtype)between(0, 3);
        const size_t n = between(1, (size_t)1 << between(1, 11)) + between(0, 30);
        const size_t m = between(0, 2) ? n - next_below(&stream, n / 8 + 1) : between(1, n);
        const double given[2][2] = {{0.5 + next_uniform(&stream), next_uniform(&stream)},
                                    {0.5 + next_uniform(&stream), next_uniform(&stream)}};
        double a[2];
        double b[2];
        conv_desc desc;
        conv_plan *plan = NULL;
        double bound = -1;
        put_constant(x, dtype, n, given[0], a);
        put_constant(h, dtype, m, given[1], b);
        conv_desc_init(&desc, dtype, 1, &n, &m, CONV_FULL);
        desc.method = (conv_method)between(CONV_METHOD_BLOCKS, CONV_METHOD_FFT);
        desc.isa = (conv_isa)between(0, 3);
        assert_int_equal(conv_plan_create(&plan, &desc, h), CONV_OK);
        assert_int_equal(conv_plan_execute_bound(plan, x, y, NULL, &bound), CONV_OK);
        conv_plan_destroy(plan);
        const long double product[2] = {(long double)a[0] * b[0] - (long double)a[1] * b[1],
                                        (long double)a[0] * b[1] + (long double)a[1] * b[0]};
        const double largest = (double)hypotl(product[0], product[1]) * (double)(n < m ? n : m);
        for (size_t k = 0; k < n + m - 1; k++) {
            const size_t up = k + 1 < m ? k + 1 : m;
            const size_t down = n + m - 1 - k < n ? n + m - 1 - k : n;
            const long double terms = (long double)(up < down ? up : down);
            const char *const at = (const char *)y + k * type_size(dtype);
            double got[2] = {0, 0};
            float single[2] = {0, 0};
            if (type_is_single(dtype)) {
                memcpy(single, at, type_size(dtype));
                got[0] = (double)single[0];
                got[1] = (double)single[1];
            } else {
                memcpy(got, at, type_size(dtype));
            }
            const double error =
                (double)hypotl(got[0] - terms * product[0], got[1] - terms * product[1]);
            if (!(error <= bound * largest)) {
                fail_msg("type %d n %zu m %zu method %d isa %d: error %g, bound %g", (int)dtype, n,
                         m, (int)desc.method, (int)desc.isa, error / largest, bound);
            }
            worst = fmax(worst, error / largest / bound);
        }
    }
    printf("# constants: worst error / bound %.3f (limit 1)\n", worst);
    free(x);
    free(h);
    free(y);
}

/* A weight takes digits from a subnormal sample, so those go without a rule. */
static void draw_componentwise(trial *t) {
    draw_problem(&t->p);
    const int kind = (int)between(0, KINDS - 1);
    t->p.desc.rule = kind == 9 ? CONV_RULE_SUM : t->p.desc.rule;
    begin_trial(t, kind);
}

/* (T+2) u of sum|x||h|, whatever the data. */
static void strict(void **state) {
    (void)state;
    stream = test_seed(13);
    unsigned wrong = 0;
    double worst = 0;
    for (unsigned i = test_count(1000); i > 0; i--) {
        trial t;
        draw_componentwise(&t);
        t.p.desc.tolerance = (conv_tolerance){CONV_TOLERANCE_STRICT, 17};
        t.p.desc.method = between(0, 3) == 0 ? CONV_METHOD_REFERENCE : CONV_METHOD_AUTO;
        run_trial(&t);
        bool right = t.status == CONV_OK;
        for (size_t b = 0; right && b < t.p.desc.batch; b++) {
            const errors e = measure(&t, b);
            right = e.finite ? e.componentwise <= t.bound[b] : isinf(t.bound[b]);
            worst = fmax(worst, e.finite ? e.componentwise / t.bound[b] : 0);
        }
        right = right && conv_plan_method(t.plan) == (t.p.desc.method == CONV_METHOD_AUTO
                                                          ? CONV_METHOD_DIRECT
                                                          : CONV_METHOD_REFERENCE);
        if (!right) {
            print_trial(&t);
            wrong++;
        }
        end_trial(&t);
    }
    printf("# strict: worst error / bound %.3f (limit 1)\n", worst);
    assert_int_equal(wrong, 0);
}

/* ---- precision ------------------------------------------------------------------------------ */

/* Floats through transforms in double: rounded once. NaN, Inf and overflow as in the sums. Doubles
 * are not touched. */
static void precision(void **state) {
    (void)state;
    enum { N = 5000, M = 500 };
    static float x[N];
    static float h[M];
    static float y[3][N + M];
    static double x64[N];
    static double h64[M];
    static double y64[2][N + M];
    const size_t n = N;
    const size_t m = M;
    stream = test_seed(20);
    for (int method = CONV_METHOD_BLOCKS; method <= CONV_METHOD_FFT; method++) {
        for (int with = 0; with < 3; with++) {
            conv_plan *plan = NULL;
            conv_desc desc;
            double norms[2] = {0, 0};
            for (size_t i = 0; i < n; i++) {
                /* with == 2: sums beyond the largest float, of one sign */
                x64[i] = with == 2 ? next_uniform(&stream) * 3e38 : next_uniform(&stream) - 0.5;
                x[i] = (float)x64[i];
                norms[0] += (double)x[i] * (double)x[i];
            }
            for (size_t i = 0; i < m; i++) {
                h64[i] = next_uniform(&stream) - (with == 2 ? 0 : 0.5);
                h[i] = (float)h64[i];
                norms[1] += (double)h[i] * (double)h[i];
            }
            x[100] = with == 1 ? NAN : x[100];
            x[2000] = with == 1 ? INFINITY : x[2000];
            conv_desc_init(&desc, CONV_F32, 1, &n, &m, CONV_FULL);
            for (int run = 0; run < 3; run++) {
                const conv_method methods[] = {CONV_METHOD_REFERENCE, (conv_method)method,
                                               CONV_METHOD_DIRECT};
                desc.method = methods[run];
                desc.precision = CONV_PRECISION_DOUBLE;
                assert_int_equal(conv_plan_create(&plan, &desc, h), CONV_OK);
                assert_int_equal(conv_plan_execute(plan, x, y[run], NULL), CONV_OK);
                conv_plan_destroy(plan);
            }
            /* The reference rounds once, as the transform does; the rounding may go the other way
             * where the sum is that near to the middle. */
            const double error = 10 * 0x1p-53 * sqrt(norms[0] * norms[1]);
            for (size_t k = 0; k < n + m - 1; k++) {
                if (isnan(y[2][k])) {
                    assert_true(isnan(y[1][k]));
                } else if (isinf(y[2][k])) {
                    assert_true(y[1][k] == y[2][k]);
                } else if (fabs((double)y[1][k] - (double)y[0][k]) >
                           error + 0x1p-23 * fabs((double)y[0][k])) {
                    fail_msg("output %zu is %g, not %g", k, (double)y[1][k], (double)y[0][k]);
                }
            }
            conv_desc_init(&desc, CONV_F64, 1, &n, &m, CONV_FULL);
            for (int run = 0; run < 2; run++) {
                desc.method = (conv_method)method;
                desc.precision = (conv_precision)run;
                assert_int_equal(conv_plan_create(&plan, &desc, h64), CONV_OK);
                assert_int_equal(conv_plan_execute(plan, x64, y64[run], NULL), CONV_OK);
                conv_plan_destroy(plan);
            }
            assert_memory_equal(y64[0], y64[1], sizeof y64[0]);
        }
    }
}

/* ---- integers ------------------------------------------------------------------------------- */

static void integer_data(trial *t, int signal_bits, int kernel_bits) {
    const conv_desc *const d = &t->p.desc;
    for (size_t b = 0; b < d->batch; b++) {
        for (size_t i = 0; i < t->data.signal_count; i++) {
            const double value[2] = {rint(ldexp(2 * next_uniform(&stream) - 1, signal_bits)),
                                     rint(ldexp(2 * next_uniform(&stream) - 1, signal_bits))};
            put(&t->data.signal, d->dtype, b, i, value,
                t->data.x + 2 * (b * t->data.signal_count + i));
        }
    }
    for (size_t i = 0; i < t->data.kernel_count; i++) {
        const double value[2] = {rint(ldexp(2 * next_uniform(&stream) - 1, kernel_bits)),
                                 rint(ldexp(2 * next_uniform(&stream) - 1, kernel_bits))};
        put(&t->data.kernel, d->kernel_dtype, 0, i, value, t->data.h + 2 * i);
    }
    oracle_free(&t->expected);
    assert_true(oracle_run(&t->expected, d, t->data.x, t->data.h));
}

static bool integers_are_exact(const trial *t) {
    for (size_t b = 0; b < t->p.desc.batch; b++) {
        for (size_t i = 0; i < t->expected.count; i++) {
            const long double *const want = t->expected.value + 2 * (b * t->expected.count + i);
            double got[2];
            array_read(&t->data.output, t->p.desc.dtype, b, i, got);
            if (got[0] != want[0] || got[1] != want[1] || (got[0] == 0 && signbit(got[0]))) {
                return false;
            }
        }
        if (!(t->bound[b] >= 0 && t->bound[b] < 0.5)) {
            return false;
        }
    }
    return true;
}

/* Exact, or refused; and never refused where max|x| times the sum of |h| is a number of the type
 * under the rules whose samples are all the signal's. */
static void integers(void **state) {
    (void)state;
    stream = test_seed(14);
    unsigned wrong = 0;
    unsigned exact = 0;
    unsigned refused = 0;
    unsigned transforms = 0;
    for (unsigned i = test_count(3000); i > 0; i--) {
        trial t;
        draw_problem(&t.p);
        t.p.desc.rule = CONV_RULE_SUM;
        begin_trial(&t, 0);
        const int bits = type_is_single(t.p.desc.dtype) ? 12 : 26;
        integer_data(&t, (int)between(0, (size_t)bits), (int)between(0, (size_t)bits));
        t.p.desc.tolerance = (conv_tolerance){CONV_TOLERANCE_INTEGER, NAN};
        const conv_method methods[] = {CONV_METHOD_AUTO, CONV_METHOD_DIRECT, CONV_METHOD_BLOCKS,
                                       CONV_METHOD_FFT};
        t.p.desc.method = methods[between(0, 3)];
        run_trial(&t);
        bool right = t.status == CONV_OK || t.status == CONV_ERR_METHOD;
        if (t.status == CONV_OK) {
            right = integers_are_exact(&t);
            exact++;
            transforms += t.bound[0] > 0;
        } else if (t.status == CONV_ERR_RANGE) {
            double largest = 0;
            double sum = 0;
            for (size_t k = 0; k < t.p.desc.batch * t.data.signal_count; k++) {
                largest =
                    fmax(largest, hypot((double)t.data.x[2 * k], (double)t.data.x[2 * k + 1]));
            }
            for (size_t k = 0; k < t.data.kernel_count; k++) {
                sum += hypot((double)t.data.h[2 * k], (double)t.data.h[2 * k + 1]);
            }
            const double limit = type_is_single(t.p.desc.dtype) ? 0x1p24 : 0x1p53;
            const bool folds = t.p.desc.mode == CONV_CIRCULAR;
            /* Sums of complex moduli are taken for up to 8 per cent more. */
            const double slack = type_is_complex(t.p.desc.kernel_dtype) ? 1.09 : 1 + 1e-9;
            right = (folds || largest * sum * slack > limit) && data_output_untouched(&t.data);
            refused++;
        }
        if (!right) {
            print_trial(&t);
            wrong++;
        }
        end_trial(&t);
    }
    printf("# integers: %u exact, %u of them by transforms, %u refused\n", exact, transforms,
           refused);
    assert_int_equal(wrong, 0);
    assert_true(exact > 0 && transforms > 0 && refused > 0);
}

/* 2^16 unsigned numbers of 14 bits: proved, so a transform; of 18 bits, where a rounded transform
 * has hundreds of wrong outputs: not proved, so sums. Some outputs against 64-bit integers. */
static void integers_at_the_border(void **state) {
    (void)state;
    enum { N = 1 << 16 };
    stream = test_seed(15);
    double *const x = malloc(N * sizeof *x);
    double *const h = malloc(N * sizeof *h);
    double *const y = malloc(2 * N * sizeof *y);
    assert_true(x && h && y);
    for (int bits = 14; bits <= 18; bits += 4) {
        const size_t n = N;
        conv_desc desc;
        conv_plan *plan = NULL;
        double bound = -1;
        for (size_t i = 0; i < N; i++) {
            x[i] = floor(ldexp(next_uniform(&stream), bits));
            h[i] = floor(ldexp(next_uniform(&stream), bits));
        }
        conv_desc_init(&desc, CONV_F64, 1, &n, &n, CONV_FULL);
        desc.tolerance.kind = CONV_TOLERANCE_INTEGER;
        assert_int_equal(conv_plan_create(&plan, &desc, h), CONV_OK);
        assert_int_equal(conv_plan_execute_bound(plan, x, y, NULL, &bound), CONV_OK);
        conv_plan_destroy(plan);
        printf("# 2^16 numbers of %d bits: bound %.3g\n", bits, bound);
        assert_true(bits == 14 ? bound > 0 && bound < 0.5 : bound == 0);
        for (int sample = 0; sample < 300; sample++) {
            const size_t k = next_below(&stream, 2 * N - 1);
            int64_t sum = 0;
            for (size_t i = k < N ? 0 : k - N + 1; i <= k && i < N; i++) {
                sum += (int64_t)x[i] * (int64_t)h[k - i];
            }
            if (y[k] != (double)sum) {
                fail_msg("output %zu of %d bits is %.17g, not %lld", k, bits, y[k], (long long)sum);
            }
        }
    }
    free(x);
    free(h);
    free(y);
}

/* ---- componentwise -------------------------------------------------------------------------- */

static void componentwise(void **state) {
    (void)state;
    stream = test_seed(16);
    unsigned wrong = 0;
    double worst = 0;
    for (unsigned i = test_count(1000); i > 0; i--) {
        trial t;
        draw_componentwise(&t);
        const double value = between(0, 3) == 0 ? 0 : draw_value(t.p.desc.dtype);
        const bool is_nonneg = t.kind == 7 || t.kind == 8;
        t.p.desc.tolerance = (conv_tolerance){CONV_TOLERANCE_COMPONENTWISE, value};
        t.p.desc.method = between(0, 4) == 0 ? CONV_METHOD_DIRECT : CONV_METHOD_AUTO;
        run_trial(&t);
        /* Values that no sum of so many terms keeps are refused. */
        const double least = 3 * ((double)t.data.kernel_count + 6) * unit_of(t.p.desc.dtype);
        bool right =
            t.status == CONV_OK || (t.status == CONV_ERR_TOLERANCE && value > 0 && value < least);
        for (size_t b = 0; right && t.status == CONV_OK && b < t.p.desc.batch; b++) {
            const errors e = measure(&t, b);
            right = e.finite
                        ? e.componentwise <= t.bound[b] && (value == 0 || t.bound[b] <= value) &&
                              !(is_nonneg && e.below_zero && t.p.desc.rule == CONV_RULE_SUM &&
                                !type_is_complex(t.p.desc.dtype))
                        : isinf(t.bound[b]);
            worst = fmax(worst, e.finite ? e.componentwise / t.bound[b] : 0);
        }
        if (!right) {
            printf("# error %g of bound %g, status %d\n", measure(&t, 0).componentwise, t.bound[0],
                   (int)t.status);
            print_trial(&t);
            wrong++;
        }
        end_trial(&t);
    }
    printf("# componentwise, short: worst error / bound %.3f (limit 1)\n", worst);
    assert_int_equal(wrong, 0);
}

/* Long enough for transforms. Sums of some outputs in long double are the judge; values and outputs
 * are kept where a product of two of them is a number. */
typedef struct tail_case {
    const char *name;
    size_t n, m;
    double *f, *g, *y;
    bool is_single;
    conv_desc desc;
} tail_case;

static void begin_case(tail_case *c, const char *name, size_t n, size_t m) {
    c->name = name;
    c->n = n;
    c->m = m;
    c->is_single = false;
    c->f = calloc(n, sizeof *c->f);
    c->g = calloc(m, sizeof *c->g);
    c->y = calloc(n + m, sizeof *c->y);
    assert_true(c->f && c->g && c->y);
    conv_desc_init(&c->desc, CONV_F64, 1, &c->n, &c->m, CONV_FULL);
    c->desc.tolerance = (conv_tolerance){CONV_TOLERANCE_COMPONENTWISE, 1e-10};
    c->desc.isa = CONV_ISA_BASELINE; /* where sums are slow, so that transforms are worth it */
}

static void end_case(tail_case *c) {
    free(c->f);
    free(c->g);
    free(c->y);
}

/* Plans and executes; the bound. *tilts: whether the plan may use transforms. */
static double run_case(tail_case *c, bool *tilts) {
    static char text[TEXT];
    conv_plan *plan = NULL;
    double bound = -1;
    const size_t outputs = c->n + c->m - 1;
    assert_int_equal(conv_plan_create(&plan, &c->desc, c->g), CONV_OK);
    void *workspace = malloc(conv_plan_workspace_size(plan) + 1);
    assert_int_equal(conv_plan_execute_bound(plan, c->f, c->y, workspace, &bound), CONV_OK);
    conv_plan_describe(plan, text, sizeof text);
    *tilts = strstr(text, "tilted data") != NULL;
    free(workspace);
    conv_plan_destroy(plan);
    for (size_t k = 0; c->is_single && k < outputs; k++) {
        c->y[outputs - 1 - k] = ((float *)c->y)[outputs - 1 - k];
    }
    return bound;
}

/* The worst error relative to the sum of magnitudes, over `samples` outputs or all. */
static double worst_of_case(const tail_case *c, size_t samples, bool *below_zero) {
    const size_t outputs = c->n + c->m - 1;
    double worst = 0;
    *below_zero = false;
    for (size_t s = 0; s < (samples ? samples : outputs); s++) {
        const size_t k = samples ? next_below(&stream, outputs) : s;
        long double sum = 0;
        long double size = 0;
        for (size_t i = k < c->m ? 0 : k - c->m + 1; i <= k && i < c->n; i++) {
            const long double product = (long double)c->f[i] * c->g[k - i];
            sum += product;
            size += fabsl(product);
        }
        *below_zero = *below_zero || c->y[k] < 0;
        /* A product below the normal numbers has fewer digits than any tolerance asks for. */
        const double error = (double)fabsl(c->y[k] - sum) - (double)c->m * 0x1p-1074;
        if (error > 0) {
            worst = fmax(worst, (double)(error / size));
        }
    }
    return worst;
}

static double log_poisson(double k, double rate) {
    return k * log(rate) - rate - lgamma(k + 1);
}

static double log_binomial(double k, double n, double p) {
    return k > n ? -INFINITY
                 : lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) +
                       (n - k) * log1p(-p);
}

static void fill_case(tail_case *c, int which) {
    for (size_t i = 0; i < c->n; i++) {
        const double k = (double)i;
        double t = -20 + 40 * k / (double)(c->n - 1);
        switch (which) {
        case 0: /* two normal densities */
            c->f[i] = c->g[i] = exp(-t * t / 2);
            break;
        case 1: /* two geometric laws */
            c->f[i] = pow(.99, k);
            c->g[i] = pow(.9, k);
            break;
        case 2: /* gamma(3) and gamma(1/2) */
            t = (k + 1) * 0.04;
            c->f[i] = t * t * exp(-t);
            c->g[i] = exp(-t) / sqrt(t);
            break;
        case 3: /* lognormal and Pareto */
            t = (k + 1) * 0.1;
            c->f[i] = exp(-log(t) * log(t) / 2) / t;
            c->g[i] = t < 1 ? 0 : pow(t, -3.5);
            break;
        case 4: /* ones, and then nine orders of magnitude with each sample */
            c->f[i] = c->g[i] = i < c->n - 10 ? 1 : pow(10, 9 * (k - (double)c->n + 10));
            break;
        case 5: /* no order at all */
            c->f[i] = pow(10, -130 * next_uniform(&stream));
            c->g[i] = pow(10, -130 * next_uniform(&stream));
            break;
        case 6:
            c->f[i] = exp(log_poisson(k, 400));
            c->g[i] = exp(log_poisson(k, 900));
            break;
        default:
            c->f[i] = exp(log_binomial(k, 3000, 0.3));
            c->g[i] = exp(log_binomial(k, 2500, 0.6));
            break;
        }
    }
}

static double exact_of(int which, double k) {
    return which == 6 ? exp(log_poisson(k, 1300)) : NAN;
}

static void tails(void **state) {
    (void)state;
    static const struct {
        const char *name;
        size_t n;
        bool tilts;
    } cases[] = {{"normal", 2001, true},    {"geometric", 4000, true},   {"gamma", 3000, true},
                 {"lognormal", 4000, true}, {"ones, 10^9i", 2010, true}, {"no order", 2000, true},
                 {"Poisson", 3000, true},   {"binomial", 3001, true}};
    stream = test_seed(17);
    for (int which = 0; which < 8; which++) {
        tail_case c;
        bool tilts = false;
        bool below_zero = false;
        begin_case(&c, cases[which].name, cases[which].n, cases[which].n);
        fill_case(&c, which);
        const double bound = run_case(&c, &tilts);
        const double worst = worst_of_case(&c, test_budget() > 1 ? 0 : 1500, &below_zero);
        c.desc.tolerance.kind = CONV_TOLERANCE_MAXNORM;
        c.desc.tolerance.value = 0;
        c.desc.method = CONV_METHOD_FFT;
        double exact_error = 0;
        for (size_t k = 0; which == 6 && k < c.n; k++) {
            const double want = exact_of(which, (double)k);
            if (want > 1e-290) {
                exact_error = fmax(exact_error, fabs(c.y[k] / want - 1));
            }
        }
        bool other = false;
        bool plain_below = false;
        run_case(&c, &other);
        const double plain = worst_of_case(&c, 1500, &plain_below);
        printf("# %s: error %.2g, bound %.2g%s; by one plain transform %.2g\n", c.name, worst,
               bound, tilts ? "" : ", sums", plain);
        assert_true(worst <= bound && bound <= 1e-10 && !below_zero);
        assert_true(tilts == cases[which].tilts);
        assert_true(exact_error < 1e-10);
        end_case(&c);
    }
}

/* Lengths, lattices, signs and types at random, on data whose logarithm is smooth. */
static void tails_at_random(void **state) {
    (void)state;
    stream = test_seed(18);
    double most = 0;
    unsigned with_tilts = 0;
    for (unsigned i = test_count(40); i > 0; i--) {
        tail_case c;
        bool tilts = false;
        begin_case(&c, "random", between(300, 4000), between(300, 4000));
        const double bend = pow(10, 3 * next_uniform(&stream));
        const double slope = 600 * (next_uniform(&stream) - 0.5);
        const bool is_signed = between(0, 2) == 0;
        const double value = pow(10, -4 - 7 * next_uniform(&stream));
        for (size_t k = 0; k < c.n; k++) {
            const double t = (double)k / (double)c.n - 0.4;
            c.f[k] = (0.5 + next_uniform(&stream)) * exp(slope * t - bend * t * t);
            c.f[k] *= is_signed && between(0, 1) ? -1 : 1;
        }
        for (size_t k = 0; k < c.m; k++) {
            const double t = (double)k / (double)c.m;
            c.g[k] = exp(-2 * bend * t) * (is_signed && between(0, 1) ? -1 : 1);
        }
        if (between(0, 3) == 0) { /* gaps: outputs that are 0, and outputs of few products */
            memset(c.f, 0, c.n / 3 * sizeof *c.f);
            memset(c.g + c.m / 2, 0, c.m / 4 * sizeof *c.g);
        }
        c.desc.tolerance.value = value;
        conv_desc *const d = &c.desc;
        d->mode = CONV_WINDOW;
        d->window_start[0] = (ptrdiff_t)between(0, c.n) - (ptrdiff_t)(c.m / 2);
        d->window_count[0] = between(c.n / 2, c.n + c.m);
        d->output_stride[0] = between(0, 1) ? -2 : 1;
        static char text[TEXT];
        conv_plan *plan = NULL;
        double bound = -1;
        const size_t room = 2 * d->window_count[0];
        double *const y = malloc(room * sizeof *y);
        double *const first = d->output_stride[0] < 0 ? y + room - 1 : y;
        assert_int_equal(conv_plan_create(&plan, d, c.g), CONV_OK);
        conv_plan_describe(plan, text, sizeof text);
        tilts = strstr(text, "tilted data") != NULL;
        assert_int_equal(conv_plan_execute_bound(plan, c.f, first, NULL, &bound), CONV_OK);
        conv_plan_destroy(plan);
        memset(c.y, 0, (c.n + c.m) * sizeof *c.y);
        double worst = 0;
        for (int s = 0; s < 300; s++) {
            const size_t index = next_below(&stream, d->window_count[0]);
            const ptrdiff_t k = d->window_start[0] + (ptrdiff_t)index;
            const double got = first[(ptrdiff_t)index * d->output_stride[0]];
            long double sum = 0;
            long double size = 0;
            for (ptrdiff_t j = 0; j < (ptrdiff_t)c.n; j++) {
                if (k - j >= 0 && k - j < (ptrdiff_t)c.m) {
                    const long double product = (long double)c.f[j] * c.g[k - j];
                    sum += product;
                    size += fabsl(product);
                }
            }
            const double error = (double)fabsl(got - sum) - (double)c.m * 0x1p-1074;
            worst = error > 0 ? fmax(worst, (double)(error / size)) : worst;
            assert_true(is_signed || got >= 0);
        }
        if (!(worst <= bound && bound <= value)) {
            fail_msg("n %zu m %zu value %g: error %g, bound %g, seed %llu", c.n, c.m, value, worst,
                     bound, (unsigned long long)stream);
        }
        with_tilts += tilts;
        most = fmax(most, worst / bound);
        free(y);
        end_case(&c);
    }
    printf("# componentwise, long: worst error / bound %.3f (limit 1), %u plans by transforms\n",
           most, with_tilts);
    assert_true(with_tilts > 0);
}

/* Floats: the sums and the tilts are in double, so that the outputs' rounding is what counts. */
static void tails_of_floats(void **state) {
    (void)state;
    enum { N = 3000 };
    static float f[N], g[N], y[2 * N];
    const size_t n = N;
    conv_desc desc;
    conv_plan *plan = NULL;
    double bound = -1;
    for (size_t i = 0; i < n; i++) {
        f[i] = (float)exp(-(double)i / 100);
        g[i] = (float)exp(-(double)i / 40);
    }
    conv_desc_init(&desc, CONV_F32, 1, &n, &n, CONV_FULL);
    desc.tolerance = (conv_tolerance){CONV_TOLERANCE_COMPONENTWISE, 1e-6};
    desc.isa = CONV_ISA_BASELINE;
    assert_int_equal(conv_plan_create(&plan, &desc, g), CONV_OK);
    assert_int_equal(conv_plan_execute_bound(plan, f, y, NULL, &bound), CONV_OK);
    assert_true(bound > 0 && bound <= 1e-6);
    double worst = 0;
    for (size_t k = 0; k < 2 * n - 1; k += 3) {
        long double sum = 0;
        for (size_t i = k < n ? 0 : k - n + 1; i <= k && i < n; i++) {
            sum += (long double)f[i] * g[k - i];
        }
        const double error = (double)fabsl(y[k] - sum) - 0x1p-149;
        worst = error > 0 ? fmax(worst, (double)(error / sum)) : worst;
    }
    printf("# componentwise, floats: error %.3g (limit %.3g)\n", worst, bound);
    assert_true(worst <= bound);
    /* What is not finite goes to the sums. */
    f[10] = INFINITY;
    assert_int_equal(conv_plan_execute_bound(plan, f, y, NULL, &bound), CONV_OK);
    assert_true(isinf(bound) && isinf(y[10]) && isfinite(y[9]));
    conv_plan_destroy(plan);
}

/* ---- limits --------------------------------------------------------------------------------- */

/* Under any limit of the workspace a plan stays below it and keeps what it promises, or there is
 * none. */
static void limited_workspace(void **state) {
    (void)state;
    stream = test_seed(19);
    unsigned refused = 0;
    unsigned made = 0;
    for (unsigned i = test_count(400); i > 0; i--) {
        trial t;
        draw_problem(&t.p);
        t.p.desc.rule = CONV_RULE_SUM;
        begin_trial(&t, 0);
        integer_data(&t, 8, 8);
        t.p.desc.tolerance.kind = (conv_tolerance_kind)between(0, 3);
        t.p.desc.tolerance.value = fmin(1, unit_of(t.p.desc.dtype) * 1000);
        const size_t limits[] = {1, 64, 1000, between(64, 30000), 100000};
        for (int k = 0; k < 5; k++) {
            unsigned beyond = 0;
            t.p.desc.max_workspace = limits[k];
            run_trial(&t);
            bool right =
                t.status == CONV_OK || t.status == CONV_ERR_WORKSPACE || t.status == CONV_ERR_RANGE;
            refused += t.status == CONV_ERR_WORKSPACE;
            if (t.status == CONV_OK) {
                made++;
                right = conv_plan_workspace_size(t.plan) <= limits[k];
                for (size_t b = 0; b < t.p.desc.batch; b++) {
                    const errors e = measure(&t, b);
                    right = right && (t.p.desc.tolerance.kind == CONV_TOLERANCE_MAXNORM
                                          ? maxnorm_holds(&t, b, 1, &beyond)
                                      : t.p.desc.tolerance.kind == CONV_TOLERANCE_INTEGER
                                          ? e.absolute == 0
                                          : e.componentwise <= t.bound[b]);
                }
            }
            if (!right) {
                printf("# status %d, max_workspace %zu\n", (int)t.status, limits[k]);
                print_trial(&t);
            }
            assert_true(right);
        }
        end_trial(&t);
    }
    printf("# limited workspace: %u plans made, %u refused\n", made, refused);
    assert_true(made > 0);
}

/* ---- what is refused, and what is said ------------------------------------------------------ */

static void expect_refusal(conv_desc *desc, const double *kernel, conv_status status,
                           const char *word) {
    conv_plan *plan = NULL;
    const conv_status got = conv_plan_create(&plan, desc, kernel);
    if (got != status || plan || !strstr(conv_last_error(), word)) {
        fail_msg("%s, not %s: %s", conv_status_string(got), conv_status_string(status),
                 conv_last_error());
    }
    size_t shape[CONV_MAX_RANK];
    if (status != CONV_ERR_RANGE) { /* for which the kernel has to be seen */
        assert_int_equal(conv_output_shape(desc, shape), status);
    }
}

static void refusals(void **state) {
    (void)state;
    const size_t n = 20;
    const size_t m = 3;
    const double kernel[3] = {1, 2, 0.5};
    const double bad[] = {-1, -1e-300, 1.5, NAN, INFINITY, 1e-17, 0x1p-54};
    conv_desc desc;
    conv_desc_init(&desc, CONV_F64, 1, &n, &m, CONV_FULL);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        desc.tolerance = (conv_tolerance){CONV_TOLERANCE_MAXNORM, bad[i]};
        expect_refusal(&desc, kernel, CONV_ERR_TOLERANCE, "tolerance.value");
        desc.tolerance.kind = CONV_TOLERANCE_COMPONENTWISE;
        expect_refusal(&desc, kernel, CONV_ERR_TOLERANCE, "tolerance.value");
    }
    for (int kind = CONV_TOLERANCE_COMPONENTWISE; kind <= CONV_TOLERANCE_STRICT; kind++) {
        const conv_method methods[] = {CONV_METHOD_SEPARABLE, CONV_METHOD_BLOCKS, CONV_METHOD_FFT};
        for (int i = 0; i < (kind == CONV_TOLERANCE_INTEGER ? 1 : 3); i++) {
            desc.tolerance = (conv_tolerance){(conv_tolerance_kind)kind, 0};
            desc.method = methods[i];
            expect_refusal(&desc, kernel, CONV_ERR_TOLERANCE, method_name(methods[i]));
        }
    }
    desc.method = CONV_METHOD_AUTO;
    desc.tolerance = (conv_tolerance){CONV_TOLERANCE_INTEGER, 0};
    expect_refusal(&desc, kernel, CONV_ERR_RANGE, "tap 2");
    desc.rule = CONV_RULE_TRAPEZOID;
    expect_refusal(&desc, kernel, CONV_ERR_TOLERANCE, "CONV_RULE_SUM");
    desc.rule = CONV_RULE_SUM;
    desc.tolerance.kind = (conv_tolerance_kind)(CONV_TOLERANCE_STRICT + 1);
    expect_refusal(&desc, kernel, CONV_ERR_ENUM, "tolerance.kind");
    desc.tolerance.kind = CONV_TOLERANCE_MAXNORM;
    desc.precision = (conv_precision)(CONV_PRECISION_DOUBLE + 1);
    expect_refusal(&desc, kernel, CONV_ERR_ENUM, "precision");
}

static void samples_that_are_no_integers(void **state) {
    (void)state;
    const size_t n = 20;
    const size_t m = 3;
    const double kernel[3] = {1, 2, 3};
    double x[2][20];
    double y[2][22];
    conv_desc desc;
    conv_plan *plan = NULL;
    for (int i = 0; i < 40; i++) {
        x[i / 20][i % 20] = i;
    }
    for (int i = 0; i < 44; i++) {
        y[i / 22][i % 22] = 77;
    }
    x[1][7] = 0.5;
    conv_desc_init(&desc, CONV_F64, 1, &n, &m, CONV_FULL);
    desc.batch = 2;
    desc.tolerance.kind = CONV_TOLERANCE_INTEGER;
    assert_int_equal(conv_plan_create(&plan, &desc, kernel), CONV_OK);
    assert_int_equal(conv_plan_execute(plan, x, y, NULL), CONV_ERR_RANGE);
    assert_non_null(strstr(conv_last_error(), "sample 7 of signal 1 is 0.5"));
    for (int i = 0; i < 44; i++) {
        assert_true(y[i / 22][i % 22] == 77);
    }
    x[1][7] = 0x1p52;
    assert_int_equal(conv_plan_execute(plan, x, y, NULL), CONV_ERR_RANGE);
    assert_non_null(strstr(conv_last_error(), "may reach"));
    x[1][7] = 7;
    double bound[2] = {-1, -1};
    assert_int_equal(conv_plan_execute_bound(plan, x, y, NULL, bound), CONV_OK);
    assert_true(bound[0] == 0 && bound[1] == 0);
    conv_plan_destroy(plan);
}

static void descriptions(void **state) {
    (void)state;
    const size_t n = 100000;
    const size_t m = 3000;
    static float kernel[3000];
    static char text[TEXT];
    conv_desc desc;
    conv_plan *plan = NULL;
    for (size_t i = 0; i < m; i++) {
        kernel[i] = (float)(i % 7);
    }
    conv_desc_init(&desc, CONV_F32, 1, &n, &m, CONV_FULL);
    desc.tolerance.value = 1e-6;
    assert_int_equal(conv_plan_create(&plan, &desc, kernel), CONV_OK);
    const size_t length = conv_plan_describe(plan, text, sizeof text);
    assert_int_equal(length, strlen(text));
    assert_non_null(strstr(text, "errors up to 1e-06 of the largest output"));
    assert_non_null(strstr(text, "in double"));
    assert_non_null(strstr(text, "reference"));
    char start[40];
    assert_int_equal(conv_plan_describe(plan, start, sizeof start), length);
    assert_int_equal(strlen(start), sizeof start - 1);
    assert_int_equal(conv_plan_describe(plan, NULL, 0), length);
    conv_plan_destroy(plan);
    desc.tolerance.kind = CONV_TOLERANCE_INTEGER;
    assert_int_equal(conv_plan_create(&plan, &desc, kernel), CONV_OK);
    conv_plan_describe(plan, text, sizeof text);
    assert_non_null(strstr(text, "exact integers"));
    conv_plan_destroy(plan);
}

/* A spacing that the taps cannot take: outputs are multiplied by it, and their bound with them: of
 * the sum and its ends' corrections, (M + 2) u each, and some roundings. The same data in double
 * have errors of 2^-29 of it. */
static void bound_of_scaled_outputs(void **state) {
    (void)state;
    enum { N = 50, M = 20, OUTPUTS = N + M - 1 };
    const size_t n = N, m = M;
    float x[N], h[M], y[OUTPUTS];
    double wide[N + M], exact[OUTPUTS], bound = -1, error = 0;
    conv_desc desc;
    conv_plan *plan = NULL;
    for (int i = 0; i < N + M; i++) {
        const float value = (i < N ? 1e-20F : 1.0F) * (1.0F + (float)(i * i % 11) / 7.0F);
        *(i < N ? &x[i] : &h[i - N]) = value;
        wide[i] = (double)value;
    }
    for (int is_double = 0; is_double < 2; is_double++) {
        conv_desc_init(&desc, is_double ? CONV_F64 : CONV_F32, 1, &n, &m, CONV_FULL);
        desc.rule = CONV_RULE_TRAPEZOID;
        desc.spacing[0] = 1e39;
        desc.method = CONV_METHOD_DIRECT;
        assert_int_equal(conv_plan_create(&plan, &desc, is_double ? (void *)(wide + N) : h),
                         CONV_OK);
        assert_int_equal(conv_plan_execute_bound(plan, is_double ? (void *)wide : x,
                                                 is_double ? (void *)exact : y, NULL,
                                                 is_double ? NULL : &bound),
                         CONV_OK);
        conv_plan_destroy(plan);
    }
    double largest = 0;
    for (int i = 0; i < OUTPUTS; i++) {
        error = fmax(error, fabs((double)y[i] - exact[i]));
        largest = fmax(largest, fabs(exact[i]));
    }
    printf("# outputs times 1e39: error %.2e, bound %.2e of the largest\n", error / largest, bound);
    assert_true(error > 0 && error <= bound * largest && bound <= 2 * (M + 6) * 0x1p-24);
}

/* Data of zeros have no error, and so a bound of 0; NaN and Inf have none that is known. */
static void bounds_at_the_ends(void **state) {
    (void)state;
    const size_t n = 200;
    const size_t m = 90;
    static double x[200];
    static double h[90];
    static double y[289];
    for (int method = CONV_METHOD_AUTO; method <= CONV_METHOD_REFERENCE; method++) {
        if (method == CONV_METHOD_SEPARABLE) {
            continue;
        }
        for (int with = 0; with < 2; with++) {
            conv_desc desc;
            conv_plan *plan = NULL;
            double bound = -1;
            for (size_t i = 0; i < m; i++) {
                h[i] = cos((double)i);
            }
            conv_desc_init(&desc, CONV_F64, 1, &n, &m, CONV_FULL);
            desc.method = (conv_method)method;
            desc.tolerance.value = with ? 1e-12 : 0;
            memset(x, 0, sizeof x);
            assert_int_equal(conv_plan_create(&plan, &desc, h), CONV_OK);
            assert_int_equal(conv_plan_execute_bound(plan, x, y, NULL, &bound), CONV_OK);
            assert_true(bound == 0);
            x[3] = NAN;
            x[100] = 1;
            assert_int_equal(conv_plan_execute_bound(plan, x, y, NULL, &bound), CONV_OK);
            assert_true(isinf(bound) && isnan(y[3]) && fabs(y[100] - 1) < 1e-12);
            conv_plan_destroy(plan);
        }
    }
}

/* A window on a quiet part between loud ones that no output meets, by sums: its bound is that of
 * the part alone, at most terms u sum|x||h| of it over the largest output. Outputs that no sample
 * meets are 0 and have none. Integers count where they are met, too. */
static void loud_parts_beside_the_lattice(void **state) {
    enum { N = 300, M = 40, FIRST = 150, COUNT = 20 };
    static float x[N], h[M], y[COUNT];
    static const conv_method sums[2] = {CONV_METHOD_DIRECT, CONV_METHOD_REFERENCE};
    const size_t n = N, m = M;
    double worst = 0;
    (void)state;
    for (int i = 0; i < N; i++) /* met: FIRST - M + 1 .. FIRST + COUNT - 1 */
        x[i] = i <= FIRST - M || i >= FIRST + COUNT ? 0x1p20f : (float)(1 + i % 5);
    for (int i = 0; i < M; i++)
        h[i] = (float)(1 + i % 3);
    for (int by = 0; by < 2; by++) {
        for (int kind = CONV_TOLERANCE_MAXNORM; kind <= CONV_TOLERANCE_INTEGER; kind += 2) {
            for (int far = 0; far < 2; far++) {
                conv_desc desc;
                conv_plan *plan = NULL;
                double bound = -1, largest = 0, terms = 0;
                conv_desc_init(&desc, CONV_F32, 1, &n, &m, CONV_WINDOW);
                desc.method = sums[by];
                desc.tolerance.kind = (conv_tolerance_kind)kind;
                desc.window_start[0] = far ? N + M : FIRST;
                desc.window_count[0] = COUNT;
                assert_int_equal(conv_plan_create(&plan, &desc, h), CONV_OK);
                assert_int_equal(conv_plan_execute_bound(plan, x, y, NULL, &bound), CONV_OK);
                conv_plan_destroy(plan);
                for (int i = 0; i < COUNT; i++) {
                    double sum = 0;
                    for (int k = 0; k < M && !far; k++)
                        sum += (double)h[k] * (double)x[FIRST + i - k];
                    assert_true((double)y[i] == sum);
                    largest = fmax(largest, sum);
                }
                for (int k = 0; k < M; k++)
                    terms += 5 * (double)h[k];
                if (far)
                    assert_true(bound == 0);
                else if (kind == CONV_TOLERANCE_MAXNORM)
                    worst = fmax(worst, bound * largest / ((M + 2) * 0x1p-24 * terms));
            }
        }
    }
    printf("# loud parts beside the lattice: bound %.3g of that of the part\n", worst);
    assert_true(worst > 0 && worst < 1.001);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bounds_of_methods),
        cmocka_unit_test(maxnorm),
        cmocka_unit_test(constants),
        cmocka_unit_test(strict),
        cmocka_unit_test(precision),
        cmocka_unit_test(integers),
        cmocka_unit_test(integers_at_the_border),
        cmocka_unit_test(componentwise),
        cmocka_unit_test(tails),
        cmocka_unit_test(tails_at_random),
        cmocka_unit_test(tails_of_floats),
        cmocka_unit_test(limited_workspace),
        cmocka_unit_test(refusals),
        cmocka_unit_test(samples_that_are_no_integers),
        cmocka_unit_test(descriptions),
        cmocka_unit_test(bound_of_scaled_outputs),
        cmocka_unit_test(bounds_at_the_ends),
        cmocka_unit_test(loud_parts_beside_the_lattice),
    };
    return cmocka_run_group_tests_name("tolerance", tests, NULL, NULL);
}
