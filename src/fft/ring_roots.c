/* Products of roots, rounded once to the type of a table. */
#include "fft/ring_roots.h"

#include "base/leaf.h"

typedef struct {
    double re, im;
} wide;

/* Floats from double arithmetic. */
static inline wide multiply_float(const conv_ring_root *c, int p, int k) {
    double c_re = c->high[0] + c->low[0], c_im = c->high[1] + c->low[1];
    double re = conv_ring_fine_high[p][0][k] + conv_ring_fine_low[p][0][k];
    double im = conv_ring_fine_high[p][1][k] + conv_ring_fine_low[p][1][k];
    return (wide){c_re * re - c_im * im, c_re * im + c_im * re};
}

/* a + b + rest, where a + b comes with its rounding error (Knuth's sum of two). */
static inline double sum(double a, double b, double rest) {
    double s = a + b, b_taken = s - a;
    double error = (a - (s - b_taken)) + (b - b_taken);
    return s + (error + rest);
}

/* Doubles from halves: products of high parts are exact, the others are small. */
static inline wide multiply_double(const conv_ring_root *c, int p, int k) {
    double re = conv_ring_fine_high[p][0][k], re_low = conv_ring_fine_low[p][0][k];
    double im = conv_ring_fine_high[p][1][k], im_low = conv_ring_fine_low[p][1][k];
    double rest_re = (c->high[0] * re_low + c->low[0] * (re + re_low)) -
                     (c->high[1] * im_low + c->low[1] * (im + im_low));
    double rest_im = (c->high[0] * im_low + c->low[0] * (im + im_low)) +
                     (c->high[1] * re_low + c->low[1] * (re + re_low));
    return (wide){sum(c->high[0] * re, -(c->high[1] * im), rest_re),
                  sum(c->high[0] * im, c->high[1] * re, rest_im)};
}

void FN(ring_roots)(const conv_ring_root coarse[3], void *block) {
    R *out = block;
    for (int p = 0; p < 3; p++, out += 2 * CONV_RING_BLOCK) {
        const conv_ring_root c = coarse[p];
        for (int k = 0; k < CONV_RING_BLOCK; k++) {
            wide w =
                sizeof(R) == sizeof(float) ? multiply_float(&c, p, k) : multiply_double(&c, p, k);
            out[k] = (R)w.re;
            out[CONV_RING_BLOCK + k] = (R)w.im;
        }
    }
}
