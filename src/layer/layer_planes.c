/* GATHER and SCATTER by sliding sums: one channel in, one channel out, plane by plane, added up.
 * For depthwise layers with the channels first, and for layers with so few channels out that lanes
 * of channels would be idle. Steps are 1, as after SCATTER's division into phases. */
#include <stdint.h>
#include <string.h>

#include "base/memory.h"
#include "base/parallel.h"
#include "base/status.h"
#include "layer/layer_planes.h"

/* Memory is the same to a processor's store buffer at distances of this: a copy that lies just
 * behind what it is copied from waits for itself, at a third of the speed. */
enum { PAGE = 4096 };

/* ---- made ---- */

const char *conv_layer_planes_reject(const conv_layer_job *job) {
    const conv_layer_shape *shape = job->shape;
    if (job->sum == CONV_LAYER_PRODUCTS)
        return "no sliding sums";
    for (int d = CONV_LAYER_AXES - 2; d < CONV_LAYER_AXES; d++) {
        bool one_tap = shape->kernel[d] == 1;
        if (job->sum == CONV_LAYER_GATHER && shape->stride[d] != 1)
            return "a stride";
        if (shape->dilation[d] != 1 && !one_tap)
            return "a dilation";
    }
    return NULL;
}

/* Zeros that a tap's first and last outputs need. */
static void set_border(conv_layer_planes *p, int i) {
    const conv_layer_flow_axis *axis = &p->flow.axis[CONV_LAYER_AXES - 2 + i];
    for (size_t n = 0; n < axis->phases; n++) {
        const conv_layer_phase *phase = &axis->phase[n];
        for (size_t t = phase->first; t < phase->first + phase->taps; t++) {
            ptrdiff_t first = axis->offset[t];
            ptrdiff_t last = first + (ptrdiff_t)phase->count - (ptrdiff_t)axis->inputs;
            p->low[i] = conv_max(p->low[i], first < 0 ? (size_t)-first : 0);
            p->high[i] = conv_max(p->high[i], last > 0 ? (size_t)last : 0);
        }
    }
}

static void set_sizes(conv_layer_planes *p) {
    const size_t *inputs = p->from->extent, *outputs = p->to->extent;
    size_t size = p->shape->size, rows;
    bool is_first = p->from->channel != 1 || p->from->channels == 1;
    p->pieces = p->shape->batch * p->shape->groups < (size_t)p->threads
                    ? conv_min(p->out, (size_t)p->threads)
                    : 1;
    p->taps = 1;
    for (int d = 0; d < CONV_LAYER_AXES; d++)
        p->taps *= p->flow.axis[d].taps;
    set_border(p, 0);
    set_border(p, 1);
    p->copied = !p->by_lines && (!is_first || p->low[0] + p->low[1] + p->high[0] + p->high[1] > 0);
    p->row = p->low[1] + inputs[3] + p->high[1];
    rows = p->low[0] + inputs[2] + p->high[0];
    p->plane = conv_times(conv_times(rows, p->row), inputs[0] * inputs[1]);
    p->group = conv_times(p->plane, p->in);
    size_t copy = conv_aligned_size(conv_times(p->group, size));
    p->copy_bytes = p->copied ? conv_plus(copy, PAGE) : 0;
    p->direct_out = p->to->axis[CONV_LAYER_AXES - 1] == 1 && p->flow.axis[2].pitch == 1 &&
                    p->flow.axis[3].pitch == 1;
    p->out_bytes = conv_aligned_size(conv_times(outputs[2] * outputs[3], size));
}

conv_status conv_layer_planes_make(conv_layer_planes **planes, const conv_layer_job *job) {
    conv_layer_planes *p = *planes = conv_allocate(sizeof *p);
    const conv_layer_shape *shape = job->shape;
    bool gathers = job->sum == CONV_LAYER_GATHER;
    conv_leaf_type type = shape->dtype == CONV_F64 ? CONV_LEAF_F64 : CONV_LEAF_F32;
    if (!p)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a layer");
    memset(p, 0, sizeof *p);
    p->shape = shape;
    p->threads = job->threads;
    p->loops = conv_layer_loops_of(shape->dtype, job->level);
    p->slide = conv_slide_table(type, job->level);
    p->elements = conv_element_table(type);
    p->from = gathers ? &shape->wide : &shape->narrow;
    p->to = gathers ? &shape->narrow : &shape->wide;
    p->in = gathers ? shape->wide_channels : shape->narrow_channels;
    p->out = gathers ? shape->narrow_channels : shape->wide_channels;
    p->w_in = gathers ? shape->weights.wide : shape->weights.narrow;
    p->w_out = gathers ? shape->weights.narrow : shape->weights.wide;
    p->by_lines = conv_layer_planes_fit_lines(job);
    conv_status status = conv_layer_flow_make(&p->flow, shape, job->sum);
    if (status == CONV_OK)
        set_sizes(p);
    return status;
}

