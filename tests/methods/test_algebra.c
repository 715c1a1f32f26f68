/* test_algebra.c - what holds for every convolution, on shapes that are too large for an oracle:
 * impulse, linearity, shift, commutativity, associativity, adjoint, lattices cut out and joined, by
 * every method.
 *
 * Data are integers from -2 to 2 in every component, so that all sums here are integers below 2^24:
 * direct sums have to agree to the bit. Of the others each answer is within
 *
 *   transforms   4 * 0.5 u log2(N) |x|_2 |h|_2, see compare.h
 *   separable    8 (T + 8) u T max|x| max|h|: relative to the largest tap, T of them
 *
 * and two sides of an equation differ by no more than the bounds of both; where an answer is an
 * operand again, its bound is multiplied by the sum of the other's magnitudes. */
#include "suite.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_RANK = 3, METHODS = CONV_METHOD_REFERENCE + 1 };

static uint64_t stream;

static size_t between(size_t least, size_t most) {
    return least + next_below(&stream, most - least + 1);
}

/* ---- arrays ---------------------------------------------------------------------------------- */

/* Pairs re, im; and how far each may be off. */
typedef struct numbers {
    int rank;
    size_t shape[MOST_RANK], count;
    double *value;
    double off;
} numbers;

static numbers make(int rank, const size_t *shape) {
    numbers a = {.rank = rank, .count = 1};
    for (int d = 0; d < rank; d++) {
        a.shape[d] = shape[d];
        a.count *= shape[d];
    }
    a.value = calloc(2 * a.count, sizeof *a.value);
    assert_non_null(a.value);
    return a;
}

static void drop(numbers *a) {
    free(a->value);
    a->value = NULL;
}

static double norm(const numbers *a) {
    double sum = 0.0;
    for (size_t i = 0; i < 2 * a->count; i++) {
        sum += a->value[i] * a->value[i];
    }
    return sqrt(sum);
}

/* A bound for the sum of the elements' absolute values. */
static double total(const numbers *a) {
    double sum = 0.0;
    for (size_t i = 0; i < 2 * a->count; i++) {
        sum += fabs(a->value[i]);
    }
    return sum;
}

static double largest(const numbers *a) {
    double most = 0.0;
    for (size_t i = 0; i < 2 * a->count; i++) {
        most = fmax(most, fabs(a->value[i]));
    }
    return most;
}

/* ---- the library ----------------------------------------------------------------------------- */

typedef struct setup {
    conv_dtype dtype;
    conv_method method; /* asked for */
    conv_isa isa;
    int threads;
    int rank;
    double worst; /* difference over what is allowed, of this equation */
} setup;

static void *typed(const numbers *a, conv_dtype dtype) {
    const bool single = type_is_single(dtype);
    const size_t parts = type_is_complex(dtype) ? 2 : 1;
    void *const to = malloc(a->count * type_size(dtype));
    assert_non_null(to);
    for (size_t i = 0; i < a->count * parts; i++) {
        const double value = a->value[2 * (i / parts) + i % parts];
        if (single) {
            ((float *)to)[i] = (float)value;
        } else {
            ((double *)to)[i] = value;
        }
    }
    return to;
}

static double bound(const setup *s, conv_method method, const numbers *x, const numbers *h) {
    const double unit = type_is_single(s->dtype) ? 0x1p-24 : 0x1p-53;
    const double taps = (double)h->count;
    double points = 1.0;
    for (int d = 0; d < x->rank; d++) {
        points *= (double)(x->shape[d] + h->shape[d] - 1);
    }
    if (method == CONV_METHOD_BLOCKS || method == CONV_METHOD_FFT) {
        return COMPARE_SAFETY * 0.5 * unit * ceil(log2(points + 1.0)) * norm(x) * norm(h);
    }
    return method == CONV_METHOD_SEPARABLE
               ? 8.0 * (taps + 8.0) * unit * taps * largest(x) * largest(h)
               : 0.0;
}

/* False where the method refuses. cut: of the full lattice, or NULL for all of it. */
typedef struct window {
    size_t start[MOST_RANK], count[MOST_RANK], step[MOST_RANK];
} window;

