#include "peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Where the sources and the library were when this was built. */
static char program[] = BENCH_SOURCE "/compare.py", library[] = BENCH_LIBRARY;

int bench_peers(int argc, char **argv) {
    char python[] = "python3", option[] = "--library", other[] = "--convbench", self[4096];
    char **arguments = calloc((size_t)argc + 8, sizeof *arguments);
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    int count = 0;
    if (!arguments || length < 0 || access(program, R_OK) != 0) {
        fprintf(stderr, "convbench: peers needs the sources, where bench/compare.py is\n");
        free(arguments);
        return 2;
    }
    self[length] = 0;
    char *const leading[] = {python, program, option, library, other, self};
    for (size_t i = 0; i < sizeof leading / sizeof *leading; i++)
        arguments[count++] = leading[i];
    for (int i = 2; i < argc; i++)
        arguments[count++] = argv[i];
    execvp(python, arguments);
    perror("convbench: python3");
    free(arguments);
    return 2;
}
