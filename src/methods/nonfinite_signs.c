#include "methods/nonfinite_signs.h"

#include <string.h>

#include "base/dtype.h"
#include "base/measure.h"
#include "base/memory.h"
#include "base/status.h"
#include "methods/tile_wide.h"

void conv_signs_place(const conv_task *task, const size_t *extent, size_t first, size_t end,
                      conv_signs_row *row, void *context) {
    const conv_problem *problem = task->problem;
    int last = problem->rank - 1;
    size_t m = problem->axis[last].m, size = problem->elements->tap_size;
    for (size_t q = first; q < end;) {
        size_t k = m - 1 - q % m, above = q / m, place = 0, scale = extent[last];
        size_t count = conv_min(conv_min(k + 1, end - q), k % extent[last] + 1);
        for (int d = last - 1; d >= 0; d--) {
            size_t of_axis = problem->axis[d].m - 1 - above % problem->axis[d].m;
            place += of_axis % extent[d] * scale;
            scale *= extent[d];
            above /= problem->axis[d].m;
        }
        row(context, place + k % extent[last], (const char *)task->taps + q * size, count);
        q += count;
    }
}

typedef struct {
    const conv_element_kernels *elements;
    char *values;
    bool only_infinite;
} sign_places;

static void place_signs(void *context, size_t place, const char *taps, size_t count) {
    const sign_places *to = context;
    to->elements->add_tap_signs(to->values + place * to->elements->tap_size, -1, taps, count,
                                to->only_infinite);
}

double conv_signs_spectrum(const conv_tile_transform *tile, const conv_task *task, size_t first,
                           size_t end, bool only_infinite, void *values, void *spectrum,
                           void *scratch) {
    const conv_problem *problem = task->problem;
    const conv_element_kernels *elements = problem->elements;
    sign_places to = {elements, values, only_infinite};
    size_t extent[CONV_MAX_RANK] = {0}, places = 1;
    for (int d = 0; d < problem->rank; d++) {
        extent[d] = conv_min(problem->axis[d].m, tile->shape.length[d]);
        places *= extent[d];
    }
    memset(values, 0, places * elements->tap_size);
    conv_signs_place(task, extent, first, end, place_signs, &to);
    conv_magnitudes signs;
    conv_measure_taps(elements, values, places, &signs);
    if (signs.norm == 0)
        return 0;
    conv_dtype type = problem->kernel_dtype;
    if (tile->wide) {
        conv_tile_wide_in_place(values, conv_dtype_is_complex(type) ? 2 * places : places);
        type = conv_dtype_wide(type);
    }
    conv_transform_kernel(tile->transform, values, type, extent, spectrum, scratch);
    return signs.norm;
}

conv_status conv_signs_keep(conv_tile_transform *tile, const conv_task *task) {
    const conv_problem *problem = task->problem;
    size_t spectrum = conv_aligned_size(conv_transform_spectrum_size(tile->transform));
    size_t bytes = conv_dtype_size(tile->compute);
    for (int d = 0; d < problem->rank; d++)
        bytes *= tile->shape.length[d];
    bytes = conv_aligned_size(bytes);
    char *room = conv_allocate(bytes + conv_transform_scratch_size(tile->transform, 1));
    char *signs = room ? conv_allocate(2 * spectrum) : NULL;
    for (int infinite = 0; infinite < 2 && signs; infinite++)
        tile->signs_norm[infinite] =
            conv_signs_spectrum(tile, task, 0, problem->taps, infinite == 1, room,
                                signs + (size_t)infinite * spectrum, room + bytes);
    conv_free(room);
    tile->signs = signs;
    return signs ? CONV_OK : conv_fail(CONV_ERR_MEMORY, "no memory for the spectra of a kernel");
}
