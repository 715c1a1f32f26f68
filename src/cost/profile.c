#define _GNU_SOURCE /* secure_getenv */
#include "cost/profile.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/kept_errno.h"

#define TABLE(field, per_row, levels, optional)                                               \
    {                                                                                         \
#field, offsetof(conv_calibrated, field) / sizeof(double),                            \
            sizeof(((conv_calibrated *)0)->field) / sizeof(double), per_row, levels, optional \
    }

const conv_profile_table conv_profile_tables[CONV_PROFILE_TABLES] = {
    TABLE(slide, CONV_COST_TAPS, true, false),
    TABLE(slide_rows, CONV_COST_ROW_TAPS, true, false),
    TABLE(slide_columns, CONV_COST_COLUMN_TAPS, true, false),
    TABLE(slide_step, CONV_COST_STEP_TAPS, true, false),
    TABLE(ring, CONV_COST_LENGTHS, true, false),
    TABLE(ring_make, CONV_COST_LENGTHS, false, false),
    TABLE(ring_grid, CONV_COST_SIDES *CONV_COST_SIDES, true, false),
    TABLE(ring_plane_make, CONV_COST_SIDES, false, false),
    TABLE(fftw, CONV_COST_LENGTHS, true, true),
    TABLE(fftw_make, CONV_COST_LENGTHS, false, true),
    TABLE(fftw_plane, CONV_COST_SIDES, true, true),
    TABLE(fftw_plane_make, CONV_COST_SIDES, false, true),
    TABLE(gather, 3, false, false),
    TABLE(new_memory, 2, false, true),
};

typedef struct profile {
    const conv_calibrated *tables;
    char refused[CONV_PROFILE_REASON]; /* the environment's, whose place the built-in ones take */
    struct profile *before;
} profile;

static const profile builtin = {.tables = &conv_calibrated_builtin};

static _Atomic(const profile *) in_force;
/* All that were ever read: other threads may still look into those that are not in force. */
static _Atomic(profile *) kept;

__attribute__((format(printf, 2, 3))) static conv_status refuse(char reason[CONV_PROFILE_REASON],
                                                                const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reason, CONV_PROFILE_REASON, format, arguments);
    va_end(arguments);
    return CONV_ERR_FILE;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* The rest of a line without its end; false where it does not fit. */
static bool read_line(FILE *file, char *line, int size) {
    if (!fgets(line, size, file))
        return false;
    size_t length = strlen(line);
    if (length == 0 || line[length - 1] != '\n')
        return false;
    line[length - 1] = 0;
    return true;
}

static conv_status read_head(FILE *file, const char *path, char reason[CONV_PROFILE_REASON]) {
    char line[160], name[CONV_CPU_NAME];
    static const char first[] = "libconv profile ", second[] = "processor ";
    conv_cpu_name(name);
    if (!read_line(file, line, sizeof line) || strncmp(line, first, strlen(first)) != 0)
        return refuse(reason, "%.60s is no profile: its first line is not \"libconv profile\"",
                      path);
    if (strcmp(line + strlen(first), conv_version_string()) != 0)
        return refuse(reason, "%.60s is a profile of libconv %.20s, this is %s", path,
                      line + strlen(first), conv_version_string());
    if (!read_line(file, line, sizeof line) || strncmp(line, second, strlen(second)) != 0)
        return refuse(reason, "%.60s names no processor", path);
    if (strcmp(line + strlen(second), name) != 0)
        return refuse(reason, "%.40s is of the processor \"%.50s\", this is \"%.50s\"", path,
                      line + strlen(second), name);
    return CONV_OK;
}

/* A row that was never measured would price its methods at nothing. */
static bool has_empty_row(const conv_profile_table *table, const double *values) {
    for (size_t row = 0; row < table->count / table->row; row++) {
        bool is_empty = true;
        if (table->is_optional || (table->by_level && row % CONV_LEVELS > (size_t)conv_cpu_level()))
            continue;
        for (size_t i = 0; i < table->row; i++)
            is_empty = is_empty && values[row * table->row + i] == 0;
        if (is_empty)
            return true;
    }
    return false;
}

