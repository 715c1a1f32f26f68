/* Making end corrections: the cheaper of two ways. end_corrections_run.c runs them. */
#include "plan/end_corrections_state.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "base/status.h"
#include "cost/fitted.h"

/* What the spectra of planes may take, held and in a run: a few times the problem's own data, or
 * this. */
#define MOST_BYTES ((size_t)1536 << 20)
#define MOST_TIMES_DATA 16

/* Where that is not enough, sums that take no longer than this. */
#define MOST_SECONDS 1.0

/* How many runs pay for making spectra, at most. */
#define RUNS 4

static int axes_in(unsigned set) {
    return __builtin_popcount(set);
}

/* ---- making ---- */

static conv_status make_kinds(conv_end_corrections *made, int d) {
    const conv_end_rows *rows = &made->all[d];
    made->kind[d] = conv_allocate(rows->rows);
    if (!made->kind[d])
        return conv_fail(CONV_ERR_MEMORY, "no memory for a rule's end corrections");
    for (size_t r = 0; r < rows->rows; r++)
        made->kind[d][r] = rows->row[r].replaces ? 2 : rows->row[r].corrected;
    return CONV_OK;
}

static conv_status make_rows(conv_end_corrections *made, conv_end_choice choice,
                             conv_end_rows *rows) {
    conv_status status = CONV_OK;
    for (int d = 0; d < made->problem.rank && status == CONV_OK; d++)
        status = conv_end_rows_make(&rows[d], &made->extra[d], choice);
    return status;
}

/* The sets of axes on which an output of the lattice is corrected, or replaced. */
static void find_axes(conv_end_corrections *made) {
    for (int d = 0; d < made->problem.rank; d++)
        for (size_t r = 0; r < made->extra[d].rows; r++) {
            made->axes |= 1u << d;
            made->replaced |= made->extra[d].row[r].replaces ? 1u << d : 0;
        }
}

/* Every corrected output by the rule: those of the first axis, of the others those of the second,
 * and so on. */
static conv_status plan_whole_sums(conv_end_corrections *made) {
    conv_status status = make_rows(made, CONV_END_CORRECTED, made->corrected);
    if (status == CONV_OK)
        status = make_rows(made, CONV_END_REST, made->rest);
    for (int d = 0; d < made->problem.rank && status == CONV_OK; d++) {
        const conv_end_rows *rows[CONV_MAX_RANK] = {0};
        if (!(made->axes >> d & 1))
            continue;
        for (int e = 0; e < made->problem.rank; e++)
            rows[e] = e < d ? &made->rest[e] : e == d ? &made->corrected[e] : &made->all[e];
        status = conv_end_sums_plan(&made->sum[made->sums++], &made->problem, made->taps,
                                    made->widened, rows, false);
    }
    return status;
}

/* Where every axis is corrected nothing is left to transform. */
static conv_status plan_corner_sums(conv_end_corrections *made) {
    const conv_end_rows *rows[CONV_MAX_RANK] = {0};
    if (axes_in(made->axes) < made->problem.rank)
        return CONV_OK;
    for (int d = 0; d < made->problem.rank; d++)
        rows[d] = &made->extra[d];
    return conv_end_sums_plan(&made->sum[made->sums++], &made->problem, made->taps, made->widened,
                              rows, true);
}

/* The next set of axes that leaves a convolution; 0: none. */
static unsigned next_set(const conv_end_corrections *made, unsigned set) {
    unsigned whole = (1u << made->problem.rank) - 1;
    for (set++; set < whole; set++)
        if ((set & ~made->axes) == 0)
            return set;
    return 0;
}

static size_t most_bytes(const conv_problem *problem) {
    double data = (double)problem->taps + (double)problem->outputs;
    data *= (double)problem->elements->size * MOST_TIMES_DATA;
    return data > (double)MOST_BYTES ? (size_t)data : MOST_BYTES;
}

static double sums_seconds(const conv_end_corrections *made) {
    double seconds = 0;
    for (int i = 0; i < made->sums; i++)
        seconds += conv_end_sums_seconds(&made->sum[i]);
    return seconds;
}

