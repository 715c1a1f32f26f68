/* The locks of the process, all of them but the pool's, so that no fork finds one taken. They are
 * held for short and never two at a time. */
#ifndef CONV_BASE_LOCK_H
#define CONV_BASE_LOCK_H

typedef enum {
    CONV_LOCK_TABLES,  /* of roots */
    CONV_LOCK_PLANNER, /* FFTW's */
    CONV_LOCKS
} conv_lock;

void conv_lock_take(conv_lock lock);
void conv_lock_give(conv_lock lock);

#endif
