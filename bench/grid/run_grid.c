#include "run_grid.h"

#include <stdlib.h>
#include <string.h>

#include "interrupt.h"
#include "output.h"

typedef struct {
    const bench_options *options;
    const bench_limits *limits;
    FILE *json, *csv;
    bool quiet; /* standard output is a file's */
    bench_summary summary;
    int impossible;
    bool first;
} grid_run;

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

static void begin(grid_run *run) {
    run->json = open_file(run->options->json);
    run->csv = open_file(run->options->csv);
    run->quiet = run->json == stdout || run->csv == stdout;
    run->first = true;
    if (!run->quiet) {
        bench_limits_print(run->limits);
        bench_print_head();
    }
    if (run->json)
        bench_json_head(run->json, run->limits);
    if (run->csv)
        bench_csv_head(run->csv);
}

/* Files hold whole rows after every problem, so that a process that is ended leaves those. */
static void keep(grid_run *run, const bench_result *result, bool refused) {
    if (!run->quiet)
        bench_print_result(result, refused);
    bench_summary_add(&run->summary, result);
    if (run->json)
        bench_json_result(run->json, result, run->first);
    if (run->csv) {
        bench_csv_result(run->csv, result);
        fflush(run->csv);
    }
    run->first = false;
}

static void end(grid_run *run) {
    if (!run->quiet) {
        bench_print_summary(&run->summary);
        bench_print_model(&run->summary);
        bench_print_disturbance();
    }
    if (run->json)
        bench_json_end(run->json, &run->summary);
    close_file(run->json);
    close_file(run->csv);
}

static void measure(grid_run *run, bench_problem problem, size_t done, size_t all, bool refused) {
    bench_result result;
    char name[128];
    problem.threads = run->options->threads;
    problem.isa = run->options->isa;
    bench_problem_text(&problem, name, sizeof name);
    bench_progress(done, all, name);
    bool possible = bench_measure(&result, &problem, &run->options->effort, run->limits);
    bench_progress(0, 0, NULL);
    if (possible) {
        keep(run, &result, refused);
        return;
    }
    fprintf(stderr, "convbench: %s: %s\n", name, conv_last_error());
    run->impossible++;
}

int bench_run_grid(const bench_options *options, const bench_limits *limits) {
    grid_run run = {.options = options, .limits = limits};
    bench_problem *grid = NULL;
    bool one = options->run == BENCH_RUN_ONE;
    size_t count = one ? 1 : bench_grid_make(options->grid, &options->filter, &grid);
    begin(&run);
    for (size_t i = 0; i < count && !bench_interrupted(); i++)
        measure(&run, one ? options->problem : grid[i], i + 1, count, options->refused || one);
    end(&run);
    free(grid);
    if (bench_interrupted())
        return BENCH_INTERRUPT_STATUS;
    return run.impossible ? 2 : run.summary.wrong ? 1 : 0;
}
