"""Calling somebody else’s function, quietly and not for ever; and what it returns:
which part of that is the loss, and its numbers as NumPy’s."""

import contextlib
import ctypes
import io
import linecache
import math
import os
import re
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from traceback import walk_tb
from typing import Any

import numpy as np

from .reference import Array

Answer = Array | Exception
# Code of these is nobody's own.
LIBRARIES = {"builtins", "numpy", "scipy", "functools", "torch", "jax", "jaxlib"}
LIBRARIES |= {"keras", "tensorflow", "optax", "flax", "transformers", "xent_doctor"}


class Ended(Exception):
    """The function ended the program, by sys.exit or the like."""


class NoGradient(Exception):
    """The function gives a plain number."""


class TooLong(BaseException):
    """The function did not come back within the limit of time.

    No `except Exception` of the function's own catches it.
    """


def loss_of(result: Any, shape: tuple[int, ...], part: str = "") -> tuple[str, Any]:
    """The part of a result that is the loss, with its name in words: the likeliest, or
    the one that is named."""
    every = list(parts(result))
    named = [one for one in every if one[0] == part]
    return (named or losses_in(every, shape) or every)[0]


def losses_in(
    every: list[tuple[str, Any]], shape: tuple[int, ...]
) -> list[tuple[str, Any]]:
    """The parts that are one number, or one for each token; integers come last, since
    they mostly count tokens."""

    def counts(one: tuple[str, Any]) -> bool:
        kind = str(getattr(one[1], "dtype", ""))
        return isinstance(one[1], int) or bool(re.search("int|bool", kind))

    fit = [one for one in every if size(one[1]) in losses_for(shape)]
    return sorted(fit, key=counts)


def parts(result: Any) -> Iterator[tuple[str, Any]]:
    """Where the loss of a result may be, each with its name in words."""
    if result is None:
        raise TypeError("it returns None: is a return missing?")
    if hasattr(result, "loss"):
        yield "of its result .loss", result.loss
    elif isinstance(result, Mapping):
        likely = [x for x in result if "loss" in str(x)]
        likely.sort(key=lambda x: (x != "loss", "total" not in str(x)))
        for name in dict.fromkeys([*likely, *result]):
            yield f"of its dict {name!r}", result[name]
    elif isinstance(result, tuple):
        # PyTorch's number to train on has a gradient; one to print has none.
        tracked = [bool(getattr(x, "requires_grad", False)) for x in result]
        for i in sorted(range(len(result)), key=lambda i: not tracked[i]):
            yield f"of its tuple’s [{i}]", result[i]
    else:
        yield "", result


