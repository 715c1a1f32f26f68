/* Checks that the public functions share. */
#ifndef CONV_API_CHECKS_H
#define CONV_API_CHECKS_H

#include "problem/problem.h"
#include "problem/wishes.h"

typedef struct {
    const char *name;
    int value, last;
} conv_enum_field;

conv_status conv_check_enum(const char *name, int value, int last);
conv_status conv_check_enums(const conv_enum_field *fields, size_t count);

/* init: the function that sets it. */
conv_status conv_check_struct_size(size_t given, size_t wanted, const char *init);
conv_status conv_check_spacing(double spacing, const char *name);
conv_status conv_check_breaks(const conv_desc *desc);

/* Checks the description, and makes the problem of it, without the weights of a rule, and the
 * wishes. *full: the description itself, or copy, where it is one of an older and shorter kind. */
conv_status conv_canonical(const conv_desc *desc, const void *kernel, conv_desc *copy,
                           const conv_desc **full, conv_problem *problem, conv_wishes *wishes);

/* A plan to be executed once, for arrays f, g and y that are checked for overlap first. */
conv_status conv_create_once(conv_plan **plan, const conv_desc *desc, const void *f, const void *g,
                             const void *y);

#endif
