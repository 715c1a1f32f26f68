/* Tables of roots: computed once, counted, freed with the last transform that uses them. */
#include "fft/ring_tables.h"

#include <math.h>
#include <pthread.h>

#include "base/memory.h"
#include "fft/ring_leaf.h"

typedef struct {
    long double re, im;
} root;

static struct {
    void *data;
    size_t users;
} levels[2][CONV_RING_TURN][CONV_RING_DEPTHS];

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static root multiply(root a, root b) {
    return (root){a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

/* exp(2 pi i turns), turns in 0..1/2: by octants, so that the arguments stay small and symmetric
 * roots have equal digits. */
static root unit_root(long double turns) {
    const long double two_pi = 6.283185307179586476925286766559005768L;
    if (turns > 0.25L) {
        root r = unit_root(0.5L - turns);
        return (root){-r.re, r.im};
    }
    if (turns > 0.125L) {
        root r = unit_root(0.25L - turns);
        return (root){r.im, r.re};
    }
    return (root){cosl(two_pi * turns), sinl(two_pi * turns)};
}

/* The bits of k mirrored behind the binary point. */
static long double bit_reversal(size_t k) {
    long double sum = 0, weight = 0.5L;
    for (; k; k >>= 1, weight /= 2) {
        sum += (k & 1) ? weight : 0;
    }
    return sum;
}

static void store(void *level, bool is_double, size_t k, root c) {
    root c2 = multiply(c, c), c3 = multiply(c2, c);
    const long double value[CONV_RING_ROOTS] = {c.re, c.im, c2.re, c2.im, c3.re, c3.im};
    size_t at = k / CONV_RING_BLOCK * CONV_RING_ROOTS * CONV_RING_BLOCK + k % CONV_RING_BLOCK;
    for (size_t i = 0; i < CONV_RING_ROOTS; i++) {
        if (is_double) {
            ((double *)level)[at + i * CONV_RING_BLOCK] = (double)value[i];
        } else {
            ((float *)level)[at + i * CONV_RING_BLOCK] = (float)value[i];
        }
    }
}

/* c of node k has a quarter of the node's angle. With k = low + FINE * high the bit reversals add,
 * so it is a product of two roots, one of FINE and one that stays for FINE nodes. */
static void fill(void *level, bool is_double, int angle, size_t nodes) {
    enum { FINE = 64 };
    root fine[FINE];
    for (size_t low = 0; low < FINE && low < nodes; low++) {
        fine[low] = unit_root(bit_reversal(low) / 4);
    }
    long double first = (long double)angle / CONV_RING_TURN / (long double)nodes;
    for (size_t high = 0; high * FINE < nodes; high++) {
        root coarse = unit_root((bit_reversal(high) / FINE + first) / 4);
        for (size_t low = 0; low < FINE && high * FINE + low < nodes; low++) {
            store(level, is_double, high * FINE + low, multiply(coarse, fine[low]));
        }
    }
}

static void *build(bool is_double, int angle, int depth) {
    size_t nodes = (size_t)1 << depth, size = is_double ? sizeof(double) : sizeof(float), bytes;
    size_t padded = conv_max(nodes, CONV_RING_BLOCK);
    if (!conv_multiply(padded, CONV_RING_ROOTS * size, &bytes)) {
        return NULL;
    }
    void *level = conv_allocate(bytes);
    if (level) {
        /* Lanes beyond the nodes are computed and not used: keep their numbers ordinary. */
        for (size_t k = nodes; k < padded; k++) {
            store(level, is_double, k, (root){1, 0});
        }
        fill(level, is_double, angle, nodes);
    }
    return level;
}

const void *conv_ring_level_acquire(bool is_double, int angle, int depth) {
    pthread_mutex_lock(&lock);
    void *data = levels[is_double][angle][depth].data;
    if (!data) {
        data = build(is_double, angle, depth);
        levels[is_double][angle][depth].data = data;
    }
    if (data) {
        levels[is_double][angle][depth].users++;
    }
    pthread_mutex_unlock(&lock);
    return data;
}

void conv_ring_level_release(bool is_double, int angle, int depth) {
    pthread_mutex_lock(&lock);
    if (--levels[is_double][angle][depth].users == 0) {
        conv_free(levels[is_double][angle][depth].data);
        levels[is_double][angle][depth].data = NULL;
    }
    pthread_mutex_unlock(&lock);
}
