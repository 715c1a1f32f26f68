/* Many NaN and Inf: what outputs have of their products, looked up tap by tap until it is NaN.
 *
 * An output's part is +Inf or -Inf where all its products that are not finite are so, and NaN where
 * one is NaN, or both signs are among them. Marks of two bits say which signs a sample's products
 * have; under a tap they keep or change places, and an output's are joined, a block of neighbours
 * at once. Where NaN and Inf are many, few taps are enough for a block of which all is NaN; and
 * where the taps in question are few, all of them are. */
#ifndef CONV_METHODS_NONFINITE_SCAN_H
#define CONV_METHODS_NONFINITE_SCAN_H

#include "methods/nonfinite.h"

typedef struct {
    const conv_nonfinite_box *box;
    const void *samples; /* contiguous, as gathered */
    double density;      /* of such samples among all */
    double most;         /* lookups of a block under a tap, at which it gives up */
    char *memory;        /* conv_scan_bytes */
    uint8_t *marks[2];   /* of the outputs, contiguous; of complex ones two */
} conv_scan;

/* Bytes of memory for boxes of so many outputs, at most. */
size_t conv_scan_bytes(const conv_problem *problem, const size_t *outputs);

/* False: it gave up, or is not for this box. */
bool conv_scan_run(conv_scan *scan);

/* Seconds of a lookup, about. */
#define CONV_SCAN_LOOKUP 1.2e-9

#endif
