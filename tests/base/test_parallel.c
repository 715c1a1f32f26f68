/* test_parallel.c - the loop on threads by itself: every item once, no two calls with one number at
 * once, nothing left when it returns, whatever the number of processors, of loops and of callers.
 * Pieces sleep, so that others run meanwhile on one processor, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/parallel.h"

enum { MOST_ITEMS = 40, MOST_THREADS = 8 };

typedef struct loop {
    atomic_int calls[MOST_ITEMS], within[MOST_THREADS], wrong, running, most_running;
    bool inner; /* another loop in every piece */
    bool slow;  /* the caller's pieces take longer, so that others take them over */
    int threads;
} loop;

static void sleep_a_little(bool longer) {
    nanosleep(&(struct timespec){.tv_nsec = longer ? 3000000 : 300000}, NULL);
}

static void run_items(void *context, size_t begin, size_t end, int thread);

static void run_loop(loop *all, size_t items) {
    conv_parallel_for(items, all->threads, run_items, all);
    all->wrong += all->running != 0;
    for (size_t i = 0; i < MOST_ITEMS; i++)
        all->wrong += all->calls[i] != (i < items);
}

static void run_items(void *context, size_t begin, size_t end, int thread) {
    loop *all = context;
    const int running = ++all->running;
    if (running > all->most_running)
        all->most_running = running;
    all->wrong += thread < 0 || thread >= all->threads || all->within[thread]++ != 0;
    if (all->inner) {
        loop inside = {.threads = 3};
        run_loop(&inside, 5);
        all->wrong += inside.wrong;
    }
    for (size_t i = begin; i < end; i++)
        all->calls[i]++;
    sleep_a_little(all->slow && thread == 0);
    all->within[thread]--;
    all->running--;
}

static void every_item_once(void **state) {
    int most = 0;
    (void)state;
    for (int kind = 0; kind < 3; kind++)
        for (size_t items = 1; items <= MOST_ITEMS; items += 1 + items / 4)
            for (int threads = 1; threads <= MOST_THREADS; threads++) {
                loop all = {.threads = threads, .inner = kind == 1, .slow = kind == 2};
                run_loop(&all, items);
                if (all.wrong)
                    fail_msg("%zu items on %d threads", items, threads);
                most = all.most_running > most ? all.most_running : most;
            }
    print_message("# at most %d pieces at once\n", most);
    if (conv_parallel_threads(2) > 1)
        assert_true(most > 1);
}

static void *call_often(void *wrong) {
    for (int i = 0; i < 30; i++) {
        loop all = {.threads = 2 + i % 4};
        run_loop(&all, 7);
        *(int *)wrong += all.wrong;
    }
    return NULL;
}

static void many_callers(void **state) {
    enum { CALLERS = 6 };
    pthread_t callers[CALLERS];
    int wrong[CALLERS] = {0};
    (void)state;
    for (int i = 0; i < CALLERS; i++)
        assert_int_equal(pthread_create(&callers[i], NULL, call_often, &wrong[i]), 0);
    for (int i = 0; i < CALLERS; i++)
        pthread_join(callers[i], NULL);
    for (int i = 0; i < CALLERS; i++)
        assert_int_equal(wrong[i], 0);
}

/* 8 for the asking in a library with threads. */
static void wishes(void **state) {
    const bool one = conv_parallel_threads(2) == 1;
    (void)state;
    assert_int_equal(conv_parallel_threads(1), 1);
    assert_int_equal(conv_parallel_threads(8), one ? 1 : 8);
    assert_true(conv_parallel_threads(0) >= 1);
    assert_true(conv_parallel_threads(1 << 30) <= 256);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_item_once),
        cmocka_unit_test(many_callers),
        cmocka_unit_test(wishes),
    };
    return cmocka_run_group_tests_name("parallel", tests, NULL, NULL);
}
