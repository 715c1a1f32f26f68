/* Overlap-save, Stockham's way: blocks of the signal, each transformed, multiplied by the kernel's
 * spectrum and transformed back; the first taps-1 outputs of a block are wrapped and dropped. */
#include "home_fftw.h"

typedef struct {
    R re, im;
} bin;

struct home_overlap_save {
    size_t taps, length, bins;
    R *block, *result;
    bin *spectrum, *kernel;
    FFTW(plan) forward, inverse;
};

void PART(home_overlap_save, end)(home_overlap_save *plan) {
    if (!plan)
        return;
    FFTW(destroy_plan)(plan->forward);
    FFTW(destroy_plan)(plan->inverse);
    FFTW(free)(plan->block);
    FFTW(free)(plan->result);
    FFTW(free)(plan->spectrum);
    FFTW(free)(plan->kernel);
    free(plan);
}

home_overlap_save *PART(home_overlap_save, begin)(const R *h, size_t taps, size_t length) {
    home_overlap_save *plan = calloc(1, sizeof *plan);
    if (!plan)
        return NULL;
    plan->taps = taps;
    plan->length = length;
    plan->bins = length / 2 + 1;
    plan->block = FFTW(malloc)(length * sizeof(R));
    plan->result = FFTW(malloc)(length * sizeof(R));
    plan->spectrum = FFTW(malloc)(plan->bins * sizeof(bin));
    plan->kernel = FFTW(malloc)(plan->bins * sizeof(bin));
    plan->forward = FFTW(plan_dft_r2c_1d)((int)length, plan->block, (FFTW(complex) *)plan->spectrum,
                                          FFTW_MEASURE);
    plan->inverse = FFTW(plan_dft_c2r_1d)((int)length, (FFTW(complex) *)plan->spectrum,
                                          plan->result, FFTW_MEASURE | FFTW_DESTROY_INPUT);
    memset(plan->block, 0, length * sizeof(R));
    for (size_t i = 0; i < taps; i++)
        plan->block[i] = h[i] / (R)length;
    FFTW(execute_dft_r2c)(plan->forward, plan->block, (FFTW(complex) *)plan->kernel);
    for (size_t i = 0; i < length; i++)
        plan->block[i] = (R)(1 + (double)(i % 7) / 8);
    return plan;
}

void NAME(home_round_trip)(const home_overlap_save *plan) {
    FFTW(execute)(plan->forward);
    FFTW(execute)(plan->inverse);
}

static void multiply(bin *restrict a, const bin *restrict b, size_t count) {
    for (size_t i = 0; i < count; i++) {
        R re = a[i].re * b[i].re - a[i].im * b[i].im;
        a[i].im = a[i].re * b[i].im + a[i].im * b[i].re;
        a[i].re = re;
    }
}

void NAME(home_overlap_save)(const home_overlap_save *plan, const R *x, size_t n, R *y) {
    size_t reach = plan->taps - 1, step = plan->length - reach;
    for (size_t first = 0; first < n; first += step) {
        size_t absent = first < reach ? reach - first : 0;
        size_t from = first + absent - reach;
        size_t have = plan->length - absent;
        have = have > n - from ? n - from : have;
        memset(plan->block, 0, absent * sizeof(R));
        memcpy(plan->block + absent, x + from, have * sizeof(R));
        memset(plan->block + absent + have, 0, (plan->length - absent - have) * sizeof(R));
        FFTW(execute)(plan->forward);
        multiply(plan->spectrum, plan->kernel, plan->bins);
        FFTW(execute)(plan->inverse);
        size_t count = step > n - first ? n - first : step;
        memcpy(y + first, plan->result + reach, count * sizeof(R));
    }
}
