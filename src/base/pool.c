#ifdef __linux__
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include "base/pool.h"

#include <errno.h>
#include <fenv.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

/* Turns of waiting for what comes at once, before a thread goes to sleep: 0.2 to 1 ms, as waking it
 * up takes 50 us and more. */
enum { TURNS = 20000 };

/* In the memory of the thread that waits for it. Each of its threads has pieces of its own, from
 * the front, and when they are done takes others' from the back: who comes late, as threads do that
 * have to be woken up, finds less to do and keeps nobody waiting. */
typedef struct job {
    conv_pool_piece *piece;
    void *context;
    int threads, joined, each;
    int untaken;                                               /* pieces */
    unsigned char front[CONV_POOL_MOST], back[CONV_POOL_MOST]; /* what nobody took, by thread */
    bool spin;       /* there are processors for all of its threads */
    atomic_int left; /* not done yet. Who ends the last one does not touch the job afterwards */
    fenv_t environment;
    int raised; /* exceptions of pieces on other threads */
    struct job *following;
} job;

/* Behind the lock; what is atomic is also looked at without it. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t work, done;
    job *first;                         /* those that want threads, in the order they came */
    int workers, idle, asleep, callers; /* callers: those who sleep until their job is done */
    bool ending, busy[CONV_POOL_MOST];
    pthread_t worker[CONV_POOL_MOST];
    /* On a line of its own, as it is looked at all the time. */
    _Alignas(64) atomic_int open; /* threads that are wanted */
    atomic_int processors;        /* 0: not asked yet */
} pool = {
    .lock = PTHREAD_MUTEX_INITIALIZER,
    .work = PTHREAD_COND_INITIALIZER,
    .done = PTHREAD_COND_INITIALIZER,
};

/* A thread that shares the processor with the one it waits for lets it run now and then. */
static void relax(int turn) {
    if (turn % 64 == 63) {
        sched_yield();
        return;
    }
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb");
#endif
}

int conv_pool_processors(void) {
    long count = 0;
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        count = CPU_COUNT(&set);
#endif
    if (count < 1)
        count = sysconf(_SC_NPROCESSORS_ONLN);
    int known = count < 1 ? 1 : count > CONV_POOL_MOST ? CONV_POOL_MOST : (int)count;
    atomic_store_explicit(&pool.processors, known, memory_order_relaxed);
    return known;
}

static int known_processors(void) {
    int known = atomic_load_explicit(&pool.processors, memory_order_relaxed);
    return known ? known : conv_pool_processors();
}

/* ---- jobs; the lock is held ---- */

static void append(job *added) {
    job **end = &pool.first;
    while (*end)
        end = &(*end)->following;
    *end = added;
    atomic_fetch_add(&pool.open, added->threads - added->joined);
}

static void take_off(job *wanted) {
    job **at = &pool.first;
    while (*at && *at != wanted)
        at = &(*at)->following;
    if (!*at)
        return;
    *at = wanted->following;
    atomic_fetch_sub(&pool.open, wanted->threads - wanted->joined);
}

static int join(job *wanted) {
    int thread = wanted->joined++;
    atomic_fetch_sub(&pool.open, 1);
    if (wanted->joined == wanted->threads)
        take_off(wanted);
    return thread;
}

/* A piece for this thread; below 0: none is left. */
static int take(job *from, int thread) {
    int most = thread;
    if (from->untaken == 0)
        return -1;
    if (--from->untaken == 0)
        take_off(from);
    if (from->front[thread] < from->back[thread])
        return thread * from->each + from->front[thread]++;
    for (int t = 0; t < from->threads; t++)
        if (from->back[t] - from->front[t] > from->back[most] - from->front[most])
            most = t;
    return most * from->each + --from->back[most];
}

/* The lock is given while a piece runs. */
static void run_pieces(job *of, int thread) {
    int piece = take(of, thread);
    while (piece >= 0) {
        pthread_mutex_unlock(&pool.lock);
        of->piece(of->context, piece, thread);
        int raised = thread ? fetestexcept(FE_ALL_EXCEPT) : 0;
        pthread_mutex_lock(&pool.lock);
        piece = take(of, thread);
        of->raised |= raised;
        if (atomic_fetch_sub_explicit(&of->left, 1, memory_order_release) == 1 && pool.callers)
            pthread_cond_broadcast(&pool.done);
    }
}

/* ---- workers ---- */

/* A job's pieces run in the floating-point environment of its caller, who finds their exceptions.
 */
static void work_on(job *wanted, int index) {
    int thread = join(wanted);
    pool.idle--;
    pool.busy[index] = true;
    fesetenv(&wanted->environment);
    run_pieces(wanted, thread);
    pool.busy[index] = false;
    pool.idle++;
}

