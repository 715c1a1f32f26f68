/* The sliding sum in one dimension, as a Toeplitz register tile.
 *
 * Taken one by one, every multiply-add loads its own shifted sample vector, and an unaligned
 * 64-byte load costs as much as two multiply-adds. But output vector j with tap k + m * GROUP needs
 * the samples at (j + m) * GROUP + k, whatever j and m are. So a tile of J neighbouring output
 * vectors takes M taps GROUP apart at once: J + M - 1 loads and M broadcasts feed J * M
 * multiply-adds.
 *
 * The order of an output's sum: chunks of taps in turn (chunk_length); in a chunk offsets k = 0..
 * GROUP-1 in turn; for each offset the taps k, k + GROUP, k + 2 GROUP, ... of the chunk. A chunk's
 * last group may be short; offsets past its end have one tap less. All paths below keep to it. */
#include "kernels/slide_parts.h"

enum {
#if VEC_BYTES == 64
    LARGE = SETS == 2 ? 8 : 12, /* 16 or 12 accumulators, 8 or 4 taps, some samples: 32 registers */
    MEDIUM = SETS == 2 ? 4 : 8,
    SETS_TOGETHER = SETS,
#else
    LARGE = SETS == 2 ? 4 : 8, /* 8 accumulators, 4 taps and a sample vector: 16 registers */
    MEDIUM = LARGE,
    SETS_TOGETHER = 1, /* both sets' taps do not fit beside the accumulators */
#endif
    SMALL = 4,
    SHIFT_EVERY = 2
};

/* The offset's `groups` taps at c, on `vectors` neighbouring output vectors. */
ALWAYS_INLINE void toeplitz_step(tile *t, const R *x, const R *c, const int vectors,
                                 const int groups) {
    UNROLL
    for (int first = 0; first < SETS; first += SETS_TOGETHER) {
        vec tap[SETS][MAX_GROUPS];
        UNROLL
        for (int m = 0; m < groups; m++) {
            UNROLL
            for (int s = first; s < first + SETS_TOGETHER; s++)
                tap[s][m] = vec_splat(c[m * GROUP * SETS + s]);
        }
        UNROLL
        for (int q = 0; q < vectors + (groups - 1) * GROUP_VECTORS; q++) {
            bool share = groups * SETS_TOGETHER > 1;
            vec v = share ? load_shared(x + q * LANES) : vec_load(x + q * LANES);
            UNROLL
            for (int m = 0; m < groups; m++) {
                int j = q - m * GROUP_VECTORS;
                UNROLL
                for (int s = first; s < first + SETS_TOGETHER; s++)
                    if (j >= 0 && j < vectors)
                        t->v[s][j] = vec_fma(tap[s][m], v, t->v[s][j]);
            }
        }
    }
}

ALWAYS_INLINE void toeplitz_offsets(tile *t, const R *x, const R *c, size_t offsets,
                                    const int vectors, const int groups) {
    for (size_t k = 0; k < offsets; k++)
        toeplitz_step(t, x + k * SPACING, c + k * SETS, vectors, groups);
}

/* Offsets of a chunk that have the same number of groups. */
ALWAYS_INLINE void toeplitz_run(tile *t, const R *x, const R *c, size_t offsets, size_t groups,
                                const int vectors) {
    switch (groups) {
    case 1:
        toeplitz_offsets(t, x, c, offsets, vectors, 1);
        break;
    case 2:
        toeplitz_offsets(t, x, c, offsets, vectors, 2);
        break;
    case 3:
        toeplitz_offsets(t, x, c, offsets, vectors, 3);
        break;
    case 4:
        toeplitz_offsets(t, x, c, offsets, vectors, 4);
        break;
    case 5:
        toeplitz_offsets(t, x, c, offsets, vectors, 5);
        break;
    default:
        break;
    }
}

/* Offset k of a short kernel with one or two groups. base[q] is the unshifted sample vector q. */
ALWAYS_INLINE void short_step(tile *t, const vec *base, int bases, const R *x, const R *c,
                              const int k, const int vectors, const int groups) {
    vec tap[SETS][2];
    UNROLL
    for (int s = 0; s < SETS; s++) {
        tap[s][0] = vec_splat(c[k * SETS + s]);
        tap[s][1] = groups == 2 ? vec_splat(c[(k + GROUP) * SETS + s]) : tap[s][0];
    }
    UNROLL
    for (int q = 0; q < vectors + groups - 1; q++) {
        bool in_registers = k == 0 || (q % SHIFT_EVERY == 0 && q + 1 < bases);
        vec v = in_registers ? shifted(base[q], base[q + 1 < bases ? q + 1 : q], k * SPACING)
                             : load_shared(x + q * LANES + k * SPACING);
        UNROLL
        for (int m = 0; m < groups; m++) {
            UNROLL
            for (int s = 0; s < SETS; s++)
                if (q >= m && q - m < vectors)
                    t->v[s][q - m] = vec_fma(tap[s][m], v, t->v[s][q - m]);
        }
    }
}

