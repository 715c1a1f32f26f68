#include "measure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "timing.h"

static const conv_method methods[BENCH_METHODS] = {CONV_METHOD_DIRECT, CONV_METHOD_SEPARABLE,
                                                   CONV_METHOD_BLOCKS, CONV_METHOD_FFT,
                                                   CONV_METHOD_REFERENCE};

conv_status bench_execution_begin(bench_execution *execution, const conv_desc *desc,
                                  const bench_data *data, int creations) {
    enum { MOST = 31 };
    double seconds[MOST];
    int taken = 0;
    *execution = (bench_execution){.x = data->x, .y = data->y};
    double end = bench_now() + 0.2;
    do {
        conv_plan_destroy(execution->plan);
        double start = bench_now();
        conv_status status = conv_plan_create(&execution->plan, desc, data->h);
        seconds[taken++] = bench_now() - start;
        if (status != CONV_OK)
            return status;
    } while (taken < creations && taken < MOST && bench_now() < end);
    execution->create_seconds = bench_median(seconds, (size_t)taken);
    execution->workspace_bytes = conv_plan_workspace_size(execution->plan);
    execution->workspace = aligned_alloc(64, (execution->workspace_bytes + 127) & ~(size_t)63);
    if (!execution->workspace) {
        bench_execution_end(execution);
        return CONV_ERR_MEMORY;
    }
    /* A first run touches the pages, and leaves what the comparison reads. */
    conv_status status = conv_plan_execute(execution->plan, data->x, data->y, execution->workspace);
    if (status != CONV_OK)
        bench_execution_end(execution);
    return status;
}

void bench_execution_call(void *context) {
    bench_execution *execution = context;
    conv_plan_execute(execution->plan, execution->x, execution->y, execution->workspace);
}

void bench_execution_end(bench_execution *execution) {
    conv_plan_destroy(execution->plan);
    free(execution->workspace);
    execution->plan = NULL;
    execution->workspace = NULL;
}

/* "  in all S us, preparing X us, Y us more in new memory, ..." */
bench_model bench_model_of(const conv_plan *plan) {
    char text[2048];
    bench_model model = {0};
    conv_plan_describe(plan, text, sizeof text);
    const char *line = strstr(text, "  in all ");
    if (!line || sscanf(line, " in all %lf us, preparing %lf us, %lf us more", &model.execute,
                        &model.prepare, &model.fresh) != 3)
        return (bench_model){0};
    return (bench_model){1e-6 * model.execute, 1e-6 * model.prepare, 1e-6 * model.fresh};
}

/* The transform's length as the first line of the description has it: "of 1024 x 64". */
static double transform_length(const conv_plan *plan) {
    char text[256];
    double length = 1;
    conv_plan_describe(plan, text, sizeof text);
    text[strcspn(text, "\n")] = 0;
    const char *at = strstr(text, " of ");
    if (!at)
        return 0;
    at += 4;
    for (int axis = 0; axis < CONV_MAX_RANK; axis++) {
        char *end;
        double extent = strtod(at, &end);
        if (end == at)
            return axis == 0 ? 0 : length;
        length *= extent;
        if (strncmp(end, " x ", 3) != 0)
            return length;
        at = end + 3;
    }
    return length;
}

static double products_of(const bench_problem *problem, const bench_data *data) {
    return (double)data->batch * (double)data->outputs * (double)data->taps *
           bench_type_products(problem->type);
}

static void shares_of(bench_row *row, const bench_problem *problem, const bench_data *data,
                      const bench_limits *limits) {
    double size = (double)data->batch * (double)bench_type_size(problem->type);
    double arithmetic = bench_limits_arithmetic(limits, bench_is_double(problem->type),
                                                problem->isa, products_of(problem, data));
    row->peak_share = row->method == CONV_METHOD_DIRECT ? arithmetic / row->seconds : 0;
    row->copy_share =
        bench_limits_traffic(limits, size * (double)data->samples, size * (double)data->outputs) /
        row->seconds;
}

