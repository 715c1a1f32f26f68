#include "methods/methods.h"

extern const conv_method_row conv_direct_method, conv_separable_method, conv_blocks_method,
    conv_fft_method, conv_reference_method;

const conv_method_row *const conv_methods[] = {
    &conv_direct_method, &conv_separable_method, &conv_blocks_method,
    &conv_fft_method,    &conv_reference_method, NULL,
};
