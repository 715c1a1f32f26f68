#include "plan/halves.h"

#include <math.h>
#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "methods/rounding.h"
#include "plan/bound.h"
#include "problem/extend.h"
#include "problem/regions.h"

/* Below this a step of the products' grid is no normal number any more. */
#define SMALLEST_GRID 0x1p-960

typedef struct {
    conv_node node;
    conv_task task;
    conv_wishes wishes;
    conv_halves_part part;
    conv_tap_set *high, *low;
    double tap_grid;
    size_t samples_bytes, results_bytes; /* of one array */
} halves;

enum { HIGH_TAPS, LOW_TAPS, ALL_TAPS };

bool conv_halves_part_make(conv_halves_part *part, const conv_problem *problem) {
    size_t bytes = problem->elements->size, results = bytes, given = 1;
    ptrdiff_t stride = 1;
    *part = (conv_halves_part){.problem = *problem, .samples = 1};
    bool fits = conv_multiply(results, 2 * problem->outputs, &results);
    for (int d = problem->rank - 1; d >= 0; d--) {
        conv_axis *axis = &part->problem.axis[d];
        part->extent[d] = axis->n;
        given *= axis->n;
        if (axis->extension == CONV_EXTEND_CONSTANT) {
            /* The constant has two halves as well: it becomes samples. */
            part->origin[d] = axis->start - (ptrdiff_t)(axis->m - 1);
            part->extent[d] = axis->n = (axis->count - 1) * axis->step + axis->m;
            axis->start = (ptrdiff_t)axis->m - 1;
            axis->extension = CONV_EXTEND_ZERO;
        }
        axis->ends = 0; /* the samples have their weights */
        axis->signal_stride = stride;
        fits = fits && conv_multiply(bytes, part->extent[d], &bytes) && bytes < CONV_MAX_BYTES / 4;
        if (!fits)
            return false;
        stride *= (ptrdiff_t)part->extent[d];
        part->samples *= part->extent[d];
    }
    part->problem.batch = 1;
    /* A lattice with wide steps would make far more samples than there are. */
    return part->samples / 16 <= given + problem->taps + problem->outputs;
}

size_t conv_halves_bytes(const conv_halves_part *part) {
    size_t size = part->problem.elements->size;
    return 2 * conv_aligned_size(part->samples * size) +
           2 * conv_aligned_size(part->problem.outputs * size);
}

/* Multiples of the grid, a power of two; low: the rest, which is exact. NaN and Inf are all rest.
 */
static void split(const double *from, size_t count, double grid, double *high, double *low) {
    double up = 1 / grid;
    for (size_t i = 0; i < count; i++) {
        double x = from[i], multiple = isfinite(x) ? rint(x * up) * grid : 0;
        high[i] = multiple;
        low[i] = x - multiple;
    }
}

/* The grid of the taps, and the two halves of them. */
static double split_taps(const conv_problem *problem, const void *taps, void *high, void *low) {
    /* Half of the bits for which the products' sum, of sqrt(samples * taps) at most, is known to
     * less than half a step. What the samples get is what these leave. */
    double units = conv_bounds_transform(problem->dtype, 0x1p64, false) * conv_unit(problem->dtype);
    double terms = (double)problem->taps;
    for (int d = 0; d < problem->rank; d++)
        terms *= (double)(problem->axis[d].n + problem->axis[d].m);
    double bits = floor(log2(0.25 / (units * sqrt(terms))) / 2);
    int exponent = 0;
    size_t reals = problem->taps * conv_dtype_reals(problem->kernel_dtype);
    frexp(problem->elements->largest_tap(taps, problem->taps), &exponent);
    double grid = ldexp(1, exponent - (int)fmax(bits, 2));
    split(taps, reals, grid, high, low);
    return grid;
}

/* ---- running ---- */

typedef struct {
    double *high, *low; /* samples */
    char *result[2], *rest;
} room;

static room lay_out(const halves *h, char *workspace) {
    room r;
    r.high = (double *)(void *)workspace;
    r.low = (double *)(void *)(workspace + h->samples_bytes);
    r.result[0] = workspace + 2 * h->samples_bytes;
    r.result[1] = r.result[0] + h->results_bytes;
    r.rest = r.result[1] + h->results_bytes;
    return r;
}

/* The samples' halves; the step of the products' grid, 0 where there is none that x0 * h0 could be
 * rounded to. The bound of the gathered samples is that of the multiples to 1/2 per cent: those of
 * less than 7 bits are refused. */
static double split_samples(const halves *h, const char *signal, room *r) {
    const conv_problem *problem = &h->node.problem;
    const conv_node *high = h->node.child[HIGH_TAPS];
    ptrdiff_t stride[CONV_MAX_RANK];
    int exponent;
    conv_contiguous_strides(problem->rank, h->part.extent, stride);
    conv_extend_gather(problem, signal, h->part.origin, h->part.extent, r->low, stride);
    conv_magnitudes samples;
    size_t count = h->part.samples;
    ptrdiff_t one = 1;
    conv_measure(problem->elements, 1, &count, &one, r->low, &samples);
    conv_error error = conv_node_error(high, (const char *)r->low, r->rest, false);
    double off =
        error.absolute + error.relative * conv_bounds_largest(high->task, (const char *)r->low);
    double grid = 0;
    if (isfinite(off) && off > 0 && samples.largest > 0) {
        frexp(2.5 * off / h->tap_grid, &exponent);
        grid = ldexp(1, exponent);
    }
    bool fits = grid > 0 && samples.largest > 0x1p7 * grid && isfinite(1 / grid) &&
                grid * h->tap_grid > SMALLEST_GRID;
    size_t reals = count * conv_dtype_reals(problem->dtype);
    if (fits) {
        split(r->low, reals, grid, r->high, r->low);
        return grid * h->tap_grid;
    }
    memset(r->high, 0, reals * sizeof *r->high); /* all is rest */
    return 0;
}

