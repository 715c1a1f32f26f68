/* The sliding sum over samples a step apart.
 *
 * A short step sorts a stretch of samples by their number modulo the step into a small buffer,
 * where the samples of neighbouring outputs lie side by side: each tap then takes one load per
 * vector. A long step takes samples one by one, several outputs at a time so that their sums do not
 * wait for each other. Both keep to slide's order of the sum. */
#include "kernels/slide_parts.h"

enum {
    BLOCK_VECTORS = VEC_BYTES == 64 ? 4 : 8,
    BLOCK = BLOCK_VECTORS * LANES / SPACING, /* outputs */
    SORTED_STEPS = 8,                        /* the longest step that sorts */
    BUFFER = SORTED_STEPS * BLOCK + MAX_GROUPS * GROUP + 3 * SORTED_STEPS,
    CHAINS = 8
};

/* sorted[p * pitch + i] = x[i * step + p] for the samples of `span`. */
ALWAYS_INLINE void sort_samples(T *sorted, size_t pitch, const T *x, size_t span, size_t phases,
                                const size_t step) {
    for (size_t p = 0; p < phases; p++) {
        size_t n = (span - p + step - 1) / step;
        T *to = sorted + p * pitch;
        const T *from = x + p;
        for (size_t i = 0; i < n; i++)
            to[i] = from[i * step];
    }
}

/* Constant steps, for which compilers have shuffles. */
static void sort_block(T *sorted, size_t pitch, const T *x, size_t span, size_t phases,
                       size_t step) {
    switch (step) {
    case 2:
        sort_samples(sorted, pitch, x, span, phases, 2);
        break;
    case 3:
        sort_samples(sorted, pitch, x, span, phases, 3);
        break;
    case 4:
        sort_samples(sorted, pitch, x, span, phases, 4);
        break;
    case 5:
        sort_samples(sorted, pitch, x, span, phases, 5);
        break;
    case 6:
        sort_samples(sorted, pitch, x, span, phases, 6);
        break;
    case 7:
        sort_samples(sorted, pitch, x, span, phases, 7);
        break;
    default:
        sort_samples(sorted, pitch, x, span, phases, SORTED_STEPS);
        break;
    }
}

/* One chunk of taps on sorted samples. */
ALWAYS_INLINE void sorted_chunk(tile *t, const T *sorted, size_t pitch, const R *c, size_t length,
                                size_t step) {
    const size_t jump = GROUP % step, leap = GROUP / step;
    size_t first_phase = 0, first_at = 0;
    for (size_t k = 0; k < smaller(GROUP, length); k++) {
        size_t phase = first_phase, at = first_at;
        for (size_t q = k; q < length; q += GROUP) {
            const R *x = (const R *)(sorted + phase * pitch + at);
            UNROLL
            for (int j = 0; j < BLOCK_VECTORS; j++) {
                vec v = vec_load(x + j * LANES);
                UNROLL
                for (int s = 0; s < SETS; s++)
                    t->v[s][j] = vec_fma(vec_splat(c[q * SETS + (size_t)s]), v, t->v[s][j]);
            }
            phase += jump;
            at += leap + (phase >= step);
            phase -= phase >= step ? step : 0;
        }
        first_phase++;
        first_at += first_phase == step;
        first_phase = first_phase == step ? 0 : first_phase;
    }
}

/* `count` outputs, at most BLOCK, of which the first `known` reals are there already. */
static void sorted_block(const T *x, const R *c, size_t taps, size_t step, R *y, size_t count,
                         ptrdiff_t known, bool accumulate) {
    T sorted[BUFFER];
    const size_t pitch = BLOCK + (MAX_GROUPS * GROUP + step - 1) / step + 1;
    tile t;
    clear(&t, BLOCK_VECTORS);
    if (count < BLOCK)
        memset(sorted, 0, sizeof sorted); /* lanes past the last output compute with zeros */
    for (size_t length; taps > 0; taps -= length) {
        length = chunk_length(taps);
        sort_block(sorted, pitch, x, (count - 1) * step + length, smaller(step, length), step);
        sorted_chunk(&t, sorted, pitch, c, length, step);
        x += length;
        c += length * SETS;
    }
    const ptrdiff_t n = (ptrdiff_t)count * SPACING;
    UNROLL
    for (int j = 0; j < BLOCK_VECTORS; j++) {
        ptrdiff_t at = j * LANES;
        vec sum = finished(&t, j);
        if (n - at >= LANES)
            put(y + at, sum, known - at, accumulate);
        else if (n > at)
            put_part(y + at, sum, (int)(n - at), accumulate);
    }
}

