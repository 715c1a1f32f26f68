/* Loops over the outputs of one signal. */
#ifndef CONV_PLAN_OUTPUTS_H
#define CONV_PLAN_OUTPUTS_H

#include "problem/problem.h"

void conv_outputs_clear(const conv_problem *problem, char *output);
void conv_outputs_scale(const conv_problem *problem, double factor, char *output);
void conv_outputs_round(const conv_problem *problem, char *output); /* to integers */

/* Contiguous strides for the outputs. */
void conv_outputs_pack(conv_problem *problem);

#endif
