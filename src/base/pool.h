/* Threads that wait for work. They are started when work needs them, kept, and gone when the
 * library is unloaded. */
#ifndef CONV_BASE_POOL_H
#define CONV_BASE_POOL_H

/* The most threads that work on one job, its caller's among them. */
enum { CONV_POOL_MOST = 256 };

/* Piece 0..pieces-1 of a job; called once for each, and for some at once. */
typedef void conv_pool_piece(void *context, int piece);

/* The processors that this process may run on; at least 1. */
int conv_pool_processors(void);

/* Calls for every piece, on this thread and on as many others as can be had, and returns when all
 * are done. May be called by any number of threads, and by pieces. */
void conv_pool_run(int pieces, conv_pool_piece *piece, void *context);

#endif
