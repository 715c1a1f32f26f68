/* Weideman's rational approximation (Computation of the complex error function, SIAM J. Numer.
 * Anal. 31, 1994): with L = sqrt(N / sqrt 2) and Z = (L + iz) / (L - iz),
 *     w(z) = 2 p(Z) / (L - iz)^2 + 1 / (sqrt(pi) (L - iz)),
 * the coefficients of p being those of a Fourier series of (L^2 + t^2) exp(-t^2), t = L
 * tan(theta/2).
 */
#include "varying/voigt.h"

#include <complex.h>
#include <math.h>

static const double pi = 3.14159265358979323846;

static double scale(void) {
    return sqrt(CONV_VOIGT_TERMS / sqrt(2.0));
}

void conv_voigt_init(conv_voigt *voigt) {
    const int points = 2 * CONV_VOIGT_TERMS;
    const double length = scale();
    for (int n = 1; n <= CONV_VOIGT_TERMS; n++) {
        double sum = 0;
        for (int k = 1 - points; k < points; k++) {
            double angle = k * pi / points, t = length * tan(angle / 2);
            sum += exp(-t * t) * (length * length + t * t) * cos(n * angle);
        }
        voigt->coefficient[n - 1] = sum / (2 * points);
    }
}

double conv_voigt_value(const conv_voigt *voigt, double x, double y) {
    const double length = scale();
    double complex below = CMPLX(length + y, -x), ratio = CMPLX(length - y, x) / below;
    double complex sum = 0;
    for (int n = CONV_VOIGT_TERMS - 1; n >= 0; n--)
        sum = sum * ratio + voigt->coefficient[n];
    return creal(2 * sum / (below * below) + 1 / (sqrt(pi) * below));
}
