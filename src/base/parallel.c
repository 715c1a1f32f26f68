#include "base/parallel.h"

#ifdef CONV_HAVE_THREADS

#include "base/pool.h"

enum {
    ALWAYS = 8, /* what may be asked for where there are fewer processors */
    EACH = 4    /* pieces for each thread: a thread that comes late costs at most one of them */
};

int conv_parallel_threads(int wanted) {
    int processors = conv_pool_processors();
    int most = processors > ALWAYS ? processors : ALWAYS;
    return wanted == 0 ? processors : wanted < most ? wanted : most;
}

typedef struct {
    size_t items;
    int pieces;
    conv_parallel_body *body;
    void *context;
} loop;

static void run_piece(void *context, int piece, int thread) {
    const loop *of = context;
    size_t pieces = (size_t)of->pieces, index = (size_t)piece;
    size_t share = of->items / pieces, rest = of->items % pieces;
    size_t begin = index * share + (index < rest ? index : rest);
    of->body(of->context, begin, begin + share + (index < rest), thread);
}

void conv_parallel_for(size_t items, int threads, conv_parallel_body *body, void *context) {
    if (threads > CONV_POOL_MOST)
        threads = CONV_POOL_MOST;
    if ((size_t)threads > items)
        threads = (int)items;
    if (threads <= 1) {
        body(context, 0, items, 0);
        return;
    }
    size_t each = items / (size_t)threads;
    if (each > EACH)
        each = EACH;
    loop all = {items, threads * (int)each, body, context};
    conv_pool_run(threads, (int)each, run_piece, &all);
}

#else

int conv_parallel_threads(int wanted) {
    (void)wanted;
    return 1;
}

void conv_parallel_for(size_t items, int threads, conv_parallel_body *body, void *context) {
    (void)threads;
    body(context, 0, items, 0);
}

#endif
