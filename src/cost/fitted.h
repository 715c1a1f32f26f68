/* Constants of the cost model that are fitted to measurements, each with what it was fitted to. The
 * tables that convbench calibrate measures are in calibrated.h. */
#ifndef CONV_COST_FITTED_H
#define CONV_COST_FITTED_H

/* ---- the direct method (methods/direct.c), nanoseconds ---- */

/* An execution. */
#define CONV_COST_DIRECT_CALL 10.0

/* Narrow planes share each tap among fewer vectors, and low ones begin and end more often: shares
 * more of an output, for each vector below four, and for each row of taps over rows of outputs. */
#define CONV_COST_NARROW 0.3
#define CONV_COST_LOW 0.5

/* A row of a plane so small that it is gathered whole. Fitted to 16 x 16 under 3 x 3 to 9 x 9. */
#define CONV_COST_GATHERED_ROW 5.0

/* Few outputs leave one multiply-add waiting for the other: about a nanosecond a tap. */
#define CONV_COST_WAITING_TAP 1.05

/* More axes are sums over planes, each read and written again for every outer tap. Fitted to the
 * choice, together with CONV_COST_VOLUME_FAR: cubes, thin and flat volumes of 4096 to 2M samples
 * under 3^3 to 17^3, 1 x 9 x 9, 9 x 1 x 1, 3 x 15 x 15 and 15 x 3 x 3 taps, f32 and f64. On a
 * machine with half the multiply-adds of the tables' the pick is within 1.10 of the fastest on 96
 * of 100. */
#define CONV_COST_PLANES 2.1

/* Planes of taps that the loops take together, over as many sums of planes. Fitted to the choice
 * among the volumes of CONV_COST_PLANES: 3^3 taps are far from it, 5^3 are close. With it the pick
 * is within 1.10 of the fastest on 97 of 100. */
#define CONV_COST_PLANES_TOGETHER 1.9

/* An end of a line for each tap, beside gathering it: a line's two ends are too short for the taps
 * not to wait for each other. Fitted to f32, f64 and c32, 1000 and 1024 samples under 31 to 63
 * taps: 1.6 (full) to 3.3 (same). */
#define CONV_COST_LINE_END 2.4

/* What a plan takes per axis and per byte of taps, which are copied, and bytes of its own, a page
 * or two. Fitted to 16 and 15 x 15 taps. */
#define CONV_COST_DIRECT_AXIS 450.0
#define CONV_COST_DIRECT_TAP 0.05
#define CONV_COST_DIRECT_BYTES 4096.0

/* So many bytes of taps are in a page that is there already; what comes new is cold all the same.
 */
#define CONV_COST_TAPS_THERE 1024.0
#define CONV_COST_COLD 250.0

/* ---- folding a signal to its period (plan/batch.c), nanoseconds ---- */

/* Each sample, and each sample of the period, whose sum is rounded. Fitted to 400 x 400 and 160000
 * samples, folded to 100 to 90000, of all types: 6.2 to 8.2 a sample in small periods, and 12 to 16
 * where half of them have one sample each. */
#define CONV_COST_FOLD_SAMPLE 6.5
#define CONV_COST_FOLD_SUM 10.0

/* ---- separable kernels (methods/separable.c) ---- */

/* Seconds of searching a kernel for its factors: one that has them is searched by reject, cost and
 * prepare. The least; what a tap takes at least, and one of a plane of real ones that is one outer
 * product; what other real and complex taps take, with the bytes that each needs. */
#define CONV_COST_SEARCH_LEAST 1e-6
#define CONV_COST_SEARCH_TAP 5e-9
#define CONV_COST_SEARCH_OUTER_TAP 20e-9
#define CONV_COST_SEARCH_REAL_TAP 140e-9
#define CONV_COST_SEARCH_COMPLEX_TAP 620e-9
#define CONV_COST_SEARCH_BYTES 100.0

/* Nanoseconds of an execution, and of each row that a pass goes over: rows are short lines, and go
 * through memory twice. Fitted to f32 and f64, squares of 32 to 512 samples, 3 to 63 taps: within a
 * third, where the loops alone were a half to an eighth. */
#define CONV_COST_PASSES 200.0
#define CONV_COST_PASS_ROW 40.0
#define CONV_COST_PASS_ROW_ALONE 10.0 /* one tap along it: volumes under 9 x 1 x 1 */
#define CONV_COST_PASS_TAP 5.0
#define CONV_COST_PASS_BYTE 0.02

/* Nanoseconds of an output that is set to 0: 0.04 to 1.5, by its size and stride; up to 6 where
 * every one has a cache line to itself, far from the core. */
#define CONV_COST_CLEARED 0.5

/* The same of planes in bands: an execution, a row, and a tap of a row so short that it waits; and
 * each byte of samples and outputs that the second-level cache does not hold. Fitted to f32 and
 * f64, squares of 16 to 1024 samples, 3 to 31 taps, on a machine with half the multiply-adds of the
 * tables': beside twice what these say 0.9 to 1.3 from 32 samples on. */
