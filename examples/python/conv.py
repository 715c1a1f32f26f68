"""libconv from Python: one file, on ctypes and NumPy. Copy it beside your program.

    import conv
    y = conv.convolve(x, h, mode="same")                  # as scipy.signal.convolve
    y = conv.convolve_integral(f, g, dx)                  # the integral, not the sum
    plan = conv.Plan(h, x.shape, mode="same", boundary="mirror", threads=0)
    y = plan(x)                                           # often, from any thread

It loads the shared library named by the environment variable LIBCONV_LIBRARY, else the installed
one, else that of a build folder of the source tree that this file lies in. Signals and outputs may
have any strides; no copy is made of them where NumPy and libconv have the same element type. Errors
are conv.Error, whose text is the library's sentence. What each function promises is in conv.h.
"""

import ctypes as c
import ctypes.util
import glob
import math
import os

import numpy as np

MAX_RANK = 8
LAYER_MAX_RANK = 4

STATUS = ["OK", "NULL", "STRUCT_SIZE", "RANK", "ENUM", "TYPE", "EXTENT", "OVERFLOW", "MIXED_FIT",
          "BOUNDARY", "SPACING", "STRIDE", "ALIAS", "THREADS", "METHOD", "WORKSPACE", "MEMORY",
          "RULE", "TOLERANCE", "RANGE", "CALLBACK"]
DTYPES = {"float32": 0, "float64": 1, "complex64": 2, "complex128": 3}
MODES = {"full": 0, "same": 1, "causal": 2, "valid": 3, "circular": 4, "window": 5}
OPERATIONS = {"convolve": 0, "correlate": 1}
BOUNDARIES = {"zero": 0, "constant": 1, "nearest": 2, "wrap": 3, "reflect": 4, "mirror": 5}
PRESETS = {"scipy": 0, "numpy": 1, "scipy_correlate2d": 2, "ndimage": 3, "matlab": 4, "opencv": 5,
           "torch": 6}
RULES = {"sum": 0, "trapezoid": 1, "rectangle": 2, "gregory": 3, "auto": 4}
METHODS = {"auto": 0, "direct": 1, "separable": 2, "blocks": 3, "fft": 4, "reference": 5,
           "blas": 6, "onednn": 7}
TOLERANCES = {"maxnorm": 0, "componentwise": 1, "integer": 2, "strict": 3}
FORMS = {"gather": 1, "scatter": 2}
SHAPES = {"gauss": 0, "lorentz": 1, "box": 2}
KINDS = {"auto": 0, "sampled": 1, "cell": 2, "bandlimited": 3}
EDGES = {"lose": 0, "renormalise": 1, "reflect": 2, "clamp": 3}
PADDINGS = {"explicit": 0, "valid": 1, "same": 2, "causal": 3}
CHANNELS = {"first": 0, "last": 1}
WEIGHTS = {"torch": 0, "keras": 1, "torch_transposed": 2, "keras_transposed": 3}

sizes, signed = c.c_size_t * MAX_RANK, c.c_ssize_t * MAX_RANK
layer_sizes = c.c_size_t * LAYER_MAX_RANK


class Description(c.Structure):
    """conv_desc, as conv_desc_init_2 fills it."""
    _fields_ = [
        ("struct_size", c.c_size_t), ("dtype", c.c_int), ("kernel_dtype", c.c_int),
        ("rank", c.c_int), ("signal_shape", sizes), ("kernel_shape", sizes), ("mode", c.c_int),
        ("operation", c.c_int), ("boundary", c.c_int * MAX_RANK),
        ("boundary_value", c.c_double * 2), ("period", sizes), ("preset", c.c_int),
        ("origin", signed), ("window_start", signed), ("window_count", sizes),
        ("window_step", sizes), ("signal_stride", signed), ("output_stride", signed),
        ("batch", c.c_size_t), ("signal_batch_stride", c.c_ssize_t),
        ("output_batch_stride", c.c_ssize_t), ("rule", c.c_int), ("spacing", c.c_double * MAX_RANK),
        ("method", c.c_int), ("threads", c.c_int), ("max_workspace", c.c_size_t), ("isa", c.c_int),
        ("rule_order", c.c_int), ("tolerance_kind", c.c_int), ("tolerance_value", c.c_double),
        ("precision", c.c_int), ("signal_breaks", c.c_void_p), ("kernel_breaks", c.c_void_p),
        ("signal_break_count", c.c_size_t), ("kernel_break_count", c.c_size_t),
    ]


