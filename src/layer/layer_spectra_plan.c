/* Which tiles a layer's transforms have. */
#include <math.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "layer/layer_spectra.h"

/* The most channels of a group whose spectra are kept. */
enum { MOST_CHANNELS = 1024 };

/* Nanoseconds a sample of a transform of planes in f32 with AVX-512 forth or back, and of a
 * kernel's; of a sample that is read or written by the transform itself, that is turned, and that
 * is copied with the channels first and last, how much more of those where images are far, and how
 * often at most; of a transform's call, and of a call of the layer.
 * Fitted to depthwise layers of 3x3 to 63x63 on 28x28 to 224x224. */
#define ONE_WAY 0.42
#define OF_KERNEL 0.34
#define MOVED 0.21
#define MOVED_TURNED 0.45
#define MOVED_FIRST 0.5
#define MOVED_LAST 1.05
#define FAR 3.0
#define OVERLAP 1.3
#define ONE_CALL 300.0
#define CALL 2000.0

/* How much longer a sample takes by the length of the last axis: loops for AVX2 and AVX-512 in f32
 * take 64 numbers of it at a time and leave other lengths to narrower ones, and all are slow at
 * short lengths. */
static double by_length(const conv_layer_job *job, size_t last) {
    bool wide = job->shape->dtype == CONV_F32 && job->level != CONV_LEVEL_BASELINE;
    if (last % 64 == 0)
        return last == 64 ? 1.1 : 1;
    return wide ? (last < 64 ? 1.55 : 1.5) : last < 64 ? 1.3 : 1;
}

static double by_last(const conv_layer_spectra_plan *plan, const conv_layer_job *job) {
    const conv_layer_spectra_axis *last = NULL;
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        last = plan->axis[d].transformed ? &plan->axis[d] : last;
    if (!last || plan->rank == 1)
        return 1;
    double whole = (double)last->tiles * (double)last->length, rest = (double)last->rest_length;
    /* Short rows of more axes: 16^4 samples under 3^4 taps take three times as long. */
    double axes = plan->rank == 2 ? 1 : last->length < 64 ? plan->rank - 1 : 1.2;
    return axes *
           (whole * by_length(job, last->length) + rest * by_length(job, last->rest_length)) /
           (whole + rest);
}

/* Of a sample of a product, by the bytes of all kernels' spectra: 64 channels to 64 take 1.2. */
static double product_of(double bytes) {
    return bytes > 48e6 ? 1.2 : bytes > 2e6 ? 0.25 : 0.15;
}

static double moved_of(const conv_layer_job *job, const conv_layer_side *side) {
    bool last = side->channel == 1 && side->channels > 1;
    if (job->sum == CONV_LAYER_PRODUCTS)
        return last ? MOVED_LAST : MOVED_FIRST;
    return last ? MOVED_TURNED : MOVED;
}

/* Spectra that leave the caches cost more. By itself 1024x1024 in f32 takes 1.6 times the time of
 * 256x256 for a sample, and in f64, 8 MiB, 3.7 times; 512x512 with the other spectra of its product
 * more than the 1.1 that it takes by itself. */
static double by_cache(double bytes) {
    return bytes > 8e6 ? 3.7 : bytes > 4e6 ? 1.6 : bytes > 6e5 ? 1.25 : 1;
}