def losses_for(shape: tuple[int, ...]) -> set[int]:
    """How many losses there may be: one, one a token, or one less for each sequence."""
    n = math.prod(shape)
    return {1, n, n - n // shape[-1]} if shape else {1}


def size(x: Any) -> int:
    """How many numbers it has; −1 of what is no array."""
    if isinstance(x, (float, int, np.number)):
        return 1
    shape = np.shape(x) if isinstance(x, list) else getattr(x, "shape", None)
    return -1 if shape is None else math.prod(shape)


def as_numbers(x: Any) -> Array:
    """NumPy's float64 of any framework's array, or a TypeError."""
    if x is None or isinstance(x, (str, bytes)):
        raise TypeError(f"it returns {x!r}, not a number")
    if hasattr(x, "detach"):  # a tensor of PyTorch, bfloat16 among them
        x = x.detach().cpu().double()
    found = np.asarray(x)
    if found.dtype == object and hasattr(x, "data"):  # of an array class of one's own
        found = np.asarray(x.data)
    if found.dtype.kind not in "biuf" and found.dtype.name != "bfloat16":
        raise TypeError(f"it returns {str(x)[:60]}, not a number")
    return found.astype(np.float64)


def bytes_of(x: Any) -> bytes:
    """Its numbers, to see whether they change; of what has none, nothing."""
    try:
        return (x if isinstance(x, Array) else as_numbers(x)).tobytes()
    except (TypeError, ValueError):
        return b""


def is_finite(answer: Answer) -> bool:
    return not isinstance(answer, Exception) and bool(np.isfinite(answer).all())


def is_overflow(error: Exception) -> bool:
    """Whether exp, ln or a division of Python's own floats raised it."""
    words = ("math domain error", "expected a positive input")  # since Python 3.14
    return isinstance(error, ArithmeticError) or str(error).startswith(words)


def mark(error: BaseException) -> Exception:
    """The error, or that it ends the program; with the line of the caller's code at
    which it came, and whether that raised it by choice: it says raise or assert."""
    steps = list(walk_tb(error.__traceback__))
    if isinstance(error, SystemExit):
        error = Ended(f"it ends the program: {error}")
    names = [str(frame.f_globals.get("__name__", "")) for frame, _ in steps]
    others = {*LIBRARIES, "xent_lib"}
    mine = (name.partition(".")[0] not in others for name in names)
    own = [one for one, is_own in zip(steps, mine, strict=True) if is_own]
    if own:
        path, number = own[-1][0].f_code.co_filename, own[-1][1]
        line = linecache.getline(path, number).strip()
        raised = own[-1] is steps[-1] and re.search(r"\b(raise|assert)\b", line)
        error.by_choice = bool(raised) or isinstance(error, Ended)  # type: ignore[attr-defined]
        if not re.search("(site|dist)-packages", path):
            error.own = number, line  # type: ignore[attr-defined]
    return error.with_traceback(None)  # type: ignore[return-value]


def refused(answer: Answer) -> bool:
    """Whether the function says by itself that it does not take what it was given."""
    return isinstance(answer, Exception) and getattr(answer, "by_choice", False)


class Watch:
    """Stops a call that takes too long, by raising TooLong inside it.

    Only Python code can be stopped, and what waits in the main thread; and only where
    there are threads: not in a page.
    """

    seconds = 30.0
    deadline = float("inf")
    late = 0  # how often the call was told
    _one_at_a_time = threading.RLock()  # output and warnings are the whole program's

    @contextlib.contextmanager
    def running(self, seconds: float) -> Iterator[None]:
        """Watch the calls of this thread from here on."""
        thread, done = threading.get_ident(), threading.Event()
        waits = thread == threading.main_thread().ident and os.name == "posix"
        waits &= signal.getsignal(signal.SIGINT) is signal.default_int_handler
        waits &= not sys.gettrace()  # beside a tracer the interrupt is lost

        def look() -> None:
            while not done.wait(0.1):
                if time.monotonic() > self.deadline:
                    self.deadline += 1  # again, if an `except:` of its own catches it
                    signals = self.late and waits  # a sleep ends by nothing else
                    error = None if signals else ctypes.py_object(TooLong)
                    stop = ctypes.pythonapi.PyThreadState_SetAsyncExc
                    stop(ctypes.c_ulong(thread), error)
                    if signals:
                        signal.pthread_kill(thread, signal.SIGINT)
                    self.late += 1

        with self._one_at_a_time, quiet(), for_few_numbers():
            before, self.seconds = self.seconds, seconds
            with contextlib.suppress(RuntimeError):  # no threads
                threading.Thread(target=look, daemon=True).start()
            try:
                yield
            finally:
                done.set()
                self.seconds = before


watch = Watch()


@contextlib.contextmanager
def for_few_numbers() -> Iterator[None]:
    """PyTorch computes in one thread: several wait for one another, and a wait of 20 ms
    looks like a V × V product. JAX compiles without optimizing, which takes longer."""
    torch: Any = sys.modules.get("torch")
    jax: Any = sys.modules.get("jax")
    if torch:
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
    if jax:
        optimized = jax.config.read("jax_disable_most_optimizations")
        jax.config.update("jax_disable_most_optimizations", True)
    try:
        yield
    finally:
        if torch:
            torch.set_num_threads(threads)
        if jax:
            jax.config.update("jax_disable_most_optimizations", optimized)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """What is asked many times prints nothing, and warns of nothing."""
    with (
        np.errstate(all="ignore"),
        warnings.catch_warnings(),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield


def attempt(run: Callable[[], Array]) -> Answer:
    """What comes of one call of it, quietly and in time, or the exception that it
    raised; NoGradient is passed on."""
    watch.deadline, watch.late = time.monotonic() + watch.seconds, 0
    try:
        with quiet():
            return run()
    except NoGradient:
        raise
    except KeyboardInterrupt:
        if not watch.late:
            raise
        raise TooLong  # noqa: B904 - from what waited, as its context
    except (Exception, SystemExit) as error:
        return mark(error)
    finally:
        watch.deadline = float("inf")
