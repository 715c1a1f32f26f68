/* Sums over the samples that are there alone: a NaN or Inf tap must not meet a made-up zero. */
#ifndef CONV_METHODS_DIRECT_PRESENT_H
#define CONV_METHODS_DIRECT_PRESENT_H

#include "methods/direct_run.h"

/* Adds to box->y. box->x holds X from position `origin` on, anything where X is absent. */
void conv_direct_slide_present(const conv_direct_run *run, const conv_slide_box *box,
                               const ptrdiff_t *origin);

#endif
