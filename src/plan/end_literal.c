#include "plan/end_literal.h"

#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "problem/extend.h"

typedef struct {
    const conv_end_literal *literal;
    const char *signal;
    const conv_end_term *term[CONV_MAX_RANK];
    size_t count[CONV_MAX_RANK];
    const char *bad[CONV_MAX_RANK]; /* marks, see mark_axis */
    bool only_bad;
    long double sum[2];
} literal_sum;

/* Marks beyond this do not pay: all samples count as bad. */
#define MOST_MARKS ((size_t)1 << 26)

static size_t buffer_bytes(const conv_end_literal *literal, int d) {
    return conv_aligned_size(literal->whole[d].most_terms * sizeof(conv_end_term));
}

/* Marks of the axes up to d, and without the last one; MOST_MARKS: too many. */
static size_t marks_of(const conv_problem *problem, int d) {
    size_t marks = 1;
    for (int e = 0; e <= d; e++)
        if (!conv_multiply(marks, problem->axis[e].n, &marks) || marks >= MOST_MARKS)
            return MOST_MARKS;
    return marks;
}

/* What NaN and Inf taps add is not among the products of bad samples. */
static bool has_marks(const conv_end_literal *literal) {
    const conv_problem *problem = literal->problem;
    return literal->finite_taps && isfinite(problem->fill[0]) && isfinite(problem->fill[1]) &&
           marks_of(problem, problem->rank - 2) < MOST_MARKS;
}

size_t conv_end_literal_bytes(const conv_end_literal *literal) {
    const conv_problem *problem = literal->problem;
    size_t bytes = 0;
    for (int d = 0; d < problem->rank; d++)
        bytes += buffer_bytes(literal, d);
    for (int d = 0; d < problem->rank - 1 && has_marks(literal); d++)
        bytes += conv_aligned_size(marks_of(problem, d));
    return bytes;
}

/* Where a prefix of indices, of the axes up to d, has its mark. */
static void place_marks(const conv_end_literal *literal, char *workspace, char **bad) {
    for (int d = 0; d < literal->problem->rank; d++)
        workspace += buffer_bytes(literal, d);
    for (int d = 0; d < literal->problem->rank - 1; d++) {
        bad[d] = workspace;
        workspace += conv_aligned_size(marks_of(literal->problem, d));
    }
}

/* Whether under this prefix any sample is bad; so marks it and all longer ones. */
static bool mark_axis(const conv_problem *problem, int d, size_t prefix, const char *x,
                      char *const *bad) {
    const conv_axis *axis = &problem->axis[d];
    ptrdiff_t step = axis->signal_stride * (ptrdiff_t)problem->elements->size;
    bool any = false;
    if (d == problem->rank - 1 && axis->signal_stride == 1)
        return !problem->elements->is_finite(x, axis->n);
    for (size_t i = 0; i < axis->n; i++, x += step) {
        if (d == problem->rank - 1) {
            any = any || !problem->elements->is_finite(x, 1);
            continue;
        }
        size_t here = prefix * axis->n + i;
        bad[d][here] = mark_axis(problem, d + 1, here, x, bad);
        any = any || bad[d][here];
    }
    return any;
}

void conv_end_literal_mark(const conv_end_literal *literal, const char *signal, char *workspace) {
    char *bad[CONV_MAX_RANK];
    if (!has_marks(literal))
        return;
    place_marks(literal, workspace, bad);
    (void)mark_axis(literal->problem, 0, 0, signal, bad);
}

static void add_product(literal_sum *sum, ptrdiff_t offset, size_t tap, bool filled,
                        long double weight) {
    const conv_problem *problem = sum->literal->problem;
    const conv_element_kernels *elements = problem->elements;
    _Alignas(16) char fill[16];
    long double product[2] = {0, 0};
    const char *sample = sum->signal + offset * (ptrdiff_t)elements->size;
    if (filled) {
        elements->fill(fill, 1, problem->fill);
        sample = fill;
    }
    elements->multiply_add(product, sample,
                           (const char *)sum->literal->taps +
                               (problem->taps - 1 - tap) * elements->tap_size);
    sum->sum[0] += weight * product[0];
    sum->sum[1] += weight * product[1];
}

