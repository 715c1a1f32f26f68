/* Lines of taps that have few different values one after the other. */
#ifndef CONV_METHODS_STEPS_H
#define CONV_METHODS_STEPS_H

#include "problem/problem.h"

#define CONV_MAX_STRETCHES 5

/* Taps begin..begin+width-1 that are all equal. */
typedef struct {
    size_t begin, width;
    const void *tap; /* the first of them; NULL where it is the number 1 */
} conv_tap_stretch;

typedef struct {
    int count;
    conv_tap_stretch stretch[CONV_MAX_STRETCHES];
    bool is_real; /* no tap has an imaginary part */
} conv_steps;

/* The line of m taps, of the kernel's type, as stretches; taps count as equal that differ by a
 * rounding of their own size. False: there are more. The line is to outlive the steps. */
bool conv_steps_find(const conv_problem *problem, const void *line, size_t m, conv_steps *steps);

#endif
