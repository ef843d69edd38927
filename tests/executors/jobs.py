"""Functions that executors run: in a light module of their own, as every worker imports it."""

import gc
import os
import signal
import time
from collections.abc import Iterator
from typing import Any


def squared(number: int) -> int:
    return number * number


def process_id(_: int) -> int:
    return os.getpid()


def dying_at_40(number: int) -> int:
    if number == 40:
        os._exit(3)
    return number


def hanging_at_40(number: int) -> int:
    if number == 40:
        time.sleep(600)
    return number


def slowest_first(number: int) -> int:
    time.sleep(0.01 if number < 16 else 0)
    return number


def failing_at_40(number: int) -> int:
    if number == 40:
        raise KeyError("forty")
    return number


def failing_at_100(number: int) -> int:
    if number == 100:
        raise KeyError("hundred")
    return number


def slow(number: int) -> int:
    time.sleep(0.004)
    return number


def killing_its_worker_at_100(number: int) -> int:
    if number == 100:
        import psutil

        forkserver = psutil.Process().parent()
        os.kill(forkserver.ppid(), signal.SIGKILL)
        time.sleep(1)
    return number


def never_lost(number: int, reason: str) -> int:
    raise AssertionError(f"{number} was lost: {reason}")


def reason_of_loss(number: int, reason: str) -> Any:
    return number, reason


class Counted:
    """Items, and how many of them were taken."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.taken = 0

    def __iter__(self) -> Iterator[int]:
        for number in range(self.total):
            self.taken += 1
            yield number


def die_holding_the_lock(number: int) -> int:
    """Die as one that another program kills at the worst moment: others wait for ever."""
    locks = (each for each in gc.get_objects() if type(each).__name__ == "ChannelMutex")
    next(locks).reader_mutex.acquire()
    os.kill(os.getpid(), signal.SIGKILL)
    return number
