/* Tables of roots: computed once, counted, freed with the last transform that uses them. */
#include "fft/ring_tables.h"

#include "base/lock.h"
#include "base/memory.h"
#include "fft/ring_roots.h"

/* The logarithm of CONV_RING_BLOCK. */
enum { BLOCK_DEPTH = 4 };

typedef struct {
    long double re, im;
} root;

static struct {
    void *data;
    size_t users;
} levels[2][CONV_RING_TURN][CONV_RING_DEPTHS];

static root multiply(root a, root b) {
    return (root){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/* exp(2 pi i numerator / (3 * 2^m)), numerator below 16, m at least 4: by the bits of the
 * numerator. A root of 2^m turns is one of numerator 3. */
static root unit_root(int numerator, int m) {
    root product = {1, 0};
    for (; numerator; numerator >>= 1, m--) {
        const long double *third = conv_ring_thirds[m - 1];
        if (numerator & 1) {
            product = multiply(product, (root){third[0], third[1]});
        }
    }
    return product;
}

static conv_ring_root halves(root c) {
    double re = (double)(float)c.re, im = (double)(float)c.im;
    return (conv_ring_root){{re, im}, {(double)(c.re - re), (double)(c.im - im)}};
}

static conv_ring_roots_body *body_of(bool is_double) {
#ifdef CONV_HAVE_X86_LEVELS
    if (conv_cpu_level() == CONV_LEVEL_V4) {
        return is_double ? conv_ring_roots_f64_v4 : conv_ring_roots_f32_v4;
    }
    if (conv_cpu_level() == CONV_LEVEL_V3) {
        return is_double ? conv_ring_roots_f64_v3 : conv_ring_roots_f32_v3;
    }
#endif
    return is_double ? conv_ring_roots_f64_baseline : conv_ring_roots_f32_baseline;
}

/* What every block of a table needs. */
typedef struct {
    size_t block_bytes;
    conv_ring_roots_body *body;
    root second[CONV_RING_DEPTHS]; /* of the first node of a half of 2^(depth - 1) blocks */
} table;

/* The first 2^depth blocks of a level whose node 0 has c. Bit reversals add where bits do not meet:
 * the second half's c are the first half's, times that of its first node. */
static void fill(const table *of, char *level, int depth, root c) {
    if (depth == 0) {
        root c2 = multiply(c, c);
        const conv_ring_root powers[3] = {halves(c), halves(c2), halves(multiply(c2, c))};
        of->body(powers, level);
        return;
    }
    fill(of, level, depth - 1, c);
    fill(of, level + (of->block_bytes << (depth - 1)), depth - 1, multiply(c, of->second[depth]));
}

/* Lanes beyond the nodes of a short level are computed and not used. */
static void *build(bool is_double, int angle, int depth) {
    size_t block = CONV_RING_ROOTS * CONV_RING_BLOCK * (is_double ? sizeof(double) : sizeof(float));
    int blocks = depth > BLOCK_DEPTH ? depth - BLOCK_DEPTH : 0;
    size_t bytes;
    if (!conv_multiply((size_t)1 << blocks, block, &bytes)) {
        return NULL;
    }
    void *level = conv_allocate(bytes);
    if (!level) {
        return NULL;
    }
    table of = {.block_bytes = block, .body = body_of(is_double)};
    for (int d = 1; d <= blocks; d++) {
        /* Node BLOCK * 2^(d - 1) is 2^(d + 3), a quarter of whose bit reversal is this. */
        of.second[d] = unit_root(3, d + 6);
    }
    fill(&of, level, blocks, unit_root(angle, depth + 4)); /* node 0: angle / 2^depth, a quarter */
    return level;
}

const void *conv_ring_level_acquire(bool is_double, int angle, int depth) {
    conv_lock_take(CONV_LOCK_TABLES);
    void *data = levels[is_double][angle][depth].data;
    if (!data) {
        data = build(is_double, angle, depth);
        levels[is_double][angle][depth].data = data;
    }
    if (data) {
        levels[is_double][angle][depth].users++;
    }
    conv_lock_give(CONV_LOCK_TABLES);
    return data;
}

void conv_ring_level_release(bool is_double, int angle, int depth) {
    conv_lock_take(CONV_LOCK_TABLES);
    if (--levels[is_double][angle][depth].users == 0) {
        conv_free(levels[is_double][angle][depth].data);
        levels[is_double][angle][depth].data = NULL;
    }
    conv_lock_give(CONV_LOCK_TABLES);
}
