#include "base/environment.h"

#include <fenv.h>
#include <stdint.h>

#if defined(__SSE2__)
#include <immintrin.h>
/* Rounding of SSE, flush to zero, and denormals are zero. */
#define FLUSHING 0xe040u
static unsigned control(void) {
    return _mm_getcsr();
}
static void set_control(unsigned bits) {
    _mm_setcsr(bits);
}
#elif defined(__aarch64__)
/* FPCR's FZ and FZ16. */
#define FLUSHING 0x1080000u
static unsigned control(void) {
    uint64_t bits;
    __asm__ volatile("mrs %0, fpcr" : "=r"(bits));
    return (unsigned)bits;
}
static void set_control(unsigned bits) {
    uint64_t wide = bits;
    __asm__ volatile("msr fpcr, %0" : : "r"(wide));
}
#else
#define FLUSHING 0u
static unsigned control(void) {
    return 0;
}
static void set_control(unsigned bits) {
    (void)bits;
}
#endif

conv_environment conv_environment_read(void) {
    return (conv_environment){fegetround(), control() & FLUSHING};
}

void conv_environment_set(conv_environment environment) {
    (void)fesetround(environment.rounding);
    set_control((control() & ~FLUSHING) | environment.flushing);
}

bool conv_environment_equal(conv_environment a, conv_environment b) {
    return a.rounding == b.rounding && a.flushing == b.flushing;
}

static const conv_environment plain = {FE_TONEAREST, 0};

conv_environment conv_environment_plain(void) {
    conv_environment before = conv_environment_read();
    if (!conv_environment_equal(before, plain))
        conv_environment_set(plain);
    return before;
}

void conv_environment_restore(conv_environment before) {
    if (!conv_environment_equal(before, plain))
        conv_environment_set(before);
}
