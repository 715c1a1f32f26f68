/* Gaussians by a recurrence, vectorised across outputs. With t(d) = exp(-d^2 / 2s^2) the steps
 * t(d+1) / t(d) shrink by the same part each time: two products a tap, no exponential. A rounding
 * error of a step grows with the square of the taps behind it; so every CONV_GAUSS_BLOCK taps
 * weight and step are taken from a recurrence over blocks, which has few steps. */
#include "varying/loops_parts.h"

enum { GATHER_VECTORS = 2, GATHER_OUTPUTS = GATHER_VECTORS * LANES };

typedef struct {
    vec sum[GATHER_VECTORS], weight[GATHER_VECTORS], step[GATHER_VECTORS];
} gather_state;

/* One tap on either side; masked: only in lanes that reach so far. */
ALWAYS_INLINE void gather_pair(gather_state *s, const vec *reach, const R *x, size_t d,
                               int masked) {
    const R *left = x - d, *right = x + d;
    vec distance = vec_splat((R)d);
    UNROLL
    for (int v = 0; v < GATHER_VECTORS; v++) {
        vec weight = s->weight[v];
        if (masked)
            weight = vec_keep((vec_index)(reach[v] >= distance), weight);
        s->sum[v] =
            vec_fma(weight, vec_load(left + v * LANES) + vec_load(right + v * LANES), s->sum[v]);
    }
}

ALWAYS_INLINE void gather_advance(gather_state *s, const vec *shrink) {
    UNROLL
    for (int v = 0; v < GATHER_VECTORS; v++) {
        s->weight[v] *= s->step[v];
        s->step[v] = vec_fnma(shrink[v], s->step[v], s->step[v]);
    }
}

/* Taps first..last, the first of which the gather_state is one before. */
ALWAYS_INLINE void gather_taps(gather_state *s, const vec *shrink, const vec *reach, const R *x,
                               size_t first, size_t last, size_t least) {
    size_t d = first, all = least < last ? least : last;
    for (; d <= all; d++) {
        gather_advance(s, shrink);
        gather_pair(s, reach, x, d, 0);
    }
    for (; d <= last; d++) {
        gather_advance(s, shrink);
        gather_pair(s, reach, x, d, 1);
    }
}

/* The taps from the second block on. */
static void gather_blocks(const conv_gauss_row *row, gather_state *s, const vec *shrink,
                          const vec *reach, const R *x, size_t k, size_t least, size_t most) {
    const R *steps = row->step, *blocks = row->block_step, *shrinks = row->step_shrink;
    vec start[GATHER_VECTORS], jump[GATHER_VECTORS], shrink_jump[GATHER_VECTORS],
        step[GATHER_VECTORS], step_shrink[GATHER_VECTORS];
    UNROLL
    for (int v = 0; v < GATHER_VECTORS; v++) {
        start[v] = vec_splat(1);
        jump[v] = vec_load(blocks + k + (size_t)v * LANES);
        shrink_jump[v] = jump[v] * jump[v];
        step[v] = vec_load(steps + k + (size_t)v * LANES);
        step_shrink[v] = vec_load(shrinks + k + (size_t)v * LANES);
    }
    for (size_t d = CONV_GAUSS_BLOCK; d <= most; d += CONV_GAUSS_BLOCK) {
        UNROLL
        for (int v = 0; v < GATHER_VECTORS; v++) {
            s->weight[v] = start[v] *= jump[v];
            jump[v] *= shrink_jump[v];
            s->step[v] = step[v] *= step_shrink[v];
        }
        gather_pair(s, reach, x, d, 1);
        size_t last = d + CONV_GAUSS_BLOCK - 1;
        gather_taps(s, shrink, reach, x, d + 1, last < most ? last : most, least);
    }
}

/* Reaches of outputs k..k+GATHER_OUTPUTS-1: the least, and the most of them. */
ALWAYS_INLINE void gather_reaches(const conv_gauss_row *row, size_t k, size_t *least,
                                  size_t *most) {
    int32_t low = row->least[k / CONV_GROUP], high = row->most[k / CONV_GROUP];
    for (size_t g = k / CONV_GROUP; g * CONV_GROUP < k + GATHER_OUTPUTS; g++) {
        low = row->least[g] < low ? row->least[g] : low;
        high = row->most[g] > high ? row->most[g] : high;
    }
    *least = (size_t)low;
    *most = (size_t)high;
}

/* Narrow kernels wait for their arrays: one is made of another (1 - step^2 keeps its digits, as a
 * step of narrow kernels is not near 1), and reaches are read only where they differ. */
ALWAYS_INLINE void gather_narrow(const conv_gauss_row *row, gather_state *s, const R *x, size_t k,
                                 size_t least, size_t most) {
    const R *reaches = row->reach;
    vec shrink[GATHER_VECTORS], reach[GATHER_VECTORS];
    UNROLL
    for (int v = 0; v < GATHER_VECTORS; v++) {
        shrink[v] = vec_fnma(s->step[v], s->step[v], vec_splat(1));
        reach[v] = vec_splat((R)most);
        if (least < most)
            reach[v] = vec_load(reaches + k + (size_t)v * LANES);
    }
    gather_taps(s, shrink, reach, x, 1, most, least);
}

ALWAYS_INLINE void gather_wide(const conv_gauss_row *row, gather_state *s, const R *x, size_t k,
                               size_t least, size_t most) {
    const R *reaches = row->reach, *shrinks = row->shrink;
    vec shrink[GATHER_VECTORS], reach[GATHER_VECTORS];
    UNROLL
    for (int v = 0; v < GATHER_VECTORS; v++) {
        shrink[v] = vec_load(shrinks + k + (size_t)v * LANES);
        reach[v] = vec_load(reaches + k + (size_t)v * LANES);
    }
    gather_taps(s, shrink, reach, x, 1, CONV_GAUSS_BLOCK - 1, least);
    gather_blocks(row, s, shrink, reach, x, k, least, most);
}

/* Outputs k..k+GATHER_OUTPUTS-1; x: at sample k. */
static void gather_group(const conv_gauss_row *row, const R *x, R *y, size_t k) {
    const R *steps = row->step, *scales = row->scale;
    gather_state s;
    size_t least, most;
    gather_reaches(row, k, &least, &most);
    UNROLL
    for (int v = 0; v < GATHER_VECTORS; v++) {
        s.sum[v] = vec_load(x + v * LANES);
        s.weight[v] = vec_splat(1);
        s.step[v] = vec_load(steps + k + (size_t)v * LANES);
    }
    if (most < CONV_GAUSS_BLOCK)
        gather_narrow(row, &s, x, k, least, most);
    else
        gather_wide(row, &s, x, k, least, most);
    UNROLL
    for (int v = 0; v < GATHER_VECTORS; v++)
        vec_store(y + v * LANES, s.sum[v] * vec_load(scales + k + (size_t)v * LANES));
}

void FN(gauss_gather)(const conv_gauss_row *row, const void *line, void *out, size_t begin,
                      size_t end) {
    const R *x = line;
    R *y = out, rest[GATHER_OUTPUTS];
    size_t k = begin;
    for (; k + GATHER_OUTPUTS <= end; k += GATHER_OUTPUTS)
        gather_group(row, x + (k - begin), y + (k - begin), k);
    if (k < end) {
        gather_group(row, x + (k - begin), rest, k);
        memcpy(y + (k - begin), rest, (end - k) * sizeof *y);
    }
}
