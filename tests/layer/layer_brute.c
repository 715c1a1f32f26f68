#include "layer_brute.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the description, by formulas of its own ------------------------------------------------ */

static ptrdiff_t larger(ptrdiff_t a, ptrdiff_t b) {
    return a > b ? a : b;
}

static ptrdiff_t axis_output(const conv_layer_desc *desc, int d, ptrdiff_t *before) {
    const ptrdiff_t n = (ptrdiff_t)desc->shape[d], s = (ptrdiff_t)desc->stride[d];
    const ptrdiff_t reach = (ptrdiff_t)((desc->kernel[d] - 1) * desc->dilation[d]) + 1;
    ptrdiff_t low = 0, high = 0;
    if (desc->padding == CONV_PADDING_EXPLICIT) {
        low = desc->pad[d][0];
        high = desc->pad[d][1];
    }
    *before = low;
    if (desc->transposed) {
        switch (desc->padding) {
        case CONV_PADDING_VALID:
            return (n - 1) * s + larger(reach, s);
        case CONV_PADDING_SAME:
            *before = larger(reach - s, 0) / 2;
            return n * s;
        case CONV_PADDING_CAUSAL:
            return 0;
        case CONV_PADDING_EXPLICIT:
            break;
        }
        return (n - 1) * s + reach - low - high + (ptrdiff_t)desc->output_pad[d];
    }
    if (desc->padding == CONV_PADDING_SAME) {
        const ptrdiff_t count = (ptrdiff_t)ceil((double)n / (double)s);
        *before = larger((count - 1) * s + reach - n, 0) / 2;
        return count;
    }
    if (desc->padding == CONV_PADDING_CAUSAL) {
        *before = low = reach - 1;
    }
    /* Windows counted one by one. */
    ptrdiff_t count = 0;
    for (ptrdiff_t first = -low; first + reach <= n + high; first += s) {
        count++;
    }
    return count;
}

bool layer_facts_make(layer_facts *facts, const conv_layer_desc *desc) {
    facts->x_points = facts->y_points = facts->taps = 1;
    for (int d = 0; d < desc->rank; d++) {
        const ptrdiff_t count = axis_output(desc, d, &facts->before[d]);
        if (count < 1) {
            return false;
        }
        facts->y_shape[d] = (size_t)count;
        facts->x_points *= desc->shape[d];
        facts->y_points *= (size_t)count;
        facts->taps *= desc->kernel[d];
    }
    facts->x_count = desc->batch * desc->channels_in * facts->x_points;
    facts->y_count = desc->batch * desc->channels_out * facts->y_points;
    facts->w_count = desc->channels_out * (desc->channels_in / desc->groups) * facts->taps;
    return true;
}

static size_t flat(const size_t *at, const size_t *extent, int rank) {
    size_t index = 0;
    for (int d = 0; d < rank; d++) {
        index = index * extent[d] + at[d];
    }
    return index;
}

static size_t side_place(conv_layer_layout layout, size_t channels, size_t points, size_t b,
                         size_t c, size_t point) {
    return layout == CONV_CHANNELS_LAST ? (b * points + point) * channels + c
                                        : (b * channels + c) * points + point;
}

static size_t product(const size_t *extent, int rank) {
    size_t points = 1;
    for (int d = 0; d < rank; d++) {
        points *= extent[d];
    }
    return points;
}

size_t layer_x_place(const conv_layer_desc *desc, size_t b, size_t c, const size_t *at) {
    return side_place(desc->x_layout, desc->channels_in, product(desc->shape, desc->rank), b, c,
                      flat(at, desc->shape, desc->rank));
}

size_t layer_y_place(const conv_layer_desc *desc, const layer_facts *facts, size_t b, size_t c,
                     const size_t *at) {
    return side_place(desc->y_layout, desc->channels_out, facts->y_points, b, c,
                      flat(at, facts->y_shape, desc->rank));
}

