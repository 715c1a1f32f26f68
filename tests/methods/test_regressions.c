/* Problems that once went wrong, each with the reason. A bug found is first a line here. */
#include "suite.h"

static const char *const lines[] = {
    /* finite data that overflowed between a transform and its inverse */
    "f32 n=20000 m=1000 full data=nonneg xscale=1e36 hscale=1e-36",
    "f32 n=1000 m=20000 full data=nonneg xscale=1e-36 hscale=1e36",
    "c64 n=300,40 m=30,40 same edge=wrap,reflect xscale=1e300 hscale=1e-300",
    /* the spacing overflowed or underflowed the taps, the result did not */
    "f32 n=50 m=20 full rule=trapezoid dx=1e-10 xscale=1e30 hscale=1e-30 data=normal",
    "f32 n=50 m=20 same rule=trapezoid dx=1e20 xscale=1e-20 hscale=1e20 data=normal",
    "f64 n=9,8 m=4,3 causal rule=trapezoid dx=1e-150,1e-150 xscale=1e150 hscale=1e-20 data=normal",
    /* Inf times a complex factor of an outer product made Inf - Inf */
    "c32 n=20,20 m=3,3 full data=outerint bad=s105:inf",
    "c64 n=57,26 m=2,7 circular period=86,0 data=outer bad=s1015:inf",
    "c32 n=40,50 m=12,13 same data=outer bad=s105:inf,s900:-inf",
    /* a rule's patches took a transform under a method that sums */
    ("c32 n=3,2,9,2,1 m=2,2,6,2,2 causal corr edge=wrap,zero,zero,nearest,reflect preset=opencv "
     "rule=trapezoid dx=2.3,1.7,2.4,1.6,1.3 data=impulse seed=45252"),
    /* FFTW has no plan without buffers for real transforms of odd length */
    "f32 n=21 m=5 circular",
    "f64 n=375 m=64 circular",
    "f32 n=10,21 m=3,5 circular period=10,63",
    /* an axis on which no output meets a sample: end corrections by a transform shorter than the
     * kernel, which was written past its end */
    "c64 n=2,3,3 m=3,4,5 same corr edge=zero,zero,wrap origin=-4,2,-1 rule=trapezoid data=normal",
    ("f64 n=9,9,12 m=9,9,30 window start=30,0,0 count=4,9,9 rule=gregory order=6 dx=1,1,1 "
     "data=normal"),
    /* end corrections by transforms left out a complex sample, or constant, of which one part is
     * not finite, and with it the other part */
    ("c64xf64 n=2,2 m=3,9 causal corr edge=zero,constant value=2,-inf batch=2 rule=gregory order=5 "
     "dx=0.3,2 data=normal"),
    "c32 n=4 m=3387 circular data=steps seed=865714 value=1,1 preset=opencv",
    "f64 n=7,2 m=2,5 same corr edge=wrap,zero origin=4,1 rule=trapezoid data=impulse "
    "bad=k6:-inf,k1:-inf,s8:-inf,s5:-inf",
    "c32xf32 n=30,30 m=12,25 same edge=constant,nearest value=inf,3 rule=gregory order=3 "
    "data=normal",
    /* as many axes as there can be, each with a stride of its own, and the batch */
    "f64 n=2,2,2,2,2,2,2,2 m=1,1,1,1,1,1,1,2 same ystride=256,128,64,32,16,8,4,2 batch=2 "
    "ybatch=512",
    /* a lattice so sparse that a transform would compute 2e8 outputs for nothing */
    "f64 n=50 m=9 window start=-100000000 count=3 step=100000000 edge=wrap",
};

static void right_by_every_method(void **state) {
    unsigned wrong = 0;
    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        wrong += suite_line(lines[i]);
    assert_int_equal(wrong, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(right_by_every_method)};
    return cmocka_run_group_tests_name("regressions", tests, NULL, suite_report);
}
