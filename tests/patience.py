"""What may not take for ever."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def patience(seconds: int, give_up: Callable[[], Exception]) -> Iterator[None]:
    """Raises what `give_up` makes where the block takes longer. In the main thread alone, and once at a time."""

    def enough(*_: object) -> None:
        raise give_up()

    before = signal.signal(signal.SIGALRM, enough)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
