/* Facts about the four element types. */
#ifndef CONV_BASE_DTYPE_H
#define CONV_BASE_DTYPE_H

#include <stdbool.h>
#include <stddef.h>

#include "conv.h"

/* Element types of signal and kernel, as the leaf loops see them. */
typedef enum {
    CONV_LEAF_F32,
    CONV_LEAF_F64,
    CONV_LEAF_C32,
    CONV_LEAF_C64,
    CONV_LEAF_C32R, /* complex signal, real kernel */
    CONV_LEAF_C64R,
    CONV_LEAF_TYPES
} conv_leaf_type;

static inline bool conv_dtype_is_complex(conv_dtype type) {
    return type == CONV_C32 || type == CONV_C64;
}

static inline bool conv_dtype_is_double(conv_dtype type) {
    return type == CONV_F64 || type == CONV_C64;
}

static inline conv_dtype conv_dtype_real(conv_dtype type) {
    return conv_dtype_is_double(type) ? CONV_F64 : CONV_F32;
}

/* Of the same kind, in double. */
static inline conv_dtype conv_dtype_wide(conv_dtype type) {
    return conv_dtype_is_complex(type) ? CONV_C64 : CONV_F64;
}

static inline size_t conv_dtype_reals(conv_dtype type) {
    return conv_dtype_is_complex(type) ? 2 : 1;
}

static inline size_t conv_dtype_size(conv_dtype type) {
    return (conv_dtype_is_double(type) ? sizeof(double) : sizeof(float)) * conv_dtype_reals(type);
}

static inline const char *conv_dtype_name(conv_dtype type) {
    static const char *const names[] = {"f32", "f64", "c32", "c64"};
    return names[type];
}

#endif
