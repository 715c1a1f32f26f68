/* Descriptions: made, checked, and read into problems. Sizes are checked in problem/, what methods
 * refuse there. */
#include <math.h>
#include <string.h>

#include "base/cpu.h"
#include "base/dtype.h"
#include "base/kept_errno.h"
#include "base/memory.h"
#include "base/status.h"
#include "integral/integral.h"
#include "api/checks.h"
#include "plan/build_plan.h"
#include "problem/lattice.h"

size_t conv_output_extent(size_t nx, size_t nh, conv_mode mode) {
    size_t full, start, count;
    if (nx == 0 || nh == 0 || !conv_add(nx, nh, &full))
        return 0;
    if ((int)mode < 0 || mode >= CONV_WINDOW)
        return 0;
    conv_lattice_of_mode(mode, nx, nh, &start, &count);
    return count;
}

/* Up to where the structures of earlier versions went, and how long they were. */
#define FIELDS_0_1_0 offsetof(conv_desc, rule_order)
#define FIELDS_0_2_0 offsetof(conv_desc, rule_axis)
#define SIZE_OF(fields) (((fields) + _Alignof(conv_desc) - 1) & ~(_Alignof(conv_desc) - 1))
#define SIZE_0_1_0 SIZE_OF(FIELDS_0_1_0)
#define SIZE_0_2_0 SIZE_OF(FIELDS_0_2_0)

static void init_desc(conv_desc *desc, size_t struct_size, conv_dtype dtype, int rank,
                      const size_t *signal_shape, const size_t *kernel_shape, conv_mode mode) {
    if (!desc)
        return;
    memset(desc, 0, struct_size);
    desc->struct_size = struct_size;
    desc->dtype = desc->kernel_dtype = dtype;
    desc->rank = rank;
    desc->mode = mode;
    desc->batch = 1;
    desc->threads = 1;
    for (int d = 0; d < rank && d < CONV_MAX_RANK; d++) {
        desc->signal_shape[d] = signal_shape ? signal_shape[d] : 0;
        desc->kernel_shape[d] = kernel_shape ? kernel_shape[d] : 0;
    }
    for (int d = 0; d < CONV_MAX_RANK; d++) {
        desc->window_step[d] = 1;
        desc->spacing[d] = 1;
    }
}

void conv_desc_init(conv_desc *desc, conv_dtype dtype, int rank, const size_t *signal_shape,
                    const size_t *kernel_shape, conv_mode mode) {
    init_desc(desc, sizeof *desc, dtype, rank, signal_shape, kernel_shape, mode);
}

#undef conv_desc_init
CONV_API void conv_desc_init(conv_desc *desc, conv_dtype dtype, int rank,
                             const size_t *signal_shape, const size_t *kernel_shape,
                             conv_mode mode);

void conv_desc_init(conv_desc *desc, conv_dtype dtype, int rank, const size_t *signal_shape,
                    const size_t *kernel_shape, conv_mode mode) {
    init_desc(desc, SIZE_0_1_0, dtype, rank, signal_shape, kernel_shape, mode);
}

CONV_API void conv_desc_init_2(conv_desc *desc, conv_dtype dtype, int rank,
                               const size_t *signal_shape, const size_t *kernel_shape,
                               conv_mode mode);

void conv_desc_init_2(conv_desc *desc, conv_dtype dtype, int rank, const size_t *signal_shape,
                      const size_t *kernel_shape, conv_mode mode) {
    init_desc(desc, SIZE_0_2_0, dtype, rank, signal_shape, kernel_shape, mode);
}

/* The description with all fields: itself, or a copy of an older one whose missing fields have
 * their defaults, which are all zero. NULL: of a size that is not known. */
static const conv_desc *with_all_fields(const conv_desc *desc, conv_desc *copy) {
    if (desc->struct_size == sizeof *desc)
        return desc;
    if (desc->struct_size != SIZE_0_1_0 && desc->struct_size != SIZE_0_2_0)
        return NULL;
    memset(copy, 0, sizeof *copy);
    memcpy(copy, desc, desc->struct_size == SIZE_0_1_0 ? FIELDS_0_1_0 : FIELDS_0_2_0);
    return copy;
}

