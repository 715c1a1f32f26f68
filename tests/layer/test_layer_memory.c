/* test_layer_memory.c - layers: nothing read or written outside the arrays, nothing allocated where
 * a workspace is given, no failure to allocate that is not reported, and the same bits whatever the
 * place of the arrays, the threads, the batch and who packs the weights. */
#include "suite.h"

#include "allocations.h"
#include "guard.h"
#include "layer_brute.h"

#include <stdlib.h>
#include <sys/mman.h>

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

/* The arrays of a layer, in plain memory or between guard pages. */
enum { X, W, DY, BIAS, Y, DX, DW, DBIAS, WORKSPACE, PACKED, ARRAYS };

typedef struct arrays {
    size_t bytes[ARRAYS];
    void *at[ARRAYS];
    guarded guard[ARRAYS];
} arrays;

static void size_arrays(arrays *a, const conv_layer_desc *desc, const conv_layer *layer) {
    layer_facts f;
    const size_t size = desc->dtype == CONV_F64 ? 8 : 4;
    assert_true(layer_facts_make(&f, desc));
    const size_t bytes[ARRAYS] = {f.x_count * size,
                                  f.w_count * size,
                                  f.y_count * size,
                                  desc->channels_out * size,
                                  f.y_count * size,
                                  f.x_count * size,
                                  f.w_count * size,
                                  desc->channels_out * size,
                                  conv_layer_workspace_size(layer),
                                  conv_layer_packed_size(layer)};
    memcpy(a->bytes, bytes, sizeof bytes);
}

/* shift: bytes more before an array that lies at the start, after one that lies at the end. */
static void guard_arrays(arrays *a, bool at_end, size_t shift) {
    for (int i = 0; i < ARRAYS; i++) {
        assert_true(guard_make(&a->guard[i], a->bytes[i] + shift));
        a->at[i] = at_end ? a->guard[i].end - a->bytes[i] - shift : a->guard[i].start + shift;
    }
}

static void release_guards(arrays *a) {
    for (int i = 0; i < ARRAYS; i++) {
        guard_free(&a->guard[i]);
    }
}

static void plain_arrays(arrays *a) {
    for (int i = 0; i < ARRAYS; i++) {
        a->at[i] = malloc(a->bytes[i] + 1);
        assert_non_null(a->at[i]);
    }
}

static void free_arrays(arrays *a) {
    for (int i = 0; i < ARRAYS; i++) {
        free(a->at[i]);
    }
}

static void fill_inputs(arrays *a, const conv_layer_desc *desc, uint64_t seed) {
    for (int i = X; i <= DBIAS; i++) {
        const size_t size = desc->dtype == CONV_F64 ? 8 : 4;
        for (size_t j = 0; j < a->bytes[i] / size; j++) {
            const double value = (double)(int64_t)layer_random(&seed) * 0x1p-63;
            const float single = (float)value;
            memcpy((char *)a->at[i] + j * size, size == 8 ? (const void *)&value : &single, size);
        }
    }
}

static void run(const conv_layer *layer, const conv_layer_desc *desc, const arrays *a) {
    const void *forward_w = a->at[W], *input_w = a->at[W];
    if (desc->packed) {
        assert_int_equal(conv_layer_pack(layer, a->at[W], a->at[PACKED]), CONV_OK);
        forward_w = desc->packed & CONV_PACKED_FORWARD ? a->at[PACKED] : forward_w;
        input_w = desc->packed & CONV_PACKED_GRAD_INPUT ? a->at[PACKED] : input_w;
    }
    assert_int_equal(conv_layer_forward(layer, a->at[X], forward_w, a->at[BIAS], 0.5, a->at[Y],
                                        a->at[WORKSPACE]),
                     CONV_OK);
    assert_int_equal(
        conv_layer_grad_input(layer, a->at[DY], input_w, 0, a->at[DX], a->at[WORKSPACE]), CONV_OK);
    assert_int_equal(conv_layer_grad_weights(layer, a->at[X], a->at[DY], 0, a->at[DW], a->at[DBIAS],
                                             a->at[WORKSPACE]),
                     CONV_OK);
}