#define CONV_COST_BANDS 40.0
#define CONV_COST_BAND_ROW 3.0
#define CONV_COST_BAND_TAP 0.5
#define CONV_COST_BAND_BYTE 0.007
#define CONV_COST_BAND_NEAR (1 << 20)

/* Running sums, fitted to f32, boxes of 5 to 15 on 256^2 samples, where other methods are near (63
 * on 1024^2 take 1.6 times as long), and of 15 to 1023 on a line of 10^6; the factors to 15 and 63
 * on 256^2. By the bytes of a sample, for each stretch of equal taps: a row of an output, and one
 * before the first; an output along the last axis; a row's own. Of one axis an output for each
 * stretch.
 */
#define CONV_COST_RUNNING_ROW 0.03
#define CONV_COST_RUNNING_BEFORE 0.03
#define CONV_COST_RUNNING_SUM 0.03
#define CONV_COST_RUNNING_CALL 10.0
#define CONV_COST_RUNNING_LINE 0.15

/* The same with shorter vectors: factors. */
#define CONV_COST_RUNNING_BASELINE 1.85
#define CONV_COST_RUNNING_V3 1.1

/* Coarse grids, within a fifth: f32 Gaussians of sigma 16, 64 and 256 on 1024^2 less the 0.35 that
 * measuring signal and outputs takes; the factors to one of sigma 32. A product of an output and a
 * sample of the first axis, and of the last one, whose lines of a few samples are dearer; an
 * output's own; a plan's. */
#define CONV_COST_COARSE_PRODUCT 0.045
#define CONV_COST_COARSE_LINE 0.09
#define CONV_COST_COARSE_OUTPUT 0.4
#define CONV_COST_COARSE_CALL 1000.0
#define CONV_COST_COARSE_BASELINE 3.0
#define CONV_COST_COARSE_V3 1.3

/* ---- tiles of transforms (methods/tile_*.c, blocks.c, fft.c), nanoseconds ---- */

/* Rows of less than 144 coefficients, as a share of a plane with so many of them. What splits by 5,
 * 7 and 9 take more than those beside them, along rows and along columns. Fitted to f32 and f64,
 * planes of 20 to 288 x 64, 256 and 512, and of 64 x 16 to 288. */
#define CONV_COST_ROW_SHARE 0.5
#define CONV_COST_ROW_SIDE 64.0
#define CONV_COST_ROW_5 1.03
#define CONV_COST_ROW_7 1.07
#define CONV_COST_ROW_9 1.0
#define CONV_COST_COLUMN_5 1.06
#define CONV_COST_COLUMN_7 1.12
#define CONV_COST_COLUMN_9 1.2

/* An axis that is summed over in the spectra of the others: a sample's way, and its product with a
 * tap. */
#define CONV_COST_SUMMED 0.2
#define CONV_COST_SUMMED_TAP_F32 0.03
#define CONV_COST_SUMMED_TAP_F64 0.07

/* Of volumes, a byte more than in planes, which are measured in the caches, where tile and spectrum
 * are well beyond so many bytes. Fitted to f32 and f64, 32 to 144 in each axis, transformed and
 * summed over 3 to 31 taps: measured over estimated 0.7 to 1.45. */
#define CONV_COST_VOLUME_FAR 0.28
#define CONV_COST_VOLUME_NEAR 5e6

/* Of volumes, a row of a tile that is read or written where signal and output are not in the
 * caches: what is asked for ahead breaks off with every row. Full from so many bytes on, none below
 * the first of the two. Fitted to the choice between one transform and blocks: 96^3 to 160^3 under
 * 13^3 to 31^3. */
#define CONV_COST_VOLUME_ROW 40.0
#define CONV_COST_ROWS_NEAR 1e6
#define CONV_COST_ROWS_FAR 5e6

/* What a tile costs per axis beside its transform. */
#define CONV_COST_TILE_CALL 20.0

/* A tile that is gathered, beside the gathering: it is read back from where it was just written.
 * (f32, 1000 samples: 150 circular under 63 taps, 300 with weights under 50.) */
#define CONV_COST_TILE_GATHERED 200.0

/* Signal and output together: above this, fetching the next block ahead gains a fifth; below it,
 * the fetches only cost their instructions. */
#define CONV_COST_STREAM_BYTES (9 << 20)

/* Reading and writing beside the transforms' own, which are measured on one tile again and again:
 * per byte of output, where another tile comes after it (fitted to blocks of lines of 1000 to
 * 65536: f32 0.022 to 0.043, f64 0.03 to 0.053, c32 0.021 to 0.035, c64 0.019 to 0.027), and per
 * byte of signal and output that do not fit the caches. */
#define CONV_COST_CACHED 0.026
#define CONV_COST_STREAMED 0.03

