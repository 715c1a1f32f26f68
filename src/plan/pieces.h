/* Functions with jumps at grid points: stretches between jumps, each with the ends of a function of
 * its own, and a plan for every pair of a signal's and a kernel's stretch. Their results add up. */
#ifndef CONV_PLAN_PIECES_H
#define CONV_PLAN_PIECES_H

#include "plan/plan.h"

/* *plan is NULL on success where the output is a window that no stretch reaches. */
conv_status conv_plan_build_pieces(conv_plan **plan, const conv_problem *bare,
                                   const conv_desc *desc, const void *kernel);

#endif
