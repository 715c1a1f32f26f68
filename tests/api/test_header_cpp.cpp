// test_header_cpp.cpp - conv.h as a C++17 program sees it: std::complex, linking, a plan.
#include <conv.h>

#include <complex>
#include <cstdio>
#include <vector>

static int failures = 0;

static void check(bool right, const char *what) {
    if (!right) {
        std::printf("wrong: %s\n", what);
        failures++;
    }
}

int main() {
    using complex = std::complex<double>;
    const std::vector<complex> x = {{1, 0}, {0, 2}};
    const std::vector<complex> h = {{3, 0}, {4, 1}};
    std::vector<complex> y(conv_output_extent(x.size(), h.size(), CONV_FULL));
    check(y.size() == 3, "the extent of the full result");
    check(conv1d_c64(x.data(), x.size(), h.data(), h.size(), CONV_FULL, y.data()) == CONV_OK,
          "conv1d_c64");
    check(y[0] == complex(3, 0) && y[1] == complex(4, 7) && y[2] == complex(-2, 8),
          "the full result of complex numbers");

    const std::size_t n = 4;
    const std::size_t m = 2;
    const std::complex<float> signal[4] = {{1, 1}, {2, 2}, {3, 3}, {4, 4}};
    const float kernel[2] = {1, 10};
    std::complex<float> output[4];
    conv_desc desc;
    conv_plan *plan = nullptr;
    conv_desc_init(&desc, CONV_C32, 1, &n, &m, CONV_CIRCULAR);
    desc.kernel_dtype = CONV_F32;
    desc.method = CONV_METHOD_DIRECT;
    check(conv_plan_create(&plan, &desc, kernel) == CONV_OK, "conv_plan_create");
    check(conv_plan_execute(plan, signal, output, nullptr) == CONV_OK, "conv_plan_execute");
    conv_plan_destroy(plan);
    check(output[0] == std::complex<float>(41, 41) && output[3] == std::complex<float>(34, 34),
          "the circular result");
    return failures == 0 ? 0 : 1;
}
