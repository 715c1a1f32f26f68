/* A line of outputs, run by run: where its terms lie, and the tiles that sum them. */
#include <string.h>

#include "layer/layer_taps.h"

/* One line: the phase of every outer axis, which taps are inside, and where the first of them reads
 * and is. */
typedef struct {
    const conv_layer_phase *phase[CONV_LAYER_AXES - 1];
    size_t j[CONV_LAYER_AXES - 1], first[CONV_LAYER_AXES - 1], last[CONV_LAYER_AXES - 1];
    ptrdiff_t output; /* of the line, in elements */
} line;

static void find_line(const conv_layer_taps *t, size_t number, line *at) {
    at->output = 0;
    for (int d = CONV_LAYER_AXES - 2; d >= 0; d--) {
        const conv_layer_flow_axis *axis = &t->flow.axis[d];
        size_t i = number % axis->outputs;
        number /= axis->outputs;
        at->phase[d] = &axis->phase[i % axis->pitch];
        at->j[d] = i / axis->pitch;
        at->output += (ptrdiff_t)i * t->to->axis[d];
        conv_layer_flow_inside(axis, at->phase[d], at->j[d], &at->first[d], &at->last[d]);
    }
}

/* The inputs of tap n of an outer axis. */
static ptrdiff_t input_place(const conv_layer_taps *t, const line *at, int d, size_t n) {
    const conv_layer_flow_axis *axis = &t->flow.axis[d];
    return ((ptrdiff_t)(at->j[d] * axis->step) + axis->offset[at->phase[d]->first + n]) *
           t->image.axis[d];
}

/* Segments of a run on a line, for output j = 0 of the last axis' phase. */
static void list_segments(const conv_layer_taps *t, const line *at, const conv_layer_phase *phase,
                          const conv_layer_run *run, size_t lanes, conv_layer_segment *segment,
                          conv_layer_tile *tile) {
    const conv_layer_flow_axis *axis = t->flow.axis, *last = &axis[CONV_LAYER_AXES - 1];
    const ptrdiff_t *offset = last->offset + phase->first, pitch = t->image.axis[3];
    ptrdiff_t step_w = (ptrdiff_t)(t->in * lanes);
    /* Taps that are neighbours, whose channels are all there are: one long segment. */
    bool joined = phase->even && (t->depthwise || (size_t)pitch == t->in);
    size_t count = 0;
    tile->length = t->in;
    tile->a_step = 1;
    tile->b_step = (ptrdiff_t)lanes;
    if (joined) {
        tile->length = (run->last - run->first) * t->in;
        tile->a_step = t->depthwise ? pitch : 1;
    }
    for (size_t p = at->first[0]; p < at->last[0]; p++)
        for (size_t q = at->first[1]; q < at->last[1]; q++)
            for (size_t r = at->first[2]; r < at->last[2]; r++) {
                ptrdiff_t a =
                    input_place(t, at, 0, p) + input_place(t, at, 1, q) + input_place(t, at, 2, r);
                size_t w = ((at->phase[0]->first + p) * axis[1].taps + at->phase[1]->first + q) *
                               axis[2].taps +
                           at->phase[2]->first + r;
                w = w * last->taps + phase->first;
                for (size_t s = run->first; s < run->last; s++) {
                    segment[count].a = a + offset[s] * pitch;
                    segment[count++].b = (ptrdiff_t)(w + s) * step_w;
                    if (joined)
                        break;
                }
            }
    tile->segment = segment;
    tile->segments = count;
}

/* Outputs begin..end-1 of a phase for one block of lanes, from the tile's memory to the output. */
static void put_block(const conv_layer_bench *b, size_t count, size_t lanes, size_t real,
                      size_t channel, char *output, ptrdiff_t pitch) {
    const conv_layer_taps *t = b->t;
    size_t size = t->shape->size;
    ptrdiff_t channel_step = t->to->channel;
    const double beta = b->call->beta;
    if (pitch == 1 && beta == 0) {
        t->loops->turn(b->tile, (ptrdiff_t)lanes, count, real,
                       output + (ptrdiff_t)channel * channel_step * (ptrdiff_t)size, channel_step);
        return;
    }
    for (size_t c = 0; c < real; c++)
        t->loops->put(b->tile + c * size, (ptrdiff_t)lanes, count, NULL, beta,
                      output + (ptrdiff_t)(channel + c) * channel_step * (ptrdiff_t)size, pitch);
}

/* The most outputs that are in work together: depthwise ones of one tile, whose lines of all
 * channels go on in the cache; else as many as the tile memory holds. */
