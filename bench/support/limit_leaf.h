/* The names that limit_leaf.c has under each type and level. */
#ifndef BENCH_LIMIT_LEAF_H
#define BENCH_LIMIT_LEAF_H

#include <stddef.h>

typedef double limit_peak_loop(size_t rounds, void *sink);
typedef void limit_copy_loop(const void *from, void *to, size_t bytes);

limit_peak_loop conv_limit_peak_f32_baseline, conv_limit_peak_f64_baseline;
limit_copy_loop conv_limit_copy_f32_baseline, conv_limit_copy_f64_baseline;
#ifdef CONV_HAVE_X86_LEVELS
limit_peak_loop conv_limit_peak_f32_v3, conv_limit_peak_f32_v4;
limit_peak_loop conv_limit_peak_f64_v3, conv_limit_peak_f64_v4;
limit_copy_loop conv_limit_copy_f32_v3, conv_limit_copy_f32_v4;
limit_copy_loop conv_limit_copy_f64_v3, conv_limit_copy_f64_v4;
#endif

#endif
