/* Marks of samples and taps, see CONV_MARK_PLUS: as many places as outputs, and around them as many
 * as taps reach, with 0 where there is no sample. */
#ifndef CONV_METHODS_NONFINITE_MARKS_H
#define CONV_METHODS_NONFINITE_MARKS_H

#include "methods/nonfinite.h"

/* Marks that may be read together, from the place of an output on. */
enum { CONV_MARK_BLOCK = 64 };

/* A tap that makes products: how far before the output its sample is, and its mark. */
typedef struct {
    uint32_t before;
    uint8_t mark;
} conv_marked_tap;

typedef struct {
    const conv_nonfinite_box *box;
    const conv_problem *problem;
    size_t extent[CONV_MAX_RANK], stride[CONV_MAX_RANK];
    size_t tap_stride[CONV_MAX_RANK];
    size_t places;
    uint8_t *marks[2], *turned[2]; /* of a part of the samples; under a tap that is negative */
    uint8_t *tap[2];               /* marks of a part of the taps, in convolution order */
    conv_marked_tap *list[2];      /* those that are not 0, in an order that is spread over all */
    size_t listed[2];
    bool complete[2]; /* the list has all of them */
} conv_marks;

size_t conv_marks_bytes(const conv_problem *problem, const size_t *outputs);

/* Of the products of NaN and Inf samples. False: there are too many places. */
bool conv_marks_make(conv_marks *marks, const conv_nonfinite_box *box, const void *samples,
                     char *memory);

static inline int conv_mark_parts(conv_dtype dtype) {
    return conv_dtype_is_complex(dtype) ? 2 : 1;
}

#endif
