#include "methods/tilt.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"
#include "base/status.h"
#include "kernels/kernels.h"
#include "methods/bounds.h"
#include "methods/costs.h"
#include "methods/tilt_operand.h"
#include "problem/extend.h"

/* Tilted samples, taps and the tilting back: each a power (two units) and a product; and the
 * result's rounding. */
#define TILT_ROUNDINGS 12

/* Nanoseconds to tilt a number, about. */
#define TILT_COST 9.0

/* Tilts in a row that do not pay before the rest is summed. */
#define MOST_FAILURES 2

struct conv_tilt {
    size_t n, m, count, length; /* samples, taps, outputs that any sample reaches; transform */
    size_t begin;               /* of these outputs the first's index on the lattice */
    size_t first;               /* and in the full convolution */
    double value, tilt_seconds, sum_seconds; /* of one tilt; of one output by its sum */
    double unit_out, transform_units;
    bool pays;
    const conv_slide_kernels *slide;
    conv_transform *transform;
    double *taps; /* sliding order */
    conv_tilt_operand kernel;
    /* Bytes of the workspace, in this order. */
    size_t padded_bytes, operand_bytes, exponent_bytes, signal_bytes, kernel_bytes, output_bytes,
        spectrum_bytes, scratch_bytes;
};

typedef struct {
    const conv_tilt *tilt;
    double *padded; /* m-1 zeros, the signal, m-1 zeros */
    conv_tilt_operand signal;
    double *tilted_signal, *tilted_kernel;
    double *result, *magnitude; /* of one tilt */
    double *best, *error;       /* of all so far; error relative to (|x|*|h|)_k */
    void *spectrum, *scratch;
} tilt_run;

/* ---- making ---- */

static bool is_fit(const conv_task *task) {
    const conv_problem *problem = task->problem;
    const conv_axis *axis = &problem->axis[0];
    return problem->rank == 1 && !conv_dtype_is_complex(problem->dtype) && task->finite_taps &&
           axis->extension == CONV_EXTEND_ZERO && axis->step == 1 && axis->ends == 0 &&
           !problem->fold.needed;
}

/* The cheaper backend's length; its nanoseconds. */
static double choose_length(const conv_problem *wide, size_t least, conv_backend *backend,
                            size_t *length) {
    double best = INFINITY;
    for (int b = 0; b < CONV_BACKENDS; b++) {
        if (!conv_backend_available((conv_backend)b))
            continue;
        size_t tried = conv_transform_length((conv_backend)b, CONV_F64, least, true);
        double cost = tried ? conv_cost_transform_choice(wide, (conv_backend)b, &tried) : INFINITY;
        if (cost < best) {
            best = cost;
            *backend = (conv_backend)b;
            *length = tried;
        }
    }
    return best;
}

/* Outputs of the lattice that samples reach: the others are 0. */
static void find_outputs(conv_tilt *tilt, const conv_axis *axis) {
    ptrdiff_t low = axis->start, high = axis->start + (ptrdiff_t)axis->count - 1;
    ptrdiff_t last = (ptrdiff_t)(axis->n + axis->m - 2);
    low = low < 0 ? 0 : low;
    high = high > last ? last : high;
    tilt->n = axis->n;
    tilt->m = axis->m;
    tilt->first = (size_t)low;
    tilt->begin = (size_t)(low - axis->start);
    tilt->count = high >= low ? (size_t)(high - low) + 1 : 0;
}

static bool size_workspace(conv_tilt *tilt) {
    size_t padded, doubles = sizeof(double);
    if (!conv_add(tilt->n, 2 * (tilt->m - 1), &padded) ||
        !conv_multiply(conv_max(padded, tilt->length), 16 * doubles, &padded))
        return false; /* so large that the sum of what follows may overflow */
    tilt->padded_bytes = conv_aligned_size((tilt->n + 2 * (tilt->m - 1)) * doubles);
    tilt->output_bytes = conv_aligned_size(tilt->count * doubles);
    if (!tilt->pays)
        return true;
    tilt->operand_bytes = conv_aligned_size(tilt->n * doubles);
    tilt->exponent_bytes = conv_aligned_size(tilt->n * sizeof(int));
    tilt->signal_bytes = tilt->operand_bytes;
    tilt->kernel_bytes = conv_aligned_size(tilt->m * doubles);
    tilt->spectrum_bytes = conv_aligned_size(conv_transform_spectrum_size(tilt->transform));
    tilt->scratch_bytes = conv_aligned_size(conv_transform_scratch_size(tilt->transform, 1));
    return true;
}

