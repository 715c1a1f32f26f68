/* Threads that wait for work. They are started when work needs them, kept, and gone when the
 * library is unloaded. */
#ifndef CONV_BASE_POOL_H
#define CONV_BASE_POOL_H

/* The most threads that work on one job, its caller's among them. */
enum { CONV_POOL_MOST = 256 };

/* A piece of a job: called once for each, for some at once, but for no two with one thread. */
typedef void conv_pool_piece(void *context, int piece, int thread);

/* The processors that this process may run on; at least 1. */
int conv_pool_processors(void);

/* Calls for piece 0..threads*each-1, on this thread and on as many others as can be had up to
 * `threads`, and returns when all are done. Pieces that follow each other go to one thread where
 * that is there in time. May be called by any number of threads, and by pieces. each: 1..255 */
void conv_pool_run(int threads, int each, conv_pool_piece *piece, void *context);

#endif
