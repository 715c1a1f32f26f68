/* Constants of the cost model that are fitted to measurements, each with what it was fitted to. The
 * tables that convbench --calibrate measures are in costs.h. */
#ifndef CONV_COST_FITTED_H
#define CONV_COST_FITTED_H

/* ---- end corrections (plan/end_*.c), nanoseconds ---- */

/* A short transform, forward, inverse or of a kernel: each of its reals and stages, and a call. Of
 * squares and cubes of 20 to 1024 samples and 12 to 256 taps, orders 2 to 8, f32, f64 and c64: runs
 * took 0.6 to 2 times the estimate. */
#define CONV_COST_END_STAGE 0.25
#define CONV_COST_END_CALL 80.0

/* A real of a product of spectra that is added up. */
#define CONV_COST_END_PRODUCT 0.2

/* (The same problems: 0.6 to 2 times from order 6 on, up to 6 times below, where transforms are
 * cheaper anyway.) A product of a sample with a tap in sums, and one with the weight of the last axis' form. */
#define CONV_COST_END_SUM 0.35
#define CONV_COST_END_TERM 1.0

/* (The same problems: 0.5 to 1.8 times.) Making either way: all, a tap in double, an output of an axis, a corrected one of them, and one
 * by polynomials. */
#define CONV_COST_END_MAKE 3000.0
#define CONV_COST_END_WIDENED 1.2
#define CONV_COST_END_OUTPUT 10.0
#define CONV_COST_END_ROW 100.0
#define CONV_COST_END_FORM 1500.0

/* Making spectra: a tap that is placed in a plane; a real of a spectrum that a sum of spectra adds up; a
 * combination that is found. */
#define CONV_COST_END_TAP 2.0
#define CONV_COST_END_COMBINED 0.15
#define CONV_COST_END_FOUND 60.0

#endif
