/* test_layer.c - layers: every small configuration, and random ones, exactly against one
 * enumeration of the relation that defines them; the three products that have to be the same
 * number. */
#include "suite.h"

#include "layer_brute.h"

#include <math.h>
#include <stdlib.h>

static const conv_method methods[] = {
    CONV_METHOD_REFERENCE, CONV_METHOD_DIRECT, CONV_METHOD_FFT, CONV_METHOD_AUTO,
#ifdef CONV_HAVE_BLAS
    CONV_METHOD_BLAS,
#endif
#ifdef CONV_HAVE_ONEDNN
    CONV_METHOD_ONEDNN,
#endif
};
enum { METHODS = sizeof methods / sizeof methods[0] };

static unsigned long compared[METHODS], refused[METHODS];

/* What a product of matrices is not made for. */
static bool is_depthwise(const conv_layer_desc *desc) {
    return desc->channels_in == desc->groups && desc->channels_out == desc->groups;
}

static int compare_methods(conv_layer_desc *desc, uint64_t seed, bool nonfinite) {
    static const double betas[] = {0, 1, 0, 0.5};
    int results[METHODS], wrong = 0;
    layer_compare(desc, seed, betas[seed % 4], nonfinite, methods, METHODS, results);
    for (int m = 0; m < METHODS; m++) {
        compared[m]++;
        refused[m] += results[m] < 0;
        wrong += results[m] > 0 ? results[m] : 0;
        const bool may_refuse = methods[m] == CONV_METHOD_FFT || methods[m] == CONV_METHOD_ONEDNN ||
                                (methods[m] == CONV_METHOD_BLAS && is_depthwise(desc));
        if (results[m] < 0 && !may_refuse) { /* every layer has the others */
            printf("# method %d refused\n", (int)methods[m]);
            layer_print(desc);
            wrong++;
        }
    }
    return wrong;
}

/* ---- every small configuration -------------------------------------------------------------- */

/* Channels in, out, groups: one to one, mixed, grouped, depthwise with a multiplier. */
static const size_t channels[][3] = {{1, 1, 1}, {2, 3, 1}, {4, 2, 2}, {3, 6, 3}};

/* Padding rules, and pads of EXPLICIT. */
static const struct {
    conv_layer_padding rule;
    ptrdiff_t pad[2];
} paddings[] = {
    {CONV_PADDING_EXPLICIT, {0, 0}},  {CONV_PADDING_EXPLICIT, {1, 2}},
    {CONV_PADDING_EXPLICIT, {2, -1}}, {CONV_PADDING_VALID, {0, 0}},
    {CONV_PADDING_SAME, {0, 0}},      {CONV_PADDING_CAUSAL, {0, 0}},
};
enum { PADDINGS = sizeof paddings / sizeof paddings[0] };

/* Layouts go round with the configurations: their product with the rest has more cases than news.
 */
static void set_layouts(conv_layer_desc *desc, uint64_t number) {
    desc->x_layout = (conv_layer_layout)(number & 1);
    desc->y_layout = (conv_layer_layout)(number >> 1 & 1);
    desc->w_layout = (conv_weight_layout)(number >> 2 & 3);
    desc->operation = number % 5 == 0 ? CONV_CONVOLVE : CONV_CORRELATE;
    desc->dtype = number % 7 < 4 ? CONV_F32 : CONV_F64;
}

static int compare_line(size_t n, size_t k, size_t stride, size_t dilation, uint64_t *number) {
    int wrong = 0;
    for (int which = 0; which < 4 * PADDINGS * 2; which++) {
        const size_t *const c = channels[which % 4];
        conv_layer_desc desc;
        layer_facts facts;
        conv_layer_desc_init(&desc, CONV_F32, 1, &n, &k, c[0], c[1]);
        desc.groups = c[2];
        desc.stride[0] = stride;
        desc.dilation[0] = dilation;
        desc.padding = paddings[which / 4 % PADDINGS].rule;
        desc.pad[0][0] = paddings[which / 4 % PADDINGS].pad[0];
        desc.pad[0][1] = paddings[which / 4 % PADDINGS].pad[1];
        desc.transposed = which / (4 * PADDINGS);
        desc.batch = 1 + *number % 2;
        set_layouts(&desc, (size_t)((*number)++ * 11400714819323198485u >> 40));
        if (desc.transposed && desc.padding == CONV_PADDING_EXPLICIT) {
            desc.output_pad[0] = (size_t)(*number % (stride > dilation ? stride : dilation));
        }
        if (layer_facts_make(&facts, &desc) && test_due()) {
            wrong += compare_methods(&desc, *number, false);
        }
    }
    return wrong;
}

