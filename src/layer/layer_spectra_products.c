/* PRODUCTS by transforms. A tile of narrow points, the last first, is the kernel of the wide
 * samples under it: the product of their spectra, added up over tiles and batch, comes back once,
 * and tap k is output count - 1 + k * dilation. */
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "layer/layer_spectra.h"

typedef struct {
    const conv_layer_spectra *s;
    const conv_layer_call *call;
    char *room;
} shared;

/* One tile of one image. */
typedef struct {
    size_t narrow[CONV_LAYER_AXES], count[CONV_LAYER_AXES]; /* points */
    size_t wide[CONV_LAYER_AXES], extent[CONV_LAYER_AXES];  /* samples that are there */
    size_t skip[CONV_LAYER_AXES], box[CONV_LAYER_AXES];     /* where, in a box of zeros */
    bool meets;
} tile_box;

static void find_box(const conv_layer_spectra *s, size_t number, tile_box *box) {
    const conv_layer_shape *shape = s->job.shape;
    size_t at[CONV_LAYER_AXES];
    conv_layer_spectra_tile(s, number, at);
    box->meets = true;
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        const conv_layer_spectra_axis *axis = &s->plan.axis[d];
        box->narrow[d] = axis->start + at[d] * axis->count;
        box->count[d] = conv_min(axis->count, shape->narrow.extent[d] - box->narrow[d]);
        box->box[d] = axis->count + axis->reach - 1;
        ptrdiff_t first = (ptrdiff_t)box->narrow[d] + axis->shift;
        ptrdiff_t last = first + (ptrdiff_t)(box->count[d] + axis->reach - 1);
        ptrdiff_t low = first < 0 ? 0 : first, n = (ptrdiff_t)shape->wide.extent[d];
        ptrdiff_t high = last < n ? last : n;
        box->wide[d] = (size_t)low;
        box->extent[d] = high > low ? (size_t)(high - low) : 0;
        box->skip[d] = (size_t)(low - first);
        box->meets = box->meets && high > low;
    }
}

static void strides_of(const size_t *extent, ptrdiff_t *stride) {
    ptrdiff_t step = 1;
    for (int d = CONV_LAYER_AXES - 1; d >= 0; d--) {
        stride[d] = step;
        step *= (ptrdiff_t)extent[d];
    }
}

static size_t points_of(const size_t *extent) {
    return extent[0] * extent[1] * extent[2] * extent[3];
}

/* The spectrum of the wide samples of a channel. */
static void transform_wide(const conv_layer_spectra *s, const tile_box *box, const char *data,
                           char *memory, char *spectrum, char *scratch) {
    ptrdiff_t stride[CONV_LAYER_AXES], skip = 0;
    size_t size = s->job.shape->size;
    conv_tile tile;
    int made = 0;
    strides_of(box->box, stride);
    memset(memory, 0, points_of(box->box) * size);
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        skip += (ptrdiff_t)box->skip[d] * stride[d];
    conv_layer_spectra_read(s, &s->job.shape->wide, data, box->wide, box->extent,
                            memory + skip * (ptrdiff_t)size, stride);
    memset(&tile, 0, sizeof tile);
    tile.in = memory;
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        if (s->plan.axis[d].transformed) {
            tile.in_extent[made] = box->box[d];
            tile.in_stride[made++] = stride[d];
        }
    conv_transform_forward(s->transform, &tile, spectrum, scratch, 1);
}

/* The spectrum of the narrow points of a channel as a kernel: the last one first, in a box of whole
 * tiles, so that the taps come out at the same place for all. */
static void transform_narrow(const conv_layer_spectra *s, const tile_box *box, const char *data,
                             char *memory, char *spectrum, char *scratch) {
    size_t extent[CONV_LAYER_AXES], kernel[CONV_LAYER_AXES], size = s->job.shape->size;
    ptrdiff_t stride[CONV_LAYER_AXES], last = 0;
    int made = 0;
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        extent[d] = s->plan.axis[d].count;
        if (s->plan.axis[d].transformed)
            kernel[made++] = extent[d];
    }
    strides_of(extent, stride);
    memset(memory, 0, points_of(extent) * size);
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        last += (ptrdiff_t)(extent[d] - 1) * stride[d];
        stride[d] = -stride[d];
    }
    conv_layer_spectra_read(s, &s->job.shape->narrow, data, box->narrow, box->count,
                            memory + last * (ptrdiff_t)size, stride);
    conv_transform_kernel(s->transform, memory, s->job.shape->dtype, kernel, spectrum, scratch);
}