static conv_status read_table(FILE *file, const char *path, const conv_profile_table *table,
                              conv_calibrated *tables, char reason[CONV_PROFILE_REASON]) {
    double *values = (double *)tables + table->offset;
    unsigned long long count, value;
    char name[32];
    if (fscanf(file, "%31s %20llu", name, &count) != 2 || strcmp(name, table->name) != 0 ||
        count != table->count)
        return refuse(reason, "%.60s: the table %s of %zu values is not where it has to be", path,
                      table->name, table->count);
    for (size_t i = 0; i < table->count; i++) {
        /* 18 digits fit; 1e18 femtoseconds are a quarter of an hour. */
        if (fscanf(file, "%18llu", &value) != 1)
            return refuse(reason,
                          "%.60s: value %zu of %zu in the table %s is no whole number of at "
                          "most 18 digits",
                          path, i + 1, table->count, table->name);
        values[i] = 1e-6 * (double)value;
    }
    if (has_empty_row(table, values))
        return refuse(reason, "%.60s: the table %s has a row that was not measured", path,
                      table->name);
    return CONV_OK;
}

static conv_status read_tables(FILE *file, const char *path, conv_calibrated *tables,
                               char reason[CONV_PROFILE_REASON]) {
    char word[8];
    *tables = conv_calibrated_builtin; /* for the axes */
    conv_status status = read_head(file, path, reason);
    for (size_t i = 0; i < CONV_PROFILE_TABLES && status == CONV_OK; i++)
        status = read_table(file, path, &conv_profile_tables[i], tables, reason);
    if (status == CONV_OK && (fscanf(file, "%7s", word) != 1 || strcmp(word, "end") != 0))
        status = refuse(reason, "%.60s does not end with \"end\"", path);
    return status;
}

static conv_status read_profile(const char *path, conv_calibrated *tables,
                                char reason[CONV_PROFILE_REASON]) {
    conv_status status;
    FILE *file = fopen(path, "r");
    if (file) {
        status = read_tables(file, path, tables, reason);
        fclose(file);
    } else {
        status = refuse(reason, "%.100s cannot be read: %.60s", path, strerror(errno));
    }
    return status;
}

/* ---- the tables in force -------------------------------------------------------------------- */

static const char *environment(void) {
#ifdef __linux__
    return secure_getenv("LIBCONV_PROFILE"); /* a program with more rights than its user's: none */
#else
    return getenv("LIBCONV_PROFILE");
#endif
}

/* A profile of the file's tables, or of the built-in ones with the reason. NULL: no memory. */
static profile *make_profile(const char *path, conv_status *status) {
    CONV_KEEP_ERRNO;
    profile *made = calloc(1, sizeof *made + sizeof(conv_calibrated));
    if (!made) {
        *status = CONV_ERR_MEMORY;
        return NULL;
    }
    conv_calibrated *tables = (conv_calibrated *)(made + 1);
    *status = read_profile(path, tables, made->refused);
    made->tables = *status == CONV_OK ? tables : &conv_calibrated_builtin;
    return made;
}

static const profile *profile_now(void) {
    const profile *now = atomic_load_explicit(&in_force, memory_order_acquire), *none = NULL;
    const char *path = now ? NULL : environment();
    profile *made = NULL;
    conv_status status;
    if (now)
        return now;
    if (path && path[0])
        made = make_profile(path, &status);
    /* Threads that ask at once read the same file; the first one's tables stay. */
    if (atomic_compare_exchange_strong(&in_force, &none, made ? made : &builtin))
        return made ? made : &builtin;
    free(made);
    return none;
}

const conv_calibrated *conv_calibrated_now(void) {
    return profile_now()->tables;
}

const char *conv_profile_refused(void) {
    return profile_now()->refused;
}

conv_status conv_profile_use(const char *path, char reason[CONV_PROFILE_REASON]) {
    conv_status status = CONV_OK;
    if (!path) {
        atomic_store(&in_force, &builtin);
        return CONV_OK;
    }
    profile *made = make_profile(path, &status);
    snprintf(reason, CONV_PROFILE_REASON, "%s", made ? made->refused : "no memory for a profile");
    if (status != CONV_OK) {
        free(made);
        return status;
    }
    made->before = atomic_load(&kept);
    while (!atomic_compare_exchange_weak(&kept, &made->before, made))
        ;
    atomic_store(&in_force, made);
    return CONV_OK;
}
