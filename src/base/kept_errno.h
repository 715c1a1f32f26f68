/* errno as the caller had it: mathematical functions, allocations and others set it on the way. */
#ifndef CONV_BASE_KEPT_ERRNO_H
#define CONV_BASE_KEPT_ERRNO_H

#include <errno.h>

static inline void conv_put_errno(const int *kept) {
    errno = *kept;
}

/* A variable that puts errno back where its scope ends, whichever way. */
#define CONV_KEEP_ERRNO \
    const int kept_errno __attribute__((cleanup(conv_put_errno), unused)) = errno

#endif
