#include "base/cpu.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif
#ifdef __x86_64__
#include <cpuid.h>
#endif

static const char *const level_names[CONV_LEVELS] = {"baseline", "v3", "v4"};

const char *conv_level_name(conv_level level) {
    return level_names[level];
}

static conv_level processor_level(void) {
#ifdef CONV_HAVE_X86_LEVELS
    __builtin_cpu_init();
    /* The features of each level that its translation units can make use of. */
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2"))
        return CONV_LEVEL_BASELINE;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        return CONV_LEVEL_V4;
    return CONV_LEVEL_V3;
#else
    return CONV_LEVEL_BASELINE;
#endif
}

static conv_level capped_level(void) {
    conv_level level = processor_level();
    const char *cap = getenv("LIBCONV_LEVEL");
    for (int i = 0; cap && i < CONV_LEVELS; i++)
        if (strcmp(cap, level_names[i]) == 0 && i < (int)level)
            level = (conv_level)i;
    return level;
}

conv_level conv_cpu_level(void) {
    /* 0: not asked yet. Threads that ask at once find the same answer. */
    static atomic_int known;
    int level = atomic_load_explicit(&known, memory_order_relaxed);
    if (level == 0) {
        level = (int)capped_level() + 1;
        atomic_store_explicit(&known, level, memory_order_relaxed);
    }
    return (conv_level)(level - 1);
}

static size_t last_cache(void) {
    const long most = 32L << 20;
    const char *asked = getenv("LIBCONV_LAST_CACHE");
    if (asked && strtoul(asked, NULL, 10) > 0)
        return strtoul(asked, NULL, 10);
#ifdef _SC_LEVEL3_CACHE_SIZE
    long bytes = sysconf(_SC_LEVEL3_CACHE_SIZE);
    if (bytes > 0 && bytes < most)
        return (size_t)bytes;
#endif
    return (size_t)most;
}

size_t conv_cpu_last_cache(void) {
    static atomic_size_t known; /* as above */
    size_t bytes = atomic_load_explicit(&known, memory_order_relaxed);
    if (bytes == 0) {
        bytes = last_cache();
        atomic_store_explicit(&known, bytes, memory_order_relaxed);
    }
    return bytes;
}

/* conv_isa has the levels in their order, behind BEST. */
conv_level conv_cpu_level_for(conv_isa isa) {
    conv_level best = conv_cpu_level();
    return isa == CONV_ISA_BEST || isa > conv_level_isa(best) ? best : (conv_level)((int)isa - 1);
}

conv_isa conv_level_isa(conv_level level) {
    return (conv_isa)((int)level + 1);
}

void conv_cpu_name(char name[CONV_CPU_NAME]) {
    memset(name, 0, CONV_CPU_NAME);
#ifdef __x86_64__
    /* The brand string: three leaves of 16 characters. */
    unsigned part[4];
    for (unsigned leaf = 0; leaf < 3; leaf++)
        if (__get_cpuid(0x80000002u + leaf, &part[0], &part[1], &part[2], &part[3]))
            memcpy(name + sizeof part * leaf, part, sizeof part);
    size_t length = strlen(name);
    while (length > 0 && name[length - 1] == ' ')
        name[--length] = 0;
#endif
    if (name[0] == 0)
        memcpy(name, "unnamed", sizeof "unnamed");
}