/* Of every set, without its spectra; *all: of them and of the sums that go with them. */
static conv_status plan_spectra(conv_end_corrections *made, conv_end_estimate *all) {
    const conv_task task = {&made->problem, &made->wishes, made->taps, true};
    conv_status status = plan_corner_sums(made);
    int sets = 0;
    for (unsigned set = 0; (set = next_set(made, set)) != 0;)
        sets++;
    *all = (conv_end_estimate){.run = sums_seconds(made)};
    made->sums = 0;
    made->spectrum = conv_allocate(((size_t)sets + 1) * sizeof(conv_end_spectra *));
    if (!made->spectrum)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a rule's end corrections");
    for (unsigned set = 0; status == CONV_OK && (set = next_set(made, set)) != 0;) {
        conv_end_spectra **next = &made->spectrum[made->spectra];
        status = conv_end_spectra_plan(next, &task, set, made->extra,
                                       (const unsigned char *const *)made->kind);
        if (status != CONV_OK)
            break;
        made->spectra++;
        conv_end_estimate one = conv_end_spectra_estimate(*next);
        all->bytes += one.bytes;
        all->run += one.run;
        all->making += one.making;
    }
    return status;
}

static void drop_spectra(conv_end_corrections *made) {
    for (int i = 0; i < made->spectra; i++)
        conv_end_spectra_destroy(made->spectrum[i]);
    made->spectra = 0;
}

static double largest_tap(const conv_end_corrections *made) {
    const conv_problem *problem = &made->problem;
    return problem->elements->largest_tap(made->taps, problem->taps);
}

static conv_status make_spectra(conv_end_corrections *made) {
    size_t most = most_bytes(&made->problem);
    double largest = largest_tap(made);
    conv_status status = CONV_OK;
    for (int i = 0; i < made->spectra && status == CONV_OK; i++) {
        status = conv_end_spectra_make(made->spectrum[i], made->widened, largest, most);
        made->bytes = conv_max(made->bytes, conv_end_spectra_bytes(made->spectrum[i]));
    }
    return status;
}

static conv_status refuse(const conv_problem *problem, double bytes, size_t most) {
    int longest = 0;
    for (int d = 1; d < problem->rank; d++)
        if (problem->axis[d].n > problem->axis[longest].n)
            longest = d;
    return conv_fail(CONV_ERR_RULE,
                     "rank is %d: with %zu samples and %zu taps on axis %d the rule's end "
                     "corrections need %.0f MB, and %zu are the most",
                     problem->rank, problem->axis[longest].n, problem->axis[longest].m, longest,
                     bytes / 1e6, most / 1000000);
}

/* Plans the sums, too, and whether spectra are cheaper. */
static conv_status weigh(conv_end_corrections *made, const conv_end_estimate *spectra) {
    size_t most = most_bytes(&made->problem);
    conv_status status = plan_whole_sums(made);
    double sums = sums_seconds(made);
    if (status != CONV_OK)
        return status;
    if (spectra->bytes > (double)most && sums > MOST_SECONDS)
        return refuse(&made->problem, spectra->bytes, most);
    double runs = fmin(made->wishes.uses, RUNS);
    made->by_spectra =
        spectra->bytes <= (double)most && spectra->run + spectra->making / runs < sums;
    return CONV_OK;
}

/* Of making what both ways need. */
static double parts_seconds(const conv_end_corrections *made) {
    double nanoseconds = CONV_COST_END_MAKE + CONV_COST_END_WIDENED * (double)made->problem.taps;
    for (int d = 0; d < made->problem.rank; d++) {
        nanoseconds += CONV_COST_END_OUTPUT * (double)made->all[d].rows;
        for (size_t r = 0; r < made->extra[d].rows; r++)
            nanoseconds += made->extra[d].row[r].replaces ? CONV_COST_END_FORM : CONV_COST_END_ROW;
    }
    return 1e-9 * nanoseconds;
}

