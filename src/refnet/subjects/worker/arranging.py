"""Making layers of places: which way round weights are kept, by how the shapes of all fit together.

Lives here: `arranged` and `sizes_of`. It knows shapes, nothing of where places are found.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise

from refnet.subjects.worker.layouts import BiasLayout, WeightLayout, ends_of
from refnet.subjects.worker.leaves import shape_of
from refnet.subjects.worker.places import ArrayLayer, Augmented, Layer, Place

Pair = tuple[Place, Place | None]
"""The places of the weights and of the biases of one layer."""


def sizes_of(layers: Sequence[Layer]) -> tuple[int, ...]:
    """Return the units per layer, the input included."""
    return (layers[0].ends[0], *(layer.ends[1] for layer in layers))


def arranged(
    places: Sequence[Pair], known: WeightLayout | None, sizes: Sequence[int] | None
) -> tuple[Layer, ...] | None:
    """Make layers of places whose shapes fit together, one way round or the other.

    The weights of the last layer alone may be a vector: it has one unit.
    """
    weights: list[tuple[int, ...]] = [shape_of(w.get()) or () for w, _ in places]
    biases = [None if b is None else shape_of(b.get()) or () for _, b in places]
    if not places or [len(shape) for shape in weights[:-1]] != [2] * (len(places) - 1):
        return None
    if len(weights[-1]) not in (1, 2):
        return None
    found: list[tuple[Layer, ...]] = []
    for layout in _likeliest(biases) if known in (None, "vector") else (known,):
        layouts: list[WeightLayout] = ["vector" if len(shape) == 1 else layout for shape in weights]
        ends = [ends_of(*pair) for pair in zip(weights, layouts, strict=True)]
        for extra in (0, 1):
            pairs = [(fan_in - extra, units) for fan_in, units in ends]
            chained = all(one[1] == next_[0] for one, next_ in pairwise(pairs))
            bias = _bias_layouts(biases, [units for _, units in pairs])
            fits = bias is not None and (biases[0] is None or not extra)
            told = sizes is not None and (pairs[0][0], *(end[1] for end in pairs)) == tuple(sizes)
            # Of one matrix alone, what is not told to be a bias is another input.
            likely = not extra or len(pairs) > 1 or (told and layouts[0] == "vector")
            if chained and fits and likely and pairs[0][0] > 0 and bias is not None:
                augmented: Augmented = "last" if extra else ""
                found.append(
                    tuple(
                        ArrayLayer(*place, *kept, augmented)
                        for place, kept in zip(places, zip(layouts, bias, strict=True), strict=True)
                    )
                )
    matching = [layers for layers in found if sizes and sizes_of(layers) == tuple(sizes)]
    found = matching or found
    return found[0] if found else None


def _likeliest(biases: Sequence[tuple[int, ...] | None]) -> tuple[WeightLayout, WeightLayout]:
    """Say which way round weights are tried first: square ones fit both ways."""
    columns = biases[0] is None or (len(biases[0]) == 2 and biases[0][1] == 1)
    return ("out-in", "in-out") if columns else ("in-out", "out-in")


def _bias_layouts(
    shapes: Sequence[tuple[int, ...] | None], units: Sequence[int]
) -> list[BiasLayout] | None:
    """Say how biases are kept, all in the same way, but that of one unit alone in any."""
    if shapes[0] is None:
        return [_COLUMN for _ in units]
    for layout in _SHAPES:
        known: list[BiasLayout] = []
        for shape, count in zip(shapes, units, strict=True):
            kept = _bias_layout(shape, count, layout)
            if kept is not None:
                known.append(kept)
        if len(known) == len(units):
            return known
    return None


def _bias_layout(
    shape: tuple[int, ...] | None, units: int, layout: BiasLayout
) -> BiasLayout | None:
    if shape == _SHAPES[layout](units) and (units == 1 or layout != "scalar"):
        return layout
    others: list[BiasLayout] = [
        other for other, of in _SHAPES.items() if units == 1 and of(1) == shape
    ]
    return others[0] if others else None


_COLUMN: BiasLayout = "column"
_SHAPES: dict[BiasLayout, Callable[[int], tuple[int, ...]]] = {
    "column": lambda units: (units, 1),
    "vector": lambda units: (units,),
    "row": lambda units: (1, units),
    "scalar": lambda _units: (),
}
"""The shape of biases by how they are kept; a scalar is that of one unit."""