static bool convolve(const setup *s, const numbers *x, const numbers *h, conv_mode mode,
                     conv_operation operation, const window *cut, numbers *y) {
    conv_desc d;
    conv_plan *plan = NULL;
    size_t shape[CONV_MAX_RANK];
    conv_desc_init(&d, s->dtype, s->rank, x->shape, h->shape, mode);
    d.method = s->method;
    d.isa = s->isa;
    d.threads = s->threads;
    d.operation = operation;
    for (int a = 0; a < s->rank && cut != NULL; a++) {
        d.window_start[a] = (ptrdiff_t)cut->start[a];
        d.window_count[a] = cut->count[a];
        d.window_step[a] = cut->step[a];
    }
    void *const taps = typed(h, s->dtype);
    const conv_status status = conv_plan_create(&plan, &d, taps);
    free(taps);
    if (status == CONV_ERR_METHOD) {
        return false;
    }
    assert_int_equal(status, CONV_OK);
    assert_int_equal(conv_output_shape(&d, shape), CONV_OK);
    *y = make(s->rank, shape);
    void *const samples = typed(x, s->dtype);
    void *const outputs = malloc(y->count * type_size(s->dtype));
    assert_non_null(outputs);
    assert_int_equal(conv_plan_execute(plan, samples, outputs, NULL), CONV_OK);
    const size_t parts = type_is_complex(s->dtype) ? 2 : 1;
    for (size_t i = 0; i < y->count * parts; i++) {
        y->value[2 * (i / parts) + i % parts] = type_is_single(s->dtype)
                                                    ? (double)((const float *)outputs)[i]
                                                    : ((const double *)outputs)[i];
    }
    y->off = bound(s, conv_plan_method(plan), x, h) + x->off * total(h) + h->off * total(x);
    free(samples);
    free(outputs);
    conv_plan_destroy(plan);
    return true;
}

/* ---- comparing ------------------------------------------------------------------------------- */

static size_t place(const numbers *a, const size_t *index) {
    size_t at = 0;
    for (int d = 0; d < a->rank; d++) {
        at = at * a->shape[d] + index[d];
    }
    return at;
}

static void unravel(const numbers *a, size_t i, size_t *index) {
    for (int d = a->rank - 1; d >= 0; d--) {
        index[d] = i % a->shape[d];
        i /= a->shape[d];
    }
}

static void hold(setup *s, double difference, double allowed) {
    s->worst = difference == 0.0 ? s->worst
                                 : fmax(s->worst, allowed > 0.0 ? difference / allowed : INFINITY);
}

/* b[i] is a[first + i * step]. */
static void same(setup *s, const numbers *a, const numbers *b, const size_t *first,
                 const size_t *step) {
    for (size_t i = 0; i < b->count; i++) {
        size_t index[MOST_RANK];
        unravel(b, i, index);
        for (int d = 0; d < b->rank; d++) {
            index[d] = (first != NULL ? first[d] : 0) + index[d] * (step != NULL ? step[d] : 1);
        }
        const size_t at = place(a, index);
        for (size_t part = 0; part < 2; part++) {
            hold(s, fabs(a->value[2 * at + part] - b->value[2 * i + part]), a->off + b->off);
        }
    }
}

/* ---- drawing --------------------------------------------------------------------------------- */

static double draw_integer(void) {
    return (double)next_below(&stream, 5) - 2.0;
}

/* outer: the product of a row of numbers for each axis, -1, 1 or 2. */
static numbers draw(const setup *s, const size_t *shape, bool outer) {
    static const double factors[] = {-1.0, 1.0, 1.0, -1.0};
    numbers a = make(s->rank, shape);
    const uint64_t seed = next_random(&stream);
    for (size_t i = 0; i < a.count; i++) {
        size_t index[MOST_RANK];
        unravel(&a, i, index);
        double product = 2.0;
        for (int d = 0; d < s->rank; d++) {
            uint64_t state = seed + 1000003u * index[d] + 7919u * (uint64_t)d;
            product *= factors[next_below(&state, 4)];
        }
        a.value[2 * i] = outer ? product : draw_integer();
        a.value[2 * i + 1] = !outer && type_is_complex(s->dtype) ? draw_integer() : 0.0;
    }
    return a;
}