static conv_error error_of(const halves *h, const room *r, double grid) {
    const char *high = (const char *)r->high, *low = (const char *)r->low;
    conv_error a = conv_node_error(h->node.child[LOW_TAPS], high, r->rest, false);
    conv_error b = conv_node_error(h->node.child[ALL_TAPS], low, r->rest, false);
    double unit = conv_unit(h->node.problem.dtype);
    /* Their outputs are small: a rounding each, and one of the sum of both. */
    double small =
        (a.relative + 2 * unit) * conv_bounds_largest(h->node.child[LOW_TAPS]->task, high);
    small += (b.relative + 2 * unit) * conv_bounds_largest(h->node.child[ALL_TAPS]->task, low);
    double all = small + a.absolute + b.absolute;
    /* Without a grid the low taps meet nothing and the high ones neither. */
    return (conv_error){all, all > 0 || grid > 0 ? unit * (1 + 4 * unit) : 0};
}

static conv_error error(const conv_node *node, const char *signal, char *workspace, bool proved) {
    const halves *h = (const halves *)node;
    room r = lay_out(h, workspace);
    double grid = split_samples(h, signal, &r);
    conv_error known = error_of(h, &r, grid);
    double roundings = conv_bound_input_roundings(&node->problem, proved);
    known.absolute += conv_bound_roundings(&h->task, roundings, signal);
    return known;
}

static void add_results(const double *from, size_t reals, double grid, double *to) {
    double up = 1 / grid;
    for (size_t i = 0; i < reals; i++)
        to[i] = rint(from[i] * up) * grid + to[i];
}

static void run(const conv_node *node, const char *signal, char *output, char *workspace,
                double *bound) {
    const halves *h = (const halves *)node;
    const conv_problem *part = &h->part.problem;
    size_t reals = part->outputs * conv_dtype_reals(part->dtype);
    room r = lay_out(h, workspace);
    double grid = split_samples(h, signal, &r);
    conv_node_run(node->child[ALL_TAPS], (const char *)r.low, r.result[0], r.rest, NULL);
    if (grid > 0) {
        double *sum = (double *)(void *)r.result[0];
        conv_node_run(node->child[LOW_TAPS], (const char *)r.high, r.result[1], r.rest, NULL);
        part->elements->add(sum, 1, r.result[1], part->outputs);
        conv_node_run(node->child[HIGH_TAPS], (const char *)r.high, r.result[1], r.rest, NULL);
        add_results((const double *)(void *)r.result[1], reals, grid, sum);
    }
    ptrdiff_t stride[CONV_MAX_RANK];
    size_t count[CONV_MAX_RANK] = {0};
    for (int d = 0; d < part->rank; d++)
        count[d] = part->axis[d].count;
    conv_contiguous_strides(part->rank, count, stride);
    conv_copy_results(&node->problem, count, r.result[0], stride, output);
    if (bound)
        *bound = conv_bound_of(node, signal, output, workspace);
}

static void describe(const conv_node *node, conv_text *text, int depth) {
    conv_text_indent(text, depth);
    conv_text_append(text,
                     "%.3g us, preparing %.3g us: samples and taps in two halves, of which the "
                     "larger ones' sum is exact\n",
                     1e6 * node->seconds, 1e6 * node->preparing);
}

static void complete(conv_node *node) {
    halves *h = (halves *)node;
    if (h->wishes.waits)
        h->tap_grid = split_taps(&node->problem, h->task.taps, h->high->taps, h->low->taps);
}

static const conv_node_kind kind = {
    .run = run, .error = error, .describe = describe, .complete = complete};

conv_status conv_halves_make(conv_node **made, const conv_problem *problem,
                             const conv_wishes *wishes, const conv_tap_set *taps,
                             const conv_halves_part *part, conv_tap_set *high, conv_tap_set *low) {
    conv_node *node = conv_node_make(&kind, sizeof(halves), problem, 3);
    halves *h = (halves *)node;
    *made = node;
    if (!node)
        return CONV_ERR_MEMORY;
    h->wishes = *wishes;
    h->task = (conv_task){&node->problem, &h->wishes, taps->taps, taps->finite};
    node->task = &h->task;
    h->part = *part;
    h->high = high;
    h->low = low;
    high->finite = low->finite = true;
    if (!wishes->waits)
        h->tap_grid = split_taps(problem, taps->taps, high->taps, low->taps);
    h->samples_bytes = conv_aligned_size(part->samples * problem->elements->size);
    h->results_bytes = conv_aligned_size(problem->outputs * problem->elements->size);
    node->bytes = conv_halves_bytes(part);
    node->threads = 1;
    /* Passes over samples and outputs: about 2 ns each. */
    node->seconds = 2e-9 * (double)(part->samples + problem->outputs);
    return CONV_OK;
}

void conv_halves_add(conv_node *node, conv_node *child) {
    halves *h = (halves *)node;
    conv_node_adopt(node, child);
    node->task = &h->task;
    node->seconds += child->seconds;
    node->threads = child->threads > node->threads ? child->threads : node->threads;
    node->bytes = conv_max(node->bytes, conv_halves_bytes(&h->part) + child->bytes);
}
