/* The output lattice of a mode: the only place that knows where each begins and how long it is. */
#ifndef CONV_PROBLEM_LATTICE_H
#define CONV_PROBLEM_LATTICE_H

#include <stdbool.h>
#include <stddef.h>

#include "conv.h"

/* CONV_ERR_ENUM where the mode is none that a call without a description takes. */
conv_status conv_lattice_check_mode(conv_mode mode);

/* Where SAME starts in the full result, by the preset. */
size_t conv_lattice_same_start(conv_preset preset, conv_operation operation, size_t m);

/* Start and count of a mode other than WINDOW, without a description (the default preset, the
 * signal's extent as period). n, m: at least 1; n + m - 1 does not overflow. */
void conv_lattice_of_mode(conv_mode mode, size_t n, size_t m, size_t *start, size_t *count);

#endif
