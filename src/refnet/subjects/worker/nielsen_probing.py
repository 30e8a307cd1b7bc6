"""Finding out how a network shaped like Nielsen's is asked: methods, signatures, shapes.

Lives here: `recognise_nielsen`. It knows the customary names; nothing of what is right: a network
that answers wrongly is found to be asked in the same way as one that answers rightly.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from refnet.problem import Part
from refnet.subjects.protocol import Capabilities, Description, PrecisionName
from refnet.subjects.worker.adapted import Question, Taken, numbers
from refnet.subjects.worker.calling import call, first_method, parameters_of, takes_targets_alone
from refnet.subjects.worker.construction import UNEVEN, Maker, find_maker
from refnet.subjects.worker.counting import find_counting
from refnet.subjects.worker.customary import (
    ACCUMULATORS,
    BACKPROP,
    COST,
    PREDICT,
)
from refnet.subjects.worker.layouts import SampleLayout, own_sample, sample_layout, trial_samples
from refnet.subjects.worker.nielsen import NielsenNetwork, Ways
from refnet.subjects.worker.nielsen_ordering import SQUARE, in_order
from refnet.subjects.worker.nielsen_ways import (
    accumulators_of,
    conventions_of,
    forward_names,
    kept_rate,
    nearly_ordered,
    ordered,
)
from refnet.subjects.worker.online import is_online
from refnet.subjects.worker.own_loop import find_loop
from refnet.subjects.worker.raising import Trying
from refnet.subjects.worker.stepping import find_step_samples, first_step

SINGLE: tuple[SampleLayout, ...] = ("single column", "single vector", "single row")
BATCH: tuple[SampleLayout, ...] = ("columns", "rows")


def recognise_nielsen(
    found: object, without: Sequence[str] = (), doing: Callable[[str], None] = lambda _part: None
) -> Taken:
    """Take in a class, function or instance with lists of weights and biases.

    Parts in `without` are not tried out; `doing` hears which one is. Raises SubjectError that says
    what is missing.
    """
    maker = find_maker(found)
    probe = Probe(maker, frozenset(without), doing)
    ways = probe.gradients(probe.forward())
    ways = replace(probe.rest(ways), loop=find_loop(probe.fresh()))

    def taken(ways: Ways) -> Taken:
        def relabelled(labels: str) -> Taken:
            return taken(replace(ways, labels="one-hot" if labels == "one-hot" else "integer"))

        description = probe.description(ways)
        return Taken(
            description,
            lambda sizes: NielsenNetwork(maker.make(sizes), ways),
            relabelled if ways.evaluate else None,
            probe.doubtful,
            probe.unclear or not {"gradients", "step"} & description.capabilities.parts,
        )

    return taken(ways)


@dataclass(eq=False)
class Probe:
    """One network shape under examination: how it is made, and what is not to be tried."""

    maker: Maker
    without: frozenset[str]
    doing: Callable[[str], None]

    def __post_init__(self) -> None:
        self.l2 = False
        self.online = False
        self.doubtful = False
        self.unclear = False
        self.sizes = self.maker.fixed or (UNEVEN if self.maker.depth in (None, 2) else (2, 4, 3, 5))
        self.precision: PrecisionName = "float64"
        self.notes: list[str] = []

    def fresh(self, sizes: Sequence[int] | None = None) -> Any:
        """Make a network."""
        return self.maker.make(self.sizes if sizes is None else sizes)

    def forward(self) -> Ways:
        """Find the first forward pass whose outputs are of a fitting shape, or the first at all.

        Raises SubjectError where there is none.
        """
        names = forward_names(self.fresh(), self.maker.lists)
        for name in names:
            ways = self.layout(Ways(self.maker.lists, "columns", name))
            if not self.unclear:
                return ways
        return self.layout(Ways(self.maker.lists, "columns", names[0]))

    def layout(self, ways: Ways) -> Ways:
        """Find out whether it takes batches, and how it takes a sample.

        One sample at a time where the step takes pairs, by design; else whole batches if backprop
        then answers with gradients of the right shapes.
        """
        network = self.fresh()
        step, self.doubtful = first_step(network)
        backprop = first_method(network, BACKPROP, without="learning_rate")
        pairs = bool(step) and not {"x", "y"} <= parameters_of(getattr(network, step)).known
        after = bool(backprop) and takes_targets_alone(getattr(network, backprop))
        ways = replace(
            ways, step=step, batch_of_pairs=pairs, backprop=backprop, after_forward=after
        )
        single = pairs or (bool(backprop) and not self._takes_batches(ways))
        self.doing("outputs")
        ask = getattr(network, ways.forward)
        layout = sample_layout(
            lambda x: call(ask, {"x": self._given(x)}),
            self.sizes[0],
            self.sizes[-1],
            SINGLE if single else (*BATCH, *SINGLE),
        )
        usual = {"column": SINGLE[0], "vector": SINGLE[1], "row": SINGLE[2]}
        self.unclear = layout is None
        samples = layout or usual[self.maker.lists.bias_layout]
        self._note_precision(replace(ways, samples=samples))
        return replace(ways, samples=samples)

    def _takes_batches(self, ways: Ways) -> bool:
        self.doing("gradients")
        for samples in BATCH:
            with Trying():
                found = self._sorted_out(replace(ways, samples=samples), self.sizes)
                if found is not None:
                    return True
        return False

    def gradients(self, ways: Ways) -> Ways:
        """Find out what backprop returns or leaves behind, and in which order."""
        if not ways.backprop or "gradients" in self.without:
            return ways
        self.doing("gradients")
        for sizes in dict.fromkeys((self.sizes, self.maker.fixed or SQUARE)):
            with Trying():
                found = self._sorted_out(ways, sizes)
                if found is not None:
                    return in_order(found, self.fresh, sizes)
        self.doubtful = True  # it raises, or gives no gradients for any sizes
        with Trying():
            found = self._sorted_out(ways, self.sizes, nearly_ordered)
            if found is not None:
                return found
        accumulators = accumulators_of(self.fresh())
        if accumulators or ways.after_forward:
            return replace(ways, form="accumulated", accumulators=accumulators or ACCUMULATORS[0])
        return ways

    def _sorted_out(
        self, ways: Ways, sizes: Sequence[int], match: Callable[..., Ways | None] = ordered
    ) -> Ways | None:
        """Call backprop once, and match what comes with the parameters by shape; None if none."""
        network = self.fresh(sizes)
        asked = NielsenNetwork(network, ways)
        x, y = trial_samples(sizes, 1 if asked.single else 5)
        given = [asked.laid_out(a, ways.samples) for a in (x, y)]
        accumulators = accumulators_of(network)
        if ways.after_forward:
            accumulators = accumulators or ACCUMULATORS[0]
            NielsenNetwork(network, replace(ways, accumulators=accumulators)).reset_accumulators()
            call(getattr(network, ways.forward), {"x": given[0]})
            said = call(getattr(network, ways.backprop), {"y": given[1]})
        else:
            said = call(getattr(network, ways.backprop), {"x": given[0], "y": given[1]})
        if said is None:
            accumulators = accumulators_of(network, filled=True)
            if not accumulators:
                return None
            left = [[np.shape(a) for a in getattr(network, name)] for name in accumulators]
            fits = ways.samples not in BATCH or left == [*asked.shapes]
            return replace(ways, form="accumulated", accumulators=accumulators) if fits else None
        return match(ways, said, asked.shapes)

    def rest(self, ways: Ways) -> Ways:
        """Find out about steps, costs, predictions and counting."""
        network = self.fresh()
        ways = self._step(ways, network) if ways.step else ways
        ways = self._cost(ways, network)
        predict = first_method(network, PREDICT)
        if predict not in ("", ways.forward) and self._predicts(replace(ways, predict=predict)):
            ways = replace(ways, predict=predict)
        if "correct" not in self.without:
            self.doing("correct")
            ways = find_counting(ways, self.fresh, self.sizes)
        return ways

    def _step(self, ways: Ways, network: Any) -> Ways:
        """Find out what a step takes; it is none of use if that is no learning rate."""
        roles = parameters_of(getattr(network, ways.step)).known
        rate = "" if "learning_rate" in roles else kept_rate(network)
        self.l2 = {"l2", "training_size"} <= roles
        if "learning_rate" not in roles and not rate:
            self.notes.append(f"{ways.step} takes no learning rate: steps were not judged.")
            return replace(ways, step="")
        ways = replace(ways, rate=rate)
        if "step" in self.without:
            return ways
        self.doing("step")
        ways = ways if ways.batch_of_pairs else find_step_samples(ways, self.fresh, self.sizes)
        self.online = is_online(
            lambda sizes: NielsenNetwork(self.fresh(sizes), ways), self.sizes, self.precision
        )
        return ways

    def _cost(self, ways: Ways, network: Any) -> Ways:
        """Take a method as the cost that gives one number of x and y, or of outputs and y."""
        name = first_method(network, COST)
        if not name or "cost" in self.without:
            return ways
        self.doing("cost")
        ways = replace(ways, cost_takes_l2="l2" in parameters_of(getattr(network, name)).known)
        for of_outputs in (False, True):
            tried = replace(ways, cost=name, cost_of_outputs=of_outputs)
            with Trying():
                x, y = trial_samples(self.sizes, 5)
                said = NielsenNetwork(self.fresh(), tried).ask("cost", Question(x, y, 1.0, 0.0, 5))
                if numbers(said).size == 1:
                    return tried
        return ways

    def _predicts(self, ways: Ways) -> bool:
        """Tell whether predictions are one number for every sample, and not the outputs again."""
        if "predictions" in self.without:
            return False
        self.doing("predictions")
        with Trying():
            x, y = trial_samples(self.sizes, 5)
            asked = Question(x, y, 1.0, 0.0, 5)
            said = numbers(NielsenNetwork(self.fresh(), ways).ask("predictions", asked))
            # As many whole numbers as units are classes, by an argmax over the wrong axis.
            outputs = said.shape == (self.sizes[-1],) and bool(np.any(said != np.round(said)))
            return said.ndim == 1 and not outputs
        return False

    def _note_precision(self, ways: Ways) -> None:
        with Trying():
            x, _ = trial_samples(self.sizes, 1)
            given = self._given(own_sample(x, 0, ways.samples).astype(np.float32))
            said = call(getattr(self.fresh(), ways.forward), {"x": given})
            own = getattr(self.fresh(), self.maker.lists.weights)[-1]
            if {np.asarray(said).dtype, np.asarray(own).dtype} == {np.dtype(np.float32)}:
                self.precision = "float32"

    def _given(self, array: NDArray[Any]) -> Any:
        return array.tolist() if self.maker.lists.plain else array

    def description(self, ways: Ways) -> Description:
        """Say what was found, for the judge."""
        self.doing("")
        single = ways.samples not in BATCH
        parts: set[Part] = {"outputs"}
        alone: set[Part] = {"gradients"} if single else set()
        alone |= {"step"} if self.online or (single and not ways.step_takes_batches) else set()
        offered: tuple[tuple[Part, str], ...] = (
            ("gradients", ways.backprop),
            ("step", ways.step),
            ("cost", ways.cost),
            ("predictions", ways.predict),
            ("correct", ways.evaluate),
            ("initial", "made" if self.maker.initial else ""),
        )
        parts.update(part for part, name in offered if name and part not in self.without)
        free: set[Part] = {"gradients", *(() if self.l2 else ("step",))}
        free |= set() if ways.cost_takes_l2 else {"cost"}
        return Description(
            style="lists of weights and biases",
            capabilities=Capabilities(
                parts=frozenset(parts),
                one_sample=frozenset(alone),
                without_l2=frozenset(free),
                sizes=self.maker.fixed,
                depth=self.maker.depth,
            ),
            precision=self.precision,
            l2_declared=self.l2,
            conventions=conventions_of(ways, single=single, online=self.online),
            notes=tuple(self.notes),
            trains=bool(ways.loop),
        )
