/* Tables of roots, shared by all transforms of the process. */
#ifndef CONV_FFT_RING_TABLES_H
#define CONV_FFT_RING_TABLES_H

#include <stdbool.h>
#include <stddef.h>

/* Angles of the root of a tree are given in parts of a turn, 0..CONV_RING_TURN-1: quarters, and
 * those divided by 3, 5, 7 or 9, are whole numbers of them. No other angle has levels. */
#define CONV_RING_TURN 1260

/* The level of 2^depth nodes of the tree whose root has an angle: immutable until it is released
 * as often as it was acquired. NULL where there is no memory. */
const void *conv_ring_level_acquire(bool is_double, int angle, int depth);
void conv_ring_level_release(bool is_double, int angle, int depth);

#endif