/* ---- checks ---- */

conv_status conv_check_enum(const char *name, int value, int last) {
    if (value < 0 || value > last)
        return conv_fail(CONV_ERR_ENUM, "%s is %d, must be 0..%d", name, value, last);
    return CONV_OK;
}

conv_status conv_check_enums(const conv_enum_field *fields, size_t count) {
    conv_status status = CONV_OK;
    for (size_t i = 0; i < count && status == CONV_OK; i++)
        status = conv_check_enum(fields[i].name, fields[i].value, fields[i].last);
    return status;
}

conv_status conv_check_struct_size(size_t given, size_t wanted, const char *init) {
    if (given != wanted)
        return conv_fail(CONV_ERR_STRUCT_SIZE, "struct_size is %zu, must be %zu as %s sets it",
                         given, wanted, init);
    return CONV_OK;
}

static conv_status check_enums(const conv_desc *desc) {
    const conv_enum_field fields[] = {
        {"dtype", (int)desc->dtype, CONV_C64},
        {"kernel_dtype", (int)desc->kernel_dtype, CONV_C64},
        {"mode", (int)desc->mode, CONV_WINDOW},
        {"operation", (int)desc->operation, CONV_CORRELATE},
        {"preset", (int)desc->preset, CONV_PRESET_TORCH},
        {"rule", (int)desc->rule, CONV_RULE_AUTO},
        {"method", (int)desc->method, CONV_METHOD_ONEDNN},
        {"isa", (int)desc->isa, CONV_ISA_LAST},
        {"tolerance.kind", (int)desc->tolerance.kind, CONV_TOLERANCE_STRICT},
        {"precision", (int)desc->precision, CONV_PRECISION_DOUBLE},
    };
    conv_status status = conv_check_enums(fields, sizeof fields / sizeof *fields);
    for (int d = 0; d < desc->rank && status == CONV_OK; d++)
        status = conv_check_enum("boundary", (int)desc->boundary[d], CONV_MIRROR);
    for (int d = 0; d < desc->rank && status == CONV_OK; d++)
        status = conv_check_enum("rule_axis", (int)desc->rule_axis[d], CONV_AXIS_SUM);
    return status;
}

/* Where there is a rule: the spacings that it reads. */
static conv_status check_rule_axes(const conv_desc *desc) {
    conv_status status = CONV_OK;
    bool any = false;
    for (int d = 0; d < desc->rank && status == CONV_OK; d++) {
        char name[] = "spacing[0]";
        name[8] = (char)('0' + d);
        if (desc->rule_axis[d] == CONV_AXIS_SUM)
            continue;
        any = true;
        status = conv_check_spacing(desc->spacing[d], name);
    }
    if (status == CONV_OK && !any)
        return conv_fail(CONV_ERR_RULE,
                         "rule_axis is CONV_AXIS_SUM on every axis: rule, which is %d, must be "
                         "CONV_RULE_SUM then",
                         (int)desc->rule);
    return status;
}

conv_status conv_check_spacing(double spacing, const char *name) {
    if (!isfinite(spacing) || spacing <= 0)
        return conv_fail(CONV_ERR_SPACING, "%s is %g, must be finite and positive", name, spacing);
    return CONV_OK;
}

static conv_status refuse_types(const conv_desc *desc) {
    const char *dtype = conv_dtype_name(desc->dtype), *kernel = conv_dtype_name(desc->kernel_dtype);
    if (conv_dtype_is_complex(desc->dtype))
        return conv_fail(CONV_ERR_TYPE, "kernel_dtype is %s for a signal of %s, must be %s or %s",
                         kernel, dtype, dtype, conv_dtype_name(conv_dtype_real(desc->dtype)));
    if (conv_dtype_real(desc->kernel_dtype) == desc->dtype)
        return conv_fail(CONV_ERR_TYPE,
                         "kernel_dtype is %s for a signal of %s, must be %s: for complex outputs "
                         "make the signal %s with imaginary parts 0, or convolve with the real and "
                         "the imaginary part of the kernel",
                         kernel, dtype, dtype, kernel);
    return conv_fail(CONV_ERR_TYPE, "kernel_dtype is %s for a signal of %s, must be %s", kernel,
                     dtype, dtype);
}

