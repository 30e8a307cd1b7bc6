"""Where in a subject's code something happened: read off a traceback, live or written down.

Lives here: Place, and how it is found. It knows frames and files, nothing of subjects.

A reader wants the line of their own code, not that of NumPy or of the worker around it: the
innermost frame in the subject's own folder counts, or else the innermost of all.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType

WORKER = Path(__file__).resolve().parent / "worker"
"""The code around a subject: its frames are never where something happened."""

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
    places: list[Place] = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        places.append(Place(code.co_filename, traceback.tb_lineno, code.co_name))
        traceback = traceback.tb_next
    return _innermost(reversed(places), home)


def _innermost(places: Iterable[Place], home: Path | None) -> Place | None:
    first = None
    for place in places:
        if not _within(place.file, WORKER):
            if home is None or _within(place.file, home):
                return place
            first = first or place
    return first


@cache
def _within(file: str, folder: Path) -> bool:
    # A package installed below the subject's own folder, as in a virtual environment, is not its.
    path = Path(file)
    return path.is_relative_to(folder) and "site-packages" not in path.parts
