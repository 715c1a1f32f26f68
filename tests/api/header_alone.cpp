// The header as the first and only include, in C++.
#include <conv.h>

conv_status header_alone(const float *x, float *y);

conv_status header_alone(const float *x, float *y) {
    return conv1d_f32(x, 6, x, 3, CONV_SAME, y);
}
