/* What a line costs by each engine, in nanoseconds, gathered and scattered, half of each: so that
 * both forms choose the same engine, and are transposes of each other to the last digits. */
#ifndef CONV_VARYING_ENGINE_COST_H
#define CONV_VARYING_ENGINE_COST_H

#include "varying/varying.h"

double conv_direct_cost(const conv_varying *plan);
double conv_matrix_cost(const conv_varying *plan);

/* bank prepared: what it takes; not yet: the least that it can. */
double conv_bank_cost(const conv_varying *plan);

/* Bytes of the matrix engine's weights, for one row of widths. */
double conv_matrix_bytes(const conv_varying *plan);

#endif
