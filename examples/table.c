#include "table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void fail(const char *message) {
    fprintf(stderr, "error: %s\n", message);
    exit(1);
}

void fail_file(const char *path) {
    fprintf(stderr, "error: cannot read or write %s\n", path);
    exit(1);
}

void check(conv_status status) {
    if (status != CONV_OK) {
        fail(conv_last_error());
    }
}

int expect(int condition, const char *what) {
    if (!condition) {
        printf("FAILED: %s\n", what);
    }
    return !condition;
}

double *new_array(size_t n) {
    double *array = calloc(n, sizeof *array);

    if (array == NULL) {
        fail("out of memory");
    }
    return array;
}

double max_abs_difference(const double *a, const double *b, size_t n) {
    double worst = 0;

    for (size_t i = 0; i < n; i++) {
        worst = fmax(worst, fabs(a[i] - b[i]));
    }
    return worst;
}

char *file_path(const char *dir, const char *name, const char *extension) {
    size_t size = strlen(dir) + strlen(name) + strlen(extension) + 3;
    char *path = malloc(size);

    if (path == NULL) {
        fail("out of memory");
    }
    snprintf(path, size, "%s/%s.%s", dir, name, extension);
    return path;
}

static FILE *open_csv(const char *dir, const char *name, const char *mode) {
    char *path = file_path(dir, name, "csv");
    FILE *file = fopen(path, mode);

    if (file == NULL) {
        fail_file(path);
    }
    free(path);
    return file;
}

double *csv_read(const char *dir, const char *name, size_t *rows, size_t *cols) {
    FILE *file = open_csv(dir, name, "r");
    char line[4096];
    double *values = NULL;
    size_t count = 0, capacity = 0;

    *rows = *cols = 0;
    while (fgets(line, sizeof line, file) != NULL) {
        size_t width = 0;
        char *text = line, *end;

        for (double value = strtod(text, &end); end != text; value = strtod(text, &end)) {
            if (count == capacity) {
                capacity = 2 * capacity + 1024;
                values = realloc(values, capacity * sizeof *values);
                if (values == NULL) {
                    fail("out of memory");
                }
            }
            values[count++] = value;
            width++;
            text = *end == ',' ? end + 1 : end;
        }
        if (width > 0 && *rows > 0 && width != *cols) {
            fail("rows of different lengths in a CSV file");
        }
        if (width > 0) {
            *cols = width;
            *rows += 1;
        }
    }
    fclose(file);
    if (*rows == 0) {
        fail("no numbers in a CSV file");
    }
    return values;
}

FILE *csv_open(const char *dir, const char *name) {
    return open_csv(dir, name, "w");
}

void csv_close(FILE *file, const char *dir, const char *name) {
    char *path = file_path(dir, name, "csv");

    if (ferror(file) != 0 || fclose(file) != 0) {
        fail_file(path);
    }
    printf("wrote %s\n", path);
    free(path);
}
