"""A network as the worker asks it: in the book's layout, whatever its own is.

Lives here: Question, Adapted, Taken. It knows arrays; how a style of code is asked is told by the
modules beside this one.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from refnet.errors import SubjectError
from refnet.problem import Part
from refnet.subjects.description import MOST_PARAMETERS
from refnet.subjects.protocol import Description

Array = NDArray[np.float64]
"""An array of any shape, as a subject gave it, but of float64."""

Arrays = Sequence[Array]
"""One array per layer."""

Pair = tuple[Arrays, Arrays]
"""Weights and biases, or their gradients."""


@dataclass(frozen=True, eq=False)
class Question:
    """What a network is asked about one batch, one column per sample.

    x has shape (inputs, samples), y (outputs, samples); both are the subject's own copies.
    """

    x: Array
    y: Array
    learning_rate: float
    l2: float
    training_size: int

    @property
    def samples(self) -> int:
        """The number m of samples in the batch."""
        return int(self.x.shape[1])


class Adapted(Protocol):
    """One network, asked in the book's layout: W is (fan-out, fan-in), b is (units, 1).

    What a style does not offer it need not implement; its Description says so. Shapes that are
    wrong are passed on as they are: to judge them is the business of the laws.
    """

    def set_parameters(self, weights: Arrays, biases: Arrays) -> None:
        """Give the network these parameters, as copies of its own."""
        ...

    def get_parameters(self) -> Pair:
        """Return copies of the parameters as they are now."""
        ...

    def ask(self, part: Part, question: Question) -> Any:
        """Return outputs, cost, gradients (a pair), predictions or the number of correct ones.

        For the part "step" the network takes one step, and nothing is returned.
        """
        ...


@runtime_checkable
class Trained(Adapted, Protocol):
    """A network with a training loop of its own."""

    def train(self, question: Question, epochs: int) -> None:
        """Train for so many epochs on the samples of the question, at its learning rate."""
        ...


@dataclass(frozen=True, eq=False)
class Taken:
    """A subject that has been recognised: what it says of itself, and how a network is made.

    `relabelled`, where its labels may be of either form, returns it with the one named: "integers"
    or "one-hot". `doubtful` tells that its backprop raises or gives nothing, asked in this style,
    `unclear` that its outputs are of no fitting shape, or that nothing shows its gradients.
    """

    description: Description
    make: Callable[[Sequence[int]], Adapted]
    relabelled: "Callable[[str], Taken] | None" = None
    doubtful: bool = False
    unclear: bool = False

    def with_labels(self, labels: str) -> "Taken":
        """Return it with the form of labels that is declared; "" where none is.

        Raises SubjectError where it is handed no labels of which that could be said.
        """
        if not labels:
            return self
        if self.relabelled is None:
            raise SubjectError(
                f"got the declared labels {labels} for a network that is handed no labels "
                "to count right answers by; expected none; declare labels only of a network "
                "whose count of right answers is judged"
            )
        return self.relabelled(labels)


def numbers(value: object) -> Array:
    """Return whatever a subject answered as an array of its own shape.

    Raises what NumPy raises for rows of different lengths and for what is no number; TypeError for
    None, which NumPy takes for NaN, and for what is complex and not real; ValueError for more
    numbers than any network has.
    """
    if value is None:
        raise TypeError("got None; expected numbers; check that the function returns something")
    detach = getattr(value, "detach", None)  # a PyTorch tensor that still wants gradients
    if isinstance(value, np.ndarray):
        _refuse_unless_real(cast("NDArray[Any]", value))
    return np.array(value if detach is None else detach(), dtype=np.float64)


def _refuse_unless_real(array: NDArray[Any]) -> None:
    if array.size > MOST_PARAMETERS:
        raise ValueError(
            f"got an array of shape {array.shape}; expected at most {MOST_PARAMETERS} numbers"
        )
    if array.dtype.kind == "c" and np.imag(array).any():
        raise TypeError("got complex numbers; expected real ones")


def float_type(value: object) -> np.dtype[Any]:
    """Return the float type of an array of the subject; integers were meant as float64."""
    kind = np.asarray(value).dtype
    return kind if kind.kind == "f" else np.dtype(np.float64)


def alike(one: Any, other: Any, precision: str) -> bool:
    """Tell whether two arrays come of the same formula. What is right is judged elsewhere.

    `precision` is the format in which they were computed. Different ways of doing something differ
    in the first digits, the same one in the last. Halfway between lies the square root of the unit
    roundoff, half of the digits: 2^-12 for float32, 2^-26.5 for float64. What is not finite is like
    nothing.
    """
    first, second = numbers(one), numbers(other)
    if first.shape != second.shape:
        return False
    size = max(np.abs(first).max(initial=0.0), np.abs(second).max(initial=0.0))
    half = math.sqrt(2.0**-24 if precision == "float32" else 2.0**-53)
    return bool(np.isfinite(size) and np.abs(first - second).max(initial=0.0) <= half * size)