static double by_type(const conv_layer_job *job, int rank) {
    static const double level[] = {
        [CONV_LEVEL_BASELINE] = 2.2, [CONV_LEVEL_V3] = 1.2, [CONV_LEVEL_V4] = 1};
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

/* The transform's axes are those that are transformed. */
static conv_axis_kind kind_of(const conv_layer_spectra_plan *plan, int d) {
    int before = 0, behind = 0;
    for (int e = 0; e < CONV_LAYER_AXES; e++) {
        before += e < d && plan->axis[e].transformed;
        behind += e > d && plan->axis[e].transformed;
    }
    return conv_axis_kind_of(before, before + 1 + behind);
}

/* Tiles along an axis: 1, 2, 3, 4, 6, 8, 12, 16, ... */
static size_t tiles_of(int choice) {
    return choice == 0 ? 1 : (choice % 2 ? (size_t)2 : (size_t)3) << ((choice - 1) / 2);
}

/* How many choices an axis has: fewer where there are more axes. */
static int choices_of(const conv_layer_spectra_plan *plan) {
    return plan->rank == 1 ? 40 : plan->rank == 2 ? 12 : 6;
}

static size_t length_of(const conv_layer_spectra_plan *plan, const conv_layer_job *job, int d,
                        size_t samples) {
    return conv_transform_length(CONV_BACKEND_RING, job->shape->dtype, samples, kind_of(plan, d));
}

/* Samples that `count` outputs need. Of one tile of all outputs the input's ends are zeros, and
 * what is wrapped around may fall on all but the outputs `shift` and up: index f of the full
 * convolution, of extent + reach - 1, wraps to f - length. */
static size_t samples_of(const conv_layer_spectra_axis *axis, const conv_layer_job *job, int d,
                         size_t count) {
    size_t enough = count + axis->reach - 1, total = total_of(job, d), shift = (size_t)axis->shift;
    if (job->sum == CONV_LAYER_PRODUCTS || count < total || shift >= axis->reach)
        return enough;
    size_t n =
        (job->sum == CONV_LAYER_SCATTER ? &job->shape->narrow : &job->shape->wide)->extent[d];
    size_t extent = conv_min(n, shift + total);
    size_t wrapped = conv_max(shift + total, extent + axis->reach - 1 - shift);
    return conv_max(wrapped, axis->reach);
}

/* As few samples as so many tiles allow; a tile has at least half as many outputs as the kernel's
 * reach is long. With a rest: whole tiles as far as they go, and a shorter one. Lengths are few and
 * far between, and one for all tiles can be half as long again as needed. */
static bool set_tiles(conv_layer_spectra_plan *plan, const conv_layer_job *job, int d, int choice,
                      bool with_rest) {
    conv_layer_spectra_axis *axis = &plan->axis[d];
    size_t total = total_of(job, d), tiles = tiles_of(choice);
    axis->rest_length = axis->rest_count = 0;
    if (!axis->transformed) {
        axis->length = axis->count = 1;
        axis->tiles = total;
        return choice == 0 && !with_rest;
    }
    size_t count = (total + tiles - 1) / tiles;
    if (choice > 0 && (tiles > total || count < axis->reach / 2))
        return false;
    axis->length = length_of(plan, job, d, samples_of(axis, job, d, count));
    if (axis->length == 0)
        return false;
    axis->count = choice == 0 ? total : conv_min(axis->length - axis->reach + 1, total);
    axis->tiles = (total + axis->count - 1) / axis->count;
    if (!with_rest)
        return true;
    if (plan->rank > 2 || job->sum == CONV_LAYER_PRODUCTS || total % axis->count == 0)
        return false;
    axis->tiles--;
    axis->rest_count = total % axis->count;
    axis->rest_length = length_of(plan, job, d, axis->rest_count + axis->reach - 1);
    return axis->tiles > 0 && axis->rest_length > 0 && axis->rest_length < axis->length;
}

bool conv_layer_spectra_part(const conv_layer_spectra_plan *plan, int part,
                             conv_layer_spectra_plan *made) {
    int transformed = 0;
    *made = *plan;
    made->tiles = 1;
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        conv_layer_spectra_axis *axis = &made->axis[d];
        if (plan->axis[d].rest_length > 0) {
            if (part % 2) {
                axis->start = axis->tiles * axis->count;
                axis->length = axis->rest_length;
                axis->count = axis->rest_count;
                axis->tiles = 1;
            }
            part /= 2;
        }
        axis->rest_length = axis->rest_count = 0;
        if (axis->transformed)
            made->length[transformed++] = axis->length;
        made->tiles *= axis->tiles;
    }
    return part == 0;
}

/* Samples of all transforms; and of one. */
static double points_of(const conv_layer_spectra_plan *plan, bool of_one) {
    double points = 1;
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        const conv_layer_spectra_axis *axis = &plan->axis[d];
        double tiles = of_one ? 1 : (double)axis->tiles;
        points *= tiles * (double)axis->length + (of_one ? 0 : (double)axis->rest_length);
    }
    return points;
}

