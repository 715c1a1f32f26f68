/* Failing with a sentence: the thread-local message behind conv_last_error(). */
#ifndef CONV_BASE_STATUS_H
#define CONV_BASE_STATUS_H

#include "conv.h"

/* Keeps the sentence for this thread and returns status, so that a check reads
 *     return conv_fail(CONV_ERR_RANK, "rank is %d, must be 1..%d", rank, CONV_MAX_RANK); */
conv_status conv_fail(conv_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The message as it is, to be put back after a failure that was made good. */
#define CONV_MESSAGE_SIZE 256
void conv_keep_message(char message[CONV_MESSAGE_SIZE]);
void conv_restore_message(const char message[CONV_MESSAGE_SIZE]);

#endif