/* The taps of one pair of channels. */
static void write_taps(const shared *sh, size_t group, size_t wide, size_t narrow, char *memory,
                       char *sum, char *scratch) {
    const conv_layer_spectra *s = sh->s;
    const conv_layer_shape *shape = s->job.shape;
    const conv_layer_weights *w = &shape->weights;
    ptrdiff_t size = (ptrdiff_t)shape->size, stride[CONV_LAYER_AXES];
    size_t reach[CONV_LAYER_AXES];
    conv_tile tile;
    int made = 0;
    memset(&tile, 0, sizeof tile);
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        reach[d] = s->plan.axis[d].reach;
    strides_of(reach, stride);
    tile.out = memory;
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        if (s->plan.axis[d].transformed) {
            tile.out_first[made] = s->plan.axis[d].count - 1;
            tile.out_count[made] = reach[d];
            tile.out_stride[made++] = stride[d];
        }
    conv_transform_inverse(s->transform, &tile, sum, scratch, 1);
    ptrdiff_t base = w->origin + (ptrdiff_t)group * w->group + (ptrdiff_t)wide * w->wide +
                     (ptrdiff_t)narrow * w->narrow;
    const size_t *kernel = shape->kernel;
    for (size_t i = 0; i < kernel[0] * kernel[1] * kernel[2]; i++) {
        size_t k[3] = {i / kernel[2] / kernel[1], i / kernel[2] % kernel[1], i % kernel[2]};
        ptrdiff_t x = 0, y = base;
        for (int d = 0; d < 3; d++) {
            x += (ptrdiff_t)(k[d] * shape->dilation[d]) * stride[d];
            y += (ptrdiff_t)k[d] * w->axis[d];
        }
        s->loops->put(memory + x * size, (ptrdiff_t)shape->dilation[3], kernel[3], NULL,
                      sh->call->beta, (char *)sh->call->to + y * size, w->axis[3]);
    }
}

/* Pairs of a block of channels of either side. */
typedef struct {
    size_t group, wide, wide_end, narrow, narrow_end;
} pair_block;

static pair_block find_pairs(const conv_layer_spectra *s, size_t number) {
    size_t wides = (s->in + CONV_LAYER_PAIR_BLOCK - 1) / CONV_LAYER_PAIR_BLOCK;
    size_t narrows = (s->out + CONV_LAYER_PAIR_BLOCK - 1) / CONV_LAYER_PAIR_BLOCK;
    size_t wide = number % wides * CONV_LAYER_PAIR_BLOCK;
    size_t narrow = number / wides % narrows * CONV_LAYER_PAIR_BLOCK;
    return (pair_block){number / wides / narrows, wide,
                        conv_min(wide + CONV_LAYER_PAIR_BLOCK, s->in), narrow,
                        conv_min(narrow + CONV_LAYER_PAIR_BLOCK, s->out)};
}

static void run_pairs(const shared *sh, const pair_block *pairs, char *room) {
    const conv_layer_spectra *s = sh->s;
    size_t group = pairs->group, wides = pairs->wide_end - pairs->wide;
    const conv_layer_shape *shape = s->job.shape;
    ptrdiff_t size = (ptrdiff_t)shape->size;
    char *box_memory = room, *scratch = box_memory + s->box, *kernel = scratch + s->scratch;
    char *signals = kernel + s->spectrum, *sums = signals + wides * s->spectrum;
    bool begun = false;
    for (size_t i = 0; i < shape->batch * s->plan.tiles; i++) {
        size_t batch = i / s->plan.tiles;
        tile_box box;
        find_box(s, i % s->plan.tiles, &box);
        if (!box.meets)
            continue;
        const char *wide =
            (const char *)sh->call->wide + (ptrdiff_t)batch * shape->wide.batch * size;
        const char *narrow =
            (const char *)sh->call->narrow + (ptrdiff_t)batch * shape->narrow.batch * size;
        for (size_t a = pairs->wide; a < pairs->wide_end; a++)
            transform_wide(s, &box,
                           wide + (ptrdiff_t)(group * s->in + a) * shape->wide.channel * size,
                           box_memory, signals + (a - pairs->wide) * s->spectrum, scratch);
        for (size_t b = pairs->narrow; b < pairs->narrow_end; b++) {
            transform_narrow(
                s, &box, narrow + (ptrdiff_t)(group * s->out + b) * shape->narrow.channel * size,
                box_memory, kernel, scratch);
            for (size_t a = 0; a < wides; a++) {
                const void *signal = signals + a * s->spectrum, *spectrum = kernel;
                conv_transform_multiply(s->transform, &signal, &spectrum, 1,
                                        sums + ((b - pairs->narrow) * wides + a) * s->spectrum,
                                        begun);
            }
        }
        begun = true;
    }
    for (size_t pair = 0; pair < wides * (pairs->narrow_end - pairs->narrow); pair++) {
        if (!begun)
            memset(sums + pair * s->spectrum, 0, s->spectrum);
        write_taps(sh, group, pairs->wide + pair % wides, pairs->narrow + pair / wides, box_memory,
                   sums + pair * s->spectrum, scratch);
    }
}

static void run_blocks(void *context, size_t begin, size_t end, int thread) {
    const shared *sh = context;
    size_t one = conv_layer_spectra_room(sh->s) / (size_t)sh->s->job.threads;
    for (size_t i = begin; i < end; i++) {
        pair_block pairs = find_pairs(sh->s, i);
        run_pairs(sh, &pairs, sh->room + (size_t)thread * one);
    }
}

void conv_layer_spectra_products(const conv_layer_spectra *s, const conv_layer_call *call,
                                 char *room) {
    shared sh = {s, call, room};
    size_t wides = (s->in + CONV_LAYER_PAIR_BLOCK - 1) / CONV_LAYER_PAIR_BLOCK;
    size_t narrows = (s->out + CONV_LAYER_PAIR_BLOCK - 1) / CONV_LAYER_PAIR_BLOCK;
    conv_parallel_for(s->job.shape->groups * wides * narrows, s->job.threads, run_blocks, &sh);
}
