"""What a recipe amounts to, for the judge: capabilities and conventions.

Lives here: `describe`. It knows recipes and calls nothing.
"""

from refnet.problem import Part
from refnet.subjects.protocol import Capabilities, Convention, Description
from refnet.subjects.worker.binding import takes
from refnet.subjects.worker.making import Made
from refnet.subjects.worker.online import ONLINE
from refnet.subjects.worker.places import ArrayLayer
from refnet.subjects.worker.recipes import Recipe
from refnet.subjects.worker.workbench import Bench


def describe(bench: Bench, recipe: Recipe, made: Made) -> Description:
    """Say what was found."""
    offered: tuple[tuple[Part, object], ...] = (
        ("outputs", True),
        ("gradients", recipe.gradients),
        ("step", recipe.step),
        ("cost", recipe.cost),
        ("predictions", recipe.predict),
        ("correct", recipe.evaluate),
        ("initial", made.initial),
    )
    parts: frozenset[Part] = frozenset(part for part, way in offered if way)
    alone: tuple[Part, ...] = ("gradients", "step", "correct") if recipe.single else ()
    alone = ("step",) if recipe.online and not alone else alone
    labelled: tuple[Part, ...] = ("gradients", "step", "cost") if recipe.labels == "integer" else ()
    return Description(
        style=style_of(bench),
        capabilities=Capabilities(
            parts=parts,
            one_sample=frozenset(alone),
            without_l2=frozenset(_without_l2(bench, recipe)),
            labelled=frozenset(labelled),
            without_biases=not bench.biased,
            sizes=made.fixed,
            depth=made.depth,
        ),
        precision="float32" if bench.precision == "float32" else "float64",
        l2_declared=_declares_n(bench, recipe),
        conventions=tuple(_conventions(bench, recipe)),
    )


def style_of(bench: Bench) -> str:
    """Name the shape of code."""
    first = bench.layers[0]
    if bench.chain is not None:
        return "layer objects"
    if not isinstance(first, ArrayLayer):
        return "neurons"
    if bench.is_data:
        return "functions around parameters"
    if isinstance(first.weight.container, dict):
        return "a dictionary of parameters"
    return "parameters as attributes"


def _functions(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if not name.startswith("<")]


def _takes(bench: Bench, names: tuple[str, ...], role: str) -> bool:
    return any(takes(bench.function(name), role) for name in _functions(names))


def _without_l2(bench: Bench, recipe: Recipe) -> list[Part]:
    ways: tuple[tuple[Part, tuple[str, ...]], ...] = (
        ("gradients", recipe.gradients),
        ("step", recipe.step),
        ("cost", recipe.cost),
    )
    return [part for part, way in ways if not _takes(bench, way, "l2")]


def _declares_n(bench: Bench, recipe: Recipe) -> bool:
    return any(
        _takes(bench, way, "l2") and _takes(bench, way, "training_size")
        for way in (recipe.gradients, recipe.step)
    )


def _conventions(bench: Bench, recipe: Recipe) -> list[Convention]:
    batches = recipe.samples if recipe.single else f"batches of {recipe.samples}"
    shown = [Convention("samples", batches, "detected")]
    first = bench.layers[0]
    if isinstance(first, ArrayLayer) and first.weight_layout == "in-out":
        shown.append(Convention("weights", "(fan-in, fan-out)", "detected"))
    if isinstance(first, ArrayLayer) and first.augmented:
        place = f"the {first.augmented} row or column of the weights"
        shown.append(Convention("biases", place, "detected"))
    if not bench.biased:
        shown.append(Convention("biases", "none", "detected"))
    if recipe.labels == "integer":
        shown.append(Convention("labels", "integers", "detected"))
    if recipe.evaluate and recipe.counted != recipe.labels:
        counted = "integers" if recipe.counted == "integer" else "one-hot"
        shown.append(Convention("labels of test data", counted, "detected"))
    if recipe.scale:
        meant = f"scores, to be put through {recipe.scale}"
        shown.append(
            Convention("outputs", "logarithms" if recipe.scale == "exp" else meant, "inferred")
        )
    if recipe.online:
        shown.append(ONLINE)
    if recipe.rate:
        shown.append(Convention("learning rate", f"kept in {recipe.rate.strip('.')}", "detected"))
    if bench.loss.name and any(name.startswith("<") for name in (*recipe.gradients, *recipe.step)):
        shown.append(Convention("derivative of the cost", bench.loss.name, "assumed"))
    return shown