static void wait_for_work(bool spin) {
    if (spin) {
        pthread_mutex_unlock(&pool.lock);
        for (int i = 0; i < TURNS && !atomic_load_explicit(&pool.open, memory_order_relaxed); i++)
            relax(i);
        pthread_mutex_lock(&pool.lock);
    }
    if (pool.first || pool.ending)
        return;
    pool.asleep++;
    pthread_cond_wait(&pool.work, &pool.lock);
    pool.asleep--;
}

static void *work(void *busy) {
    int index = (int)((bool *)busy - pool.busy);
    bool spin = false;
    pthread_mutex_lock(&pool.lock);
    while (!pool.ending) {
        job *found = pool.first;
        if (found) {
            spin = found->spin;
            work_on(found, index);
        } else {
            wait_for_work(spin);
            spin = false;
        }
    }
    pthread_mutex_unlock(&pool.lock);
    return NULL;
}

/* Signals of the process are for its own threads; faults are of the thread that makes them. */
static void block_signals(sigset_t *before) {
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};
    sigset_t all;
    sigfillset(&all);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        sigdelset(&all, faults[i]);
    pthread_sigmask(SIG_SETMASK, &all, before);
}

/* The lock is held, so that a fork waits for a thread that is being started. What cannot be started
 * is done by those who are there. */
static void start_workers(int wanted) {
    sigset_t before;
    int kept = errno;
    if (wanted > CONV_POOL_MOST - 1 - pool.workers)
        wanted = CONV_POOL_MOST - 1 - pool.workers;
    if (wanted <= 0 || pool.ending)
        return;
    block_signals(&before);
    for (int i = 0; i < wanted; i++) {
        int index = pool.workers;
        pool.busy[index] = false;
        if (pthread_create(&pool.worker[index], NULL, work, &pool.busy[index]) != 0)
            break;
        pool.workers++;
        pool.idle++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = kept;
}

/* ---- callers ---- */

static void wait_until_done(job *own) {
    int kept;
    for (int i = 0; own->spin && i < TURNS; i++) {
        if (!atomic_load_explicit(&own->left, memory_order_acquire))
            return;
        relax(i);
    }
    /* A thread that is cancelled here would leave its job to others without the memory for it. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &kept);
    pthread_mutex_lock(&pool.lock);
    pool.callers++;
    while (atomic_load_explicit(&own->left, memory_order_acquire))
        pthread_cond_wait(&pool.done, &pool.lock);
    pool.callers--;
    pthread_mutex_unlock(&pool.lock);
    pthread_setcancelstate(kept, NULL);
}

void conv_pool_run(int threads, int each, conv_pool_piece *piece, void *context) {
    job own = {.piece = piece,
               .context = context,
               .threads = threads,
               .joined = 1,
               .each = each,
               .untaken = threads * each,
               .spin = threads <= known_processors()};
    memset(own.back, each, (size_t)threads);
    atomic_init(&own.left, own.untaken);
    fegetenv(&own.environment);
    pthread_mutex_lock(&pool.lock);
    append(&own);
    start_workers(atomic_load_explicit(&pool.open, memory_order_relaxed) - pool.idle);
    int asleep = pool.asleep < threads - 1 ? pool.asleep : threads - 1;
    for (int i = 0; i < asleep; i++)
        pthread_cond_signal(&pool.work);
    run_pieces(&own, 0);
    pthread_mutex_unlock(&pool.lock);
    wait_until_done(&own);
    if (own.raised & ~fetestexcept(FE_ALL_EXCEPT))
        feraiseexcept(own.raised);
}

/* ---- the process ---- */

static void before_fork(void) {
    pthread_mutex_lock(&pool.lock);
}

static void after_fork(void) {
    pthread_mutex_unlock(&pool.lock);
}

/* Of all threads a child has the one that forked: a new pool, and the jobs of others are theirs. */
static void in_child(void) {
    pool.first = NULL;
    pool.workers = pool.idle = pool.asleep = pool.callers = 0;
    atomic_store(&pool.open, 0);
    pthread_cond_init(&pool.work, NULL);
    pthread_cond_init(&pool.done, NULL);
    pthread_mutex_unlock(&pool.lock);
}

__attribute__((constructor)) static void watch_forks(void) {
    (void)pthread_atfork(before_fork, after_fork, in_child);
}

/* At exit, and before the library's memory goes away. A worker that is busy then works for a thread
 * that is still in the library: it is not waited for, as the process may be ending. */
__attribute__((destructor)) static void end_workers(void) {
    bool busy[CONV_POOL_MOST];
    pthread_mutex_lock(&pool.lock);
    pool.ending = true;
    int workers = pool.workers;
    for (int i = 0; i < workers; i++)
        busy[i] = pool.busy[i];
    pool.workers = 0;
    pthread_cond_broadcast(&pool.work);
    pthread_mutex_unlock(&pool.lock);
    for (int i = 0; i < workers; i++) {
        if (busy[i])
            pthread_detach(pool.worker[i]);
        else
            pthread_join(pool.worker[i], NULL);
    }
}
