#include "base/parallel.h"

#include "base/environment.h"

#ifdef _OPENMP
#include <omp.h>
#endif

int conv_parallel_threads(int wanted) {
#ifdef _OPENMP
    int cores = omp_get_num_procs();
    return wanted == 0 || wanted > cores ? cores : wanted;
#else
    (void)wanted;
    return 1;
#endif
}

/* A piece, in the caller's floating-point environment: a thread that was there before keeps the
 * one that it was started with. */
static void run_piece(size_t items, int threads, int t, conv_environment caller,
                      conv_parallel_body *body, void *context) {
    size_t pieces = (size_t)threads, share = items / pieces, rest = items % pieces;
    size_t index = (size_t)t, begin = index * share + (index < rest ? index : rest);
    conv_environment own = conv_environment_read();
    bool differs = !conv_environment_equal(own, caller);
    if (differs)
        conv_environment_set(caller);
    body(context, begin, begin + share + (index < rest), t);
    if (differs)
        conv_environment_set(own);
}

void conv_parallel_for(size_t items, int threads, conv_parallel_body *body, void *context) {
    if ((size_t)threads > items)
        threads = (int)items;
    if (threads <= 1) {
        body(context, 0, items, 0);
        return;
    }
    conv_environment caller = conv_environment_read();
#ifdef _OPENMP
#pragma omp parallel for num_threads(threads) schedule(static, 1)
#endif
    for (int t = 0; t < threads; t++)
        run_piece(items, threads, t, caller, body, context);
}
