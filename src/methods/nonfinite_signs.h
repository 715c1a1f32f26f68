/* Spectra of the signs of taps, for patterns, see nonfinite_pattern.h. */
#ifndef CONV_METHODS_NONFINITE_SIGNS_H
#define CONV_METHODS_NONFINITE_SIGNS_H

#include "methods/tile_transform.h"

/* Takes a row of taps, of which each next one has the place before. */
typedef void conv_signs_row(void *context, size_t place, const char *taps, size_t count);

/* Taps first..end-1 of the plan's, in rows, each with its place along axes of these extents: in
 * convolution order, folded where an extent is shorter than the kernel's. */
void conv_signs_place(const conv_task *task, const size_t *extent, size_t first, size_t end,
                      conv_signs_row *row, void *context);

/* The spectrum of the signs of these taps, or of the infinite ones among them. values: room for as
 * many elements, of the type that is computed in, as the transform has. The signs' norm; 0: there
 * is no spectrum. */
double conv_signs_spectrum(const conv_tile_transform *tile, const conv_task *task, size_t first,
                           size_t end, bool only_infinite, void *values, void *spectrum,
                           void *scratch);

/* Both spectra of all taps, kept by the tile. */
conv_status conv_signs_keep(conv_tile_transform *tile, const conv_task *task);

#endif
