"""Lambda of an L2 penalty where a network keeps it, and is not handed it; and other penalties.

Lives here: `with_own_penalty`. It knows customary names and the styles of networks; whether a
number is lambda is told by what it does (penalty_effects.py).
"""

import math
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, cast

from refnet.problem import Part
from refnet.subjects.protocol import Convention
from refnet.subjects.worker.adapted import Adapted, Arrays, Pair, Question, Taken, Trained
from refnet.subjects.worker.binding import takes
from refnet.subjects.worker.calling import parameters_of
from refnet.subjects.worker.customary import (
    PENALTIES,
    PENALTY_LIKE,
    PENALTY_OF_SIGNS,
    TRAINING_SIZES,
)
from refnet.subjects.worker.kept_numbers import Places
from refnet.subjects.worker.nielsen import NielsenNetwork
from refnet.subjects.worker.penalty_effects import (
    PARTS,
    Trial,
    is_divisor,
    is_of_signs,
    is_without_half,
    penalised_by,
    tried_sizes,
)
from refnet.subjects.worker.recipes import RecipeNetwork
from refnet.subjects.worker.switched_off import Setting, settings_beside, shows_in_outputs

WITHOUT_HALF = Convention(
    "penalty",
    "lambda sum w^2",
    "inferred",
    "if you meant lambda/2 sum w^2, this is bug l2-unscaled",
)
"""How a penalty without its 1/2 is named in a report, where no cost has it."""

Doing = Callable[[str], None]


@dataclass(frozen=True)
class Penalty:
    """The names under which a network keeps lambda and n, and the parts that have the penalty.

    `share` is what it is told of lambda: half, where its weights shrink by 2 lambda W and no cost
    with a penalty says which form is meant. `declared` tells that it is handed n, or keeps it.
    `off` are settings of what is not judged, an L1 penalty or momentum, which are set to nothing.
    """

    names: tuple[str, ...] = ()
    sizes: tuple[str, ...] = ()
    parts: frozenset[Part] = frozenset()
    share: float = 1.0
    declared: bool = False
    off: tuple[Setting, ...] = ()


class PenalisedNetwork:
    """A network in which lambda, and n, are put before it is asked anything."""

    def __init__(self, network: Adapted, places: Places, penalty: Penalty) -> None:
        self._network, self._places, self._penalty = network, places, penalty

    def set_parameters(self, weights: Arrays, biases: Arrays) -> None:
        """Put copies of the parameters into the network."""
        self._network.set_parameters(weights, biases)

    def get_parameters(self) -> Pair:
        """Return copies of the parameters as they are."""
        return self._network.get_parameters()

    def ask(self, part: Part, question: Question) -> Any:
        """Return what the network says of this part, at the lambda of the question."""
        self._put(question)
        return self._network.ask(part, question)

    def train(self, question: Question, epochs: int) -> None:
        """Train for so many epochs by the network's own loop."""
        self._put(question)
        cast(Trained, self._network).train(question, epochs)

    def _put(self, question: Question) -> None:
        for setting in self._penalty.off:
            self._places.put(setting.name, setting.none)
        for name in self._penalty.names:
            self._places.put(name, self._penalty.share * question.l2)
        for name in self._penalty.sizes:
            self._places.put(name, question.training_size)


def with_own_penalty(taken: Taken, module: ModuleType, doing: Doing) -> Taken:
    """Return a subject that is told lambda where it keeps it; itself where it keeps none."""
    able = taken.description.capabilities
    parts: list[Part] = [part for part in PARTS if part in able.parts]
    network = taken.make(tried_sizes(able))
    if not isinstance(network, NielsenNetwork | RecipeNetwork):
        return taken
    search = _Search(taken, module, parts, doing)
    places = Places(_owner(network), module)
    beside = [each for each in settings_beside(places) if not search.clips_outputs(each)]
    found = replace(search, beside=tuple(beside)).penalty(network)
    doing("")
    return _penalised(taken, module, found) if found.names or found.off else taken


def _penalised(taken: Taken, module: ModuleType, penalty: Penalty) -> Taken:
    """Return a subject that is told lambda, in whatever form its labels are."""
    said, relabelled = taken.description, taken.relabelled
    able = replace(said.capabilities, without_l2=said.capabilities.without_l2 - penalty.parts)
    shown = [setting.shown for setting in penalty.off]
    if penalty.names:
        shown.append(Convention("lambda", f"kept in {', '.join(penalty.names)}", "detected"))
    shown += [WITHOUT_HALF] if penalty.share < 1.0 else []

    def make(sizes: Sequence[int]) -> Adapted:
        network = taken.make(sizes)
        return PenalisedNetwork(network, Places(_owner(network), module), penalty)

    def again(labels: str) -> Taken:
        return _penalised(cast("Callable[[str], Taken]", relabelled)(labels), module, penalty)

    return replace(
        taken,
        description=replace(
            said,
            capabilities=able,
            l2_declared=said.l2_declared or penalty.declared,
            conventions=(*said.conventions, *shown),
        ),
        make=make,
        relabelled=None if relabelled is None else again,
    )


