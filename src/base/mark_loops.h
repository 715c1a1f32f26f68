/* Loops of conv_element_kernels that make and read patterns of signs and of what is not finite. */
#ifndef CONV_BASE_MARK_LOOPS_H
#define CONV_BASE_MARK_LOOPS_H

#include <stdbool.h>

#include "base/elements.h"
#include "base/leaf.h"

void FN(mark_signs)(void *x, size_t count, bool only_infinite);
void FN(add_tap_signs)(void *to, ptrdiff_t step, const void *c, size_t count, bool only_infinite);
size_t FN(bad_elements)(const void *x, size_t count);
void FN(clear_bad)(void *x, size_t count);
void FN(count_bad)(uint32_t *to, const void *x, size_t count, int part);
void FN(count_bad_taps)(uint32_t *to, ptrdiff_t step, const void *c, size_t count);
void FN(mark_samples)(uint8_t *to, const void *x, size_t count, int part);
void FN(mark_taps)(uint8_t *to, const void *c, size_t count, int part);
void FN(add_marks)(void *y, const uint8_t *const marks[2], size_t count);
bool FN(near_integers)(const void *x, size_t count);
void FN(add_rounded)(void *y, const void *x, size_t count);
void FN(add_nonfinite)(void *y, const uint32_t *const products[2], const void *balance,
                       size_t count);

#endif
