/* Sums over the segments of a kernel, vectorised along each: two products a tap and no exponential.
 * Vectors that end behind a segment are masked, so that what lies there counts for nothing. */
#include "base/leaf.h"
#include "varying/spread_loops.h"

typedef struct {
    vec power, step;
} spread_tilt;

/* start ratio^lane, and what takes it to the next vector. */
static inline spread_tilt spread_begin(const conv_spread_row *row) {
    spread_tilt t = {vec_splat((R)row->start), vec_splat(1)};
    if (row->ratio == 1)
        return t;
    double power = row->start, step = 1;
    for (int v = 0; v < LANES; v++) {
        t.power[v] = (R)power;
        power *= row->ratio;
        step *= row->ratio;
    }
    t.step = vec_splat((R)step);
    return t;
}

/* All bits set in lanes 0..count-1. */
static inline vec_index spread_lanes(size_t count) {
    vec_index lane;
    for (int v = 0; v < LANES; v++)
        lane[v] = v;
    return (vec_index)(lane < (lane_index)count);
}

static double spread_gather(const conv_spread_row *rows, size_t count, const void *table,
                            const void *x) {
    vec sum = vec_splat(0);
    for (size_t r = 0; r < count; r++) {
        const conv_spread_row *row = &rows[r];
        const R *weight = (const R *)table + row->first, *sample = (const R *)x + row->at;
        spread_tilt t = spread_begin(row);
        size_t i = 0;
        for (; i + LANES <= row->count; i += LANES) {
            sum = vec_fma(vec_load(weight + i) * t.power, vec_load(sample + i), sum);
            t.power *= t.step;
        }
        if (i < row->count) {
            vec_index kept = spread_lanes(row->count - i) & (vec_index)vec_load(sample + i);
            sum = vec_fma(vec_load(weight + i) * t.power, (vec)kept, sum);
        }
    }
    R total = 0;
    for (int v = 0; v < LANES; v++)
        total += sum[v];
    return (double)total;
}

static void spread_scatter(const conv_spread_row *rows, size_t count, const void *table,
                           double value, void *y) {
    vec values = vec_splat((R)value);
    for (size_t r = 0; r < count; r++) {
        const conv_spread_row *row = &rows[r];
        const R *weight = (const R *)table + row->first;
        R *target = (R *)y + row->at;
        spread_tilt t = spread_begin(row);
        size_t i = 0;
        for (; i + LANES <= row->count; i += LANES) {
            vec w = vec_load(weight + i) * t.power;
            vec_store(target + i, vec_fma(w, values, vec_load(target + i)));
            t.power *= t.step;
        }
        if (i < row->count) {
            vec_index mask = spread_lanes(row->count - i);
            vec old = vec_load(target + i);
            vec sum = vec_fma(vec_load(weight + i) * t.power, values, old);
            vec_store(target + i, (vec)((mask & (vec_index)sum) | (~mask & (vec_index)old)));
        }
    }
}

static void spread_round(const double *from, size_t count, void *to) {
    R *table = to;
    for (size_t i = 0; i < count; i++)
        table[i] = (R)from[i];
}

extern const conv_spread_loops FN(spread_table);
const conv_spread_loops FN(spread_table) = {spread_gather, spread_scatter, spread_round};
