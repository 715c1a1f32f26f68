#include "plan/tilt_operand.h"

#include <math.h>

/* Below this, relative to the largest, a number adds nothing that counts. */
#define LEAST_EXPONENT (-1000)

bool conv_tilt_load(conv_tilt_operand *operand, const double *values) {
    size_t n = operand->count;
    operand->has_negative = false;
    operand->first = n;
    operand->last = 0;
    operand->pieces = n < CONV_TILT_PIECES ? (int)n : CONV_TILT_PIECES;
    size_t begin = 0;
    for (int piece = 0; piece < operand->pieces; piece++) {
        size_t end = (size_t)((double)(piece + 1) / operand->pieces * (double)n);
        end = piece == operand->pieces - 1 ? n : end;
        double most = -INFINITY;
        operand->index[piece] = (double)begin;
        for (size_t i = begin; i < end; i++) {
            if (!isfinite(values[i]))
                return false;
            operand->mantissa[i] = frexp(values[i], &operand->exponent[i]);
            if (values[i] == 0)
                continue;
            operand->has_negative = operand->has_negative || values[i] < 0;
            operand->first = i < operand->first ? i : operand->first;
            operand->last = i;
            /* The mantissa for a logarithm's fraction: off by 0.09 at most. */
            double logarithm = operand->exponent[i] - 2 + 2 * fabs(operand->mantissa[i]);
            if (logarithm > most) {
                most = logarithm;
                operand->index[piece] = (double)i;
            }
        }
        operand->logarithm[piece] = most;
        begin = end;
    }
    return true;
}

double conv_tilt_power(double mantissa, double x) {
    double whole = floor(x);
    if (whole > 5000)
        whole = 5000;
    if (whole < -5000)
        whole = -5000;
    return ldexp(mantissa * exp2(x - whole), (int)whole);
}

double conv_tilt_apply(const conv_tilt_operand *operand, double theta, bool magnitudes,
                       double *tilted, double *norm) {
    size_t n = operand->count;
    double most = -INFINITY, squares = 0;
    for (size_t i = operand->first; i <= operand->last && i < n; i++) {
        double size = operand->exponent[i] + theta * (double)i;
        if (operand->mantissa[i] != 0 && size > most)
            most = size;
    }
    if (!isfinite(most))
        most = 0;
    for (size_t i = 0; i < n; i++) {
        double mantissa = magnitudes ? fabs(operand->mantissa[i]) : operand->mantissa[i];
        double power = theta * (double)i - most;
        tilted[i] = 0;
        if (mantissa == 0 || operand->exponent[i] + power < LEAST_EXPONENT)
            continue;
        tilted[i] = conv_tilt_power(mantissa, power + operand->exponent[i]);
        squares += tilted[i] * tilted[i];
    }
    *norm = sqrt(squares);
    return most;
}

/* Mean and variance of the index under the tilted pieces. */
static void moments(const conv_tilt_operand *a, double theta, double *mean, double *variance) {
    double most = -INFINITY, sum = 0, first = 0, second = 0;
    for (int i = 0; i < a->pieces; i++)
        most = fmax(most, a->logarithm[i] + theta * a->index[i]);
    double middle = (a->index[0] + a->index[a->pieces - 1]) / 2;
    for (int i = 0; i < a->pieces; i++) {
        double power = a->logarithm[i] + theta * a->index[i] - most;
        if (!(power > -60))
            continue;
        double weight = exp2(power), at = a->index[i] - middle;
        sum += weight;
        first += weight * at;
        second += weight * at * at;
    }
    if (sum > 0) {
        *mean += middle + first / sum;
        *variance += second / sum - first / sum * (first / sum);
    }
}

/* Newton's method inside a bracket: the mean grows with theta, its derivative is the variance. */
double conv_tilt_solve(const conv_tilt_operand *a, const conv_tilt_operand *b, double target,
                       double start, double most) {
    double low = -most, high = most, theta = start;
    for (int i = 0; i < 40 && high - low > CONV_TILT_QUANTUM; i++) {
        double mean = 0, variance = 0;
        moments(a, theta, &mean, &variance);
        moments(b, theta, &mean, &variance);
        if (fabs(mean - target) < 0.5)
            break;
        if (mean < target)
            low = theta;
        else
            high = theta;
        double next = theta + (target - mean) / (0.6931471805599453 * fmax(variance, 1e-3));
        theta = next > low && next < high ? next : low + (high - low) / 2;
    }
    return rint(theta / CONV_TILT_QUANTUM) * CONV_TILT_QUANTUM;
}
