/* The map as data and as a gnuplot script. */
#include <stdio.h>

#include "map.h"
#include "output.h"

static FILE *open_part(const char *name, const char *ending) {
    char path[512];
    snprintf(path, sizeof path, "%s%s", name, ending);
    FILE *file = fopen(path, "w");
    if (!file)
        perror(path);
    return file;
}

static bool write_csv(const bench_map_cells *map, const char *name) {
    FILE *file = open_part(name, ".csv");
    if (!file)
        return false;
    bench_csv_head(file);
    for (size_t s = 0; s < map->signals; s++)
        for (size_t k = 0; k < map->kernels; k++)
            if (map->cell[s][k].rows > 0)
                bench_csv_result(file, &map->cell[s][k]);
    return fclose(file) == 0;
}

/* One line a cell: the places on the axes, the fastest method. */
static void write_winners(FILE *file, const bench_map_cells *map) {
    fprintf(file, "$winners << END\n");
    for (size_t s = 0; s < map->signals; s++)
        for (size_t k = 0; k < map->kernels; k++) {
            const bench_result *cell = &map->cell[s][k];
            if (cell->rows > 0 && cell->fastest >= 0)
                fprintf(file, "%zu %zu %d\n", k, s, (int)cell->row[cell->fastest].method);
            else
                fprintf(file, "%zu %zu NaN\n", k, s);
        }
    fprintf(file, "END\n");
}

/* Of the longest signal: taps, and for each method nanoseconds an output and error; "?" where it
 * was not timed. Last what the multiply-adds of the direct sum and reading and writing once take.
 */
static void write_lines(FILE *file, const bench_map_cells *map, const bench_limits *limits) {
    size_t s = map->signals - 1;
    fprintf(file, "$lines << END\n");
    for (size_t k = 0; k < map->kernels; k++) {
        const bench_result *cell = &map->cell[s][k];
        if (cell->rows == 0)
            continue;
        double outputs = (double)cell->outputs;
        double bytes = outputs * (double)bench_type_size(map->type);
        fprintf(file, "%zu", map->kernel[k]);
        for (conv_method m = CONV_METHOD_DIRECT; m <= CONV_METHOD_FFT; m++) {
            const bench_row *row = NULL;
            for (int i = 0; i < cell->rows; i++)
                if (cell->row[i].method == m && !cell->row[i].reason[0])
                    row = &cell->row[i];
            if (row)
                fprintf(file, " %.4g %.3g", 1e9 * row->seconds / outputs, row->error.relative);
            else
                fprintf(file, " ? ?");
        }
        fprintf(file, " %.4g %.4g\n",
                1e9 / outputs *
                    bench_limits_arithmetic(limits, bench_is_double(map->type), map->isa,
                                            outputs * (double)map->kernel[k] *
                                                bench_type_products(map->type)),
                1e9 / outputs * bench_limits_traffic(limits, bytes, bytes));
    }
    fprintf(file, "END\n");
}

static void write_ticks(FILE *file, const char *axis, const size_t *list, size_t count) {
    fprintf(file, "set %stics (", axis);
    for (size_t i = 0; i < count; i++)
        fprintf(file, "%s\"%zu\" %zu", i ? ", " : "", list[i], i);
    fprintf(file, ")\n");
}

static void write_panels(FILE *file, const bench_map_cells *map, const bench_limits *limits) {
    const char *type = bench_type_name(map->type);
    fprintf(file,
            "set multiplot layout 1,3 title \"libconv %s, %s, one core of %s\" noenhanced\n"
            "set datafile missing \"?\"\n"
            "set title \"the fastest method\"\nset xlabel \"taps\"\nset ylabel \"samples\"\n"
            "set palette defined (1 \"#e69f00\", 2 \"#009e73\", 3 \"#56b4e9\", 4 \"#cc79a7\")\n"
            "set cbrange [0.5:4.5]\nset palette maxcolors 4\n"
            "set cbtics (\"direct\" 1, \"separable\" 2, \"blocks\" 3, \"fft\" 4)\n"
            "set xtics rotate\n",
            conv_version_string(), type, limits->processor);
    write_ticks(file, "x", map->kernel, map->kernels);
    write_ticks(file, "y", map->signal, map->signals);
    fprintf(file,
            "plot [-0.5:%zu.5] [-0.5:%zu.5] $winners using 1:2:3 with image notitle\n"
            "unset colorbox\nset xtics norotate autofreq\nset ytics autofreq\nset logscale xy\n"
            "set grid\nset key left top\n"
            "set title \"%zu samples: ns an output\"\nset ylabel \"ns\"\n"
            "plot $lines using 1:2 with linespoints title \"direct\", "
            "'' using 1:6 with linespoints title \"blocks\", "
            "'' using 1:8 with linespoints title \"fft\", "
            "'' using 1:10 with lines dt 2 lc \"gray\" title \"limit: multiply-adds\", "
            "'' using 1:11 with lines dt 3 lc \"black\" title \"limit: bytes\"\n"
            "set title \"%zu samples: error over largest output\"\nset ylabel \"\"\n"
            "set format y \"%%.0e\"\n"
            "plot $lines using 1:3 with linespoints title \"direct\", "
            "'' using 1:7 with linespoints title \"blocks\", "
            "'' using 1:9 with linespoints title \"fft\"\nunset multiplot\nreset\n",
            map->kernels - 1, map->signals - 1, map->signal[map->signals - 1],
            map->signal[map->signals - 1]);
}

bool bench_map_write(const bench_map_cells *map, const char *name, const bench_limits *limits) {
    FILE *file = write_csv(map, name) ? open_part(name, ".gp") : NULL;
    if (!file)
        return false;
    write_winners(file, map);
    write_lines(file, map, limits);
    fprintf(file, "set terminal svg size 1500,480\nset output \"%s.svg\"\n", name);
    write_panels(file, map, limits);
    fprintf(file, "set terminal pngcairo size 1500,480\nset output \"%s.png\"\n", name);
    write_panels(file, map, limits);
    return fclose(file) == 0;
}