size_t conv_tilt_workspace(const conv_tilt *tilt) {
    size_t bytes = tilt->padded_bytes + tilt->output_bytes;
    if (tilt->pays)
        bytes += tilt->operand_bytes + tilt->exponent_bytes + tilt->signal_bytes +
                 tilt->kernel_bytes + 3 * tilt->output_bytes + tilt->spectrum_bytes +
                 tilt->scratch_bytes;
    return bytes;
}

static double tap_value(const conv_problem *problem, const void *taps, size_t i) {
    long double sum[2] = {0, 0};
    problem->elements->add_tap(sum, (const char *)taps + i * problem->elements->tap_size);
    return (double)sum[0];
}

static conv_status load_kernel(conv_tilt *tilt, const conv_task *task) {
    size_t m = tilt->m;
    tilt->taps = conv_allocate(m * sizeof(double));
    tilt->kernel.mantissa = conv_allocate(m * sizeof(double));
    tilt->kernel.exponent = conv_allocate(m * sizeof(int));
    double *reversed = conv_allocate(m * sizeof(double));
    tilt->kernel.count = m;
    conv_status status = CONV_OK;
    if (!tilt->taps || !tilt->kernel.mantissa || !tilt->kernel.exponent || !reversed) {
        status = conv_fail(CONV_ERR_MEMORY, "no memory for the kernel's %zu taps", m);
        goto done;
    }
    for (size_t i = 0; i < m; i++) {
        tilt->taps[i] = tap_value(task->problem, task->taps, i);
        reversed[m - 1 - i] = tilt->taps[i];
    }
    conv_tilt_load(&tilt->kernel, reversed);
done:
    conv_free(reversed);
    return status;
}

/* What a tilt costs, and whether a few are cheaper than the sums of all outputs. */
static conv_status plan_tilts(conv_tilt *tilt, const conv_problem *problem) {
    conv_problem wide = *problem;
    conv_backend backend = CONV_BACKEND_RING;
    wide.dtype = wide.compute = wide.kernel_dtype = CONV_F64;
    wide.leaf = CONV_LEAF_F64;
    wide.elements = conv_element_table(wide.leaf);
    double transform = choose_length(&wide, tilt->n + tilt->m - 1, &backend, &tilt->length);
    double numbers = (double)(tilt->n + tilt->m + tilt->count);
    tilt->slide = conv_slide_table(CONV_LEAF_F64, problem->level);
    tilt->tilt_seconds = 1e-9 * (1.5 * transform + TILT_COST * numbers);
    tilt->sum_seconds = 1e-9 * conv_cost_slide(&wide, (double)tilt->m);
    tilt->pays = 3 * tilt->tilt_seconds < tilt->sum_seconds * (double)tilt->count &&
                 tilt->value > 1000 * conv_unit(CONV_F64) && tilt->value > 2 * tilt->unit_out;
    tilt->transform_units =
        conv_bounds_transform(CONV_F64, log2((double)tilt->length), false) * conv_unit(CONV_F64);
    if (!tilt->pays)
        return CONV_OK;
    return conv_transform_create(&tilt->transform, backend, CONV_F64, 1, &tilt->length,
                                 problem->level);
}

static double sum_bound(const conv_tilt *tilt) {
    return ((double)tilt->m + 2) * conv_unit(CONV_F64) + tilt->unit_out;
}

conv_status conv_tilt_create(conv_tilt **tilt, const conv_task *task, double value,
                             bool is_needed) {
    const conv_problem *problem = task->problem;
    *tilt = NULL;
    if (!is_fit(task))
        return CONV_OK;
    conv_tilt *made = conv_allocate(sizeof *made);
    if (!made)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a plan");
    memset(made, 0, sizeof *made);
    find_outputs(made, &problem->axis[0]);
    made->value = value;
    made->unit_out = problem->dtype == CONV_F64 ? 0 : conv_unit(problem->dtype);
    conv_status status = plan_tilts(made, problem);
    bool is_used = status == CONV_OK && made->count > 0 && sum_bound(made) <= value &&
                   (made->pays || is_needed) && size_workspace(made);
    if (is_used)
        status = load_kernel(made, task);
    if (status == CONV_OK && is_used)
        *tilt = made;
    else
        conv_tilt_destroy(made);
    return status;
}

void conv_tilt_destroy(conv_tilt *tilt) {
    if (!tilt)
        return;
    conv_transform_destroy(tilt->transform);
    conv_free(tilt->taps);
    conv_free(tilt->kernel.mantissa);
    conv_free(tilt->kernel.exponent);
    conv_free(tilt);
}

