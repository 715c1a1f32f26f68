/* One-shot calls of small problems: no plan, no memory. */
#ifndef CONV_PLAN_ONCE_H
#define CONV_PLAN_ONCE_H

#include "problem/problem.h"
#include "problem/wishes.h"

/* Does a plain sum without a plan where it is so small that making one would cost more than the
 * sum. False where it is not. Allocates nothing. wishes: as conv_wishes_init leaves them. */
bool conv_once(const conv_problem *problem, const conv_wishes *wishes, const void *kernel,
               const void *signal, void *output);

/* The same of a line with few taps, for arguments as they come: what most small sums are, in less
 * time than it takes to make a problem of them. False, too, where anything is wrong with them. */
bool conv_once_line(conv_dtype dtype, const void *signal, size_t n, const void *kernel, size_t m,
                    conv_mode mode, void *output);

#endif
