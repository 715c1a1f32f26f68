#include "varying/bank_run.h"

#include <string.h>

#include "base/memory.h"

/* A thread's memory. */
typedef struct {
    void *spectrum, *sum, *transform;
    void *values, *last, *now; /* reals, a transform's length of each */
} bank_room;

enum { REALS = 3 };

size_t conv_bank_scratch(const conv_bank *bank, bool is_double) {
    size_t reals = conv_aligned_size(bank->length * conv_real_size(is_double));
    return 2 * bank->spectrum_bytes + bank->transform_bytes + REALS * reals;
}

static bank_room lay_out(const conv_bank *bank, bool is_double, void *scratch) {
    size_t reals = conv_aligned_size(bank->length * conv_real_size(is_double));
    char *at = scratch;
    bank_room room = {.spectrum = at,
                      .sum = at + bank->spectrum_bytes,
                      .transform = at + 2 * bank->spectrum_bytes};
    at += 2 * bank->spectrum_bytes + bank->transform_bytes;
    room.values = at;
    room.last = at + reals;
    room.now = at + 2 * reals;
    return room;
}

static const void *term(const conv_bank *bank, size_t set, size_t p) {
    return bank->spectra + bank->sets[set].spectrum + p * bank->spectrum_bytes;
}

static size_t real_size(const conv_varying *plan) {
    return conv_real_size(plan->is_double);
}

static const char *at(const conv_varying *plan, const void *reals, ptrdiff_t i) {
    return (const char *)reals + i * (ptrdiff_t)real_size(plan);
}

/* y[i] += what term after term of a set gives the outputs begin..begin+count-1. */
static void add_set(const conv_varying *plan, const conv_bank_row *row, size_t set, size_t begin,
                    size_t count, conv_tile *tile, const bank_room *room, void *y) {
    const conv_bank *bank = plan->bank;
    const conv_varying_loops *loops = plan->loops;
    loops->bank_start(at(plan, row->set, (ptrdiff_t)begin), (double)set, room->now, count);
    for (size_t p = 0; p < bank->sets[set].terms; p++) {
        const void *kernel = term(bank, set, p), *signal = room->spectrum;
        if (p > 0)
            loops->bank_step(at(plan, row->place, (ptrdiff_t)begin), room->last, room->now, count,
                             p == 1);
        conv_transform_multiply(bank->transform, &signal, &kernel, 1, room->sum, false);
        conv_transform_inverse(bank->transform, tile, room->sum, room->transform, 1);
        loops->bank_add(room->now, room->values, y, count);
    }
}

/* Samples that are their own output. */
static void add_samples(const conv_varying *plan, const conv_bank_row *row, const void *x, void *y,
                        ptrdiff_t begin, ptrdiff_t end, const bank_room *room) {
    begin = begin < 0 ? 0 : begin;
    end = end < (ptrdiff_t)plan->n ? end : (ptrdiff_t)plan->n;
    if (begin >= end)
        return;
    size_t count = (size_t)(end - begin);
    plan->loops->bank_start(at(plan, row->set, begin), -1, room->now, count);
    plan->loops->bank_add(room->now, at(plan, x, begin),
                          (char *)y + begin * (ptrdiff_t)real_size(plan), count);
}

static void gather_tile(const conv_varying *plan, size_t row, size_t tile, const size_t *sets,
                        size_t set_count, const void *x, void *y, const bank_room *room) {
    const conv_bank *bank = plan->bank;
    const conv_bank_row *made = &bank->rows[row];
    size_t begin = tile * bank->block, count = conv_min(bank->block, plan->n - begin);
    char *out = (char *)y + begin * real_size(plan);
    conv_tile io = {.in = at(plan, x, (ptrdiff_t)begin - (ptrdiff_t)bank->reach),
                    .in_extent = {count + 2 * bank->reach},
                    .in_stride = {1},
                    .out = room->values,
                    .out_first = {2 * bank->reach},
                    .out_count = {count},
                    .out_stride = {1}};
    memset(out, 0, count * real_size(plan));
    if (set_count)
        conv_transform_forward(bank->transform, &io, room->spectrum, room->transform, 1);
    for (size_t i = 0; i < set_count; i++)
        add_set(plan, made, sets[i], begin, count, &io, room, out);
    add_samples(plan, made, x, y, (ptrdiff_t)begin, (ptrdiff_t)(begin + count), room);
}

/* Adds the terms of a set of the sources first..first+count-1, of which the transform's sample
 * `skip` is the first, to the sum. */
static void spread_set(const conv_varying *plan, const conv_bank_row *row, size_t set,
                       const void *x, ptrdiff_t first, size_t skip, size_t count,
                       const bank_room *room, bool *begun) {
    const conv_bank *bank = plan->bank;
    const conv_varying_loops *loops = plan->loops;
    size_t size = real_size(plan);
    char *values = room->values;
    conv_tile io = {.in = values, .in_extent = {skip + count}, .in_stride = {1}};
    memset(values, 0, skip * size);
    loops->bank_start(at(plan, row->set, first), (double)set, room->now, count);
    for (size_t p = 0; p < bank->sets[set].terms; p++) {
        const void *kernel = term(bank, set, p), *signal = room->spectrum;
        if (p > 0)
            loops->bank_step(at(plan, row->place, first), room->last, room->now, count, p == 1);
        loops->bank_multiply(room->now, at(plan, x, first), values + skip * size, count);
        conv_transform_forward(bank->transform, &io, room->spectrum, room->transform, 1);
        conv_transform_multiply(bank->transform, &signal, &kernel, 1, room->sum, *begun);
        *begun = true;
    }
}

