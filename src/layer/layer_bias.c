#include "layer/layer_bias.h"

/* Eight sums side by side, whatever the level: one alone would wait for every addition. */
enum { SUMS = 8 };

static double sum_floats(const float *x, ptrdiff_t stride, size_t count, double sum) {
    double part[SUMS] = {0};
    size_t i = 0;
    for (; i + SUMS <= count; i += SUMS)
        for (size_t j = 0; j < SUMS; j++)
            part[j] += (double)x[(ptrdiff_t)(i + j) * stride];
    for (; i < count; i++)
        part[i % SUMS] += (double)x[(ptrdiff_t)i * stride];
    for (int j = 0; j < SUMS; j++)
        sum += part[j];
    return sum;
}

static long double sum_doubles(const double *x, ptrdiff_t stride, size_t count, long double sum) {
    long double part[2] = {0, 0};
    for (size_t i = 0; i < count; i++)
        part[i % 2] += (long double)x[(ptrdiff_t)i * stride];
    return sum + part[0] + part[1];
}

void conv_layer_bias(const conv_layer_shape *shape, const void *dy, double beta, void *dbias,
                     conv_level level) {
    const conv_layer_side *y = conv_layer_y(shape);
    ptrdiff_t stride = y->axis[CONV_LAYER_AXES - 1];
    (void)level;
    for (size_t channel = 0; channel < y->channels; channel++) {
        long double sum = 0;
        for (size_t batch = 0; batch < shape->batch; batch++) {
            ptrdiff_t at = (ptrdiff_t)batch * y->batch + (ptrdiff_t)channel * y->channel;
            if (shape->dtype == CONV_F64)
                sum = sum_doubles((const double *)dy + at, stride, y->points, sum);
            else
                sum =
                    (long double)sum_floats((const float *)dy + at, stride, y->points, (double)sum);
        }
        if (shape->dtype == CONV_F64) {
            double *out = (double *)dbias + channel;
            *out = (double)(beta != 0 ? sum + (long double)beta * *out : sum);
        } else {
            float *out = (float *)dbias + channel;
            *out = (float)(beta != 0 ? sum + (long double)beta * *out : sum);
        }
    }
}
