/* Convolution fed one sample at a time: the public functions. */
#include "volterra/online.h"

#include <math.h>
#include <string.h>

#include "api/checks.h"
#include "base/cpu.h"
#include "base/kept_errno.h"
#include "base/memory.h"
#include "base/status.h"
#include "methods/rounding.h"
#include "problem/taps.h"

/* A constant size lets the compiler turn each memcpy into one move. */
static inline void copy_element(void *to, const void *from, size_t size) {
    switch (size) {
    case 4:
        memcpy(to, from, 4);
        break;
    case 8:
        memcpy(to, from, 8);
        break;
    default:
        memcpy(to, from, 16);
        break;
    }
}

static conv_status check_tolerance(const conv_online_desc *desc) {
    double value = desc->tolerance.value, least = 64 * conv_unit(desc->dtype);
    conv_tolerance_kind kind = desc->tolerance.kind;
    if ((int)kind < 0 || (int)kind > CONV_TOLERANCE_STRICT)
        return conv_fail(CONV_ERR_ENUM, "tolerance.kind is %d, must be 0..%d", (int)kind,
                         CONV_TOLERANCE_STRICT);
    if (kind == CONV_TOLERANCE_INTEGER)
        return conv_fail(CONV_ERR_TOLERANCE,
                         "tolerance.kind is INTEGER, must be MAXNORM, COMPONENTWISE or STRICT");
    if (kind == CONV_TOLERANCE_MAXNORM && value != 0)
        return conv_fail(CONV_ERR_TOLERANCE,
                         "tolerance.value is %g, must be 0 for MAXNORM: the largest output is "
                         "still to come",
                         value);
    if (kind == CONV_TOLERANCE_COMPONENTWISE && value != 0 && !(value >= least && value <= 1))
        return conv_fail(CONV_ERR_TOLERANCE, "tolerance.value is %g, must be 0 or %g..1", value,
                         least);
    return CONV_OK;
}

static conv_status check(conv_online **online, const conv_online_desc *desc, const void *kernel) {
    if (!online || !desc || !kernel)
        return conv_fail(CONV_ERR_NULL, "%s is NULL",
                         !online ? "online"
                         : !desc ? "desc"
                                 : "kernel");
    conv_status status =
        conv_check_struct_size(desc->struct_size, sizeof *desc, "conv_online_desc_init");
    if (status != CONV_OK)
        return status;
    if ((int)desc->dtype < 0 || (int)desc->dtype > CONV_C64)
        return conv_fail(CONV_ERR_ENUM, "dtype is %d, must be 0..%d", (int)desc->dtype, CONV_C64);
    conv_rule rule = desc->rule;
    if ((int)rule < 0 || (int)rule > CONV_RULE_AUTO)
        return conv_fail(CONV_ERR_ENUM, "rule is %d, must be 0..%d", (int)rule, CONV_RULE_AUTO);
    if (rule != CONV_RULE_SUM && rule != CONV_RULE_TRAPEZOID && rule != CONV_RULE_RECTANGLE)
        return conv_fail(CONV_ERR_RULE,
                         "rule is %d, must be CONV_RULE_SUM, CONV_RULE_TRAPEZOID or "
                         "CONV_RULE_RECTANGLE: the others use samples that are still to come",
                         (int)rule);
    if (desc->taps == 0)
        return conv_fail(CONV_ERR_EXTENT, "the kernel has 0 taps, must have at least 1");
    if (rule != CONV_RULE_SUM && (!isfinite(desc->spacing) || desc->spacing <= 0))
        return conv_fail(CONV_ERR_SPACING, "dx is %g, must be finite and positive", desc->spacing);
    return check_tolerance(desc);
}

static void weigh_taps(conv_online *online, const void *kernel, double dx) {
    const conv_element_kernels *elements = online->elements;
    size_t last = (online->m - 1) * elements->size;
    bool is_double = conv_dtype_is_double(online->dtype);
    double within = conv_taps_take(elements, is_double, kernel, online->m, dx) ? dx : 1;
    online->factor = within == dx ? 1 : dx;
    elements->scale_taps(online->taps, kernel, online->m, within, false);
    if (online->trapezoid) {
        elements->scale_taps(online->taps, kernel, 1, within / 2, false);
        elements->scale_taps(online->taps + last, (const char *)kernel + last, 1, within / 2,
                             false);
    }
}

static conv_status allocate(conv_online *online) {
    size_t size = online->elements->size;
    if (!conv_online_choose_blocks(online))
        return conv_fail(CONV_ERR_OVERFLOW, "m is %zu, too large", online->m);
    /* No overflow: less than the spectra above. */
    size_t zeros = online->componentwise ? online->block : 0;
    online->taps = conv_allocate((online->m + zeros) * size);
    online->signal = conv_allocate(online->kept * size);
    online->pending = conv_allocate(online->room * size);
    online->recent = conv_allocate(LEAF * size);
    if (!online->taps || !online->signal || !online->pending || !online->recent)
        return conv_fail(CONV_ERR_MEMORY, "no memory for a kernel of %zu samples", online->m);
    memset(online->taps + online->m * size, 0, zeros * size);
    return CONV_OK;
}

void conv_online_desc_init(conv_online_desc *desc, conv_dtype dtype, size_t taps) {
    if (!desc)
        return;
    *desc = (conv_online_desc){.struct_size = sizeof *desc,
                               .dtype = dtype,
                               .taps = taps,
                               .rule = CONV_RULE_SUM,
                               .spacing = 1,
                               .tolerance = {CONV_TOLERANCE_MAXNORM, 0}};
}

