/* What lies beyond the ends of a block's rows, copied from the rows themselves. A run is mostly
 * shorter than a vector: whole vectors are copied, and what they write too much lies further out,
 * where the next run comes, or beyond all that is read. */
#include "kernels/slide_parts.h"

/* Elements in a vector; complex ones that it holds no whole pair of have none. */
enum { ELEMENTS = LANES / SPACING };

/* The elements of v, the last one first. */
ALWAYS_INLINE vec reversed(vec v) {
#if CONV_LEAF_COMPLEX && defined(CONV_LEAF_DOUBLE) && VEC_BYTES == 16
    return v;
#elif CONV_LEAF_COMPLEX && VEC_BYTES / REAL_BYTES == 4
    return __builtin_shufflevector(v, v, 2, 3, 0, 1);
#elif CONV_LEAF_COMPLEX && VEC_BYTES / REAL_BYTES == 8
    return __builtin_shufflevector(v, v, 6, 7, 4, 5, 2, 3, 0, 1);
#elif CONV_LEAF_COMPLEX
    return __builtin_shufflevector(v, v, 14, 15, 12, 13, 10, 11, 8, 9, 6, 7, 4, 5, 2, 3, 0, 1);
#elif VEC_BYTES / REAL_BYTES == 2
    return __builtin_shufflevector(v, v, 1, 0);
#elif VEC_BYTES / REAL_BYTES == 4
    return __builtin_shufflevector(v, v, 3, 2, 1, 0);
#elif VEC_BYTES / REAL_BYTES == 8
    return __builtin_shufflevector(v, v, 7, 6, 5, 4, 3, 2, 1, 0);
#else
    return __builtin_shufflevector(v, v, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
#endif
}

/* An element in every place of a vector. */
ALWAYS_INLINE vec repeated(const R *element) {
    vec first = vec_splat(element[0]), second = vec_splat(element[SPACING - 1]);
    if (SPACING == 1)
        return first;
    vec_index odd = {0};
    for (int i = 1; i < LANES; i += 2)
        odd[i] = -1;
    return (vec)(((vec_index)second & odd) | ((vec_index)first & ~odd));
}

/* The element nearest the inside of so many in a run, from `done` on; of a vector the one that
 * comes first in memory. */
ALWAYS_INLINE ptrdiff_t lowest(ptrdiff_t nearest, ptrdiff_t done, ptrdiff_t way) {
    return nearest + way * done - (way < 0 ? ELEMENTS - 1 : 0);
}

/* Outwards and in the source both upwards, both downwards, or one of them. */
static void copy_end(const conv_row_run *run, R *row, ptrdiff_t pitch, size_t rows) {
    const bool same = run->step == run->way;
    for (size_t r = 0; r < rows; r++, row += pitch)
        for (ptrdiff_t done = 0; done < (ptrdiff_t)run->length; done += ELEMENTS) {
            vec v = vec_load(row + SPACING * lowest(run->from, done, run->step));
            vec_store(row + SPACING * lowest(run->to, done, run->way), same ? v : reversed(v));
        }
}

/* A vector of one element, at a run's places in a row. */
ALWAYS_INLINE void store_end(const conv_row_run *run, vec v, R *row) {
    for (ptrdiff_t done = 0; done < (ptrdiff_t)run->length; done += ELEMENTS)
        vec_store(row + SPACING * lowest(run->to, done, run->way), v);
}

static void repeat_end(const conv_row_run *run, R *row, ptrdiff_t pitch, size_t rows) {
    for (size_t r = 0; r < rows; r++, row += pitch)
        store_end(run, repeated(row + SPACING * run->from), row);
}

static void fill_end(const conv_row_run *run, const R *value, R *row, ptrdiff_t pitch,
                     size_t rows) {
    const vec v = repeated(value);
    for (size_t r = 0; r < rows; r++, row += pitch)
        store_end(run, v, row);
}

void FN(slide_ends)(const conv_row_ends *ends, void *block, ptrdiff_t pitch, size_t rows) {
    R value[SPACING];
    memcpy(value, ends->value, sizeof value);
    for (size_t i = 0; i < ends->count; i++) {
        const conv_row_run *run = &ends->run[i];
        if (run->from < 0)
            fill_end(run, value, block, pitch * SPACING, rows);
        else if (run->step == 0)
            repeat_end(run, block, pitch * SPACING, rows);
        else
            copy_end(run, block, pitch * SPACING, rows);
    }
}
