#include "methods/tile_wide.h"

#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "base/status.h"

bool conv_tile_wide_sizes(const conv_problem *problem, const conv_tile_shape *shape, size_t *in,
                          size_t *out) {
    *in = *out = conv_dtype_size(conv_dtype_wide(problem->dtype));
    for (int d = 0; d < problem->rank; d++)
        if (!conv_multiply(*in, shape->length[d], in) ||
            !conv_multiply(*out, conv_min(shape->block[d], shape->length[d]), out))
            return false;
    *in = conv_aligned_size(*in);
    *out = conv_aligned_size(*out);
    return true;
}

static void widen(double *to, const float *from, size_t count) {
    for (size_t i = 0; i < count; i++)
        to[i] = from[i];
}

static void narrow(float *to, const double *from, size_t count) {
    for (size_t i = 0; i < count; i++)
        to[i] = (float)from[i];
}

void conv_tile_wide_task(const conv_task *task, conv_problem *problem, conv_task *wide,
                         const void *memory) {
    *problem = *task->problem;
    conv_problem_widen(problem);
    *wide = (conv_task){problem, task->wishes, memory, task->finite_taps};
}

void conv_tile_wide_taps(const conv_task *task, void *memory) {
    size_t reals = conv_dtype_reals(task->problem->kernel_dtype);
    widen(memory, task->taps, task->problem->taps * reals);
}

void conv_tile_wide_in_place(void *reals, size_t count) {
    char *memory = reals;
    for (size_t i = count; i-- > 0;) {
        float narrow;
        memcpy(&narrow, memory + i * sizeof narrow, sizeof narrow);
        double wide = narrow;
        memcpy(memory + i * sizeof wide, &wide, sizeof wide);
    }
}

/* Rows of the box, each contiguous in both arrays. */
static void widen_box(int rank, size_t reals, int d, const size_t *extent, const float *from,
                      const ptrdiff_t *from_stride, double *to, const ptrdiff_t *to_stride) {
    if (d == rank - 1) {
        widen(to, from, extent[d] * reals);
        return;
    }
    for (size_t i = 0; i < extent[d]; i++)
        widen_box(rank, reals, d + 1, extent,
                  from + (ptrdiff_t)i * from_stride[d] * (ptrdiff_t)reals, from_stride,
                  to + (ptrdiff_t)i * to_stride[d] * (ptrdiff_t)reals, to_stride);
}

static void narrow_box(int rank, size_t reals, int d, const size_t *extent, const double *from,
                       const ptrdiff_t *from_stride, float *to, const ptrdiff_t *to_stride) {
    if (d == rank - 1) {
        narrow(to, from, extent[d] * reals);
        return;
    }
    for (size_t i = 0; i < extent[d]; i++)
        narrow_box(rank, reals, d + 1, extent,
                   from + (ptrdiff_t)i * from_stride[d] * (ptrdiff_t)reals, from_stride,
                   to + (ptrdiff_t)i * to_stride[d] * (ptrdiff_t)reals, to_stride);
}

void conv_tile_wide_convolve(const conv_tile_transform *tile, const conv_problem *problem,
                             const conv_tile *io, double *in, double *out, void *scratch,
                             int threads) {
    int rank = problem->rank;
    size_t reals = conv_dtype_reals(problem->dtype);
    conv_tile wide = *io;
    wide.in = in;
    wide.out = out;
    conv_contiguous_strides(rank, io->in_extent, wide.in_stride);
    conv_contiguous_strides(rank, io->out_count, wide.out_stride);
    widen_box(rank, reals, 0, io->in_extent, io->in, io->in_stride, in, wide.in_stride);
    conv_transform_convolve(tile->transform, &wide, tile->spectrum, scratch, threads);
    narrow_box(rank, reals, 0, io->out_count, out, wide.out_stride, io->out, io->out_stride);
}