size_t layer_w_place(const conv_layer_desc *desc, size_t out, size_t in, const size_t *k) {
    const size_t taps = product(desc->kernel, desc->rank), tap = flat(k, desc->kernel, desc->rank);
    const size_t ins = desc->channels_in / desc->groups, outs = desc->channels_out / desc->groups;
    switch (desc->w_layout) {
    case CONV_WEIGHTS_TORCH:
        return (out * ins + in % ins) * taps + tap;
    case CONV_WEIGHTS_KERAS:
        return (tap * ins + in % ins) * desc->channels_out + out;
    case CONV_WEIGHTS_TORCH_TRANSPOSED:
        return (in * outs + out % outs) * taps + tap;
    case CONV_WEIGHTS_KERAS_TRANSPOSED:
        return (tap * outs + out % outs) * desc->channels_in + in;
    }
    return 0;
}

/* ---- the enumeration ------------------------------------------------------------------------ */

static bool next(size_t *at, const size_t *extent, int rank) {
    int d = rank - 1;
    while (d >= 0 && ++at[d] == extent[d]) {
        at[d--] = 0;
    }
    return d >= 0;
}

/* The index on the side that the kernel slides over; false outside. */
static bool slide(const conv_layer_desc *desc, const layer_facts *facts, const size_t *at,
                  const size_t *k, const size_t *extent, size_t *under) {
    for (int d = 0; d < desc->rank; d++) {
        const size_t tap = desc->operation == CONV_CONVOLVE ? desc->kernel[d] - 1 - k[d] : k[d];
        const ptrdiff_t index =
            (ptrdiff_t)(at[d] * desc->stride[d] + tap * desc->dilation[d]) - facts->before[d];
        if (index < 0 || index >= (ptrdiff_t)extent[d]) {
            return false;
        }
        under[d] = (size_t)index;
    }
    return true;
}

static void add_channels(const conv_layer_desc *desc, const layer_facts *facts,
                         const layer_arrays *a, size_t b, const size_t *x_at, const size_t *y_at,
                         const size_t *k) {
    const size_t ins = desc->channels_in / desc->groups, outs = desc->channels_out / desc->groups;
    for (size_t out = 0; out < desc->channels_out; out++) {
        const size_t y = layer_y_place(desc, facts, b, out, y_at);
        for (size_t c = 0; c < ins; c++) {
            const size_t in = out / outs * ins + c;
            const size_t x = layer_x_place(desc, b, in, x_at);
            const size_t w = layer_w_place(desc, out, in, k);
            if (a->y) {
                a->y[y] += a->x[x] * a->w[w];
            }
            if (a->dx) {
                a->dx[x] += a->dy[y] * a->w[w];
            }
            if (a->dw) {
                a->dw[w] += a->dy[y] * a->x[x];
            }
        }
    }
}

void layer_brute(const conv_layer_desc *desc, const layer_facts *facts, const layer_arrays *a) {
    const size_t *const narrow = desc->transposed ? desc->shape : facts->y_shape;
    const size_t *const wide = desc->transposed ? facts->y_shape : desc->shape;
    for (size_t b = 0; b < desc->batch; b++) {
        size_t at[4] = {0};
        do {
            size_t k[4] = {0}, under[4];
            do {
                if (slide(desc, facts, at, k, wide, under)) {
                    add_channels(desc, facts, a, b, desc->transposed ? at : under,
                                 desc->transposed ? under : at, k);
                }
            } while (next(k, desc->kernel, desc->rank));
        } while (next(at, narrow, desc->rank));
        size_t y_at[4] = {0};
        do {
            for (size_t out = 0; a->dbias && out < desc->channels_out; out++) {
                a->dbias[out] += a->dy[layer_y_place(desc, facts, b, out, y_at)];
            }
        } while (next(y_at, facts->y_shape, desc->rank));
    }
}

/* ---- arrays --------------------------------------------------------------------------------- */

