/* End corrections on some of the axes, where a convolution is left on the others: planes of samples
 * and combinations of planes of taps, each transformed once; of every corrected plane the products
 * are added up and turned back once. */
#ifndef CONV_PLAN_END_SPECTRA_H
#define CONV_PLAN_END_SPECTRA_H

#include "plan/end_rows.h"
#include "problem/task.h"

typedef struct conv_end_spectra conv_end_spectra;

/* axes: a bit for each that is corrected; not all of them. rows: of the axes, CONV_END_EXTRA; kind:
 * of every axis a byte for each output of the lattice, 2 where nothing is to be added. The
 * task's problem, rows and kind must outlive it. Errors: MEMORY, OVERFLOW. */
conv_status conv_end_spectra_plan(conv_end_spectra **planned, const conv_task *task, unsigned axes,
                                  const conv_end_rows *rows, const unsigned char *const *kind);
void conv_end_spectra_destroy(conv_end_spectra *spectra); /* NULL is fine */

/* Bytes that it will hold, with those of a run's workspace; seconds of a run and of making it. */
typedef struct {
    double bytes, run, making;
} conv_end_estimate;

conv_end_estimate conv_end_spectra_estimate(const conv_end_spectra *planned);

/* Makes what is planned. widened: as conv_end_sums_widen makes them; not kept; the largest modulus
 * of them. CONV_ERR_RULE where it would hold more than most_bytes. */
conv_status conv_end_spectra_make(conv_end_spectra *planned, const double *widened,
                                  double largest_tap, size_t most_bytes);

size_t conv_end_spectra_bytes(const conv_end_spectra *spectra);  /* of workspace */
double conv_end_spectra_length(const conv_end_spectra *spectra); /* of the transform, all axes */

/* Adds to the outputs of one signal. True where a sample was NaN or Inf and counted as 0. */
bool conv_end_spectra_run(const conv_end_spectra *spectra, const char *signal, char *output,
                          char *workspace);

#endif
