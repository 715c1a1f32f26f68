/* Functions with jumps at grid points: stretches between jumps, each with the ends of a function of
 * its own, and a plan for every pair of a signal's and a kernel's stretch. Their results add up. */
#ifndef CONV_PLAN_PIECES_H
#define CONV_PLAN_PIECES_H

#include "plan/plan.h"

/* *plan is NULL on success where the output is a window that no stretch reaches. */
conv_status conv_plan_build_pieces(conv_plan **plan, const conv_problem *bare,
                                   const conv_desc *desc, const void *kernel);

/* COMPONENTWISE's value for the sums between jumps: what the additions of their results leave of
 * the description's, 0 or less where that is nothing. 0 stays 0: no value is asked for. */
double conv_pieces_value(const conv_desc *desc);

#endif
