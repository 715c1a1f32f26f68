#include "methods/direct_tiles.h"

#include <math.h>

#include "base/memory.h"
#include "methods/direct_exchange.h"
#include "methods/direct_run.h"
#include "methods/rounding.h"

/* A gathered line stays in the first-level cache, with room for the outputs; a gathered plane,
 * whose halo is the larger the narrower it is, in the second-level one. */
#define LINE_BYTES ((size_t)32 << 10)
#define PLANE_BYTES ((size_t)256 << 10)
/* Volumes have a halo on every side; rows of theirs that are shortened leave the loops few vectors,
 * planes and rows that are left out only their halo: the last axis counts less. */
#define VOLUME_BYTES ((size_t)384 << 10)
#define VOLUME_ROWS 0.25

size_t conv_direct_box(const conv_problem *problem, const size_t *tile, const size_t *chunk) {
    size_t samples = 1;
    for (int d = 0; d < problem->rank; d++) {
        size_t extent = (tile[d] - 1) * problem->axis[d].step + chunk[d];
        if (!conv_multiply(samples, extent, &samples))
            return SIZE_MAX;
    }
    return samples;
}

void conv_direct_tiles(const conv_problem *problem, size_t room, size_t *tile, size_t *chunk) {
    size_t bytes = problem->rank == 1   ? LINE_BYTES
                   : problem->rank == 2 ? PLANE_BYTES
                                        : VOLUME_BYTES;
    /* A gathered tile, the outputs under it, and a cache line of rounding for each. */
    if (room < 2 * bytes + 3 * CONV_ALIGNMENT)
        bytes = room > 3 * CONV_ALIGNMENT ? (room - 3 * CONV_ALIGNMENT) / 2 : 0;
    size_t limit = conv_max(bytes / problem->elements->size, 1);
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        chunk[d] = conv_min(axis->m, 4096);
        tile[d] = conv_min(axis->count, 4096);
        if (axis->m > axis->n && axis->extension == CONV_EXTEND_ZERO) {
            chunk[d] = conv_min(axis->m, conv_max(axis->n, 64));
            tile[d] = conv_min(axis->count, conv_max(axis->n, 256));
        }
    }
    while (conv_direct_box(problem, tile, chunk) > limit) {
        double longest = 0;
        size_t *halve = &chunk[0];
        for (int d = 0; d < problem->rank; d++) {
            double reach = (double)(tile[d] - 1) * (double)problem->axis[d].step;
            if (problem->rank > 2 && d == problem->rank - 1)
                reach *= VOLUME_ROWS;
            if (reach > longest) {
                longest = reach;
                halve = &tile[d];
            }
            if ((double)(chunk[d] - 1) > longest) {
                longest = (double)(chunk[d] - 1);
                halve = &chunk[d];
            }
        }
        *halve = (*halve + 1) / 2;
    }
}

/* The sum over a box of taps, as slide of direct_run.c has it. */
static double box_roundings(const conv_problem *problem, const size_t *taps) {
    int last = problem->rank - 1;
    double cols = (double)taps[last], sum = conv_bounds_line(cols), parts = 1;
    if (last > 0) {
        const conv_axis *axis = &problem->axis[last], *above = &problem->axis[last - 1];
        double rows = (double)taps[last - 1];
        bool whole = axis->step == 1 && above->step == 1 && (taps[last] == axis->m || rows == 1);
        sum = whole ? conv_bounds_plane(rows, cols) : sum + rows - 1;
    }
    bool together = last > 1 && conv_direct_takes_planes(problem, taps);
    if (together)
        sum = (double)(taps[last] * taps[last - 1] * taps[last - 2]);
    for (int d = 0; d < (together ? last - 2 : last - 1); d++)
        parts *= (double)taps[d];
    return sum + parts - 1;
}

/* Chunks whose sums are not 0: of an output's taps only as many meet a sample as there are. */
static double chunks_met(const conv_axis *axis, size_t chunk) {
    double chunks = ceil((double)axis->m / (double)chunk);
    if (axis->extension != CONV_EXTEND_ZERO)
        return chunks;
    return fmin(chunks, ceil((double)(axis->n - 1) / (double)chunk) + 1);
}

static double roundings_of(const conv_problem *problem, size_t room) {
    size_t tile[CONV_MAX_RANK], chunk[CONV_MAX_RANK], whole[CONV_MAX_RANK];
    double chunks = 1;
    conv_direct_tiles(problem, room, tile, chunk);
    for (int d = 0; d < problem->rank; d++) {
        whole[d] = problem->axis[d].m;
        chunks *= chunks_met(&problem->axis[d], chunk[d]);
    }
    double inside = box_roundings(problem, whole);
    double edges = box_roundings(problem, chunk) + chunks - 1;
    return fmin(fmax(inside, edges), (double)problem->taps);
}

double conv_direct_roundings(const conv_problem *problem, size_t room) {
    conv_problem exchanged;
    double roundings = roundings_of(problem, room);
    if (!conv_direct_exchanges(problem))
        return roundings;
    conv_direct_exchange(problem, &exchanged);
    return fmax(roundings, roundings_of(&exchanged, room));
}