static void scatter_tile(const conv_varying *plan, size_t row, size_t tile, const void *x, void *y,
                         const bank_room *room) {
    const conv_bank *bank = plan->bank;
    const conv_bank_row *made = &bank->rows[row];
    ptrdiff_t begin = (ptrdiff_t)(tile * bank->block) - (ptrdiff_t)plan->out_pad;
    ptrdiff_t all = (ptrdiff_t)(plan->n + plan->out_pad), halo = (ptrdiff_t)bank->reach;
    size_t count = conv_min(bank->block, (size_t)(all - begin));
    ptrdiff_t first = begin - halo < 0 ? 0 : begin - halo;
    ptrdiff_t end = begin + (ptrdiff_t)count + halo;
    char *out = (char *)y + begin * (ptrdiff_t)real_size(plan);
    bool begun = false;
    end = end < (ptrdiff_t)plan->n ? end : (ptrdiff_t)plan->n;
    for (size_t i = made->tile_start[tile]; i < made->tile_start[tile + 1]; i++)
        spread_set(plan, made, made->tile_sets[i], x, first, (size_t)(first - (begin - halo)),
                   (size_t)(end - first), room, &begun);
    conv_tile io = {
        .out = out, .out_first = {2 * bank->reach}, .out_count = {count}, .out_stride = {1}};
    if (begun)
        conv_transform_inverse(bank->transform, &io, room->sum, room->transform, 1);
    else
        memset(out, 0, count * real_size(plan));
    add_samples(plan, made, x, y, begin, begin + (ptrdiff_t)count, room);
}

void conv_bank_tiles(const conv_varying *plan, const conv_varying_line *line, size_t begin,
                     size_t end, void *scratch) {
    const conv_bank_row *row = &plan->bank->rows[line->row];
    bank_room room = lay_out(plan->bank, plan->is_double, scratch);
    for (size_t t = begin; t < end; t++) {
        if (plan->scatters)
            scatter_tile(plan, line->row, t, line->x, line->y, &room);
        else
            gather_tile(plan, line->row, t, row->tile_sets + row->tile_start[t],
                        row->tile_start[t + 1] - row->tile_start[t], line->x, line->y, &room);
    }
}

/* By every set there is, since the tiles of the plan may be those of SCATTER. */
void conv_bank_gather_all(const conv_varying *plan, size_t row, const void *x, void *y,
                          void *scratch) {
    bank_room room = lay_out(plan->bank, plan->is_double, scratch);
    const conv_bank *bank = plan->bank;
    for (size_t t = 0; t * bank->block < plan->n; t++) {
        const conv_bank_row *made = &bank->rows[row];
        /* With no output outside, a tile of SCATTER sees the same samples, and some more. */
        gather_tile(plan, row, t, made->tile_sets + made->tile_start[t],
                    made->tile_start[t + 1] - made->tile_start[t], x, y, &room);
    }
}

/* ---- edges ---- */

static double get(const conv_varying *plan, const void *reals, ptrdiff_t i) {
    return conv_real_get(reals, i, plan->is_double);
}

static ptrdiff_t inside(const conv_varying *plan, ptrdiff_t j) {
    return conv_row_inside(plan->rule.edge, j, plan->n);
}

static void scale(const conv_varying *plan, const conv_varying_line *line, void *reals) {
    const void *factors = plan->bank->rows[line->row].scale;
    if (factors)
        plan->loops->bank_multiply(factors, reals, reals, plan->n);
}

void conv_bank_begin(const conv_varying *plan, const conv_varying_line *line) {
    if (plan->scatters) {
        scale(plan, line, line->x);
        return;
    }
    if (plan->rule.edge != CONV_VARYING_REFLECT && plan->rule.edge != CONV_VARYING_CLAMP)
        return;
    for (ptrdiff_t j = 1; j <= (ptrdiff_t)plan->pad; j++) {
        ptrdiff_t behind = (ptrdiff_t)plan->n - 1 + j;
        conv_real_set(line->x, -j, get(plan, line->x, inside(plan, -j)), plan->is_double);
        conv_real_set(line->x, behind, get(plan, line->x, inside(plan, behind)), plan->is_double);
    }
}

static void fold(const conv_varying *plan, void *y, ptrdiff_t from) {
    ptrdiff_t to = inside(plan, from);
    conv_real_set(y, to, get(plan, y, to) + get(plan, y, from), plan->is_double);
}

void conv_bank_end(const conv_varying *plan, const conv_varying_line *line) {
    if (!plan->scatters)
        scale(plan, line, line->y);
    for (ptrdiff_t j = 1; j <= (ptrdiff_t)plan->out_pad; j++) {
        fold(plan, line->y, -j);
        fold(plan, line->y, (ptrdiff_t)plan->n - 1 + j);
    }
}