class VaryingDescription(c.Structure):
    """conv_varying_desc."""
    _fields_ = [
        ("struct_size", c.c_size_t), ("dtype", c.c_int), ("rank", c.c_int), ("shape", sizes),
        ("axis", c.c_int), ("spacing", c.c_double), ("form", c.c_int), ("profile", c.c_int),
        ("kind", c.c_int), ("edge", c.c_int), ("tolerance", c.c_double), ("width_map", c.c_int),
        ("signal_stride", signed), ("output_stride", signed), ("batch", c.c_size_t),
        ("signal_batch_stride", c.c_ssize_t), ("output_batch_stride", c.c_ssize_t),
        ("threads", c.c_int), ("max_workspace", c.c_size_t), ("engine", c.c_int), ("isa", c.c_int),
    ]


class IrregularDescription(c.Structure):
    """conv_irregular_desc."""
    _fields_ = [
        ("struct_size", c.c_size_t), ("dtype", c.c_int), ("form", c.c_int), ("profile", c.c_int),
        ("edge", c.c_int), ("x", c.c_void_p), ("n", c.c_size_t), ("t", c.c_void_p),
        ("t_count", c.c_size_t), ("widths", c.c_void_p), ("tolerance", c.c_double),
        ("batch", c.c_size_t), ("threads", c.c_int),
    ]


class LayerDescription(c.Structure):
    """conv_layer_desc."""
    _fields_ = [
        ("struct_size", c.c_size_t), ("dtype", c.c_int), ("rank", c.c_int), ("batch", c.c_size_t),
        ("channels_in", c.c_size_t), ("channels_out", c.c_size_t), ("groups", c.c_size_t),
        ("shape", layer_sizes), ("kernel", layer_sizes), ("stride", layer_sizes),
        ("dilation", layer_sizes), ("padding", c.c_int),
        ("pad", c.c_ssize_t * 2 * LAYER_MAX_RANK), ("output_pad", layer_sizes),
        ("x_layout", c.c_int), ("y_layout", c.c_int), ("w_layout", c.c_int),
        ("operation", c.c_int), ("transposed", c.c_int), ("method", c.c_int), ("threads", c.c_int),
        ("max_workspace", c.c_size_t), ("packed", c.c_int), ("isa", c.c_int),
    ]


class Error(ValueError):
    """What the library refused. status: the name of the conv_status without CONV_ERR_."""

    def __init__(self, status, sentence):
        super().__init__(sentence)
        self.status = status


# ---- the library --------------------------------------------------------------------------------

def _candidates():
    if "LIBCONV_LIBRARY" in os.environ:
        return [os.environ["LIBCONV_LIBRARY"]]
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    found = [ctypes.util.find_library("conv"), os.path.expanduser("~/.local/lib/libconv.so.0")]
    return [path for path in found if path] + sorted(
        glob.glob(os.path.join(source, "build*", "src", "libconv.so.0")))


def _prepare(dll):
    """Types of what does not return a conv_status."""
    for name in ("conv_last_error", "conv_version_string"):
        getattr(dll, name).restype = c.c_char_p
    for name in ("conv_plan_workspace_size", "conv_varying_workspace_size", "conv_plan_describe",
                 "conv_layer_describe", "conv_output_extent"):
        getattr(dll, name).restype = c.c_size_t
    return dll


def load(path=None, loader=c.CDLL):
    """The shared library; what the functions of this file use is loaded when first needed."""
    tried = [path] if path else _candidates()
    for candidate in tried:
        try:
            return _prepare(loader(candidate))
        except (OSError, AttributeError) as fault:
            reason = fault
    raise ImportError("no libconv found: install it, or give the path of libconv.so.0 in "
                      "LIBCONV_LIBRARY" + (" (%s)" % reason if tried else ""))


_dll = None


def _library():
    global _dll
    if _dll is None:
        _dll = load()
    return _dll


def version():
    return _library().conv_version_string().decode()


def check(status, dll=None):
    if status:
        name = STATUS[status] if status < len(STATUS) else str(status)
        raise Error(name, (dll or _library()).conv_last_error().decode())