uint64_t layer_random(uint64_t *state) {
    *state += 0x9e3779b97f4a7c15u; /* splitmix64 */
    uint64_t z = *state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void *checked(void *memory) {
    if (!memory) {
        fprintf(stderr, "no memory for a test\n");
        abort();
    }
    return memory;
}

/* The same numbers in the type of the layer and in long double. */
typedef struct numbers {
    void *typed;
    long double *exact;
    size_t count;
    bool is_double;
} numbers;

static long double typed_at(const void *typed, size_t i, bool is_double) {
    return is_double ? (long double)((const double *)typed)[i]
                     : (long double)((const float *)typed)[i];
}

static void set_number(numbers *n, size_t i, double value) {
    if (n->is_double) {
        ((double *)n->typed)[i] = value;
    } else {
        ((float *)n->typed)[i] = (float)value;
    }
    n->exact[i] = typed_at(n->typed, i, n->is_double);
}

/* kind 0: zeros; 1: integers -3..3; 2: reals -1..1; 3: integers, now and then NaN or Inf. */
static numbers make_numbers(const conv_layer_desc *desc, size_t count, int kind, uint64_t *state) {
    numbers n = {.count = count, .is_double = desc->dtype == CONV_F64};
    n.typed = checked(calloc(count, n.is_double ? sizeof(double) : sizeof(float)));
    n.exact = checked(calloc(count, sizeof *n.exact));
    for (size_t i = 0; i < count && kind > 0; i++) {
        const uint64_t bits = layer_random(state);
        set_number(&n, i, kind != 2 ? (double)(bits % 7) - 3 : (double)(int64_t)bits * 0x1p-63);
        if (kind == 3 && (bits >> 32) % (count + 3) < 2) {
            set_number(&n, i, bits >> 20 & 1 ? (double)NAN : bits >> 21 & 1 ? HUGE_VAL : -HUGE_VAL);
        }
    }
    return n;
}

static void free_numbers(numbers *n) {
    free(n->typed);
    free(n->exact);
}

void layer_print(const conv_layer_desc *desc) {
    static const char *const paddings[] = {"explicit", "valid", "same", "causal"};
    static const char *const layouts[] = {"first", "last"};
    static const char *const weights[] = {"torch", "keras", "torch-t", "keras-t"};
    static const char *const methods[] = {"auto", "direct",    "separable", "blocks",
                                          "fft",  "reference", "blas",      "onednn"};
    printf("# f%d rank %d%s batch %zu channels %zu->%zu groups %zu %s x %s y %s w %s %s method %s "
           "threads %d packed %d:",
           desc->dtype == CONV_F64 ? 64 : 32, desc->rank, desc->transposed ? " transposed" : "",
           desc->batch, desc->channels_in, desc->channels_out, desc->groups,
           paddings[desc->padding], layouts[desc->x_layout], layouts[desc->y_layout],
           weights[desc->w_layout], desc->operation == CONV_CONVOLVE ? "convolve" : "correlate",
           methods[desc->method], desc->threads, desc->packed);
    for (int d = 0; d < desc->rank; d++) {
        printf(" [n %zu k %zu s %zu d %zu pad %td,%td out %zu]", desc->shape[d], desc->kernel[d],
               desc->stride[d], desc->dilation[d], desc->pad[d][0], desc->pad[d][1],
               desc->output_pad[d]);
    }
    printf("\n");
}

/* ---- comparing ------------------------------------------------------------------------------ */

/* All numbers of a case: inputs, what the library is to give, and what it has given. */
typedef struct run {
    layer_facts facts;
    numbers x, w, dy, bias;
    numbers y, dx, dw, dbias; /* exact: the enumeration's; typed: the library's */
} run;

static void make_run(run *r, const conv_layer_desc *desc, int kind, uint64_t seed) {
    uint64_t state = seed;
    const layer_facts *f = &r->facts;
    layer_facts_make(&r->facts, desc);
    r->x = make_numbers(desc, f->x_count, kind, &state);
    r->w = make_numbers(desc, f->w_count, kind, &state);
    r->dy = make_numbers(desc, f->y_count, kind, &state);
    r->bias = make_numbers(desc, desc->channels_out, kind, &state);
    r->y = make_numbers(desc, f->y_count, kind, &state);
    r->dx = make_numbers(desc, f->x_count, kind, &state);
    r->dw = make_numbers(desc, f->w_count, kind, &state);
    r->dbias = make_numbers(desc, desc->channels_out, kind, &state);
}

static void free_run(run *r) {
    numbers *const all[] = {&r->x, &r->w, &r->dy, &r->bias, &r->y, &r->dx, &r->dw, &r->dbias};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        free_numbers(all[i]);
    }
}