static void same_bits(const conv_layer_desc *desc, const arrays *a, const arrays *b,
                      const char *what) {
    static const char *const names[] = {"", "", "", "", "y", "dx", "dw", "dbias"};
    for (int i = Y; i <= DBIAS; i++) {
        if (memcmp(a->at[i], b->at[i], a->bytes[i]) != 0) {
            layer_print(desc);
            fail_msg("%s has other bits: %s", names[i], what);
        }
    }
}

static void run_once(const conv_layer_desc *desc, arrays *a, uint64_t seed) {
    conv_layer *layer = NULL;
    assert_int_equal(conv_layer_create(&layer, desc), CONV_OK);
    size_arrays(a, desc, layer);
    plain_arrays(a);
    fill_inputs(a, desc, seed);
    run(layer, desc, a);
    conv_layer_destroy(layer);
}

static bool takes(const conv_layer_desc *desc) {
    conv_layer *layer = NULL;
    const bool good = conv_layer_create(&layer, desc) == CONV_OK;
    conv_layer_destroy(layer);
    return good;
}

typedef void check_function(const conv_layer_desc *desc, uint64_t seed);

static void for_layers(unsigned usual, uint64_t seed, check_function *check) {
    uint64_t random = test_seed(seed);
    const unsigned count = test_count(usual);
    for (unsigned i = 0; i < count; i++) {
        conv_layer_desc desc;
        layer_random_desc(&desc, &random);
        for (int m = 0; m < METHODS; m++) {
            desc.method = methods[m];
            if (takes(&desc)) {
                check(&desc, random);
            }
        }
    }
}

/* ---- guard pages, alignment ----------------------------------------------------------------- */

static void check_guarded(const conv_layer_desc *desc, uint64_t seed) {
    arrays plain, guarded_ones;
    conv_layer *layer = NULL;
    run_once(desc, &plain, seed);
    assert_int_equal(conv_layer_create(&layer, desc), CONV_OK);
    const size_t size = desc->dtype == CONV_F64 ? 8 : 4;
    for (int i = 0; i < 3; i++) {
        size_arrays(&guarded_ones, desc, layer);
        guard_arrays(&guarded_ones, i != 1, i == 2 ? size : 0);
        fill_inputs(&guarded_ones, desc, seed);
        run(layer, desc, &guarded_ones);
        same_bits(desc, &plain, &guarded_ones, "between guard pages");
        release_guards(&guarded_ones);
    }
    conv_layer_destroy(layer);
    free_arrays(&plain);
}

static void guard_pages(void **state) {
    (void)state;
    for_layers(150, 31, check_guarded);
}

/* Many calls may read one packed array at once. */
static void check_read_only(const conv_layer_desc *desc, uint64_t seed) {
    arrays a;
    conv_layer *layer = NULL;
    conv_layer_desc packs = *desc;
    guarded memory;
    packs.packed = CONV_PACKED_FORWARD | CONV_PACKED_GRAD_INPUT;
    assert_int_equal(conv_layer_create(&layer, &packs), CONV_OK);
    size_arrays(&a, &packs, layer);
    plain_arrays(&a);
    fill_inputs(&a, &packs, seed);
    assert_true(guard_make(&memory, a.bytes[PACKED]));
    assert_int_equal(conv_layer_pack(layer, a.at[W], memory.start), CONV_OK);
    assert_int_equal(mprotect(memory.start, (size_t)(memory.end - memory.start), PROT_READ), 0);
    assert_int_equal(
        conv_layer_forward(layer, a.at[X], memory.start, NULL, 0, a.at[Y], a.at[WORKSPACE]),
        CONV_OK);
    assert_int_equal(
        conv_layer_grad_input(layer, a.at[DY], memory.start, 0, a.at[DX], a.at[WORKSPACE]),
        CONV_OK);
    guard_free(&memory);
    free_arrays(&a);
    conv_layer_destroy(layer);
}

static void packed_is_only_read(void **state) {
    (void)state;
    for_layers(150, 37, check_read_only);
}

/* ---- threads, batch, packing ---------------------------------------------------------------- */

