/* Every kind of tolerance on sums that are known: the error, the bound that execute reports, and
 * the time. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "accuracy.h"
#include "sums.h"
#include "timing.h"

typedef struct {
    const char *name;
    bool single;
    conv_tolerance tolerance;
    conv_precision precision;
} row;

static const row rows[] = {
    {"f64", false, {CONV_TOLERANCE_MAXNORM, 0}, CONV_PRECISION_DATA},
    {"f64 maxnorm 1e-6", false, {CONV_TOLERANCE_MAXNORM, 1e-6}, CONV_PRECISION_DATA},
    {"f64 maxnorm 1e-12", false, {CONV_TOLERANCE_MAXNORM, 1e-12}, CONV_PRECISION_DATA},
    {"f64 componentwise 1e-6", false, {CONV_TOLERANCE_COMPONENTWISE, 1e-6}, CONV_PRECISION_DATA},
    {"f64 componentwise 1e-10", false, {CONV_TOLERANCE_COMPONENTWISE, 1e-10}, CONV_PRECISION_DATA},
    {"f64 strict", false, {CONV_TOLERANCE_STRICT, 0}, CONV_PRECISION_DATA},
    {"f64 integer", false, {CONV_TOLERANCE_INTEGER, 0}, CONV_PRECISION_DATA},
    {"f32", true, {CONV_TOLERANCE_MAXNORM, 0}, CONV_PRECISION_DATA},
    {"f32 in double", true, {CONV_TOLERANCE_MAXNORM, 0}, CONV_PRECISION_DOUBLE},
};
enum { ROWS = sizeof rows / sizeof *rows };

/* A set in one type. */
typedef struct {
    bench_sums sums;
    bench_data data;
} typed;

typedef struct {
    char failure[96]; /* "": none */
    bench_execution execution;
    double absolute, maximum, component; /* errors; over the largest output, over |x| * |h| */
    double largest, bound;
    char judged;
} measured;

static void *copy(const double *values, size_t count, bool single) {
    void *made = malloc(count * (single ? sizeof(float) : sizeof(double)));
    for (size_t i = 0; made && i < count; i++)
        if (single)
            ((float *)made)[i] = (float)values[i];
        else
            ((double *)made)[i] = values[i];
    return made;
}

static void release(typed *set) {
    bench_sums_free(&set->sums);
    free(set->data.x);
    free(set->data.h);
    free(set->data.y);
}

static bool make(typed *set, int which, bool single) {
    *set = (typed){.data = {.x = NULL}};
    if (!bench_sums_make(&set->sums, which))
        return false;
    if (single)
        bench_sums_to_single(&set->sums);
    set->data.x = copy(set->sums.x, set->sums.n, single);
    set->data.h = copy(set->sums.h, set->sums.m, single);
    set->data.y = calloc(set->sums.outputs, sizeof(double));
    if (set->data.x && set->data.h && set->data.y)
        return true;
    release(set);
    return false;
}

static double at_least(double worst, double value) {
    return value <= worst ? worst : value; /* a NaN is the worst */
}

static void compare(measured *result, const typed *set, bool single) {
    const bench_sums *sums = &set->sums;
    for (size_t k = 0; k < sums->outputs; k++) {
        double y = single ? ((const float *)set->data.y)[k] : ((const double *)set->data.y)[k];
        long double error = fabsl(y - sums->exact[k]);
        result->largest = fmax(result->largest, fabs((double)sums->exact[k]));
        result->absolute = at_least(result->absolute, (double)error);
        if (sums->magnitude[k] > 0)
            result->component = at_least(result->component, (double)(error / sums->magnitude[k]));
    }
    result->maximum = result->absolute / result->largest;
}

/* The error against the bound, and the bound against the tolerance. The reference's own rounding is
 * relative to |x| * |h|, and so at most that part of the largest |x| * |h|. */
