#include "base/parallel.h"

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

void conv_parallel_for(size_t items, int threads, conv_parallel_body *body, void *context) {
    if ((size_t)threads > items)
        threads = (int)items;
    if (threads <= 1) {
        body(context, 0, items, 0);
        return;
    }
#ifdef _OPENMP
#pragma omp parallel for num_threads(threads) schedule(static, 1)
#endif
    for (int t = 0; t < threads; t++) {
        size_t pieces = (size_t)threads, share = items / pieces, rest = items % pieces;
        size_t index = (size_t)t, begin = index * share + (index < rest ? index : rest);
        body(context, begin, begin + share + (index < rest), t);
    }
}
