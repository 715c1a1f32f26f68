#include "methods/methods.h"

extern const conv_method_row conv_direct_method, conv_separable_method, conv_blocks_method,
    conv_fft_method, conv_reference_method;

const conv_method_row *const conv_methods[] = {
    &conv_direct_method, &conv_separable_method, &conv_blocks_method,
    &conv_fft_method,    &conv_reference_method, NULL,
};

const conv_method_row *conv_method_find(conv_method id) {
    for (int i = 0; conv_methods[i]; i++)
        if (conv_methods[i]->id == id)
            return conv_methods[i];
    return NULL;
}
