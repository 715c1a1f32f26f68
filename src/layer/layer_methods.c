#include "layer/layer_methods.h"

/* Conditions within the list mislead the formatter. */
/* clang-format off */
const conv_layer_method_row *const conv_layer_methods[] = {
    &conv_layer_direct_method,
    &conv_layer_fft_method,
#ifdef CONV_HAVE_BLAS
    &conv_layer_blas_method,
#endif
#ifdef CONV_HAVE_ONEDNN
    &conv_layer_onednn_method,
#endif
    &conv_layer_reference_method,
    NULL,
};
/* clang-format on */
