#include "methods/tile_shape.h"

#include <math.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "cost/costs.h"
#include "cost/fitted.h"
#include "methods/tile_wide.h"

void conv_tile_extents(const conv_problem *problem, size_t *extent) {
    for (int d = 0; d < problem->rank; d++)
        extent[d] = (problem->axis[d].count - 1) * problem->axis[d].step + 1;
}

const char *conv_tile_reject(const conv_problem *problem) {
    double computed = 1;
    for (int d = 0; d < problem->rank; d++)
        computed *= ((double)problem->axis[d].count - 1) * (double)problem->axis[d].step + 1;
    return computed > 4096 * (double)problem->outputs ? "a lattice with so wide a step" : NULL;
}

/* Under ZERO the signal ends, so neither outputs beyond its reach nor samples beyond it count. */
conv_axis_reach conv_tile_axis_reach(const conv_axis *axis, size_t begin, size_t count) {
    conv_axis_reach reach;
    ptrdiff_t n = (ptrdiff_t)axis->n, m = (ptrdiff_t)axis->m;
    reach.first = axis->start + (ptrdiff_t)begin;
    reach.last = reach.first + (ptrdiff_t)count - 1;
    reach.low = reach.first - (m - 1);
    reach.high = reach.last;
    if (axis->extension == CONV_EXTEND_ZERO) {
        reach.first = reach.first < 0 ? 0 : reach.first;
        reach.last = reach.last > n + m - 2 ? n + m - 2 : reach.last;
        reach.low = reach.low < 0 ? 0 : reach.low;
        reach.high = reach.high > n - 1 ? n - 1 : reach.high;
    }
    return reach;
}

/* Outputs first..last of a tile that begins at low must neither run over the end of the transform
 * nor meet what comes back to its beginning, the tile's last samples under the last taps. */
static size_t needed_length(const conv_axis *axis, const conv_axis_reach *reach) {
    if (reach->first > reach->last || reach->low > reach->high)
        return 1;
    size_t out = (size_t)(reach->last - reach->low) + 1;
    size_t back = (size_t)(reach->high - reach->first) + axis->m;
    return conv_max(out, back);
}

size_t conv_tile_length(const conv_tile_shape *shape) {
    size_t length = 1;
    for (int d = 0; d < shape->rank; d++)
        length *= shape->length[d];
    return length;
}

size_t conv_tile_reach(const conv_axis *axis, size_t outputs, bool whole_axis) {
    if (!whole_axis)
        return outputs + axis->m - 1;
    conv_axis_reach reach = conv_tile_axis_reach(axis, 0, outputs);
    return needed_length(axis, &reach);
}

/* Whether the first tile along an axis reads what is not plain samples; then so, about, do all of
 * the outermost ones. */
static bool has_edges(const conv_axis *axis) {
    return axis->extension != CONV_EXTEND_ZERO || axis->ends > 0;
}

/* The shares of an axis' length that a tile reads and that it writes. */
static void count_rows(const conv_problem *problem, const conv_tile_shape *shape, int d,
                       double *present, double *wanted) {
    const conv_axis *axis = &problem->axis[d];
    size_t length = shape->length[d], block = conv_min(shape->block[d], length);
    size_t read = conv_min(block + axis->m - 1, length);
    if (axis->extension == CONV_EXTEND_ZERO || shape->cyclic[d])
        read = conv_min(read, axis->n);
    *present = (double)read / (double)length;
    *wanted = (double)block / (double)length;
}

/* Nanoseconds of a volume's rows beside their transforms. Under taps of one plane a volume is
 * planes one after the other, and costs what they do. */
static double rows_cost(const conv_problem *problem, const conv_cost_tile *tile) {
    double bytes = 2 * (double)problem->outputs * (double)problem->elements->size;
    double far = (bytes - CONV_COST_ROWS_NEAR) / (CONV_COST_ROWS_FAR - CONV_COST_ROWS_NEAR);
    double read = 1, written = 1;
    bool planes = true;
    for (int d = 0; d < problem->rank - 2; d++)
        planes = planes && problem->axis[d].m == 1;
    if (planes)
        return 0;
    for (int d = 0; d < problem->rank - 1; d++) {
        read *= (double)tile->shape[d] * tile->present[d];
        written *= (double)tile->shape[d] * tile->wanted[d];
    }
    return CONV_COST_VOLUME_ROW * fmin(fmax(far, 0), 1) * (read + written);
}

double conv_tile_transform_cost(const conv_task *task, const conv_tile_shape *shape, bool by_bits) {
    const conv_problem *problem = task->problem;
    conv_cost_tile tile = {.backend = shape->backend, .shape = shape->length};
    for (int d = 0; d < problem->rank; d++)
        count_rows(problem, shape, d, &tile.present[d], &tile.wanted[d]);
    if (shape->summed)
        tile.taps = problem->axis[0].m;
    return conv_cost_tile_transform(task, &tile, by_bits) + rows_cost(problem, &tile);
}

