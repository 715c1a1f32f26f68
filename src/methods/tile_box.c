#include "methods/tile_box.h"

#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "problem/extend.h"

bool conv_tile_box_place(conv_tile_box *run, const size_t *first, const size_t *count) {
    const conv_problem *problem = run->task->problem;
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        if (run->tile->shape.cyclic[d]) {
            run->origin[d] = axis->start + (ptrdiff_t)first[d];
            run->begin[d] = first[d];
            run->io.in_extent[d] = run->tile->shape.length[d];
            if (run->origin[d] == 0 && axis->n < run->io.in_extent[d])
                run->io.in_extent[d] = axis->n;
            run->io.out_first[d] = 0;
            run->io.out_count[d] = count[d];
            continue;
        }
        conv_axis_reach reach = conv_tile_axis_reach(axis, first[d], count[d]);
        if (reach.first > reach.last || reach.low > reach.high)
            return false;
        run->origin[d] = reach.low;
        run->begin[d] = (size_t)(reach.first - axis->start);
        run->io.in_extent[d] = (size_t)(reach.high - reach.low) + 1;
        run->io.out_first[d] = (size_t)(reach.first - reach.low);
        run->io.out_count[d] = (size_t)(reach.last - reach.first) + 1;
    }
    return true;
}

bool conv_tile_box_is_plain(const conv_tile_box *run) {
    const conv_problem *problem = run->task->problem;
    if (problem->axis[problem->rank - 1].signal_stride != 1)
        return false;
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        if (run->origin[d] < axis->ends ||
            run->origin[d] + (ptrdiff_t)run->io.in_extent[d] > (ptrdiff_t)axis->n - axis->ends)
            return false;
    }
    return true;
}

/* Slices begin..end-1 of the tile along its first axis. */
static void gather_slices(void *context, size_t begin, size_t end, int thread) {
    const conv_tile_box *run = context;
    const conv_problem *problem = run->task->problem;
    ptrdiff_t origin[CONV_MAX_RANK], slice = run->io.in_stride[0];
    size_t extent[CONV_MAX_RANK];
    (void)thread;
    memcpy(origin, run->origin, sizeof origin);
    memcpy(extent, run->io.in_extent, sizeof extent);
    origin[0] += (ptrdiff_t)begin;
    extent[0] = end - begin;
    conv_extend_gather(problem, run->signal, origin, extent,
                       run->gathered +
                           (ptrdiff_t)begin * slice * (ptrdiff_t)problem->elements->size,
                       run->io.in_stride);
}

void conv_tile_box_gather(conv_tile_box *run) {
    conv_contiguous_strides(run->task->problem->rank, run->io.in_extent, run->io.in_stride);
    conv_parallel_for(run->io.in_extent[0], run->threads, gather_slices, run);
    run->io.in = run->gathered;
    run->io.ends = 0;
}

/* Whether the tile is the whole of a line, of which only the end samples are weighted. Then the
 * transform takes those from a copy, which costs less than a copy of all. */
static bool is_whole_line(const conv_tile_box *run) {
    const conv_problem *problem = run->task->problem;
    const conv_axis *axis = &problem->axis[0];
    return problem->rank == 1 && axis->signal_stride == 1 && !run->tile->wide &&
           conv_backend_takes_ends(run->tile->shape.backend) && run->origin[0] == 0 &&
           run->io.in_extent[0] == axis->n && axis->n >= 2 * (size_t)axis->ends;
}

static void gather_ends(conv_tile_box *run) {
    const conv_problem *problem = run->task->problem;
    size_t ends = (size_t)problem->axis[0].ends;
    ptrdiff_t first = 0, last = (ptrdiff_t)(problem->axis[0].n - ends), stride = 1;
    conv_extend_gather(problem, run->signal, &first, &ends, run->gathered, &stride);
    conv_extend_gather(problem, run->signal, &last, &ends,
                       run->gathered + ends * problem->elements->size, &stride);
    run->io.ends = ends;
    run->io.end_elements = run->gathered;
    run->io.in_stride[0] = 1;
    run->io.in = run->signal;
}

void conv_tile_box_load(conv_tile_box *run) {
    const conv_problem *problem = run->task->problem;
    ptrdiff_t offset = 0;
    if (!conv_tile_box_is_plain(run) && is_whole_line(run)) {
        gather_ends(run);
        return;
    }
    if (!conv_tile_box_is_plain(run)) {
        conv_tile_box_gather(run);
        return;
    }
    for (int d = 0; d < problem->rank; d++) {
        run->io.in_stride[d] = problem->axis[d].signal_stride;
        offset += run->origin[d] * run->io.in_stride[d];
    }
    run->io.in = run->signal + offset * (ptrdiff_t)problem->elements->size;
}

void conv_tile_box_aim(conv_tile_box *run) {
    const conv_problem *problem = run->task->problem;
    ptrdiff_t offset = 0;
    if (run->tile->copies_result) {
        conv_contiguous_strides(problem->rank, run->io.out_count, run->io.out_stride);
        run->io.out = run->result;
        return;
    }
    for (int d = 0; d < problem->rank; d++) {
        run->io.out_stride[d] = problem->axis[d].output_stride;
        offset += (ptrdiff_t)run->begin[d] * run->io.out_stride[d];
    }
    run->io.out = run->output + offset * (ptrdiff_t)problem->elements->size;
}