/* Samples of one transform of every part: as many as a kernel's spectra have. */
static double spectrum_points(const conv_layer_spectra_plan *plan) {
    double points = 1;
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        points *= (double)plan->axis[d].length + (double)plan->axis[d].rest_length;
    return points;
}

static double tiles_in_all(const conv_layer_spectra_plan *plan) {
    double tiles = 1;
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        tiles *= (double)plan->axis[d].tiles + (plan->axis[d].rest_length > 0);
    return tiles;
}

/* Of one plane, of which tiles read some samples twice. */
static double moved_cost(const conv_layer_spectra_plan *plan, const conv_layer_job *job,
                         const conv_layer_side *side) {
    double samples = fmin(points_of(plan, false), OVERLAP * (double)side->points);
    bool turned = side->channel == 1 && side->channels > 1;
    bool far = conv_layer_is_far(job->shape) && (turned || job->sum != CONV_LAYER_PRODUCTS);
    return (far ? FAR : 1) * moved_of(job, side) * samples;
}

static double seconds_of(const conv_layer_spectra_plan *plan, const conv_layer_job *job,
                         size_t batch) {
    const conv_layer_shape *shape = job->shape;
    double in = (double)shape->wide_channels, out = (double)shape->narrow_channels;
    double sample =
        by_type(job, plan->rank) * by_cache(points_of(plan, true) * (double)shape->size);
    double groups = (double)shape->groups, every = (double)batch * groups;
    double spectra = spectrum_points(plan) * in * out;
    double wide = in, narrow = out; /* transforms of a group's planes */
    sample *= by_last(plan, job);
    double one_way = ONE_WAY * sample;
    double product = by_type(job, 2) * product_of(spectra * (double)shape->size);
    if (job->sum == CONV_LAYER_PRODUCTS) { /* again for every block of the other side's channels */
        wide *= ceil(out / CONV_LAYER_PAIR_BLOCK);
        narrow *= ceil(in / CONV_LAYER_PAIR_BLOCK);
    }
    double moved =
        wide * moved_cost(plan, job, &shape->wide) + narrow * moved_cost(plan, job, &shape->narrow);
    double calls = every * tiles_in_all(plan) * (wide + narrow) + groups * in * out;
    return 1e-9 *
           (CALL + ONE_CALL * calls +
            every * points_of(plan, false) * (one_way * (wide + narrow) + product * in * out) +
            every * moved + groups * spectra * OF_KERNEL * sample);
}

/* Goes through the choices of axes d and up; keeps the best in *best. The best for one image is so
 * for all: bits must not depend on the batch. */
static void try_axes(conv_layer_spectra_plan *plan, const conv_layer_job *job, int d,
                     conv_layer_spectra_plan *best) {
    if (d == CONV_LAYER_AXES) {
        plan->seconds = seconds_of(plan, job, 1);
        if (plan->seconds < best->seconds)
            *best = *plan;
        return;
    }
    for (int choice = 0; choice < 2 * choices_of(plan); choice++)
        if (set_tiles(plan, job, d, choice / 2, choice % 2))
            try_axes(plan, job, d + 1, best);
}

const char *conv_layer_spectra_plan_make(conv_layer_spectra_plan *plan, const conv_layer_job *job) {
    const conv_layer_shape *shape = job->shape;
    conv_layer_spectra_plan one = {.rank = 0}, best = {.seconds = INFINITY};
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
    try_axes(&one, job, 0, &best);
    if (!isfinite(best.seconds))
        return "no transform is long enough";
    /* All that is kept at a time, with room to spare. */
    double spectra = (double)shape->wide.channels + (double)shape->narrow.channels + 128;
    spectra = (spectra + (double)shape->weights.count) * spectrum_points(&best);
    double turned = (double)shape->wide.channels * (double)shape->wide.points +
                    (double)shape->narrow.channels * (double)shape->narrow.points;
    if ((spectra * 16 + turned * 2) * (double)shape->size * (double)job->threads >
        (double)CONV_MAX_BYTES)
        return "transforms that are too large";
    *plan = best;
    plan->seconds = seconds_of(plan, job, shape->batch);
    return NULL;
}
