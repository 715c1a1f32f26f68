#include "map.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interrupt.h"
#include "output.h"

static const size_t all_signals[MAP_SIGNALS] = {64, 256, 1024, 4096, 16384, 65536, 262144, 1048576};
static const size_t all_kernels[MAP_KERNELS] = {3,   7,   15,  31,   63,   95,
                                                127, 255, 511, 1023, 4095, 16383};

/* Every step-th of a list, with its last. */
static size_t thin(const size_t *list, size_t count, size_t step, size_t *out) {
    size_t kept = 0;
    for (size_t i = (count - 1) % step; i < count; i += step)
        out[kept++] = list[i];
    return kept;
}

static void measure(bench_map_cells *map, const bench_options *options,
                    const bench_limits *limits) {
    size_t all = map->signals * map->kernels, done = 0;
    for (size_t s = 0; s < map->signals; s++) {
        for (size_t k = 0; k < map->kernels; k++, done++) {
            bench_problem problem = {.type = map->type,
                                     .rank = 1,
                                     .signal = {map->signal[s]},
                                     .kernel = {map->kernel[k]},
                                     .mode = CONV_SAME,
                                     .threads = 1,
                                     .isa = map->isa};
            char name[128];
            if (map->kernel[k] > map->signal[s] || bench_interrupted())
                continue;
            bench_problem_text(&problem, name, sizeof name);
            bench_progress(done + 1, all, name);
            if (!bench_measure(&map->cell[s][k], &problem, &options->effort, limits))
                map->cell[s][k].rows = 0;
        }
    }
    bench_progress(0, 0, NULL);
}

static void print_axis(const bench_map_cells *map) {
    printf("\n%10s", "");
    for (size_t k = 0; k < map->kernels; k++)
        printf("%7zu", map->kernel[k]);
    printf(" taps\n");
}

/* Letters: capital where AUTO takes the fastest or one within a tenth of it. */
static void print_map(const bench_map_cells *map) {
    printf("The fastest method, of d(irect), s(eparable), b(locks), f(ft); a capital where "
           "CONV_METHOD_AUTO takes\nit or one as fast within 10 %%:\n");
    print_axis(map);
    for (size_t s = 0; s < map->signals; s++) {
        printf("%10zu", map->signal[s]);
        for (size_t k = 0; k < map->kernels; k++) {
            const bench_result *cell = &map->cell[s][k];
            int letter = ' ';
            if (cell->rows > 0 && cell->fastest >= 0)
                letter = bench_method_name(cell->row[cell->fastest].method)[0];
            printf("%7c", cell->pick_ratio <= 1.1 ? toupper(letter) : letter);
        }
        printf("\n");
    }
    printf("\nIts nanoseconds an output:\n");
    print_axis(map);
    for (size_t s = 0; s < map->signals; s++) {
        printf("%10zu", map->signal[s]);
        for (size_t k = 0; k < map->kernels; k++) {
            const bench_result *cell = &map->cell[s][k];
            if (cell->rows > 0 && cell->fastest >= 0)
                printf("%7.3g", 1e9 * cell->row[cell->fastest].seconds / (double)cell->outputs);
        }
        printf("\n");
    }
}

/* gnuplot NAME.gp; false where there is none or it failed. */
static bool draw(const char *name) {
    char script[512];
    snprintf(script, sizeof script, "%s.gp", name);
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        char program[] = "gnuplot", *arguments[] = {program, script, NULL};
        if (!freopen("/dev/null", "w", stderr))
            _exit(127);
        execvp(program, arguments);
        _exit(127);
    }
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

int bench_map(const bench_options *options, const bench_limits *limits) {
    static const size_t steps[BENCH_GRIDS] = {1, 2, 4};
    const char *name = options->output ? options->output : "convmap";
    bench_map_cells *map = calloc(1, sizeof *map);
    size_t step = steps[options->grid];
    int status = 0;
    if (!map || strlen(name) > 400) {
        fprintf(stderr, "convbench: no memory, or a name above 400 characters\n");
        free(map);
        return 2;
    }
    map->type = options->filter.type < 0 ? BENCH_F32 : (bench_type)options->filter.type;
    map->isa = options->isa;
    map->signals = thin(all_signals, MAP_SIGNALS, step, map->signal);
    map->kernels = thin(all_kernels, MAP_KERNELS, step, map->kernel);
    measure(map, options, limits);
    print_map(map);
    if (!bench_map_write(map, name, limits))
        status = 2;
    else if (draw(name))
        printf("\n%s.svg, %s.png: drawn from %s.csv by %s.gp\n", name, name, name, name);
    else
        printf("\ngnuplot is not there, or failed: no picture. %s.csv has the figures, gnuplot "
               "%s.gp draws them.\n",
               name, name);
    bench_print_disturbance();
    free(map);
    return bench_interrupted() ? BENCH_INTERRUPT_STATUS : status;
}
