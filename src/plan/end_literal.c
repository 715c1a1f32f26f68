#include "plan/end_literal.h"

#include <string.h>

#include "base/memory.h"
#include "problem/extend.h"

typedef struct {
    const conv_end_literal *literal;
    const char *signal;
    const conv_end_term *term[CONV_MAX_RANK];
    size_t count[CONV_MAX_RANK];
    long double sum[2];
} literal_sum;

size_t conv_end_literal_bytes(const conv_end_literal *literal) {
    size_t bytes = 0;
    for (int d = 0; d < literal->problem->rank; d++)
        bytes += conv_aligned_size(literal->whole[d].most_terms * sizeof(conv_end_term));
    return bytes;
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

/* The terms of axis d and all after it, under one term of each axis before. */
static void add_axis(literal_sum *sum, int d, ptrdiff_t offset, size_t tap, bool filled,
                     long double weight) {
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
        add_axis(sum, d + 1, outside ? offset : offset + sample * axis->signal_stride,
                 tap * axis->m + term->tap, filled || outside, weight * term->weight);
    }
}

void conv_end_literal_output(const conv_end_literal *literal, const char *signal,
                             const size_t *index, char *y, char *workspace) {
    literal_sum sum = {.literal = literal, .signal = signal};
    for (int d = 0; d < literal->problem->rank; d++) {
        const conv_end_rows *rows = &literal->whole[d];
        sum.term[d] = conv_end_rows_terms(rows, &rows->row[index[d]],
                                          (conv_end_term *)(void *)workspace, &sum.count[d]);
        workspace += conv_aligned_size(rows->most_terms * sizeof(conv_end_term));
    }
    add_axis(&sum, 0, 0, 0, false, 1);
    literal->problem->elements->round_sum(sum.sum, y);
}
