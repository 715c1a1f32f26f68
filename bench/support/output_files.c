/* The results as files for other programs. Times in seconds, workspace in bytes. */
#include <math.h>

#include "output.h"

static void shape_text(int rank, const size_t *shape, char text[64]) {
    int length = 0;
    for (int d = 0; d < rank && length < 60; d++)
        length += snprintf(text + length, 64 - (size_t)length, d ? "x%zu" : "%zu", shape[d]);
}

void bench_csv_head(FILE *file) {
    fprintf(file, "batch,signal,kernel,separable,type,mode,edge,rule,threads,method,picked,seconds,"
                  "model_seconds,"
                  "ns_per_output,ratio_to_fastest,plan_seconds,workspace_bytes,error_relative,"
                  "error_component,bound_relative,error_over_bound,peak_share,copy_share,reason\n");
}

void bench_csv_result(FILE *file, const bench_result *result) {
    const bench_problem *problem = &result->problem;
    char signal[64], kernel[64];
    shape_text(problem->rank, problem->signal, signal);
    shape_text(problem->rank, problem->kernel, kernel);
    for (int i = 0; i < result->rows; i++) {
        const bench_row *row = &result->row[i];
        fprintf(file, "%zu,%s,%s,%d,%s,%s,%s,%s,%d,%s,%d", problem->batch ? problem->batch : 1,
                signal, kernel, problem->separable, bench_type_name(problem->type),
                bench_mode_name(problem->mode), bench_edge_name(problem->edge),
                problem->rule == CONV_RULE_TRAPEZOID ? "trapezoid" : "sum", problem->threads,
                bench_method_name(row->method), i == result->picked);
        if (row->reason[0]) {
            fprintf(file, ",,,,,,,,,,,,,\"%s\"\n", row->reason);
            continue;
        }
        fprintf(file, ",%.6g,%.6g,%.6g,%.4f,%.6g,%zu,%.4g,%.4g,%.4g,%.4g,%.4f,%.4f,\n",
                row->seconds, row->model, 1e9 * row->seconds / (double)result->outputs,
                row->seconds / result->row[result->fastest < 0 ? i : result->fastest].seconds,
                row->create_seconds, row->workspace, row->error.relative, row->error.component,
                row->error.bound, row->error.ratio, row->peak_share, row->copy_share);
    }
}

/* JSON has no infinity. */
static double in_json(double value) {
    return isfinite(value) ? value : 1e308;
}

static void json_shape(FILE *file, const char *key, int rank, const size_t *shape) {
    fprintf(file, "\"%s\": [", key);
    for (int d = 0; d < rank; d++)
        fprintf(file, d ? ", %zu" : "%zu", shape[d]);
    fprintf(file, "], ");
}

void bench_json_head(FILE *file, const bench_limits *limits) {
    fprintf(file, "{\n  \"library\": \"%s\",\n  \"processor\": \"%s\",\n", conv_version_string(),
            limits->processor);
    fprintf(file, "  \"multiply_adds_per_second\": {");
    for (int level = 0; level <= (int)limits->level; level++)
        fprintf(file, "%s\"%s\": {\"f32\": %.4g, \"f64\": %.4g}", level ? ", " : "",
                conv_level_name((conv_level)level), limits->peak[level][0], limits->peak[level][1]);
    fprintf(file,
            "},\n  \"copy_bytes_per_second\": {\"L1\": %.4g, \"L2\": %.4g, \"L3\": %.4g, "
            "\"memory\": %.4g},\n  \"problems\": [\n",
            limits->copy[LIMIT_L1], limits->copy[LIMIT_L2], limits->copy[LIMIT_L3],
            limits->copy[LIMIT_MEMORY]);
}

static void json_row(FILE *file, const bench_result *result, int i) {
    const bench_row *row = &result->row[i];
    fprintf(file, "%s\n      {\"method\": \"%s\", ", i ? "," : "", bench_method_name(row->method));
    if (row->reason[0]) {
        fprintf(file, "\"reason\": \"%s\"}", row->reason);
        return;
    }
    fprintf(file,
            "\"seconds\": %.6g, \"model_seconds\": %.6g, \"ns_per_output\": %.6g, "
            "\"plan_seconds\": %.6g, "
            "\"workspace_bytes\": %zu, \"error_relative\": %.4g, \"error_component\": %.4g, "
            "\"bound_relative\": %.4g, \"error_over_bound\": %.4g, \"copy_share\": %.4f",
            row->seconds, row->model, 1e9 * row->seconds / (double)result->outputs,
            row->create_seconds, row->workspace, in_json(row->error.relative),
            in_json(row->error.component), in_json(row->error.bound), in_json(row->error.ratio),
            row->copy_share);
    if (row->peak_share > 0)
        fprintf(file, ", \"peak_share\": %.4f", row->peak_share);
    fprintf(file, ", \"picked\": %s}", i == result->picked ? "true" : "false");
}

void bench_json_result(FILE *file, const bench_result *result, bool first) {
    const bench_problem *problem = &result->problem;
    fprintf(file, "%s    {\"batch\": %zu, ", first ? "" : ",\n",
            problem->batch ? problem->batch : 1);
    json_shape(file, "signal", problem->rank, problem->signal);
    json_shape(file, "kernel", problem->rank, problem->kernel);
    fprintf(file,
            "\"separable\": %s, \"type\": \"%s\", \"mode\": \"%s\", \"edge\": \"%s\", "
            "\"rule\": \"%s\", \"threads\": %d, \"outputs\": %zu, \"compared\": %zu, \"rows\": [",
            problem->separable ? "true" : "false", bench_type_name(problem->type),
            bench_mode_name(problem->mode), bench_edge_name(problem->edge),
            problem->rule == CONV_RULE_TRAPEZOID ? "trapezoid" : "sum", problem->threads,
            result->outputs, result->compared);
    for (int i = 0; i < result->rows; i++)
        json_row(file, result, i);
    fprintf(file, "]}");
}

void bench_json_end(FILE *file, const bench_summary *summary) {
    double all = summary->problems ? summary->problems : 1;
    char name[256];
    bench_problem_arguments(&summary->worst_problem, name, sizeof name);
    fprintf(file,
            "\n  ],\n  \"pick\": {\"problems\": %d, \"fastest\": %.4f, \"within_1.10\": %.4f, "
            "\"geometric_mean\": %.4f, \"worst\": %.4f, \"worst_problem\": \"%s\"},\n"
            "  \"rows_above_bound\": %d\n}\n",
            summary->problems, summary->fastest / all, summary->within / all,
            exp(summary->log_sum / all), summary->worst, summary->problems ? name : "",
            summary->wrong);
}