/* A tile for kernels of `groups` groups, one or two. Few multiply-adds share a sample vector here,
 * so that loads would be the limit; every other shifted vector comes from registers, which hold the
 * unshifted ones, by an instruction that has time beside the loads. With one group and J vectors
 * that is J/2 loads, J/2 shifts and a broadcast for J multiply-adds. */
ALWAYS_INLINE void short_tile(const R *x, const R *c, size_t taps, R *y, ptrdiff_t known,
                              bool accumulate, const int vectors, const int groups) {
    const int bases = vectors + groups - 1;
    tile t;
    vec base[LARGE + 1];
    clear(&t, vectors);
    UNROLL
    for (int j = 0; j < bases; j++)
        base[j] = load_shared(x + j * LANES);
    UNROLL
    for (int k = 0; k < GROUP; k++) {
        if (groups == 2 && (size_t)(k + GROUP) < taps)
            short_step(&t, base, bases, x, c, k, vectors, groups);
        else if (groups == 2 || (size_t)k < taps)
            short_step(&t, base, bases, x, c, k, vectors, 1);
    }
    UNROLL
    for (int j = 0; j < vectors; j++)
        put(y + j * LANES, finished(&t, j), known - j * LANES, accumulate);
}

/* A whole tile of outputs, of which the first `known` reals are there already. */
ALWAYS_INLINE void toeplitz_tile(const R *x, const R *c, size_t taps, R *y, ptrdiff_t known,
                                 bool accumulate, const int vectors) {
    tile t;
    clear(&t, vectors);
    for (size_t length; taps > 0; taps -= length) {
        length = chunk_length(taps);
        size_t groups = tap_groups(length), begin = 0;
        /* First behind the offsets with a tap in the last group. */
        size_t end = length - (groups - 1) * GROUP;
        do {
            toeplitz_run(&t, x + begin * SPACING, c + begin * SETS, end - begin, groups, vectors);
            begin = end;
            end = GROUP; /* of the others */
        } while (begin < GROUP && --groups > 0);
        x += length * SPACING;
        c += length * SETS;
    }
    UNROLL
    for (int j = 0; j < vectors; j++)
        put(y + j * LANES, finished(&t, j), known - j * LANES, accumulate);
}

/* n reals of output, from (vectors - 1) to `vectors` vectors; the last vector steps back to end
 * flush. As few chains of sums as this wait for each multiply-add's latency, so that sharing loads
 * between vectors would gain nothing. */
ALWAYS_INLINE void scattered_tile(const R *x, const R *c, size_t taps, R *y, size_t n,
                                  ptrdiff_t known, bool accumulate, const int vectors) {
    tile t;
    size_t at[SMALL];
    clear(&t, vectors);
    UNROLL
    for (int j = 0; j < vectors; j++)
        at[j] = smaller((size_t)(j * LANES), n - LANES);
    for (size_t length; taps > 0; taps -= length) {
        length = chunk_length(taps);
        for (size_t k = 0; k < smaller(GROUP, length); k++)
            for (size_t q = k; q < length; q += GROUP) {
                UNROLL
                for (int j = 0; j < vectors; j++) {
                    vec v = vec_load(x + q * SPACING + at[j]);
                    UNROLL
                    for (int s = 0; s < SETS; s++)
                        t.v[s][j] = vec_fma(vec_splat(c[q * SETS + (size_t)s]), v, t.v[s][j]);
                }
            }
        x += length * SPACING;
        c += length * SETS;
    }
    UNROLL
    for (int j = 0; j < vectors; j++) {
        ptrdiff_t before = j ? (ptrdiff_t)(at[j - 1] + LANES - at[j]) : known;
        put(y + at[j], finished(&t, j), before, accumulate);
    }
}

/* Fewer outputs than a vector holds. */
static void slide_part(const R *x, const R *c, size_t taps, R *y, int n, bool accumulate) {
    tile t;
    clear(&t, 1);
    for (size_t length; taps > 0; taps -= length) {
        length = chunk_length(taps);
        for (size_t k = 0; k < smaller(GROUP, length); k++)
            for (size_t q = k; q < length; q += GROUP) {
                vec v = load_part(x + q * SPACING, n);
                UNROLL
                for (int s = 0; s < SETS; s++)
                    t.v[s][0] = vec_fma(vec_splat(c[q * SETS + (size_t)s]), v, t.v[s][0]);
            }
        x += length * SPACING;
        c += length * SETS;
    }
    put_part(y, finished(&t, 0), n, accumulate);
}

/* A few whole vectors, as of short rows and of the leaves of sums that are fed: of short kernels
 * loads, most of which would cross a cache line, are the limit here. */
