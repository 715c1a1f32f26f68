"""Prepared calls of libconv, made of examples/python/conv.py's descriptions: the leanest ones."""

import ctypes as c
import os
import sys
from functools import partial

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "examples",
                                "python"))
import conv  # noqa: E402

MAX_RANK = conv.MAX_RANK


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

    def __init__(self, library, x, h, mode="full", operation="convolve", boundary="zero",
                 method="auto"):
        self.library, self.handle = library, c.c_void_p()
        description = library.describe(x, h, mode, operation, boundary, method)
        library.check(library.create(c.byref(self.handle), c.byref(description), pointer(h)))
        shape = conv.sizes()
        library.check(library.dll.conv_output_shape(c.byref(description), shape))
        self.output = aligned(tuple(shape[:x.ndim]), x.dtype)
        self.workspace = aligned((library.workspace_size(self.handle) + 64,), np.uint8)
        self.signal = x
        self.call = partial(library.execute, address(self.handle.value), pointer(x),
                            pointer(self.output), pointer(self.workspace))
        library.check(self.call())

    def method(self):
        number = self.library.dll.conv_plan_method(self.handle)
        return next(name for name, n in conv.METHODS.items() if n == number)

    def describe(self):
        return conv.text(self.library.dll.conv_plan_describe, self.handle)

    def destroy(self):
        self.library.dll.conv_plan_destroy(self.handle)
        self.handle = c.c_void_p()


class Library:
    def __init__(self, path):
        self.dll = conv.load(path, c.PyDLL)  # keeps the interpreter's lock
        self.create = self.dll.conv_plan_create
        self.execute = self.dll.conv_plan_execute
        self.workspace_size = self.dll.conv_plan_workspace_size
        self.version = self.dll.conv_version_string().decode()

    def check(self, status):
        conv.check(status, self.dll)

    def describe(self, x, h, mode, operation, boundary, method):
        d = conv.initialise(conv.Description(), self.dll.conv_desc_init_2,
                            conv.DTYPES[x.dtype.name], x.ndim, conv.sizes(*x.shape),
                            conv.sizes(*h.shape), conv.MODES[mode])
        d.operation, d.preset = conv.OPERATIONS[operation], conv.PRESETS["opencv"]
        d.boundary[:] = [conv.BOUNDARIES[boundary]] * MAX_RANK
        d.method = conv.METHODS[method]
        return d

    def one_shot(self, x, h, type_name, output):
        """conv1d of the type, FULL, as a prepared call."""
        function = getattr(self.dll, "conv1d_" + type_name)
        return partial(function, pointer(x), size(x.size), pointer(h), size(h.size),
                       c.c_int.from_param(conv.MODES["full"]), pointer(output))
