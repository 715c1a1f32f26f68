/* The floating-point environment as far as results depend on it: how sums round, and whether
 * numbers below the normal ones are flushed to 0. Not the exception flags. */
#ifndef CONV_BASE_ENVIRONMENT_H
#define CONV_BASE_ENVIRONMENT_H

#include <stdbool.h>

typedef struct {
    int rounding;      /* as fesetround takes it */
    unsigned flushing; /* bits of the processor's control register */
} conv_environment;

conv_environment conv_environment_read(void);
void conv_environment_set(conv_environment environment);
bool conv_environment_equal(conv_environment a, conv_environment b);

/* Rounds to nearest, flushes nothing, as C programs start: what error bounds assume. Returns what
 * was set, for conv_environment_restore. */
conv_environment conv_environment_plain(void);
void conv_environment_restore(conv_environment before);

#endif
