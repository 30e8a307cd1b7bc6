"""How a check is to be made: the options of `refnet check` and of `refnet.check`, as plain data.

Lives here: Options, and how they are written in the command or the call that repeats a check. It
knows text and numbers, nothing of laws, conventions or processes: those are held against what there
is where they are used.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from shlex import quote
from types import MappingProxyType
from typing import Any, TypedDict

from refnet.errors import ArgumentError

TIMEOUT = 30.0
"""Seconds a subject has for everything it is asked, unless the caller says otherwise."""

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Choices(TypedDict, total=False):
    """The fields of Options as keyword arguments, each of which may be left out."""

    seed: int
    timeout: float
    declare: Mapping[str, str]
    only: Sequence[str]
    examples: int
    expect_broken: Mapping[str, str]
    accept_unstable: bool
    in_process: bool
    python: str
    training: bool


@dataclass(frozen=True)
class Options:
    """What a caller may choose about a check.

    `timeout` is in seconds. `declare` holds conventions by key. `only` are ids of laws or the
    beginnings of ids; all laws where empty. `examples` is how many failing examples are shown, of
    different laws. `expect_broken` are laws that must be broken, each with the reason why.
    `accept_unstable` makes a numerically unstable network no failure. `in_process` judges in this
    very process, `python` is the interpreter of the subject, this one where empty. `training` has
    a network whose gradients are right trained shortly, for advice. Raises ArgumentError.
    """

    seed: int = 0
    timeout: float = TIMEOUT
    declare: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    only: Sequence[str] = ()
    examples: int = 1
    expect_broken: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    accept_unstable: bool = False
    in_process: bool = False
    python: str = ""
    training: bool = True

    def __post_init__(self) -> None:
        for name in ("seed", "examples"):
            value: object = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or value < 0:
                raise ArgumentError(
                    f"{name}: got {value!r}; expected an integer of at least 0; mend it, or leave "
                    "it out"
                )
        if not (math.isfinite(self.timeout) and self.timeout > 0):
            raise ArgumentError(
                f"timeout: got {self.timeout}; expected a number of seconds above 0; leave it out "
                f"for {TIMEOUT:g}"
            )
        if self.in_process and self.python:
            raise ArgumentError(
                f"in_process, python: got both, with {self.python!r}; expected one of them; a "
                "subject in this process runs in this interpreter"
            )

    @property
    def plain(self) -> dict[str, Any]:
        """Return every field as data that can be written or sent: keyword arguments of Options."""
        data: dict[str, Any] = {each.name: getattr(self, each.name) for each in fields(self)}
        return data | {"declare": dict(self.declare), "expect_broken": dict(self.expect_broken)}

    def command(self, subject: str) -> str:
        """Write the command that repeats a check; `subject` is its own part of it, quoted."""
        return " ".join(("refnet check", subject, *self._flags()))

    def call(self, subject: str) -> str:
        """Write the call that repeats a check from inside Python."""
        chosen = (f", {name}={value!r}" for name, value in self._chosen() if name != "in_process")
        return f"refnet.check({subject}{''.join(chosen)})"

    def _flags(self) -> Iterator[str]:
        for name, value in self._chosen():
            flag = f"--{name.replace('_', '-')}"
            if name in ("declare", "expect_broken"):
                yield from (f"{flag} {quote(f'{key}={text}')}" for key, text in value.items())
            elif value is True:
                yield flag
            elif value is False:
                yield f"--no-{name}"
            elif name == "only":
                yield f"{flag} {quote(','.join(value))}"
            else:
                yield f"{flag} {quote(f'{value:g}' if name == 'timeout' else str(value))}"

    def _chosen(self) -> Iterator[tuple[str, Any]]:
        """Yield what differs from the default, by name."""
        for name, value in self.plain.items():
            if value != DEFAULT.plain[name]:
                yield name, value


DEFAULT = Options()
"""What a caller gets who chooses nothing."""
