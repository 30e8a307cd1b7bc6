"""Networks of free sizes whose functions go with the sizes that they have by default.

Lives here: `with_own_sizes`. It knows signatures and where parameters are found.

Where labels are put into np.eye(10), no network of three outputs shows a gradient; the one that is
made where nothing is said has ten.
"""

from collections.abc import Callable, Iterator
from inspect import Parameter
from typing import Any, cast

from refnet.subjects.worker.arranging import sizes_of
from refnet.subjects.worker.binding import signature_of
from refnet.subjects.worker.finding import find_layers
from refnet.subjects.worker.making import Made, layout_of, named
from refnet.subjects.worker.raising import Trying

_FIRST: tuple[tuple[int, ...], ...] = ((2, 4), (2,), ())
"""Layer sizes that are told, so that there are few inputs; the others are those by default."""


def with_own_sizes(found: object, made: Made) -> Iterator[Made]:
    """Yield how a network is made whose last layer sizes are those that it has by default."""
    if made.fixed is not None or not (isinstance(found, type) or hasattr(found, "__code__")):
        return
    factory = cast("Callable[..., Any]", found)
    parameters = signature_of(factory)
    if not parameters or any(each.default is Parameter.empty for each in parameters):
        return
    for given in _FIRST:
        if all(type(each.default) is int for each in parameters[: len(given)]):
            own: list[Made] = []
            with Trying():
                own += _made(factory, given)
            yield from own


def _made(factory: Callable[..., Any], given: tuple[int, ...]) -> list[Made]:
    def make(_sizes: object) -> Any:
        return named(factory, factory(*given))

    network = make(())
    layers = find_layers(network)
    sizes = sizes_of(layers) if layers is not None else ()
    if not sizes or sizes[: len(given)] != given:
        return []
    return [Made(make, sizes, len(sizes) - 1, layout=layout_of(network))]
