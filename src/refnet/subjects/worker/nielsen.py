"""Networks shaped like Nielsen's: lists .weights and .biases, and methods around them.

Lives here: NielsenNetwork, how one is asked. What it can do is found out in nielsen_probing.py.
It knows layouts and calling, nothing of what is right.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast

import numpy as np

from refnet.problem import Part
from refnet.subjects.worker.adapted import Array, Arrays, Pair, Question, float_type, numbers
from refnet.subjects.worker.calling import call
from refnet.subjects.worker.construction import Lists
from refnet.subjects.worker.gradient_arrangement import Arrangement, beside, pair_of
from refnet.subjects.worker.layouts import (
    SampleLayout,
    book_bias,
    book_outputs,
    book_weight,
    own_bias,
    own_sample,
    own_samples,
    own_weight,
)
from refnet.subjects.worker.own_loop import run_loop, takes_pairs

LabelForm = Literal["integer", "one-hot"]
GradientForm = Literal["returned", "accumulated"]
GradientPair = tuple[list[Array], list[Array]]


@dataclass(frozen=True)
class Ways:
    """How a network of this shape is asked; an empty name is a method it does not have.

    `samples` is how forward and backprop take their samples, one at a time where it is single.
    `accumulators` are where (weights, biases) backprop leaves gradients that it does not return;
    `after_forward` tells that it takes y alone, after a forward call. `arrangement`, `biases_first`
    and `last_layer_first` are the order of what it returns. `batch_of_pairs` tells whether a step
    takes a list of (x, y), else `step_samples` is how it takes x and y, empty where as forward
    does; `rate` is the attribute of a learning rate that the step does not take, `loop` trains.
    `labels` and `per_count` are the form of test data, and what a right answer adds to the result
    of evaluate.
    """

    lists: Lists
    samples: SampleLayout
    forward: str
    backprop: str = ""
    form: GradientForm = "returned"
    accumulators: tuple[str, str] = ("", "")
    after_forward: bool = False
    arrangement: Arrangement = ""
    biases_first: bool = True
    last_layer_first: bool = False
    step: str = ""
    batch_of_pairs: bool = True
    step_samples: SampleLayout | Literal[""] = ""
    rate: str = ""
    cost: str = ""
    cost_of_outputs: bool = False
    cost_takes_l2: bool = False
    predict: str = ""
    evaluate: str = ""
    loop: str = ""
    labels: LabelForm = "integer"
    per_count: Literal["one", "share", "percent"] = "one"

    @property
    def step_takes_batches(self) -> bool:
        """Whether a step is for several samples though backprop takes one."""
        return self.batch_of_pairs or self.step_samples != ""


class NielsenNetwork:
    """One network of this shape, asked in the book's layout."""

    def __init__(self, network: Any, ways: Ways) -> None:
        self.owner = network
        self.ways = ways
        lists = ways.lists
        self._weight_shapes = [np.shape(w) for w in self._own(lists.weights)]
        self._bias_shapes = [np.shape(b) for b in self._own(lists.biases)]
        # As they are now: what the network makes of its lists later is its own affair.
        self._empty = {
            name: (getattr(network, name), [float_type(array) for array in self._own(name)])
            for name in (lists.weights, lists.biases)
        }

    @property
    def single(self) -> bool:
        """Whether it takes one sample at a time."""
        return self.ways.samples not in ("columns", "rows")

    @property
    def shapes(self) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
        """The shapes of its own weights and biases, layer by layer."""
        return self._weight_shapes, self._bias_shapes

    def set_parameters(self, weights: Arrays, biases: Arrays) -> None:
        """Put new arrays of the network's own layout and type into its lists."""
        lists = self.ways.lists
        self._put(lists.weights, [own_weight(w, lists.weight_layout) for w in weights])
        self._put(lists.biases, [own_bias(b, lists.bias_layout) for b in biases])

    def get_parameters(self) -> Pair:
        """Return copies of the parameters as they are, whatever shape they have taken."""
        lists = self.ways.lists
        return self._in_book_layout(
            [numbers(w) for w in self._own(lists.weights)],
            [numbers(b) for b in self._own(lists.biases)],
        )

    def ask(self, part: Part, question: Question) -> Any:
        """Return what the network says of this part."""
        asked: dict[Part, Callable[[Question], Any]] = {
            "outputs": self._outputs,
            "cost": self._cost,
            "gradients": self._gradients,
            "step": self._step,
            "predictions": self._predictions,
            "correct": self._correct,
        }
        return asked[part](question)

    def _outputs(self, question: Question) -> Array:
        units = self._bias_units()
        if not self.single:
            x = self.laid_out(question.x, self.ways.samples)
            said = self._call(self.ways.forward, {"x": x})
            return book_outputs(said, self.ways.samples, question.samples, units)
        outputs = [
            numbers(self._call(self.ways.forward, {"x": self._sample(question.x, sample)}))
            for sample in range(question.samples)
        ]
        columns = [a.reshape(-1, 1) if a.size == units else a for a in outputs]
        return np.hstack(columns)

    def _gradients(self, question: Question) -> GradientPair:
        ways = self.ways
        x, y = (self.laid_out(each, ways.samples) for each in (question.x, question.y))
        if ways.form == "accumulated":
            self.reset_accumulators()
        if ways.after_forward:
            self._call(ways.forward, {"x": x})
            said = self._call(ways.backprop, {"y": y})
        else:
            said = self._call(ways.backprop, {"x": x, "y": y})
        if ways.form == "accumulated":
            said = tuple(getattr(self.owner, name) for name in reversed(ways.accumulators))
            return self._pair(said, biases_first=True)
        return self._pair(said, biases_first=ways.biases_first)

    def _pair(self, said: Any, *, biases_first: bool) -> GradientPair:
        first, second = pair_of(said, self.ways.arrangement)
        biases, weights = (first, second) if biases_first else (second, first)
        return self._in_book_layout(self._ordered(weights), self._ordered(biases))

    def _ordered(self, layers: list[Any]) -> list[Any]:
        """Return the layers first to last, without an entry for the input where there is one."""
        ordered = list(reversed(layers)) if self.ways.last_layer_first else layers
        surplus = len(ordered) - len(self._weight_shapes)
        return ordered[surplus:] if surplus == self.ways.lists.skipped else ordered

    def _step(self, question: Question) -> None:
        ways = self.ways
        arguments: dict[str, Any] = {"learning_rate": question.learning_rate}
        if ways.batch_of_pairs:
            arguments = {"batch": self._pairs(question.x, question.y), **arguments}
        else:
            layout = ways.step_samples or ways.samples
            x, y = (self.laid_out(each, layout) for each in (question.x, question.y))
            arguments = {"x": x, "y": y, **arguments}
        if ways.rate:
            setattr(self.owner, ways.rate, question.learning_rate)
        self._call(
            ways.step, {**arguments, "l2": question.l2, "training_size": question.training_size}
        )

    def train(self, question: Question, epochs: int) -> None:
        """Train for so many epochs by the network's own loop."""
        if self.ways.rate:
            setattr(self.owner, self.ways.rate, question.learning_rate)
        loop = getattr(self.owner, self.ways.loop)
        samples: dict[str, Any] = {"batch": self._pairs(question.x, question.y)}
        if not takes_pairs(loop):
            samples = {"x": self._all(question.x), "y": self._all(question.y)}
        run_loop(loop, samples, question, epochs)

    def _all(self, x: Array) -> Any:
        if self.single:
            return [self._sample(x, at) for at in range(x.shape[1])]
        return self.laid_out(x, self.ways.samples)

    def _cost(self, question: Question) -> Any:
        first = self._outputs(question) if self.ways.cost_of_outputs else question.x
        costs: list[float] = []
        penalty: dict[str, Any] = {}
        if self.ways.cost_takes_l2:
            penalty = {"l2": question.l2, "training_size": question.training_size}
        if not self.single:
            x, y = (self.laid_out(each, self.ways.samples) for each in (first, question.y))
            return self._call(self.ways.cost, {"x": x, "y": y, **penalty})
        for sample in range(question.samples):
            x, y = self._sample(first, sample), self._sample(question.y, sample)
            said = self._call(self.ways.cost, {"x": x, "y": y, **penalty})
            costs.append(float(numbers(said)))
        return sum(costs) / len(costs)

    def _predictions(self, question: Question) -> Array:
        if not self.single:
            x = self.laid_out(question.x, self.ways.samples)
            return numbers(self._call(self.ways.predict, {"x": x}))
        said = [
            numbers(self._call(self.ways.predict, {"x": self._sample(question.x, sample)}))
            for sample in range(question.samples)
        ]
        return np.array([one.reshape(()) if one.size == 1 else one for one in said])

    def _correct(self, question: Question) -> Any:
        number = self.counted(question)
        if self.ways.per_count == "one":
            return number
        return round(number * question.samples / (1 if self.ways.per_count == "share" else 100), 6)

    def counted(self, question: Question) -> float:
        """Return what evaluate says of a batch: pairs of x and a label, or both by themselves."""
        one_hot, labels = self.ways.labels == "one-hot", question.y.argmax(axis=0)
        samples: dict[str, Any] = {
            "batch": self._pairs(question.x, question.y)
            if one_hot
            else [(self._sample(question.x, at), int(label)) for at, label in enumerate(labels)]
        }
        if not takes_pairs(getattr(self.owner, self.ways.evaluate)):
            known = self._all(question.y) if one_hot else self._given(labels)
            samples = {"x": self._all(question.x), "y": known}
        return float(numbers(self._call(self.ways.evaluate, samples)))

    def _pairs(self, x: Array, y: Array) -> list[tuple[Any, Any]]:
        return [(self._sample(x, at), self._sample(y, at)) for at in range(x.shape[1])]

    def laid_out(self, x: Array, layout: SampleLayout) -> Any:
        """Return a batch as the network takes it, the only sample of it where that is single."""
        batch = layout in ("columns", "rows")
        return self._given(own_samples(x, layout) if batch else own_sample(x, 0, layout))

    def _sample(self, x: Array, sample: int) -> Any:
        return self._given(own_sample(x, sample, self.ways.samples))

    def _given(self, array: Array) -> Any:
        return array.tolist() if self.ways.lists.plain else array

    def _call(self, name: str, arguments: dict[str, Any]) -> Any:
        return call(getattr(self.owner, name), arguments)

    def _own(self, name: str) -> list[Any]:
        return list(getattr(self.owner, name))[self.ways.lists.skipped :]

    def _bias_units(self) -> int:
        return int(np.prod(self._bias_shapes[-1]))

    def _put(self, name: str, arrays: Sequence[Array]) -> None:
        old, types = self._empty[name]
        skipped = list(old)[: self.ways.lists.skipped]
        given = [
            self._given(array.astype(kind, copy=True))
            for array, kind in zip(arrays, types, strict=True)
        ]
        everything = [*skipped, *given]
        if isinstance(old, np.ndarray):
            new = np.empty(len(everything), dtype=object)
            new[:] = everything
            everything = cast(Any, new)
        elif isinstance(old, tuple):
            everything = cast(Any, tuple(everything))
        try:
            setattr(self.owner, name, everything)
        except AttributeError:  # a property that cannot be set shows arrays that can be filled
            for at, array in enumerate(given, len(skipped)):
                old[at][:] = array

    def reset_accumulators(self) -> None:
        """Set the accumulators to zero, as whoever calls such a backprop has to."""
        for name, shapes in zip(self.ways.accumulators, self.shapes, strict=True):
            zeros: list[Any] = [self._given(np.zeros(shape)) for shape in shapes]
            setattr(self.owner, name, [None] * self.ways.lists.skipped + zeros)

    def _in_book_layout(self, weights: list[Any], biases: list[Any]) -> GradientPair:
        weight_layout, bias_layout = self.ways.lists.weight_layout, self.ways.lists.bias_layout
        ws, bs = beside(weights, self._weight_shapes), beside(biases, self._bias_shapes)
        return (
            [book_weight(w, shape, weight_layout) for w, shape in ws],
            [book_bias(b, shape, bias_layout) for b, shape in bs],
        )
