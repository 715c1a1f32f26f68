/* Cross approximation with full pivoting: the largest tap's lines, divided by it, are one outer
 * product; what is left of the kernel gives the next. (Bebendorf 2000, on a full matrix.) */
#include "methods/factor.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"

typedef struct {
    long double re, im;
} wide;

typedef struct {
    const conv_problem *problem;
    size_t stride[CONV_MAX_RANK];
    wide *rest;                                /* the kernel less the terms so far */
    long double *size;                         /* |tap| of the kernel itself */
    wide *line[CONV_MAX_TERMS][CONV_MAX_RANK]; /* the factors, rounded to the kernel's type */
    long double unit;                          /* roundoff of the kernel's type */
} search;

static wide product(wide a, wide b) {
    return (wide){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

static long double magnitude(wide a) {
    return a.im == 0 ? fabsl(a.re) : hypotl(a.re, a.im);
}

static wide quotient(wide a, wide b) {
    /* Scaled by the larger part of b, so that no square over- or underflows. */
    long double scale = fmaxl(fabsl(b.re), fabsl(b.im));
    wide c = {b.re / scale, b.im / scale};
    long double square = c.re * c.re + c.im * c.im;
    wide p = product(a, (wide){c.re, -c.im});
    return (wide){p.re / square / scale, p.im / square / scale};
}

static wide round_tap(const search *s, wide a) {
    _Alignas(16) char tap[16];
    long double sum[2] = {a.re, a.im}, back[2] = {0, 0};
    s->problem->elements->round_tap(sum, tap);
    s->problem->elements->add_tap(back, tap);
    return (wide){back[0], back[1]};
}

static wide tap_at(const conv_problem *problem, const void *taps, size_t i) {
    long double tap[2] = {0, 0};
    problem->elements->add_tap(tap, (const char *)taps + i * problem->elements->tap_size);
    return (wide){tap[0], tap[1]};
}

static size_t largest(const search *s) {
    size_t pivot = 0;
    long double best = -1;
    for (size_t i = 0; i < s->problem->taps; i++) {
        long double m = magnitude(s->rest[i]);
        if (m > best) {
            best = m;
            pivot = i;
        }
    }
    return pivot;
}

static void take_lines(search *s, int term, size_t pivot) {
    for (int d = 0; d < s->problem->rank; d++) {
        size_t m = s->problem->axis[d].m, stride = s->stride[d];
        size_t origin = pivot - pivot / stride % m * stride;
        for (size_t i = 0; i < m; i++) {
            wide tap = s->rest[origin + i * stride];
            s->line[term][d][i] = round_tap(s, d == 0 ? tap : quotient(tap, s->rest[pivot]));
        }
    }
}

static void subtract_term(search *s, int term) {
    for (size_t i = 0; i < s->problem->taps; i++) {
        wide p = s->line[term][0][i / s->stride[0]];
        for (int d = 1; d < s->problem->rank; d++)
            p = product(p, s->line[term][d][i / s->stride[d] % s->problem->axis[d].m]);
        s->rest[i].re -= p.re;
        s->rest[i].im -= p.im;
    }
}

/* Of a kernel computed as an outer product, each of the `rank` lines and the pivot carry a
 * rounding, and each factor one more from being stored: 2 * rank + 2 in all. */
static bool is_done(const search *s, int terms, long double largest_tap) {
    long double roundings = 2 * s->problem->rank + 2;
    for (size_t i = 0; i < s->problem->taps; i++) {
        long double scale = terms == 1 ? s->size[i] : largest_tap;
        if (!(magnitude(s->rest[i]) <= roundings * s->unit * scale))
            return false;
    }
    return true;
}

/* Multiply-adds of `terms` rounds of passes, against those of the plain sum. */
static bool pays(const conv_problem *problem, int terms) {
    size_t lines = 0;
    for (int d = 0; d < problem->rank; d++)
        lines += problem->axis[d].m;
    return (size_t)terms * lines < problem->taps;
}

static bool start(search *s, const conv_task *task, void **memory) {
    const conv_problem *problem = task->problem;
    size_t lines = 0, taps = problem->taps;
    for (int d = 0; d < problem->rank; d++)
        lines += problem->axis[d].m;
    *memory = conv_allocate(conv_plus(conv_times(taps, sizeof(wide) + sizeof(long double)),
                                      conv_times(CONV_MAX_TERMS, conv_times(lines, sizeof(wide)))));
    if (!*memory)
        return false;
    s->problem = problem;
    s->unit = (conv_dtype_is_double(problem->dtype) ? DBL_EPSILON : FLT_EPSILON) / 2;
    s->rest = *memory;
    wide *next = s->rest + taps;
    for (int t = 0; t < CONV_MAX_TERMS; t++)
        for (int d = 0; d < problem->rank; d++) {
            s->line[t][d] = next;
            next += problem->axis[d].m;
        }
    s->size = (long double *)next;
    size_t stride = 1;
    for (int d = problem->rank - 1; d >= 0; d--) {
        s->stride[d] = stride;
        stride *= problem->axis[d].m;
    }
    for (size_t i = 0; i < taps; i++) {
        s->rest[i] = tap_at(problem, task->taps, i);
        s->size[i] = magnitude(s->rest[i]);
    }
    return true;
}

static bool keep(const search *s, int terms, conv_factors *factors) {
    const conv_problem *problem = s->problem;
    size_t lines = 0, size = problem->elements->tap_size;
    for (int d = 0; d < problem->rank; d++)
        lines += problem->axis[d].m;
    char *next = conv_allocate(conv_times(conv_times((size_t)terms, lines), size));
    factors->memory = next;
    if (!next)
        return false;
    factors->terms = terms;
    for (int t = 0; t < terms; t++)
        for (int d = 0; d < problem->rank; d++) {
            factors->factor[t][d] = next;
            for (size_t i = 0; i < problem->axis[d].m; i++, next += size) {
                long double tap[2] = {s->line[t][d][i].re, s->line[t][d][i].im};
                problem->elements->round_tap(tap, next);
            }
        }
    return true;
}

enum { SAMPLE = CONV_MAX_TERMS + 2 };

/* One step of elimination with full pivoting; the largest that was left before it. */
static long double eliminate(wide a[SAMPLE][SAMPLE]) {
    int row = 0, col = 0;
    for (int i = 0; i < SAMPLE * SAMPLE; i++)
        if (magnitude(a[i / SAMPLE][i % SAMPLE]) > magnitude(a[row][col])) {
            row = i / SAMPLE;
            col = i % SAMPLE;
        }
    wide pivot = a[row][col], line[SAMPLE];
    long double left = magnitude(pivot);
    if (left == 0)
        return 0;
    for (int j = 0; j < SAMPLE; j++)
        line[j] = quotient(a[row][j], pivot);
    for (int i = 0; i < SAMPLE; i++) {
        wide factor = a[i][col];
        for (int j = 0; j < SAMPLE; j++) {
            wide p = product(factor, line[j]);
            a[i][j].re -= p.re;
            a[i][j].im -= p.im;
        }
    }
    return left;
}

/* Of a sum of few outer products every part is one too. A few rows and columns of a large kernel
 * rule most others out before the whole is searched; generous by an order of magnitude. */
static bool sample_is_low_rank(const conv_task *task) {
    const conv_problem *problem = task->problem;
    wide a[SAMPLE][SAMPLE];
    long double unit = conv_dtype_is_double(problem->dtype) ? DBL_EPSILON : FLT_EPSILON;
    long double top = 2 * problem->elements->largest_tap(task->taps, problem->taps);
    size_t rows = problem->axis[0].m, cols = problem->axis[1].m;
    for (size_t i = 0; i < SAMPLE; i++)
        for (size_t j = 0; j < SAMPLE; j++)
            a[i][j] = tap_at(problem, task->taps,
                             (i + 1) * rows / (SAMPLE + 1) * cols + (j + 1) * cols / (SAMPLE + 1));
    for (int t = 0; t < CONV_MAX_TERMS; t++)
        eliminate(a);
    return eliminate(a) <= 100 * unit * top;
}

/* A plane of real taps as one outer product. */
typedef struct {
    const conv_problem *problem;
    const char *taps;
    size_t rows, cols, pivot;
    double *down, *along; /* lines */
    double (*row)[2];     /* a row of taps */
} outer;

static void take_row(const outer *o, size_t i) {
    const conv_element_kernels *elements = o->problem->elements;
    elements->widen_taps(o->row, o->taps + i * o->cols * elements->tap_size, o->cols);
}

static double find_pivot(outer *o) {
    const conv_element_kernels *elements = o->problem->elements;
    double best = -1;
    size_t row = 0, col = 0;
    for (size_t i = 0; i < o->rows; i++) {
        double most = elements->largest_tap(o->taps + i * o->cols * elements->tap_size, o->cols);
        if (most > best) {
            best = most;
            row = i;
        }
    }
    take_row(o, row);
    while (col + 1 < o->cols && fabs(o->row[col][0]) < best)
        col++;
    o->pivot = row * o->cols + col;
    return best;
}

/* The pivot's column, and its row divided by it, rounded as it is stored in `lines`. */
static void take_outer(const outer *o, char *lines) {
    const conv_element_kernels *elements = o->problem->elements;
    take_row(o, o->pivot / o->cols);
    const double pivot = o->row[o->pivot % o->cols][0];
    for (size_t k = 0; k < o->rows + o->cols; k++) {
        bool is_down = k < o->rows;
        wide tap = tap_at(o->problem, o->taps,
                          is_down ? k * o->cols + o->pivot % o->cols
                                  : o->pivot / o->cols * o->cols + k - o->rows);
        long double value[2] = {is_down ? tap.re : tap.re / (long double)pivot, 0};
        long double back[2] = {0, 0};
        elements->round_tap(value, lines + k * elements->tap_size);
        elements->add_tap(back, lines + k * elements->tap_size);
        (is_down ? o->down : o->along - o->rows)[k] = (double)back[0];
    }
}

/* is_done of one term; products of floats are exact in double. */
static bool is_row(const outer *o, double down, bool is_double) {
    const double most = (is_double ? DBL_EPSILON : FLT_EPSILON) / 2 * (2 * 2 + 2);
    int off = 0; /* without a branch, which takes vectors */
    for (size_t j = 0; j < o->cols && !is_double; j++)
        off |= !(fabs(o->row[j][0] - down * o->along[j]) <= most * fabs(o->row[j][0]));
    for (size_t j = 0; j < o->cols && is_double; j++) {
        double tap = o->row[j][0];
        off |= !((double)fabsl(tap - (long double)down * o->along[j]) <= most * fabs(tap));
    }
    return !off;
}

/* Without a copy of the kernel: 1 found, 0 there is none, -1 no memory. */
static int find_outer(const conv_task *task, conv_factors *factors) {
    const conv_problem *problem = task->problem;
    outer o = {problem, task->taps, problem->axis[0].m, problem->axis[1].m, 0, NULL, NULL, NULL};
    size_t size = problem->elements->tap_size;
    char *lines = conv_allocate(conv_times(conv_plus(o.rows, o.cols), size));
    o.down = conv_allocate(conv_times(conv_plus(o.rows, conv_times(3, o.cols)), sizeof(double)));
    int found = lines && o.down ? 0 : -1;
    if (found == 0) {
        o.along = o.down + o.rows;
        o.row = (double(*)[2])(o.along + o.cols);
        found = find_pivot(&o) > 0;
    }
    if (found == 1)
        take_outer(&o, lines);
    for (size_t i = 0; i < o.rows && found == 1; i++) {
        take_row(&o, i);
        found = is_row(&o, o.down[i], conv_dtype_is_double(problem->dtype));
    }
    conv_free(o.down);
    if (found != 1) {
        conv_free(lines);
        return found;
    }
    factors->memory = lines;
    factors->terms = 1;
    factors->factor[0][0] = lines;
    factors->factor[0][1] = lines + o.rows * size;
    return 1;
}

/* The axis that has all taps, where the others have one each; -1: there is no such axis. */
static int only_line(const conv_problem *problem) {
    int line = problem->rank - 1, lines = 0;
    for (int d = 0; d < problem->rank; d++)
        if (problem->axis[d].m > 1) {
            line = d;
            lines++;
        }
    return lines > 1 ? -1 : line;
}

/* That axis' factor is the kernel itself. */
static bool keep_line(const conv_task *task, int line, conv_factors *factors) {
    const conv_problem *problem = task->problem;
    static const long double one[2] = {1, 0};
    size_t size = problem->elements->tap_size;
    char *next = problem->rank > 1 ? conv_allocate(size) : NULL;
    factors->memory = next;
    if (!next && problem->rank > 1)
        return false;
    if (next)
        problem->elements->round_tap(one, next);
    factors->terms = 1;
    for (int d = 0; d < problem->rank; d++)
        factors->factor[0][d] = d == line ? task->taps : next;
    return true;
}

bool conv_factors_find(const conv_task *task, conv_factors *factors) {
    const conv_problem *problem = task->problem;
    search s;
    void *memory = NULL;
    *factors = (conv_factors){0};
    int line = only_line(problem);
    if (line >= 0 && task->finite_taps)
        return keep_line(task, line, factors);
    if (!task->finite_taps || !pays(problem, 1))
        return true;
    if (problem->rank == 2 && problem->axis[0].m > 2 * SAMPLE && problem->axis[1].m > 2 * SAMPLE &&
        !sample_is_low_rank(task))
        return true;
    if (problem->rank == 2 && !conv_dtype_is_complex(problem->kernel_dtype)) {
        int found = find_outer(task, factors);
        if (found)
            return found > 0;
    }
    if (!start(&s, task, &memory))
        return false;
    bool kept = true;
    long double largest_tap = magnitude(s.rest[largest(&s)]);
    int most = problem->rank == 2 ? CONV_MAX_TERMS : 1;
    for (int t = 0; t < most && pays(problem, t + 1); t++) {
        size_t pivot = largest(&s);
        if (magnitude(s.rest[pivot]) == 0)
            break; /* a kernel of zeros */
        take_lines(&s, t, pivot);
        subtract_term(&s, t);
        if (is_done(&s, t + 1, largest_tap)) {
            kept = keep(&s, t + 1, factors);
            break;
        }
    }
    conv_free(memory);
    return kept;
}

void conv_factors_end(conv_factors *factors) {
    conv_free(factors->memory);
    factors->memory = NULL;
}
