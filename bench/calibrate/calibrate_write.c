/* A calibration as a profile, and as the source file that is built in. */
#include "calibrate.h"
#include "cost/profile.h"

void calibrate_write_profile(FILE *file, const conv_calibrated *tables) {
    char name[CONV_CPU_NAME];
    conv_cpu_name(name);
    fprintf(file, "libconv profile %s\nprocessor %s\n", conv_version_string(), name);
    for (size_t t = 0; t < CONV_PROFILE_TABLES; t++) {
        const conv_profile_table *table = &conv_profile_tables[t];
        const double *values = (const double *)tables + table->offset;
        fprintf(file, "%s %zu", table->name, table->count);
        for (size_t i = 0; i < table->count; i++)
            fprintf(file, "%s%.0f", i % 10 == 0 ? "\n " : " ", 1e6 * values[i]);
        fprintf(file, "\n");
    }
    fprintf(file, "end\n");
}

static void write_row(FILE *file, const double *values, size_t count) {
    fprintf(file, "{");
    for (size_t i = 0; i < count; i++)
        fprintf(file, "%s%.4g", i == 0 ? "" : i % 12 ? ", " : ",\n         ", values[i]);
    fprintf(file, "}");
}

static void write_table(FILE *file, const char *name, const double *values, size_t types,
                        size_t levels, size_t rows, size_t count) {
    fprintf(file, ".%s = {\n", name);
    for (size_t type = 0; type < types; type++) {
        fprintf(file, "    %s", levels > 1 ? "{" : "");
        for (size_t level = 0; level < levels; level++) {
            fprintf(file, "%s%s", level ? ",\n     " : "", rows > 1 ? "{" : "");
            for (size_t row = 0; row < rows; row++, values += count) {
                fprintf(file, "%s", row ? ",\n      " : "");
                write_row(file, values, count);
            }
            fprintf(file, "%s", rows > 1 ? "}" : "");
        }
        fprintf(file, "%s,\n", levels > 1 ? "}" : "");
    }
    fprintf(file, "},\n");
}

static void write_list(FILE *file, const char *name, const double *values, size_t count) {
    fprintf(file, ".%s = ", name);
    write_row(file, values, count);
    fprintf(file, ",\n");
}

/* Comment lines of calibrated.c: what the machine can do. */
static void write_limits(FILE *file, const bench_limits *limits) {
    fprintf(file,
            "/* The cost model's constants: the output of convbench calibrate --c, libconv %s, on\n"
            " * %s. Nanoseconds; cost/calibrated.h says what each table means.\n"
            " * Multiply-adds per nanosecond at the peak:\n *",
            conv_version_string(), limits->processor);
    for (int level = 0; level <= (int)limits->level; level++)
        fprintf(file, " %s f32 %.1f f64 %.1f%s", conv_level_name((conv_level)level),
                1e-9 * limits->peak[level][0], 1e-9 * limits->peak[level][1],
                level == (int)limits->level ? ".\n" : ",");
    fprintf(file,
            " * Copying, bytes read and written per nanosecond: L1 %.0f, L2 %.0f, L3 %.0f, memory "
            "%.0f. */\n",
            1e-9 * limits->copy[0], 1e-9 * limits->copy[1], 1e-9 * limits->copy[2],
            1e-9 * limits->copy[3]);
}

void calibrate_write_c(FILE *file, const conv_calibrated *tables, const bench_limits *limits) {
    write_limits(file, limits);
    fprintf(file, "#include \"cost/calibrated.h\"\n\n/* clang-format off */\n"
                  "const conv_calibrated conv_calibrated_builtin = {\n");
    write_list(file, "taps", tables->taps, CONV_COST_TAPS);
    write_list(file, "row_taps", tables->row_taps, CONV_COST_ROW_TAPS);
    write_list(file, "column_taps", tables->column_taps, CONV_COST_COLUMN_TAPS);
    write_list(file, "step_taps", tables->step_taps, CONV_COST_STEP_TAPS);
    write_list(file, "lengths", tables->lengths, CONV_COST_LENGTHS);
    write_list(file, "sides", tables->sides, CONV_COST_SIDES);
    for (size_t t = 0; t < CONV_PROFILE_TABLES; t++) {
        const conv_profile_table *table = &conv_profile_tables[t];
        const double *values = (const double *)tables + table->offset;
        size_t levels = table->by_level ? CONV_LEVELS : 1, types = table->count / table->row;
        size_t sides = CONV_COST_SIDES, square = sides * sides;
        bool is_square = table->row == square;
        if (types == 1)
            write_list(file, table->name, values, table->count);
        else
            write_table(file, table->name, values, types / levels, levels, is_square ? sides : 1,
                        is_square ? sides : table->row);
    }
    fprintf(file, "};\n");
}