def initialise(description, function, *arguments):
    """Fills a description by the library's own function, which must know the same fields."""
    function(c.byref(description), *arguments)
    if description.struct_size != c.sizeof(description):
        raise ImportError("%s has %d bytes in the library and %d in conv.py" % (
            type(description).__name__, description.struct_size, c.sizeof(description)))
    return description


def text(function, handle):
    size = function(handle, None, c.c_size_t(0))
    buffer = c.create_string_buffer(size + 1)
    function(handle, buffer, c.c_size_t(size + 1))
    return buffer.value.decode()


# ---- arguments ----------------------------------------------------------------------------------

def _named(table, name, what):
    try:
        return table[name]
    except KeyError:
        raise ValueError("%s must be one of %s, not %r" % (what, ", ".join(table), name)) from None


def _per_axis(value, rank, what):
    """One value for all axes, or one for each."""
    if isinstance(value, str) or np.ndim(value) == 0:
        return [value] * rank
    if len(value) != rank:
        raise ValueError("%s has %d values for %d axes" % (what, len(value), rank))
    return list(value)


def _common_type(*arrays):
    """The smallest of libconv's types that holds them all; long double and objects are refused."""
    dtype = np.result_type(*arrays)
    if dtype.kind in "biu":
        return np.dtype("float64")
    if dtype == np.float16:
        return np.dtype("float32")
    if dtype.name not in DTYPES:
        raise TypeError("libconv has float32, float64, complex64 and complex128, not %s" % dtype)
    return dtype


def _real(dtype):
    return np.dtype({"complex64": "float32", "complex128": "float64"}.get(dtype.name, dtype.name))


def _pointer(array):
    return c.c_void_p(array.ctypes.data)


def _addressable(array):
    """The array, or a copy where its strides are none of libconv's: not whole elements, or all 0,
    which stands for contiguous there."""
    size = array.itemsize
    steps = [s for n, s in zip(array.shape, array.strides) if n > 1]
    if any(s % size for s in steps) or (steps and not any(steps)) or not array.flags.aligned:
        return np.ascontiguousarray(array)
    return array


def _batch_step(array, axes):
    """Elements from one signal to the next where the first `axes` axes are a batch, or None where
    they are not equally spaced."""
    step, below = 0, None
    for n, s in zip(reversed(array.shape[:axes]), reversed(array.strides[:axes])):
        if n == 1:
            continue
        if below is None:
            step = s
        elif s != below:
            return None
        below = s * n
    return step // array.itemsize


def _strides(array, axes):
    """Element strides of the signal's own axes. An axis of one sample has none of its own; 1 keeps
    the whole from being all 0."""
    return [s // array.itemsize if n > 1 else 1
            for n, s in zip(array.shape[axes:], array.strides[axes:])]


# ---- plans --------------------------------------------------------------------------------------

