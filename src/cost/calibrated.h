/* What the cost model knows of a machine: tables of nanoseconds, measured by convbench calibrate.
 * Those of calibrated.c are built in; a profile (cost/profile.h) takes their place. */
#ifndef CONV_COST_CALIBRATED_H
#define CONV_COST_CALIBRATED_H

#include "base/cpu.h"
#include "base/dtype.h"

enum {
    CONV_COST_TYPES = 4, /* conv_dtype */
    CONV_COST_TAPS = 23,
    CONV_COST_ROW_TAPS = 10,
    CONV_COST_COLUMN_TAPS = 6,
    CONV_COST_STEP_TAPS = 4,
    CONV_COST_LENGTHS = 28,
    CONV_COST_SIDES = 12
};

typedef struct conv_calibrated {
    /* Axes of the tables below. */
    double taps[CONV_COST_TAPS], row_taps[CONV_COST_ROW_TAPS];
    double column_taps[CONV_COST_COLUMN_TAPS], step_taps[CONV_COST_STEP_TAPS];
    double lengths[CONV_COST_LENGTHS], sides[CONV_COST_SIDES];

    /* Per output of the leaf loops in the first-level cache; slide_rows with as many rows of taps
     * as columns. */
    double slide[CONV_LEAF_TYPES][CONV_LEVELS][CONV_COST_TAPS];
    double slide_rows[CONV_LEAF_TYPES][CONV_LEVELS][CONV_COST_ROW_TAPS];
    double slide_columns[CONV_LEAF_TYPES][CONV_LEVELS][CONV_COST_COLUMN_TAPS];
    double slide_step[CONV_LEAF_TYPES][CONV_LEVELS][CONV_COST_STEP_TAPS];

    /* Per sample of one convolution of a tile; of planes by their side, ring_grid by rows and
     * columns. 0: no such length. _make: a transform's creation and its kernel's spectrum. */
    double ring[CONV_COST_TYPES][CONV_LEVELS][CONV_COST_LENGTHS];
    double ring_make[CONV_COST_TYPES][CONV_COST_LENGTHS];
    double ring_grid[CONV_COST_TYPES][CONV_LEVELS][CONV_COST_SIDES][CONV_COST_SIDES];
    double ring_plane_make[CONV_COST_TYPES][CONV_COST_SIDES];
    double fftw[CONV_COST_TYPES][CONV_LEVELS][CONV_COST_LENGTHS];
    double fftw_make[CONV_COST_TYPES][CONV_COST_LENGTHS];
    double fftw_plane[CONV_COST_TYPES][CONV_LEVELS][CONV_COST_SIDES];
    double fftw_plane_make[CONV_COST_TYPES][CONV_COST_SIDES];

    /* A gathered sample inside and outside the signal, and a gather's call. */
    double gather[CONV_COST_TYPES][3];

    /* Per byte of memory that is touched for the first time, in the system's ordinary pages and in
     * large ones. */
    double new_memory[2];
} conv_calibrated;

extern const conv_calibrated conv_calibrated_builtin;

/* The tables in force: those of the profile loaded last, else of the one that the environment
 * names, else the built-in ones. They stay where they are for the life of the process. */
const conv_calibrated *conv_calibrated_now(void);

#endif
