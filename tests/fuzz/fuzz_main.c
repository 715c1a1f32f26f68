/* fuzz_main.c - runs an area without libFuzzer: for replay, for AFL++, and without any fuzzer.
 *
 *     fuzz_AREA                      one input from standard input: what AFL++ runs
 *     fuzz_AREA FILE...              each file is an input; a file NAME.txt holds many, as a line
 * of hexadecimal digits each; "#" begins a line that says something fuzz_AREA --random COUNT SEED
 * inputs of random bytes fuzz_AREA --unpack FILE DIR    the lines of a FILE.txt as a folder that
 * libFuzzer takes fuzz_AREA --pack FILE...       the reverse, to standard output
 *
 * Ends by abort where an input shows a fault; prints how many there were otherwise. */
#include "fuzz.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MOST = 4096 };

static unsigned long inputs;

/* In a block of its own size, so that a sanitizer sees what is read behind its end. */
static void run(const uint8_t *bytes, size_t size) {
    uint8_t *const copy = malloc(size + (size == 0));
    if (copy == NULL) {
        exit(2);
    }
    memcpy(copy, bytes, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    inputs++;
}

static void run_stream(FILE *file) {
    uint8_t bytes[MOST];
    run(bytes, fread(bytes, 1, sizeof bytes, file));
}

static FILE *open_or_end(const char *name, const char *how) {
    FILE *const file = fopen(name, how);
    if (file == NULL) {
        perror(name);
        exit(2);
    }
    return file;
}

/* The bytes of a line of hexadecimal digits. */
static size_t read_line(const char *line, uint8_t *bytes) {
    size_t size = 0;
    unsigned value;
    while (size < MOST && isxdigit((unsigned char)line[0]) && sscanf(line, "%2x", &value) == 1) {
        bytes[size++] = (uint8_t)value;
        line += 2;
    }
    return size;
}

static void each_line(const char *name, const char *folder) {
    static char line[2 * MOST + 2];
    uint8_t bytes[MOST];
    FILE *const file = open_or_end(name, "r");
    for (unsigned number = 1; fgets(line, sizeof line, file) != NULL; number++) {
        const size_t size = read_line(line, bytes);
        if (line[0] == '#') {
            continue;
        }
        if (folder == NULL) {
            run(bytes, size);
            continue;
        }
        char path[1024];
        snprintf(path, sizeof path, "%s/%04u", folder, number);
        FILE *const one = open_or_end(path, "wb");
        fwrite(bytes, 1, size, one);
        fclose(one);
    }
    fclose(file);
}

static void pack(const char *name) {
    FILE *const file = open_or_end(name, "rb");
    for (int c = fgetc(file); c != EOF; c = fgetc(file)) {
        printf("%02x", (unsigned)c);
    }
    printf("\n");
    fclose(file);
}

/* splitmix64. */
static uint64_t next(uint64_t *state) {
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* The input that is about to run is kept in fuzz-input, which stays behind where it fails. */
static void random_inputs(unsigned long count, uint64_t seed) {
    for (unsigned long i = 0; i < count; i++) {
        uint8_t bytes[256];
        const size_t size = 8 + next(&seed) % (sizeof bytes - 8);
        for (size_t k = 0; k < size; k++) {
            bytes[k] = (uint8_t)next(&seed);
        }
        FILE *const kept = open_or_end("fuzz-input", "wb");
        fwrite(bytes, 1, size, kept);
        fclose(kept);
        run(bytes, size);
    }
    remove("fuzz-input");
}

static bool ends_with(const char *name, const char *end) {
    const size_t length = strlen(name);
    return length >= strlen(end) && strcmp(name + length - strlen(end), end) == 0;
}

int main(int count, char **words) {
    const clock_t begin = clock();
    if (count == 1) {
        run_stream(stdin);
        return 0;
    }
    if (strcmp(words[1], "--random") == 0 && count == 4) {
        random_inputs(strtoul(words[2], NULL, 0), strtoull(words[3], NULL, 0));
    } else if (strcmp(words[1], "--unpack") == 0 && count == 4) {
        each_line(words[2], words[3]);
        return 0;
    } else if (strcmp(words[1], "--pack") == 0) {
        for (int i = 2; i < count; i++) {
            pack(words[i]);
        }
        return 0;
    } else {
        for (int i = 1; i < count; i++) {
            if (ends_with(words[i], ".txt")) {
                each_line(words[i], NULL);
                continue;
            }
            FILE *const file = open_or_end(words[i], "rb");
            run_stream(file);
            fclose(file);
        }
    }
    printf("%lu inputs, %.1f s of processor time\n", inputs,
           (double)(clock() - begin) / CLOCKS_PER_SEC);
    return 0;
}