static void every_small_line(void **state) {
    uint64_t number = 1;
    int wrong = 0;
    (void)state;
    for (size_t n = 1; n <= 7; n++) {
        for (size_t k = 1; k <= 4; k++) {
            for (size_t stride = 1; stride <= 3; stride++) {
                for (size_t dilation = 1; dilation <= 2; dilation++) {
                    wrong += compare_line(n, k, stride, dilation, &number);
                }
            }
        }
    }
    assert_int_equal(wrong, 0);
}

static void random_layers(void **state) {
    uint64_t seed = test_seed(20), random = seed;
    const unsigned count = test_count(600);
    int wrong = 0;
    (void)state;
    for (unsigned i = 0; i < count; i++) {
        conv_layer_desc desc;
        layer_random_desc(&desc, &random);
        wrong += compare_methods(&desc, random, false);
    }
    for (int m = 0; m < METHODS; m++) {
        printf("# method %d: %lu layers, %lu refused\n", (int)methods[m], compared[m], refused[m]);
        assert_true(refused[m] < compared[m]);
    }
    assert_int_equal(wrong, 0);
}

static void nan_and_inf(void **state) {
    uint64_t seed = test_seed(22), random = seed;
    const unsigned count = test_count(600);
    int wrong = 0;
    (void)state;
    for (unsigned i = 0; i < count; i++) {
        conv_layer_desc desc;
        layer_random_desc(&desc, &random);
        wrong += compare_methods(&desc, random, true);
    }
    assert_int_equal(wrong, 0);
}

/* ---- layers on one point ---- */

/* A kernel as large as the image, as dense layers have: weights in every layout are read where they
 * are. More images than are taken at a time, channels of some vectors and of parts of one. */
static void dense_desc(conv_layer_desc *desc, uint64_t *random) {
    static const size_t most[] = {3, 20, 70}, batches[] = {1, 2, 7, 66};
    const int rank = 1 + (int)(layer_random(random) % 2);
    const size_t groups = 1 + layer_random(random) % 5 / 3;
    size_t shape[2], kernel[2];
    for (int d = 0; d < rank; d++) {
        kernel[d] = 1 + layer_random(random) % (rank == 1 ? 9 : 4);
        shape[d] = kernel[d];
    }
    const size_t in = groups * (1 + layer_random(random) % most[layer_random(random) % 3]);
    const size_t out = groups * (1 + layer_random(random) % most[layer_random(random) % 3]);
    const bool transposed = layer_random(random) % 3 == 0;
    for (int d = 0; d < rank && transposed; d++) {
        shape[d] = 1;
    }
    conv_layer_desc_init(desc, CONV_F32, rank, shape, kernel, in, out);
    desc->groups = groups;
    desc->transposed = transposed;
    desc->batch = batches[layer_random(random) % 4];
    if (in * out > 1000) {
        desc->batch = 1 + desc->batch % 7;
    }
    set_layouts(desc, (size_t)layer_random(random) >> 8);
}

static void dense_layers(void **state) {
    uint64_t seed = test_seed(23), random = seed;
    const unsigned count = test_count(500);
    int wrong = 0;
    (void)state;
    for (unsigned i = 0; i < count; i++) {
        conv_layer_desc desc;
        dense_desc(&desc, &random);
        wrong += compare_methods(&desc, random, i % 4 == 0);
        desc.method = CONV_METHOD_DIRECT;
        const double ratio = layer_adjoint(&desc, random);
        if (!(ratio <= 1)) {
            layer_print(&desc);
            fail_msg("the products differ by %.3g of what is allowed", ratio);
        }
    }
    assert_int_equal(wrong, 0);
}

