"""Who is to blame, said by the type of the exception.

Lives here: every exception refnet raises on purpose. It knows nothing else of the package.
Each message says what was got, what was expected and what to do about it.
"""


class RefnetError(Exception):
    """The common ancestor of every error that refnet raises on purpose."""


class ArgumentError(RefnetError, ValueError):
    """The caller passed a value that cannot be meant."""


class ShapeError(ArgumentError):
    """The caller passed an array whose rank, shape or element type cannot be meant."""


class SubjectError(RefnetError):
    """The implementation under judgement crashed, hung or answered nonsense."""


class Deviation(RefnetError):
    """A law is broken: an answer differs from what was expected by more than its bound.

    `element` names the number in question ("dW of layer 2, row 1, column 3"), `equation` the
    equation that it breaks ("BP2"); `got`, `expected` and `bound` are None where the breach is
    not of one number (a wrong shape, an exception).
    """

    def __init__(
        self,
        message: str,
        *,
        equation: str = "",
        element: str = "",
        got: float | None = None,
        expected: float | None = None,
        bound: float | None = None,
    ) -> None:
        super().__init__(message)
        self.equation = equation
        self.element = element
        self.got = got
        self.expected = expected
        self.bound = bound


class DataError(RefnetError):
    """A file or a download is damaged, foreign or cannot be had."""


class Interruption(KeyboardInterrupt):
    """The user ends it, by Ctrl-C or a signal: nobody's fault, and nothing that a subject did."""