static const size_t most_samples[] = {0, 40000, 250, 36}, most_taps[] = {0, 3000, 40, 9};

static void draw_shapes(const setup *s, size_t *n, size_t *m) {
    const double most = s->method == CONV_METHOD_REFERENCE ? 2e6 : 3e7;
    double work;
    do {
        work = 1.0;
        for (int d = 0; d < s->rank; d++) {
            n[d] = between(1, most_samples[s->rank]);
            m[d] = between(1, most_taps[s->rank]);
            work *= (double)(n[d] + m[d]) * (double)m[d];
        }
    } while (work > most);
}

/* ---- equations ------------------------------------------------------------------------------- */

/* An impulse at any place gives the kernel there, and nothing elsewhere. */
static bool impulse(setup *s, const numbers *x, const numbers *h) {
    numbers one = make(s->rank, x->shape), y = {0};
    size_t at[MOST_RANK] = {0};
    for (int d = 0; d < s->rank; d++) {
        at[d] = between(0, x->shape[d] - 1);
    }
    one.value[2 * place(&one, at)] = -1.0;
    const bool done = convolve(s, &one, h, CONV_FULL, CONV_CONVOLVE, NULL, &y);
    if (done) {
        numbers must = make(s->rank, y.shape);
        for (size_t i = 0; i < h->count; i++) {
            size_t index[MOST_RANK];
            unravel(h, i, index);
            for (int d = 0; d < s->rank; d++) {
                index[d] += at[d];
            }
            for (size_t part = 0; part < 2; part++) {
                must.value[2 * place(&must, index) + part] = -h->value[2 * i + part];
            }
        }
        same(s, &must, &y, NULL, NULL);
        drop(&must);
    }
    drop(&one);
    drop(&y);
    return done;
}

/* (2x - 3z) * h = 2 x*h - 3 z*h. */
static bool linearity(setup *s, const numbers *x, const numbers *h) {
    numbers z = draw(s, x->shape, false), sum = make(s->rank, x->shape);
    numbers a = {0}, b = {0}, c = {0};
    for (size_t i = 0; i < 2 * x->count; i++) {
        sum.value[i] = 2.0 * x->value[i] - 3.0 * z.value[i];
    }
    const bool done = convolve(s, x, h, CONV_FULL, CONV_CONVOLVE, NULL, &a) &&
                      convolve(s, &z, h, CONV_FULL, CONV_CONVOLVE, NULL, &b) &&
                      convolve(s, &sum, h, CONV_FULL, CONV_CONVOLVE, NULL, &c);
    if (done) {
        for (size_t i = 0; i < 2 * a.count; i++) {
            a.value[i] = 2.0 * a.value[i] - 3.0 * b.value[i];
        }
        a.off = 2.0 * a.off + 3.0 * b.off;
        same(s, &a, &c, NULL, NULL);
    }
    drop(&z), drop(&sum), drop(&a), drop(&b), drop(&c);
    return done;
}

/* Zeros before the signal move the outputs. */
static bool shift(setup *s, const numbers *x, const numbers *h) {
    size_t longer[MOST_RANK], by[MOST_RANK];
    numbers a = {0}, b = {0};
    for (int d = 0; d < s->rank; d++) {
        by[d] = between(0, 40);
        longer[d] = x->shape[d] + by[d] + between(0, 9);
    }
    numbers moved = make(s->rank, longer);
    for (size_t i = 0; i < x->count; i++) {
        size_t index[MOST_RANK];
        unravel(x, i, index);
        for (int d = 0; d < s->rank; d++) {
            index[d] += by[d];
        }
        memcpy(moved.value + 2 * place(&moved, index), x->value + 2 * i, 2 * sizeof(double));
    }
    const bool done = convolve(s, x, h, CONV_FULL, CONV_CONVOLVE, NULL, &a) &&
                      convolve(s, &moved, h, CONV_FULL, CONV_CONVOLVE, NULL, &b);
    if (done) {
        same(s, &b, &a, by, NULL);
    }
    drop(&moved), drop(&a), drop(&b);
    return done;
}