/* An image alone has the bits that it has among others. */
static void dense_batches(void **state) {
    enum { BATCH = 70, IN = 5, OUT = 23, SIDE = 3, INPUTS = IN * SIDE * SIDE };
    static float x[BATCH * INPUTS], w[OUT * INPUTS], y[2][BATCH * OUT], dx[2][BATCH * INPUTS];
    const size_t shape[2] = {SIDE, SIDE};
    (void)state;
    uint64_t random = 77;
    for (int i = 0; i < BATCH * INPUTS; i++) {
        x[i] = (float)((double)(int64_t)layer_random(&random) * 0x1p-63);
    }
    for (int i = 0; i < OUT * INPUTS; i++) {
        w[i] = (float)((double)(int64_t)layer_random(&random) * 0x1p-63);
    }
    for (int layout = 0; layout < 4; layout++) {
        for (int alone = 0; alone < 2; alone++) {
            conv_layer_desc desc;
            conv_layer *layer = NULL;
            conv_layer_desc_init(&desc, CONV_F32, 2, shape, shape, IN, OUT);
            desc.w_layout = (conv_weight_layout)layout;
            desc.method = CONV_METHOD_DIRECT;
            desc.batch = alone ? 1 : BATCH;
            desc.threads = alone ? 1 : 3;
            assert_int_equal(conv_layer_create(&layer, &desc), CONV_OK);
            for (size_t b = 0; b < (alone ? BATCH : 1); b++) {
                assert_int_equal(
                    conv_layer_forward(layer, x + b * INPUTS, w, NULL, 0, y[alone] + b * OUT, NULL),
                    CONV_OK);
                assert_int_equal(conv_layer_grad_input(layer, y[0] + b * OUT, w, 0,
                                                       dx[alone] + b * INPUTS, NULL),
                                 CONV_OK);
            }
            conv_layer_destroy(layer);
        }
        assert_memory_equal(y[0], y[1], sizeof y[0]);
        assert_memory_equal(dx[0], dx[1], sizeof dx[0]);
    }
}

/* ---- planes ---- */

/* Depthwise layers with the channels first, of 3x3 taps, whose planes are read where they are, and
 * of one line of taps, whose gradient is: lines of some vectors and of parts of one, pads that
 * reach far beyond a plane or cut samples off. */
static void planes_desc(conv_layer_desc *desc, uint64_t *random) {
    const int rank = 2 + (int)(layer_random(random) % 4 == 0), outer = rank - 2;
    const size_t groups = 1 + layer_random(random) % 3, times = 1 + layer_random(random) % 4 / 3;
    size_t shape[3] = {0}, kernel[3] = {1};
    for (int d = 0; d < rank; d++) {
        shape[d] = 1 + layer_random(random) % (d < outer ? 4 : d == rank - 1 ? 40 : 11);
        kernel[d] = d < outer ? 1 : 3;
    }
    conv_layer_desc_init(desc, CONV_F32, rank, shape, kernel, groups, groups * times);
    desc->groups = groups;
    desc->batch = 1 + layer_random(random) % 2;
    desc->transposed = layer_random(random) % 3 == 0;
    set_layouts(desc, (size_t)layer_random(random) >> 8);
    desc->x_layout = desc->y_layout = CONV_CHANNELS_FIRST;
    for (int d = 0; d < rank; d++) {
        const bool far = layer_random(random) % 8 == 0 && !desc->transposed;
        for (int side = 0; side < 2; side++) {
            desc->pad[d][side] = (ptrdiff_t)(layer_random(random) % (far ? 25 : 4)) - 1;
        }
        desc->stride[d] = d < outer ? 1 + layer_random(random) % 2 : 1;
    }
    if (layer_random(random) % 2 == 0) { /* one line */
        desc->kernel[rank - 2] = 1;
        desc->stride[rank - 2] = 1 + layer_random(random) % 2;
        desc->kernel[rank - 1] = 1 + layer_random(random) % 20;
        desc->dilation[rank - 1] = 1 + layer_random(random) % 2;
    }
}

