/* The transpose of gauss_gather.c: each output sums over the sources around it, whose weights
 * follow their own recurrences. The states of a tile's sources lie in arrays; for every distance d
 * one pass advances them, another adds them to the outputs at d on either side. */
#include "varying/loops_parts.h"

/* The arrays of a tile's sources: weight and step now, and at the last block. */
typedef struct {
    R *weight, *step, *shrink, *reach, *start, *jump, *shrink_jump, *block_step, *step_shrink;
} states;

static size_t smaller(size_t a, size_t b) {
    return a < b ? a : b;
}

static states lay_out(R *scratch, size_t room) {
    return (states){scratch,
                    scratch + room,
                    scratch + 2 * room,
                    scratch + 3 * room,
                    scratch + 4 * room,
                    scratch + 5 * room,
                    scratch + 6 * room,
                    scratch + 7 * room,
                    scratch + 8 * room};
}

/* to[i] = from[first+i] for first+i = 0..n-1, and 0 outside. */
static void take(R *to, const R *from, ptrdiff_t first, size_t room, size_t n) {
    size_t low = first < 0 ? smaller((size_t)-first, room) : 0, high = low;
    if (first < (ptrdiff_t)n)
        high = smaller(room, (size_t)((ptrdiff_t)n - first));
    if (high < low)
        high = low;
    memset(to, 0, low * sizeof *to);
    memcpy(to + low, from + (first + (ptrdiff_t)low), (high - low) * sizeof *to);
    memset(to + high, 0, (room - high) * sizeof *to);
}

/* Sources first..first+room-1; those outside 0..n-1 weigh nothing. */
static void begin_states(states *s, const conv_gauss_row *row, size_t n, const R *x,
                         ptrdiff_t first, size_t room, size_t most) {
    take(s->weight, x, first, room, n);
    take(s->start, row->scale, first, room, n);
    take(s->reach, row->reach, first, room, n);
    take(s->step, row->step, first, room, n);
    take(s->shrink, row->shrink, first, room, n);
    for (size_t i = 0; i < room; i += LANES)
        vec_store(s->weight + i, vec_load(s->weight + i) * vec_load(s->start + i));
    if (most < CONV_GAUSS_BLOCK)
        return;
    memcpy(s->start, s->weight, room * sizeof(R));
    memcpy(s->block_step, s->step, room * sizeof(R));
    take(s->jump, row->block_step, first, room, n);
    take(s->step_shrink, row->step_shrink, first, room, n);
    for (size_t i = 0; i < room; i += LANES)
        vec_store(s->shrink_jump + i, vec_load(s->jump + i) * vec_load(s->jump + i));
}

static void scatter_restart(const states *s, size_t room, vec distance) {
    for (size_t i = 0; i < room; i += LANES) {
        vec start = vec_load(s->start + i) * vec_load(s->jump + i);
        vec step = vec_load(s->block_step + i) * vec_load(s->step_shrink + i);
        vec_store(s->start + i, start);
        vec_store(s->jump + i, vec_load(s->jump + i) * vec_load(s->shrink_jump + i));
        vec_store(s->block_step + i, step);
        vec_store(s->weight + i, vec_keep((vec_index)(vec_load(s->reach + i) >= distance), start));
        vec_store(s->step + i, step);
    }
}

static void scatter_advance(const states *s, size_t room, vec distance) {
    for (size_t i = 0; i < room; i += LANES) {
        vec step = vec_load(s->step + i), weight = vec_load(s->weight + i) * step;
        vec_store(s->step + i, vec_fnma(vec_load(s->shrink + i), step, step));
        vec_store(s->weight + i, vec_keep((vec_index)(vec_load(s->reach + i) >= distance), weight));
    }
}

static void add_pairs(R *y, const R *left, const R *right, size_t count) {
    size_t i = 0;
    for (; i + LANES <= count; i += LANES)
        vec_store(y + i, vec_load(y + i) + vec_load(left + i) + vec_load(right + i));
    for (; i < count; i++)
        y[i] = y[i] + left[i] + right[i];
}

/* How far the sources that a tile can see reach. */
static size_t reach_around(const conv_gauss_row *row, size_t n, ptrdiff_t first, size_t count) {
    ptrdiff_t last = first + (ptrdiff_t)count - 1;
    int32_t most = 0;
    if (last < 0 || first >= (ptrdiff_t)n)
        return 0;
    size_t low = first < 0 ? 0 : (size_t)first, high = last < (ptrdiff_t)n ? (size_t)last : n - 1;
    for (size_t g = low / CONV_GROUP; g <= high / CONV_GROUP; g++)
        most = row->most[g] > most ? row->most[g] : most;
    return (size_t)most;
}

static void scatter_tile(const conv_gauss_row *row, size_t n, const R *x, R *y, ptrdiff_t begin,
                         size_t outputs, size_t most, R *scratch) {
    ptrdiff_t halo = (ptrdiff_t)most;
    most = reach_around(row, n, begin - halo, outputs + 2 * most);
    halo = (ptrdiff_t)most;
    size_t count = outputs + 2 * most,
           room = (count + CONV_GROUP_PAD - 1) & ~(size_t)(CONV_GROUP_PAD - 1);
    states s = lay_out(scratch, room);
    begin_states(&s, row, n, x, begin - halo, room, most);
    memcpy(y, s.weight + most, outputs * sizeof *y);
    for (size_t d = 1; d <= most; d++) {
        if (d % CONV_GAUSS_BLOCK == 0)
            scatter_restart(&s, room, vec_splat((R)d));
        else
            scatter_advance(&s, room, vec_splat((R)d));
        add_pairs(y, s.weight + most - d, s.weight + most + d, outputs);
    }
}

void FN(gauss_scatter)(const conv_gauss_row *row, size_t n, const void *x, void *y, ptrdiff_t begin,
                       ptrdiff_t end, size_t most, void *scratch) {
    scatter_tile(row, n, x, (R *)y + begin, begin, (size_t)(end - begin), most, scratch);
}
