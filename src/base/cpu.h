/* Which instruction-set level this processor runs, and the caps that a user may put on it. */
#ifndef CONV_BASE_CPU_H
#define CONV_BASE_CPU_H

#include <stddef.h>

#include "conv.h"

/* Each level is a set of translation units compiled for it. BASELINE is whatever the compiler
 * targets by default: SSE2 on x86-64, NEON on AArch64. */
typedef enum {
    CONV_LEVEL_BASELINE,
    CONV_LEVEL_V3, /* x86-64-v3: AVX2 and FMA */
    CONV_LEVEL_V4, /* x86-64-v4: AVX-512 F, BW, CD, DQ, VL */
    CONV_LEVELS
} conv_level;

/* The highest level that this processor and this build support, lowered by the environment
 * variable LIBCONV_LEVEL (baseline, v3, v4) where it is set. Read once per process. */
conv_level conv_cpu_level(void);

/* Bytes of the last-level cache, or what LIBCONV_LAST_CACHE says, for tests of what is done beyond
 * it. At most 32 MiB, which a core hardly gets more of: some systems name the caches of all cores,
 * in virtual machines ten times that. Read once per process. */
size_t conv_cpu_last_cache(void);

/* What a description may ask for, its last value, and the level that it gets: the processor's where
 * that is lower. And what to ask for so as to get a level. */
enum { CONV_ISA_LAST = CONV_ISA_V4 };
conv_level conv_cpu_level_for(conv_isa isa);
conv_isa conv_level_isa(conv_level level);

const char *conv_level_name(conv_level level);

/* The processor's name as it tells it, or the architecture's where it has none. */
enum { CONV_CPU_NAME = 64 };
void conv_cpu_name(char name[CONV_CPU_NAME]);

#endif
