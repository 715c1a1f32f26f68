/* test_sizes.c - arithmetic of sizes: exact where the result is one, and more than there can be
 * where it is not, whatever is made of it after. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"

static const size_t values[] = {0,
                                1,
                                2,
                                3,
                                63,
                                64,
                                65,
                                (size_t)1 << 15,
                                ((size_t)1 << 16) - 1,
                                (size_t)1 << 16,
                                SIZE_MAX >> (sizeof(size_t) * 4),
                                CONV_MAX_BYTES / 3,
                                CONV_MAX_BYTES / 2,
                                CONV_MAX_BYTES / 2 + 1,
                                CONV_MAX_BYTES - 64,
                                CONV_MAX_BYTES - 1,
                                CONV_MAX_BYTES,
                                CONV_MAX_BYTES + 1,
                                SIZE_MAX - 1,
                                SIZE_MAX};
enum { VALUES = sizeof values / sizeof *values };

/* Whether a + b, a * b are sizes, without computing them. */
static bool adds(size_t a, size_t b) {
    return a <= CONV_MAX_BYTES && b <= CONV_MAX_BYTES && a <= CONV_MAX_BYTES - b;
}

static bool multiplies(size_t a, size_t b) {
    return a <= CONV_MAX_BYTES && b <= CONV_MAX_BYTES && (b == 0 || a <= CONV_MAX_BYTES / b);
}

static void sums_and_products(void **state) {
    (void)state;
    for (int i = 0; i < VALUES; i++) {
        for (int j = 0; j < VALUES; j++) {
            const size_t a = values[i], b = values[j];
            assert_true(adds(a, b) ? conv_plus(a, b) == a + b : conv_plus(a, b) > CONV_MAX_BYTES);
            assert_true(multiplies(a, b) ? conv_times(a, b) == a * b
                                         : conv_times(a, b) > CONV_MAX_BYTES);
        }
    }
}

static void what_is_too_large_stays_so(void **state) {
    const size_t large = conv_times(CONV_MAX_BYTES, 2);
    (void)state;
    assert_true(conv_plus(large, 1) > CONV_MAX_BYTES);
    assert_true(conv_times(large, 0) > CONV_MAX_BYTES);
    assert_true(conv_aligned_size(large) > CONV_MAX_BYTES);
    assert_true(conv_plus(conv_aligned_size(CONV_MAX_BYTES), 1) > CONV_MAX_BYTES);
    assert_true(conv_aligned_size(CONV_MAX_BYTES - 64) <= CONV_MAX_BYTES);
    assert_null(conv_allocate(large));
    assert_null(conv_allocate(conv_aligned_size(CONV_MAX_BYTES)));
}

/* Pieces of some size, one after the other, none longer by two than another. */
static void cuts(void **state) {
    static const size_t pieces[] = {1, 2, 7, 64, 33334};
    (void)state;
    for (int i = 1; i < VALUES; i++) {
        for (size_t p = 0; p < sizeof pieces / sizeof *pieces; p++) {
            const size_t share = values[i] / pieces[p];
            size_t begin = 0;
            assert_int_equal(conv_cut(values[i], 0, pieces[p]), 0);
            for (size_t k = 1; k <= pieces[p]; k++) {
                const size_t end = conv_cut(values[i], k, pieces[p]);
                assert_true(end >= begin && end - begin - share <= 1);
                begin = end;
            }
            assert_true(begin == values[i]);
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_and_products),
        cmocka_unit_test(what_is_too_large_stays_so),
        cmocka_unit_test(cuts),
    };
    return cmocka_run_group_tests_name("sizes", tests, NULL, NULL);
}