/* beta 0: the library's arrays are filled with NaN, of which nothing may be left. */
static void scale_outputs(numbers *n, double beta) {
    for (size_t i = 0; i < n->count; i++) {
        n->exact[i] *= (long double)beta;
        if (beta == 0) {
            const long double zero = 0;
            set_number(n, i, (double)NAN);
            n->exact[i] = zero;
        }
    }
}

static bool run_library(const conv_layer_desc *desc, run *r, double beta, bool with_bias) {
    conv_layer *layer = NULL;
    if (conv_layer_create(&layer, desc) != CONV_OK) {
        return false;
    }
    const size_t bytes = conv_layer_workspace_size(layer);
    unsigned char *const workspace = checked(malloc(bytes + 1));
    void *packed = NULL;
    bool good = true;
    if (desc->packed) {
        packed = checked(malloc(conv_layer_packed_size(layer)));
        good = conv_layer_pack(layer, r->w.typed, packed) == CONV_OK;
    }
    const void *const forward_w = desc->packed & CONV_PACKED_FORWARD ? packed : r->w.typed;
    const void *const input_w = desc->packed & CONV_PACKED_GRAD_INPUT ? packed : r->w.typed;
    good =
        good && conv_layer_forward(layer, r->x.typed, forward_w, with_bias ? r->bias.typed : NULL,
                                   beta, r->y.typed, workspace + 1) == CONV_OK;
    good = good &&
           conv_layer_grad_input(layer, r->dy.typed, input_w, beta, r->dx.typed, NULL) == CONV_OK;
    good = good && conv_layer_grad_weights(layer, r->x.typed, r->dy.typed, beta, r->dw.typed,
                                           r->dbias.typed, workspace) == CONV_OK;
    if (!good) {
        printf("# an operation failed: %s\n", conv_last_error());
        abort();
    }
    free(packed);
    free(workspace);
    conv_layer_destroy(layer);
    return true;
}

/* Transforms: 0.5 u log2(N) |x|_2 |h|_2 with a safety of 4 (see compare.h), here with the norms of
 * all the data that a sum can meet; N no longer than all points together times two. */
static long double transform_bound(const conv_layer_desc *desc, const run *r, const numbers *a,
                                   const numbers *b) {
    long double aa = 0, bb = 0;
    const long double u = desc->dtype == CONV_F64 ? 0x1p-53L : 0x1p-24L;
    for (size_t i = 0; i < a->count; i++) {
        aa += isfinite(a->exact[i]) ? a->exact[i] * a->exact[i] : 0;
    }
    for (size_t i = 0; i < b->count; i++) {
        bb += isfinite(b->exact[i]) ? b->exact[i] * b->exact[i] : 0;
    }
    const long double points = 4.0L * (long double)(r->facts.x_points + r->facts.y_points);
    return 4 * 0.5L * u * log2l(points + 2) * sqrtl(aa * bb) + u * 100;
}

static int check_numbers(const char *what, const conv_layer_desc *desc, const numbers *n,
                         long double bound) {
    for (size_t i = 0; i < n->count; i++) {
        const long double got = typed_at(n->typed, i, n->is_double);
        const long double must = n->exact[i];
        const bool right = isfinite(must) ? fabsl(got - must) <= bound
                           : isnan(must)  ? isnan(got)
                                          : got == must;
        if (!right) {
            printf("# %s[%zu] is %Lg, must be %Lg\n", what, i, got, n->exact[i]);
            layer_print(desc);
            return 1;
        }
    }
    return 0;
}

/* The four results of the description's method. Sums of small integers are exact in any order. */
static int check_results(const conv_layer_desc *desc, const run *r) {
    const bool exact = desc->method == CONV_METHOD_DIRECT ||
                       desc->method == CONV_METHOD_REFERENCE || desc->method == CONV_METHOD_BLAS ||
                       desc->method == CONV_METHOD_ONEDNN;
    int wrong = check_numbers("y", desc, &r->y, exact ? 0 : transform_bound(desc, r, &r->x, &r->w));
    wrong += check_numbers("dx", desc, &r->dx, exact ? 0 : transform_bound(desc, r, &r->dy, &r->w));
    wrong += check_numbers("dw", desc, &r->dw, exact ? 0 : transform_bound(desc, r, &r->x, &r->dy));
    return wrong + check_numbers("dbias", desc, &r->dbias, 0);
}