static void depthwise_planes(void **state) {
    uint64_t seed = test_seed(24), random = seed;
    const unsigned count = test_count(400);
    unsigned ran = 0;
    int wrong = 0;
    (void)state;
    for (unsigned i = 0; i < count; i++) {
        conv_layer_desc desc;
        layer_facts facts;
        planes_desc(&desc, &random);
        if (layer_facts_make(&facts, &desc)) {
            wrong += compare_methods(&desc, random, i % 4 == 0);
            ran++;
        }
    }
    printf("# %u of %u layers of planes\n", ran, count);
    assert_true(ran > count / 2);
    assert_int_equal(wrong, 0);
}

/* ---- a bank of kernels ---- */

/* So many kernels that their spectra do not stay in a cache, on an image of some tiles: against the
 * direct sums, which are exact for small integers; with bias and beta, and on threads. A
 * transform's error is at most 12 log2(N) u |x|_2 |h|_2, N <= 256^2, |x|_2 <= 256, |h|_2 <= 7. */
static void bank_of_kernels(void **state) {
    enum { SIDE = 200, TAPS = 7, AREA = TAPS * TAPS, BANK = 320 };
    enum { OUT = SIDE - TAPS + 1, POINTS = OUT * OUT };
    const size_t shape[2] = {SIDE, SIDE}, kernel[2] = {TAPS, TAPS};
    const double limit = 12 * 16 * 0x1p-24 * 256 * TAPS;
    float *const x = malloc(SIDE * SIDE * sizeof *x), *const w = malloc(BANK * AREA * sizeof *w);
    float *y[3], bias[BANK];
    uint64_t random = 91;
    double worst = 0;
    (void)state;
    assert_true(x && w);
    for (int i = 0; i < SIDE * SIDE; i++) {
        x[i] = (float)(layer_random(&random) % 3) - 1;
    }
    for (int i = 0; i < BANK * AREA; i++) {
        w[i] = (float)(layer_random(&random) % 3) - 1;
    }
    for (int i = 0; i < BANK; i++) {
        bias[i] = (float)i;
    }
    for (int run = 0; run < 3; run++) {
        conv_layer_desc desc;
        conv_layer *layer = NULL;
        y[run] = malloc(BANK * POINTS * sizeof *y[run]);
        assert_non_null(y[run]);
        for (size_t i = 0; i < (size_t)BANK * POINTS; i++) {
            y[run][i] = (float)(i % 5);
        }
        conv_layer_desc_init(&desc, CONV_F32, 2, shape, kernel, 1, BANK);
        desc.method = run == 0 ? CONV_METHOD_DIRECT : CONV_METHOD_FFT;
        desc.threads = run == 2 ? 3 : 1;
        assert_int_equal(conv_layer_create(&layer, &desc), CONV_OK);
        assert_int_equal(conv_layer_forward(layer, x, w, bias, 2, y[run], NULL), CONV_OK);
        conv_layer_destroy(layer);
    }
    for (size_t i = 0; i < (size_t)BANK * POINTS; i++) {
        worst = fmax(worst, fabs((double)y[0][i] - (double)y[1][i]) / limit);
    }
    printf("# a bank of %d kernels: worst error over limit %.3f\n", BANK, worst);
    assert_true(worst <= 1);
    assert_memory_equal(y[1], y[2], BANK * POINTS * sizeof *y[1]);
    free(x), free(w), free(y[0]), free(y[1]), free(y[2]);
}

/* ---- adjoints, differences ------------------------------------------------------------------ */

static void three_products_agree(void **state) {
    uint64_t seed = test_seed(21), random = seed;
    const unsigned count = test_count(600);
    double worst[METHODS] = {0};
    (void)state;
    for (unsigned i = 0; i < count; i++) {
        conv_layer_desc desc;
        layer_random_desc(&desc, &random);
        for (int m = 0; m < METHODS; m++) {
            desc.method = methods[m];
            const double ratio = layer_adjoint(&desc, random);
            if (desc.method == CONV_METHOD_FFT) {
                continue; /* it has run; its error goes with norms, not with an output's terms */
            }
            if (!(ratio <= 1)) {
                layer_print(&desc);
                fail_msg("the products differ by %.3g of what is allowed", ratio);
            }
            worst[m] = fmax(worst[m], ratio);
        }
    }
    for (int m = 0; m < METHODS; m++) {
        if (methods[m] != CONV_METHOD_FFT) {
            printf("# method %d: worst difference %.3g of (terms + 3) u sum|x w dy|, at most 1\n",
                   (int)methods[m], worst[m]);
        }
    }
}

