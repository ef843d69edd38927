"""Run a step in a process of its own, and measure its time and its peak memory.

Whoever calls `run` must import nothing large itself: a new process starts with the peak memory
of the one that started it.
"""

import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import version
from multiprocessing import forkserver

NO_OTHER_BACKENDS = {
    f"POT_BACKEND_DISABLE_{name}": "1" for name in ("TORCH", "JAX", "CUPY", "TENSORFLOW")
}
"""POT would import these where they are installed; neither way uses them."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What running a step took."""

    seconds: float
    """Time by the clock; the median where the step was run several times."""
    processor_seconds: float
    """Time that all cores worked on it, likewise."""
    peak: int
    """Largest resident memory of the process, in bytes."""
    worker_peak: int
    """That of its largest worker process; 0 where there was none."""
    result: dict[str, float]
    """What the step says about its last run."""


def run(step: str, *, calls: int = 1, **arguments: object) -> Measurement:
    """Run a step in a new process.

    Args:
        step: `module.function`. The function prepares (what is not measured) and returns the work.
        calls: how often the work is done.
        arguments: of the function, as JSON can hold them; paths become strings.

    Raises:
        subprocess.CalledProcessError: the step failed; its traceback is on stderr.
    """
    print(step.replace("_steps.", ": "), file=sys.stderr)
    command = [sys.executable, __file__, step, str(calls), json.dumps(arguments, default=str)]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, check=True, text=True, env=os.environ | NO_OTHER_BACKENDS
    )
    return Measurement(**json.loads(done.stdout.splitlines()[-1]))


def median(measurements: Sequence[Measurement]) -> Measurement:
    """Combine several runs of one step: median times, largest memory."""
    return Measurement(
        statistics.median(one.seconds for one in measurements),
        statistics.median(one.processor_seconds for one in measurements),
        max(one.peak for one in measurements),
        max(one.worker_peak for one in measurements),
        measurements[-1].result,
    )


def machine() -> str:
    """Name the machine by what matters: cores and versions."""
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, "
        f"Pillow {version('pillow')}, mosaicdb {version('mosaicdb')}"
    )


def seconds(value: float) -> str:
    """Write a time with three digits."""
    return f"{value:.3f}" if value < 1 else f"{value:.3g}"


def ratio(value: float) -> str:
    """Write a ratio with two digits or more."""
    if value < 1:
        return f"{value:.2f}"
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table; all columns but the first are aligned right."""
    lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _main() -> None:
    """Run one step here: `measure.py STEP CALLS ARGUMENTS`; the last line printed is JSON."""
    step, calls, arguments = sys.argv[1:]
    module, function = step.split(".")
    work = getattr(import_module(module), function)(**json.loads(arguments))
    times, result = [], {}
    for _ in range(int(calls)):
        clock = time.perf_counter()
        processor = _processor_seconds()
        result = work()
        elapsed = time.perf_counter() - clock
        _end_workers()
        times.append((elapsed, _processor_seconds() - processor))
    print(
        json.dumps(
            {
                "seconds": statistics.median(clock for clock, _ in times),
                "processor_seconds": statistics.median(processor for _, processor in times),
                "peak": _peak(resource.RUSAGE_SELF),
                "worker_peak": _peak(resource.RUSAGE_CHILDREN),
                "result": result,
            }
        )
    )


def _end_workers() -> None:
    """Wait for the server that starts worker processes: only then is their memory known."""
    forkserver._forkserver._stop()  # type: ignore[attr-defined]


def _processor_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def _peak(who: int) -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(who).ru_maxrss * unit


if __name__ == "__main__":
    _main()
