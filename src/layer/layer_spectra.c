/* GATHER and SCATTER by transforms, tile by tile. Every channel of a tile goes forward once for all
 * channels out, products with the kernels' spectra are added up over the channels in, and every
 * channel out comes back once: a bank of kernels on one image shares the image's spectrum. */
#include "layer/layer_spectra.h"

#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"

void conv_layer_spectra_tile(const conv_layer_spectra *s, size_t tile, size_t *at) {
    for (int d = CONV_LAYER_AXES - 1; d >= 0; d--) {
        at[d] = tile % s->plan.axis[d].tiles;
        tile /= s->plan.axis[d].tiles;
    }
}

void conv_layer_spectra_read(const conv_layer_spectra *s, const conv_layer_side *side,
                             const char *from, const size_t *first, const size_t *extent, char *to,
                             const ptrdiff_t *to_stride) {
    ptrdiff_t size = (ptrdiff_t)s->job.shape->size;
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        from += (ptrdiff_t)first[d] * side->axis[d] * size;
    for (size_t i = 0; i < extent[0] * extent[1] * extent[2]; i++) {
        size_t j[3] = {i / extent[2] / extent[1], i / extent[2] % extent[1], i % extent[2]};
        ptrdiff_t x = 0, y = 0;
        for (int d = 0; d < 3; d++) {
            x += (ptrdiff_t)j[d] * side->axis[d];
            y += (ptrdiff_t)j[d] * to_stride[d];
        }
        s->loops->put(from + x * size, side->axis[3], extent[3], NULL, 0, to + y * size,
                      to_stride[3]);
    }
}

/* What a thread works with. */
typedef struct {
    char *box, *scratch, *sum, *spectra;
} bench;

/* Kernels whose spectra do not stay in the cache are read once for an image and not for every tile,
 * where those of all its tiles do stay there. */
static bool by_kernels(const conv_layer_spectra *s) {
    static const size_t cache = (size_t)8 << 20;
    size_t kernels = s->in * s->out * s->spectrum;
    return s->plan.tiles > 1 && kernels > cache && s->plan.tiles * s->in <= cache / s->spectrum;
}

size_t conv_layer_spectra_room(const conv_layer_spectra *s) {
    size_t spectra = s->in + 1;
    if (s->job.sum != CONV_LAYER_PRODUCTS && by_kernels(s))
        return (size_t)s->job.threads * (s->box + s->scratch + s->spectrum) +
               s->plan.tiles * s->in * s->spectrum;
    if (s->job.sum == CONV_LAYER_PRODUCTS) {
        size_t in = conv_min(s->in, CONV_LAYER_PAIR_BLOCK);
        spectra = in + 1 + in * conv_min(s->out, CONV_LAYER_PAIR_BLOCK);
    }
    size_t thread = conv_plus(conv_plus(s->box, s->scratch), conv_times(spectra, s->spectrum));
    return conv_times((size_t)s->job.threads, thread);
}

typedef struct {
    const conv_layer_spectra *s;
    const conv_layer_call *call;
    const char *kernels;
    char *room;
    size_t batch, group; /* by kernels: those of the spectra */
} shared;

/* A tile of one group of one image: the input's part that is there, and the outputs. */
typedef struct {
    size_t input[CONV_LAYER_AXES], extent[CONV_LAYER_AXES]; /* first sample and samples */
    size_t output[CONV_LAYER_AXES], count[CONV_LAYER_AXES]; /* first output and outputs */
    size_t place[CONV_LAYER_AXES];                          /* of that output in the transform */
} tile_box;

static void find_box(const conv_layer_spectra *s, const conv_layer_side *from,
                     const conv_layer_side *to, size_t tile, tile_box *box) {
    size_t at[CONV_LAYER_AXES];
    conv_layer_spectra_tile(s, tile, at);
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        const conv_layer_spectra_axis *axis = &s->plan.axis[d];
        box->output[d] = axis->start + at[d] * axis->count;
        box->count[d] = conv_min(axis->count, to->extent[d] - box->output[d]);
        size_t f = box->output[d] + (size_t)axis->shift, before = axis->reach - 1;
        box->input[d] = f > before ? f - before : 0;
        box->extent[d] = conv_min(f + box->count[d], from->extent[d]) - box->input[d];
        box->place[d] = f - box->input[d];
    }
}

/* Fields of a transform's tile for the axes that are transformed. */
static void set_tile(const conv_layer_spectra *s, const tile_box *box, char *memory,
                     conv_tile *tile) {
    ptrdiff_t in = 1, out = 1;
    int last = s->plan.rank - 1;
    memset(tile, 0, sizeof *tile);
    tile->in = tile->out = memory;
    for (int d = CONV_LAYER_AXES - 1; d >= 0; d--) {
        if (!s->plan.axis[d].transformed)
            continue;
        tile->in_extent[last] = box->extent[d];
        tile->in_stride[last] = in;
        tile->out_first[last] = box->place[d];
        tile->out_count[last] = box->count[d];
        tile->out_stride[last--] = out;
        in *= (ptrdiff_t)box->extent[d];
        out *= (ptrdiff_t)box->count[d];
    }
}