class Plan:
    """A kernel made ready for signals of one shape.

    kernel: array; shape: of a signal. mode, operation, boundary (one or one per axis), value
    (boundary "constant"), preset, origin, period, window (start, count, step per axis), rule,
    order, spacing, method, threads (0: all cores), tolerance (None, a number: relative to the
    largest output, or (kind, number)), precision ("double": float32 computed in double),
    max_workspace: conv_desc's fields. dtype: of signal and output; default: the kernel's.

    plan(x, out=None) convolves; axes of x before the signal's own are a batch. x may have any
    strides, and out too. A plan serves many threads at once."""

    def __init__(self, kernel, shape, mode="full", operation="convolve", boundary="zero", value=0,
                 preset="scipy", origin=0, period=0, window=None, rule="sum", order=0, spacing=1.0,
                 method="auto", threads=1, tolerance=None, precision="data", max_workspace=0,
                 dtype=None):
        self.dll = _library()
        kernel = np.asarray(kernel)
        shape = (shape,) if np.ndim(shape) == 0 else tuple(shape)
        self.dtype = _common_type(kernel) if dtype is None else _common_type(np.dtype(dtype))
        complex_kernel = kernel.dtype.kind == "c"
        if complex_kernel and self.dtype.kind != "c":
            raise TypeError("a complex kernel needs a complex dtype, not %s" % self.dtype)
        kernel_type = self.dtype if complex_kernel else _real(self.dtype)
        self._kernel = np.array(kernel, dtype=kernel_type, order="C")
        if self._kernel.ndim != len(shape):
            raise ValueError("the kernel has %d axes, the signal %d"
                             % (self._kernel.ndim, len(shape)))
        self.shape, self.rank = shape, len(shape)
        if self.rank > MAX_RANK:
            raise ValueError("at most %d axes, not %d" % (MAX_RANK, self.rank))
        d = initialise(Description(), self.dll.conv_desc_init_2, DTYPES[self.dtype.name],
                       self.rank, sizes(*shape), sizes(*self._kernel.shape),
                       _named(MODES, mode, "mode"))
        d.kernel_dtype = DTYPES[kernel_type.name]
        d.operation = _named(OPERATIONS, operation, "operation")
        for axis, name in enumerate(_per_axis(boundary, self.rank, "boundary")):
            d.boundary[axis] = _named(BOUNDARIES, name, "boundary")
        d.boundary_value[:] = [complex(value).real, complex(value).imag]
        d.preset = _named(PRESETS, preset, "preset")
        d.origin[:self.rank] = _per_axis(origin, self.rank, "origin")
        d.period[:self.rank] = _per_axis(period, self.rank, "period")
        if window is not None:
            for field, values in zip((d.window_start, d.window_count, d.window_step), window):
                field[:self.rank] = _per_axis(values, self.rank, "window")
        d.rule, d.rule_order = _named(RULES, rule, "rule"), order
        d.spacing[:self.rank] = _per_axis(spacing, self.rank, "spacing")
        d.method, d.threads = _named(METHODS, method, "method"), threads
        kind, number = tolerance if isinstance(tolerance, tuple) else ("maxnorm", tolerance or 0)
        d.tolerance_kind, d.tolerance_value = _named(TOLERANCES, kind, "tolerance"), number
        d.precision = _named({"data": 0, "double": 1}, precision, "precision")
        d.max_workspace = max_workspace
        self._description, self._handles = d, {}
        extents = sizes()
        check(self.dll.conv_output_shape(c.byref(d), extents), self.dll)
        self.output_shape = tuple(extents[:self.rank])
        self._handle()  # what cannot be planned is refused here, not at the first call

    def _handle(self, layout=None):
        """The library's plan for a layout: strides and batch. Made once, kept as long as this."""
        if layout not in self._handles:
            d = Description.from_buffer_copy(self._description)
            if layout is not None:
                (d.signal_stride[:self.rank], d.output_stride[:self.rank], d.batch,
                 d.signal_batch_stride, d.output_batch_stride) = layout
            handle = c.c_void_p()
            check(self.dll.conv_plan_create(c.byref(handle), c.byref(d), _pointer(self._kernel)),
                  self.dll)
            kept = self._handles.setdefault(layout, handle)
            if kept is not handle:  # another thread was faster
                self.dll.conv_plan_destroy(handle)
        return self._handles[layout]

    def _arrays(self, x, out):
        x = _addressable(np.asarray(x, dtype=self.dtype))
        lead = x.ndim - self.rank
        if lead < 0 or x.shape[lead:] != self.shape:
            raise ValueError("the plan takes signals of shape %s, not %s" % (self.shape, x.shape))
        if out is None:
            out = np.empty(x.shape[:lead] + self.output_shape, self.dtype)
        elif out.shape != x.shape[:lead] + self.output_shape or out.dtype != self.dtype:
            raise ValueError("out must be %s of shape %s"
                             % (self.dtype, x.shape[:lead] + self.output_shape))
        elif _addressable(out) is not out or not out.flags.writeable:
            raise ValueError("out must be writeable, with strides of whole elements")
        return x, out, lead

    def _run(self, x, out, lead, call):
        """call(handle, signal, output) for the whole batch where it is equally spaced, else for
        each signal of its first axis."""
        steps = _batch_step(x, lead), _batch_step(out, lead)
        if lead and (None in steps or 0 in steps):
            for one, result in zip(x, out):
                self._run(one, result, lead - 1, call)
            return
        if out.size == 0:
            return
        layout = None
        if not (x.flags.c_contiguous and out.flags.c_contiguous and lead == 0):
            layout = (tuple(_strides(x, lead)), tuple(_strides(out, lead)),
                      math.prod(x.shape[:lead]), *steps)
        check(call(self._handle(layout), _pointer(x), _pointer(out)), self.dll)

    def __call__(self, x, out=None):
        x, out, lead = self._arrays(x, out)
        self._run(x, out, lead, lambda plan, signal, output: self.dll.conv_plan_execute(
            plan, signal, output, None))
        return out

    def with_bound(self, x):
        """The output of one signal and the error bound that it keeps (conv_plan_execute_bound)."""
        x, out, lead = self._arrays(x, None)
        if lead:
            raise ValueError("one signal at a time")
        bound = c.c_double()
        self._run(x, out, 0, lambda plan, signal, output: self.dll.conv_plan_execute_bound(
            plan, signal, output, None, c.byref(bound)))
        return out, bound.value

    def estimate(self, x, kind="ends"):
        """The estimated error of the rule at each output: "ends" or "richardson"."""
        x = np.ascontiguousarray(x, dtype=self.dtype)
        if x.shape != self.shape:
            raise ValueError("the plan takes signals of shape %s, not %s" % (self.shape, x.shape))
        error = np.empty(self.output_shape)
        check(self.dll.conv_plan_estimate(
            self._handle(), _named({"ends": 0, "richardson": 1}, kind, "kind"), _pointer(x),
            _pointer(error)), self.dll)
        return error

    @property
    def method(self):
        number = self.dll.conv_plan_method(self._handle())
        return next(name for name, n in METHODS.items() if n == number)

    def describe(self):
        """What was chosen, and why not the others."""
        return text(self.dll.conv_plan_describe, self._handle())

    def __del__(self):
        for handle in getattr(self, "_handles", {}).values():
            self.dll.conv_plan_destroy(handle)


