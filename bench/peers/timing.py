"""Interleaved timing: peer, libconv, peer, libconv, ..; medians of batches.

The clock is the process's processor time, so a busy machine does not lengthen a sample; everything
measured here has one thread, and a second one would count too."""

from itertools import repeat
from statistics import median
from time import perf_counter, process_time_ns

BATCH = 200e-6  # seconds: calls shorter than this are timed several at a time


def once(call, calls=1):
    """Seconds per call, over a number of calls."""
    steps = repeat(None, calls)
    start = process_time_ns()
    for _ in steps:
        call()
    return (process_time_ns() - start) / calls * 1e-9


def probe(call):
    """A first estimate: the faster of two calls after one for warming up, or a slow first one."""
    first = once(call)
    return first if first > 0.5 else min(once(call), once(call))


def interleaved(subjects, peers, seconds, keep, hopeless=3.0):
    """Medians, name to seconds, of callables, and the names that were only probed. Each sample of a
    peer is followed by one of every subject. Peers outside `keep` that need more than `hopeless`
    times the time of the fastest of them in the probe keep that time and take no further part."""
    times = {name: [] for name in {**subjects, **peers}}
    first = {name: probe(call) for name, call in {**subjects, **peers}.items()}
    fastest = min((first[name] for name in peers if name not in keep), default=0)
    active = [n for n in peers if n in keep or first[n] <= hopeless * fastest]
    counts = {name: max(1, int(BATCH / max(t, 1e-9))) for name, t in first.items()}
    end, rounds = perf_counter() + seconds, 0
    while perf_counter() < end or rounds < 3:
        for peer in active or [None]:
            if peer:
                times[peer].append(once(peers[peer], counts[peer]))
            for name, call in subjects.items():
                times[name].append(once(call, counts[name]))
        rounds += 1
    medians = {name: median(t) if t else first[name] for name, t in times.items()}
    return medians, [name for name in times if not times[name]]
