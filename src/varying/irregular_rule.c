/* Widths, reaches and places of samples on any grid. */
#include <math.h>

#include "varying/irregular.h"

/* A width that no sum with a coordinate shows is 0: then quotients by it stay finite. */
#define LEAST_WIDTH 1e-100

double conv_irregular_width(const conv_irregular_rule *rule, size_t i) {
    double width = fmin(rule->widths[i], rule->most_width);
    return width > LEAST_WIDTH * rule->span ? width : 0;
}

double conv_irregular_reach(const conv_irregular_rule *rule, size_t i) {
    return rule->cut * conv_irregular_width(rule, i);
}

size_t conv_irregular_first_from(const double *p, size_t count, double value) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (p[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
