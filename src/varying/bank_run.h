/* The tiles of the bank. */
#ifndef CONV_VARYING_BANK_RUN_H
#define CONV_VARYING_BANK_RUN_H

#include "varying/varying.h"

/* Bytes that a thread needs. */
size_t conv_bank_scratch(const conv_bank *bank, bool is_double);

void conv_bank_begin(const conv_varying *plan, const conv_varying_line *line);
void conv_bank_tiles(const conv_varying *plan, const conv_varying_line *line, size_t begin,
                     size_t end, void *scratch);
void conv_bank_end(const conv_varying *plan, const conv_varying_line *line);

/* All outputs that GATHER has, without scales, whatever the plan's form. */
void conv_bank_gather_all(const conv_varying *plan, size_t row, const void *x, void *y,
                          void *scratch);

#endif