# ---- as scipy.signal and NumPy have it ----------------------------------------------------------

def _exact(a, v, mode, operation):
    """Integers: exact sums as int64, or Error RANGE."""
    for array in (a, v):
        if array.dtype == np.uint64 and array.size and array.max() > np.iinfo(np.int64).max:
            raise OverflowError("a value above the largest int64")
    if a.ndim == 1 and a.size and v.size and mode in ("full", "same", "valid"):
        x = np.ascontiguousarray(a, np.int64)
        h = np.ascontiguousarray(v[::-1] if operation == "correlate" else v, np.int64)
        dll, number = _library(), MODES[mode]
        y = np.empty(dll.conv_output_extent(c.c_size_t(x.size), c.c_size_t(h.size), number),
                     np.int64)
        check(dll.conv1d_i64(_pointer(x), c.c_size_t(x.size), _pointer(h), c.c_size_t(h.size),
                             number, _pointer(y)))
        return y
    plan = Plan(v.astype(np.float64), a.shape, mode, operation, tolerance=("integer", 0))
    return plan(a.astype(np.float64)).astype(np.int64)


def _linear(a, v, mode, operation, method="auto", **settings):
    a, v = np.asarray(a), np.asarray(v)
    if a.ndim != v.ndim:
        raise ValueError("signal and kernel must have as many axes as each other: %d and %d"
                         % (a.ndim, v.ndim))
    if a.ndim == 0:
        return a * (v.conj() if operation == "correlate" else v)
    if a.dtype.kind in "biu" and v.dtype.kind in "biu" and not settings:
        return _exact(a, v, mode, operation)
    dtype = _common_type(a, v)
    v = v.astype(dtype if v.dtype.kind == "c" else _real(dtype))
    return Plan(v, a.shape, mode, operation, method=method, dtype=dtype, **settings)(a)


def convolve(in1, in2, mode="full", method="auto", **settings):
    """scipy.signal.convolve: any number of axes, the output of "same" has in1's shape. Integers
    give exact int64. settings: those of Plan."""
    return _linear(in1, in2, mode, "convolve", method, **settings)


def correlate(in1, in2, mode="full", method="auto", **settings):
    """scipy.signal.correlate: in2 conjugated."""
    return _linear(in1, in2, mode, "correlate", method, **settings)