static void contiguous(const size_t *extent, ptrdiff_t *stride) {
    ptrdiff_t step = 1;
    for (int d = CONV_LAYER_AXES - 1; d >= 0; d--) {
        stride[d] = step;
        step *= (ptrdiff_t)extent[d];
    }
}

/* The outputs of a box, with bias and beta. */
static void write_box(const shared *sh, const conv_layer_side *side, const tile_box *box,
                      const char *memory, const void *bias, char *to) {
    ptrdiff_t size = (ptrdiff_t)sh->s->job.shape->size, stride[CONV_LAYER_AXES];
    const size_t *count = box->count;
    contiguous(count, stride);
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        to += (ptrdiff_t)box->output[d] * side->axis[d] * size;
    for (size_t i = 0; i < count[0] * count[1] * count[2]; i++) {
        size_t j[3] = {i / count[2] / count[1], i / count[2] % count[1], i % count[2]};
        ptrdiff_t y = 0;
        for (int d = 0; d < 3; d++)
            y += (ptrdiff_t)j[d] * side->axis[d];
        sh->s->loops->put(memory + (ptrdiff_t)(i * count[3]) * size, 1, count[3], bias,
                          sh->call->beta, to + y * size, side->axis[3]);
    }
}

/* Outputs that need neither bias nor beta, and whose neighbours on the last axis are neighbours in
 * memory, are written where they belong. */
static bool writes_directly(const shared *sh, const conv_layer_side *side) {
    return !sh->call->bias && sh->call->beta == 0 && side->axis[3] == 1 &&
           sh->s->plan.axis[3].transformed;
}

/* Samples that are neighbours on the last axis and in memory are read where they are. */
static bool reads_directly(const conv_layer_spectra *s, const conv_layer_side *side) {
    return side->axis[3] == 1 && s->plan.axis[3].transformed;
}

/* The tile's input in the input itself. */
static void set_input(const conv_layer_spectra *s, const conv_layer_side *side, const tile_box *box,
                      const char *from, conv_tile *tile) {
    int made = 0;
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        from += (ptrdiff_t)box->input[d] * side->axis[d] * (ptrdiff_t)s->job.shape->size;
        if (s->plan.axis[d].transformed)
            tile->in_stride[made++] = side->axis[d];
    }
    tile->in = from;
}

/* The tile's output in the output itself. */
static void set_output(const conv_layer_spectra *s, const conv_layer_side *side,
                       const tile_box *box, char *to, conv_tile *tile) {
    int made = 0;
    for (int d = 0; d < CONV_LAYER_AXES; d++) {
        to += (ptrdiff_t)box->output[d] * side->axis[d] * (ptrdiff_t)s->job.shape->size;
        if (s->plan.axis[d].transformed)
            tile->out_stride[made++] = side->axis[d];
    }
    tile->out = to;
}

/* At most so many pairs in one product: their pointers are on the stack. */
enum { PAIRS = 32 };

/* Adds up the products of all channels in with the kernels of one channel out. */
static void multiply(const conv_layer_spectra *s, const char *signals, const char *kernels,
                     char *sum) {
    const void *signal[PAIRS], *kernel[PAIRS];
    for (size_t first = 0; first < s->in; first += PAIRS) {
        size_t pairs = conv_min(PAIRS, s->in - first);
        for (size_t i = 0; i < pairs; i++) {
            signal[i] = signals + (first + i) * s->spectrum;
            kernel[i] = kernels + (first + i) * s->spectrum;
        }
        conv_transform_multiply(s->transform, signal, kernel, pairs, sum, first > 0);
    }
}

/* What one tile of one group of one image is. */
typedef struct {
    size_t batch, group, number;
} place;

static const conv_layer_side *input_side(const conv_layer_spectra *s) {
    return s->job.sum == CONV_LAYER_GATHER ? &s->job.shape->wide : &s->job.shape->narrow;
}

static const conv_layer_side *output_side(const conv_layer_spectra *s) {
    return s->job.sum == CONV_LAYER_GATHER ? &s->job.shape->narrow : &s->job.shape->wide;
}

