/* Which tiles a layer's transforms have. */
#include <math.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "layer/layer_spectra.h"

/* The most channels of a group whose spectra are kept. */
enum { MOST_CHANNELS = 1024 };

/* Nanoseconds a sample of a transform of planes in f32 with AVX-512, there and back, and of a
 * product of spectra. From calibrated.c: there and back with one product take 0.75 to 1.1. */
#define ONE_WAY 0.35
#define PRODUCT 0.1
#define MOVED_SAMPLE 0.2

/* Spectra that leave the cache cost more. */
static double by_cache(double bytes) {
    return bytes > 4e6 ? 1.6 : bytes > 6e5 ? 1.25 : 1;
}

static double by_type(const conv_layer_job *job, int rank) {
    static const double level[] = {
        [CONV_LEVEL_BASELINE] = 2.6, [CONV_LEVEL_V3] = 1.6, [CONV_LEVEL_V4] = 1};
    return level[job->level] * (job->shape->dtype == CONV_F64 ? 2 : 1) * (rank == 1 ? 0.5 : 1);
}

/* What an axis is before its tiles are known; a reason where it cannot be. */
static const char *read_axis(conv_layer_spectra_axis *axis, const conv_layer_job *job, int d) {
    const conv_layer_shape *shape = job->shape;
    if (shape->stride[d] != 1)
        return "a stride: outputs between would be computed for nothing";
    size_t n = (job->sum == CONV_LAYER_SCATTER ? &shape->narrow : &shape->wide)->extent[d];
    size_t outputs = (job->sum == CONV_LAYER_SCATTER ? &shape->wide : &shape->narrow)->extent[d];
    axis->reach = (shape->kernel[d] - 1) * shape->dilation[d] + 1;
    axis->transformed = axis->reach > 1;
    axis->shift = job->sum == CONV_LAYER_GATHER    ? (ptrdiff_t)axis->reach - 1 - shape->before[d]
                  : job->sum == CONV_LAYER_SCATTER ? shape->before[d]
                                                   : -shape->before[d];
    if (job->sum != CONV_LAYER_PRODUCTS &&
        (axis->shift < 0 || (size_t)axis->shift + outputs > n + axis->reach - 1))
        return "outputs that no sample reaches";
    return NULL;
}

static size_t total_of(const conv_layer_job *job, int d) {
    return (job->sum == CONV_LAYER_SCATTER ? &job->shape->wide : &job->shape->narrow)->extent[d];
}

/* The last axis that is transformed is the transform's last. */
static bool is_last(const conv_layer_spectra_plan *plan, int d) {
    for (int e = d + 1; e < CONV_LAYER_AXES; e++)
        if (plan->axis[e].transformed)
            return false;
    return true;
}

/* Tiles along an axis: 1, 2, 3, 4, 6, 8, 12, 16, ... */
static size_t tiles_of(int choice) {
    return choice == 0 ? 1 : (choice % 2 ? (size_t)2 : (size_t)3) << ((choice - 1) / 2);
}

/* How many choices an axis has: fewer where there are more axes. */
static int choices_of(const conv_layer_spectra_plan *plan) {
    return plan->rank == 1 ? 40 : plan->rank == 2 ? 16 : 6;
}

/* As few samples as so many tiles allow; a tile has at least half as many outputs as the kernel's
 * reach is long. */
static bool set_tiles(conv_layer_spectra_plan *plan, const conv_layer_job *job, int d, int choice) {
    conv_layer_spectra_axis *axis = &plan->axis[d];
    size_t total = total_of(job, d), tiles = tiles_of(choice);
    if (!axis->transformed) {
        axis->length = axis->count = 1;
        axis->tiles = total;
        return choice == 0;
    }
    size_t count = (total + tiles - 1) / tiles;
    if (choice > 0 && (tiles > total || count < axis->reach / 2))
        return false;
    axis->length = conv_transform_length(CONV_BACKEND_RING, job->shape->dtype,
                                         count + axis->reach - 1, is_last(plan, d));
    if (axis->length == 0)
        return false;
    axis->count = conv_min(axis->length - axis->reach + 1, total);
    axis->tiles = (total + axis->count - 1) / axis->count;
    return true;
}

static double seconds_of(const conv_layer_spectra_plan *plan, const conv_layer_job *job,
                         double points, double tiles) {
    const conv_layer_shape *shape = job->shape;
    double in = (double)shape->wide_channels, out = (double)shape->narrow_channels;
    double sample = by_type(job, plan->rank) * by_cache(points * (double)shape->size);
    double one_way = ONE_WAY * sample, product = PRODUCT * sample;
    double every = (double)shape->batch * (double)shape->groups * tiles * points;
    double once = (double)shape->groups * points * in * out;
    double forth = in + out;
    if (job->sum == CONV_LAYER_PRODUCTS) { /* again for every block of the other side's channels */
        forth = in * ceil(out / CONV_LAYER_PAIR_BLOCK) + out * ceil(in / CONV_LAYER_PAIR_BLOCK);
    }
    double moved = MOVED_SAMPLE * forth;
    return 1e-9 * (every * (one_way * forth + product * in * out + moved) + once * one_way);
}

/* Goes through the choices of axes d and up; keeps the best in *best. */
static void try_axes(conv_layer_spectra_plan *plan, const conv_layer_job *job, int d, double points,
                     double tiles, conv_layer_spectra_plan *best) {
    if (d == CONV_LAYER_AXES) {
        plan->seconds = seconds_of(plan, job, points, tiles);
        if (plan->seconds < best->seconds)
            *best = *plan;
        return;
    }
    for (int choice = 0; choice < choices_of(plan); choice++)
        if (set_tiles(plan, job, d, choice))
            try_axes(plan, job, d + 1, points * (double)plan->axis[d].length,
                     tiles * (double)plan->axis[d].tiles, best);
}

const char *conv_layer_spectra_plan_make(conv_layer_spectra_plan *plan, const conv_layer_job *job) {
    const conv_layer_shape *shape = job->shape;
    conv_layer_spectra_plan one = {.rank = 0}, best = {.seconds = INFINITY};
    size_t bytes;
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        const char *reason = read_axis(&one.axis[d], job, d);
        if (reason)
            return reason;
        one.rank += one.axis[d].transformed;
    }
    if (one.rank == 0)
        return "a kernel of one tap";
    if (job->sum != CONV_LAYER_PRODUCTS &&
        (shape->wide_channels > MOST_CHANNELS || shape->narrow_channels > MOST_CHANNELS))
        return "more channels than spectra are kept";
    try_axes(&one, job, 0, 1, 1, &best);
    if (!isfinite(best.seconds))
        return "no transform is long enough";
    *plan = best;
    plan->points = plan->tiles = 1;
    int made = 0;
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        if (plan->axis[d].transformed)
            plan->length[made++] = plan->axis[d].length;
        if (!conv_multiply(plan->points, plan->axis[d].length, &plan->points) ||
            !conv_multiply(plan->tiles, plan->axis[d].tiles, &plan->tiles) ||
            !conv_multiply(plan->points, 16 * shape->size, &bytes))
            return "transforms that are too large";
    }
    return NULL;
}
