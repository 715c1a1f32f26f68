#include "methods/nonfinite_marks.h"

#include <string.h>

#include "base/dtype.h"
#include "base/memory.h"

/* Taps of a list: more than a block mostly needs. */
enum { MOST_LISTED = 256 };

/* ---- memory ---- */

static size_t places_of(const conv_problem *problem, const size_t *outputs) {
    size_t places = 1;
    for (int d = 0; d < problem->rank; d++)
        places = conv_times(places, conv_plus(outputs[d], problem->axis[d].m - 1));
    return conv_plus(places, CONV_MARK_BLOCK);
}

size_t conv_marks_bytes(const conv_problem *problem, const size_t *outputs) {
    size_t marks = conv_aligned_size(places_of(problem, outputs));
    size_t list = conv_aligned_size(conv_min(problem->taps, MOST_LISTED) * sizeof(conv_marked_tap));
    size_t taps = conv_plus(list, conv_aligned_size(problem->taps));
    return conv_plus(conv_times(2 * (size_t)conv_mark_parts(problem->dtype), marks),
                     conv_times((size_t)conv_mark_parts(problem->kernel_dtype), taps));
}

static void place_parts(conv_marks *l, char *memory) {
    size_t marks = conv_aligned_size(l->places);
    for (int part = 0; part < conv_mark_parts(l->problem->dtype); part++, memory += 2 * marks) {
        l->marks[part] = (uint8_t *)memory;
        l->turned[part] = (uint8_t *)memory + marks;
    }
    for (int part = 0; part < conv_mark_parts(l->problem->kernel_dtype); part++) {
        l->tap[part] = (uint8_t *)memory;
        memory += conv_aligned_size(l->problem->taps);
        l->list[part] = (conv_marked_tap *)(void *)memory;
        memory +=
            conv_aligned_size(conv_min(l->problem->taps, MOST_LISTED) * sizeof(conv_marked_tap));
    }
}

/* ---- marks ---- */

static inline uint8_t turn(uint8_t mark) {
    return (uint8_t)((mark & 1) << 1 | mark >> 1);
}

/* Rows of samples that some output meets; place: of the output that meets the first one last. */
static void mark_rows(const conv_marks *l, const char *samples, int d, size_t sample,
                      size_t place) {
    const conv_nonfinite_box *box = l->box;
    size_t before = box->out_first[d], m = l->problem->axis[d].m, first = 0;
    if (before > m - 1)
        first = before - (m - 1);
    size_t skip = m - 1 > before ? m - 1 - before : 0;
    size_t end = conv_min(box->extent[d], first + l->extent[d] - conv_min(skip, l->extent[d]));
    sample *= box->extent[d];
    if (d < l->problem->rank - 1) {
        for (size_t i = first; i < end; i++)
            mark_rows(l, samples, d + 1, sample + i, place + (skip + i - first) * l->stride[d]);
        return;
    }
    if (first >= end)
        return;
    const conv_element_kernels *elements = l->problem->elements;
    const char *from = samples + (sample + first) * elements->size;
    for (int part = 0; part < conv_mark_parts(l->problem->dtype); part++)
        elements->mark_samples(l->marks[part] + place + skip, from, end - first, part);
}

static void mark_samples(const conv_marks *l, const char *samples) {
    for (int part = 0; part < conv_mark_parts(l->problem->dtype); part++)
        memset(l->marks[part], 0, l->places);
    mark_rows(l, samples, 0, 0, 0);
    for (int part = 0; part < conv_mark_parts(l->problem->dtype); part++) {
        const uint8_t *restrict marks = l->marks[part];
        uint8_t *restrict turned = l->turned[part];
        for (size_t i = 0; i < l->places; i++)
            turned[i] = turn(marks[i]);
    }
}

static size_t greatest_divisor(size_t a, size_t b) {
    while (b > 0) {
        size_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Numbers of taps in this step, modulo their number, are spread over all of them. */
static size_t spread_step(size_t taps) {
    size_t step = (size_t)((double)taps * 0.6180339887498949);
    while (step > 1 && greatest_divisor(taps, step) != 1)
        step--;
    return step > 0 ? step : 1;
}

/* How far before an output the sample of tap q is: in convolution order. */
static size_t before_output(const conv_marks *l, size_t q) {
    size_t before = 0;
    int last = l->problem->rank - 1;
    for (int d = last; d > 0; d--) {
        before += q % l->problem->axis[d].m * l->stride[d];
        q /= l->problem->axis[d].m;
    }
    return before + q * l->stride[0];
}

static void list_taps(conv_marks *l, int part) {
    size_t taps = l->problem->taps, step = spread_step(taps), listed = 0;
    l->complete[part] = true;
    for (size_t i = 0, q = 0; i < taps; i++, q = q + step < taps ? q + step : q + step - taps) {
        uint8_t mark = l->tap[part][q];
        if (!mark)
            continue;
        if (listed == MOST_LISTED) {
            l->complete[part] = false;
            break;
        }
        l->list[part][listed++] = (conv_marked_tap){(uint32_t)before_output(l, q), mark};
    }
    l->listed[part] = listed;
}

static void mark_taps(conv_marks *l) {
    const conv_problem *problem = l->problem;
    size_t taps = problem->taps;
    for (int part = 0; part < conv_mark_parts(problem->kernel_dtype); part++) {
        uint8_t *marks = l->tap[part];
        problem->elements->mark_taps(marks, l->box->task->taps, taps, part);
        for (size_t i = 0; i < taps / 2; i++) { /* sliding order is the other way round */
            uint8_t mark = marks[i];
            marks[i] = marks[taps - 1 - i];
            marks[taps - 1 - i] = mark;
        }
        list_taps(l, part);
    }
}

bool conv_marks_make(conv_marks *l, const conv_nonfinite_box *box, const void *samples,
                     char *memory) {
    *l = (conv_marks){.box = box, .problem = box->problem};
    l->places = places_of(box->problem, box->out_count);
    if (l->places > UINT32_MAX)
        return false;
    size_t stride = 1, tap_stride = 1;
    for (int d = box->problem->rank - 1; d >= 0; d--) {
        l->extent[d] = box->out_count[d] + box->problem->axis[d].m - 1;
        l->stride[d] = stride;
        l->tap_stride[d] = tap_stride;
        stride *= l->extent[d];
        tap_stride *= box->problem->axis[d].m;
    }
    place_parts(l, memory);
    mark_samples(l, samples);
    mark_taps(l);
    return true;
}
