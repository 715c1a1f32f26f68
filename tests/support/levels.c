/* levels.c - prints the names of the instruction-set levels that this processor has, lowest first,
 * one a line, as LIBCONV_LEVEL caps them; with --all those that the library knows. */
#include <stdio.h>
#include <string.h>

#include "base/cpu.h"

int main(int argc, char **argv) {
    const int all = argc > 1 && strcmp(argv[1], "--all") == 0;
    const int count = all ? CONV_LEVELS : (int)conv_cpu_level() + 1;
    for (int level = 0; level < count; level++) {
        puts(conv_level_name((conv_level)level));
    }
    return 0;
}