static void sorted_slide(const T *x, const R *c, size_t taps, size_t step, T *y, size_t count,
                         bool accumulate) {
    size_t done = 0;
    for (; count - done >= BLOCK; done += BLOCK)
        sorted_block(x + done * step, c, taps, step, (R *)(y + done), BLOCK, 0, accumulate);
    if (count > done && count > BLOCK) {
        size_t at = count - BLOCK;
        sorted_block(x + at * step, c, taps, step, (R *)(y + at), BLOCK,
                     (ptrdiff_t)((done - at) * SPACING), accumulate);
    } else if (count > done) {
        sorted_block(x, c, taps, step, (R *)y, count, 0, accumulate);
    }
}

/* One tap, c, of one output's sums. */
ALWAYS_INLINE void one_tap(R sum[SETS][SPACING], const R *x, const R *c) {
    UNROLL
    for (int s = 0; s < SETS; s++) {
        UNROLL
        for (int i = 0; i < SPACING; i++)
            sum[s][i] = scalar_fma(c[s], x[i], sum[s][i]);
    }
}

ALWAYS_INLINE void put_one(R *y, R sum[SETS][SPACING], bool accumulate) {
    R total[2] = {sum[0][0], sum[0][SPACING - 1]};
    if (SETS == 2) {
        total[0] -= sum[SETS - 1][1 % SPACING];
        total[1] += sum[SETS - 1][0];
    }
    UNROLL
    for (int i = 0; i < SPACING; i++)
        y[i] = accumulate ? y[i] + total[i] : total[i];
}

/* `chains` outputs at once. */
ALWAYS_INLINE void scattered_outputs(const T *x, const R *c, size_t taps, size_t step, T *y,
                                     bool accumulate, const int chains) {
    R sum[CHAINS][SETS][SPACING] = {{{0}}};
    for (size_t length; taps > 0; taps -= length) {
        length = chunk_length(taps);
        for (size_t k = 0; k < smaller(GROUP, length); k++)
            for (size_t q = k; q < length; q += GROUP) {
                UNROLL
                for (int i = 0; i < chains; i++)
                    one_tap(sum[i], (const R *)(x + (size_t)i * step + q), c + q * SETS);
            }
        x += length;
        c += length * SETS;
    }
    UNROLL
    for (int i = 0; i < chains; i++)
        put_one((R *)(y + i), sum[i], accumulate);
}

static void scattered_slide(const T *x, const R *c, size_t taps, size_t step, T *y, size_t count,
                            bool accumulate) {
    size_t done = 0;
    for (; count - done >= CHAINS; done += CHAINS)
        scattered_outputs(x + done * step, c, taps, step, y + done, accumulate, CHAINS);
    for (; done < count; done++)
        scattered_outputs(x + done * step, c, taps, step, y + done, accumulate, 1);
}

void FN(slide_step)(const void *x, const void *c, size_t taps, size_t step, void *y, size_t count,
                    bool accumulate) {
    if (step == 1)
        FN(slide)(x, c, taps, y, count, accumulate);
    else if (taps > CONV_SLIDE_TAPS)
        FN(slide_halves)(x, c, taps, step, y, count, accumulate);
    else if (step <= SORTED_STEPS)
        sorted_slide(x, c, taps, step, y, count, accumulate);
    else
        scattered_slide(x, c, taps, step, y, count, accumulate);
}
