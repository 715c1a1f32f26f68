"""libconv through ctypes: descriptions, plans and one-shot calls as prepared callables."""

import ctypes as c
from functools import partial

import numpy as np

MAX_RANK = 8
DTYPES = {"f32": 0, "f64": 1, "c32": 2, "c64": 3}
MODES = {"full": 0, "same": 1}
OPERATIONS = {"convolve": 0, "correlate": 1}
BOUNDARIES = {"zero": 0, "mirror": 5}
METHODS = ["auto", "direct", "separable", "blocks", "fft", "reference"]
PRESET_OPENCV = 5

_sizes = c.c_size_t * MAX_RANK
_steps = c.c_ssize_t * MAX_RANK
_enums = c.c_int * MAX_RANK


class Description(c.Structure):
    _fields_ = [
        ("struct_size", c.c_size_t), ("dtype", c.c_int), ("kernel_dtype", c.c_int),
        ("rank", c.c_int), ("signal_shape", _sizes), ("kernel_shape", _sizes), ("mode", c.c_int),
        ("operation", c.c_int), ("boundary", _enums), ("boundary_value", c.c_double * 2),
        ("period", _sizes), ("preset", c.c_int), ("origin", _steps), ("window_start", _steps),
        ("window_count", _sizes), ("window_step", _sizes), ("signal_stride", _steps),
        ("output_stride", _steps), ("batch", c.c_size_t), ("signal_batch_stride", c.c_ssize_t),
        ("output_batch_stride", c.c_ssize_t), ("rule", c.c_int), ("spacing", c.c_double * MAX_RANK),
        ("method", c.c_int), ("threads", c.c_int), ("max_workspace", c.c_size_t), ("isa", c.c_int),
    ]


def address(value):
    """A prebuilt argument: in this form ctypes passes it on with no more work."""
    return c.c_void_p.from_param(value)


def pointer(array):
    """The same for an array, which the caller keeps alive."""
    return address(array.ctypes.data)


def size(value):
    return c.c_size_t.from_param(value)


def aligned(shape, dtype):
    """Zeros at a 64-byte boundary, so that no row depends on the allocator's mood."""
    dtype = np.dtype(dtype)
    count = int(np.prod(shape)) * dtype.itemsize
    room = np.zeros(count + 64, np.uint8)
    start = -room.ctypes.data % 64
    return room[start:start + count].view(dtype).reshape(shape)


class Plan:
    """A plan with its output, its workspace and `call`, which executes it with no more work."""

    def __init__(self, library, x, h, type_name, mode="full", operation="convolve",
                 boundary="zero", method="auto"):
        self.library, self.handle = library, c.c_void_p()
        description = library.describe(x, h, type_name, mode, operation, boundary, method)
        library.check(library.create(c.byref(self.handle), c.byref(description), pointer(h)))
        shape = _sizes()
        library.check(library.dll.conv_output_shape(c.byref(description), shape))
        self.output = aligned(tuple(shape[:x.ndim]), x.dtype)
        self.workspace = aligned((library.workspace_size(self.handle) + 64,), np.uint8)
        self.signal = x
        self.call = partial(library.execute, address(self.handle.value), pointer(x),
                            pointer(self.output), pointer(self.workspace))
        library.check(self.call())

    def method(self):
        return METHODS[self.library.dll.conv_plan_method(self.handle)]

    def describe(self):
        text = c.create_string_buffer(4096)
        self.library.dll.conv_plan_describe(self.handle, text, size(len(text)))
        return text.value.decode()

    def destroy(self):
        self.library.dll.conv_plan_destroy(self.handle)
        self.handle = c.c_void_p()


class Library:
    def __init__(self, path):
        self.dll = c.PyDLL(path)  # keeps the interpreter's lock: the leanest call there is
        self.create = self.dll.conv_plan_create
        self.execute = self.dll.conv_plan_execute
        self.workspace_size = self.dll.conv_plan_workspace_size
        self.workspace_size.restype = c.c_size_t
        self.dll.conv_last_error.restype = c.c_char_p
        self.dll.conv_version_string.restype = c.c_char_p
        self.version = self.dll.conv_version_string().decode()
        probe = Description()
        self.dll.conv_desc_init(c.byref(probe), 0, 1, _sizes(8), _sizes(3), 0)
        if probe.struct_size != c.sizeof(Description):
            raise SystemExit("conv_desc has %d bytes in the library and %d here"
                             % (probe.struct_size, c.sizeof(Description)))

    def check(self, status):
        if status:
            raise RuntimeError(self.dll.conv_last_error().decode())

    def describe(self, x, h, type_name, mode, operation, boundary, method):
        d = Description()
        self.dll.conv_desc_init(c.byref(d), DTYPES[type_name], x.ndim, _sizes(*x.shape),
                                _sizes(*h.shape), MODES[mode])
        d.operation, d.preset = OPERATIONS[operation], PRESET_OPENCV
        d.boundary[:] = [BOUNDARIES[boundary]] * MAX_RANK
        d.method = METHODS.index(method)
        return d

    def one_shot(self, x, h, type_name, output):
        """conv1d of the type, FULL, as a prepared call."""
        function = getattr(self.dll, "conv1d_" + type_name)
        return partial(function, pointer(x), size(x.size), pointer(h), size(h.size),
                       c.c_int.from_param(MODES["full"]), pointer(output))
