#include "problem/extend.h"

#include <stdint.h>
#include <string.h>

#include "base/memory.h"

/* The formulas are those of the table of extension rules in conv.h; they hold for every j. */
ptrdiff_t conv_extend_index(const conv_axis *axis, ptrdiff_t j) {
    ptrdiff_t n = (ptrdiff_t)axis->n, k, period;
    if (j >= 0 && j < n)
        return j;
    switch (axis->extension) {
    case CONV_EXTEND_ZERO:
        return CONV_ABSENT;
    case CONV_EXTEND_CONSTANT:
        return CONV_FILLED;
    case CONV_EXTEND_NEAREST:
        return j < 0 ? 0 : n - 1;
    case CONV_EXTEND_WRAP:
        return (j % n + n) % n;
    case CONV_EXTEND_REFLECT:
        k = j >= 0 ? j % (2 * n) : (-j - 1) % (2 * n);
        return k < n ? k : 2 * n - 1 - k;
    case CONV_EXTEND_MIRROR:
        if (n == 1)
            return 0;
        period = 2 * (n - 1);
        k = (j < 0 ? -j : j) % period;
        return k < n ? k : period - k;
    case CONV_EXTEND_PERIOD:
        period = (ptrdiff_t)axis->period;
        k = (j % period + period) % period;
        return k < n ? k : CONV_ABSENT;
    }
    return CONV_ABSENT;
}

double conv_extend_weight(const conv_axis *axis, ptrdiff_t index) {
    return index < 0 ? 1 : conv_end_weight(axis->n, axis->ends, axis->end_weight, (size_t)index);
}

bool conv_extend_has_absent(const conv_axis *axis) {
    return axis->extension == CONV_EXTEND_ZERO || axis->extension == CONV_EXTEND_PERIOD;
}

bool conv_extend_sample(const conv_problem *problem, const void *signal, const ptrdiff_t *point,
                        void *sample) {
    ptrdiff_t offset = 0;
    double weight = 1;
    bool filled = false;
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        ptrdiff_t index = conv_extend_index(axis, point[d]);
        if (index == CONV_ABSENT)
            return false;
        if (index == CONV_FILLED)
            filled = true;
        else
            offset += index * axis->signal_stride;
        if (axis->ends)
            weight *= conv_extend_weight(axis, index);
    }
    const conv_element_kernels *elements = problem->elements;
    if (filled)
        elements->fill(sample, 1, problem->fill);
    else
        memcpy(sample, (const char *)signal + offset * (ptrdiff_t)elements->size, elements->size);
    if (weight != 1)
        elements->scale(sample, 1, weight);
    return true;
}

/* The most samples beyond the ends of a row that are looked up once for all rows. */
#define MAX_OUTSIDE 32

typedef struct {
    const conv_problem *problem;
    const ptrdiff_t *origin;
    const size_t *extent;
    const ptrdiff_t *tile_stride;
    size_t size;
    /* A row's samples begin..end-1 lie inside the signal. With `mapped`, source_of has the byte
     * offsets of the others, those before and those after; CONV_ABSENT where there is none. */
    size_t begin, end;
    bool mapped;
    ptrdiff_t source_of[MAX_OUTSIDE];
} gather_box;

static void clear_box(const gather_box *box, int d, char *tile) {
    if (d == box->problem->rank - 1) {
        memset(tile, 0, box->extent[d] * box->size);
        return;
    }
    for (size_t t = 0; t < box->extent[d]; t++)
        clear_box(box, d + 1, tile + (ptrdiff_t)t * box->tile_stride[d] * (ptrdiff_t)box->size);
}

/* Samples in a row that X takes from j on: index, index + step, ... */
typedef struct {
    ptrdiff_t index, step;
    size_t length;
} source_run;