/* Where the taps are not all finite, sums. */
static conv_status plan_way(conv_end_corrections *made, conv_end_way way) {
    conv_end_estimate spectra;
    conv_status status = CONV_OK;
    made->preparing = parts_seconds(made);
    if (way == CONV_END_SUMS || !made->finite_taps) {
        status = plan_whole_sums(made);
        made->seconds = sums_seconds(made);
        return status;
    }
    made->by_spectra = true;
    status = plan_spectra(made, &spectra);
    if (status == CONV_OK && way == CONV_END_CHEAPEST)
        status = weigh(made, &spectra);
    if (status != CONV_OK)
        return status;
    made->seconds = made->by_spectra ? spectra.run : sums_seconds(made);
    if (!made->by_spectra) {
        drop_spectra(made);
        return CONV_OK;
    }
    made->preparing += spectra.making;
    made->sums = 0;
    status = plan_corner_sums(made);
    return status == CONV_OK ? make_spectra(made) : status;
}

static conv_status make_parts(conv_end_corrections *made, const conv_to_correct *to_correct,
                              conv_end_way way) {
    conv_status status = CONV_OK;
    for (int d = 0; d < made->problem.rank && status == CONV_OK; d++)
        status =
            conv_end_rows_make_extra(&made->extra[d], &made->problem.axis[d], to_correct[d].ends);
    if (status != CONV_OK)
        return status;
    find_axes(made);
    if (made->axes == 0)
        return CONV_OK;
    status = make_rows(made, CONV_END_ALL, made->all);
    for (int d = 0; d < made->problem.rank && status == CONV_OK; d++)
        status = make_kinds(made, d);
    if (status != CONV_OK)
        return status;
    made->widened = conv_end_sums_widen(&made->problem, made->taps);
    if (!made->widened)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a rule's end corrections");
    return plan_way(made, way);
}

static void set_sizes(conv_end_corrections *made) {
    const conv_problem *problem = &made->problem;
    made->literal = (conv_end_literal){.problem = problem,
                                       .taps = made->taps,
                                       .finite_taps = made->finite_taps,
                                       .whole = made->all};
    made->literal_bytes = conv_end_literal_bytes(&made->literal);
    made->bytes = conv_max(made->bytes, made->literal_bytes);
    for (int i = 0; i < made->sums; i++)
        made->bytes = conv_max(made->bytes, made->sum[i].bytes);
}

conv_status conv_end_corrections_make(conv_end_corrections **result, const conv_task *task,
                                      const conv_to_correct *to_correct, conv_end_way way) {
    bool needed = false;
    *result = NULL;
    for (int d = 0; d < task->problem->rank; d++)
        needed = needed || to_correct[d].ends > 0;
    if (!needed)
        return CONV_OK;
    conv_end_corrections *made = conv_allocate(sizeof *made);
    if (!made)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a rule's end corrections");
    memset(made, 0, sizeof *made);
    made->problem = *task->problem;
    made->wishes = *task->wishes;
    made->taps = task->taps;
    made->finite_taps = task->finite_taps;
    conv_status status = make_parts(made, to_correct, way);
    if (status != CONV_OK || made->axes == 0) {
        conv_end_corrections_destroy(made);
        return status;
    }
    set_sizes(made);
    *result = made;
    return CONV_OK;
}

void conv_end_corrections_destroy(conv_end_corrections *corrections) {
    if (!corrections)
        return;
    for (int d = 0; d < corrections->problem.rank; d++) {
        conv_end_rows_end(&corrections->all[d]);
        conv_end_rows_end(&corrections->corrected[d]);
        conv_end_rows_end(&corrections->rest[d]);
        conv_end_rows_end(&corrections->extra[d]);
        conv_free(corrections->kind[d]);
    }
    drop_spectra(corrections);
    conv_free(corrections->spectrum);
    conv_free(corrections->widened);
    conv_free(corrections);
}

conv_end_way conv_end_corrections_way(const conv_end_corrections *corrections) {
    return corrections->by_spectra ? CONV_END_SPECTRA : CONV_END_SUMS;
}

size_t conv_end_corrections_bytes(const conv_end_corrections *corrections) {
    return conv_aligned_size(corrections->bytes);
}

double conv_end_corrections_preparing(const conv_end_corrections *corrections) {
    return corrections->preparing;
}

double conv_end_corrections_seconds(const conv_end_corrections *corrections) {
    return corrections->seconds;
}
