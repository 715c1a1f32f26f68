/* The locks of the process, all of them but the pool's, so that no fork finds one taken. They are
 * held for short, that of nodes for as long as a kernel's transform takes, and never two at a time.
 */
#ifndef CONV_BASE_LOCK_H
#define CONV_BASE_LOCK_H

typedef enum {
    CONV_LOCK_TABLES,  /* of roots */
    CONV_LOCK_PLANNER, /* FFTW's */
    CONV_LOCK_NODES,   /* of plans that complete what waited for a first need */
    CONV_LOCKS
} conv_lock;

void conv_lock_take(conv_lock lock);
void conv_lock_give(conv_lock lock);

#endif
