/* The text of conv_plan_describe: lines that may be longer than their room. */
#ifndef CONV_PLAN_TEXT_H
#define CONV_PLAN_TEXT_H

#include <stddef.h>

/* length: of the whole text, as snprintf counts. */
typedef struct {
    char *text;
    size_t size, length;
} conv_text;

void conv_text_append(conv_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Two spaces for every level of the tree: the beginning of a line. */
void conv_text_indent(conv_text *text, int depth);

#endif
