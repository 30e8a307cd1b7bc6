"""Functions that share their parameters as variables of their maker, taken for one object."""

from collections.abc import Callable
from typing import Any

import pytest

from refnet.subjects.worker.closures import Closed, closed


def counting(start: float) -> tuple[Callable[[], float], Callable[[float], None]]:
    count = start
    last: float

    def read() -> float:
        return count

    def add(step: float) -> None:
        nonlocal count, last
        last = step
        count += step

    return read, add


@pytest.mark.parametrize("form", ["pair", "list", "dictionary"])
def test_what_functions_share_is_read_and_set_as_attributes(form: str) -> None:
    """The judge puts parameters in and takes them out by these names."""
    read, add = counting(2.0)
    forms: dict[str, Any] = {"pair": (read, add), "list": [read, add]}
    together = closed(forms.get(form, {"read": read, "add": add}))
    assert isinstance(together, Closed)
    assert vars(together) == {"count": 2.0}  # the other has no value yet
    together.count = 5.0
    together.add(0.5)
    assert (together.read(), together.count, together.last) == (5.5, 5.5, 0.5)
    assert {"read", "add", "count", "last"} <= {*dir(together)}
    with pytest.raises(AttributeError, match="weights"):
        together.weights  # noqa: B018 - it is there to raise


@pytest.mark.parametrize("value", [[], {}, [len], [counting(1.0)[0], 3], {"a": 1.0}, 7, "read"])
def test_anything_else_stays_what_it_is(value: object) -> None:
    assert closed(value) is value
