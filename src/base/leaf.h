/* What a leaf file sees: one element type, one instruction set.
 *
 * Meson compiles every leaf file once per element type and level, with
 *     CONV_LEAF_TYPE    f32, f64, c32, c64, c32r, c64r   (c32r: complex signal, real kernel)
 *     CONV_LEAF_LEVEL   baseline, v3, v4
 *     CONV_LEAF_DOUBLE  defined for f64, c64, c64r
 *     CONV_LEAF_COMPLEX 0: real; 1: complex signal, complex kernel; 2: complex signal, real kernel
 * Loops see the names below and nothing of the others. Sums are written with explicit fused
 * multiply-adds where the instruction exists, so that the bits do not depend on the compiler. */
#ifndef CONV_BASE_LEAF_H
#define CONV_BASE_LEAF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__) || defined(__FMA__)
#include <immintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

#ifdef CONV_LEAF_DOUBLE
typedef double R;
typedef int64_t lane_index;
#else
typedef float R;
typedef int32_t lane_index;
#endif

#if CONV_LEAF_COMPLEX
typedef struct {
    R re, im;
} T;
#else
typedef R T;
#endif

#define LEAF_PASTE_(name, type, level) conv_##name##_##type##_##level
#define LEAF_PASTE(name, type, level) LEAF_PASTE_(name, type, level)
#define FN(name) LEAF_PASTE(name, CONV_LEAF_TYPE, CONV_LEAF_LEVEL)

#if defined(__AVX512F__)
#define VEC_BYTES 64
#elif defined(__AVX__)
#define VEC_BYTES 32
#else
#define VEC_BYTES 16
#endif

#define LANES ((int)(VEC_BYTES / sizeof(R)))

/* Variants are inline functions with constant arguments. Their loops over registers must be
 * unrolled completely, or the accumulators would live in memory. A sanitizer's build, where they
 * may (CONV_LEAF_ROLLED), has each of them once: with a check at every access the copies would take
 * most of its time to compile. */
#ifdef CONV_LEAF_ROLLED
#define ALWAYS_INLINE static inline __attribute__((unused))
#define UNROLL
#else
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 32")
#else
#define UNROLL
#endif
#endif

typedef R vec __attribute__((vector_size(VEC_BYTES), may_alias));
typedef R vec_unaligned __attribute__((vector_size(VEC_BYTES), may_alias, aligned(sizeof(R))));
typedef lane_index vec_index __attribute__((vector_size(VEC_BYTES)));

static inline vec vec_load(const R *p) {
    return *(const vec_unaligned *)p;
}

static inline void vec_store(R *p, vec v) {
    *(vec_unaligned *)p = v;
}

static inline vec vec_splat(R s) {
    return s - (vec){0};
}

/* a * b + c and c - a * b, rounded once where the level has the instruction. */
#if defined(__AVX512F__) && defined(CONV_LEAF_DOUBLE)
static inline vec vec_fma(vec a, vec b, vec c) {
    return (vec)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
}
static inline vec vec_fnma(vec a, vec b, vec c) {
    return (vec)_mm512_fnmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
}
#elif defined(__AVX512F__)
static inline vec vec_fma(vec a, vec b, vec c) {
    return (vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
static inline vec vec_fnma(vec a, vec b, vec c) {
    return (vec)_mm512_fnmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
#elif defined(__FMA__) && defined(CONV_LEAF_DOUBLE)
static inline vec vec_fma(vec a, vec b, vec c) {
    return (vec)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
}
static inline vec vec_fnma(vec a, vec b, vec c) {
    return (vec)_mm256_fnmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
}
#elif defined(__FMA__)
static inline vec vec_fma(vec a, vec b, vec c) {
    return (vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
static inline vec vec_fnma(vec a, vec b, vec c) {
    return (vec)_mm256_fnmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
#elif defined(__ARM_NEON) && defined(__aarch64__) && defined(CONV_LEAF_DOUBLE)
static inline vec vec_fma(vec a, vec b, vec c) {
    return (vec)vfmaq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
}
static inline vec vec_fnma(vec a, vec b, vec c) {
    return (vec)vfmsq_f64((float64x2_t)c, (float64x2_t)a, (float64x2_t)b);
}
#elif defined(__ARM_NEON) && defined(__aarch64__)
static inline vec vec_fma(vec a, vec b, vec c) {
    return (vec)vfmaq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
static inline vec vec_fnma(vec a, vec b, vec c) {
    return (vec)vfmsq_f32((float32x4_t)c, (float32x4_t)a, (float32x4_t)b);
}
#else
static inline vec vec_fma(vec a, vec b, vec c) {
    return a * b + c;
}
static inline vec vec_fnma(vec a, vec b, vec c) {
    return c - a * b;
}
#endif

/* The same for one element: the bits of a vector lane. */
static inline R scalar_fma(R a, R b, R c) {
#if defined(__FMA__) || defined(__AVX512F__) || (defined(__ARM_NEON) && defined(__aarch64__))
    return sizeof(R) == sizeof(double) ? (R)__builtin_fma((double)a, (double)b, (double)c)
                                       : (R)__builtin_fmaf((float)a, (float)b, (float)c);
#else
    return a * b + c;
#endif
}

#endif