static void judge(bench_accuracy_run *run, measured *result, const row *how, const typed *set) {
    const bench_sums *sums = &set->sums;
    conv_tolerance_kind kind = how->tolerance.kind;
    double error = kind == CONV_TOLERANCE_INTEGER   ? result->absolute
                   : kind == CONV_TOLERANCE_MAXNORM ? result->maximum
                                                    : result->component;
    double rounding = sums->rounding, limit = result->bound;
    for (size_t k = 0; kind == CONV_TOLERANCE_MAXNORM && k < sums->outputs; k++)
        rounding = fmax(rounding, sums->rounding * (double)sums->magnitude[k] / result->largest);
    if (how->tolerance.value > 0 && result->bound > how->tolerance.value)
        limit = -1;                     /* more than was asked for: wrong, whatever the error */
    if (kind == CONV_TOLERANCE_INTEGER) /* rounded, so that all of the error is gone */
        limit = result->bound < 0.5 ? 0 : -1;
    result->judged = bench_accuracy_judge(run, error, limit < 0 ? -1 : limit + rounding);
}

static bool measure(bench_accuracy_run *run, measured *result, const row *how, const typed *set) {
    conv_desc desc;
    conv_desc_init(&desc, how->single ? CONV_F32 : CONV_F64, 1, &set->sums.n, &set->sums.m,
                   set->sums.mode);
    desc.tolerance = how->tolerance;
    desc.precision = how->precision;
    *result = (measured){.judged = ' '};
    conv_status status = bench_execution_begin(&result->execution, &desc, &set->data, 1);
    if (status == CONV_OK)
        status = conv_plan_execute_bound(result->execution.plan, set->data.x, set->data.y,
                                         result->execution.workspace, &result->bound);
    if (status != CONV_OK) {
        snprintf(result->failure, sizeof result->failure, "%.95s", conv_last_error());
        bench_execution_end(&result->execution);
        return false;
    }
    compare(result, set, how->single);
    judge(run, result, how, set);
    return true;
}

static void print_row(const row *how, const measured *result, const char *name, double seconds) {
    if (result->failure[0]) {
        printf("%-35s %-24s refused: %s\n", name, how->name, result->failure);
        return;
    }
    printf("%-35s %-24s %-9s %8.1e %8.1e %8.1e %c %9.1f\n", name, how->name,
           bench_method_name(conv_plan_method(result->execution.plan)), result->maximum,
           result->component, result->bound, result->judged, 1e6 * seconds);
}

static void measure_set(bench_accuracy_run *run, const typed set[2], double budget) {
    measured result[ROWS];
    bench_subject subject[ROWS];
    int timed = 0, used[ROWS];
    for (int i = 0; i < ROWS; i++) {
        used[i] = -1;
        if (rows[i].tolerance.kind == CONV_TOLERANCE_INTEGER && !set[0].sums.integers)
            continue;
        used[i] = ROWS;
        if (!measure(run, &result[i], &rows[i], &set[rows[i].single]))
            continue;
        used[i] = timed;
        subject[timed++] = (bench_subject){bench_execution_call, &result[i].execution, 0, false};
    }
    bench_time(subject, timed, budget);
    for (int i = 0; i < ROWS; i++) {
        if (used[i] < 0)
            continue;
        print_row(&rows[i], &result[i], i == 0 ? set[0].sums.name : "",
                  used[i] < ROWS ? subject[used[i]].seconds : 0);
        if (used[i] < ROWS)
            bench_execution_end(&result[i].execution);
    }
    fflush(stdout);
}

void accuracy_tolerance(bench_accuracy_run *run) {
    double budget = run->bars.options->grid == BENCH_GRID_SMOKE ? 1e-3 : 30e-3;
    bar_begin("Sums under tolerances\n"
              "rel max: largest error over largest output; worst: over (|x|*|h|)_k, for data >= 0 "
              "the worst relative\nerror; bound: as conv_plan_execute_bound reports it, in the "
              "tolerance's measure; ! the error is above\nthe bound, or the bound above the "
              "tolerance");
    printf("%-35s %-24s %-9s %8s %8s %8s   %9s\n", "data", "tolerance", "method", "rel max",
           "worst", "bound", "us");
    for (int i = 0; i < BENCH_SUMS; i++) {
        typed set[2];
        if (!make(&set[0], i, false)) {
            printf("no memory\n");
            return;
        }
        if (make(&set[1], i, true)) {
            measure_set(run, set, budget);
            release(&set[1]);
        }
        release(&set[0]);
    }
}
