"""Which style of code a subject is written in.

Lives here: `recognise`, and the styles in the order in which they are tried. It knows the styles by
name, nothing of processes.
"""

from collections.abc import Callable, Sequence
from types import ModuleType

from refnet.errors import SubjectError
from refnet.subjects.worker.adapted import Taken
from refnet.subjects.worker.loading import Loaded
from refnet.subjects.worker.nielsen_probing import recognise_nielsen


def recognise(
    loaded: Loaded, without: Sequence[str] = (), doing: Callable[[str], None] = lambda _part: None
) -> Taken:
    """Take a subject in. Raises SubjectError that says what was found and what is missing."""
    if isinstance(loaded.found, ModuleType):
        return _of_module(loaded, without, doing)
    return recognise_nielsen(loaded.found, without, doing)


def _of_module(loaded: Loaded, without: Sequence[str], doing: Callable[[str], None]) -> Taken:
    """Take in the one class of a module that can be recognised."""
    module = loaded.module
    own = {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, type) and value.__module__ == module.__name__
    }
    reasons: list[str] = []
    taken: dict[str, Taken] = {}
    for name, value in own.items():
        try:
            taken[name] = recognise_nielsen(value, without, doing)
        except SubjectError as error:
            reasons.append(str(error))
    if len(taken) == 1:
        return next(iter(taken.values()))
    if taken:
        raise SubjectError(
            f"got {module.__name__} with several networks, {', '.join(taken)}; expected one; name "
            f"it, as in {module.__name__}.py:{next(iter(taken))}"
        )
    raise SubjectError("; ".join(reasons) or f"got {module.__name__} without a class; expected one")
