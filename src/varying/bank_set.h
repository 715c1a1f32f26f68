/* Kernels of a range of widths as a sum of few: with t the logarithm of the width, scaled to -1..1,
 *     K_s(d) = sum_p T_p(t) c_p(d),
 * T_p Chebyshev's polynomials. The c_p come from interpolation at Chebyshev nodes; what is left out
 * is at most the sum of their norms. c_0 has the sum 1 and all others 0, so constants and totals
 * are kept whatever is left out. */
#ifndef CONV_VARYING_BANK_SET_H
#define CONV_VARYING_BANK_SET_H

#include <stdbool.h>
#include <stddef.h>

#include "fft/transform.h"
#include "varying/taps.h"

enum { CONV_BANK_CLASSES = 5 };

/* The ratio of the widest to the narrowest width of a set of this class. */
double conv_bank_ratio(int class);

typedef struct {
    conv_varying_kind kind;
    int class, index; /* from ratio^(index / 2) on */
    size_t terms;
    double error;    /* sum over d of |K_s - the sum|, at most */
    size_t chunk;    /* the last chunk of samples that was found to need it */
    size_t spectrum; /* bytes from the beginning of all spectra; of term 0, the others follow */
} conv_bank_set;

/* The first width of the set, and t of a width in it. */
double conv_bank_low(int class, int index);
double conv_bank_place(const conv_bank_set *set, double width);

/* The index of the set that begins last before this width. */
int conv_bank_index(int class, double width);

/* coefficients[p * (reach+1) + d] = c_p(d), d = 0..reach, of kernels whose sum up to `whole` is 1,
 * which may be further than matters; terms and error for this tolerance. terms 0: it cannot be
 * kept. room: conv_bank_nodes(class) * (reach+1) numbers each in coefficients and nodes. */
size_t conv_bank_nodes(int class);
void conv_bank_coefficients(conv_bank_set *set, const conv_tap_rule *rule, size_t reach,
                            double whole, double tolerance, double *nodes, double *coefficients);

#endif