/* ---- running ---- */

static void *take(char **memory, size_t bytes) {
    void *taken = *memory;
    *memory += bytes;
    return taken;
}

static void lay_out(tilt_run *run, char *memory) {
    const conv_tilt *tilt = run->tilt;
    run->padded = take(&memory, tilt->padded_bytes);
    run->best = take(&memory, tilt->output_bytes);
    if (!tilt->pays)
        return;
    run->error = take(&memory, tilt->output_bytes);
    run->result = take(&memory, tilt->output_bytes);
    run->magnitude = take(&memory, tilt->output_bytes);
    run->signal.mantissa = take(&memory, tilt->operand_bytes);
    run->signal.exponent = take(&memory, tilt->exponent_bytes);
    run->signal.count = tilt->n;
    run->tilted_signal = take(&memory, tilt->signal_bytes);
    run->tilted_kernel = take(&memory, tilt->kernel_bytes);
    run->spectrum = take(&memory, tilt->spectrum_bytes);
    run->scratch = take(&memory, tilt->scratch_bytes);
}

/* The signal in double between zeros. False where it is not finite. */
static bool load_signal(tilt_run *run, const conv_problem *problem, const void *signal) {
    const conv_tilt *tilt = run->tilt;
    size_t size = problem->elements->size;
    const char *from = signal;
    double *to = run->padded + tilt->m - 1;
    bool finite = true;
    memset(run->padded, 0, (tilt->m - 1) * sizeof(double));
    memset(to + tilt->n, 0, (tilt->m - 1) * sizeof(double));
    for (size_t i = 0; i < tilt->n; i++, from += problem->axis[0].signal_stride * (ptrdiff_t)size) {
        float single;
        if (size == sizeof(float)) {
            memcpy(&single, from, sizeof single);
            to[i] = single;
        } else
            memcpy(&to[i], from, sizeof(double));
        finite = finite && isfinite(to[i]);
    }
    return finite;
}

static void convolve(const tilt_run *run, double *out) {
    const conv_tilt *tilt = run->tilt;
    conv_tile tile = {.in = run->tilted_signal,
                      .in_extent = {tilt->n},
                      .in_stride = {1},
                      .out = out,
                      .out_first = {tilt->first},
                      .out_count = {tilt->count},
                      .out_stride = {1}};
    conv_transform_kernel(tilt->transform, run->tilted_kernel, CONV_F64, &tilt->m, run->spectrum,
                          run->scratch);
    conv_transform_convolve(tilt->transform, &tile, run->spectrum, run->scratch, 1);
}

/* One tilt: outputs that it has more exactly than those before are kept. Returns how many came
 * within the tolerance. */
static size_t try_tilt(tilt_run *run, double theta) {
    const conv_tilt *tilt = run->tilt;
    bool is_signed = run->signal.has_negative || tilt->kernel.has_negative;
    const double *magnitude = is_signed ? run->magnitude : run->result;
    double norm[2], exponent = 0;
    size_t gained = 0;
    exponent += conv_tilt_apply(&run->signal, theta, false, run->tilted_signal, &norm[0]);
    exponent += conv_tilt_apply(&tilt->kernel, theta, false, run->tilted_kernel, &norm[1]);
    convolve(run, run->result);
    if (is_signed) {
        conv_tilt_apply(&run->signal, theta, true, run->tilted_signal, &norm[0]);
        conv_tilt_apply(&tilt->kernel, theta, true, run->tilted_kernel, &norm[1]);
        convolve(run, run->magnitude);
    }
    double error = tilt->transform_units * norm[0] * norm[1];
    double rounding = TILT_ROUNDINGS * conv_unit(CONV_F64) + tilt->unit_out;
    for (size_t k = 0; k < tilt->count; k++) {
        double least = magnitude[k] - error;
        if (!(least > 0))
            continue;
        double relative = error / least + rounding;
        if (relative >= run->error[k])
            continue;
        gained += run->error[k] > tilt->value && relative <= tilt->value;
        run->error[k] = relative;
        if (relative <= tilt->value)
            run->best[k] =
                conv_tilt_power(run->result[k], exponent - theta * (double)(tilt->first + k));
    }
    return gained;
}

