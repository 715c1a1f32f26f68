/* Size arithmetic that notices overflow, and aligned memory. */
#ifndef CONV_BASE_MEMORY_H
#define CONV_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A cache line, and the widest vector. */
#define CONV_ALIGNMENT 64

/* No array of the library or the caller is larger: differences of pointers must fit. */
#define CONV_MAX_BYTES ((size_t)PTRDIFF_MAX)

/* *sum = a + b or *product = a * b; false where it exceeds CONV_MAX_BYTES. */
static inline bool conv_add(size_t a, size_t b, size_t *sum) {
    return !__builtin_add_overflow(a, b, sum) && *sum <= CONV_MAX_BYTES;
}

static inline bool conv_multiply(size_t a, size_t b, size_t *product) {
    return !__builtin_mul_overflow(a, b, product) && *product <= CONV_MAX_BYTES;
}

/* The same for sizes that are put together of many: a + b and a * b, or more than CONV_MAX_BYTES
 * where they, or one of the operands, are. What is made of such a size is one, too, so that only
 * the last need be looked at: conv_allocate gives no memory for it. */
static inline size_t conv_plus(size_t a, size_t b) {
    size_t sum;
    return a <= CONV_MAX_BYTES && b <= CONV_MAX_BYTES && conv_add(a, b, &sum) ? sum : SIZE_MAX;
}

static inline size_t conv_times(size_t a, size_t b) {
    size_t product;
    return a <= CONV_MAX_BYTES && b <= CONV_MAX_BYTES && conv_multiply(a, b, &product) ? product
                                                                                       : SIZE_MAX;
}

static inline size_t conv_min(size_t a, size_t b) {
    return a < b ? a : b;
}

static inline size_t conv_max(size_t a, size_t b) {
    return a > b ? a : b;
}

/* Where piece i of 0..count-1 cut in so many begins: count * i / pieces, i <= pieces < 2^32. */
static inline size_t conv_cut(size_t count, size_t i, size_t pieces) {
    return count / pieces * i + (size_t)((uint64_t)(count % pieces) * i / pieces);
}

/* bytes rounded up to a multiple of CONV_ALIGNMENT, so that parts of one allocation stay aligned;
 * more than CONV_MAX_BYTES remain so. */
static inline size_t conv_aligned_size(size_t bytes) {
    if (bytes > CONV_MAX_BYTES)
        return SIZE_MAX;
    return (bytes + CONV_ALIGNMENT - 1) & ~(size_t)(CONV_ALIGNMENT - 1);
}

/* What stands for a workspace of no bytes: parts of none begin at its address, and from NULL not
 * even an offset of 0 is defined. Never written. */
extern const char conv_nothing[CONV_ALIGNMENT];

/* NULL: conv_nothing. */
static inline void *conv_align_pointer(void *p) {
    uintptr_t misfit = (uintptr_t)p % CONV_ALIGNMENT;
    if (!p)
        return (void *)(uintptr_t)conv_nothing;
    return misfit ? (char *)p + (CONV_ALIGNMENT - misfit) : p;
}

/* A page of the large kind, and from how many bytes on memory asks for them: touching memory that
 * is new to the process in ordinary pages costs as much as transforming it, or far more. */
#define CONV_HUGE_PAGE ((size_t)2 << 20)
#define CONV_HUGE_BYTES ((size_t)4 << 20)

/* glibc's malloc keeps no free memory of pieces above this: every such piece is new, and may as
 * well begin and end with a large page. */
#define CONV_KEPT_BYTES ((size_t)32 << 20)

/* Memory aligned to CONV_ALIGNMENT, ended by conv_free; NULL where there is none. */
void *conv_allocate(size_t bytes);
void conv_free(void *memory);

#endif