static void enumerate(const conv_layer_desc *desc, run *r, bool with_bias) {
    const layer_arrays arrays = {.x = r->x.exact,
                                 .w = r->w.exact,
                                 .dy = r->dy.exact,
                                 .y = r->y.exact,
                                 .dx = r->dx.exact,
                                 .dw = r->dw.exact,
                                 .dbias = r->dbias.exact};
    layer_brute(desc, &r->facts, &arrays);
    for (size_t i = 0; with_bias && i < r->facts.y_count; i++) {
        const size_t c = desc->y_layout == CONV_CHANNELS_LAST
                             ? i % desc->channels_out
                             : i / r->facts.y_points % desc->channels_out;
        r->y.exact[i] += r->bias.exact[c];
    }
}

void layer_compare(conv_layer_desc *desc, uint64_t seed, double beta, bool nonfinite,
                   const conv_method *methods, int count, int *wrong) {
    run r;
    make_run(&r, desc, nonfinite ? 3 : 1, seed);
    const bool with_bias = seed % 3 != 0;
    numbers *const outputs[] = {&r.y, &r.dx, &r.dw, &r.dbias};
    void *before[4];
    size_t bytes[4];
    for (int i = 0; i < 4; i++) {
        scale_outputs(outputs[i], beta);
        bytes[i] = outputs[i]->count * (desc->dtype == CONV_F64 ? 8 : 4);
        before[i] = checked(malloc(bytes[i]));
        memcpy(before[i], outputs[i]->typed, bytes[i]);
    }
    enumerate(desc, &r, with_bias);
    for (int m = 0; m < count; m++) {
        desc->method = methods[m];
        for (int i = 0; i < 4; i++) {
            memcpy(outputs[i]->typed, before[i], bytes[i]);
        }
        wrong[m] = run_library(desc, &r, beta, with_bias) ? check_results(desc, &r) : -1;
    }
    for (int i = 0; i < 4; i++) {
        free(before[i]);
    }
    free_run(&r);
}

static long double dot(const numbers *a, const numbers *b, bool exact) {
    long double sum = 0;
    for (size_t i = 0; i < a->count; i++) {
        sum += a->exact[i] * (exact ? b->exact[i] : typed_at(b->typed, i, b->is_double));
    }
    return sum;
}

/* Every one of the three sums adds up the products x w dy, each rounded at most terms + 3 times,
 * where terms is the longest sum of the three. */
double layer_adjoint(const conv_layer_desc *desc, uint64_t seed) {
    run r;
    make_run(&r, desc, 2, seed);
    numbers *const outputs[] = {&r.y, &r.dx, &r.dw, &r.dbias};
    for (int i = 0; i < 4; i++) {
        scale_outputs(outputs[i], 0);
    }
    double ratio = -1;
    if (run_library(desc, &r, 0, false)) {
        const long double by_y = dot(&r.dy, &r.y, false), by_x = dot(&r.x, &r.dx, false);
        const long double by_w = dot(&r.w, &r.dw, false);
        numbers *const inputs[] = {&r.x, &r.w, &r.dy};
        for (int i = 0; i < 3; i++) {
            for (size_t j = 0; j < inputs[i]->count; j++) {
                inputs[i]->exact[j] = fabsl(inputs[i]->exact[j]);
            }
        }
        const layer_arrays sizes = {
            .x = r.x.exact, .w = r.w.exact, .dy = r.dy.exact, .y = r.y.exact};
        layer_brute(desc, &r.facts, &sizes);
        const size_t channels =
            desc->channels_in > desc->channels_out ? desc->channels_in : desc->channels_out;
        const size_t points =
            r.facts.x_points > r.facts.y_points ? r.facts.x_points : r.facts.y_points;
        const size_t by_taps = r.facts.taps * (channels / desc->groups);
        const size_t by_points = points * desc->batch;
        const long double terms = (long double)(by_taps > by_points ? by_taps : by_points);
        const long double u = desc->dtype == CONV_F64 ? 0x1p-53L : 0x1p-24L;
        const long double allowed = (terms + 3) * u * dot(&r.dy, &r.y, true);
        const long double off = fmaxl(fabsl(by_y - by_x), fabsl(by_y - by_w));
        ratio = off == 0 ? 0 : (double)(off / allowed);
    }
    free_run(&r);
    return ratio;
}

