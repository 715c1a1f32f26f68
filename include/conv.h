/* conv.h - convolution in C: sums and integrals, linear and circular, in one or more dimensions.
 *
 * This header is the manual, in order from simple to expert:
 *
 *   1  status            what a call answers
 *   2  types             element types, modes, edge rules
 *   3  one-shot calls    conv1d, conv2d and their trapezoidal twins
 *   4  description       everything a convolution can be, field by field
 *   5  plan              prepare once, execute often, from any thread
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
 * is never ended, and the floating-point environment is not changed.
 *
 * THREADS. Every function may be called from any thread at any time. A plan does not change after
 * its creation and may be executed by many threads at once, each with its own output and workspace.
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
 * ACCURACY. Direct sums: |error| <= (m+2) u sum|x||h|, where m is the number of taps and u is 2^-24
 * (f32) or 2^-53 (f64). Transforms: about 0.5 u log2(N) |x|_2 |h|_2 with N the transform's length
 * and |x|_2 taken over a block of the signal; this is relative to the largest outputs, so outputs
 * many orders of magnitude below the largest carry no correct digits there. Separable sums of two
 * or three outer products are accurate relative to the largest tap. Use CONV_METHOD_DIRECT where
 * small outputs beside large ones matter.
 */
#ifndef CONV_H
#define CONV_H

#include <stddef.h>

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

#define CONV_VERSION_MAJOR 0
#define CONV_VERSION_MINOR 1
#define CONV_VERSION_PATCH 0

/* The largest number of axes. */
#define CONV_MAX_RANK 8

/* ---- 1 status ------------------------------------------------------------------------------- */

typedef enum conv_status {
    CONV_OK = 0,
    CONV_ERR_NULL,        /* a pointer that must not be NULL is */
    CONV_ERR_STRUCT_SIZE, /* conv_desc.struct_size is not that of conv_desc_init */
    CONV_ERR_RANK,        /* rank outside 1..CONV_MAX_RANK */
    CONV_ERR_ENUM,        /* an enumerator that this version does not know */
    CONV_ERR_TYPE,        /* kernel_dtype is neither dtype nor its real type */
    CONV_ERR_EXTENT,      /* an extent, a count, a step or the batch is zero */
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
    CONV_ERR_MEMORY       /* out of memory */
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
                                                      reflect, OpenCV REFLECT_101. n = 1: sample 0 */
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

/* What the numbers mean. TRAPEZOID: x and h are samples of functions on grids with the same
 * spacing; the result approximates the convolution integral to second order in the spacing. At each
 * output the integration runs over the overlap of the two; its two end terms count half, and an
 * overlap of one point integrates to 0. So a signal or kernel of one sample on any axis gives 0.
 * Exceptions: with an edge rule other than ZERO the signal has no ends, and only the kernel's two
 * end taps are halved. In VALID the ends of the shorter operand are halved. In CIRCULAR no term is
 * halved: the rectangle rule is the trapezoidal rule of a periodic function, and one sample is then
 * one rectangle. In more dimensions the weights are products over the axes. The cost is that of a
 * plain sum. Output i of FULL is the integral at a + b + i*dx when x starts at a and h at b. */
typedef enum conv_rule { CONV_RULE_SUM = 0, CONV_RULE_TRAPEZOID } conv_rule;

typedef enum conv_method {
    CONV_METHOD_AUTO = 0,  /* the cheapest by the cost model; never REFERENCE */
    CONV_METHOD_DIRECT,    /* sum of products */
    CONV_METHOD_SEPARABLE, /* one pass per axis, for kernels that are outer products */
    CONV_METHOD_BLOCKS,    /* overlap-save: short transforms, block by block */
    CONV_METHOD_FFT,       /* one transform of the whole signal */
    CONV_METHOD_REFERENCE  /* the definition, literally, accumulated in a wider type; slow */
} conv_method;

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
 * OVERFLOW, ALIAS, MEMORY. For the same kernel many times a plan is faster. */
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
    double boundary_value[2];               /* CONV_CONSTANT's value: re, im; im is read for
                                               complex signals only */
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
} conv_desc;

/* Fills the whole description: the arguments, and the default named above for everything else.
 * signal_shape and kernel_shape: rank extents each. Reports nothing: what is wrong is found by
 * conv_output_shape and conv_plan_create. NULL desc: does nothing. */
CONV_API void conv_desc_init(conv_desc *desc, conv_dtype dtype, int rank,
                             const size_t *signal_shape, const size_t *kernel_shape,
                             conv_mode mode);

/* The extents of the output, without the batch; shape[rank..] are set to 1. Checks the whole
 * description and answers as conv_plan_create does, but for METHOD, WORKSPACE and MEMORY. */
CONV_API conv_status conv_output_shape(const conv_desc *desc, size_t shape[CONV_MAX_RANK]);

/* ---- 5 plan --------------------------------------------------------------------------------- */

typedef struct conv_plan conv_plan;

/* Makes a plan: checks, chooses the method, copies and transforms the kernel. desc and kernel may
 * be changed or freed afterwards. kernel: contiguous, row-major, kernel_shape elements of
 * kernel_dtype. On success *plan is owned by the caller and ended by conv_plan_destroy; on failure
 * it is NULL. Errors: all of section 1 but ALIAS. */
CONV_API conv_status conv_plan_create(conv_plan **plan, const conv_desc *desc, const void *kernel);

/* Convolves. signal: signal_shape elements (batch times), output: conv_output_shape elements
 * (batch times), each at its strides. The address ranges that signal and output span, gaps of
 * strides included, must not overlap (CONV_ERR_ALIAS), nor may the workspace overlap either.
 * workspace: conv_plan_workspace_size bytes of any alignment, for this call alone; then nothing is
 * allocated and the call cannot fail for memory. NULL: the library finds its own (CONV_ERR_MEMORY
 * where it cannot). Other errors: NULL. */
CONV_API conv_status conv_plan_execute(const conv_plan *plan, const void *signal, void *output,
                                       void *workspace);

/* Bytes that execute needs in workspace; may be 0. plan NULL: 0. */
CONV_API size_t conv_plan_workspace_size(const conv_plan *plan);

/* The method chosen. plan NULL: CONV_METHOD_AUTO. */
CONV_API conv_method conv_plan_method(const conv_plan *plan);

/* Writes what was chosen, its estimated time, and for every other method its estimate or its reason
 * for refusing, a line each. As snprintf: at most size bytes with the terminating zero; returns the
 * length of the whole text without it. text may be NULL where size is 0. The wording may change. */
CONV_API size_t conv_plan_describe(const conv_plan *plan, char *text, size_t size);

/* Frees the plan. NULL is fine. No thread may be executing it. */
CONV_API void conv_plan_destroy(conv_plan *plan);

#ifdef __cplusplus
}
#endif

#endif
