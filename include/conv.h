/* conv.h - convolution in C: sums and integrals, linear and circular, in one or more dimensions.
 *
 * This header is the manual, in order from simple to expert:
 *
 *   1  status            what a call answers
 *   2  types             element types, modes, edge rules
 *   3  one-shot calls    conv1d, conv2d and their trapezoidal twins
 *   4  description       everything a convolution can be, field by field
 *   5  plan              prepare once, execute often, from any thread
 *   6  integrals         any order, on grids with origins; how large their error is
 *   7  accuracy          execute and learn the bound that the result keeps
 *   8  integers          exact sums of int32_t and int64_t
 *   9  Volterra          kernels known as functions, and sums fed one sample at a time
 *  10  layers            channels, strides, dilation; transposed; gradients; dense to convolution
 *  11  kernels that vary kernels whose width changes along the axis; any that change smoothly
 *  12  known kernels     boxes, Gaussians and their derivatives, as arrays
 *
 * THE DEFINITION. For each axis there is a signal x of extent n, a kernel h of extent m, an
 * extension rule that gives the signal a value X(j) at every integer j, and an output lattice
 * start + i*step, i = 0..count-1:
 *
 *     y[i] = sum_{k=0..m-1} h[k] * X(start + i*step - k)                              (convolve)
 *
 * Correlation is the same with the kernel reversed and, where complex, conjugated. Index 0 of the
 * lattice is index 0 of the full linear convolution. Every mode below is such a lattice.
 *
 * ARRAYS are row-major; the last index is contiguous unless strides say otherwise. Extents count
 * samples, strides count elements (not bytes), workspace counts bytes. A buffer needs the alignment
 * of its element type's real part and no more.
 *
 * ERRORS. On any status but CONV_OK the output is untouched, and conv_last_error() holds a sentence
 * that names the argument at fault, its value, and what is allowed. Nothing is printed, the process
 * is never ended, and the floating-point environment is not changed. One exception: FFTW's planner,
 * in a library that was built with it, ends the process where it gets no memory. It plans circular
 * problems that conv_plan_describe says are "by FFTW", those that the own transform would take
 * clearly longer for, and is asked only where memory for it is there; other threads may take that
 * away meanwhile. A library built with -Dfftw=disabled has no exception.
 *
 * THREADS. Every function may be called from any thread at any time. A plan does not change after
 * its creation and may be executed by many threads at once, each with its own output and workspace.
 * Where a description asks for threads, executions start them when they first need them (memory of
 * theirs is the one thing that an execution with a workspace of its own may allocate) and keep
 * them; they block signals, compute in the caller's floating-point environment, and end with the
 * process or when the library is unloaded. A wish above the number of processors counts up to 8.
 * Threads that cannot be started are done without: the same bits, later.
 *
 * FORK. A child may use everything, plans of its parent's too, whatever threads the parent has and
 * whatever they were doing in the library; it starts threads of its own. A fork waits while another
 * thread plans by FFTW. Libraries that the build options blas and onednn bring in may have other
 * rules.
 *
 * NAN AND INF reach the outputs that the definition's sum gives them to, and no others, whichever
 * method computes it. Complex products are (ac-bd) + (ad+bc)i, without C's special cases for Inf.
 * Under CONV_ZERO a sample outside the signal is absent, not a zero: a NaN or Inf tap reaches only
 * the outputs where it meets a sample. Whether a NaN or an Inf appears in an output is as in the
 * sum; the payload and sign of a NaN are not promised.
 *
 * BITS. For one method on one processor the bits of the result do not depend on the alignment of
 * buffers, on batch or on threads. With CONV_METHOD_AUTO the choice of the method may depend on
 * batch, threads and max_workspace, and on the instruction set of the processor.
 *
 * ROUNDING. Integers are exact in every rounding mode of the caller's: section 8, and
 * CONV_TOLERANCE_INTEGER. All other results round, and flush numbers below the normal ones to 0 or
 * not, as the calling thread is set, on whatever threads; but for directed rounding they are no
 * bounds of the exact result, and every bound of this header assumes rounding to nearest and no
 * flushing. Finite data raise no floating-point exception but inexact, underflow, and overflow
 * where numbers of the result's size overflow; errno is kept.
 *
 * ACCURACY. Direct sums: |error| <= (m+2) u sum|x||h|, where m is the number of taps and u is 2^-24
 * (f32) or 2^-53 (f64). Long sums are made of sums of 4096 taps or fewer: of one dimension at most
 * (4096 + m/1024 + 2) u sum|x||h|, where max_workspace does not cut them shorter. (Of complex taps
 * 2.83 times that; conv_plan_execute_bound tells the bound of a plan.) Transforms: about 0.5 u
 * log2(N) |x|_2 |h|_2 with N the transform's length and |x|_2 taken over a block of the signal, and
 * up to twice that where signal and kernel are constant; this is relative to the largest outputs,
 * so outputs many orders of magnitude below the largest carry no correct digits there. Separable
 * sums of two or three outer products are accurate relative to the largest tap. Running sums add up
 * the samples of a window, block by block, and never take one back: they round at most m + 2 times
 * an axis. Use CONV_TOLERANCE_COMPONENTWISE or CONV_METHOD_DIRECT where small outputs beside large
 * ones matter.
 */