def fftconvolve(in1, in2, mode="full", axes=None):
    """scipy.signal.fftconvolve; without axes, and with axes along which both have their own extents
    while the other axes broadcast. The method is libconv's choice."""
    a, v = np.asarray(in1), np.asarray(in2)
    if a.dtype.kind in "biu" and v.dtype.kind in "biu":
        a, v = a.astype(np.float64), v.astype(np.float64)
    if axes is None:
        return _linear(a, v, mode, "convolve")
    if a.ndim != v.ndim:
        raise ValueError("in1 and in2 should have the same dimensionality")
    axes = sorted({axis % a.ndim for axis in np.atleast_1d(axes)})
    last = range(-len(axes), 0)
    a, v = np.moveaxis(a, axes, last), np.moveaxis(v, axes, last)
    lead = a.ndim - len(axes)
    if all(n == 1 for n in v.shape[:lead]):
        dtype = _common_type(a, v)
        plan = Plan(v.reshape(v.shape[lead:]), a.shape[lead:], mode, dtype=dtype)
        y = plan(a)
    else:
        outer = np.broadcast_shapes(a.shape[:lead], v.shape[:lead])
        a = np.broadcast_to(a, outer + a.shape[lead:])
        v = np.broadcast_to(v, outer + v.shape[lead:])
        rows = [_linear(a[i], v[i], mode, "convolve") for i in np.ndindex(outer)]
        y = np.array(rows).reshape(outer + rows[0].shape)
    return np.moveaxis(y, last, axes)


_BOUNDARY_2D = {"fill": "constant", "wrap": "wrap", "symm": "reflect"}


def _plane(in1, in2, mode, boundary, fillvalue, operation, preset):
    if np.ndim(in1) != 2 or np.ndim(in2) != 2:
        raise ValueError("two axes each")
    edge = _named(_BOUNDARY_2D, boundary, "boundary")
    if edge == "constant" and fillvalue == 0:
        edge = "zero"
    a, v = (np.asarray(i, np.float64) if np.asarray(i).dtype.kind in "biu" else np.asarray(i)
            for i in (in1, in2))
    return _linear(a, v, mode, operation, boundary=edge, value=fillvalue, preset=preset)


def convolve2d(in1, in2, mode="full", boundary="fill", fillvalue=0):
    """scipy.signal.convolve2d: boundary "fill", "wrap" or "symm"."""
    return _plane(in1, in2, mode, boundary, fillvalue, "convolve", "scipy")


def correlate2d(in1, in2, mode="full", boundary="fill", fillvalue=0):
    """scipy.signal.correlate2d."""
    return _plane(in1, in2, mode, boundary, fillvalue, "correlate", "scipy_correlate2d")


# ---- as scipy.ndimage has it --------------------------------------------------------------------

_BOUNDARY_ND = {"reflect": "reflect", "constant": "constant", "nearest": "nearest",
                "mirror": "mirror", "wrap": "wrap", "grid-mirror": "reflect",
                "grid-constant": "constant", "grid-wrap": "wrap"}


def _ndimage(operation, input, weights, mode, cval, origin):
    x = np.asarray(input)
    x = x.astype(np.float64) if x.dtype.kind in "biu" else x
    w = np.asarray(weights, np.complex128 if np.iscomplexobj(weights) else np.float64)
    dtype = _common_type(x) if w.dtype.kind != "c" else _common_type(x, np.complex64)
    sign = -1 if operation == "correlate" else 1
    origins = [sign * o for o in _per_axis(origin, x.ndim, "origin")]
    w = w.conj() if operation == "correlate" and w.dtype.kind == "c" else w
    plan = Plan(w, x.shape, "same", operation, dtype=dtype, preset="ndimage", origin=origins,
                value=cval, boundary=_named(_BOUNDARY_ND, mode, "mode"))
    return plan(x)


def ndimage_convolve(input, weights, mode="reflect", cval=0.0, origin=0):
    """scipy.ndimage.convolve; float32 stays float32, integers become float64."""
    return _ndimage("convolve", input, weights, mode, cval, origin)


def ndimage_correlate(input, weights, mode="reflect", cval=0.0, origin=0):
    """scipy.ndimage.correlate."""
    return _ndimage("correlate", input, weights, mode, cval, origin)


# ---- integrals ----------------------------------------------------------------------------------

def convolve_integral(f, g, dx=1.0, mode="causal", rule="trapezoid", order=0, **settings):
    """The convolution integral of functions sampled on grids with the spacing dx (one, or one per
    axis). mode "causal": from the sum of both grids' beginnings, as many outputs as f has samples;
    "full": all. rule: "rectangle", "trapezoid", "gregory" with order 3 to 8, "auto"."""
    f, g = np.asarray(f), np.asarray(g)
    dtype = _common_type(f, g)
    return Plan(g.astype(dtype if g.dtype.kind == "c" else _real(dtype)), f.shape, mode, rule=rule,
                order=order, spacing=dx, dtype=dtype, **settings)(f)


# ---- kernels whose width changes ----------------------------------------------------------------

