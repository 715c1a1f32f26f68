#include "base/parallel.h"

#ifdef CONV_HAVE_THREADS

#include "base/pool.h"

/* What may be asked for where there are fewer processors. */
enum { ALWAYS = 8 };

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

static void run_piece(void *context, int piece) {
    const loop *of = context;
    size_t pieces = (size_t)of->pieces, index = (size_t)piece;
    size_t share = of->items / pieces, rest = of->items % pieces;
    size_t begin = index * share + (index < rest ? index : rest);
    of->body(of->context, begin, begin + share + (index < rest), piece);
}

void conv_parallel_for(size_t items, int threads, conv_parallel_body *body, void *context) {
    if ((size_t)threads > items)
        threads = (int)items;
    if (threads <= 1) {
        body(context, 0, items, 0);
        return;
    }
    loop all = {items, threads, body, context};
    conv_pool_run(threads, run_piece, &all);
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