static conv_status check_desc(const conv_desc *desc) {
    if (desc->rank < 1 || desc->rank > CONV_MAX_RANK)
        return conv_fail(CONV_ERR_RANK, "rank is %d, must be 1..%d", desc->rank, CONV_MAX_RANK);
    conv_status status = check_enums(desc);
    if (status != CONV_OK)
        return status;
    if (desc->method > CONV_METHOD_REFERENCE)
        return conv_fail(CONV_ERR_METHOD, "method is %s, which layers alone have",
                         desc->method == CONV_METHOD_BLAS ? "BLAS" : "ONEDNN");
    if (desc->kernel_dtype != desc->dtype && desc->kernel_dtype != conv_dtype_real(desc->dtype))
        return refuse_types(desc);
    if (desc->batch == 0)
        return conv_fail(CONV_ERR_EXTENT, "batch is 0, must be at least 1");
    if (desc->batch > CONV_MAX_BYTES)
        return conv_fail(CONV_ERR_OVERFLOW, "batch is %zu, too large", desc->batch);
    if (desc->threads < 0)
        return conv_fail(CONV_ERR_THREADS, "threads is %d, must be 0 or more", desc->threads);
    if (desc->rule == CONV_RULE_GREGORY && (desc->rule_order < 3 || desc->rule_order > 8))
        return conv_fail(CONV_ERR_RULE, "rule_order is %d, must be 3..8 for CONV_RULE_GREGORY",
                         desc->rule_order);
    if (desc->rule != CONV_RULE_SUM)
        status = check_rule_axes(desc);
    return status == CONV_OK ? conv_check_breaks(desc) : status;
}

/* ---- what they say ---- */

/* Any description of a known size, checked, with all fields. */
static conv_status adopt(const conv_desc *given, conv_desc *copy, const conv_desc **desc) {
    if (!given)
        return conv_fail(CONV_ERR_NULL, "desc is NULL");
    *desc = with_all_fields(given, copy);
    if (!*desc)
        return conv_check_struct_size(given->struct_size, sizeof **desc, "conv_desc_init");
    return check_desc(*desc);
}

/* The problem without the weights of a rule, but with its spacings; and the wishes. */
static conv_status init_problem(conv_problem *problem, conv_wishes *wishes, const conv_desc *desc) {
    conv_status status = conv_problem_init(problem, desc);
    conv_wishes_read(wishes, desc);
    if (status == CONV_OK && desc->rule != CONV_RULE_SUM)
        conv_integral_scale(problem, desc->spacing);
    return status;
}

conv_status conv_output_shape(const conv_desc *given, size_t shape[CONV_MAX_RANK]) {
    CONV_KEEP_ERRNO;
    conv_problem problem;
    conv_wishes wishes;
    conv_desc copy;
    const conv_desc *desc;
    conv_status status = adopt(given, &copy, &desc);
    if (status == CONV_OK && !shape)
        status = conv_fail(CONV_ERR_NULL, "shape is NULL");
    if (status == CONV_OK)
        status = init_problem(&problem, &wishes, desc);
    if (status == CONV_OK)
        status = conv_build_check(&problem, &wishes, desc);
    if (status != CONV_OK)
        return status;
    for (int d = 0; d < CONV_MAX_RANK; d++)
        shape[d] = d < desc->rank ? problem.axis[d].count : 1;
    return CONV_OK;
}

conv_status conv_canonical(const conv_desc *desc, const void *kernel, conv_desc *copy,
                           const conv_desc **full, conv_problem *problem, conv_wishes *wishes) {
    conv_status status = adopt(desc, copy, full);
    if (status == CONV_OK && !kernel)
        status = conv_fail(CONV_ERR_NULL, "kernel is NULL");
    if (status == CONV_OK)
        status = init_problem(problem, wishes, *full);
    return status;
}