/* The spectra of all channels in. */
static void go_forth(const shared *sh, const bench *b, place at, char *spectra) {
    const conv_layer_spectra *s = sh->s;
    const conv_layer_side *from = input_side(s);
    ptrdiff_t size = (ptrdiff_t)s->job.shape->size, stride[CONV_LAYER_AXES];
    const char *input = sh->call->wide ? sh->call->wide : sh->call->narrow;
    tile_box box;
    conv_tile tile;
    find_box(s, from, output_side(s), at.number, &box);
    set_tile(s, &box, b->box, &tile);
    contiguous(box.extent, stride);
    input += (ptrdiff_t)at.batch * from->batch * size;
    for (size_t i = 0; i < s->in; i++) {
        const char *channel = input + (ptrdiff_t)(at.group * s->in + i) * from->channel * size;
        if (reads_directly(s, from))
            set_input(s, from, &box, channel, &tile);
        else
            conv_layer_spectra_read(s, from, channel, box.input, box.extent, b->box, stride);
        conv_transform_forward(s->transform, &tile, spectra + i * s->spectrum, b->scratch, 1);
    }
}

/* Channels out first..last-1 of a group, from the spectra of a tile. */
static void come_back(const shared *sh, const bench *b, place at, const char *spectra, size_t first,
                      size_t last) {
    const conv_layer_spectra *s = sh->s;
    const conv_layer_side *to = output_side(s);
    ptrdiff_t size = (ptrdiff_t)s->job.shape->size;
    char *output = (char *)sh->call->to + (ptrdiff_t)at.batch * to->batch * size;
    tile_box box;
    conv_tile tile;
    find_box(s, input_side(s), to, at.number, &box);
    set_tile(s, &box, b->box, &tile);
    for (size_t o = first; o < last; o++) {
        size_t channel = at.group * s->out + o;
        multiply(s, spectra, sh->kernels + channel * s->in * s->spectrum, b->sum);
        char *where = output + (ptrdiff_t)channel * to->channel * size;
        bool directly = writes_directly(sh, to);
        if (directly)
            set_output(s, to, &box, where, &tile);
        conv_transform_inverse(s->transform, &tile, b->sum, b->scratch, 1);
        const void *bias =
            sh->call->bias ? (const char *)sh->call->bias + (ptrdiff_t)channel * size : NULL;
        if (!directly)
            write_box(sh, to, &box, b->box, bias, where);
    }
}

static bench bench_of(const shared *sh, int thread) {
    const conv_layer_spectra *s = sh->s;
    size_t own = by_kernels(s) ? 0 : s->in;
    char *room = sh->room + (size_t)thread * (s->box + s->scratch + (own + 1) * s->spectrum);
    return (bench){.box = room,
                   .scratch = room + s->box,
                   .sum = room + s->box + s->scratch,
                   .spectra = room + s->box + s->scratch + s->spectrum};
}

static void run_tiles(void *context, size_t begin, size_t end, int thread) {
    const shared *sh = context;
    const conv_layer_spectra *s = sh->s;
    bench b = bench_of(sh, thread);
    for (size_t i = begin; i < end; i++) {
        size_t unit = i / s->plan.tiles, groups = s->job.shape->groups;
        place at = {unit / groups, unit % groups, i % s->plan.tiles};
        go_forth(sh, &b, at, b.spectra);
        come_back(sh, &b, at, b.spectra, 0, s->out);
    }
}

/* Kernel by kernel: the spectra of all tiles of a group of an image, and then what comes of them.
 */
static char *spectra_of(const shared *sh, size_t tile) {
    const conv_layer_spectra *s = sh->s;
    return sh->room + (size_t)s->job.threads * (s->box + s->scratch + s->spectrum) +
           tile * s->in * s->spectrum;
}

static void all_forth(void *context, size_t begin, size_t end, int thread) {
    const shared *sh = context;
    bench b = bench_of(sh, thread);
    for (size_t i = begin; i < end; i++)
        go_forth(sh, &b, (place){sh->batch, sh->group, i}, spectra_of(sh, i));
}

static void all_back(void *context, size_t begin, size_t end, int thread) {
    const shared *sh = context;
    size_t tiles = sh->s->plan.tiles;
    bench b = bench_of(sh, thread);
    for (size_t i = begin; i < end; i++)
        come_back(sh, &b, (place){sh->batch, sh->group, i % tiles}, spectra_of(sh, i % tiles),
                  i / tiles, i / tiles + 1);
}

void conv_layer_spectra_sums(const conv_layer_spectra *s, const conv_layer_call *call,
                             size_t images, const char *kernels, char *room) {
    shared sh = {.s = s, .call = call, .kernels = kernels, .room = room};
    size_t groups = s->job.shape->groups, tiles = s->plan.tiles;
    if (!by_kernels(s)) {
        conv_parallel_for(images * groups * tiles, s->job.threads, run_tiles, &sh);
        return;
    }
    for (sh.batch = 0; sh.batch < images; sh.batch++)
        for (sh.group = 0; sh.group < groups; sh.group++) {
            conv_parallel_for(tiles, s->job.threads, all_forth, &sh);
            conv_parallel_for(s->out * tiles, s->job.threads, all_back, &sh);
        }
}