void conv_layer_planes_free(conv_layer_planes *planes) {
    if (planes)
        conv_layer_flow_free(&planes->flow);
    conv_free(planes);
}

size_t conv_layer_planes_workspace(const conv_layer_planes *p) {
    return conv_times((size_t)p->threads, conv_plus(p->copy_bytes, p->out_bytes));
}
/* ---- run ---- */

/* Rows of a group with zeros around, one channel after the other. */
static void copy_rows(const conv_layer_planes *p, const char *from, char *to, size_t a, size_t b) {
    const conv_layer_side *side = p->from;
    size_t size = p->shape->size, rows = p->low[0] + side->extent[2] + p->high[0];
    ptrdiff_t element = (ptrdiff_t)size;
    to += (a * side->extent[1] + b) * rows * p->row * size;
    from += ((ptrdiff_t)a * side->axis[0] + (ptrdiff_t)b * side->axis[1]) * element;
    for (size_t c = 0; c < p->in; c++)
        memset(to + c * p->plane * size, 0, rows * p->row * size);
    to += (p->low[0] * p->row + p->low[1]) * size;
    for (size_t r = 0; r < side->extent[2]; r++, to += p->row * size) {
        const char *row = from + (ptrdiff_t)r * side->axis[2] * element;
        if (side->channel == 1 && side->channels > 1) {
            p->loops->turn(row, side->axis[3], side->extent[3], p->in, to, (ptrdiff_t)p->plane);
            continue;
        }
        for (size_t c = 0; c < p->in; c++)
            memcpy(to + c * p->plane * size, row + (ptrdiff_t)c * side->channel * element,
                   side->extent[3] * size);
    }
}

/* Half a page beside the source. */
static char *away_from(const char *source, char *copy) {
    uintptr_t shift = ((uintptr_t)source + PAGE / 2 - (uintptr_t)copy) % PAGE;
    return copy + shift / CONV_ALIGNMENT * CONV_ALIGNMENT;
}

static conv_layer_planes_view view_group(const conv_layer_planes_call *s, size_t batch,
                                         size_t group, char *copy) {
    const conv_layer_planes *p = s->p;
    const conv_layer_side *side = p->from;
    size_t size = p->shape->size, rows = p->low[0] + side->extent[2] + p->high[0];
    const char *from = s->call->wide ? s->call->wide : s->call->narrow;
    from += ((ptrdiff_t)batch * side->batch + (ptrdiff_t)(group * p->in) * side->channel) *
            (ptrdiff_t)size;
    if (!p->copied)
        return (conv_layer_planes_view){
            from, side->channel, {side->axis[0], side->axis[1], side->axis[2]}};
    copy = away_from(from, copy);
    for (size_t a = 0; a < side->extent[0]; a++)
        for (size_t b = 0; b < side->extent[1]; b++)
            copy_rows(p, from, copy, a, b);
    ptrdiff_t row = (ptrdiff_t)p->row, second = row * (ptrdiff_t)rows;
    return (conv_layer_planes_view){copy + (p->low[0] * p->row + p->low[1]) * size,
                                    (ptrdiff_t)p->plane,
                                    {second * (ptrdiff_t)side->extent[1], second, row}};
}