/* A tap on its way into the spectrum, beside the transform: copied twice, measured, looked at for
 * NaN. By the bytes of a tap. */
#define CONV_COST_TRANSFORMED_TAP 0.15

/* What a plan costs before its transform is made, on one axis: the choice of a shape. On more axes
 * there are more to choose from. */
#define CONV_COST_SHAPE 1500.0

/* Creations are measured with a kernel of one tap, of which a plane has one row to transform. */
#define CONV_COST_KERNEL_ROWS 1.3

/* Bytes of a plan and its states, and of a plane's columns in scratch memory. */
#define CONV_COST_TILE_BYTES 8192.0
#define CONV_COST_PANEL_BYTES 24576.0

/* Widening or rounding a real number, about. */
#define CONV_COST_WIDE 0.15

/* ---- the reference (methods/reference.c), nanoseconds ---- */

/* A product. */
#define CONV_COST_REFERENCE 20.0

/* ---- the choice (plan/choose.c, once.c, tilt.c) ---- */

/* Seconds: work below this is not worth a second thread. Measured with the pool on two processors:
 * one job after the other, handing out pieces takes 0.2 us; 5 ms after the last one 11 us, and the
 * other thread comes so late that two gain from 100 us of work on (300 us: 1.3 times as fast).
 * After a sleep of 5 ms there is no gain up to 1 ms, and a loss of 11 to 20 us, which no constant
 * tells from the case before. */
#define CONV_COST_THREAD 50e-6

/* Rows come in the order of the memory that they need: a later one has to be faster by more than
 * the estimates can tell. */
#define CONV_COST_CLEARLY 0.97

/* What FFTW must be faster by than the own transform, which keeps promises that FFTW does not. */
#define CONV_COST_FFTW_CLEARLY 1.5

/* Sums of fewer products are not worth an estimate; below that many seconds, not a plan, nor a
 * transform of the kernel. */
#define CONV_COST_ONCE_PRODUCTS 16384
#define CONV_COST_ONCE 5e-6

/* Nanoseconds to tilt a number, about. Tilted data take a convolution and half of one more; and
 * have to be so many times faster than the sums. */
#define CONV_COST_TILT 9.0
#define CONV_COST_TILTED 1.5
#define CONV_COST_TILT_GAIN 3.0

/* ---- integers (integer/), in products of a direct sum in f64 ---- */

/* A loop over int64_t in 1, 2 and 3 words; a number's way into f64, out of it, and its place in a
 * sum of several; a call. Measured, on the middle level of instruction sets. */
#define CONV_COST_INTEGER_LOOP1 8.0
#define CONV_COST_INTEGER_LOOP2 16.0
#define CONV_COST_INTEGER_LOOP3 40.0
#define CONV_COST_INTEGER_NUMBER 24.0
#define CONV_COST_INTEGER_CALL 3000.0
#define CONV_COST_INTEGER_PLAN 30000.0

/* The kernel's spectrum and its tables, in transforms. */
#define CONV_COST_INTEGER_MAKING 3.0

/* Loops below this are run without a second look at the operands. */
#define CONV_COST_INTEGER_SMALL 16000.0

/* ---- end corrections of a line (integral/corrections.c), nanoseconds ---- */

/* Measured: a product, and a run of them. */
#define CONV_COST_LINE_PRODUCT 1.2
#define CONV_COST_LINE_RUN 4.0

/* ---- end corrections in more axes (plan/end_*.c), nanoseconds ---- */

/* Fitted to squares and cubes of 20 to 1024 samples and 12 to 256 taps, orders 2 to 8, f32, f64 and
 * c64. Measured over estimated: runs by spectra 0.6 to 2.1, of sums from order 6 on 0.6 to 2 and up
 * to 6 below, where spectra are cheaper anyway; making 0.4 to 2.6, where new memory is most of it.
 */

/* A short transform, forward, inverse or of a kernel: each of its reals and stages, and a call. */
#define CONV_COST_END_STAGE 0.25
#define CONV_COST_END_CALL 80.0

/* A real of a product of spectra that is added up. */
#define CONV_COST_END_PRODUCT 0.2

/* A product of a sample with a tap in sums, and one with the weight of the last axis' form. */
#define CONV_COST_END_SUM 0.35
#define CONV_COST_END_TERM 1.0

/* Making either way: all, a tap in double, an output of an axis, a corrected one of them, and one
 * by polynomials. */
#define CONV_COST_END_MAKE 3000.0
#define CONV_COST_END_WIDENED 1.2
#define CONV_COST_END_OUTPUT 10.0
#define CONV_COST_END_ROW 100.0
#define CONV_COST_END_FORM 1500.0

/* Making spectra: a tap that is placed in a plane; a real of a spectrum that a sum of spectra adds
 * up; a combination that is found. */
#define CONV_COST_END_TAP 2.0
#define CONV_COST_END_COMBINED 0.15
#define CONV_COST_END_FOUND 60.0

#endif
