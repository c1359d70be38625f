"""Calling somebody else's function many times: quietly, and not for ever."""

import contextlib
import ctypes
import io
import threading
import time
import warnings
from collections.abc import Iterator

import numpy as np

from .outputs import TooLong


class Watch:
    """Stops a call that takes too long, by raising TooLong inside it.

    Only Python code can be stopped, and only where there are threads: not in a page.
    """

    seconds = 30.0
    _deadline = float("inf")
    _one_at_a_time = threading.RLock()  # output and warnings are the whole program's

    @contextlib.contextmanager
    def running(self, seconds: float) -> Iterator[None]:
        """Watch the calls of this thread from here on."""
        thread, done = threading.get_ident(), threading.Event()

        def look() -> None:
            while not done.wait(0.1):
                if time.monotonic() > self._deadline:
                    self._deadline += 1  # again, if an `except:` of its own catches it
                    stop = ctypes.pythonapi.PyThreadState_SetAsyncExc
                    stop(ctypes.c_ulong(thread), ctypes.py_object(TooLong))

        with self._one_at_a_time, quiet():
            before, self.seconds = self.seconds, seconds
            with contextlib.suppress(RuntimeError):  # no threads
                threading.Thread(target=look, daemon=True).start()
            try:
                yield
            finally:
                done.set()
                self.seconds = before

    @contextlib.contextmanager
    def call(self) -> Iterator[None]:
        """One call, which may take so long and no longer."""
        self._deadline = time.monotonic() + self.seconds
        try:
            yield
        finally:
            self._deadline = float("inf")


watch = Watch()


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