static source_run run_at(const conv_axis *axis, ptrdiff_t j) {
    ptrdiff_t n = (ptrdiff_t)axis->n, index = conv_extend_index(axis, j), k;
    source_run run = {index, 1, 1};
    switch (axis->extension) {
    case CONV_EXTEND_NEAREST:
        run.step = 0;
        run.length = j < 0 ? (size_t)-j : SIZE_MAX;
        break;
    case CONV_EXTEND_WRAP:
        run.length = (size_t)(n - index);
        break;
    case CONV_EXTEND_REFLECT:
        /* Ascending where j lies in an even copy of the signal, descending in an odd one. */
        k = (j % (2 * n) + 2 * n) % (2 * n);
        run.step = k < n ? 1 : -1;
        run.length = (size_t)(k < n ? n - k : 2 * n - k);
        break;
    case CONV_EXTEND_MIRROR:
        if (n == 1) {
            run.step = 0;
            run.length = SIZE_MAX;
            break;
        }
        k = (j % (2 * n - 2) + 2 * n - 2) % (2 * n - 2);
        run.step = k < n - 1 ? 1 : -1;
        run.length = (size_t)(k < n - 1 ? n - k : 2 * n - 2 - k);
        break;
    case CONV_EXTEND_PERIOD:
        k = (j % (ptrdiff_t)axis->period + (ptrdiff_t)axis->period) % (ptrdiff_t)axis->period;
        run.length = (size_t)(k < n ? n - k : (ptrdiff_t)axis->period - k);
        break;
    case CONV_EXTEND_ZERO:
    case CONV_EXTEND_CONSTANT:
        break;
    }
    return run;
}

/* Positions begin..end-1 of a row, all of them outside 0..n-1. */
static void gather_outside(const gather_box *box, const char *source, char *row, size_t begin,
                           size_t end) {
    const conv_axis *axis = &box->problem->axis[box->problem->rank - 1];
    const conv_element_kernels *elements = box->problem->elements;
    ptrdiff_t origin = box->origin[box->problem->rank - 1];
    if (begin >= end)
        return;
    if (axis->extension == CONV_EXTEND_ZERO) {
        memset(row + begin * box->size, 0, (end - begin) * box->size);
        return;
    }
    if (axis->extension == CONV_EXTEND_CONSTANT) {
        elements->fill(row + begin * box->size, end - begin, box->problem->fill);
        return;
    }
    for (size_t t = begin; t < end;) {
        source_run run = run_at(axis, origin + (ptrdiff_t)t);
        size_t count = conv_min(run.length, end - t);
        char *target = row + t * box->size;
        if (run.index == CONV_ABSENT)
            memset(target, 0, count * box->size);
        else
            conv_copy_row(target, 1,
                          source + run.index * axis->signal_stride * (ptrdiff_t)box->size,
                          run.step * axis->signal_stride, count, box->size);
        t += count;
    }
}

static void weigh_row(const gather_box *box, char *row, double weight) {
    int d = box->problem->rank - 1;
    const conv_axis *axis = &box->problem->axis[d];
    if (weight == 1 && axis->ends == 0)
        return;
    const conv_element_kernels *elements = box->problem->elements;
    ptrdiff_t origin = box->origin[d], end = origin + (ptrdiff_t)box->extent[d];
    if (weight != 1)
        elements->scale(row, box->extent[d], weight);
    for (int e = 0; e < 2 * axis->ends; e++) {
        ptrdiff_t index = e < axis->ends ? e : (ptrdiff_t)axis->n - 1 - (e - axis->ends);
        bool twice = e >= axis->ends && index < axis->ends; /* both ends reach it */
        if (index >= origin && index < end && index >= 0 && index < (ptrdiff_t)axis->n && !twice)
            elements->scale(row + (size_t)(index - origin) * box->size, 1,
                            conv_extend_weight(axis, index));
    }
}

/* Which of a row's samples lie inside, and where the few others come from: the same in every row.
 */
static void map_row(gather_box *box) {
    int d = box->problem->rank - 1;
    const conv_axis *axis = &box->problem->axis[d];
    ptrdiff_t origin = box->origin[d], n = (ptrdiff_t)axis->n;
    size_t extent = box->extent[d];
    box->begin = origin >= 0 ? 0 : conv_min((size_t)-origin, extent);
    box->end = conv_max(box->begin, origin >= n ? 0 : conv_min((size_t)(n - origin), extent));
    size_t outside = extent - (box->end - box->begin);
    box->mapped = outside <= MAX_OUTSIDE && axis->ends == 0 && axis->signal_stride == 1 &&
                  axis->extension != CONV_EXTEND_CONSTANT;
    if (!box->mapped)
        return;
    for (size_t i = 0; i < outside; i++) {
        size_t t = i < box->begin ? i : i - box->begin + box->end;
        ptrdiff_t index = conv_extend_index(axis, origin + (ptrdiff_t)t);
        box->source_of[i] = index == CONV_ABSENT ? index : index * (ptrdiff_t)box->size;
    }
}

static inline void copy_mapped(const gather_box *box, const char *source, char *row, size_t size) {
    size_t extent = box->extent[box->problem->rank - 1];
    for (size_t t = 0, i = 0; t < extent; t++, i++) {
        if (t == box->begin)
            t = box->end;
        if (t == extent)
            break;
        if (box->source_of[i] == CONV_ABSENT)
            memset(row + t * size, 0, size);
        else
            memcpy(row + t * size, source + box->source_of[i], size);
    }
}

