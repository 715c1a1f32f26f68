/* convbench: what libconv's methods cost, how right they are, and how well the library chooses. */
#include <stdlib.h>
#include <string.h>

#include "accuracy.h"
#include "bars.h"
#include "calibrate.h"
#include "fresh.h"
#include "layer_bars.h"
#include "options.h"
#include "output.h"
#include "timing.h"

typedef struct {
    FILE *json, *csv;
} files;

static FILE *open_file(const char *name) {
    if (!name)
        return NULL;
    FILE *file = strcmp(name, "-") == 0 ? stdout : fopen(name, "w");
    if (!file) {
        perror(name);
        exit(2);
    }
    return file;
}

static void close_file(FILE *file) {
    if (file && file != stdout)
        fclose(file);
}

static int run_grid(const bench_options *options, const bench_limits *limits) {
    files out = {open_file(options->json), open_file(options->csv)};
    bench_summary summary = {0};
    bench_problem *grid = NULL;
    int impossible = 0;
    size_t count = options->one ? 1 : bench_grid_make(options->grid, &options->filter, &grid);
    bool quiet = out.json == stdout || out.csv == stdout, first = true;
    if (!quiet) {
        bench_limits_print(limits);
        bench_print_head();
    }
    if (out.json)
        bench_json_head(out.json, limits);
    if (out.csv)
        bench_csv_head(out.csv);
    for (size_t i = 0; i < count; i++) {
        bench_problem problem = options->one ? options->problem : grid[i];
        bench_result result;
        char name[128];
        problem.threads = options->threads;
        problem.isa = options->isa;
        bench_problem_text(&problem, name, sizeof name);
        bench_progress(i + 1, count, name);
        if (!bench_measure(&result, &problem, &options->effort, limits)) {
            bench_progress(0, 0, NULL);
            fprintf(stderr, "convbench: %s: %s\n", name, conv_last_error());
            impossible++;
            continue;
        }
        bench_progress(i + 1, count, NULL);
        if (!quiet)
            bench_print_result(&result, options->refused || options->one);
        bench_summary_add(&summary, &result);
        if (out.json)
            bench_json_result(out.json, &result, first);
        if (out.csv)
            bench_csv_result(out.csv, &result);
        first = false;
    }
    if (!quiet) {
        bench_print_summary(&summary);
        bench_print_disturbance();
    }
    if (out.json)
        bench_json_end(out.json, &summary);
    close_file(out.json);
    close_file(out.csv);
    free(grid);
    return impossible ? 2 : summary.wrong ? 1 : 0;
}

int main(int argc, char **argv) {
    bench_options options;
    bench_limits limits;
    int exit_status;
    bench_processor_share();
    if (!bench_options_read(&options, argc, argv, &exit_status))
        return exit_status;
    if (options.run == BENCH_RUN_CALIBRATE)
        return bench_calibrate();
    if (options.run == BENCH_RUN_FRESH)
        return bench_fresh_run(&options);
    bench_limits_measure(&limits, options.grid == BENCH_GRID_SMOKE ? 2e-3 : 20e-3);
    if (options.run == BENCH_RUN_BARS)
        return bench_bars(&options, &limits);
    if (options.run == BENCH_RUN_LAYER)
        return bench_layer_bars(&options, &limits);
    if (options.run == BENCH_RUN_ACCURACY)
        return bench_accuracy(&options, &limits);
    if (options.run == BENCH_RUN_LIMITS) {
        bench_limits_print(&limits);
        return 0;
    }
    return run_grid(&options, &limits);
}