def smear(f, widths, dx=1.0, form="gather", edge="renormalise", shape="gauss", kind="auto",
          tolerance=0.0, axis=-1, threads=1):
    """f seen through a resolution: along `axis` a Gaussian ("lorentz", "box") with a width, in
    units of dx, for each sample. widths: as many as the axis has, or of f's shape. form "gather":
    the width at the output, keeps constants; "scatter": at the source, keeps the total."""
    f, widths = np.asarray(f), np.asarray(widths, np.float64)
    dtype = _common_type(f)
    x = _addressable(f.astype(dtype, copy=False))
    axis %= x.ndim
    dll, handle, y = _library(), c.c_void_p(), np.empty(x.shape, dtype)
    d = initialise(VaryingDescription(), dll.conv_varying_desc_init, DTYPES[dtype.name], x.ndim,
                   sizes(*x.shape), _named(FORMS, form, "form"))
    d.axis, d.spacing, d.tolerance, d.threads = axis, dx, tolerance, threads
    d.profile, d.kind = _named(SHAPES, shape, "shape"), _named(KINDS, kind, "kind")
    d.edge = _named(EDGES, edge, "edge")
    d.width_map = int(widths.ndim == x.ndim > 1)
    if widths.shape not in (x.shape, (x.shape[axis],)):
        raise ValueError("widths must be of shape %s or (%d,), not %s"
                         % (x.shape, x.shape[axis], widths.shape))
    d.signal_stride[:x.ndim] = _strides(x, 0)
    widths = np.ascontiguousarray(widths)
    check(dll.conv_varying_create(c.byref(handle), c.byref(d), _pointer(widths)))
    try:
        check(dll.conv_varying_execute(handle, _pointer(x), _pointer(y), None))
    finally:
        dll.conv_varying_destroy(handle)
    return y


def smear_irregular(x, f, widths, t=None, form="gather", edge="renormalise", shape="gauss",
                    tolerance=0.0, threads=1):
    """The same for samples f at any ascending points x, results at the points t (default x), widths
    in the units of x: one for each t ("gather") or each x ("scatter")."""
    dtype = _real(_common_type(np.asarray(f)))
    x, widths = (np.ascontiguousarray(v, np.float64) for v in (x, widths))
    f = np.ascontiguousarray(f, dtype)
    points = x if t is None else np.ascontiguousarray(t, np.float64)
    if x.ndim != 1 or f.shape[-1:] != x.shape:
        raise ValueError("f must have %d samples along its last axis, not shape %s"
                         % (x.size, f.shape))
    wanted = points if form == "gather" else x
    if widths.shape != wanted.shape:
        raise ValueError("%d widths wanted, not shape %s" % (wanted.size, widths.shape))
    dll, handle = _library(), c.c_void_p()
    y = np.empty(f.shape[:-1] + points.shape, dtype)
    d = initialise(IrregularDescription(), dll.conv_irregular_desc_init, DTYPES[dtype.name],
                   _pointer(x), c.c_size_t(x.size), _pointer(widths), _named(FORMS, form, "form"))
    d.t, d.t_count = points.ctypes.data, points.size
    d.profile, d.edge = _named(SHAPES, shape, "shape"), _named(EDGES, edge, "edge")
    d.batch, d.tolerance, d.threads = math.prod(f.shape[:-1]), tolerance, threads
    check(dll.conv_irregular_create(c.byref(handle), c.byref(d)))
    try:
        check(dll.conv_irregular_execute(handle, _pointer(f), _pointer(y), None))
    finally:
        dll.conv_irregular_destroy(handle)
    return y


# ---- layers -------------------------------------------------------------------------------------

