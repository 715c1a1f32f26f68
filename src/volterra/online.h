/* The state of a convolution that is fed sample by sample, and its work at the ends of blocks.
 *
 * Time is cut into blocks of LEAF samples, DIRECT = 8 LEAF, RADIX DIRECT, ... Of a sample
 * and a later output take the largest blocks that they do not share. Where they share a leaf, the
 * product is added when the sample is taken; where they share a block of DIRECT, when the sample's
 * leaf ends; all other products are spectra of blocks times spectra of taps, one level for every
 * size of block. A block's spectrum is made once, when it ends, and serves all later blocks within
 * the next larger one (Hairer, Lubich and Schlichte, Fast numerical solution of nonlinear Volterra
 * convolution equations, 1985, who halve; with more than two blocks of a size the spectra are
 * shared). The last level reaches over the whole kernel, and keeps spectra of as many blocks. */
#ifndef CONV_VOLTERRA_ONLINE_H
#define CONV_VOLTERRA_ONLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/elements.h"
#include "fft/transform.h"
#include "kernels/kernels.h"

enum {
    LEAF = 8,    /* samples whose products are added one sample at a time */
    DIRECT = 64, /* a block whose leaves are sliding sums; from here on transforms are cheaper */
    /* Blocks of a level in one of the next, of spectra and of sums: more are fewer transforms, and
     * more products of spectra. Measured, n = m = 2^17, f64, Zen 4: 4 23.3, 8 21.3, 16 20.9,
     * 32 25.6 ns a push; of DIRECT: 32 22.7, 128 21.6. */
    RADIX = 16,
    SUMS_RADIX = 8,
    LEVELS = 24, /* more than a size has octal digits */
    /* Roundings of an output besides its products' sums in levels: a product; at most 8 sums by
     * pushes, 8 within a leaf and 7 of leaves; the first sample and its factor; the spacing's. */
    ROUNDINGS = 32
};

/* Block p-d, d = 1..distances, meets block p through the taps (d-1) block + 1 .. (d+1) block - 1,
 * which are kernel spectrum d-1. The spectrum of block p is in slot p modulo cycle. */
typedef struct {
    conv_transform *transform; /* of two blocks; NULL where COMPONENTWISE is kept */
    conv_plan **plans;         /* COMPONENTWISE, by distance; NULL: sums */
    size_t block, distances, cycle;
    size_t spectrum;         /* bytes of one */
    char *kernels, *signals; /* spectra, one after the other; NaN and Inf taps are left out */
    int exponent;            /* the spectra are those of the taps divided by 2^this */
    bool enlarges;           /* outputs can be larger than samples: see online_mend.c */
} online_level;

struct conv_online {
    conv_dtype dtype;
    const conv_element_kernels *elements;
    const conv_slide_kernels *slides, *real_slides;
    size_t m;
    bool trapezoid, finite_taps;
    bool special;  /* the next output is not just the sum */
    double factor; /* of the outputs: a spacing that the taps could not take */
    bool componentwise;
    double value; /* of that tolerance; 0: what sums keep */
    size_t room;  /* outputs in pending: a block; without levels, what its leaves reach, too */
    size_t radix;
    size_t block;   /* of the last level; DIRECT where there is none, for all taps are in reach */
    size_t kept;    /* samples, a power of two: all that a tap can still meet */
    size_t count;   /* samples taken */
    size_t due;     /* the count at which blocks have to be carried forward next */
    conv_feed feed; /* at sample `count` */
    char *taps;     /* m, weighted by the rule; and a block of zeros where COMPONENTWISE is kept */
    char *signal;   /* the samples, at their index modulo kept */
    char *pending;  /* outputs from the current block's first on, as far as they are summed up */
    char *recent;   /* the samples of the current leaf, latest first, from the end of the array */
    char *result;   /* of a level: a block */
    char *sum;      /* of products of spectra */
    char *spare;    /* a spectrum that is made anew */
    char *scratch;  /* of the transforms, or of the plans */
    char *reversed; /* samples of COMPONENTWISE levels, latest first */
    char first[16]; /* sample 0, as weighted */
    int levels;
    online_level level[LEVELS];
};

/* Chooses the blocks; false where they exceed the address space. */
bool conv_online_choose_blocks(conv_online *online);

/* Makes the levels, from the weighted taps, and their buffers. */
conv_status conv_online_make_levels(conv_online *online);
void conv_online_drop_levels(conv_online *online);

/* A level that keeps COMPONENTWISE (online_sums.c): plans where tilts may pay or sums in the data's
 * type are not exact enough; *workspace grows to what they need. */
conv_status conv_online_make_sums(conv_online *online, online_level *level, size_t *workspace);

/* What comes of the block that has ended and of those before it, `distances` in all: the level's
 * outputs from y on, written, or added. */
void conv_online_run_sums(const conv_online *online, const online_level *level, size_t distances,
                          char *y, bool adds);

/* The taps between blocks at distance d, and a zero before them, in order; NaN and Inf are 0 where
 * asked. Returns how many. */
size_t conv_online_load_taps(const conv_online *online, const online_level *level, size_t d,
                             bool only_finite, char *kernel);

/* y += x; of `count` samples, as wide as vectors are. */
void conv_online_add(const conv_online *online, const char *x, char *y, size_t count);

/* At count == due: adds what has come to pending, and sets the next due. */
void conv_online_carry(conv_online *online);

/* Where the next sample and output lie, and the next due. */
void conv_online_aim(conv_online *online);

/* Where the sample with this index is kept. */
static inline char *conv_online_sample(const conv_online *online, size_t index) {
    return online->signal + (index & (online->kept - 1)) * online->elements->size;
}

/* The level's block has ended, y is what comes of it and of those before it, `distances` in all, as
 * transforms have it: does what they cannot, NaN, Inf and sums near the ends of the type's range. y
 * still is to be multiplied by 2^exponent, and has been afterwards. */
void conv_online_mend(const conv_online *online, const online_level *level, size_t distances,
                      char *y);

#endif