/* Whether the sum is of bad samples alone and there are none under this prefix. */
static bool is_left_out(const literal_sum *sum, int d, size_t prefix, bool filled,
                        ptrdiff_t offset) {
    const conv_problem *problem = sum->literal->problem;
    if (!sum->only_bad || filled)
        return sum->only_bad;
    if (d < problem->rank - 1)
        return !sum->bad[d][prefix];
    return problem->elements->is_finite(sum->signal + offset * (ptrdiff_t)problem->elements->size,
                                        1);
}

/* The terms of axis d and all after it, under one term of each axis before. */
static void add_axis(literal_sum *sum, int d, ptrdiff_t offset, size_t prefix, size_t tap,
                     bool filled, long double weight) {
    const conv_problem *problem = sum->literal->problem;
    const conv_axis *axis = &problem->axis[d];
    if (d == problem->rank) {
        add_product(sum, offset, tap, filled, weight);
        return;
    }
    for (size_t t = 0; t < sum->count[d]; t++) {
        const conv_end_term *term = &sum->term[d][t];
        ptrdiff_t sample = conv_extend_index(axis, term->position);
        bool outside = sample == CONV_FILLED;
        ptrdiff_t at = outside ? offset : offset + sample * axis->signal_stride;
        size_t here = outside ? prefix : prefix * axis->n + (size_t)sample;
        if (is_left_out(sum, d, here, filled || outside, at))
            continue;
        add_axis(sum, d + 1, at, here, tap * axis->m + term->tap, filled || outside,
                 weight * term->weight);
    }
}

/* y = what it was and the products of bad samples; false where a part of these is finite in which
 * y may be wrong. */
static bool add_bad(literal_sum *sum, bool lacks_bad, char *y) {
    const conv_element_kernels *elements = sum->literal->problem->elements;
    double before[1][2];
    sum->only_bad = true;
    add_axis(sum, 0, 0, 0, 0, false, 1);
    bool is_complex = conv_dtype_is_complex(sum->literal->problem->dtype);
    if (!lacks_bad && (isfinite(sum->sum[0]) || (is_complex && isfinite(sum->sum[1]))))
        return false;
    if (lacks_bad && isfinite(sum->sum[0]) && isfinite(sum->sum[1]))
        return true;
    elements->widen(before, y, 1, 1);
    for (int part = 0; part < 2; part++)
        if (isfinite(sum->sum[part]))
            sum->sum[part] = before[0][part];
    elements->round_sum(sum->sum, y);
    return true;
}

void conv_end_literal_output(const conv_end_literal *literal, const char *signal,
                             const size_t *index, bool lacks_bad, char *y, char *workspace) {
    literal_sum sum = {.literal = literal, .signal = signal};
    bool marked = has_marks(literal);
    char *bad[CONV_MAX_RANK], *buffer = workspace;
    for (int d = 0; d < literal->problem->rank; d++) {
        const conv_end_rows *rows = &literal->whole[d];
        sum.term[d] = conv_end_rows_terms(rows, &rows->row[index[d]],
                                          (conv_end_term *)(void *)buffer, &sum.count[d]);
        buffer += buffer_bytes(literal, d);
    }
    if (marked) {
        place_marks(literal, workspace, bad);
        for (int d = 0; d < literal->problem->rank - 1; d++)
            sum.bad[d] = bad[d];
        if (add_bad(&sum, lacks_bad, y))
            return;
    }
    sum.only_bad = false;
    sum.sum[0] = sum.sum[1] = 0;
    add_axis(&sum, 0, 0, 0, 0, false, 1);
    literal->problem->elements->round_sum(sum.sum, y);
}