static void check_same(const conv_layer_desc *desc, uint64_t seed) {
    arrays plain, other;
    conv_layer_desc changed = *desc;
    if (desc->method == CONV_METHOD_AUTO) {
        return; /* may choose another method */
    }
    run_once(desc, &plain, seed);
    changed.threads = desc->threads == 1 ? 2 : 1;
    run_once(&changed, &other, seed);
    same_bits(desc, &plain, &other, "other threads");
    free_arrays(&other);
    changed = *desc;
    changed.packed = desc->packed ^ 3;
    run_once(&changed, &other, seed);
    same_bits(desc, &plain, &other, "packed by the caller or not");
    free_arrays(&other);
    free_arrays(&plain);
}

/* The first of a batch, alone. */
static void check_batch(const conv_layer_desc *desc, uint64_t seed) {
    arrays all, one;
    conv_layer_desc alone = *desc;
    conv_layer *layer = NULL;
    if (desc->batch == 1 || desc->method == CONV_METHOD_AUTO) {
        return;
    }
    run_once(desc, &all, seed);
    alone.batch = 1;
    assert_int_equal(conv_layer_create(&layer, &alone), CONV_OK);
    size_arrays(&one, &alone, layer);
    plain_arrays(&one);
    fill_inputs(&one, &alone, seed);
    for (int i = X; i <= BIAS; i++) {
        memcpy(one.at[i], all.at[i], one.bytes[i]);
    }
    /* beta is 0.5: what was there has to be the same, too; run it again on both. */
    memset(one.at[Y], 0, one.bytes[Y]);
    memset(all.at[Y], 0, all.bytes[Y]);
    run(layer, &alone, &one);
    conv_layer_destroy(layer);
    assert_int_equal(conv_layer_create(&layer, desc), CONV_OK);
    run(layer, desc, &all);
    conv_layer_destroy(layer);
    for (int i = Y; i <= DX; i++) {
        if (memcmp(all.at[i], one.at[i], one.bytes[i]) != 0) {
            layer_print(desc);
            fail_msg("other bits in a batch");
        }
    }
    free_arrays(&all);
    free_arrays(&one);
}

static void bits(void **state) {
    (void)state;
    for_layers(300, 32, check_same);
    for_layers(300, 33, check_batch);
}

/* ---- state: blocks of a stream -------------------------------------------------------------- */

static void blocks_of_a_stream(void **state) {
    enum { N = 300, K = 4, C = 40, HALO = (K - 1) * 2 };
    (void)state;
    for (int last = 0; last < 2; last++) {
        const size_t n = N, k = K, block = 75, with_halo = block + HALO;
        conv_layer_desc desc;
        conv_layer *whole = NULL, *part = NULL;
        uint64_t random = 2;
        static float x[N * C], w[K * C], y[N * C], halo[(75 + HALO) * C], piece[75 * C];
        for (int i = 0; i < N * C; i++) {
            x[i] = (float)(int64_t)layer_random(&random) * 0x1p-63f;
        }
        for (int i = 0; i < K * C; i++) {
            w[i] = (float)(int64_t)layer_random(&random) * 0x1p-63f;
        }
        conv_layer_desc_init(&desc, CONV_F32, 1, &n, &k, C, C);
        desc.groups = C;
        desc.dilation[0] = 2;
        desc.method = CONV_METHOD_DIRECT;
        desc.padding = CONV_PADDING_CAUSAL;
        desc.x_layout = desc.y_layout = (conv_layer_layout)last;
        assert_int_equal(conv_layer_create(&whole, &desc), CONV_OK);
        desc.shape[0] = with_halo;
        desc.padding = CONV_PADDING_VALID;
        assert_int_equal(conv_layer_create(&part, &desc), CONV_OK);
        assert_int_equal(conv_layer_forward(whole, x, w, NULL, 0, y, NULL), CONV_OK);
        for (size_t first = 0; first < N; first += block) {
            for (size_t c = 0; c < C; c++) {
                for (size_t i = 0; i < with_halo; i++) {
                    const size_t at = first + i;
                    const float value =
                        at < HALO ? 0 : x[last ? (at - HALO) * C + c : c * N + at - HALO];
                    halo[last ? i * C + c : c * with_halo + i] = value;
                }
            }
            assert_int_equal(conv_layer_forward(part, halo, w, NULL, 0, piece, NULL), CONV_OK);
            for (size_t c = 0; c < C; c++) {
                for (size_t i = 0; i < block; i++) {
                    assert_true(piece[last ? i * C + c : c * block + i] ==
                                y[last ? (first + i) * C + c : c * N + first + i]);
                }
            }
        }
        conv_layer_destroy(whole);
        conv_layer_destroy(part);
    }
}