/* ---- random descriptions -------------------------------------------------------------------- */

static size_t below(uint64_t *state, size_t n) {
    return (size_t)(layer_random(state) >> 11) % n;
}

static void random_channels(conv_layer_desc *desc, uint64_t *state) {
    static const size_t wide[] = {16, 17, 33, 40, 64, 70};
    desc->groups = below(state, 3) ? 1 : 1 + below(state, 5);
    const bool is_wide = below(state, 4) == 0;
    const bool is_depthwise = below(state, 6) == 0;
    desc->channels_in =
        desc->groups * (is_wide && desc->groups == 1 ? wide[below(state, 6)] : 1 + below(state, 4));
    desc->channels_out =
        desc->groups * (is_wide && below(state, 2) ? wide[below(state, 6)] : 1 + below(state, 4));
    if (is_depthwise) {
        desc->groups = desc->channels_in;
        desc->channels_out = desc->channels_in * (1 + below(state, 2));
    }
}

static void random_axis(conv_layer_desc *desc, int d, size_t longest, uint64_t *state) {
    desc->shape[d] = 1 + below(state, longest);
    desc->kernel[d] = 1 + below(state, desc->rank == 1 ? 6 : 3);
    desc->stride[d] = 1 + below(state, 3);
    desc->dilation[d] = 1 + below(state, 3);
    desc->pad[d][0] = desc->pad[d][1] = 0;
    desc->output_pad[d] = 0;
    if (desc->padding == CONV_PADDING_EXPLICIT) {
        desc->pad[d][0] = (ptrdiff_t)below(state, 5) - 1;
        desc->pad[d][1] = (ptrdiff_t)below(state, 5) - 1;
        const size_t limit =
            desc->stride[d] > desc->dilation[d] ? desc->stride[d] : desc->dilation[d];
        desc->output_pad[d] = desc->transposed ? below(state, limit) : 0;
    }
}

/* One channel to one, kernels of 3x3 without stride or dilation: these have loops of their own. Of
 * volumes plane by plane. */
static void random_depthwise_plane(conv_layer_desc *desc, uint64_t *state) {
    desc->groups = desc->channels_in = desc->channels_out = 1 + below(state, 40);
    if (below(state, 4)) {
        desc->y_layout = desc->x_layout;
    }
    desc->shape[desc->rank - 1] = 1 + below(state, 60);
    for (int d = 0; d < desc->rank - 2; d++) {
        desc->kernel[d] = 1;
    }
    for (int d = desc->rank - 2; d < desc->rank; d++) {
        desc->kernel[d] = 3;
        desc->stride[d] = desc->dilation[d] = 1;
        desc->output_pad[d] = 0;
    }
}

void layer_random_desc(conv_layer_desc *desc, uint64_t *state) {
    static const size_t longest[] = {40, 12, 5, 4};
    layer_facts facts;
    do {
        const size_t one[4] = {1, 1, 1, 1};
        const int rank = 1 + (int)below(state, 4);
        conv_layer_desc_init(desc, below(state, 3) ? CONV_F32 : CONV_F64, rank, one, one, 1, 1);
        desc->batch = 1 + below(state, 3);
        random_channels(desc, state);
        desc->transposed = (int)below(state, 2);
        desc->padding = (conv_layer_padding)below(state, desc->transposed ? 3 : 4);
        desc->x_layout = (conv_layer_layout)below(state, 2);
        desc->y_layout = (conv_layer_layout)below(state, 2);
        desc->w_layout = (conv_weight_layout)below(state, 4);
        desc->operation = below(state, 4) ? CONV_CORRELATE : CONV_CONVOLVE;
        desc->threads = 1 + (int)below(state, 2);
        desc->packed = (int)below(state, 4);
        for (int d = 0; d < rank; d++) {
            random_axis(desc, d, longest[rank - 1], state);
        }
        if (rank >= 2 && below(state, 3) == 0) {
            random_depthwise_plane(desc, state);
        }
    } while (!layer_facts_make(&facts, desc));
}
