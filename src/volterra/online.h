/* The state of a convolution that is fed sample by sample, and its work at the ends of blocks. */
#ifndef CONV_VOLTERRA_ONLINE_H
#define CONV_VOLTERRA_ONLINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/elements.h"
#include "kernels/kernels.h"

enum {
    LEAF = 8,         /* samples that are summed one by one */
    SLIDE_BLOCK = 64, /* blocks up to this are sliding sums; beyond, transforms are cheaper */
    LEVELS = 64
};

/* What the samples [p-B, p) contribute to the outputs [p, p+B), where B is the largest of the
 * levels' blocks that divides p. */
typedef struct {
    conv_plan *plan; /* NULL: a sliding sum */
    size_t samples, outputs;
} online_level;

struct conv_online {
    conv_dtype dtype;
    const conv_element_kernels *elements;
    const conv_slide_kernels *slides, *real_slides;
    size_t m;
    bool trapezoid;
    double factor;   /* of the outputs: a spacing that the taps could not take */
    size_t block;    /* of the largest level: a power of two times LEAF, m-1 or more */
    int levels;      /* blocks LEAF, 2 LEAF, ..., block; none where m is 1 */
    size_t count;    /* samples taken */
    size_t due;      /* the count at which blocks have to be carried forward next */
    char *taps;      /* m, weighted by the rule */
    char *signal;    /* the samples of this block, at their index modulo block */
    char *pending;   /* outputs of this block, as far as the samples so far are in them */
    char *recent;    /* the last SLIDE_BLOCK samples, latest first, from the end of the array */
    char *result;    /* of a plan */
    char *workspace; /* of the plans */
    char first[16];  /* sample 0, as weighted */
    online_level level[LEVELS];
};

/* Makes the plans, from the weighted taps, and their buffers. */
conv_status conv_online_make_levels(conv_online *online);
void conv_online_drop_levels(conv_online *online);

/* At count == due: adds what has come to pending, and sets the next due. */
void conv_online_carry(conv_online *online);

/* The count after `count` at which there is something to carry. */
size_t conv_online_next_due(const conv_online *online, size_t count);

#endif
