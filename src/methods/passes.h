/* How the passes of a separable kernel may run: by running sums, over a coarse grid, or by
 * loops over taps, of a plane band by band, else tile by tile. A table of them is in separable.c.
 */
#ifndef CONV_METHODS_PASSES_H
#define CONV_METHODS_PASSES_H

#include "methods/factor.h"
#include "methods/methods.h"

/* Members as those of conv_method_row; factors: found, of one term or more, owned by the caller and
 * outliving the state. */
typedef struct {
    const char *(*reject)(const conv_task *task, const conv_factors *factors);
    double (*seconds)(const conv_task *task, const conv_factors *factors);
    conv_status (*prepare)(const conv_task *task, const conv_factors *factors, void **state);
    void (*release)(void *state);
    size_t (*workspace)(const conv_task *task, const void *state, int threads);
    void (*execute)(const conv_task *task, const void *state, const void *signal, void *output,
                    void *workspace, int threads);
    conv_measured (*execute_measured)(const conv_task *task, const void *state, const void *signal,
                                      void *output, void *workspace, conv_error *error,
                                      conv_magnitudes *outputs); /* may be NULL */
    conv_error (*error)(const conv_task *task, const void *state, const void *signal,
                        void *workspace, bool proved);
    int (*describe)(const conv_task *task, const void *state, char *text, size_t size);
} conv_passes;

extern const conv_passes conv_running_passes, conv_coarse_passes, conv_plane_passes,
    conv_tile_passes;

/* The error of one pass after the other, each a sum along one axis, through factors whose outer
 * product is off a tap by 2 * rank + 2 units. Of several terms each is at most twice what the one
 * before has left of the largest tap, by full pivoting, and the units are the largest tap's.
 * roundings: of all axes. */
conv_error conv_passes_error(const conv_task *task, const void *signal, int terms,
                             double roundings);

/* The same where every pass is a loop over taps. */
conv_error conv_passes_loops_error(const conv_task *task, const void *signal, int terms);

#endif
