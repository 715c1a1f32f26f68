/* Running end corrections, and what is known of their errors. */
#include <math.h>

#include "methods/rounding.h"
#include "plan/end_corrections_state.h"

static void clear_box(const conv_problem *problem, int d, char *y) {
    static const double zero[2];
    if (d >= problem->rank || d >= CONV_MAX_RANK) {
        problem->elements->fill(y, 1, zero);
        return;
    }
    ptrdiff_t step = problem->axis[d].output_stride * (ptrdiff_t)problem->elements->size;
    for (size_t i = 0; i < problem->axis[d].count; i++)
        clear_box(problem, d + 1, y + (ptrdiff_t)i * step);
}

/* Outputs of which nothing is left on axis d, or on one after it. */
static void clear_replaced(const conv_end_corrections *corrections, int d, char *y) {
    const conv_problem *problem = &corrections->problem;
    const conv_end_rows *rows = &corrections->extra[d];
    ptrdiff_t step = problem->axis[d].output_stride * (ptrdiff_t)problem->elements->size;
    for (size_t r = 0; r < rows->rows; r++)
        if (rows->row[r].replaces)
            clear_box(problem, d + 1, y + (ptrdiff_t)rows->row[r].index * step);
    if (d + 1 >= problem->rank || corrections->replaced >> (d + 1) == 0)
        return;
    for (size_t i = 0; i < problem->axis[d].count; i++)
        if (corrections->kind[d][i] != 2)
            clear_replaced(corrections, d + 1, y + (ptrdiff_t)i * step);
}

/* Outputs as the walk over them finds them on the axes so far. */
typedef struct {
    const conv_end_corrections *corrections;
    const char *signal;
    char *workspace;
    bool found; /* a sample that is not finite */
    size_t index[CONV_MAX_RANK];
} walk;

/* By sums every corrected output is the rule's: those that are not finite are summed again. By
 * spectra NaN and Inf samples were left out, so where the rule's form replaces the convolution's
 * they are still to come; where it adds to it, they came with the convolution, whose weights have
 * the rule's signs; only sums of corrections on all axes may have met them again. */
static bool is_doubtful(const walk *w, int corrected, bool replaced, const char *y) {
    const conv_end_corrections *corrections = w->corrections;
    bool finite = corrections->problem.elements->is_finite(y, 1);
    if (!corrections->by_spectra)
        return corrected > 0 && !finite;
    return replaced ? w->found || !finite : corrected == corrections->problem.rank && !finite;
}

static bool line_is_finite(const conv_problem *problem, const char *y) {
    const conv_axis *axis = &problem->axis[problem->rank - 1];
    size_t run = axis->output_stride == 1 ? axis->count : 1;
    ptrdiff_t step = axis->output_stride * (ptrdiff_t)problem->elements->size;
    for (size_t i = 0; i < axis->count; i += run)
        if (!problem->elements->is_finite(y + (ptrdiff_t)i * step, run))
            return false;
    return true;
}

/* Whether there are such outputs, or may be: in most signals there are none. */
static bool any_doubtful(const walk *w, int d, int corrected, bool replaced, const char *y) {
    const conv_end_corrections *corrections = w->corrections;
    const conv_problem *problem = &corrections->problem;
    ptrdiff_t step = problem->axis[d].output_stride * (ptrdiff_t)problem->elements->size;
    if (w->found)
        return true;
    if (d < problem->rank - 1) {
        for (size_t i = 0; i < problem->axis[d].count; i++) {
            unsigned char kind = corrections->kind[d][i];
            if (any_doubtful(w, d + 1, corrected + (kind > 0), replaced || kind == 2,
                             y + (ptrdiff_t)i * step))
                return true;
        }
        return false;
    }
    if (corrections->by_spectra ? replaced : corrected > 0)
        return !line_is_finite(problem, y);
    const conv_end_rows *rows = &corrections->extra[d];
    for (size_t r = 0; r < rows->rows; r++)
        if (is_doubtful(w, corrected + 1, rows->row[r].replaces,
                        y + (ptrdiff_t)rows->row[r].index * step))
            return true;
    return false;
}

