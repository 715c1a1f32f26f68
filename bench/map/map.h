/* The command map: which method wins over signal and kernel size, speed against the machine's
 * limits, error against size. */
#ifndef BENCH_MAP_H
#define BENCH_MAP_H

#include "options.h"

enum { MAP_SIGNALS = 8, MAP_KERNELS = 12 };

typedef struct {
    size_t signals, kernels; /* how many of the arrays count */
    size_t signal[MAP_SIGNALS], kernel[MAP_KERNELS];
    /* rows 0: not measured, the kernel being longer than the signal */
    bench_result cell[MAP_SIGNALS][MAP_KERNELS];
    bench_type type;
    conv_isa isa;
} bench_map_cells;

/* Returns the exit status. */
int bench_map(const bench_options *options, const bench_limits *limits);

/* NAME.csv, NAME.gp; false where one could not be written. */
bool bench_map_write(const bench_map_cells *map, const char *name, const bench_limits *limits);

#endif
