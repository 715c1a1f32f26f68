/* Sums of more taps than a running sum takes. The error of a running sum grows with its length; of
 * two halves, added, it is that of the longer one and one rounding. So a sum of m taps errs by
 * CONV_SLIDE_TAPS + log2(m / CONV_SLIDE_TAPS) roundings (Higham, Accuracy and Stability of
 * Numerical Algorithms, 4.2), rounded up. */
#include "kernels/slide_parts.h"

/* Outputs at a time: whole tiles of slide.c on every level, as many as there is stack for at each
 * halving. */
enum { STRETCH = 1536 / (int)sizeof(T) };

typedef struct {
    const T *x;
    const R *c;
    size_t taps, step;
} long_sum;

static void add_halves(const long_sum *whole, T *y, size_t count);

/* The first half: the largest power of two of whole runs, which leaves something. */
static size_t first_half(size_t taps) {
    size_t half = CONV_SLIDE_TAPS;
    while (half < taps - half)
        half *= 2;
    return half;
}

static void set_halves(const long_sum *whole, T *y, size_t count) {
    if (whole->taps <= CONV_SLIDE_TAPS) {
        FN(slide_step)(whole->x, whole->c, whole->taps, whole->step, y, count, false);
        return;
    }
    size_t half = first_half(whole->taps);
    long_sum first = {whole->x, whole->c, half, whole->step};
    long_sum last = {whole->x + half, whole->c + half * SETS, whole->taps - half, whole->step};
    set_halves(&first, y, count);
    add_halves(&last, y, count);
}

static void add_halves(const long_sum *whole, T *y, size_t count) {
    T part[STRETCH];
    if (whole->taps <= CONV_SLIDE_TAPS) {
        FN(slide_step)(whole->x, whole->c, whole->taps, whole->step, y, count, true);
        return;
    }
    set_halves(whole, part, count);
    R *to = (R *)y;
    const R *from = (const R *)part;
    for (size_t i = 0; i < count * SPACING; i++)
        to[i] += from[i];
}

void FN(slide_halves)(const void *x, const void *c, size_t taps, size_t step, void *y, size_t count,
                      bool accumulate) {
    for (size_t done = 0, some; done < count; done += some) {
        some = smaller(count - done, STRETCH);
        long_sum whole = {(const T *)x + done * step, c, taps, step};
        if (accumulate)
            add_halves(&whole, (T *)y + done, some);
        else
            set_halves(&whole, (T *)y + done, some);
    }
}
