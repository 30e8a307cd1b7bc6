"""Finding out which function is the forward pass, how it takes samples, and where its outputs are.

Lives here: `find_forwards`. It knows customary names, signatures and shapes; nothing of what is
right.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from refnet.errors import SubjectError
from refnet.subjects.worker.adapted import Question, alike
from refnet.subjects.worker.binding import (
    is_foreign,
    needed_by,
    roles_of,
    signature_of,
    unknown_parameter,
)
from refnet.subjects.worker.customary import FORWARD, MORE_FORWARD
from refnet.subjects.worker.layouts import SampleLayout
from refnet.subjects.worker.leaves import shape_of
from refnet.subjects.worker.outputs_reading import find_outputs, select
from refnet.subjects.worker.recipe_trying import Probe, answers
from refnet.subjects.worker.recipes import Recipe, RecipeNetwork
from refnet.subjects.worker.scales import Scale

LAYOUTS: tuple[SampleLayout, ...] = (
    "columns",
    "rows",
    "single column",
    "single vector",
    "single row",
)
"""How samples may be handed over, whole batches first."""


def find_forwards(probe: Probe, enough: Callable[[], bool]) -> Iterator[Recipe]:
    """Find forward passes, how they take samples, and where their outputs are, in order.

    It ends where one after the other has been tried, or `enough` says so. Raises SubjectError if
    there is none.
    """
    probe.doing("outputs")
    tried = probe.bench().find((*FORWARD, *MORE_FORWARD))
    others = [name for name in _of_inputs_alone(probe) if name not in tried]
    for names in filter(None, (tried, others)):
        for sizes in probe.all_sizes():
            found = False
            for name in names:
                if enough():
                    return  # what else gives outputs shows no more gradients, and may hang
                for layout in LAYOUTS:
                    recipe = _forward(probe, name, layout, sizes)
                    if recipe is not None:
                        found = True
                        yield recipe
            if found:
                return
    shown = list(probe.all_sizes()[0])
    held = ", ".join(name.strip(".|") for name in tried)
    raise SubjectError(
        f"got {probe.name} with weights of the layer sizes {shown}, but "
        + (f"{held} gives no outputs of a fitting shape{probe.why}" if held else "no forward pass")
        + "; expected a function that takes inputs and returns outputs; call it forward"
    )


def _of_inputs_alone(probe: Probe) -> Iterator[str]:
    """Find what is handed inputs, and parameters, and nothing else: a forward pass, perhaps."""
    bench = probe.bench()
    for name in bench.others():
        function = bench.function(name)
        needed = [each for each in needed_by(function) if each not in bench.settings]
        handed = [each for each in needed if "x" not in roles_of(each)]
        if bench.is_data:
            known = all(map(bench.hands_over, handed)) or handed == [unknown_parameter(function)]
            inputs = len(needed) - len(handed)
            if inputs == 1 and handed and known:
                yield name
        elif len(needed) == 1 and (not handed or is_foreign(function)):
            yield name


def _forward(probe: Probe, name: str, layout: SampleLayout, sizes: Sequence[int]) -> Recipe | None:
    bench, question = probe.bench(sizes), probe.question(sizes)
    function = bench.function(name)
    if name.strip(".") == "loss" and not any(p.default is None for p in signature_of(function)):
        return None
    trial = Recipe(layout, name)
    network = RecipeNetwork(bench, trial)
    environment = network.environment(question, 0 if trial.single else None)
    environment.roles.pop("y")
    shapes = answers(layout, question.samples, sizes[-1])
    try:
        said = environment.call(function)
    except BaseException as error:  # noqa: BLE001 - a wrong guess may raise anything
        probe.note(name, error)
        return None
    names, depth = network.names_of(name), len(bench.layers)
    selector = find_outputs(said, names, bench.owner, depth, lambda held: shape_of(held) in shapes)
    if selector is None:
        shape = shape_of(said)
        if shape is not None:
            probe.raised.append(
                f"{name.strip('.|')} returned the shape {shape}, where {shapes[0]} was expected"
            )
        return None
    probe.raised.clear()
    shape = shape_of(select(selector, said, bench.owner, depth))
    recipe = Recipe(
        layout,
        name,
        selector,
        turned=layout == "rows" and shape == shapes[1],
        flat=sizes[-1] == 1 and shape == shapes[-1],
    )
    if _are_classes(probe, recipe, question):
        probe.raised.append(f"{name.strip('.|')} returned classes, where outputs were expected")
        return None
    return replace(recipe, scale=_scale(probe, recipe, sizes))


def _scale(probe: Probe, recipe: Recipe, sizes: Sequence[int]) -> Scale:
    """Return what outputs are to be put through, as their kind and their sums say it."""
    bench = probe.bench(sizes)
    outputs = RecipeNetwork(bench, recipe).ask("outputs", probe.question(sizes))
    if recipe.forward.strip(".") == "loss":
        return "softmax"
    if bench.torch is not None and bench.torch.scale:
        return bench.torch.scale
    sums = np.exp(outputs).sum(axis=0)
    logarithms = sizes[-1] > 1 and alike(sums, np.ones(sums.shape), bench.precision)
    return "exp" if logarithms else ""


def _are_classes(probe: Probe, recipe: Recipe, question: Question) -> bool:
    """Tell whether nothing but 0 and 1 is returned of weights that are no whole numbers."""
    network = RecipeNetwork(probe.bench(), recipe)
    weights, biases = network.get_parameters()
    network.set_parameters(
        [np.linspace(0.1, 0.7, w.size).reshape(w.shape) for w in weights],
        [np.full(b.shape, 0.3) for b in biases],
    )
    said = network.ask("outputs", replace(question, x=np.abs(question.x)))
    return bool(np.all((said == 0.0) | (said == 1.0)))