/* The longest run of outputs that are not accurate yet: its middle, in the full convolution. */
static double middle_of_longest(const tilt_run *run) {
    const conv_tilt *tilt = run->tilt;
    size_t best = 0, middle = 0, begin = 0;
    for (size_t k = 0; k <= tilt->count; k++) {
        if (k < tilt->count && run->error[k] > tilt->value)
            continue;
        if (k - begin > best) {
            best = k - begin;
            middle = begin + best / 2;
        }
        begin = k + 1;
    }
    return (double)(tilt->first + middle);
}

/* Outputs that no product of two numbers other than 0 reaches are 0. Returns how many are left. */
static size_t clear_unreached(tilt_run *run) {
    const conv_tilt *tilt = run->tilt;
    const conv_tilt_operand *a = &run->signal, *b = &tilt->kernel;
    size_t left = 0;
    for (size_t k = 0; k < tilt->count; k++) {
        size_t at = tilt->first + k;
        bool is_zero = a->first > a->last || b->first > b->last || at < a->first + b->first ||
                       at > a->last + b->last;
        run->best[k] = 0;
        run->error[k] = is_zero ? 0 : INFINITY;
        left += !is_zero;
    }
    return left;
}

/* As many tilts as pay. Returns how many outputs are left to be summed. */
static size_t run_tilts(tilt_run *run) {
    const conv_tilt *tilt = run->tilt;
    double most = CONV_TILT_REACH / (double)(tilt->n + tilt->m), theta = 0;
    conv_tilt_load(&run->signal, run->padded + tilt->m - 1);
    size_t left = clear_unreached(run);
    double seconds =
        tilt->tilt_seconds * (run->signal.has_negative || tilt->kernel.has_negative ? 2 : 1);
    for (int failures = 0;
         failures < MOST_FAILURES && (double)left * tilt->sum_seconds > seconds;) {
        size_t gained = try_tilt(run, theta);
        left -= gained;
        failures = (double)gained * tilt->sum_seconds < seconds ? failures + 1 : 0;
        theta = conv_tilt_solve(&run->signal, &tilt->kernel, middle_of_longest(run), theta, most);
    }
    return left;
}

/* Sums for the runs of outputs whose error is too large, or for all. */
static void sum_rest(tilt_run *run, bool all, double *worst) {
    const conv_tilt *tilt = run->tilt;
    double bound = sum_bound(tilt);
    for (size_t k = 0; k < tilt->count;) {
        size_t end = k;
        while (end < tilt->count && (all || run->error[end] > tilt->value))
            end++;
        if (end == k) {
            *worst = fmax(*worst, run->error[k]);
            k++;
            continue;
        }
        tilt->slide->slide(run->padded + tilt->first + k, tilt->taps, tilt->m, run->best + k,
                           end - k, false);
        *worst = fmax(*worst, bound);
        k = end;
    }
}

static void store(const tilt_run *run, const conv_problem *problem, void *output, bool *finite) {
    const conv_tilt *tilt = run->tilt;
    const conv_axis *axis = &problem->axis[0];
    size_t size = problem->elements->size;
    char *to = output;
    for (size_t i = 0; i < axis->count; i++, to += axis->output_stride * (ptrdiff_t)size) {
        bool reached = i >= tilt->begin && i - tilt->begin < tilt->count;
        double value = reached ? run->best[i - tilt->begin] : 0;
        float single = (float)value;
        *finite = *finite && (size == sizeof(float) ? isfinite(single) : isfinite(value));
        if (size == sizeof(float))
            memcpy(to, &single, sizeof single);
        else
            memcpy(to, &value, sizeof value);
    }
}

bool conv_tilt_execute(const conv_tilt *tilt, const conv_problem *problem, const void *signal,
                       void *output, void *workspace, double *bound) {
    tilt_run run = {.tilt = tilt};
    bool finite = true;
    lay_out(&run, workspace);
    if (!load_signal(&run, problem, signal))
        return false;
    size_t left = tilt->pays ? run_tilts(&run) : tilt->count;
    *bound = 0;
    sum_rest(&run, !tilt->pays || 2 * left > tilt->count, bound);
    store(&run, problem, output, &finite);
    if (!finite)
        *bound = INFINITY;
    return true;
}

int conv_tilt_describe(const conv_tilt *tilt, char *text, size_t size) {
    if (!tilt->pays)
        return snprintf(text, size, "direct sums in double: %.2g\n", sum_bound(tilt));
    return snprintf(text, size,
                    "transforms of %zu of tilted data, %.3g us each, as many as pay; the other "
                    "outputs by direct sums in double: %.2g\n",
                    tilt->length, 1e6 * tilt->tilt_seconds, sum_bound(tilt));
}
