"""convbench layer beside torch: the same layers, forward and both gradients, one thread.

The two are timed one after the other, not interleaved: convbench times the library in C, torch is
called from Python. A ratio is torch's time over libconv's, so above 1 libconv is faster."""

import json
import subprocess
import tempfile
from statistics import median
from time import perf_counter

SAMPLES = 7


def libconv_rows(convbench, words):
    """The rows of convbench layer whose names have the words."""
    with tempfile.NamedTemporaryFile("r", suffix=".json") as file:
        part = ["--part", words] if words else []
        subprocess.run([convbench, "layer", *part, "--json", file.name],
                       stdout=subprocess.DEVNULL, check=False)
        return [json.loads(line) for line in file]


def torch_call(torch, row):
    """A function that does the row's task, or None where torch has no such layer."""
    if row["rank"] > 3:
        return None
    dtype = torch.float64 if row["dtype"] == "f64" else torch.float32
    rank, pad = row["rank"], [row["pad"]] * row["rank"]
    before = row["kernel"][0] - 1 if row["causal"] else 0
    x = torch.randn(row["batch"], row["in"], *[n + before for n in row["shape"][:rank]],
                    dtype=dtype)
    w = torch.randn(row["out"], row["in"] // row["groups"], *row["kernel"][:rank], dtype=dtype)
    if row["last"] and rank == 2:
        x, w = (a.contiguous(memory_format=torch.channels_last) for a in (x, w))
    settings = [[row["stride"]] * rank, pad, [1] * rank, False, [0] * rank, row["groups"]]
    y = torch.convolution(x, w, None, *settings)
    if row["task"] == "forward":
        return lambda: torch.convolution(x, w, None, *settings)
    mask = [row["task"] == "grad_input", row["task"] == "grad_weights", False]
    return lambda: torch.ops.aten.convolution_backward(y, x, w, None, *settings, mask)


def seconds_of(call):
    """The median of some calls after one for warming up."""
    call()
    times = []
    for _ in range(SAMPLES):
        start = perf_counter()
        call()
        times.append(perf_counter() - start)
    return median(times)


def compare(convbench, words=""):
    """Prints a line for each layer and task."""
    try:
        import torch
        torch.set_num_threads(1)
        torch.set_grad_enabled(False)
    except ImportError:
        torch = None
        print("torch is not installed: libconv's times alone")
    print(f"{'layer':44} {'task':14} {'libconv us':>11} {'torch us':>10} {'ratio':>6}")
    for row in libconv_rows(convbench, words):
        call = torch_call(torch, row) if torch else None
        other = seconds_of(call) if call else None
        name = f"{row['name']} {row['dtype']} x{row['batch']} {'last' if row['last'] else 'first'}"
        beside = f"{1e6 * other:10.1f} {other / row['seconds']:6.2f}" if other else f"{'-':>10}"
        print(f"{name:44} {row['task']:14} {1e6 * row['seconds']:11.1f} {beside}")
