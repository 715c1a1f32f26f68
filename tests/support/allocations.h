/* allocations.h - counts, and makes fail, what a test program and its libraries allocate.
 *
 * The functions malloc, calloc, realloc, aligned_alloc, posix_memalign, memalign and free of the
 * program stand before those of the C library. */
#ifndef TESTS_ALLOCATIONS_H
#define TESTS_ALLOCATIONS_H

#include <stdbool.h>

/* Calls of this process so far, and blocks that live. */
unsigned long allocations_made(void);
long allocations_alive(void);

/* From now on the k-th allocation (counted from 0) that libconv itself makes fails; below 0: none.
 * Those of other libraries never fail: some end the process. */
void allocations_fail(long k);

/* Whether all that come after it fail, too: as long as allocations_fail is not called again. Where
 * this is not called, the environment says it: CONV_TEST_LASTING. */
void allocations_fail_lastingly(bool lasting);

/* The same, counting those of FFTW and of the C library, too: for children. */
void allocations_fail_anywhere(long k);

/* Whether the failure asked for has happened. */
bool allocations_failed(void);

#endif
