#include "plan/text.h"

#include <stdarg.h>
#include <stdio.h>

void conv_text_append(conv_text *text, const char *format, ...) {
    size_t used = text->length < text->size ? text->length : text->size;
    va_list arguments;
    va_start(arguments, format);
    int added = vsnprintf(text->size > used ? text->text + used : NULL, text->size - used, format,
                          arguments);
    va_end(arguments);
    if (added > 0)
        text->length += (size_t)added;
}

void conv_text_indent(conv_text *text, int depth) {
    conv_text_append(text, "%*s", 2 * depth, "");
}
