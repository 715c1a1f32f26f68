/* Failing with a sentence: the thread-local message behind conv_last_error(). */
#ifndef CONV_BASE_STATUS_H
#define CONV_BASE_STATUS_H

#include "conv.h"

/* Keeps the sentence for this thread and returns status, so that a check reads
 *     return conv_fail(CONV_ERR_RANK, "rank is %d, must be 1..%d", rank, CONV_MAX_RANK); */
conv_status conv_fail(conv_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