static void describe(conv_online *made, const conv_online_desc *desc) {
    conv_level level = conv_cpu_level();
    conv_dtype dtype = desc->dtype;
    made->dtype = dtype;
    made->elements = conv_element_table((conv_leaf_type)dtype);
    made->slides = conv_slide_table((conv_leaf_type)dtype, level);
    made->real_slides = conv_slide_table((conv_leaf_type)conv_dtype_real(dtype), level);
    made->m = desc->taps;
    made->trapezoid = desc->rule == CONV_RULE_TRAPEZOID;
    made->componentwise = desc->tolerance.kind != CONV_TOLERANCE_MAXNORM;
    if (desc->tolerance.kind == CONV_TOLERANCE_COMPONENTWISE)
        made->value = desc->tolerance.value;
}

conv_status conv_online_create_desc(conv_online **online, const conv_online_desc *desc,
                                    const void *kernel) {
    CONV_KEEP_ERRNO;
    if (online)
        *online = NULL;
    conv_status status = check(online, desc, kernel);
    if (status != CONV_OK)
        return status;
    conv_online *made = conv_allocate(sizeof *made);
    if (!made)
        return conv_fail(CONV_ERR_MEMORY, "no memory for an online convolution");
    memset(made, 0, sizeof *made);
    describe(made, desc);
    status = allocate(made);
    if (status == CONV_OK) {
        weigh_taps(made, kernel, desc->rule == CONV_RULE_SUM ? 1 : desc->spacing);
        status = conv_online_make_levels(made);
    }
    if (status == CONV_OK) {
        status = conv_online_reset(made);
    } else {
        conv_online_destroy(made);
        made = NULL;
    }
    *online = made;
    return status;
}

conv_status conv_online_create(conv_online **online, conv_dtype dtype, const void *kernel, size_t m,
                               conv_rule rule, double dx) {
    conv_online_desc desc;
    conv_online_desc_init(&desc, dtype, m);
    desc.rule = rule;
    desc.spacing = dx;
    return conv_online_create_desc(online, &desc, kernel);
}

void conv_online_destroy(conv_online *online) {
    CONV_KEEP_ERRNO;
    if (!online)
        return;
    conv_online_drop_levels(online);
    conv_free(online->taps);
    conv_free(online->signal);
    conv_free(online->pending);
    conv_free(online->recent);
    conv_free(online);
}

/* An overlap of one point, which integrates to 0 whatever the samples are. */
static bool is_point(const conv_online *online) {
    return online->trapezoid && (online->count == 0 || online->m == 1);
}

static bool is_special(const conv_online *online) {
    return is_point(online) || online->factor != 1;
}

conv_status conv_online_reset(conv_online *online) {
    if (!online)
        return conv_fail(CONV_ERR_NULL, "online is NULL");
    memset(online->pending, 0, online->room * online->elements->size);
    online->count = 0;
    online->special = is_special(online);
    conv_online_aim(online);
    return CONV_OK;
}

size_t conv_online_count(const conv_online *online) {
    return online ? online->count : 0;
}

/* The next output without its own sample, or the weight, as the caller is to see it. */
static void give(const conv_online *online, const void *from, size_t products, void *to) {
    const conv_element_kernels *elements = online->elements;
    const char *latest = online->feed.recent - online->feed.next * elements->size;
    _Alignas(16) char sum[16];
    copy_element(sum, from, elements->size);
    elements->add_all(sum, latest, online->taps + elements->size, products);
    if (online->factor != 1)
        elements->scale(sum, 1, online->factor);
    copy_element(to, sum, elements->size);
}

conv_status conv_online_history(conv_online *online, void *history, void *weight) {
    if (!online)
        return conv_fail(CONV_ERR_NULL, "online is NULL");
    size_t size = online->elements->size;
    bool point = is_point(online);
    if (online->count == online->due)
        conv_online_carry(online);
    const conv_feed *feed = &online->feed;
    if (history && point)
        memset(history, 0, size);
    else if (history)
        give(online, feed->pending + feed->next * size, conv_min(feed->next, feed->most - 1),
             history);
    if (weight && point)
        memset(weight, 0, size);
    else if (weight)
        give(online, online->taps, 0, weight);
    return CONV_OK;
}

/* What is not a matter of course: something to carry forward first; an overlap of one point, whose
 * sample stays an end of the overlap as long as it is in it; outputs that have a factor. By itself,
 * so that the common push saves no registers. */
__attribute__((noinline)) static conv_status push_specially(conv_online *online, const void *f,
                                                            void *y) {
    const conv_element_kernels *elements = online->elements;
    bool point = is_point(online);
    _Alignas(16) char sample[16];
    if (online->count == online->due)
        conv_online_carry(online);
    copy_element(sample, f, elements->size);
    if (point) {
        elements->scale(sample, 1, 0.5);
        copy_element(online->first, sample, elements->size);
    }
    elements->feed(&online->feed, sample, y);
    if (y && point)
        memset(y, 0, elements->size);
    else if (y && online->factor != 1)
        elements->scale(y, 1, online->factor);
    online->count++;
    online->special = is_special(online);
    return CONV_OK;
}

__attribute__((noinline)) static conv_status no_argument(const conv_online *online) {
    return conv_fail(CONV_ERR_NULL, "%s is NULL", !online ? "online" : "f");
}

conv_status conv_online_push(conv_online *online, const void *f, void *y) {
    if (!online || !f)
        return no_argument(online);
    if (online->count == online->due || online->special)
        return push_specially(online, f, y);
    online->count++;
    online->elements->feed(&online->feed, f, y);
    return CONV_OK;
}
