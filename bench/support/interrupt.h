/* Ctrl-C: the first one ends the run after the problem that is being timed, so that files are
 * complete; the second one ends the process. */
#ifndef BENCH_INTERRUPT_H
#define BENCH_INTERRUPT_H

#include <stdbool.h>

void bench_interrupt_listen(void);
bool bench_interrupted(void);

/* What a shell expects of a process that Ctrl-C ended. */
enum { BENCH_INTERRUPT_STATUS = 130 };

#endif
