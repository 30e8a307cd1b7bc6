"""Calling a function so that its local variables can be seen.

Lives here: `into`. It knows frames, nothing of networks.
"""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from refnet.subjects.worker.binding import positionally
from refnet.subjects.worker.leaves import is_array


def into(held: dict[str, Any]) -> Callable[[Callable[..., Any], dict[str, Any]], Any]:
    """Return how a function is called so that its local arrays come to be held, as first seen."""

    def called(function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
        code = getattr(function, "__code__", None)

        def within(frame: FrameType, _event: str, _argument: Any) -> Any:
            for name, value in frame.f_locals.items():
                if name not in held and is_array(value):
                    held[name] = value.copy()  # what is first the outputs may become their error
            return within

        def entered(frame: FrameType, _event: str, _argument: Any) -> Any:
            return within if frame.f_code is code else None

        before = sys.gettrace()
        sys.settrace(entered)
        try:
            return positionally(function, arguments)
        finally:
            sys.settrace(before)

    return called
