/* Samples and taps that change places: where a kernel is much longer than the signal, the direct
 * sum takes the samples as taps that slide over the kernel. It is the same sum. */
#ifndef CONV_METHODS_DIRECT_EXCHANGE_H
#define CONV_METHODS_DIRECT_EXCHANGE_H

#include "problem/problem.h"

/* Whether they do: by sizes alone, so that bits do not depend on the instruction set. */
bool conv_direct_exchanges(const conv_problem *problem);

/* The problem with its taps, in sliding order, as samples: its signal begins at the last one. */
void conv_direct_exchange(const conv_problem *problem, conv_problem *exchanged);

#endif