/* gather_row where the row is mapped. Constant sizes make each copy one move. */
static void gather_mapped(const gather_box *box, const char *source, char *row) {
    size_t inside = (box->end - box->begin) * box->size;
    ptrdiff_t first = box->origin[box->problem->rank - 1] + (ptrdiff_t)box->begin;
    if (box->size == 4)
        copy_mapped(box, source, row, 4);
    else if (box->size == 8)
        copy_mapped(box, source, row, 8);
    else
        copy_mapped(box, source, row, 16);
    if (inside)
        memcpy(row + box->begin * box->size, source + first * (ptrdiff_t)box->size, inside);
}

/* source: sample 0 of this row's line of the signal; NULL: the row lies in the constant. */
static void gather_row(const gather_box *box, const char *source, char *row, double weight) {
    int d = box->problem->rank - 1;
    const conv_axis *axis = &box->problem->axis[d];
    ptrdiff_t origin = box->origin[d];
    size_t extent = box->extent[d], begin = box->begin, end = box->end;
    if (source && box->mapped && weight == 1) {
        gather_mapped(box, source, row);
        return;
    }
    if (!source) {
        box->problem->elements->fill(row, extent, box->problem->fill);
        for (size_t t = 0; t < extent && conv_extend_has_absent(axis); t++)
            if (conv_extend_index(axis, origin + (ptrdiff_t)t) == CONV_ABSENT)
                memset(row + t * box->size, 0, box->size);
    } else {
        gather_outside(box, source, row, 0, begin);
        if (begin < end)
            conv_copy_row(row + begin * box->size, 1,
                          source + (origin + (ptrdiff_t)begin) * axis->signal_stride *
                                       (ptrdiff_t)box->size,
                          axis->signal_stride, end - begin, box->size);
        gather_outside(box, source, row, end, extent);
    }
    weigh_row(box, row, weight);
}

static void gather_axis(const gather_box *box, int d, const char *source, char *tile,
                        double weight) {
    if (d == box->problem->rank - 1) {
        gather_row(box, source, tile, weight);
        return;
    }
    const conv_axis *axis = &box->problem->axis[d];
    for (size_t t = 0; t < box->extent[d]; t++) {
        ptrdiff_t index = conv_extend_index(axis, box->origin[d] + (ptrdiff_t)t);
        char *row = tile + (ptrdiff_t)t * box->tile_stride[d] * (ptrdiff_t)box->size;
        if (index == CONV_ABSENT) {
            clear_box(box, d + 1, row);
            continue;
        }
        const char *line = NULL;
        if (source && index != CONV_FILLED)
            line = source + index * axis->signal_stride * (ptrdiff_t)box->size;
        gather_axis(box, d + 1, line, row,
                    axis->ends ? weight * conv_extend_weight(axis, index) : weight);
    }
}

void conv_extend_gather(const conv_problem *problem, const void *signal, const ptrdiff_t *origin,
                        const size_t *extent, void *tile, const ptrdiff_t *tile_stride) {
    gather_box box;
    box.problem = problem;
    box.origin = origin;
    box.extent = extent;
    box.tile_stride = tile_stride;
    box.size = problem->elements->size;
    map_row(&box);
    gather_axis(&box, 0, signal, tile, 1);
}

/* The sum of the caller's samples at index + (any multiples of the periods). */
static void fold_sum(const conv_problem *problem, int d, const char *source, const size_t *index,
                     long double sum[2]) {
    const conv_fold *fold = &problem->fold;
    if (d == problem->rank) {
        problem->elements->add_sample(sum, source);
        return;
    }
    ptrdiff_t step = fold->stride[d] * (ptrdiff_t)problem->elements->size;
    for (size_t j = index[d]; j < fold->extent[d]; j += problem->axis[d].period)
        fold_sum(problem, d + 1, source + (ptrdiff_t)j * step, index, sum);
}

void conv_extend_fold(const conv_problem *problem, const void *signal, void *folded) {
    size_t index[CONV_MAX_RANK] = {0};
    char *target = folded;
    const conv_element_kernels *elements = problem->elements;
    for (size_t i = 0; i < problem->fold.samples; i++, target += elements->size) {
        long double sum[2] = {0, 0};
        fold_sum(problem, 0, signal, index, sum);
        elements->round_sum(sum, target);
        for (int d = problem->rank - 1; d >= 0 && ++index[d] == problem->axis[d].n; d--)
            index[d] = 0;
    }
}