/* One output plane of two phases: summed, then bias and beta. */
static void run_plane(const conv_layer_planes_call *s, const conv_layer_planes_view *view,
                      const conv_layer_planes_place *at, size_t group, size_t out, char *output,
                      char *room) {
    const conv_layer_planes *p = s->p;
    const conv_layer_call *call = s->call;
    const conv_layer_phase *rows = at->phase[2], *columns = at->phase[3];
    size_t size = p->shape->size;
    bool in_place = p->direct_out && call->beta == 0;
    ptrdiff_t pitch[2], to_row = in_place ? p->to->axis[2] : (ptrdiff_t)columns->count;
    for (int i = 0; i < 2; i++)
        pitch[i] = (ptrdiff_t)p->flow.axis[2 + i].pitch * p->to->axis[2 + i];
    output += ((ptrdiff_t)rows->at * p->to->axis[2] + (ptrdiff_t)columns->at * p->to->axis[3]) *
              (ptrdiff_t)size;
    char *to = in_place ? output : room;
    if (p->by_lines && !s->literal) {
        conv_layer_planes_lines(s, view, at, group, out, output);
        return;
    }
    conv_layer_planes_sum(s, view, at, group, out, to, to_row);
    if (in_place && !call->bias)
        return;
    const char *bias = call->bias ? (const char *)call->bias + (group * p->out + out) * size : NULL;
    for (size_t r = 0; r < rows->count; r++)
        p->loops->put(to + (ptrdiff_t)r * to_row * (ptrdiff_t)size, 1, columns->count, bias,
                      call->beta, output + (ptrdiff_t)r * pitch[0] * (ptrdiff_t)size, pitch[1]);
}

/* All outputs of one channel. */
static void run_channel(const conv_layer_planes_call *s, const conv_layer_planes_view *view,
                        size_t group, size_t out, char *output, char *room) {
    const conv_layer_planes *p = s->p;
    const conv_layer_flow_axis *axis = p->flow.axis;
    for (size_t n = 0; n < axis[0].outputs * axis[1].outputs; n++) {
        size_t i[2] = {n / axis[1].outputs, n % axis[1].outputs};
        ptrdiff_t at_element = 0;
        conv_layer_planes_place at;
        for (int d = 0; d < 2; d++) {
            at.phase[d] = &axis[d].phase[i[d] % axis[d].pitch];
            at.j[d] = i[d] / axis[d].pitch;
            conv_layer_flow_inside(&axis[d], at.phase[d], at.j[d], &at.first[d], &at.last[d]);
            at_element += (ptrdiff_t)i[d] * p->to->axis[d];
        }
        for (size_t a = 0; a < axis[2].phases; a++)
            for (size_t b = 0; b < axis[3].phases; b++) {
                at.phase[2] = &axis[2].phase[a];
                at.phase[3] = &axis[3].phase[b];
                run_plane(s, view, &at, group, out, output + at_element * (ptrdiff_t)p->shape->size,
                          room);
            }
    }
}

/* Groups of all images, or pieces of them. */
static void run_groups(void *context, size_t begin, size_t end, int thread) {
    const conv_layer_planes_call *s = context;
    const conv_layer_planes *p = s->p;
    char *copy = s->room + (size_t)thread * (p->copy_bytes + p->out_bytes);
    ptrdiff_t size = (ptrdiff_t)p->shape->size;
    for (size_t i = begin; i < end; i++) {
        size_t piece = i % p->pieces, unit = i / p->pieces;
        size_t batch = unit / p->shape->groups, group = unit % p->shape->groups;
        size_t first = conv_cut(p->out, piece, p->pieces);
        size_t last = conv_cut(p->out, piece + 1, p->pieces);
        conv_layer_planes_view view = view_group(s, batch, group, copy);
        for (size_t out = first; out < last; out++) {
            ptrdiff_t at = (ptrdiff_t)batch * p->to->batch +
                           (ptrdiff_t)(group * p->out + out) * p->to->channel;
            run_channel(s, &view, group, out, (char *)s->call->to + at * size,
                        copy + p->copy_bytes);
        }
    }
}

void conv_layer_planes_run(const conv_layer_planes *p, const conv_layer_call *call) {
    size_t count = conv_layer_planes_packed(p) / p->shape->size;
    bool padded = p->low[0] + p->low[1] + p->high[0] + p->high[1] > 0;
    conv_layer_planes_call s = {.p = p,
                                .call = call,
                                .room = call->workspace,
                                .literal = padded && !p->elements->taps_are_finite(call->w, count)};
    conv_parallel_for(p->shape->batch * p->shape->groups * p->pieces, p->threads, run_groups, &s);
}