class Layer:
    """A convolution layer: a correlation with channels.

    shape, kernel: spatial extents. padding: "valid", "same", "causal", a number, one per axis, or a
    pair (before, after) per axis. channels "first" (batch, channels, ...) or "last". weights:
    "torch", "keras", "torch_transposed" or "keras_transposed". transposed: the layer whose forward
    is another's gradient for the input."""

    def __init__(self, shape, kernel, channels_in, channels_out, batch=1, stride=1, dilation=1,
                 padding="valid", output_padding=0, groups=1, channels="first", weights="torch",
                 transposed=False, operation="correlate", method="auto", threads=1,
                 dtype="float32"):
        self.dll, self._handle = _library(), c.c_void_p()
        self.dtype = np.dtype(dtype)
        shape, kernel = (tuple(np.atleast_1d(v).tolist()) for v in (shape, kernel))
        rank = len(shape)
        if rank > LAYER_MAX_RANK or len(kernel) != rank:
            raise ValueError("1 to %d axes, as many for kernel as for shape: %d and %d"
                             % (LAYER_MAX_RANK, len(kernel), rank))
        d = initialise(LayerDescription(), self.dll.conv_layer_desc_init,
                       _named(DTYPES, self.dtype.name, "dtype"), rank, layer_sizes(*shape),
                       layer_sizes(*kernel), c.c_size_t(channels_in), c.c_size_t(channels_out))
        d.batch, d.groups, d.threads, d.transposed = batch, groups, threads, int(transposed)
        d.stride[:rank] = _per_axis(stride, rank, "stride")
        d.dilation[:rank] = _per_axis(dilation, rank, "dilation")
        d.output_pad[:rank] = _per_axis(output_padding, rank, "output_padding")
        if isinstance(padding, str):
            d.padding = _named(PADDINGS, padding, "padding")
        else:
            for axis, pad in enumerate(_per_axis(padding, rank, "padding")):
                d.pad[axis][:] = _per_axis(pad, 2, "padding")
        d.x_layout = d.y_layout = _named(CHANNELS, channels, "channels")
        d.w_layout = _named(WEIGHTS, weights, "weights")
        d.operation = _named(OPERATIONS, operation, "operation")
        d.method = _named(METHODS, method, "method")
        out = layer_sizes()
        check(self.dll.conv_layer_output_shape(c.byref(d), out), self.dll)
        check(self.dll.conv_layer_create(c.byref(self._handle), c.byref(d)), self.dll)
        self.x_shape = self._with_channels(batch, channels_in, shape, channels)
        self.y_shape = self._with_channels(batch, channels_out, tuple(out[:rank]), channels)
        self.w_shape = self._weight_shape(weights, channels_in, channels_out, groups, kernel)
        self.bias_shape = (channels_out,)

    @staticmethod
    def _with_channels(batch, channels, shape, layout):
        return (batch, channels, *shape) if layout == "first" else (batch, *shape, channels)

    @staticmethod
    def _weight_shape(weights, channels_in, channels_out, groups, kernel):
        if weights == "torch":
            return (channels_out, channels_in // groups, *kernel)
        if weights == "keras":
            return (*kernel, channels_in // groups, channels_out)
        if weights == "torch_transposed":
            return (channels_in, channels_out // groups, *kernel)
        return (*kernel, channels_out // groups, channels_in)

    def _array(self, array, shape, what):
        array = np.ascontiguousarray(array, self.dtype)
        if array.shape != shape:
            raise ValueError("%s must be of shape %s, not %s" % (what, shape, array.shape))
        return array

    def forward(self, x, w, bias=None):
        x, w = self._array(x, self.x_shape, "x"), self._array(w, self.w_shape, "w")
        y = np.empty(self.y_shape, self.dtype)
        bias = None if bias is None else self._array(bias, self.bias_shape, "bias")
        check(self.dll.conv_layer_forward(
            self._handle, _pointer(x), _pointer(w), None if bias is None else _pointer(bias),
            c.c_double(0), _pointer(y), None), self.dll)
        return y

    def grad_input(self, dy, w):
        dy, w = self._array(dy, self.y_shape, "dy"), self._array(w, self.w_shape, "w")
        dx = np.empty(self.x_shape, self.dtype)
        check(self.dll.conv_layer_grad_input(self._handle, _pointer(dy), _pointer(w),
                                             c.c_double(0), _pointer(dx), None), self.dll)
        return dx

    def grad_weights(self, x, dy):
        """The gradients for the weights and for the bias."""
        x, dy = self._array(x, self.x_shape, "x"), self._array(dy, self.y_shape, "dy")
        dw, dbias = np.empty(self.w_shape, self.dtype), np.empty(self.bias_shape, self.dtype)
        check(self.dll.conv_layer_grad_weights(
            self._handle, _pointer(x), _pointer(dy), c.c_double(0), _pointer(dw), _pointer(dbias),
            None), self.dll)
        return dw, dbias

    def describe(self):
        return text(self.dll.conv_layer_describe, self._handle)

    def __del__(self):
        if getattr(self, "_handle", None):
            self.dll.conv_layer_destroy(self._handle)