void conv_tile_try_longer_lines(const conv_task *task, conv_tile_shape *shape) {
    const conv_problem *problem = task->problem;
    int last = problem->rank - 1;
    conv_tile_shape longer = *shape;
    size_t extent = shape->extent[last], length = shape->length[last];
    longer.length[last] = conv_transform_length(shape->backend, conv_task_compute(task), length + 1,
                                                conv_axis_kind_of(last, problem->rank));
    if (last == 0 || longer.length[last] == 0 || shape->cyclic[last])
        return;
    if (shape->block[last] < extent)
        longer.block[last] = conv_min(longer.length[last] - problem->axis[last].m + 1, extent);
    double blocks = ceil((double)extent / (double)shape->block[last]);
    double fewer = ceil((double)extent / (double)longer.block[last]);
    if (fewer * conv_tile_transform_cost(task, &longer, true) <
        blocks * conv_tile_transform_cost(task, shape, true))
        *shape = longer;
}

static double choice_cost(const conv_problem *problem) {
    return CONV_COST_SHAPE * problem->rank * problem->rank;
}

/* Memory that creation writes: taps as the plan has them and as the transform reads them, the tile
 * twice, as scratch, of which it writes the kernel's rows, and as spectrum, and tables of roots, of
 * a line as large as its data. FFTW's tables are small. */
static conv_cost prepare_cost(const conv_task *task, const conv_tile_shape *shape, double tile) {
    const conv_problem *problem = task->problem;
    double taps = (double)problem->taps * (double)problem->elements->tap_size;
    double size = (double)conv_dtype_size(conv_task_compute(task)), spectrum = tile * size;
    double rows = 1, choice = choice_cost(problem);
    double make = conv_cost_transform_make(task, shape->backend, shape->length);
    for (int d = 0; d < problem->rank - 1; d++) {
        double length = (double)shape->length[d];
        double share = fmin((double)problem->axis[d].m, length) / length;
        make *= 1 + CONV_COST_KERNEL_ROWS * share;
        rows *= share;
    }
    double fresh = conv_cost_new_memory(CONV_COST_TILE_BYTES) + 2 * conv_cost_new_memory(taps) +
                   (1 + rows) * conv_cost_new_memory(spectrum);
    if (problem->rank > 1)
        fresh += conv_cost_new_memory(fmin(CONV_COST_PANEL_BYTES, spectrum));
    if (shape->backend == CONV_BACKEND_RING)
        fresh += conv_cost_new_memory((double)shape->length[problem->rank - 1] * size);
    return (conv_cost){.prepare = 1e-9 * (choice + CONV_COST_TRANSFORMED_TAP * taps + make),
                       .fresh = 1e-9 * fresh};
}

conv_cost conv_tile_cost(const conv_task *task, const conv_tile_shape *shape, double blocks) {
    const conv_problem *problem = task->problem;
    double tile = 1, inner = 1, results = 0;
    double transform = conv_tile_transform_cost(task, shape, false);
    bool gathers = problem->axis[problem->rank - 1].signal_stride != 1;
    bool copies = problem->axis[problem->rank - 1].output_stride != 1;
    for (int d = 0; d < problem->rank; d++) {
        double along = ceil((double)shape->extent[d] / (double)shape->block[d]);
        tile *= (double)shape->length[d];
        inner *= has_edges(&problem->axis[d]) ? fmax(0, along - 2) : along;
        copies = copies || problem->axis[d].step != 1;
    }
    double gathered = gathers ? blocks : blocks - fmin(inner, blocks); /* tiles */
    if (copies)
        results = conv_cost_gather(problem, blocks * tile, 0);
    double bytes = 2 * (double)problem->outputs * (double)problem->elements->size;
    if (blocks > 1)
        results += CONV_COST_CACHED * bytes / 2;
    if (conv_task_compute(task) != problem->dtype)
        results += CONV_COST_WIDE * (blocks * tile + (double)problem->outputs) *
                   (conv_dtype_is_complex(problem->dtype) ? 2 : 1);
    if (bytes > CONV_COST_STREAM_BYTES)
        results += CONV_COST_STREAMED * bytes;
    double execute = blocks * (transform + CONV_COST_TILE_CALL * problem->rank) + results +
                     gathered * CONV_COST_TILE_GATHERED +
                     (gathered > 0 ? conv_cost_gather(problem, gathered * tile, 0) : 0);
    conv_cost cost = prepare_cost(task, shape, tile);
    cost.execute = 1e-9 * (50 + execute);
    return cost;
}

/* A convolution of a tile is two transforms; the kernel's is one, on one thread. */
void conv_tile_cost_late(const conv_task *task, const conv_tile_shape *shape, conv_cost *cost) {
    double seconds = 1e-9 * conv_tile_transform_cost(task, shape, false) / 2;
    cost->execute += seconds;
    cost->serial += seconds;
    cost->prepare -= fmin(cost->prepare, seconds);
}

void conv_tile_cost_chosen(const conv_task *task, conv_cost *cost) {
    cost->prepare -= fmin(cost->prepare, 1e-9 * choice_cost(task->problem));
}