/* The loss sum dy y: its differences in one element of x, w and bias are elements of the gradients.
 * It is linear in each, so that central differences have no error but rounding. */
static double loss(const conv_layer *layer, const double *x, const double *w, const double *bias,
                   const double *dy, double *y, size_t count) {
    double sum = 0;
    assert_int_equal(conv_layer_forward(layer, x, w, bias, 0, y, NULL), CONV_OK);
    for (size_t i = 0; i < count; i++) {
        sum += dy[i] * y[i];
    }
    return sum;
}

static void fill(double *a, size_t n, uint64_t *random) {
    for (size_t i = 0; i < n; i++) {
        a[i] = (double)(int64_t)layer_random(random) * 0x1p-63;
    }
}

static void gradients_are_differences(void **state) {
    const size_t shape[] = {6, 7}, kernel[] = {3, 2};
    (void)state;
    for (int transposed = 0; transposed < 2; transposed++) {
        conv_layer_desc desc;
        conv_layer *layer = NULL;
        layer_facts facts;
        uint64_t random = 5;
        conv_layer_desc_init(&desc, CONV_F64, 2, shape, kernel, 4, 6);
        desc.groups = 2;
        desc.stride[0] = desc.stride[1] = 2;
        desc.padding = CONV_PADDING_SAME;
        desc.transposed = transposed;
        assert_true(layer_facts_make(&facts, &desc));
        assert_int_equal(conv_layer_create(&layer, &desc), CONV_OK);
        double *const x = calloc(facts.x_count, 8), *const w = calloc(facts.w_count, 8);
        double *const dy = calloc(facts.y_count, 8), *const y = calloc(facts.y_count, 8);
        double *const dx = calloc(facts.x_count, 8), *const dw = calloc(facts.w_count, 8);
        double bias[6], dbias[6];
        fill(x, facts.x_count, &random);
        fill(w, facts.w_count, &random);
        fill(dy, facts.y_count, &random);
        fill(bias, 6, &random);
        assert_int_equal(conv_layer_grad_input(layer, dy, w, 0, dx, NULL), CONV_OK);
        assert_int_equal(conv_layer_grad_weights(layer, x, dy, 0, dw, dbias, NULL), CONV_OK);
        double *const where[] = {x, w, bias};
        const double *const gradient[] = {dx, dw, dbias};
        const size_t count[] = {facts.x_count, facts.w_count, 6};
        double worst = 0;
        for (int a = 0; a < 3; a++) {
            for (size_t i = 0; i < count[a]; i++) {
                const double old = where[a][i];
                where[a][i] = old + 0.5;
                const double above = loss(layer, x, w, bias, dy, y, facts.y_count);
                where[a][i] = old - 0.5;
                const double below = loss(layer, x, w, bias, dy, y, facts.y_count);
                where[a][i] = old;
                worst = fmax(worst, fabs(above - below - gradient[a][i]));
            }
        }
        /* Some 1e3 terms below 2 in each of the two sums: 2 * 1e3 * 1e3 u at the very most. */
        printf("# differences: worst %.2g, at most %.2g\n", worst, 2e6 * 0x1p-53);
        assert_true(worst <= 2e6 * 0x1p-53);
        free(x), free(w), free(dy), free(y), free(dx), free(dw);
        conv_layer_destroy(layer);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_small_line),
        cmocka_unit_test(random_layers),
        cmocka_unit_test(nan_and_inf),
        cmocka_unit_test(dense_layers),
        cmocka_unit_test(depthwise_planes),
        cmocka_unit_test(dense_batches),
        cmocka_unit_test(bank_of_kernels),
        cmocka_unit_test(three_products_agree),
        cmocka_unit_test(gradients_are_differences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