static bool commutativity(setup *s, const numbers *x, const numbers *h) {
    numbers a = {0}, b = {0};
    const bool done = convolve(s, x, h, CONV_FULL, CONV_CONVOLVE, NULL, &a) &&
                      convolve(s, h, x, CONV_FULL, CONV_CONVOLVE, NULL, &b);
    if (done) {
        same(s, &a, &b, NULL, NULL);
    }
    drop(&a), drop(&b);
    return done;
}

/* (x * h) * g = x * (h * g). */
static bool associativity(setup *s, const numbers *x, const numbers *h) {
    size_t few[MOST_RANK];
    numbers xh = {0}, hg = {0}, a = {0}, b = {0};
    for (int d = 0; d < s->rank; d++) {
        few[d] = between(1, s->rank == 1 ? 20 : 4);
    }
    numbers g = draw(s, few, s->method == CONV_METHOD_SEPARABLE);
    const bool done = convolve(s, x, h, CONV_FULL, CONV_CONVOLVE, NULL, &xh) &&
                      convolve(s, &xh, &g, CONV_FULL, CONV_CONVOLVE, NULL, &a) &&
                      convolve(s, h, &g, CONV_FULL, CONV_CONVOLVE, NULL, &hg) &&
                      convolve(s, x, &hg, CONV_FULL, CONV_CONVOLVE, NULL, &b);
    if (done) {
        same(s, &a, &b, NULL, NULL);
    }
    drop(&g), drop(&xh), drop(&hg), drop(&a), drop(&b);
    return done;
}

/* sum a conj(b), exact: integers far below 2^64 where a and b are. */
static void dot(const numbers *a, const numbers *b, long double sum[2]) {
    sum[0] = sum[1] = 0.0L;
    for (size_t i = 0; i < a->count; i++) {
        const long double ar = a->value[2 * i], ai = a->value[2 * i + 1];
        const long double br = b->value[2 * i], bi = b->value[2 * i + 1];
        sum[0] += ar * br + ai * bi;
        sum[1] += ai * br - ar * bi;
    }
}

/* <x * h, y> = <x, y correlated with h>. */
static bool adjoint(setup *s, const numbers *x, const numbers *h) {
    size_t full[MOST_RANK];
    numbers a = {0}, b = {0};
    long double left[2], right[2];
    for (int d = 0; d < s->rank; d++) {
        full[d] = x->shape[d] + h->shape[d] - 1;
    }
    numbers y = draw(s, full, false);
    const bool done = convolve(s, x, h, CONV_FULL, CONV_CONVOLVE, NULL, &a) &&
                      convolve(s, &y, h, CONV_VALID, CONV_CORRELATE, NULL, &b);
    if (done) {
        assert_int_equal(b.count, x->count);
        dot(&a, &y, left);
        dot(x, &b, right);
        /* Twice: each part of a product has two products of parts. */
        const double allowed = 2.0 * (a.off * total(&y) + b.off * total(x));
        hold(s, (double)fabsl(left[0] - right[0]), allowed);
        hold(s, (double)fabsl(left[1] - right[1]), allowed);
    }
    drop(&y), drop(&a), drop(&b);
    return done;
}