/* ---- allocations ---------------------------------------------------------------------------- */

/* BLAS may allocate for itself, in every call. */
static bool calls_blas(const conv_layer *layer) {
    bool calls = false;
    for (int t = 0; t < 3; t++) {
        calls = calls || conv_layer_method(layer, (conv_layer_task)t) == CONV_METHOD_BLAS;
    }
    return calls;
}

static void check_allocations(const conv_layer_desc *desc, uint64_t seed) {
    arrays a;
    conv_layer *layer = NULL;
    conv_layer_desc single = *desc;
    single.threads = 1; /* threads are started with memory */
    assert_int_equal(conv_layer_create(&layer, &single), CONV_OK);
    for (int t = CONV_LAYER_FORWARD; t <= CONV_LAYER_GRAD_WEIGHTS; t++) {
        if (conv_layer_method(layer, (conv_layer_task)t) == CONV_METHOD_ONEDNN) {
            conv_layer_destroy(layer); /* oneDNN allocates, as the header says */
            return;
        }
    }
    size_arrays(&a, &single, layer);
    plain_arrays(&a);
    fill_inputs(&a, &single, seed);
    const unsigned long before = allocations_made();
    allocations_fail(0); /* of libconv's own the first */
    run(layer, &single, &a);
    assert_false(allocations_failed());
    allocations_fail(-1);
    if (!calls_blas(layer)) {
        assert_int_equal(allocations_made(), before);
    }
    free_arrays(&a);
    conv_layer_destroy(layer);
}

static void operations_allocate_nothing(void **state) {
    (void)state;
    for_layers(200, 34, check_allocations);
}

static void check_failing(const conv_layer_desc *desc, uint64_t seed) {
    (void)seed;
    bool failed = true;
    for (long k = 0; failed; k++) {
        conv_layer *layer = NULL;
        const long alive = allocations_alive();
        allocations_fail(k);
        const conv_status status = conv_layer_create(&layer, desc);
        failed = allocations_failed();
        allocations_fail(-1);
        assert_int_equal(status, failed ? CONV_ERR_MEMORY : CONV_OK);
        assert_true((layer != NULL) == !failed);
        conv_layer_destroy(layer);
        assert_int_equal(allocations_alive(), alive);
    }
}

static void failures_are_reported(void **state) {
    (void)state;
    for_layers(20, 35, check_failing);
}

/* ---- limits --------------------------------------------------------------------------------- */

static void check_limit(const conv_layer_desc *desc, uint64_t seed) {
    conv_layer *layer = NULL;
    conv_layer_desc limited = *desc;
    (void)seed;
    assert_int_equal(conv_layer_create(&layer, desc), CONV_OK);
    const size_t bytes = conv_layer_workspace_size(layer);
    conv_layer_destroy(layer);
    if (bytes < 2) {
        return;
    }
    limited.max_workspace = bytes;
    assert_int_equal(conv_layer_create(&layer, &limited), CONV_OK);
    conv_layer_destroy(layer);
    limited.max_workspace = bytes - 1;
    const conv_status status = conv_layer_create(&layer, &limited);
    if (status == CONV_OK) { /* AUTO may take another method */
        assert_int_equal(desc->method, CONV_METHOD_AUTO);
        assert_true(conv_layer_workspace_size(layer) < bytes);
        conv_layer_destroy(layer);
    } else {
        assert_int_equal(status, CONV_ERR_WORKSPACE);
    }
}

static void workspace_limits(void **state) {
    (void)state;
    for_layers(100, 36, check_limit);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(guard_pages),           cmocka_unit_test(bits),
        cmocka_unit_test(blocks_of_a_stream),    cmocka_unit_test(operations_allocate_nothing),
        cmocka_unit_test(failures_are_reported), cmocka_unit_test(workspace_limits),
        cmocka_unit_test(packed_is_only_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
