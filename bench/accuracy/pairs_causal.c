/* Pairs on [0, t]. */
#include <math.h>

#include "closed_forms.h"
#include "pairs.h"

/* Both functions on [0, end]. */
#define CAUSAL(text, kind, f, g, y, end, size, rate) \
    { text, kind, CONV_CAUSAL, 1, f, g, y, 0, 0, 0, 0, end, 0, end, 0, 0, 1, size, rate }

static const bench_pair pairs[] = {
    CAUSAL("[1] e^-t, 2e^-2t", BENCH_PAIR_SMOOTH, form_decay, form_twice_decay2,
           form_decay_by_decay2, 4, 2, 3),
    CAUSAL("[2] e^-t, t^2 e^-t", BENCH_PAIR_SMOOTH, form_decay, form_square_decay,
           form_decay_by_square_decay, 4, 1, 3),
    CAUSAL("[4] t^3, t^2", BENCH_PAIR_SMOOTH, form_cube, form_square, form_cube_by_square, 2, 32,
           2.5),
    CAUSAL("[5] 1, cos", BENCH_PAIR_SMOOTH, form_one, cos, sin, 4, 1, 1),
    CAUSAL("[7] sin, sin", BENCH_PAIR_SMOOTH, sin, sin, form_sine_by_sine, 4, 1, 2),
    CAUSAL("[8] sin 3t, sin 5t", BENCH_PAIR_SMOOTH, form_sin3, form_sin5, form_sin3_by_sin5, 4, 1,
           8),
    CAUSAL("[9] e^-t/2, cos 4t", BENCH_PAIR_SMOOTH, form_half_decay, form_cos4,
           form_half_decay_by_cos4, 4, 1, 4.5),
    CAUSAL("[12] J0, J0", BENCH_PAIR_SMOOTH, form_j0, form_j0, sin, 4, 1, 2),
    CAUSAL("[13] sin, J0", BENCH_PAIR_SMOOTH, sin, form_j0, form_sine_by_j0, 4, 1, 2),
    CAUSAL("[18] gamma(2), gamma(3)", BENCH_PAIR_SMOOTH, form_gamma_2, form_gamma_3,
           form_gamma_2_by_gamma_3, 6, 1, 3.1),
    CAUSAL("[4] t^1/2, t^3/2", BENCH_PAIR_ROUGH, form_root, form_root_cubed,
           form_root_by_root_cubed, 4, 16, 1),
    CAUSAL("[18] gamma(5/2), gamma(2)", BENCH_PAIR_ROUGH, form_gamma_5_2, form_gamma_2,
           form_gamma_9_2, 4, 1, 1),
    CAUSAL("Levy(1), Levy(2)", BENCH_PAIR_ROUGH, form_levy_1, form_levy_2, form_levy_1_by_levy_2, 4,
           1, 1),
};

const bench_pair_set bench_pairs_causal = {pairs, sizeof pairs / sizeof *pairs};