#ifndef CONV_H
#define CONV_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#include <complex>
typedef std::complex<float> conv_c32;
typedef std::complex<double> conv_c64;
extern "C" {
#else
typedef float _Complex conv_c32;
typedef double _Complex conv_c64;
#endif

#if defined(_WIN32)
#define CONV_API
#elif defined(__GNUC__)
#define CONV_API __attribute__((visibility("default")))
#else
#define CONV_API
#endif

/* ---- 1 status ------------------------------------------------------------------------------- */

/* Versions are semantic. A program that was compiled with this header runs with every later library
 * of the same file name (libconv.so.0): functions and enumerators stay and keep their meaning,
 * structures with struct_size grow at their end only, all others never change. Where that has to
 * end the number in the file name changes, with MAJOR, or with MINOR while MAJOR is 0. Not promised
 * between versions: bits of results, the method that AUTO takes, wording of texts, contents of
 * packed weights. */
#define CONV_VERSION_MAJOR 0
#define CONV_VERSION_MINOR 2
#define CONV_VERSION_PATCH 0

/* The largest number of axes. */
#define CONV_MAX_RANK 8

typedef enum conv_status {
    CONV_OK = 0,
    CONV_ERR_NULL,        /* a pointer that must not be NULL is */
    CONV_ERR_STRUCT_SIZE, /* conv_desc.struct_size is not that of conv_desc_init */
    CONV_ERR_RANK,        /* rank outside 1..CONV_MAX_RANK */
    CONV_ERR_ENUM,        /* an enumerator that this version does not know */
    CONV_ERR_TYPE,        /* kernel_dtype is neither dtype nor its real type */
    CONV_ERR_EXTENT,      /* an extent, a count, a step or the batch is zero; a layer whose extents,
                             padding, channels and groups do not fit each other */
    CONV_ERR_OVERFLOW,    /* sizes whose product does not fit the address space */
    CONV_ERR_MIXED_FIT,   /* VALID: the signal is longer on one axis, the kernel on another */
    CONV_ERR_BOUNDARY,    /* CIRCULAR with an edge rule other than ZERO and WRAP */
    CONV_ERR_SPACING,     /* a grid spacing that is not finite and positive */
    CONV_ERR_STRIDE,      /* output elements that lie on top of each other, or interleave on three
                             axes and more so that this cannot be ruled out */
    CONV_ERR_ALIAS,       /* the output overlaps the signal or the workspace */
    CONV_ERR_THREADS,     /* a negative number of threads */
    CONV_ERR_METHOD,      /* the method asked for cannot do this problem */
    CONV_ERR_WORKSPACE,   /* no method fits into max_workspace */
    CONV_ERR_MEMORY,      /* out of memory */
    CONV_ERR_RULE,        /* a rule, an order or breaks that do not fit each other or the problem */
    CONV_ERR_TOLERANCE,   /* a tolerance that nothing keeps, or a value that is no tolerance */
    CONV_ERR_RANGE,       /* an integer result that its type cannot hold, a sample that is not the
                             number it has to be, or more samples than were announced */
    CONV_ERR_CALLBACK,    /* a function of the caller gave a value that is not finite, or values too
                             irregular to be integrated */
    CONV_ERR_FILE         /* a file that cannot be read, or is no profile for this processor */
} conv_status;

/* A short constant text; never NULL, also for a value that is no status. */
CONV_API const char *conv_status_string(conv_status status);

/* The sentence of the last failed call of this thread; "" where none failed. Valid until the next
 * failing call of the same thread; a success leaves it as it is. Never NULL. */
CONV_API const char *conv_last_error(void);

/* "MAJOR.MINOR.PATCH" of the library that is linked; compare with CONV_VERSION_*. */
CONV_API const char *conv_version_string(void);

/* ---- 2 types -------------------------------------------------------------------------------- */

/* Elements. Complex ones are pairs re, im: float _Complex in C, std::complex<float> in C++. */
typedef enum conv_dtype {
    CONV_F32 = 0, /* float */
    CONV_F64,     /* double */
    CONV_C32,     /* complex of two floats */
    CONV_C64      /* complex of two doubles */
} conv_dtype;

/* Which outputs. n: signal's extent, m: kernel's extent, per axis. */
typedef enum conv_mode {
    CONV_FULL = 0, /* start 0, count n+m-1: all outputs that one sample can reach */
    CONV_SAME,     /* count n: the first argument's extent; the start is the preset's, see there */
    CONV_CAUSAL,   /* start 0, count n: output i uses samples up to i and none after it */
    CONV_VALID, /* start min(n,m)-1, count max(n,m)-min(n,m)+1: no sample outside is needed. Where
                   one axis has n > m and another n < m: CONV_ERR_MIXED_FIT */
    CONV_CIRCULAR, /* the signal is folded or zero-padded to the period P (default n), then
                      repeated; start 0, count P. P < n+m-1 aliases, on purpose */
    CONV_WINDOW    /* start, count and step as the description says; may lie anywhere */
} conv_mode;

typedef enum conv_operation {
    CONV_CONVOLVE = 0,
    CONV_CORRELATE /* kernel reversed and, where complex, conjugated. Filter kernels of image
                      libraries and "convolution" layers of neural networks are correlations */
} conv_operation;

/* Extension rules: X(j) for j outside 0..n-1. Exact for every integer j, so also for kernels that
 * are longer than the signal. They change nothing in CONV_VALID. In CONV_CIRCULAR only ZERO (the
 * default) and WRAP are accepted and mean the same. Axes extend independently: a point outside on
 * any ZERO axis is absent; else outside on any CONSTANT axis it has the constant. */
typedef enum conv_boundary {
    CONV_ZERO = 0, /* ... 0 0 | a b c d | 0 0 ...     absent, see NAN AND INF */
    CONV_CONSTANT, /* ... v v | a b c d | v v ...     v is boundary_value */
    CONV_NEAREST,  /* ... a a | a b c d | d d ...     OpenCV REPLICATE, numpy.pad edge */
    CONV_WRAP,     /* ... c d | a b c d | a b ...     periodic */
    CONV_REFLECT,  /* ... b a | a b c d | d c ...     half-sample: ndimage reflect, numpy.pad
                                                      symmetric, OpenCV REFLECT */
    CONV_MIRROR    /* ... c b | a b c d | c b ...     whole-sample: ndimage mirror, numpy.pad
                                                      reflect, OpenCV REFLECT_101. n=1: sample 0 */
} conv_boundary;

/* Where CONV_SAME starts, named after the systems that start there. They agree for odd m. The
 * numbers are indices of the full result (with the reversed kernel for correlation), measured.
 * As loops, with start from the table, samples outside by the edge rule:
 *     convolve   y[i] = sum_k h[k] x[i + start - k]
 *     correlate  y[i] = sum_k h[k] x[i + start - (m-1) + k]
 * scipy.ndimage's own `origin` argument moves the other way in its correlate; here a positive
 * origin always moves the start up. */
typedef enum conv_preset {
    CONV_PRESET_SCIPY = 0,         /* convolve (m-1)/2, correlate (m-1)/2: scipy.signal */
    CONV_PRESET_NUMPY,             /* as SCIPY. numpy swaps its arguments when n < m; here the first
                                      argument's extent is kept */
    CONV_PRESET_SCIPY_CORRELATE2D, /* convolve (m-1)/2, correlate m/2 */
    CONV_PRESET_NDIMAGE, /* convolve m/2,     correlate (m-1)/2: scipy.ndimage, origin 0 */
    CONV_PRESET_MATLAB,  /* convolve m/2,     correlate m/2: conv, conv2, filter2; Octave */
    CONV_PRESET_OPENCV,  /* convolve m/2,     correlate (m-1)/2: filter2D correlates; its
                            manual's recipe for convolution gives m/2 */
    CONV_PRESET_TORCH    /* convolve m/2,     correlate m/2: torch, TensorFlow, Keras
                            layers with 'same' padding and step 1 */
} conv_preset;

/* What the numbers mean. SUM: x and h are numbers. All others: x and h are samples of functions on
 * grids with the same spacing, and the result approximates the convolution integral.
 *
 * RECTANGLE: the sum times the spacings; first order, and as good as any where both functions fade
 * away inside their grids, or are periodic.
 *
 * TRAPEZOID: second order in the spacing. At each output the integration runs over the overlap of
 * the two; its two end terms count half, and an overlap of one point integrates to 0. So a signal
 * or kernel of one sample on any axis that has the rule gives 0: an integral along one axis of an
 * image, with a kernel of 1 x m, has rule_axis[0] = CONV_AXIS_SUM. Exceptions: with an edge rule
 * other than ZERO the signal has no ends, and only the kernel's two end taps are halved. In VALID
 * the ends of the shorter operand are halved. In CIRCULAR no term is halved: the rectangle rule is
 * the trapezoidal rule of a periodic function, and one sample is then one rectangle. In more
 * dimensions the weights are products over the axes. The cost is that of a plain sum. Output i of
 * FULL is the integral at a + b + i*dx when x starts at a and h at b.
 *
 * GREGORY: order rule_order, 3 to 8, in the spacing, for functions that are smooth from end to end
 * of their grids. As the trapezoidal rule, but with q = rule_order - 1 terms at each end of the
 * overlap that carry Gregory's weights. An overlap of fewer than q + 3 points at either end of the
 * full lattice is too short for them: there the integral is that of the product of two polynomials,
 * through the q + 2 first (last) samples of x and h. Such outputs depend on samples that lie after
 * them; what a filter must not do, an integral may. One weighted convolution by any method, and end
 * corrections of a number of outputs that does not grow with the extents: the cost of a plain sum.
 * In two dimensions these are rows and columns: 64 x 64 * 32 x 32 takes up to 3 times the
 * trapezoidal rule, 256 x 256 * 64 x 64 up to 2, 1024 x 1024 * 256 x 256 up to 1.3. In three and
 * more they are planes, and dearer: order 8 of 24 x 24 x 24 * 12 x 12 x 12 takes a few ten
 * milliseconds, and a transform's corrections hold several times the memory of the outputs. Where
 * they would need more than 1.5 GB and more than 16 times the outputs and taps, and sums instead
 * would take more than a second, BLOCKS and FFT, and CONV_METHOD_AUTO where it would take one of
 * them, give CONV_ERR_RULE, with a sentence that names the extents and the limit; DIRECT takes its
 * time. In three dimensions nothing is refused up to 100 samples and 40 taps an axis, the most that
 * was tried. In four, FULL: order 6 up to 16 samples and 10 taps an axis, order 8 not from 10
 * samples and 8 taps on; SAME: order 8 up to 16 and 10. In five, SAME, 8 samples and 6 taps: order
 * 4, not 6.
 *
 * An axis whose shorter operand has fewer than q + 2 samples (where only one operand's ends carry
 * weights: fewer than q) uses the highest order that it allows. Measured for exp(-t) * 2exp(-2t) on
 * [0, 4], 256 steps, largest error over largest value: order 2 2e-5, 4 2e-9, 6 2e-13. (Gregory
 * 1670; Brunner and van der Houwen, The Numerical Solution of Volterra Equations, 1986.)
 *
 * AUTO: for every signal the order, 2 to 8, beyond which the end corrections no longer shrink by
 * half (see conv_plan_estimate, whose blindness it shares), and up to the one that the limit above
 * allows. It looks at a few outputs, none of them from polynomials. Each order has its corrections
 * in the plan; the kernel's spectrum is that of the highest order, and the others make theirs in
 * execute. With that and the look at the few outputs 64 x 64 * 32 x 32 takes up to 4 times the
 * trapezoidal rule, 256 x 256 * 64 x 64 1.4 times; such a plan is created in 2 to 4 times what its
 * highest order takes. */
typedef enum conv_rule {
    CONV_RULE_SUM = 0,
    CONV_RULE_TRAPEZOID,
    CONV_RULE_RECTANGLE,
    CONV_RULE_GREGORY,
    CONV_RULE_AUTO
} conv_rule;

/* Whether an axis has the description's rule. A plain sum along an axis has neither weights nor a
 * spacing: x and h are numbers along it. */
typedef enum conv_axis_rule { CONV_AXIS_RULE = 0, CONV_AXIS_SUM } conv_axis_rule;

typedef enum conv_method {
    CONV_METHOD_AUTO = 0,  /* the cheapest by the cost model; never REFERENCE */
    CONV_METHOD_DIRECT,    /* sum of products */
    CONV_METHOD_SEPARABLE, /* one pass per axis, for kernels that are outer products; where a line
                              of taps is constant or of few steps (on one axis, too), by running
                              sums; with a tolerance where it is smooth, over a coarse grid */
    CONV_METHOD_BLOCKS,    /* overlap-save: short transforms, block by block */
    CONV_METHOD_FFT,       /* one transform of the whole signal */
    CONV_METHOD_REFERENCE, /* the definition, literally, accumulated in a wider type; slow */
    CONV_METHOD_BLAS,      /* layers only, where the build has it: products of matrices by CBLAS */
    CONV_METHOD_ONEDNN = 7 /* layers alone: oneDNN, in a build that has it; see section 10 */
} conv_method;

/* What accuracy a plan promises. x and h are as computed with: weighted by the rule, extended by
 * the edge rule; u is 2^-24 (f32) or 2^-53 (f64); (|x|*|h|)_k is the k-th output for absolute
 * values. */
typedef enum conv_tolerance_kind {
    CONV_TOLERANCE_MAXNORM = 0,   /* every |error| <= value * largest |output|. value 0 (default):
                                     whatever the method chosen gives, see ACCURACY. Else the
                                     largest output is compared with the error bound after every
                                     execution, and where that is too large a more accurate method
                                     is run: transforms in double, transforms of samples and taps in
                                     two halves each (about 5 times the time), direct sums, last
                                     sums in a wider type, which are slow. Transforms behind the
                                     first method are prepared by the first execution that needs
                                     them, in memory that the plan has. value at least u, what
                                     rounding the outputs alone costs. Where all outputs nearly
                                     cancel none may keep it; the most accurate result stands, and
                                     conv_plan_execute_bound tells. */
    CONV_TOLERANCE_COMPONENTWISE, /* every |error_k| <= value * (|x|*|h|)_k, so for data >= 0 the
                                     relative error of each output, down to where products are
                                     below the normal numbers; value 0 (direct sums), or u..1. Data
                                     >= 0 never give an output below 0. Rank 1, edge rule ZERO, step
                                     1, real types: transforms of tilted data (Wilson and Keich,
                                     Accurate pairwise convolutions of non-negative vectors via FFT,
                                     2016) and direct sums for the outputs that they do not reach;
                                     else direct sums, of floats in double where floats do not keep
                                     value, and last in a wider type, which is slow. */
    CONV_TOLERANCE_INTEGER,       /* samples and taps are integers, and so are the outputs, exactly:
                                     by transforms where they are proved exact, else by direct sums.
                                     CONV_RULE_SUM. A tap that is no integer: CONV_ERR_RANGE.
                                     Execute answers CONV_ERR_RANGE where a sample is no integer or
                                     an output may not be a number of the type. value is not read */
    CONV_TOLERANCE_STRICT         /* |error_k| <= (m+2) u (|x|*|h|)_k: direct sums; with breaks one
                                     rounding more for each pair of stretches. value is not read */
} conv_tolerance_kind;

typedef struct conv_tolerance {
    conv_tolerance_kind kind;
    double value;
} conv_tolerance;

/* What transforms compute in. */
typedef enum conv_precision {
    CONV_PRECISION_DATA = 0, /* the precision of the data */
    CONV_PRECISION_DOUBLE /* f32 and c32 data in double: two to three times the cost, and then the
                             rounding of the outputs to float is the largest error. Other
                             methods do not read it */
} conv_precision;

/* A jump at a grid point: the function has the value `left` there for what lies before, `right` for
 * what lies after. The sample at this index is not read. Values as re, im. */
typedef struct conv_break {
    size_t index; /* 1..extent-2, ascending */
    double left[2], right[2];
} conv_break;

/* A cap on the instruction set, to compare machines and to test. The environment variable
 * LIBCONV_LEVEL=baseline|v3|v4, read once per process, caps every plan. */
typedef enum conv_isa {
    CONV_ISA_BEST = 0, /* the best that the processor has */
    CONV_ISA_BASELINE, /* the compiler's default target: SSE2, NEON */
    CONV_ISA_V3,       /* at most x86-64-v3: AVX2, FMA */
    CONV_ISA_V4        /* at most x86-64-v4: AVX-512 */
} conv_isa;

/* ---- 3 one-shot calls ----------------------------------------------------------------------- */

/* The extent of the output on one axis; 0 where there is no such output (an extent of 0, an
 * overflow, CONV_WINDOW). CIRCULAR: the period nx. */
CONV_API size_t conv_output_extent(size_t nx, size_t nh, conv_mode mode);

/* y = x * h. x: nx samples. h: nh taps. y: conv_output_extent(nx, nh, mode) samples, which must not
 * overlap x or h. Edge rule ZERO; SAME starts at (nh-1)/2; CIRCULAR has the period nx; WINDOW needs
 * a description and is CONV_ERR_ENUM here. The caller owns all arrays. Errors: NULL, EXTENT, ENUM,
 * OVERFLOW, ALIAS, MEMORY. For the same kernel many times a plan is faster. In FULL and VALID x and
 * h may change places where h is far longer, so that the bits are those of h * x. */
CONV_API conv_status conv1d_f32(const float *x, size_t nx, const float *h, size_t nh,
                                conv_mode mode, float *y);
CONV_API conv_status conv1d_f64(const double *x, size_t nx, const double *h, size_t nh,
                                conv_mode mode, double *y);
CONV_API conv_status conv1d_c32(const conv_c32 *x, size_t nx, const conv_c32 *h, size_t nh,
                                conv_mode mode, conv_c32 *y);
CONV_API conv_status conv1d_c64(const conv_c64 *x, size_t nx, const conv_c64 *h, size_t nh,
                                conv_mode mode, conv_c64 *y);

/* The same for row-major images: y has conv_output_extent(x_rows, h_rows, mode) rows and
 * conv_output_extent(x_cols, h_cols, mode) columns. Also: MIXED_FIT. */
CONV_API conv_status conv2d_f32(const float *x, size_t x_rows, size_t x_cols, const float *h,
                                size_t h_rows, size_t h_cols, conv_mode mode, float *y);
CONV_API conv_status conv2d_f64(const double *x, size_t x_rows, size_t x_cols, const double *h,
                                size_t h_rows, size_t h_cols, conv_mode mode, double *y);
CONV_API conv_status conv2d_c32(const conv_c32 *x, size_t x_rows, size_t x_cols, const conv_c32 *h,
                                size_t h_rows, size_t h_cols, conv_mode mode, conv_c32 *y);
CONV_API conv_status conv2d_c64(const conv_c64 *x, size_t x_rows, size_t x_cols, const conv_c64 *h,
                                size_t h_rows, size_t h_cols, conv_mode mode, conv_c64 *y);

/* The convolution integral of f and g by CONV_RULE_TRAPEZOID, both sampled with the spacing dx
 * (in the units of the axis; finite and positive, else CONV_ERR_SPACING). */
CONV_API conv_status conv1d_trapezoid_f32(const float *f, size_t nf, const float *g, size_t ng,
                                          float dx, conv_mode mode, float *y);
CONV_API conv_status conv1d_trapezoid_f64(const double *f, size_t nf, const double *g, size_t ng,
                                          double dx, conv_mode mode, double *y);
CONV_API conv_status conv1d_trapezoid_c32(const conv_c32 *f, size_t nf, const conv_c32 *g,
                                          size_t ng, float dx, conv_mode mode, conv_c32 *y);
CONV_API conv_status conv1d_trapezoid_c64(const conv_c64 *f, size_t nf, const conv_c64 *g,
                                          size_t ng, double dx, conv_mode mode, conv_c64 *y);

/* The same in two dimensions: dy between rows, dx between columns. */
CONV_API conv_status conv2d_trapezoid_f32(const float *f, size_t f_rows, size_t f_cols,
                                          const float *g, size_t g_rows, size_t g_cols, float dy,
                                          float dx, conv_mode mode, float *y);
CONV_API conv_status conv2d_trapezoid_f64(const double *f, size_t f_rows, size_t f_cols,
                                          const double *g, size_t g_rows, size_t g_cols, double dy,
                                          double dx, conv_mode mode, double *y);
CONV_API conv_status conv2d_trapezoid_c32(const conv_c32 *f, size_t f_rows, size_t f_cols,
                                          const conv_c32 *g, size_t g_rows, size_t g_cols, float dy,
                                          float dx, conv_mode mode, conv_c32 *y);
CONV_API conv_status conv2d_trapezoid_c64(const conv_c64 *f, size_t f_rows, size_t f_cols,
                                          const conv_c64 *g, size_t g_rows, size_t g_cols,
                                          double dy, double dx, conv_mode mode, conv_c64 *y);

/* ---- 4 description -------------------------------------------------------------------------- */

/* Fill it with conv_desc_init, then change what differs. Only the first `rank` entries of an array
 * are read. Fields are only ever appended; struct_size tells the library which it was given. */
typedef struct conv_desc {
    size_t struct_size;      /* set by conv_desc_init */
    conv_dtype dtype;        /* signal and output */
    conv_dtype kernel_dtype; /* dtype, or its real type: a real kernel on a complex signal */
    int rank;                /* 1..CONV_MAX_RANK */
    size_t signal_shape[CONV_MAX_RANK], kernel_shape[CONV_MAX_RANK]; /* samples; at least 1 */
    conv_mode mode;
    conv_operation operation;               /* CONV_CONVOLVE */
    conv_boundary boundary[CONV_MAX_RANK];  /* CONV_ZERO */
    double boundary_value[2];               /* CONV_CONSTANT's value: re, im, each rounded to the
                                               signal's type; im is read for complex signals only */
    size_t period[CONV_MAX_RANK];           /* CIRCULAR: samples; 0: the signal's extent */
    conv_preset preset;                     /* SAME: CONV_PRESET_SCIPY */
    ptrdiff_t origin[CONV_MAX_RANK];        /* SAME: added to the preset's start; samples */
    ptrdiff_t window_start[CONV_MAX_RANK];  /* WINDOW: index in the full result; may be negative */
    size_t window_count[CONV_MAX_RANK];     /* WINDOW: outputs; at least 1 */
    size_t window_step[CONV_MAX_RANK];      /* WINDOW: samples between outputs; at least 1 (the
                                               default) */
    ptrdiff_t signal_stride[CONV_MAX_RANK]; /* elements between neighbours on an axis; all 0:
                                               contiguous. Negative: the pointer given to execute
                                               addresses element 0 all the same */
    ptrdiff_t output_stride[CONV_MAX_RANK]; /* the same; 0 only where the output has one sample */
    size_t batch;                           /* convolutions per execute, with one kernel; 1 */
    ptrdiff_t signal_batch_stride; /* elements from one signal to the next; 0: one after another,
                                      the largest |stride| times its extent apart */
    ptrdiff_t output_batch_stride;
    conv_rule rule;                /* CONV_RULE_SUM */
    double spacing[CONV_MAX_RANK]; /* rules other than SUM: grid spacing; finite, positive; 1 */
    conv_method method;            /* CONV_METHOD_AUTO */
    int threads;                   /* the most to use: 1 (default), n, or 0: all cores */
    size_t max_workspace;          /* bytes of workspace at most; 0: no limit */
    conv_isa isa;                  /* CONV_ISA_BEST */
    /* Since 0.2.0: */
    int rule_order;           /* CONV_RULE_GREGORY: 3..8; other rules do not read it */
    conv_tolerance tolerance; /* MAXNORM, 0 */
    conv_precision precision; /* CONV_PRECISION_DATA */
    /* Jumps of signal and kernel for the rules TRAPEZOID and GREGORY; rank 1, any mode but
     * CIRCULAR, edge rule ZERO (else CONV_ERR_RULE). Each stretch between jumps is integrated up to
     * its ends. The arrays are copied; the signal's values hold for every signal that the plan is
     * given. A kernel that ends in a jump needs none: give it as many samples as it is long.
     * Tolerances other than the default: COMPONENTWISE and STRICT. Time grows with the pairs of a
     * signal's and a kernel's stretch, of which those of equal lengths share a plan; more than 2^22
     * pairs, or 2^16 different ones: CONV_ERR_OVERFLOW. */
    const conv_break *signal_breaks, *kernel_breaks;
    size_t signal_break_count, kernel_break_count;
    /* Since 0.3.0: */
    conv_axis_rule rule_axis[CONV_MAX_RANK]; /* rules other than SUM: CONV_AXIS_RULE; at least one
                                                axis has it, else CONV_ERR_RULE */
} conv_desc;

/* Fills the whole description: the arguments, and the default named above for everything else.
 * signal_shape and kernel_shape: rank extents each. Reports nothing: what is wrong is found by
 * conv_output_shape and conv_plan_create. NULL desc: does nothing.
 *
 * The name stands for the function that fills the structure of this header; bindings to other
 * languages call conv_desc_init_3. The library also has those of 0.1.0 and 0.2.0, which fill
 * shorter structures, for programs that were compiled then. */
#define conv_desc_init conv_desc_init_3
CONV_API void conv_desc_init(conv_desc *desc, conv_dtype dtype, int rank,
                             const size_t *signal_shape, const size_t *kernel_shape,
                             conv_mode mode);

/* The extents of the output, without the batch; shape[rank..] are set to 1. Checks the whole
 * description and answers as conv_plan_create does, but for METHOD, WORKSPACE, MEMORY and RANGE. */
CONV_API conv_status conv_output_shape(const conv_desc *desc, size_t shape[CONV_MAX_RANK]);

/* ---- 5 plan --------------------------------------------------------------------------------- */

typedef struct conv_plan conv_plan;

/* Makes a plan: checks, chooses the method, copies and transforms the kernel (see
 * CONV_TOLERANCE_MAXNORM for what is left until it is needed). desc and kernel may
 * be changed or freed afterwards. kernel: contiguous, row-major, kernel_shape elements of
 * kernel_dtype. On success *plan is owned by the caller and ended by conv_plan_destroy; on failure
 * it is NULL. Errors: all of section 1 but ALIAS. */
CONV_API conv_status conv_plan_create(conv_plan **plan, const conv_desc *desc, const void *kernel);

/* Convolves. signal: signal_shape elements (batch times), output: conv_output_shape elements
 * (batch times), each at its strides. The address ranges that signal and output span, gaps of
 * strides included, must not overlap (CONV_ERR_ALIAS), nor may the workspace overlap either.
 * workspace: conv_plan_workspace_size bytes of any alignment, for this call alone; then nothing is
 * allocated and the call cannot fail for memory. NULL: the library finds its own (CONV_ERR_MEMORY
 * where it cannot). Other errors: NULL; RANGE (CONV_TOLERANCE_INTEGER). */
CONV_API conv_status conv_plan_execute(const conv_plan *plan, const void *signal, void *output,
                                       void *workspace);

/* Bytes that execute needs in workspace; may be 0. plan NULL: 0. */
CONV_API size_t conv_plan_workspace_size(const conv_plan *plan);

/* The method chosen; with a tolerance the first of those that it may take, where tilted transforms
 * count as DIRECT; with breaks that of one pair of stretches, as AUTO chooses for each. plan NULL:
 * CONV_METHOD_AUTO. */
CONV_API conv_method conv_plan_method(const conv_plan *plan);

/* Writes what was chosen, its estimated time, and for every other method its estimate or its reason
 * for refusing, a line each. As snprintf: at most size bytes with the terminating zero; returns the
 * length of the whole text without it. text may be NULL where size is 0. The wording may change. */
CONV_API size_t conv_plan_describe(const conv_plan *plan, char *text, size_t size);

/* Frees the plan. NULL is fine. No thread may be executing it. */
CONV_API void conv_plan_destroy(conv_plan *plan);

/* AUTO chooses by figures measured on one machine. `convbench calibrate -o FILE` measures those of
 * another and writes them as a profile, which takes their place for all plans made afterwards, on
 * every thread; plans that exist stay as they are. path NULL: the built-in figures again. The
 * environment variable LIBCONV_PROFILE names a profile that is read once, before the first plan;
 * where it is refused conv_plan_describe says why (a program that runs with more rights than its
 * user's does not read it). A profile changes which method is taken, and so may change bits.
 * Errors: FILE (not there, of another version, of another processor, not complete: the sentence
 * says which), and nothing changes; MEMORY. */
CONV_API conv_status conv_profile_load(const char *path);

/* ---- 6 integrals ---------------------------------------------------------------------------- */

/* Where the samples of one axis lie: x0, x0 + dx, ..., n of them. */
typedef struct conv_grid {
    double x0, dx; /* units of the axis */
    size_t n;
} conv_grid;

/* The grid of the output: spacing of f and g; the origin is f's plus g's plus start * dx, with the
 * start that the mode has (SAME: (ng-1)/2; VALID: min-1). CIRCULAR: the period f->n * f->dx.
 * Errors: NULL; EXTENT; SPACING, where a spacing is not finite and positive, or where the two
 * differ by more than 1e-12 of their size: then conv_last_error() has both; ENUM; OVERFLOW. */
CONV_API conv_status conv_grid_output(const conv_grid *f, const conv_grid *g, conv_mode mode,
                                      conv_grid *y);

/* The convolution integral of f and g by any rule (CONV_RULE_SUM: the plain sum) on their grids.
 * rule_order: read by CONV_RULE_GREGORY. y: as many samples as conv_grid_output says. y_grid: set
 * to where they lie; may be NULL. Edge rule ZERO. Errors: those of conv1d and of conv_grid_output,
 * and RULE. */
CONV_API conv_status conv1d_integral_f32(const float *f, const conv_grid *f_grid, const float *g,
                                         const conv_grid *g_grid, conv_mode mode, conv_rule rule,
                                         int rule_order, float *y, conv_grid *y_grid);
CONV_API conv_status conv1d_integral_f64(const double *f, const conv_grid *f_grid, const double *g,
                                         const conv_grid *g_grid, conv_mode mode, conv_rule rule,
                                         int rule_order, double *y, conv_grid *y_grid);
CONV_API conv_status conv1d_integral_c32(const conv_c32 *f, const conv_grid *f_grid,
                                         const conv_c32 *g, const conv_grid *g_grid, conv_mode mode,
                                         conv_rule rule, int rule_order, conv_c32 *y,
                                         conv_grid *y_grid);
CONV_API conv_status conv1d_integral_c64(const conv_c64 *f, const conv_grid *f_grid,
                                         const conv_c64 *g, const conv_grid *g_grid, conv_mode mode,
                                         conv_rule rule, int rule_order, conv_c64 *y,
                                         conv_grid *y_grid);

/* The same in two dimensions, [0] being the grid of the rows' axis and [1] that within a row. */
CONV_API conv_status conv2d_integral_f32(const float *f, const conv_grid f_grid[2], const float *g,
                                         const conv_grid g_grid[2], conv_mode mode, conv_rule rule,
                                         int rule_order, float *y, conv_grid y_grid[2]);
CONV_API conv_status conv2d_integral_f64(const double *f, const conv_grid f_grid[2],
                                         const double *g, const conv_grid g_grid[2], conv_mode mode,
                                         conv_rule rule, int rule_order, double *y,
                                         conv_grid y_grid[2]);
CONV_API conv_status conv2d_integral_c32(const conv_c32 *f, const conv_grid f_grid[2],
                                         const conv_c32 *g, const conv_grid g_grid[2],
                                         conv_mode mode, conv_rule rule, int rule_order,
                                         conv_c32 *y, conv_grid y_grid[2]);
CONV_API conv_status conv2d_integral_c64(const conv_c64 *f, const conv_grid f_grid[2],
                                         const conv_c64 *g, const conv_grid g_grid[2],
                                         conv_mode mode, conv_rule rule, int rule_order,
                                         conv_c64 *y, conv_grid y_grid[2]);

typedef enum conv_estimate {
    CONV_ESTIMATE_ENDS = 0,  /* the plan's order against the next: what one more weight at each end
                                changes. Rank 1: a few products per output, no transform; else two
                                more convolutions, planned for this call, the second by the next
                                order, whose corrections reach more outputs: of 8^4 samples and
                                taps 99 % of the outputs, and 100 times a plain sum's time (16^4:
                                83 %, 9 times; rank 3: 6 to 12; rank 2: 2 to 6). On smooth data
                                within some ten per cent of the error. BLIND to everything away from
                                the ends of the overlap: a feature narrower than the spacing, a jump
                                inside, functions that are flat at their ends. Too small by a factor
                                of 7 to 20 where a function starts like t^(1/2) or t^(3/2). CIRCULAR
                                has no ends: 0. */
    CONV_ESTIMATE_RICHARDSON /* rank 1: the trapezoidal rule against itself with twice the spacing,
                                a third of the difference: sees the inside, too. It is the error of
                                the trapezoidal rule, whatever the plan's rule; where it is large
                                the samples are too few for any rule. 0 where the overlap has fewer
                                than three points, which say nothing. One more convolution. */
} conv_estimate;

/* The estimated absolute error of every output of the rule (not of rounding). error: as many
 * numbers as the output has elements, batch times, contiguous. signal: as for conv_plan_execute.
 * Allocates. Errors: NULL; RULE (a plan for CONV_RULE_SUM; RICHARDSON with a rank above 1; a plan
 * with breaks); ENUM; MEMORY. */
CONV_API conv_status conv_plan_estimate(const conv_plan *plan, conv_estimate kind,
                                        const void *signal, double *error);

/* The order of the rule that execute uses for this signal: 1 RECTANGLE, 2 TRAPEZOID, 3..8, less
 * where an axis has too few samples (1 for one, whose integrals are 0), 1 in CIRCULAR, with breaks
 * that of the pair of stretches with the most outputs, and for CONV_RULE_AUTO what it chooses (for
 * one signal of a batch; each has its own). Only CONV_RULE_AUTO reads the signal; else it may be
 * NULL. 0: a plan for CONV_RULE_SUM, a NULL, or no memory for the choice. */
CONV_API int conv_plan_rule_order(const conv_plan *plan, const void *signal);

/* ---- 7 accuracy ----------------------------------------------------------------------------- */

/* conv_plan_execute, and the error bound that the result keeps: bound[b] for signal b of the batch,
 * in the measure of the plan's tolerance: relative to the largest output (MAXNORM), relative to
 * (|x|*|h|)_k for the worst k (COMPONENTWISE, STRICT), and absolute before rounding (INTEGER: below
 * 1/2; 0 for direct sums). bound NULL: as conv_plan_execute. Direct sums: a bound that is proved.
 * Transforms: u (log2(N) + 2) |x|_2 |h|_2, sqrt(2) times that for complex data, of which no
 * measurement was above 0.8; for INTEGER the proved constant, 12 u log2(N) + 3 u (Percival 2003:
 * 11.8). Does not count the rule's own error. Infinite where nothing is known: an output is not
 * finite, or the bound is above the largest output. The bound costs reading signal and output once
 * or twice more. Errors: those of conv_plan_execute. */
CONV_API conv_status conv_plan_execute_bound(const conv_plan *plan, const void *signal,
                                             void *output, void *workspace, double *bound);

/* ---- 8 integers ----------------------------------------------------------------------------- */

/* y = x * h, exactly, in every rounding mode: every output is the integer that the sum is, or
 * nothing is written and the answer is CONV_ERR_RANGE: one of them does not fit int64_t. Arguments,
 * modes and other errors as conv1d_f64. By direct sums, by a transform whose error is proved to be
 * below 1/2, or by transforms of the parts that the numbers are split into. */
CONV_API conv_status conv1d_i32(const int32_t *x, size_t nx, const int32_t *h, size_t nh,
                                conv_mode mode, int64_t *y);
CONV_API conv_status conv1d_i64(const int64_t *x, size_t nx, const int64_t *h, size_t nh,
                                conv_mode mode, int64_t *y);
CONV_API conv_status conv2d_i32(const int32_t *x, size_t x_rows, size_t x_cols, const int32_t *h,
                                size_t h_rows, size_t h_cols, conv_mode mode, int64_t *y);

/* ---- 9 Volterra ----------------------------------------------------------------------------- */

/* A function of the caller: its value at t, in the units of the axis. Called while a kernel is
 * prepared, by the thread that prepares it. */
typedef double conv_function(double t, void *context);

typedef enum conv_product_kind {
    CONV_PRODUCT_POWER = 0, /* g(t) = scale * t^(alpha-1), alpha > 0: Abel's kernel, fractional
                               integrals (scale = 1/Gamma(alpha)) */
    CONV_PRODUCT_ANTIDERIVATIVES, /* G1(t) = int_0^t g, G2(t) = int_0^t G1; not called at 0, where
                                     both are 0 */
    CONV_PRODUCT_FUNCTION         /* g itself, integrated by Gauss-Legendre between grid points and
                                     `points`, refined where it has to be, and by a
                                     double-exponential rule from 0 to the first of them;
                                     integrable, but need not be finite at 0, where it is not
                                     evaluated. Away from 0 and from points, what is narrower than a
                                     tenth of dx may fall between evaluations and be missed; around
                                     a point it is seen down to 1e-12 dx, or the rounding of t; a
                                     jump that is no point may stay off by 1/200 of the distance to
                                     the next one. At most 20 000 evaluations between neighbours
                                     among grid points and points, mostly 24, 1000 around a point; a
                                     function that takes more to be known to 1e-6, as noise does, is
                                     refused */
} conv_product_kind;

/* A kernel that is known as a function: weakly singular, narrower than the spacing, or with jumps
 * off the grid. Fields that the kind does not name are not read. */
typedef struct conv_product_kernel {
    conv_product_kind kind;
    double alpha, scale;
    conv_function *first, *second; /* G1, G2 */
    conv_function *function;       /* g */
    void *context;                 /* passed to the functions */
    const double *points; /* FUNCTION: where g or a derivative jumps, or has a narrow peak; strictly
                             ascending, > 0 */
    size_t point_count;
} conv_product_kernel;

typedef struct conv_product conv_product;

/* Prepares y_k = int_0^{k dx} f(s) g(k dx - s) ds, k = 0..n-1, for an f that is linear between its
 * samples f_0..f_{n-1}, and exact in g: second order in dx whatever g (product integration; Young
 * 1954, Linz 1985). dtype: of f and y; the kernel is real. Weights of POWER are free of
 * cancellation; those of ANTIDERIVATIVES are differences of G2, which lose digits as k grows. Where
 * transforms pay, outputs are accurate relative to the largest one, see ACCURACY.
 * Errors: NULL; ENUM; EXTENT; SPACING (dx, or n * dx is not finite); OVERFLOW; RANGE (alpha, scale,
 * points, or a weight that does not fit the type); CALLBACK (a value that is not finite, or the
 * function is too irregular: the sentence names the samples); MEMORY. */
CONV_API conv_status conv_product_create(conv_product **product, conv_dtype dtype, size_t n,
                                         double dx, const conv_product_kernel *kernel);

/* f, y: n samples each, which must not overlap. Any number of threads at once. Errors: NULL; ALIAS;
 * MEMORY. */
CONV_API conv_status conv_product_execute(const conv_product *product, const void *f, void *y);
CONV_API void conv_product_destroy(conv_product *product); /* NULL is fine */

/* A convolution that is fed one sample at a time, because the next sample depends on the results so
 * far: Volterra equations, renewal equations, streams. y_k is output k of CONV_FULL for the kernel
 * and the samples f_0..f_k given up to then. A push costs O(log^2 m) on average; some cost more
 * than others. (Hairer, Lubich and Schlichte 1985.) */
typedef struct conv_online conv_online;

/* kernel: m taps of dtype, copied. rule: CONV_RULE_TRAPEZOID (y_0 = 0), CONV_RULE_RECTANGLE or
 * CONV_RULE_SUM; dx is read by the first two. The kernel ends after m samples, and any number of
 * samples can be pushed. Memory: O(m). An object is used by one thread at a time. Errors: NULL;
 * ENUM; EXTENT; RULE (GREGORY, AUTO); SPACING; OVERFLOW; MEMORY. */
CONV_API conv_status conv_online_create(conv_online **online, conv_dtype dtype, const void *kernel,
                                        size_t m, conv_rule rule, double dx);

/* Fill it with conv_online_desc_init, then change what differs. Fields are only ever appended. */
typedef struct conv_online_desc {
    size_t struct_size; /* set by conv_online_desc_init */
    conv_dtype dtype;
    size_t taps;    /* m */
    conv_rule rule; /* CONV_RULE_SUM; as conv_online_create has it */
    double spacing; /* dx, 1 */
    /* MAXNORM with value 0 (default): levels of transforms, whose error is
     *     |error_k| <= u ((100 + levels) (|x|*|h|)_k + c |x|_2 |h|_2),
     * with c the sum of sqrt(2) (log2(2 B) + 2), a transform of two blocks, over levels of B = 64,
     * 1024, 16384 ... samples, one more where m - 1 exceeds 16 B: 13 for m = 1000, 55 for 2^17;
     * sqrt(2) times that for complex data. |x|_2: of the latest samples, up to six times m.
     * Outputs far below the largest have no correct digits.
     * COMPONENTWISE: |error_k| <= value (|x|*|h|)_k, down to where products are below the normal
     * numbers; 64 u <= value <= 1, or 0: (m + 64) u, of complex data 2 sqrt(2) times that. f >= 0
     * and taps >= 0 never give an output below 0. Sums, O(m) a push: f64 on a Zen 4 24 ns for
     * m = 401, 165 for 4096, 2300 for 2^17, the mean over 2^17 pushes. value above 0, real types
     * and more than 4096 taps: transforms of tilted data, sums for what no tilt reaches: there 390
     * ns for 2^17. A value below (m + 64) u may take sums in a wider type, many times as slow.
     * STRICT: as COMPONENTWISE with value 0. */
    conv_tolerance tolerance;
} conv_online_desc;

/* desc NULL: does nothing. */
CONV_API void conv_online_desc_init(conv_online_desc *desc, conv_dtype dtype, size_t taps);

/* conv_online_create with all that the description says. Errors, besides: STRUCT_SIZE; TOLERANCE
 * (INTEGER, MAXNORM with a value, or a value outside the range above). */
CONV_API conv_status conv_online_create_desc(conv_online **online, const conv_online_desc *desc,
                                             const void *kernel);

/* *bound: at least |error| of the output of the latest push, of the modulus where it is complex; by
 * the bounds above, those of transforms with a measured constant as conv_plan_execute_bound has it.
 * 0 before the first push, infinite where a sample or a tap in reach is not finite. Costs some
 * operations for each of the m samples and taps, and allocates nothing. Errors: NULL. */
CONV_API conv_status conv_online_bound(const conv_online *online, double *bound);

/* What the samples so far contribute to the next output: y_k = history + weight * f_k. history: one
 * element. weight: one element, which depends on the kernel's first tap alone (TRAPEZOID: dx h_0 /
 * 2 and 0 for k = 0). Either may be NULL. For equations in which f_k depends on y_k. */
CONV_API conv_status conv_online_history(conv_online *online, void *history, void *weight);

/* Takes f_k, one element; y: y_k, one element, which may lie where f does, or NULL. Allocates
 * nothing and fails for NULL alone. */
CONV_API conv_status conv_online_push(conv_online *online, const void *f, void *y);

CONV_API size_t conv_online_count(const conv_online *online); /* samples pushed so far */
CONV_API conv_status conv_online_reset(conv_online *online);  /* as after creation */
CONV_API void conv_online_destroy(conv_online *online);       /* NULL is fine */

/* ---- 10 layers ------------------------------------------------------------------------------ */

/* "Convolution" is here what neural networks call so: a correlation, with channels. It is the sum
 *
 *     y[b, o, i] = bias[o] + sum_{c, k} w[o, c, k] x[b, c, i*stride + k*dilation - before]    (1)
 *
 * over the channels c of o's group and the taps k of the kernel, per axis; a sample outside x is
 * absent (0 for finite weights). A transposed layer is the same relation with the places of x and y
 * exchanged: x[i] is spread over y, each sample times the kernel,
 *
 *     y[b, o, i*stride + k*dilation - before] += w[o, c, k] x[b, c, i]                        (2)
 *
 * which is the gradient for the input of a layer (1), and whose own gradient is a layer (1). It is
 * not the inverse. operation CONV_CONVOLVE turns the kernel round: tap k of the array stands where
 * tap kernel-1-k does in (1) and (2).
 *
 * SHAPES. Per axis: n samples of x, reach r = (kernel-1)*dilation + 1, stride s, p = pad[d][0] +
 * pad[d][1]. What is added before the first sample and after the last:
 *
 *     a layer (1)    before, after                    extent of y
 *     EXPLICIT       pad[d][0], pad[d][1]             (n + p - r)/s + 1
 *     VALID          0, 0                             (n - r)/s + 1
 *     SAME           t/2, t - t/2                     (n + s - 1)/s = m
 *                    with t = max((m-1)*s + r - n, 0)
 *     CAUSAL         r-1, 0                           (n - 1)/s + 1
 *
 * A transposed layer cuts the same numbers off:
 *
 *     EXPLICIT       pad[d][0], pad[d][1]             (n-1)*s + r - p + output_pad
 *     VALID          0, 0                             (n-1)*s + max(r, s)
 *     SAME           t/2, t - t/2                     n*s, t = max(r - s, 0)
 *     CAUSAL         is refused. EXPLICIT {0, r - s} looks back only; the adjoint of a causal layer
 *                    looks ahead, and is its conv_layer_grad_input
 *
 * Divisions round down. VALID, SAME and CAUSAL are TensorFlow's and Keras's. torch's padding=q is
 * EXPLICIT {q, q}, its padding='same' (stride 1) EXPLICIT {(r-1)/2, r-1-(r-1)/2}. output_pad is
 * torch's output_padding: outputs at the end that one sample more would reach too; the same as a
 * pad[d][1] that is smaller by it. Keras's output_padding=q with 'same' is EXPLICIT with
 * t = 2*(r/2) - q, {t/2, t - t/2}; with 'valid' EXPLICIT with output_pad = q. A negative pad cuts
 * samples off (of a transposed layer: adds outputs).
 *
 * ONNX's pads (b0, b1, e0, e1) are pad[d] = {b_d, e_d}; its auto_pad SAME_UPPER is SAME, SAME_LOWER
 * EXPLICIT {t - t/2, t/2}.
 *
 * FROM OTHER SYSTEMS, what differs from conv_layer_desc_init's description:
 *
 *     torch Conv2d(in, out, k, stride, padding=p), x (N, C, H, W)     stride, pad[d] = {p, p}
 *     torch ConvTranspose2d(.., output_padding=q)    the same; transposed = 1, output_pad[d] = q,
 *                                                    w_layout = CONV_WEIGHTS_TORCH_TRANSPOSED
 *     Keras Conv2D(out, k, strides, padding='same'), x (N, H, W, C)   stride, padding,
 *                                                    x_layout = y_layout = CONV_CHANNELS_LAST,
 *                                                    w_layout = CONV_WEIGHTS_KERAS
 *     Keras Conv2DTranspose(out, k, ..)              the same; transposed = 1,
 *                                                    w_layout = CONV_WEIGHTS_KERAS_TRANSPOSED
 *     Keras DepthwiseConv2D(k, depth_multiplier=m)   as Conv2D; groups = in, out = in * m, and
 *                                                    channel c * m + i of y is i-th of c
 *
 * Stride and dilation go together freely. A torch tensor in the memory format channels_last is
 * CONV_CHANNELS_LAST, but its weights in that format have no layout here: contiguous() gives them
 * torch's. A batch of 0 is refused: there is nothing to do.
 *
 * A table of 6826 sequences of 9000 samples is batch 6826, rank 1, shape 9000, channels_in 1: what
 * Keras writes as (samples, 9000, 1). A 4-D field is rank 4.
 *
 * ARRAYS are contiguous. x: batch x channels_in x shape (CHANNELS_FIRST) or batch x shape x
 * channels_in (CHANNELS_LAST); y the same with channels_out and its shape. bias: channels_out.
 * Group g of G is the g-th part of the channels in and of the channels out. groups = channels_in
 * is a depthwise layer; its channels_out may be a multiple of channels_in, and Keras's depthwise
 * weights (spatial, in, multiplier) are CONV_WEIGHTS_KERAS.
 *
 * STATE. A causal layer on a stream: keep the last r-1 samples of each block, put them before the
 * next one in a buffer of r-1+n samples, and use VALID on that buffer. CAUSAL on the whole stream
 * gives the same numbers, bit for bit with one method.
 *
 * BLAS is there in builds with the option blas, for groups with more than one channel in or out.
 * The library's part runs on the caller's thread. How many threads BLAS takes is BLAS's own
 * business (OPENBLAS_NUM_THREADS and the like), whatever desc.threads says, and so is what it
 * allocates. The products that it is given do not depend on threads or batch. An isa below the
 * processor's is refused, as BLAS chooses for itself.
 *
 * ACCURACY. REFERENCE, DIRECT and BLAS: |error| <= (terms + 3) u sum|terms|, a term being a
 * product, the bias, or beta times what is there; REFERENCE rounds once. DIRECT adds up a gradient
 * for weights in blocks of at most 4096 products, and the blocks without an error that counts:
 * there min(terms, 4096) takes the place of terms, whatever the batch and the image. dbias, with
 * any method, is added up in double (f32) or long double (f64) and rounded once: 1e7 ones are 1e7,
 * |error| <= u |dbias| + terms v sum|dy|, v the unit roundoff of that type. FFT: as section 1's
 * transforms, relative to the largest outputs. NaN and Inf reach the outputs that the sum gives
 * them to, and no others. BITS depend on the method and on the processor's instruction set, not on
 * threads or batch.
 *
 * ONEDNN, where the library was built with Meson's option onednn (else METHOD): the compiled loops
 * of oneDNN 2 for f32, groups 1, CHANNELS_LAST on both sides, ranks 1 to 3, no negative pad and no
 * samples cut off at the end, on processors with AVX2 that desc.isa allows. Accuracy as DIRECT. Its
 * sums run in one thread per image: threads beyond the batch are not used, and the gradient for the
 * weights takes one. The calling thread's number of OpenMP threads is set to 1 meanwhile, and set
 * back. Arrays that are not finite are computed by DIRECT. With a caller's workspace libconv
 * allocates nothing, but oneDNN does: its descriptors of the arrays, a few hundred bytes each;
 * where it finds no memory for them, DIRECT computes the image, so that the call cannot fail then
 * either. oneDNN keeps compiled loops in a cache of its own when the layer is destroyed. */

typedef enum conv_layer_padding {
    CONV_PADDING_EXPLICIT = 0, /* pad[d] = {before, after} */
    CONV_PADDING_VALID,
    CONV_PADDING_SAME,
    CONV_PADDING_CAUSAL
} conv_layer_padding;

typedef enum conv_layer_layout { CONV_CHANNELS_FIRST = 0, CONV_CHANNELS_LAST } conv_layer_layout;

/* The weights' axes, first to last; in and out are the layer's, also where it is transposed. Any
 * layout goes with any layer; torch and Keras use the last two for transposed ones. */
typedef enum conv_weight_layout {
    CONV_WEIGHTS_TORCH = 0,        /* out, in/groups, spatial */
    CONV_WEIGHTS_KERAS,            /* spatial, in/groups, out */
    CONV_WEIGHTS_TORCH_TRANSPOSED, /* in, out/groups, spatial */
    CONV_WEIGHTS_KERAS_TRANSPOSED  /* spatial, out/groups, in */
} conv_weight_layout;

/* What a plan is asked for. */
typedef enum conv_layer_task {
    CONV_LAYER_FORWARD = 0,
    CONV_LAYER_GRAD_INPUT,
    CONV_LAYER_GRAD_WEIGHTS
} conv_layer_task;

/* Which tasks are given weights of conv_layer_pack: a sum of these. */
enum { CONV_PACKED_FORWARD = 1, CONV_PACKED_GRAD_INPUT = 2 };

#define CONV_LAYER_MAX_RANK 4

/* Fill it with conv_layer_desc_init, then change what differs. Only the first `rank` entries of an
 * array are read. */
typedef struct conv_layer_desc {
    size_t struct_size; /* set by conv_layer_desc_init */
    conv_dtype dtype;   /* CONV_F32 or CONV_F64: of all arrays */
    int rank;           /* 1..CONV_LAYER_MAX_RANK */
    size_t batch;       /* 1 */
    size_t channels_in, channels_out;
    size_t groups;                          /* 1; divides both */
    size_t shape[CONV_LAYER_MAX_RANK];      /* of x, samples */
    size_t kernel[CONV_LAYER_MAX_RANK];     /* taps */
    size_t stride[CONV_LAYER_MAX_RANK];     /* 1 */
    size_t dilation[CONV_LAYER_MAX_RANK];   /* 1 */
    conv_layer_padding padding;             /* CONV_PADDING_EXPLICIT */
    ptrdiff_t pad[CONV_LAYER_MAX_RANK][2];  /* EXPLICIT: samples before, after; else all 0 */
    size_t output_pad[CONV_LAYER_MAX_RANK]; /* EXPLICIT of a transposed layer: less than stride or
                                               dilation; else 0 */
    conv_layer_layout x_layout, y_layout;   /* CONV_CHANNELS_FIRST */
    conv_weight_layout w_layout;            /* CONV_WEIGHTS_TORCH */
    conv_operation operation;               /* CONV_CORRELATE; CONV_CONVOLVE is Theano's */
    int transposed;                         /* 0: (1); 1: (2) */
    conv_method method;                     /* CONV_METHOD_AUTO; DIRECT, FFT,
                                               REFERENCE, BLAS, ONEDNN. A task that it cannot do
                                               is done by DIRECT, which conv_layer_describe says */
    int threads;                            /* the most to use: 1 (default), n, or 0: all cores */
    size_t max_workspace;                   /* bytes of workspace at most; 0: no limit */
    int packed;                             /* CONV_PACKED_*: w of these tasks is packed; 0 */
    conv_isa isa;                           /* CONV_ISA_BEST */
} conv_layer_desc;

/* Fills the whole description: the arguments, and the default named above for everything else.
 * shape and kernel: rank extents each. Reports nothing; NULL desc: does nothing. */
CONV_API void conv_layer_desc_init(conv_layer_desc *desc, conv_dtype dtype, int rank,
                                   const size_t *shape, const size_t *kernel, size_t channels_in,
                                   size_t channels_out);

/* The extents of y on the layer's axes, without batch and channels; shape[rank..] are set to 1.
 * Checks the whole description and answers as conv_layer_create does, but for METHOD, WORKSPACE and
 * MEMORY. */
CONV_API conv_status conv_layer_output_shape(const conv_layer_desc *desc,
                                             size_t shape[CONV_LAYER_MAX_RANK]);

/* Where the weight of tap k (rank indices into the kernel's array) from input channel `in` to
 * output channel `out` is, in elements from the beginning of w. Channels count over all groups.
 * SIZE_MAX and a sentence where the description is wrong, an index is not below its extent, or in
 * and out are of different groups. */
CONV_API size_t conv_layer_weight_index(const conv_layer_desc *desc, size_t out, size_t in,
                                        const size_t *k);

/* How many elements w has; 0 and a sentence where the description is wrong. */
CONV_API size_t conv_layer_weight_count(const conv_layer_desc *desc);

typedef enum conv_dense_layout {
    CONV_DENSE_INPUTS_OUTPUTS = 0, /* dense[input][output]: Keras */
    CONV_DENSE_OUTPUTS_INPUTS      /* dense[output][input]: torch */
} conv_dense_layout;

/* A dense layer on a flattened image is a convolution whose kernel is as large as the image: the
 * weights of that convolution. The dense layer has channels_in x kernel inputs, flattened in the
 * order `flattened`, and channels_out outputs:
 *
 *     w[conv_layer_weight_index(desc, out, in, k)] = dense[input][out],
 *     CHANNELS_FIRST: input = in * taps + j,    CHANNELS_LAST: input = j * channels_in + in,
 *     taps = the product of kernel, j = the row-major index of k in kernel; for CONV_CONVOLVE of
 *     kernel-1-k.
 *
 * On an image of just the kernel's extent (VALID) the convolution gives the dense layer's outputs;
 * on a larger one it gives them at every place. bias stays as it is. desc: groups 1, not
 * transposed. dense and w: as many elements as conv_layer_weight_count says; they must not overlap.
 * Errors: NULL; ENUM; ALIAS; METHOD (groups, transposed); those of the description. */
CONV_API conv_status conv_layer_from_dense(const conv_layer_desc *desc, const void *dense,
                                           conv_dense_layout layout, conv_layer_layout flattened,
                                           void *w);

typedef struct conv_layer conv_layer;

/* Makes a plan of all three tasks. It holds no weights and never changes. On failure *layer is
 * NULL. Errors: NULL; STRUCT_SIZE; RANK; TYPE; ENUM; EXTENT, where something is zero or does not
 * fit, with a sentence that does the arithmetic; OVERFLOW; THREADS; RANGE (packed); METHOD, which
 * this build does not have or which can do none of the tasks; WORKSPACE; MEMORY. */
CONV_API conv_status conv_layer_create(conv_layer **layer, const conv_layer_desc *desc);

/* Weights that serve many calls can be put in the order of the method once. packed:
 * conv_layer_packed_size bytes, aligned as an element, the caller's; it holds what the tasks in
 * desc.packed need, and those take it in the place of w. Its contents mean nothing to another
 * description, version or processor. Without this every call packs w for itself, in its workspace.
 * Errors: NULL; ALIAS; RANGE, where desc.packed is 0. */
CONV_API size_t conv_layer_packed_size(const conv_layer *layer);
CONV_API conv_status conv_layer_pack(const conv_layer *layer, const void *w, void *packed);

/* The three tasks, by any number of threads at once, each with its own outputs and workspace.
 * beta 0: the output is written, and what was there is not read; else output = result + beta times
 * what was there. No output may overlap an argument, the workspace none of them (ALIAS). workspace:
 * conv_layer_workspace_size bytes of any alignment; then nothing is allocated and the call cannot
 * fail for memory. NULL: the library finds its own. Errors: NULL; ALIAS; RANGE (beta is not
 * finite); MEMORY.
 *
 * forward: (1) or (2). bias: channels_out elements, or NULL for none. */
CONV_API conv_status conv_layer_forward(const conv_layer *layer, const void *x, const void *w,
                                        const void *bias, double beta, void *y, void *workspace);

/* dx = the gradient for x where dy is that for y: (2) for a layer (1), with the same weights; (1)
 * for a transposed one. */
CONV_API conv_status conv_layer_grad_input(const conv_layer *layer, const void *dy, const void *w,
                                           double beta, void *dx, void *workspace);

/* dw, in w's layout: dw[o, c, k] = sum_{b, i} dy[b, o, i] x[b, c, i*stride + k*dilation - before];
 * for a transposed layer with x and dy exchanged. dbias[o] = sum_{b, i} dy[b, o, i]. One of the two
 * may be NULL; x may be NULL where dw is. */
CONV_API conv_status conv_layer_grad_weights(const conv_layer *layer, const void *x, const void *dy,
                                             double beta, void *dw, void *dbias, void *workspace);

/* Bytes that any of the tasks needs in workspace; may be 0. NULL: 0. */
CONV_API size_t conv_layer_workspace_size(const conv_layer *layer);

/* The method chosen for a task. NULL, or no such task: CONV_METHOD_AUTO. */
CONV_API conv_method conv_layer_method(const conv_layer *layer, conv_layer_task task);

/* As conv_plan_describe: for each task what was chosen, and for the other methods their estimated
 * time or their reason for refusing. */
CONV_API size_t conv_layer_describe(const conv_layer *layer, char *text, size_t size);

CONV_API void conv_layer_destroy(conv_layer *layer); /* NULL is fine */

/* ---- 11 kernels that vary ------------------------------------------------------------------- */

/* A kernel whose width is given for every sample: what an instrument does to a spectrum when its
 * resolution changes along the axis. Along one axis with n samples f_j, spacing dx and widths
 * sigma_j >= 0 in units of the axis, s_j = sigma_j / dx in samples, K_s(d) the kernel of width s at
 * a distance of d samples, whose sum over d is 1:
 *
 *     GATHER    y_k = sum_j K_{s_k}(k - j) f_j    the width at the output: keeps constants
 *     SCATTER   y_k = sum_j K_{s_j}(k - j) f_j    the width at the source: keeps the total
 *
 * GATHER averages what lies around each output; SCATTER spreads each sample, which is what a
 * detector does to what falls on it. They are transposes of each other, for every edge, and differ
 * where widths change: by 1e-4 of the peak for widths that double over 4000 samples, by some per
 * cent where they change within a few of them. The caller says which; there is no default.
 *
 * K is the integral meaning: sum_j K f_j is the integral of a density that is K / dx, times dx. So
 * the result is in the units of f, and its total, sum y dx, is that of f. Width 0 is the sample
 * itself.
 *
 * THE CUT. A kernel ends where it falls below `tolerance` of its peak, |d| <= R(s), and is divided
 * by its sum over -R..R, so that its sum is 1 as computed with. Gauss: R = floor(c s), with c = 3/4
 * + (2 ln(1/tolerance))^(1/2), 6 for 1e-6, which is that much further. A NaN or Inf reaches the
 * outputs whose kernel reaches it within the cut, and no others. conv_varying_bound tells what the
 * cut costs. */
typedef enum conv_varying_form {
    CONV_GATHER = 1, /* width at the output */
    CONV_SCATTER = 2 /* width at the source */
} conv_varying_form;

typedef enum conv_varying_shape {
    CONV_VARYING_GAUSS = 0, /* width: one standard deviation */
    CONV_VARYING_LORENTZ,   /* width: half the width at half the maximum. Its tails are long: R = s
                               tolerance^(-1/2), and the cut drops 0.64 tolerance^(1/2) of it */
    CONV_VARYING_BOX        /* width: half of the full width */
} conv_varying_shape;

/* How the continuous kernel g of width s becomes numbers:
 *
 * SAMPLED      g(d), divided by the sum. Gauss: the best there is for smooth data from s = 1 on
 *              (Gaussian lines of width 1.5, s = 1: error 2e-6; s = 2: 4e-13), poor below (s = 0.5:
 *              8e-3).
 * CELL         the integral of g over the cell d-1/2..d+1/2 (error functions): positive at any
 *              width, for counts in bins; it adds 1/12 to the square of the width, which is an
 *              error of a per cent on smooth data.
 * BANDLIMITED  GAUSS only: the kernel whose transfer function is exp(-w^2 s^2 / 2) up to |w| = pi,
 *              exact for data without frequencies near pi at any width; it rings around isolated
 *              samples (-2 per cent of them at most), and its tail, s^2 exp(-pi^2 s^2 / 2) / d^2,
 *              is long for s < 1.5.
 * AUTO         GAUSS: SAMPLED from s = 1 on, BANDLIMITED below. LORENTZ: SAMPLED. BOX: CELL. */
typedef enum conv_varying_kind {
    CONV_VARYING_AUTO = 0,
    CONV_VARYING_SAMPLED,
    CONV_VARYING_CELL,
    CONV_VARYING_BANDLIMITED
} conv_varying_kind;

/* What becomes of the kernel outside the samples 0..n-1. SCATTER has the transpose of GATHER.
 *
 * LOSE         GATHER takes zeros there; SCATTER loses what falls there.
 * RENORMALISE  each kernel is divided by what it has inside: sum_{0<=j<n} K_s(k - j). GATHER then
 *              keeps constants, not the total; SCATTER keeps the total, not constants.
 * REFLECT      ... b a | a b c d | d c ...: GATHER takes the signal from there; SCATTER puts back
 *              what falls outside. Widths above 4 n samples (LORENTZ: 12 n) count as that: such a
 *              kernel is flat.
 * CLAMP        ... a a | a b c d | d d ...: GATHER takes the end sample; SCATTER adds what falls
 *              outside to it.
 *
 * With REFLECT and CLAMP, GATHER keeps constants and SCATTER the total. */
typedef enum conv_varying_edge {
    CONV_VARYING_LOSE = 0,
    CONV_VARYING_RENORMALISE,
    CONV_VARYING_REFLECT,
    CONV_VARYING_CLAMP
} conv_varying_edge;

typedef enum conv_varying_engine {
    CONV_VARYING_ENGINE_AUTO = 0, /* the cheapest by a cost model; PLAIN where it can */
    CONV_VARYING_ENGINE_PLAIN,    /* one width for all: the convolution of section 5 */
    CONV_VARYING_ENGINE_DIRECT, /* GAUSS, SAMPLED: sums whose weights are made by a recurrence, two
                                   products a tap */
    CONV_VARYING_ENGINE_MATRIX, /* any: sums whose weights the plan holds, up to 4 GiB of them */
    CONV_VARYING_ENGINE_BANK    /* GAUSS, LORENTZ: transforms. With t the logarithm of the width,
                                   K_s(d) = sum_p T_p(t) c_p(d) over few Chebyshev polynomials,
                                   for ranges of widths that each tile of the signal needs: GATHER
                                   takes a forward transform and one inverse a term, SCATTER the
                                   reverse. As many terms as leave out half of the tolerance, by
                                   their sums of magnitudes. Outputs are accurate relative to the
                                   largest sample around */
} conv_varying_engine;

/* Fill it with conv_varying_desc_init, then change what differs. Only the first `rank` entries of
 * an array are read. */
typedef struct conv_varying_desc {
    size_t struct_size;          /* set by conv_varying_desc_init */
    conv_dtype dtype;            /* signal and output */
    int rank;                    /* 1..CONV_MAX_RANK */
    size_t shape[CONV_MAX_RANK]; /* samples; at least 1 */
    int axis;                    /* along which the kernel lies; 0 */
    double spacing;              /* between samples of that axis; finite, positive; 1 */
    conv_varying_form form;      /* must be said */
    conv_varying_shape profile;  /* CONV_VARYING_GAUSS */
    conv_varying_kind kind;      /* CONV_VARYING_AUTO */
    conv_varying_edge edge;      /* CONV_VARYING_LOSE */
    double tolerance;            /* of the peak; 0: 1e-6; else u..0.01, u = 2^-24 (f32), 2^-53 */
    int width_map; /* 0: one row of shape[axis] widths for all lines along the axis; 1:
                      a width for every sample, contiguous, row-major */
    ptrdiff_t signal_stride[CONV_MAX_RANK]; /* elements, as in conv_desc; all 0: contiguous */
    ptrdiff_t output_stride[CONV_MAX_RANK];
    size_t batch;                  /* signals per execute, with the same widths; 1 */
    ptrdiff_t signal_batch_stride; /* elements; 0: one after another */
    ptrdiff_t output_batch_stride;
    int threads;                /* the most to use: 1 (default), n, or 0: all cores */
    size_t max_workspace;       /* bytes of workspace at most; 0: no limit */
    conv_varying_engine engine; /* CONV_VARYING_ENGINE_AUTO */
    conv_isa isa;               /* CONV_ISA_BEST */
} conv_varying_desc;

/* The arguments, and the default named above for everything else. NULL desc: does nothing. */
CONV_API void conv_varying_desc_init(conv_varying_desc *desc, conv_dtype dtype, int rank,
                                     const size_t *shape, conv_varying_form form);

typedef struct conv_varying conv_varying; /* a plan: immutable, shared between threads */

/* Makes a plan for these widths, which are copied: shape[axis] of them, or, with width_map, one for
 * every sample. On failure *plan is NULL. Errors: NULL; STRUCT_SIZE; RANK; ENUM (also a form that
 * was not said, and a kind that the profile does not have); EXTENT; SPACING; RANGE (a width that is
 * negative or not finite, or too wide for REFLECT: the sentence names the sample); TOLERANCE;
 * STRIDE; OVERFLOW; THREADS; METHOD (an engine that cannot do this); WORKSPACE; MEMORY. */
CONV_API conv_status conv_varying_create(conv_varying **plan, const conv_varying_desc *desc,
                                         const double *widths);

/* signal, output: shape elements (batch times) at their strides, which must not overlap. workspace:
 * conv_varying_workspace_size bytes of any alignment: then nothing is allocated. NULL: the library
 * finds its own. For one engine bits do not depend on batch, strides or threads; with width_map
 * those of BANK depend on the widest kernel of all lines. Errors: NULL; ALIAS; MEMORY. */
CONV_API conv_status conv_varying_execute(const conv_varying *plan, const void *signal,
                                          void *output, void *workspace);
CONV_API size_t conv_varying_workspace_size(const conv_varying *plan); /* NULL: 0 */

/* The engine chosen. NULL: CONV_VARYING_ENGINE_AUTO. */
CONV_API conv_varying_engine conv_varying_chosen(const conv_varying *plan);

/* As conv_plan_describe: the engine, widths and reaches, and the bound. */
CONV_API size_t conv_varying_describe(const conv_varying *plan, char *text, size_t size);

/* A bound, against the kernels without a cut, in exact arithmetic. GATHER: every output keeps
 * |error| <= bound * largest |sample|. SCATTER, the transpose: the sum over all outputs of |error|
 * <= bound * sum of |samples|. It is the largest sum over a kernel of |weight - weight without
 * cut|, plus rounding. BANDLIMITED: the tail is counted in full, which only frequencies next to pi
 * reach; smooth data see about `tolerance`. NULL: 0. */
CONV_API double conv_varying_bound(const conv_varying *plan);

/* The operator of one line as a banded matrix, for those who fit with it: row k of it has the
 * weights values[start[k]..start[k+1]-1] of the samples first[k], first[k]+1, .... n = shape[axis];
 * start: n+1 numbers, first: n. values: start[n] numbers, or NULL to learn start and first. line:
 * 0, or, with width_map, the number of the line (row-major over the other axes). Weights in double,
 * edges included; those of SCATTER are the transpose of GATHER's, to the bit. Errors: NULL; RANGE
 * (line); OVERFLOW; MEMORY. */
CONV_API conv_status conv_varying_matrix(const conv_varying *plan, size_t line, size_t *start,
                                         size_t *first, double *values);

/* Frees the plan. NULL is fine. */
CONV_API void conv_varying_destroy(conv_varying *plan);

/* One-shot, Gaussians, kind AUTO, tolerance 1e-6: f, widths and y have n elements each. Errors: as
 * for create and execute. */
CONV_API conv_status conv1d_varying_f32(const float *f, size_t n, const double *widths,
                                        double spacing, conv_varying_form form,
                                        conv_varying_edge edge, float *y);
CONV_API conv_status conv1d_varying_f64(const double *f, size_t n, const double *widths,
                                        double spacing, conv_varying_form form,
                                        conv_varying_edge edge, double *y);
CONV_API conv_status conv1d_varying_c32(const conv_c32 *f, size_t n, const double *widths,
                                        double spacing, conv_varying_form form,
                                        conv_varying_edge edge, conv_c32 *y);
CONV_API conv_status conv1d_varying_c64(const conv_c64 *f, size_t n, const double *widths,
                                        double spacing, conv_varying_form form,
                                        conv_varying_edge edge, conv_c64 *y);

/* Images, planned. An image of rows x cols pixels whose Gaussians are round, with a width for every
 * pixel, or ellipses, with two widths and an angle. Let a pixel have the widths u (major) and v
 * (minor) and the angle t, axis 0 (from row to row) the spacing dy, axis 1 (along a row) dx, and
 * let (i, j) be a distance in rows and columns. With
 *
 *     p =  j dx cos t + i dy sin t          along the ellipse's major axis
 *     q = -j dx sin t + i dy cos t          along its minor axis
 *     Q(i, j) = (p/u)^2 + (q/v)^2,          K(i, j) = exp(-Q/2) / (its sum over the cut)
 *
 *     GATHER    y[k] = sum_m K_k(k - m) f[m]    widths at the output: keeps constants
 *     SCATTER   y[k] = sum_m K_m(k - m) f[m]    widths at the source: keeps the total
 *
 * Widths are in units of the axes, angles in radians from the last axis towards the first: 0 lays
 * the major axis along a row, pi/2 from row to row. Forms and edges are those above, on both axes;
 * the two forms are exact transposes of each other. The result has the units of f.
 *
 * THE CUT is the ellipse Q <= c^2 = 2 ln(1/tolerance): weights below `tolerance` of the peak are
 * dropped, which of a kernel of more than a pixel is the part `tolerance` of its total. The kernel
 * is divided by its sum over the cut (RENORMALISE: over what of it lies in the image). A NaN or Inf
 * reaches the outputs whose kernel reaches it within the cut, and no others.
 *
 * NARROW WIDTHS. SAMPLED, which AUTO means here, takes K at the centres of pixels. From 1 pixel on
 * it is the continuous Gaussian for smooth data (its sum is off by 2 exp(-2 pi^2 s^2) for each
 * axis, s in pixels: 5e-9 at 1, 1.4e-2 at 0.5); at half a pixel it errs by a per cent; below 0.2
 * nothing but the pixel itself is left, so that such widths blur less than they say. An ellipse
 * with one narrow width has the pixels whose centres lie on its long axis: all of a row or diagonal
 * for some angles, few or one for others. CELL, for round kernels alone, integrates over pixels
 * (error functions): positive, for counts, and its width squared is larger by 1/12 of a pixel
 * squared; its cut takes the pixels that the ellipse touches. There is no BANDLIMITED. Widths below
 * 2^-10 of the smaller spacing count as that; a round width of 0 is the pixel itself, to the bit.
 *
 * METHOD. Direct sums, a segment of columns for each row of the ellipse, two products a weight and
 * no exponential: time is proportional to the ellipses' areas. For round widths that are large and
 * change smoothly, conv_family_create is faster. */
typedef struct conv_spread_desc {
    size_t struct_size;         /* set by conv_spread_desc_init */
    conv_dtype dtype;           /* image and output; a complex image is two real ones */
    size_t rows, cols;          /* at least 1 */
    double spacing[2];          /* dy, dx; finite, positive; 1 */
    conv_varying_form form;     /* must be said */
    conv_varying_kind kind;     /* CONV_VARYING_AUTO */
    conv_varying_edge edge;     /* CONV_VARYING_LOSE */
    double tolerance;           /* of the peak; 0: 1e-6; else u..0.01, u = 2^-24 (f32), 2^-53 */
    ptrdiff_t signal_stride[2]; /* elements, as in conv_desc; all 0: contiguous */
    ptrdiff_t output_stride[2];
    size_t batch;                  /* images per execute, with the same widths; 1 */
    ptrdiff_t signal_batch_stride; /* elements; 0: one after another */
    ptrdiff_t output_batch_stride;
    int threads;          /* the most to use: 1 (default), n, or 0: all cores */
    size_t max_workspace; /* bytes of workspace at most; 0: no limit */
    conv_isa isa;         /* CONV_ISA_BEST */
} conv_spread_desc;

/* The arguments, and the default named above for everything else. NULL desc: does nothing. */
CONV_API void conv_spread_desc_init(conv_spread_desc *desc, conv_dtype dtype, size_t rows,
                                    size_t cols, conv_varying_form form);

typedef struct conv_spread conv_spread; /* a plan: immutable, shared between threads */

/* major, minor, angle: rows * cols numbers each, contiguous, row-major, copied. minor NULL: round.
 * angle NULL: 0. On failure *plan is NULL. Errors: NULL (desc, major, or minor where angle is not);
 * STRUCT_SIZE; ENUM (also a form that was not said, BANDLIMITED, CELL with minor); EXTENT; SPACING;
 * RANGE (a width that is negative or not finite, an angle that is not finite, a kernel that reaches
 * more than 32768 pixels along an axis: the sentence names array and pixel); TOLERANCE; STRIDE;
 * OVERFLOW; THREADS; WORKSPACE; MEMORY. */
CONV_API conv_status conv_spread_create(conv_spread **plan, const conv_spread_desc *desc,
                                        const double *major, const double *minor,
                                        const double *angle);

/* image, output: rows x cols elements (batch times) at their strides, which must not overlap.
 * workspace: conv_spread_workspace_size bytes of any alignment: then nothing is allocated. NULL:
 * the library finds its own. Bits do not depend on batch, strides or threads. On an error the
 * output is untouched. Errors: NULL; ALIAS; MEMORY. */
CONV_API conv_status conv_spread_execute(const conv_spread *plan, const void *image, void *output,
                                         void *workspace);
CONV_API size_t conv_spread_workspace_size(const conv_spread *plan); /* NULL: 0 */

/* A bound as conv_varying_bound's: GATHER, |error| of every output of the largest |sample|;
 * SCATTER, the sum of all |errors| of the sum of all |samples|; of one image, against kernels
 * without a cut, in exact arithmetic. NULL: 0. */
CONV_API double conv_spread_bound(const conv_spread *plan);

/* As conv_plan_describe: form, kind, widths, cut and reach, bound, workspace. */
CONV_API size_t conv_spread_describe(const conv_spread *plan, char *text, size_t size);

/* Frees the plan. NULL is fine. */
CONV_API void conv_spread_destroy(conv_spread *plan);

/* ---- Samples on any grid ----
 *
 * Samples f_j at points x_j that need not be equally spaced, widths in the units of x, and results
 * at any points t_k. f is the linear interpolant of the samples, 0 outside x_0..x_{n-1}, and the
 * integrals are exact, however narrow a kernel or coarse the grid is: with the hat L_j, 1 at x_j
 * and 0 at its neighbours, and the kernel K_s of width s and integral 1,
 *
 *     GATHER    y(t_k) = sum_j f_j integral L_j(u) K_{s_k}(t_k - u) du     a width for each output
 *     SCATTER   y(t_k) = sum_j f_j integral L_j(u) K_{s_j}(t_k - u) du     a width for each sample
 *
 * in closed form (error functions and Gaussians; arc tangents and logarithms; polynomials) or,
 * where that cancels, by a Gauss-Legendre rule of the same accuracy: to about 1e-14 of the largest
 * sample, and the cut. The integral of a SCATTER over t is sum_j f_j (x_{j+1} - x_{j-1}) / 2, the
 * trapezoidal rule of the samples. Width 0: the interpolant itself.
 *
 * Edges: LOSE. RENORMALISE: GATHER divides by what of the kernel lies in x_0..x_{n-1}, SCATTER by
 * the share of L_j * K_{s_j} in it. REFLECT: mirrored at x_0 and x_{n-1}. CLAMP: GATHER only, f_0
 * and f_{n-1} outside. Samples that are equally far apart (within 2^-50 of the largest |x|) under
 * one width, with results at them (t NULL), are a convolution but for the ends: its weights are
 * made and kept once. With more than one width conv_varying_create is faster; its kernels act on
 * the samples themselves and not on their interpolant, which adds dx^2 / 6 to the square of a
 * width.
 */
typedef struct conv_irregular_desc {
    size_t struct_size;         /* set by conv_irregular_desc_init */
    conv_dtype dtype;           /* samples and results */
    conv_varying_form form;     /* must be said */
    conv_varying_shape profile; /* CONV_VARYING_GAUSS */
    conv_varying_edge edge;     /* CONV_VARYING_LOSE */
    const double *x;            /* n points, ascending */
    size_t n;                   /* at least 2 */
    const double *t;            /* t_count points, ascending, equal ones allowed; NULL: x. REFLECT:
                                   within x_0..x_{n-1} */
    size_t t_count;             /* with t: at least 1 */
    const double *widths;       /* GATHER: one for each t; SCATTER: one for each x; at least 0 */
    double tolerance;           /* where a kernel ends, of its peak, as above; 0: 1e-12. Nothing is
                                   normalised for it; 2^-53..0.01 */
    size_t batch;               /* signals, one after another: n samples, t_count results each; 1 */
    int threads;                /* the most to use: 1 (default), n, or 0: all cores */
} conv_irregular_desc;

/* The arguments, and the default named above for everything else. NULL desc: does nothing. */
CONV_API void conv_irregular_desc_init(conv_irregular_desc *desc, conv_dtype dtype, const double *x,
                                       size_t n, const double *widths, conv_varying_form form);

typedef struct conv_irregular conv_irregular; /* a plan: immutable, shared between threads */

/* Computes all weights; needs no array of the description afterwards. Memory: a double for each
 * sample in reach of an output, from the first to the last; of a convolution's outputs once. On
 * failure *plan is NULL. Errors: NULL; STRUCT_SIZE; ENUM (also CLAMP with SCATTER); EXTENT (n,
 * t_count, batch); RANGE (x or t that are not finite or do not ascend, a width that is negative or
 * not finite, t outside for REFLECT, a Lorentzian that REFLECT would mirror over 1000 times: the
 * sentence names the sample); TOLERANCE; OVERFLOW; THREADS; MEMORY. */
CONV_API conv_status conv_irregular_create(conv_irregular **plan, const conv_irregular_desc *desc);

/* f: batch * n, y: batch * t_count elements, which must not overlap. Sums in double. A NaN or Inf
 * reaches the results whose weight of it is not 0, and no others. workspace:
 * conv_irregular_workspace_size bytes of any alignment: then nothing is allocated. NULL: the
 * library finds its own. Bits do not depend on batch or threads. Errors: NULL; ALIAS; MEMORY. */
CONV_API conv_status conv_irregular_execute(const conv_irregular *plan, const void *f, void *y,
                                            void *workspace);
CONV_API size_t conv_irregular_workspace_size(const conv_irregular *plan); /* NULL: 0 */

/* A bound that every result keeps, of either form: |error| <= bound * largest |sample|, against
 * kernels without a cut, in exact arithmetic. With RENORMALISE it is large where next to nothing of
 * a kernel lies on the grid. NULL: 0. */
CONV_API double conv_irregular_bound(const conv_irregular *plan);

/* The operator as conv_varying_matrix gives it; start: t_count + 1 numbers, first: t_count. Errors:
 * NULL. */
CONV_API conv_status conv_irregular_matrix(const conv_irregular *plan, size_t *start, size_t *first,
                                           double *values);
CONV_API void conv_irregular_destroy(conv_irregular *plan); /* NULL is fine */

/* One-shot: Gaussians, results at x. f, x, widths and y have n elements each. */
CONV_API conv_status conv1d_irregular_f32(const double *x, const float *f, size_t n,
                                          const double *widths, conv_varying_form form,
                                          conv_varying_edge edge, float *y);
CONV_API conv_status conv1d_irregular_f64(const double *x, const double *f, size_t n,
                                          const double *widths, conv_varying_form form,
                                          conv_varying_edge edge, double *y);

/* Any operator whose kernel changes smoothly, in any number of dimensions, as a sum of products and
 * convolutions (Nagy and O'Leary 1998; Escande and Weiss 2017), indices being tuples:
 *
 *     y[k] = sum_q post_q[k] sum_t h_q[t] pre_q[k+c-t] f[k+c-t]
 *
 * with samples outside absent, and its exact transpose
 *
 *     x[j] = sum_q pre_q[j] sum_t h_q[t] post_q[j-c+t] g[j-c+t].
 *
 * By one transform of the whole signal: of f once for all q whose pre_q is 1, and back once for all
 * q whose post_q is 1. Outputs are accurate relative to the largest, see ACCURACY. */
typedef struct conv_expansion_desc {
    size_t struct_size;                 /* set by conv_expansion_desc_init */
    conv_dtype dtype;                   /* f and y; kernels and weights have its real type */
    int rank;                           /* 1..CONV_MAX_RANK */
    size_t shape[CONV_MAX_RANK];        /* of f, y and the weights; all contiguous, row-major */
    size_t kernel_shape[CONV_MAX_RANK]; /* of every h_q */
    size_t center[CONV_MAX_RANK];       /* c, the tap that lies on the output; kernel_shape / 2 */
    size_t terms;                       /* q = 0..terms-1; 1 */
    int threads;                        /* the most to use: 1 (default), n, or 0: all cores */
    conv_isa isa;                       /* CONV_ISA_BEST */
} conv_expansion_desc;

typedef struct conv_expansion conv_expansion; /* immutable, shared between threads */

/* NULL desc: does nothing. */
CONV_API void conv_expansion_desc_init(conv_expansion_desc *desc, conv_dtype dtype, int rank,
                                       const size_t *shape, const size_t *kernel_shape);

/* kernels[q]: kernel_shape taps. pre[q], post[q]: shape weights, or NULL for ones; pre or post
 * NULL: ones for all q. All are copied. On failure *expansion is NULL. Errors: NULL; STRUCT_SIZE;
 * RANK; ENUM; EXTENT (also terms 0, and a center that is no tap); OVERFLOW; THREADS; MEMORY. */
CONV_API conv_status conv_expansion_create(conv_expansion **expansion,
                                           const conv_expansion_desc *desc,
                                           const void *const *kernels, const void *const *pre,
                                           const void *const *post);

/* y of f, and, transposed, x of g; which must not overlap. A NaN or Inf sample reaches the outputs
 * whose kernels have it. workspace: conv_expansion_workspace_size bytes of any alignment, then
 * nothing is allocated; or NULL. Errors: NULL; ALIAS; MEMORY. */
CONV_API conv_status conv_expansion_execute(const conv_expansion *expansion, const void *f, void *y,
                                            void *workspace);
CONV_API conv_status conv_expansion_execute_transposed(const conv_expansion *expansion,
                                                       const void *g, void *x, void *workspace);
CONV_API size_t conv_expansion_workspace_size(const conv_expansion *expansion); /* NULL: 0 */
CONV_API size_t conv_expansion_terms(const conv_expansion *expansion);          /* NULL: 0 */
CONV_API void conv_expansion_destroy(conv_expansion *expansion);                /* NULL is fine */

/* Measured kernels, such as line-spread functions: kernels[q] holds at positions[q] along `axis`,
 * in samples from the first (ascending; need not be whole, nor lie inside), q = 0..desc->terms-1.
 * Between two positions the kernel is their linear interpolant, before the first and after the last
 * it is that one. GATHER: the kernel at the output's place; SCATTER: at the source's. Kernels whose
 * taps all have the sum 1 keep constants (GATHER) and totals (SCATTER) away from the edges. Errors:
 * those of conv_expansion_create; RANK (axis); ENUM (form); RANGE (positions: the sentence names
 * which). */
CONV_API conv_status conv_tabulated_create(conv_expansion **expansion,
                                           const conv_expansion_desc *desc,
                                           const void *const *kernels, const double *positions,
                                           int axis, conv_varying_form form);

/* Fills kernel, row-major taps, for this parameter. Called by the thread that creates. */
typedef void conv_kernel_function(double parameter, double *kernel, void *context);

/* A family of kernels K_p[t] that depends smoothly on a parameter p, given for every sample (shape
 * of them): GATHER, the kernel of the parameter at the output, y[k] = sum_t K_{p[k]}[t] f[k+c-t],
 * or SCATTER, that of the parameter at the source. The kernel is interpolated between Chebyshev
 * nodes over the range of the parameters; how many, at most 64, the library finds: the sum of
 * magnitudes of what is left out is at most tolerance times that of the largest kernel. Choose a
 * parameter in which the kernel changes evenly: the logarithm of a width. *error, if not NULL: the
 * largest difference between kernel and interpolant, as a sum of magnitudes relative to the largest
 * kernel, measured halfway between the nodes. desc->terms is not read. Errors: those of
 * conv_expansion_create; ENUM (form); RANGE (a parameter that is not finite: the sentence names the
 * sample); TOLERANCE (not in 0..1, or not kept with 64 nodes: the sentence says what is); CALLBACK
 * (a tap that is not finite: the sentence names the parameter). */
CONV_API conv_status conv_family_create(conv_expansion **expansion, const conv_expansion_desc *desc,
                                        conv_kernel_function *function, void *context,
                                        const double *parameters, conv_varying_form form,
                                        double tolerance, double *error);

/* ---- 12 known kernels ----------------------------------------------------------------------- */

/* Functions that fill the kernel of a description: kernel_shape elements of dtype (complex ones
 * with the imaginary part 0), contiguous, row-major, owned by the caller. On more axes the kernel
 * is the outer product of one line per axis, each product rounded once. Lines are centred at
 * (m-1)/2, for even m between two taps. Errors: NULL; RANK; ENUM; EXTENT; OVERFLOW; RANGE (the
 * sentence names the axis). On an error the kernel is untouched. */
typedef enum conv_kernel_kind {
    CONV_KERNEL_SAMPLED = 0, /* the function at the tap's place */
    CONV_KERNEL_INTEGRATED   /* its integral over the tap's cell, half a sample to either side: of a
                                Gaussian's width squared 1/12 more; for counts, and for widths below
                                a sample */
} conv_kernel_kind;

/* The mean of `width` samples on each axis: taps 1/width, and less where only a part of the tap's
 * cell is under it. width: finite, positive, at most kernel_shape; NULL: kernel_shape, whose taps
 * are all equal. Plans have running sums for such kernels (CONV_METHOD_SEPARABLE), whose time does
 * not grow with the width; AUTO takes them unless another method is estimated to be faster. */
CONV_API conv_status conv_kernel_box(conv_dtype dtype, int rank, const size_t *kernel_shape,
                                     const double *width, void *kernel);

/* A Gaussian of this standard deviation, in samples, on each axis, divided by the sum of its taps:
 * constants stay what they are. sigma: finite, positive. Reaching 5 sigma to either side, m = 2 *
 * ceil(5 sigma) + 1, leaves out 6e-7 of it, 4 sigma 6e-5. With a tolerance (MAXNORM) plans run wide
 * ones over a coarse grid, whose time does not grow with sigma. RANGE: also taps that are all 0, of
 * a small sigma and an even extent. */
CONV_API conv_status conv_kernel_gauss(conv_dtype dtype, int rank, const size_t *kernel_shape,
                                       const double *sigma, conv_kernel_kind kind, void *kernel);

/* Its derivative of order[d], 0..2, along axis d: convolved with a polynomial of that order it
 * gives the polynomial's derivative. So order 1 is scaled to sum -t h = 1; order 2 has a multiple
 * of the Gaussian subtracted, sum h = 0, and is scaled to sum t^2 h / 2 = 1, with t from the
 * centre. As a correlation order 1 has the other sign. RANGE: also an extent up to the order. */
CONV_API conv_status conv_kernel_gauss_derivative(conv_dtype dtype, int rank,
                                                  const size_t *kernel_shape, const double *sigma,
                                                  const int *order, conv_kernel_kind kind,
                                                  void *kernel);

#ifdef __cplusplus
}
#endif

#endif