/* Windows at any place and step are cut out of the full result; two stretches add up to it. */
static bool split(setup *s, const numbers *x, const numbers *h) {
    window cut;
    numbers all = {0}, part = {0};
    for (int d = 0; d < s->rank; d++) {
        const size_t count = x->shape[d] + h->shape[d] - 1;
        cut.start[d] = between(0, count - 1);
        cut.step[d] = between(0, 2) == 0 ? between(1, 5) : 1;
        cut.count[d] = between(1, (count - cut.start[d] - 1) / cut.step[d] + 1);
    }
    bool done = convolve(s, x, h, CONV_FULL, CONV_CONVOLVE, NULL, &all);
    if (done && convolve(s, x, h, CONV_WINDOW, CONV_CONVOLVE, &cut, &part)) {
        same(s, &all, &part, cut.start, cut.step);
    }
    drop(&part);
    /* The first rows of the signal and the others, joined. */
    size_t shape[MOST_RANK] = {0}, first[MOST_RANK] = {0};
    const size_t rows = between(0, x->shape[0] - 1), row = x->count / x->shape[0];
    memcpy(shape, x->shape, sizeof shape);
    for (int half = 0; half < 2 && done; half++) {
        shape[0] = half == 0 ? rows : x->shape[0] - rows;
        if (shape[0] == 0) {
            continue;
        }
        numbers some = make(s->rank, shape), y = {0};
        first[0] = half == 0 ? 0 : rows;
        memcpy(some.value, x->value + 2 * first[0] * row, 2 * some.count * sizeof(double));
        done = convolve(s, &some, h, CONV_FULL, CONV_CONVOLVE, NULL, &y);
        const size_t before = done ? first[0] * (all.count / all.shape[0]) : 0;
        for (size_t i = 0; done && i < 2 * y.count; i++) {
            all.value[2 * before + i] -= y.value[i];
        }
        all.off += y.off;
        drop(&some), drop(&y);
    }
    if (done) {
        hold(s, largest(&all), all.off);
    }
    drop(&all);
    return done;
}

/* ---- suite ----------------------------------------------------------------------------------- */

typedef bool equation(setup *s, const numbers *x, const numbers *h);

static const struct {
    const char *name;
    equation *run;
} equations[] = {{"impulse", impulse},
                 {"linearity", linearity},
                 {"shift", shift},
                 {"commutativity", commutativity},
                 {"associativity", associativity},
                 {"adjoint", adjoint},
                 {"split", split}};
enum { EQUATIONS = sizeof equations / sizeof equations[0] };

static double worst[EQUATIONS][METHODS];
static unsigned held[EQUATIONS][METHODS];

static void one_problem(size_t e) {
    setup s = {.dtype = (conv_dtype)between(0, 3),
               .method = (conv_method)between(0, METHODS - 1),
               .isa = (conv_isa)between(0, 3),
               .threads = (int)between(0, 2),
               .rank = (int)between(1, 3)};
    size_t n[MOST_RANK], m[MOST_RANK];
    draw_shapes(&s, n, m);
    numbers x = draw(&s, n, s.method == CONV_METHOD_SEPARABLE && between(0, 1) == 0);
    numbers h = draw(&s, m, s.method == CONV_METHOD_SEPARABLE);
    if (equations[e].run(&s, &x, &h)) {
        held[e][s.method]++;
        worst[e][s.method] = fmax(worst[e][s.method], s.worst);
        if (!(s.worst <= 1.0)) {
            fail_msg("%s: method %s, dtype %d, rank %d, isa %d, threads %d, n=%zu,%zu,%zu "
                     "m=%zu,%zu,%zu: %g of what is allowed",
                     equations[e].name, method_name(s.method), (int)s.dtype, s.rank, (int)s.isa,
                     s.threads, x.shape[0], x.shape[1], x.shape[2], h.shape[0], h.shape[1],
                     h.shape[2], s.worst);
        }
    }
    drop(&x);
    drop(&h);
}

static void every_equation(void **state) {
    const unsigned count = test_count(50);
    (void)state;
    stream = test_seed(31);
    for (unsigned i = 0; i < count; i++) {
        one_problem(i % EQUATIONS);
    }
    for (size_t e = 0; e < EQUATIONS; e++) {
        printf("# %-13s", equations[e].name);
        for (int method = 0; method < METHODS; method++) {
            printf(" %s %u %.3f", method_name((conv_method)method), held[e][method],
                   worst[e][method]);
        }
        printf("   (how many, worst difference over what is allowed, limit 1)\n");
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_equation)};
    return cmocka_run_group_tests_name("algebra", tests, NULL, NULL);
}
