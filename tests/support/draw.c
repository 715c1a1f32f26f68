/* draw.c - random descriptions. */
#include "draw.h"

#include "data.h"
#include "oracle.h"

/* Of the description that is being drawn. */
static uint64_t stream;

static size_t between(size_t least, size_t most) {
    return least + next_below(&stream, most - least + 1);
}

/* An extent up to `most`: small ones, powers of two and their neighbours, primes, anything. */
static size_t draw_extent(size_t most) {
    static const size_t primes[] = {2,   3,   5,    7,    11,   13,   31,    61,    127,
                                    251, 509, 1021, 2039, 4093, 8191, 16381, 32749, 65521};
    size_t extent = between(1, most);
    switch (between(0, 4)) {
    case 0:
        extent = between(1, most < 12 ? most : 12);
        break;
    case 1:
        extent = ((size_t)1 << between(0, 16)) + between(0, 2) - 1;
        break;
    case 2:
        extent = primes[between(0, sizeof primes / sizeof primes[0] - 1)];
        break;
    default:
        break;
    }
    return extent < 1 ? 1 : extent > most ? most : extent;
}

static void draw_lattice(problem *p, int d) {
    conv_desc *const desc = &p->desc;
    const size_t n = desc->signal_shape[d];
    const size_t m = desc->kernel_shape[d];
    desc->boundary[d] = (conv_boundary)between(0, 5);
    desc->origin[d] = 0;
    if (desc->mode == CONV_SAME && between(0, 2) == 0) {
        desc->origin[d] = (ptrdiff_t)between(0, 2 * m) - (ptrdiff_t)m;
    }
    if (desc->mode == CONV_CIRCULAR) {
        desc->boundary[d] = between(0, 1) == 0 ? CONV_ZERO : CONV_WRAP;
        desc->period[d] = between(0, 2) == 0 ? 0 : between(1, n + m + 3);
    }
    if (desc->mode == CONV_WINDOW) {
        desc->window_start[d] = (ptrdiff_t)between(0, n + 2 * m) - (ptrdiff_t)m;
        desc->window_count[d] = between(1, n + 2);
        desc->window_step[d] = between(0, 1) == 0 ? 1 : between(1, 5);
    }
}

/* Axes in a random order, with gaps and random signs; now and then the batch innermost. */
static void draw_strides(int rank, const size_t *shape, size_t batch, ptrdiff_t *stride,
                         ptrdiff_t *batch_stride) {
    int order[CONV_MAX_RANK];
    const bool batch_inside = batch > 1 && between(0, 3) == 0;
    ptrdiff_t step = (ptrdiff_t)between(1, 2);
    for (int d = 0; d < rank; d++) {
        order[d] = d;
    }
    for (int d = rank - 1; d > 0; d--) {
        const size_t other = between(0, (size_t)d);
        const int keep = order[d];
        order[d] = order[other];
        order[other] = keep;
    }
    if (batch_inside) {
        *batch_stride = step;
        step *= (ptrdiff_t)batch;
    }
    for (int i = 0; i < rank; i++) {
        const int d = order[i];
        stride[d] = between(0, 2) == 0 ? -step : step;
        step *= (ptrdiff_t)shape[d];
        step += (ptrdiff_t)between(0, 3);
    }
    if (!batch_inside) {
        *batch_stride = between(0, 2) == 0 ? -step : step;
    }
}

static double volume(int rank, const size_t *shape) {
    double all = 1.0;
    for (int d = 0; d < rank; d++) {
        all *= (double)shape[d];
    }
    return all;
}

/* One try; false where it is larger than the limits. */
static bool draw_once(problem *p, const draw_limits *limit) {
    size_t n[CONV_MAX_RANK];
    size_t m[CONV_MAX_RANK];
    size_t shape[CONV_MAX_RANK];
    const int rank = (int)between((size_t)limit->least_rank, (size_t)limit->most_rank);
    static const size_t most[] = {0, 100000, 400, 50, 14, 9};
    for (int d = 0; d < rank; d++) {
        n[d] = draw_extent(most[rank]);
        m[d] = draw_extent(between(0, 3) == 0 ? most[rank] : most[rank] / 5 + 1);
    }
    const size_t pair = between(0, TYPE_PAIRS - 1);
    problem_init(p, type_pairs[pair][0], type_pairs[pair][1], rank, n, m, (conv_mode)between(0, 5));
    p->seed = between(1, 1000000);
    p->data = (data_kind)between(0, DATA_KINDS - 1);
    p->desc.operation = (conv_operation)between(0, 1);
    p->desc.preset = (conv_preset)between(0, 6);
    p->desc.rule = between(0, 2) == 0 ? CONV_RULE_TRAPEZOID : CONV_RULE_SUM;
    p->desc.boundary_value[0] = (double)between(0, 6) - 3.0;
    p->desc.boundary_value[1] = (double)between(0, 6) - 3.0;
    p->desc.batch = between(0, 2) == 0 ? between(2, 4) : 1;
    for (int d = 0; d < rank; d++) {
        p->desc.spacing[d] = 0.1 * (double)between(1, 30);
        draw_lattice(p, d);
    }
    if (!oracle_shape(&p->desc, shape)) {
        return false;
    }
    p->signal_align = between(0, 3);
    p->kernel_align = between(0, 3);
    p->output_align = between(0, 3);
    if (limit->strides || between(0, 3) == 0) {
        draw_strides(rank, n, p->desc.batch, p->desc.signal_stride, &p->desc.signal_batch_stride);
        draw_strides(rank, shape, p->desc.batch, p->desc.output_stride,
                     &p->desc.output_batch_stride);
    }
    p->desc.threads = (int)between(0, 3);
    const double outputs = volume(rank, shape) * (double)p->desc.batch;
    const double samples = volume(rank, n) * (double)p->desc.batch;
    return outputs <= limit->outputs && samples <= 2.0 * limit->outputs &&
           outputs * volume(rank, m) <= limit->work;
}

void draw_problem(problem *p, const draw_limits *limit, uint64_t *state) {
    stream = *state;
    while (!draw_once(p, limit)) {
    }
    *state = stream;
}
