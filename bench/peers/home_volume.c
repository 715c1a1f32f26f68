/* A volume by one transform: zeros around it up to a length that FFTW is fast at, there, times the
 * kernel's spectrum, and back; the plans and the spectrum are kept. */
#include "home_fftw.h"

struct home_volume {
    size_t n[3], taps[3], length[3], bins;
    R *data; /* rows of length[2], padded to the spectrum's */
    FFTW(complex) * kernel;
    FFTW(plan) forward, inverse;
};

static size_t smooth_length(size_t at_least) {
    for (size_t length = at_least;; length++) {
        size_t rest = length;
        for (size_t prime = 2; prime <= 7; prime++)
            while (rest % prime == 0)
                rest /= prime;
        if (rest == 1)
            return length;
    }
}

void PART(home_volume, end)(home_volume *plan) {
    if (!plan)
        return;
    FFTW(destroy_plan)(plan->forward);
    FFTW(destroy_plan)(plan->inverse);
    FFTW(free)(plan->data);
    FFTW(free)(plan->kernel);
    free(plan);
}

/* A box of so many rows of `cols` samples into the padded array, which is cleared. */
static void load(const home_volume *plan, const R *from, const size_t *extent, R factor) {
    size_t pitch = 2 * (plan->length[2] / 2 + 1);
    memset(plan->data, 0, 2 * plan->bins * sizeof(R));
    for (size_t i = 0; i < extent[0]; i++)
        for (size_t j = 0; j < extent[1]; j++) {
            R *to = plan->data + (i * plan->length[1] + j) * pitch;
            for (size_t k = 0; k < extent[2]; k++)
                to[k] = *from++ * factor;
        }
}

home_volume *PART(home_volume, begin)(const R *h, const size_t *taps, const size_t *n) {
    home_volume *plan = calloc(1, sizeof *plan);
    size_t all = 1;
    int length[3];
    if (!plan)
        return NULL;
    for (int d = 0; d < 3; d++) {
        plan->n[d] = n[d];
        plan->taps[d] = taps[d];
        plan->length[d] = smooth_length(n[d] + taps[d] - 1);
        length[d] = (int)plan->length[d];
        all *= plan->length[d];
    }
    plan->bins = plan->length[0] * plan->length[1] * (plan->length[2] / 2 + 1);
    plan->data = FFTW(malloc)(plan->bins * sizeof(FFTW(complex)));
    plan->kernel = FFTW(malloc)(plan->bins * sizeof(FFTW(complex)));
    FFTW(complex) *bins = (FFTW(complex) *)plan->data;
    plan->forward = FFTW(plan_dft_r2c)(3, length, plan->data, bins, FFTW_MEASURE);
    plan->inverse = FFTW(plan_dft_c2r)(3, length, bins, plan->data, FFTW_MEASURE);
    load(plan, h, taps, (R)(1.0 / (double)all));
    FFTW(execute)(plan->forward);
    memcpy(plan->kernel, plan->data, plan->bins * sizeof(FFTW(complex)));
    return plan;
}

void NAME(home_volume)(const home_volume *plan, const R *x, R *y) {
    size_t pitch = 2 * (plan->length[2] / 2 + 1);
    R *restrict a = plan->data;
    const R *restrict b = (const R *)plan->kernel;
    load(plan, x, plan->n, 1);
    FFTW(execute)(plan->forward);
    for (size_t i = 0; i < plan->bins; i++) {
        R re = a[2 * i] * b[2 * i] - a[2 * i + 1] * b[2 * i + 1];
        a[2 * i + 1] = a[2 * i] * b[2 * i + 1] + a[2 * i + 1] * b[2 * i];
        a[2 * i] = re;
    }
    FFTW(execute)(plan->inverse);
    for (size_t i = 0; i < plan->n[0]; i++)
        for (size_t j = 0; j < plan->n[1]; j++, y += plan->n[2])
            memcpy(y,
                   a +
                       ((i + (plan->taps[0] - 1) / 2) * plan->length[1] + j +
                        (plan->taps[1] - 1) / 2) *
                           pitch +
                       (plan->taps[2] - 1) / 2,
                   plan->n[2] * sizeof(R));
}
