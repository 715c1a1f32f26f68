/* guard.h - memory with forbidden pages flush at both ends. */
#ifndef TESTS_GUARD_H
#define TESTS_GUARD_H

#include <stdbool.h>
#include <stddef.h>

typedef struct guarded {
    unsigned char *map;
    size_t mapped;
    unsigned char *start; /* of the readable pages */
    unsigned char *end;
} guarded;

/* At least `bytes` readable bytes between two pages that may not be touched. */
bool guard_make(guarded *g, size_t bytes);
void guard_free(guarded *g);

#endif
