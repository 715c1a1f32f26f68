#include "layer/layer_bias.h"

#include "base/memory.h"

/* Eight sums side by side, whatever the level: one alone would wait for every addition. */
enum { SUMS = 8 };

/* Sums of so many channels at a time, so that lines of the cache that hold several are read once.
 */
enum { CHANNELS = 32 };

typedef struct {
    long double sum[CHANNELS];
} sums;

/* One channel whose points are neighbours. */
static double sum_floats(const float *x, size_t count) {
    double part[SUMS] = {0}, sum = 0;
    size_t i = 0;
    for (; i + SUMS <= count; i += SUMS)
        for (size_t j = 0; j < SUMS; j++)
            part[j] += (double)x[i + j];
    for (; i < count; i++)
        part[i % SUMS] += (double)x[i];
    for (int j = 0; j < SUMS; j++)
        sum += part[j];
    return sum;
}

static long double sum_doubles(const double *x, size_t count) {
    long double part[2] = {0, 0};
    for (size_t i = 0; i < count; i++)
        part[i % 2] += (long double)x[i];
    return part[0] + part[1];
}

/* Channels that are neighbours, point by point. */
static void add_floats(const float *x, size_t step, size_t points, size_t channels, sums *to) {
    double part[CHANNELS] = {0};
    for (size_t i = 0; i < points; i++, x += step)
        for (size_t c = 0; c < channels; c++)
            part[c] += (double)x[c];
    for (size_t c = 0; c < channels; c++)
        to->sum[c] += (long double)part[c];
}

static void add_doubles(const double *x, size_t step, size_t points, size_t channels, sums *to) {
    for (size_t i = 0; i < points; i++, x += step)
        for (size_t c = 0; c < channels; c++)
            to->sum[c] += (long double)x[c];
}

/* Channels first..first+count-1 of one image. */
static void add_image(const conv_layer_shape *shape, const char *image, size_t first, size_t count,
                      sums *to) {
    const conv_layer_side *y = conv_layer_y(shape);
    bool is_double = shape->dtype == CONV_F64;
    const char *at = image + (ptrdiff_t)first * y->channel * (ptrdiff_t)shape->size;
    if (y->channel == 1 && y->channels > 1) {
        if (is_double)
            add_doubles((const double *)(const void *)at, y->channels, y->points, count, to);
        else
            add_floats((const float *)(const void *)at, y->channels, y->points, count, to);
        return;
    }
    for (size_t c = 0; c < count; c++, at += y->points * shape->size)
        to->sum[c] += is_double
                          ? sum_doubles((const double *)(const void *)at, y->points)
                          : (long double)sum_floats((const float *)(const void *)at, y->points);
}

static void put(const conv_layer_shape *shape, long double sum, double beta, void *dbias,
                size_t channel) {
    if (shape->dtype == CONV_F64) {
        double *out = (double *)dbias + channel;
        *out = (double)(beta != 0 ? sum + (long double)beta * *out : sum);
    } else {
        float *out = (float *)dbias + channel;
        *out = (float)(beta != 0 ? sum + (long double)beta * *out : sum);
    }
}

void conv_layer_bias(const conv_layer_shape *shape, const void *dy, double beta, void *dbias) {
    const conv_layer_side *y = conv_layer_y(shape);
    for (size_t first = 0; first < y->channels; first += CHANNELS) {
        size_t count = conv_min(CHANNELS, y->channels - first);
        sums to = {{0}};
        for (size_t batch = 0; batch < shape->batch; batch++)
            add_image(shape,
                      (const char *)dy + (ptrdiff_t)batch * y->batch * (ptrdiff_t)shape->size,
                      first, count, &to);
        for (size_t c = 0; c < count; c++)
            put(shape, to.sum[c], beta, dbias, first + c);
    }
}
