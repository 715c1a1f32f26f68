/* Axes along which nothing moves: images of one column, volumes of one slice. */
#ifndef CONV_PROBLEM_STILL_AXES_H
#define CONV_PROBLEM_STILL_AXES_H

#include "problem/problem.h"

/* Leaves out the axes whose one output is their one sample times their one tap, so that a problem
 * is what it is without them: methods choose their loops by the last axes. has_rule: axes that are
 * no plain sums carry its weights, and stay. */
void conv_problem_drop_still_axes(conv_problem *problem, bool has_rule);

#endif