static size_t most_outputs(const conv_layer_taps *t) {
    if (t->depthwise)
        return (size_t)t->rows;
    return t->direct_out ? (size_t)-1 : CONV_LAYER_TILE_MEMORY * (size_t)t->rows;
}

/* Outputs j..end-1 (no more than most_outputs) of one block; depthwise, of all. */
static void run_block(const conv_layer_bench *b, conv_layer_tile *tile, size_t block, size_t j,
                      size_t end, char *output, ptrdiff_t pitch) {
    const conv_layer_taps *t = b->t;
    size_t size = t->shape->size, vector = (size_t)t->loops->lanes, first = block * t->width;
    size_t lanes = t->depthwise ? t->padded : conv_layer_block_lanes(t, block);
    size_t real = conv_min(lanes, t->out - first), count = end - j, rows = (size_t)t->rows;
    size_t channel = b->group * t->out + first, tiles = (count + rows - 1) / rows;
    const char *w = (const char *)b->call->w + conv_layer_block_place(t, b->group, block) * size;
    const char *input = b->input + (t->depthwise ? 0 : b->group * t->in) * size;
    char *to = t->direct_out ? output + channel * size : b->tile;
    tile->vectors = (int)(lanes / vector);
    tile->repeats = t->blocks;
    tile->b_repeat = (ptrdiff_t)(t->taps * vector);
    tile->lanes = (int)(real - (lanes - vector));
    tile->bias = b->bias ? b->bias + (b->group * t->padded + first) * size : NULL;
    tile->beta = t->direct_out ? b->call->beta : 0;
    tile->c_row = t->direct_out ? pitch : (ptrdiff_t)lanes;
    if (!t->direct_out && !t->depthwise) /* whose operands end with the last channel */
        tile->lanes = (int)vector;
    for (size_t i = 0, done = 0; i < tiles; i++, done += (size_t)tile->rows) {
        tile->rows = (int)((count - done + (tiles - i) - 1) / (tiles - i));
        const char *a = input + (ptrdiff_t)(j + done) * tile->a_row * (ptrdiff_t)size;
        char *c = to + (ptrdiff_t)done * tile->c_row * (ptrdiff_t)size;
        if (t->depthwise)
            t->loops->by_lane(tile, a, w, c);
        else
            t->loops->tile(tile, a, w, c);
    }
    if (!t->direct_out)
        put_block(b, count, lanes, real, channel, output, pitch);
}

/* One run of a line, for one block; depthwise, for all. */
static void run_run(const conv_layer_bench *b, const line *at, const conv_layer_phase *phase,
                    const conv_layer_run *run, size_t block, size_t begin, size_t end) {
    const conv_layer_taps *t = b->t;
    const conv_layer_flow_axis *axis = &t->flow.axis[CONV_LAYER_AXES - 1];
    ptrdiff_t size = (ptrdiff_t)t->shape->size, out_step = t->to->axis[CONV_LAYER_AXES - 1];
    size_t most = most_outputs(t);
    conv_layer_tile tile;
    memset(&tile, 0, sizeof tile);
    list_segments(t, at, phase, run, conv_layer_block_lanes(t, block), b->segment, &tile);
    tile.a_row = (ptrdiff_t)axis->step * t->image.axis[CONV_LAYER_AXES - 1];
    for (size_t j = begin, next; j < end; j = next) {
        next = end - j > most ? j + most : end;
        char *output =
            b->output + (at->output + (ptrdiff_t)(phase->at + j * axis->pitch) * out_step) * size;
        run_block(b, &tile, block, j, next, output, (ptrdiff_t)axis->pitch * out_step);
    }
}

/* A line, or of each of its phases the outputs that lie in the item's piece. */
void conv_layer_taps_line(const conv_layer_bench *b, size_t number, size_t piece, size_t block) {
    const conv_layer_taps *t = b->t;
    const conv_layer_flow_axis *axis = &t->flow.axis[CONV_LAYER_AXES - 1];
    line at;
    find_line(t, number, &at);
    for (size_t p = 0; p < axis->phases; p++) {
        const conv_layer_phase *phase = &axis->phase[p];
        size_t low = conv_cut(phase->count, piece, t->cut.pieces);
        size_t high = conv_cut(phase->count, piece + 1, t->cut.pieces);
        for (size_t r = 0; r < phase->runs; r++) {
            const conv_layer_run *run = &t->flow.run[phase->first_run + r];
            size_t begin = conv_max(run->begin, low), end = conv_min(run->end, high);
            if (begin < end)
                run_run(b, &at, phase, run, block, begin, end);
        }
    }
}
