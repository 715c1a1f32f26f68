/* --layer: what layers cost, against the limits of the machine. */
#ifndef BENCH_LAYER_BARS_H
#define BENCH_LAYER_BARS_H

#include "options.h"

/* The exit status is 1 where a bar fails. --json: also every case as one object a line, for
 * compare.py. */
int bench_layer_bars(const bench_options *options, const bench_limits *limits);

#endif
