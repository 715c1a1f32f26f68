#include "base/lock.h"

#include <pthread.h>

static pthread_mutex_t locks[CONV_LOCKS] = {
    [CONV_LOCK_TABLES] = PTHREAD_MUTEX_INITIALIZER,
    [CONV_LOCK_PLANNER] = PTHREAD_MUTEX_INITIALIZER,
    [CONV_LOCK_NODES] = PTHREAD_MUTEX_INITIALIZER,
};

void conv_lock_take(conv_lock lock) {
    pthread_mutex_lock(&locks[lock]);
}

void conv_lock_give(conv_lock lock) {
    pthread_mutex_unlock(&locks[lock]);
}

/* A child has the locks as they were, and none of the threads that held them: a fork waits until
 * they are free, and holds them itself. */
static void take_all(void) {
    for (int i = 0; i < CONV_LOCKS; i++)
        pthread_mutex_lock(&locks[i]);
}

static void give_all(void) {
    for (int i = CONV_LOCKS - 1; i >= 0; i--)
        pthread_mutex_unlock(&locks[i]);
}

__attribute__((constructor)) static void watch_forks(void) {
    (void)pthread_atfork(take_all, give_all, give_all);
}
