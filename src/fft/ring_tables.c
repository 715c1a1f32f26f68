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

typedef struct {
    void *data;
    size_t users;
} shared_level;

/* Quarters of a turn, divided by 1, 3, 5, 7 and 9. */
enum { DIVISORS = 5, ANGLES = 4 * (1 + 3 + 5 + 7 + 9) };
static shared_level levels[2][ANGLES][CONV_RING_DEPTHS];

/* One place for an angle, however it is reached: with the smallest divisor that it has. */
static shared_level *level_at(bool is_double, int angle, int depth) {
    int first = 0, divisor = 1;
    while (divisor < 2 * DIVISORS - 1 && angle * 4 * divisor % CONV_RING_TURN) {
        first += 4 * divisor;
        divisor += 2;
    }
    return &levels[is_double][first + angle * 4 * divisor / CONV_RING_TURN][depth];
}

static root multiply(root a, root b) {
    return (root){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/* exp(2 pi i angle / CONV_RING_TURN / 2^(depth + 2)), by the bits of the angle, of
 * which a quarter of a turn has 315. */
static root unit_root(int angle, int depth) {
    root product = {1, 0};
    for (int at = depth + 10; angle; angle >>= 1, at--) {
        const long double *part = conv_ring_parts[at];
        if (angle & 1) {
            product = multiply(product, (root){part[0], part[1]});
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
        /* Node BLOCK * 2^(d - 1) is 2^(d + 3), a quarter of whose bit reversal is 2^-(d + 6). */
        const long double *halving = conv_ring_halvings[d - 1];
        of.second[d] = (root){halving[0], halving[1]};
    }
    fill(&of, level, blocks, unit_root(angle, depth)); /* node 0: angle / 2^depth, a quarter */
    return level;
}

const void *conv_ring_level_acquire(bool is_double, int angle, int depth) {
    conv_lock_take(CONV_LOCK_TABLES);
    shared_level *level = level_at(is_double, angle, depth);
    if (!level->data) {
        level->data = build(is_double, angle, depth);
    }
    level->users += level->data != NULL;
    const void *data = level->data;
    conv_lock_give(CONV_LOCK_TABLES);
    return data;
}

void conv_ring_level_release(bool is_double, int angle, int depth) {
    conv_lock_take(CONV_LOCK_TABLES);
    shared_level *level = level_at(is_double, angle, depth);
    if (--level->users == 0) {
        conv_free(level->data);
        level->data = NULL;
    }
    conv_lock_give(CONV_LOCK_TABLES);
}
