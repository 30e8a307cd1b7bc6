"""Settings of every test run.

Here, above tests/ and properties/, because Hypothesis takes a profile only if it is loaded before
the tests that use it are imported; and the number of threads, because NumPy asks for it once, when
it is imported; that commands under test do not inherit which signals are ignored; and that what is
run without measuring coverage is not slowed by it.
"""

import os
import signal
import sys
import threading
from collections.abc import Generator, Iterator

# pytest-xdist gives every core a process. Threads besides would fight for the cores, and waiting
# they take the time that the others need: the training of MNIST takes four times as long with two.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import pytest
from hypothesis import settings


def _ignore(_number: int, _frame: object) -> None:
    """Ignore a signal by a handler, which a command that is started does not inherit."""


# What runs in the background ignores Ctrl-C, below `nohup` the end of the terminal. So would every
# command that is tested for what it does then.
for _number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _ignore)

# No deadline: how long an example takes says how busy the machine is, not whether a law holds.
settings.register_profile("refnet", deadline=None, print_blob=True)
settings.load_profile("refnet")


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Trace nothing of what bears the mark no_cover.

    In a process of pytest-xdist, pytest-cov has begun to measure twice, and where it pauses the one
    it goes on with the other: that takes as long as if it had not paused.
    """
    if item.get_closest_marker("no_cover") is None:
        return (yield)
    traced, traced_in_threads = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)
    try:
        return (yield)
    finally:
        threading.settrace(traced_in_threads)
        sys.settrace(traced)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hardly shrink examples, which is half of what judging a wrong network takes.

    For tests in which the verdict counts, and not how small its example is.
    """
    from refnet import shrinking

    monkeypatch.setattr(shrinking, "CALLS", 20)


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Leave neither a module nor a path of a subject behind that is recognised in this process."""
    import numpy as np

    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    before = set(sys.modules)
    with np.errstate(all="ignore"):
        yield
    for name in set(sys.modules) - before:
        del sys.modules[name]
