/* Weideman's rational approximation (Computation of the complex error function, SIAM J. Numer.
 * Anal. 31, 1994): with L = sqrt(N / sqrt 2) and Z = (L + iz) / (L - iz),
 *     w(z) = 2 p(Z) / (L - iz)^2 + 1 / (sqrt(pi) (L - iz)),
 * the coefficients of p being those of a Fourier series of (L^2 + t^2) exp(-t^2), t = L
 * tan(theta/2).
 */
#include "varying/voigt.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

enum { FRACTION_TERMS = 12 };
static const double far_square = 64; /* of |z|^2 */

static double scale(void) {
    return sqrt(CONV_VOIGT_TERMS / sqrt(2.0));
}

/* a_n = 1/2M sum_k g(t_k) cos(n angle_k), M = 2N points on either side, of an even function. */
void conv_voigt_init(conv_voigt *voigt) {
    const int points = 2 * CONV_VOIGT_TERMS;
    const double square = scale() * scale();
    for (int n = 0; n < CONV_VOIGT_TERMS; n++)
        voigt->coefficient[n] = square / (2 * points);
    for (int k = 1; k < points; k++) {
        double angle = k * pi / points, t = scale() * tan(angle / 2);
        double value = exp(-t * t) * (square + t * t) / points;
        double last = 1, now = cos(angle), twice = 2 * now;
        for (int n = 0; n < CONV_VOIGT_TERMS; n++) {
            voigt->coefficient[n] += value * now;
            double next = twice * now - last;
            last = now;
            now = next;
        }
    }
}

/* Far away: Laplace's continued fraction, w(z) = i / sqrt(pi) / (z - (1/2) / (z - 1 / (z - ...))).
 */
static double by_fraction(double x, double y) {
    double re = x, im = y;
    for (int k = FRACTION_TERMS; k > 0; k--) {
        double square = re * re + im * im, half = 0.5 * k;
        re = x - half * re / square;
        im = y + half * im / square;
    }
    return im / (sqrt(pi) * (re * re + im * im));
}

double conv_voigt_value(const conv_voigt *voigt, double x, double y) {
    const double length = scale();
    if (x * x + y * y > far_square)
        return by_fraction(x, y);
    /* Complex arithmetic by hand: that of the language looks for NaN. */
    double below_re = length + y, below_im = -x, square = below_re * below_re + x * x;
    double re = ((length - y) * below_re - x * x) / square, im = 2 * length * x / square;
    double sum_re = 0, sum_im = 0;
    for (int n = CONV_VOIGT_TERMS - 1; n >= 0; n--) {
        double next = sum_re * re - sum_im * im + voigt->coefficient[n];
        sum_im = sum_re * im + sum_im * re;
        sum_re = next;
    }
    double inverse_re = below_re / square, inverse_im = -below_im / square;
    double square_re = inverse_re * inverse_re - inverse_im * inverse_im;
    double square_im = 2 * inverse_re * inverse_im;
    return 2 * (sum_re * square_re - sum_im * square_im) + inverse_re / sqrt(pi);
}
