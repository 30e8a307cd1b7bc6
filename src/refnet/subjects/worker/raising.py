"""What a subject raises when it is tried out: whatever it is, the next thing is tried.

Lives here: Trying. It knows exceptions, nothing of subjects.

A network that is not of the form that was guessed may raise anything: SystemExit,
KeyboardInterrupt and a BaseException of its own, too. The user's interruption alone goes through.
"""

from types import TracebackType

from refnet.errors import Interruption


class Trying:
    """A block out of which nothing is raised, unless the user interrupts."""

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> bool:
        return not isinstance(error, Interruption)