@dataclass(frozen=True, eq=False)
class _Search:
    """The search for lambda, and n, among the numbers that a network keeps."""

    taken: Taken
    module: ModuleType
    parts: Sequence[Part]
    doing: Doing
    beside: tuple[Setting, ...] = ()

    def penalty(self, network: NielsenNetwork | RecipeNetwork) -> Penalty:
        """Find them; lambda may be kept in one place for the cost, in another for gradients."""
        places = Places(_owner(network), self.module)
        off = [*self.beside]
        off += [
            Setting("L1 penalty", name, 0.0)
            for name in places.names((), PENALTY_OF_SIGNS)
            if any(number for _, number in places.kept(name)) and self._adds_signs(places, name)
        ]
        found = self._lambda(network, places)
        return replace(found, off=tuple(off))

    def clips_outputs(self, setting: Setting) -> bool:
        """Tell whether a threshold is not one of gradients."""
        if setting.none != math.inf:
            return False
        trial = self._trial([setting.name], {})
        places = Places(_owner(self.taken.make(trial.sizes)), self.module)
        with _put_back(places, [setting.name]):
            return shows_in_outputs(trial.made, trial)

    def _adds_signs(self, places: Places, name: str) -> bool:
        with _put_back(places, [name]):
            return is_of_signs(self._trial([name], {}), self._announced(self.parts))

    def _lambda(self, network: NielsenNetwork | RecipeNetwork, places: Places) -> Penalty:
        """Find lambda among what is kept, in the parts that no argument tells it to."""
        names: list[str] = []
        changed: set[Part] = set()
        for name in places.names(PENALTIES, PENALTY_LIKE) if self.untold else ():
            with _put_back(places, [name]):
                more = penalised_by(self._trial([name], {}), self._announced()) - changed
            if more:
                names.append(name)
                changed |= more
        if not names:
            return Penalty()
        sizes = [
            name for name in places.names(TRAINING_SIZES) if self._divides(places, name, names)
        ]
        meant = _meant(frozenset(changed), network) & frozenset(self.untold)
        decayed: Part = next(part for part in PARTS if part in changed)
        with _put_back(places, names):
            shown = "cost" in meant or "cost" in {*self.parts} - {*self.untold}
            halved = not shown and is_without_half(self._trial(names, {}), decayed)
        return Penalty(
            tuple(names),
            tuple(sizes),
            meant,
            0.5 if halved else 1.0,
            declared=bool(sizes) or _is_handed_n(network),
        )

    @property
    def untold(self) -> Sequence[Part]:
        """The parts whose functions have no argument for lambda."""
        free = self.taken.description.capabilities.without_l2
        return [part for part in self.parts if part in free]

    def _announced(self, parts: Sequence[Part] = ()) -> Iterator[Part]:
        for part in parts or self.untold:
            self.doing(part)
            yield part

    def _divides(self, places: Places, name: str, names: Sequence[str]) -> bool:
        with _put_back(places, [name, *names]):
            return any(
                is_divisor(lambda n: self._trial(names, {name: n}), part)
                for part in self._announced()
            )

    def _trial(self, names: Sequence[str], others: Mapping[str, float]) -> Trial:
        said = self.taken.description
        sizes = tried_sizes(said.capabilities)

        def made(number: float) -> Adapted:
            network = self.taken.make(sizes)
            places = Places(_owner(network), self.module)
            # Dropout would make another change of every answer, whatever number is tried.
            nothing = {setting.name: setting.none for setting in self.beside}
            for name, value in {**nothing, **dict.fromkeys(names, number), **others}.items():
                places.put(name, value)
            return network

        return Trial(made, sizes, said.capabilities.one_sample, said.precision)


@contextmanager
def _put_back(places: Places, names: Sequence[str]) -> Generator[None]:
    """Put back what is kept in the module, and outlives the networks that are tried."""
    before = [(name, places.kept(name)) for name in names]
    try:
        yield
    finally:
        for name, kept in before:
            for holder, number in kept:
                holder.put(name, number)


def _owner(network: Adapted) -> object:
    if isinstance(network, RecipeNetwork):
        return network.bench.owner
    return network.owner if isinstance(network, NielsenNetwork) else network


def _meant(changed: frozenset[Part], network: NielsenNetwork | RecipeNetwork) -> frozenset[Part]:
    """Name the parts that a penalty belongs to where it has changed some of them.

    A cost has to have the penalty that gradients have, unless it is one of outputs alone, as that
    of the data is; and gradients that of the cost, unless a step makes up for it.
    """
    meant: set[Part] = set(changed)
    if "gradients" in changed and _cost_sees_weights(network):
        meant.add("cost")
    if "step" not in changed:
        meant |= {"gradients", "step"}
    return frozenset(meant)


def _cost_sees_weights(network: NielsenNetwork | RecipeNetwork) -> bool:
    if isinstance(network, NielsenNetwork):
        return bool(network.ways.cost) and not network.ways.cost_of_outputs
    bench, name = network.bench, (network.recipe.cost or ("<none>",))[-1]
    if name.startswith("<"):
        return False
    function = bench.function(name)
    own = name.startswith(".") or bench.takes_parameters(function)
    return own and takes(function, "x") and not takes(function, "outputs")


def _is_handed_n(network: NielsenNetwork | RecipeNetwork) -> bool:
    if isinstance(network, NielsenNetwork):
        step = network.ways.step
        return bool(step) and ("training_size" in parameters_of(getattr(network.owner, step)).known)
    ways = (*network.recipe.gradients, *network.recipe.step)
    return any(
        takes(network.bench.function(name), "training_size")
        for name in ways
        if not name.startswith("<")
    )