ALWAYS_INLINE void whole_tile(const R *x, const R *c, size_t taps, R *y, bool accumulate,
                              const int vectors) {
    if (HAVE_SHIFT && taps <= GROUP)
        short_tile(x, c, taps, y, 0, accumulate, vectors, 1);
    else if (HAVE_SHIFT && SETS == 1 && taps <= 2 * GROUP)
        short_tile(x, c, taps, y, 0, accumulate, vectors, 2);
    else
        toeplitz_tile(x, c, taps, y, 0, accumulate, vectors);
}

static void slide_whole(const R *x, const R *c, size_t taps, R *y, size_t vectors,
                        bool accumulate) {
    switch (vectors) {
    case 1:
        whole_tile(x, c, taps, y, accumulate, 1);
        break;
    case 2:
        whole_tile(x, c, taps, y, accumulate, 2);
        break;
    case 3:
        whole_tile(x, c, taps, y, accumulate, 3);
        break;
    default:
        whole_tile(x, c, taps, y, accumulate, 4);
        break;
    }
}

/* One to SMALL vectors of output. */
static void slide_small(const R *x, const R *c, size_t taps, R *y, size_t n, bool accumulate) {
    if (n % LANES == 0)
        slide_whole(x, c, taps, y, n / LANES, accumulate);
    else if (n > 2 * LANES)
        scattered_tile(x, c, taps, y, n, 0, accumulate, 4);
    else if (n > LANES)
        scattered_tile(x, c, taps, y, n, 0, accumulate, 2);
    else
        scattered_tile(x, c, taps, y, n, 0, accumulate, 1);
}

/* A large tile in halves, because two groups' registers allow no more. */
ALWAYS_INLINE void short_halves(const R *x, const R *c, size_t taps, R *y, ptrdiff_t known,
                                bool accumulate) {
    const int half = LARGE / 2 * LANES;
    for (int at = 0; at <= half; at += half)
        short_tile(x + at, c, taps, y + at, known - at, accumulate, LARGE / 2, 2);
}

static void slide_large(const R *x, const R *c, size_t taps, R *y, ptrdiff_t known,
                        bool accumulate) {
    if (HAVE_SHIFT && taps <= GROUP)
        short_tile(x, c, taps, y, known, accumulate, LARGE, 1);
    else if (HAVE_SHIFT && SETS == 1 && taps <= 2 * GROUP)
        short_halves(x, c, taps, y, known, accumulate);
    else
        toeplitz_tile(x, c, taps, y, known, accumulate, LARGE);
}

static void slide_medium(const R *x, const R *c, size_t taps, R *y, ptrdiff_t known,
                         bool accumulate) {
    if (HAVE_SHIFT && taps <= GROUP)
        short_tile(x, c, taps, y, known, accumulate, MEDIUM, 1);
    else if (HAVE_SHIFT && SETS == 1 && taps <= 2 * GROUP)
        short_tile(x, c, taps, y, known, accumulate, MEDIUM, 2);
    else
        toeplitz_tile(x, c, taps, y, known, accumulate, MEDIUM);
}

/* More than SMALL vectors of output. What the large tiles leave is done by one tile that overlaps
 * them, or by a small one where that is enough. */
static void slide_long(const R *x, const R *c, size_t taps, R *y, size_t n, bool accumulate) {
    const size_t large = LARGE * LANES, medium = MEDIUM * LANES, small = SMALL * LANES;
    size_t done = 0;
    for (; n - done >= large; done += large)
        slide_large(x + done, c, taps, y + done, 0, accumulate);
    if (n - done > medium && n >= large) {
        size_t at = n - large;
        slide_large(x + at, c, taps, y + at, (ptrdiff_t)(done - at), accumulate);
        return;
    }
    if (n - done > small && n >= medium) {
        size_t at = n - done > medium ? done : n - medium;
        slide_medium(x + at, c, taps, y + at, (ptrdiff_t)(done - at), accumulate);
        done = at + medium;
    } else if (n - done > small) {
        slide_small(x + done, c, taps, y + done, small, accumulate);
        done += small;
    }
    if (n - done >= LANES)
        slide_small(x + done, c, taps, y + done, n - done, accumulate);
    else if (n > done)
        scattered_tile(x + n - LANES, c, taps, y + n - LANES, LANES,
                       (ptrdiff_t)(LANES - (n - done)), accumulate, 1);
}

void FN(slide)(const void *x, const void *c, size_t taps, void *y, size_t count, bool accumulate) {
    size_t n = count * SPACING;
    if (taps > CONV_SLIDE_TAPS)
        FN(slide_halves)(x, c, taps, 1, y, count, accumulate);
    else if (n < LANES)
        slide_part(x, c, taps, y, (int)n, accumulate);
    else if (n <= SMALL * LANES)
        slide_small(x, c, taps, y, n, accumulate);
    else
        slide_long(x, c, taps, y, n, accumulate);
}
