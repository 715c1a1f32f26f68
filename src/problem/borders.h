/* The lines of a plane that is continued beyond its signal: pointers, not copies. The formulas of
 * the edge rules are extend's. */
#ifndef CONV_PROBLEM_BORDERS_H
#define CONV_PROBLEM_BORDERS_H

#include "problem/problem.h"

/* Whether samples beyond a line's ends that are none of its own have one value in all lines: a
 * constant beside absent lines has two. */
bool conv_borders_are_plain(const conv_problem *problem);

/* Whether a plane has lines that are no lines of the signal. */
bool conv_borders_have_blank(const conv_problem *problem);

/* The line that stands for them: as many samples as a line of the signal. */
void conv_borders_blank(const conv_problem *problem, void *blank);

/* Lines first..first+count-1 of X; `blank` for those that are no lines of the signal. */
void conv_borders_lines(const conv_problem *problem, const void *signal, ptrdiff_t first,
                        size_t count, const void *blank, const void **lines);

#endif
