"""Worker processes and Ctrl-C: it is theirs never, and this process's always."""

import os
import signal
import threading
import time

import pytest

from molosim.experiments.executors import interrupts_held, processes

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")


def _interrupted_in_the_block(steps: list[str]) -> None:
    with interrupts_held():
        signal.raise_signal(signal.SIGINT)
        steps.append("the block goes on")
    steps.append("never come to")


def test_an_interrupt_is_held_back_until_the_block_ends() -> None:
    steps: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        _interrupted_in_the_block(steps)
    assert steps == ["the block goes on"]
    with pytest.raises(KeyboardInterrupt):  # and what follows is open to them again
        signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_another_thread_takes_is_held_back_too(number: signal.Signals) -> None:
    steps: list[str] = []
    over = threading.Event()
    bar = threading.Thread(target=over.wait)  # such as the one that draws a progress bar: it blocks no signal
    before = signal.signal(number, signal.default_int_handler)
    bar.start()
    try:
        with pytest.raises(KeyboardInterrupt):
            _ended_in_the_block(number, steps)
    finally:
        signal.signal(number, before)
        over.set()
        bar.join()
    assert steps == ["the block goes on"]


def _ended_in_the_block(number: signal.Signals, steps: list[str]) -> None:
    with interrupts_held():
        os.kill(os.getpid(), number)
        time.sleep(0.05)
        steps.append("the block goes on")
    steps.append("never come to")


def _sleep_and_tell() -> int:
    time.sleep(0.2)
    return os.getpid()


def test_a_worker_started_under_it_does_not_hear_interrupts() -> None:
    with processes(1) as pool:
        with interrupts_held():
            future = pool.submit(_sleep_and_tell)
        (worker,) = pool._processes
        while not future.done():  # from its first moment to its last
            os.kill(worker, signal.SIGINT)
            time.sleep(0.002)
        assert future.result() == worker
