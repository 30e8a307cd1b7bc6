"""Where in a subject's code something happened: read off a traceback, live or written down.

Lives here: Place, and how it is found. It knows frames and files, nothing of subjects.

A reader wants the line of their own code, not that of NumPy or of refnet around it: the innermost
frame in the subject's own folder counts, or else the innermost outside of libraries. Where that
folder is not known, the subject may be part of a library itself.
"""

import re
import sysconfig
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType

WHEREABOUTS = "whereabouts"
"""The file in the scratch folder in which a worker writes where it was when it hung or ended."""

_REFNET = Path(__file__).resolve().parent.parent
"""The code around a subject: its frames are never where something happened."""

_NAMELESS = ("<frozen ", "<string>")
"""How the files of Python's own import system are called, and that of a text that is run."""

_LIBRARIES = tuple({Path(sysconfig.get_path(name)) for name in ("stdlib", "purelib", "platlib")})
"""Where Python keeps its own library, and what is installed."""

_FRAME = re.compile(
    r'^  File "(?P<file>.*)", line (?P<line>\d+) in (?P<function>.*)$', re.MULTILINE
)
"""A frame as faulthandler writes it, the innermost first."""


@dataclass(frozen=True)
class Place:
    """A line of code, and the function it is in."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        place = f"{Path(self.file).name}, line {self.line}"
        return place if self.function == "<module>" else f"{place}, in {self.function}"


def place_in_dump(dump: str, home: Path | None) -> Place | None:
    """Find the place in what faulthandler has written of the main thread."""
    # Other threads come first; the one that Python began with is the last.
    main = re.split(r"^(?:Current thread|Thread) .*$", dump, flags=re.MULTILINE)[-1]
    return _innermost(
        (
            Place(found["file"], int(found["line"]), found["function"])
            for found in _FRAME.finditer(main)
        ),
        home,
    )


def place_in_traceback(traceback: TracebackType | None, home: Path | None) -> Place | None:
    """Find the place in a traceback."""
    return _innermost(_inwards(traceback), home)


def dump_of(traceback: TracebackType | None) -> str:
    """Write a traceback down as faulthandler would."""
    frames = _inwards(traceback)
    return "".join(f'  File "{at.file}", line {at.line} in {at.function}\n' for at in frames)


def _inwards(traceback: TracebackType | None) -> list[Place]:
    """List the places of a traceback, the innermost first."""
    places: list[Place] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.insert(0, Place(code.co_filename, traceback.tb_lineno, code.co_name))
        traceback = traceback.tb_next
    return places


def _innermost(places: Iterable[Place], home: Path | None) -> Place | None:
    outside = [
        place
        for place in places
        if not _within(place.file, _REFNET) and not place.file.startswith(_NAMELESS)
    ]
    return next(iter((*_own(outside, home), *(outside if home is None else ()))), None)


def _own(places: Iterable[Place], home: Path | None) -> Iterator[Place]:
    """Yield the places in the subject's own folder, and then those in no library."""
    apart = [place for place in places if not _is_library(place.file)]
    if home is not None:
        yield from (place for place in apart if _within(place.file, home))
    yield from apart


@cache
def _is_library(file: str) -> bool:
    # A package may be installed below the subject's own folder, as in a virtual environment.
    inside = any(_within(file, library) for library in _LIBRARIES)
    return inside or "site-packages" in Path(file).parts


@cache
def _within(file: str, folder: Path) -> bool:
    return Path(file).is_relative_to(folder)