static void sum_doubtful(walk *w, int d, int corrected, bool replaced, char *y) {
    const conv_end_corrections *corrections = w->corrections;
    const conv_problem *problem = &corrections->problem;
    if (d == problem->rank) {
        if (is_doubtful(w, corrected, replaced, y))
            conv_end_literal_output(&corrections->literal, w->signal, w->index,
                                    corrections->by_spectra && problem->elements->is_finite(y, 1),
                                    y, w->workspace);
        return;
    }
    const conv_axis *axis = &problem->axis[d];
    ptrdiff_t step = axis->output_stride * (ptrdiff_t)problem->elements->size;
    for (size_t i = 0; i < axis->count; i++) {
        unsigned char kind = corrections->kind[d][i];
        w->index[d] = i;
        sum_doubtful(w, d + 1, corrected + (kind > 0), replaced || kind == 2,
                     y + (ptrdiff_t)i * step);
    }
}

void conv_end_corrections_run(const conv_end_corrections *corrections, const void *signal,
                              void *output, void *workspace) {
    walk w = {.corrections = corrections, .signal = signal, .workspace = workspace};
    if (corrections->by_spectra && corrections->replaced)
        clear_replaced(corrections, 0, output);
    for (int i = 0; i < corrections->spectra; i++)
        if (conv_end_spectra_run(corrections->spectrum[i], signal, output, workspace))
            w.found = true;
    for (int i = 0; i < corrections->sums; i++)
        conv_end_sums_run(&corrections->sum[i], signal, output, workspace);
    if (any_doubtful(&w, 0, 0, false, output)) {
        conv_end_literal_mark(&corrections->literal, signal, workspace);
        sum_doubtful(&w, 0, 0, false, output);
    }
}

/* ---- bounds ---- */

/* How much larger forms are than the convolution's, in all axes. */
static double gain_of(const conv_end_corrections *corrections) {
    double gain = 1;
    for (int d = 0; d < corrections->problem.rank; d++)
        gain *= 1 + conv_end_rows_gain(&corrections->extra[d]);
    return gain;
}

/* |x|_2 |h|_2. */
static double norms(const conv_end_corrections *corrections, const void *signal) {
    const conv_problem *problem = &corrections->problem;
    conv_magnitudes samples, taps;
    double positions = 1;
    conv_bounds_signal(problem, signal, &samples);
    conv_measure_taps(problem->elements, corrections->taps, problem->taps, &taps);
    for (int d = 0; d < problem->rank; d++) {
        const conv_axis *axis = &problem->axis[d];
        positions *= (double)((axis->count - 1) * axis->step + axis->m);
    }
    return fmin(samples.norm, samples.largest * sqrt(positions)) * taps.norm;
}

conv_error conv_end_corrections_error(const conv_end_corrections *corrections, const void *signal,
                                      bool proved) {
    const conv_problem *problem = &corrections->problem;
    conv_task task = {.problem = problem, .taps = corrections->taps, .finite_taps = true};
    double gain = gain_of(corrections), unit = conv_unit(problem->dtype);
    double units = 2 * (gain + 4), most = conv_bounds_largest(&task, signal), length = 1;
    conv_error error = {units * unit * most, 0};
    if (most == 0) /* all samples or all taps are 0 */
        return error;
    error.absolute += conv_unit(CONV_F64) * gain * most *
                      conv_bounds_terms(problem, (double)problem->taps + CONV_GREGORY_TERMS);
    for (int i = 0; i < corrections->spectra; i++)
        length = fmax(length, conv_end_spectra_length(corrections->spectrum[i]));
    if (corrections->spectra)
        error.absolute += conv_bounds_transform(problem->dtype, length, proved) *
                          conv_unit(conv_wishes_compute(&corrections->wishes, problem->dtype)) *
                          gain * norms(corrections, signal);
    error.absolute += gain * conv_bounds_steps(&task, signal);
    return error;
}
