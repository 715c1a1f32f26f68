#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static _Thread_local char last_error[CONV_MESSAGE_SIZE];

conv_status conv_fail(conv_status status, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(last_error, sizeof last_error, format, arguments);
    va_end(arguments);
    return status;
}

void conv_keep_message(char message[CONV_MESSAGE_SIZE]) {
    memcpy(message, last_error, CONV_MESSAGE_SIZE);
}

void conv_restore_message(const char message[CONV_MESSAGE_SIZE]) {
    memcpy(last_error, message, CONV_MESSAGE_SIZE);
}

const char *conv_last_error(void) {
    return last_error;
}

#define TEXT_(x) #x
#define TEXT(x) TEXT_(x)

const char *conv_version_string(void) {
    return TEXT(CONV_VERSION_MAJOR) "." TEXT(CONV_VERSION_MINOR) "." TEXT(CONV_VERSION_PATCH);
}

const char *conv_status_string(conv_status status) {
    switch (status) {
    case CONV_OK:
        return "success";
    case CONV_ERR_NULL:
        return "a required pointer is NULL";
    case CONV_ERR_STRUCT_SIZE:
        return "struct_size of the description is not one of this library's";
    case CONV_ERR_RANK:
        return "rank out of range";
    case CONV_ERR_ENUM:
        return "unknown enumerator";
    case CONV_ERR_TYPE:
        return "kernel type does not go with the signal type";
    case CONV_ERR_EXTENT:
        return "an extent, count, step or batch is zero";
    case CONV_ERR_OVERFLOW:
        return "sizes too large for the address space";
    case CONV_ERR_MIXED_FIT:
        return "valid mode: neither operand fits inside the other";
    case CONV_ERR_BOUNDARY:
        return "circular mode does not take this edge rule";
    case CONV_ERR_SPACING:
        return "grid spacing is not finite and positive";
    case CONV_ERR_STRIDE:
        return "output elements lie on top of each other";
    case CONV_ERR_ALIAS:
        return "the output overlaps an input";
    case CONV_ERR_THREADS:
        return "negative number of threads";
    case CONV_ERR_METHOD:
        return "the method asked for cannot do this problem";
    case CONV_ERR_WORKSPACE:
        return "no method fits into max_workspace";
    case CONV_ERR_MEMORY:
        return "out of memory";
    case CONV_ERR_RULE:
        return "a rule, an order or breaks do not fit the problem";
    case CONV_ERR_TOLERANCE:
        return "no method keeps the tolerance";
    case CONV_ERR_RANGE:
        return "a number outside the range that it has to be in";
    case CONV_ERR_CALLBACK:
        return "a function gave a value that is not finite";
    case CONV_ERR_FILE:
        return "a file that cannot be read or is not what it should be";
    }
    return "unknown status";
}
