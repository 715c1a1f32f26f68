/* A loop over independent items, on threads where the build has them. */
#ifndef CONV_BASE_PARALLEL_H
#define CONV_BASE_PARALLEL_H

#include <stddef.h>

/* Work on items begin..end-1; thread is 0..threads-1 and no two calls with one number overlap. */
typedef void conv_parallel_body(void *context, size_t begin, size_t end, int thread);

/* How many threads a plan may use for `wanted` (0: all cores); 1 in a build without threads. */
int conv_parallel_threads(int wanted);

/* Calls body over 0..items-1 in at most `threads` pieces and returns when all are done. Which item
 * falls to which thread must not change the result. */
void conv_parallel_for(size_t items, int threads, conv_parallel_body *body, void *context);

#endif