/* Seconds of a sum taken tap by tap at a tenth of the peak, or at a poor 2e7 for the reference. */
static double slow_estimate(const bench_problem *problem, const bench_data *data,
                            conv_method method, const bench_limits *limits) {
    double products = products_of(problem, data);
    if (method == CONV_METHOD_REFERENCE)
        return products / 2e7;
    if (method != CONV_METHOD_DIRECT)
        return 0;
    return 2 *
           bench_limits_arithmetic(limits, bench_is_double(problem->type), problem->isa, products);
}

/* Plans a method and judges its outputs; the timing comes later, beside the others. */
static bool begin_row(bench_row *row, bench_execution *execution, const bench_problem *problem,
                      const bench_data *data, const bench_reference *reference) {
    conv_desc desc;
    bench_problem_desc(problem, row->method, &desc);
    conv_status status = bench_execution_begin(execution, &desc, data, 7);
    if (status != CONV_OK) {
        const char *text = conv_last_error(), *colon = strstr(text, "problem: ");
        snprintf(row->reason, sizeof row->reason, "%.180s", colon ? colon + 9 : text);
        return false;
    }
    row->create_seconds = execution->create_seconds;
    row->workspace = execution->workspace_bytes;
    row->model = bench_model_of(execution->plan).execute;
    row->error =
        bench_compare(reference, problem, data, row->method, transform_length(execution->plan));
    return true;
}

static void find_pick(bench_result *result, const bench_data *data) {
    conv_desc desc;
    conv_plan *plan = NULL;
    result->fastest = result->picked = -1;
    bench_problem_desc(&result->problem, CONV_METHOD_AUTO, &desc);
    conv_plan_create(&plan, &desc, data->h);
    conv_method pick = conv_plan_method(plan);
    conv_plan_destroy(plan);
    int timed = 0;
    for (int i = 0; i < result->rows; i++) {
        const bench_row *row = &result->row[i];
        if (row->reason[0])
            continue;
        if (row->method == pick)
            result->picked = i;
        if (row->method == CONV_METHOD_REFERENCE)
            continue;
        timed++;
        if (result->fastest < 0 || row->seconds < result->row[result->fastest].seconds)
            result->fastest = i;
    }
    if (result->picked >= 0 && result->fastest >= 0 && timed > 1)
        result->pick_ratio =
            result->row[result->picked].seconds / result->row[result->fastest].seconds;
}

bool bench_measure(bench_result *result, const bench_problem *problem, const bench_effort *effort,
                   const bench_limits *limits) {
    bench_execution execution[BENCH_METHODS];
    bench_subject subject[BENCH_METHODS];
    bench_reference reference;
    bench_data data;
    int timed = 0;
    *result = (bench_result){.problem = *problem};
    if (!bench_data_make(problem, &data))
        return false;
    if (!bench_reference_make(&reference, problem, &data, effort->reference)) {
        bench_data_free(&data);
        return false;
    }
    result->outputs = data.batch * data.outputs;
    result->compared = reference.count;
    for (int m = 0; m < BENCH_METHODS; m++) {
        bench_row *row = &result->row[result->rows];
        if (effort->only == CONV_METHOD_AUTO ? methods[m] == CONV_METHOD_REFERENCE
                                             : methods[m] != effort->only)
            continue;
        result->rows++;
        row->method = methods[m];
        double estimate = slow_estimate(problem, &data, row->method, limits);
        if (estimate > effort->slowest && effort->only == CONV_METHOD_AUTO)
            snprintf(row->reason, sizeof row->reason, "left out: would take about %.1g s",
                     estimate);
        else if (begin_row(row, &execution[timed], problem, &data, &reference)) {
            subject[timed] =
                (bench_subject){bench_execution_call, &execution[timed], 0, problem->threads != 1};
            timed++;
        }
    }
    bench_time(subject, timed, effort->budget);
    for (int i = 0, t = 0; i < result->rows; i++) {
        bench_row *row = &result->row[i];
        if (row->reason[0])
            continue;
        row->seconds = subject[t].seconds;
        shares_of(row, problem, &data, limits);
        bench_execution_end(&execution[t++]);
    }
    find_pick(result, &data);
    bench_reference_free(&reference);
    bench_data_free(&data);
    return true;
}

bool bench_row_is_wrong(const bench_row *row) {
    return !row->reason[0] && !(row->error.ratio <= 1);
}
