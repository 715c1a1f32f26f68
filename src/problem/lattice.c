#include "problem/lattice.h"

#include "base/memory.h"
#include "base/status.h"

conv_status conv_lattice_check_mode(conv_mode mode) {
    if (mode == CONV_WINDOW)
        return conv_fail(CONV_ERR_ENUM,
                         "mode is %d (CONV_WINDOW), whose start, count and step only a conv_desc "
                         "has; this call takes 0..%d",
                         CONV_WINDOW, CONV_CIRCULAR);
    if ((int)mode < 0 || mode > CONV_WINDOW)
        return conv_fail(CONV_ERR_ENUM, "mode is %d, must be 0..%d", (int)mode, CONV_CIRCULAR);
    return CONV_OK;
}

/* Measured on the systems that the presets are named after. */
size_t conv_lattice_same_start(conv_preset preset, conv_operation operation, size_t m) {
    static const unsigned char add[][2] = {
        /* convolve, correlate: start = (m - 1 + add) / 2 */
        [CONV_PRESET_SCIPY] = {0, 0},
        [CONV_PRESET_NUMPY] = {0, 0},
        [CONV_PRESET_SCIPY_CORRELATE2D] = {0, 1},
        [CONV_PRESET_NDIMAGE] = {1, 0},
        [CONV_PRESET_MATLAB] = {1, 1},
        [CONV_PRESET_OPENCV] = {1, 0},
        [CONV_PRESET_TORCH] = {1, 1},
    };
    return (m - 1 + add[preset][operation]) / 2;
}

void conv_lattice_of_mode(conv_mode mode, size_t n, size_t m, size_t *start, size_t *count) {
    *start = 0;
    *count = n;
    if (mode == CONV_FULL) {
        *count = n + m - 1;
    } else if (mode == CONV_SAME) {
        *start = conv_lattice_same_start(CONV_PRESET_SCIPY, CONV_CONVOLVE, m);
    } else if (mode == CONV_VALID) {
        *start = conv_min(n, m) - 1;
        *count = conv_max(n, m) - conv_min(n, m) + 1;
    }
}
