/* Running: tilt after tilt, and sums for the rest. */
#include <math.h>
#include <string.h>

#include "plan/tilt_state.h"

/* Tilted samples, taps and the tilting back: each a power (two units) and a product; and the
 * result's rounding. */
#define TILT_ROUNDINGS 12

/* Tilts in a row that do not pay before the rest is summed. */
#define MOST_FAILURES 2

typedef struct {
    const conv_tilt *tilt;
    double *padded; /* m-1 zeros, the signal, m-1 zeros */
    conv_tilt_operand signal;
    double *tilted_signal, *tilted_kernel;
    double *result, *magnitude; /* of one tilt */
    double *best, *error;       /* of all so far; error relative to (|x|*|h|)_k */
    void *spectrum, *scratch;
} tilt_run;

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
    double bound = conv_tilt_sum_bound(tilt);
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
