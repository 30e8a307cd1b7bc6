"""Mistakes with NumPy arrays: broadcasting, aliasing, changing in place, integer types.

Lives here: mistakes that no equation shows, only the code. It knows mechanics, nothing of laws.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from refnet.bugs.bug import Bug
from refnet.bugs.situations import (
    always,
    asks,
    every,
    several_samples,
    some_layer,
    unlike_targets,
)
from refnet.mechanics import RIGHT, Mechanics, Trace
from refnet.mechanics.right import collected, difference, times_sigma_prime
from refnet.problem import Problem, highest_class, is_one_hot
from refnet.tolerance import Bounded

_GROUP = "NumPy habits"
_GRADIENTS = asks("gradients", "step")


def _target_as_row(trace: Trace) -> Bounded:
    return trace.activations[-1] - trace.y.transposed


def _target_as_row_in_backprop(trace: Trace) -> Bounded:
    return times_sigma_prime(trace, _target_as_row(trace))


def _targets_of_other_samples(order: Callable[[int], Sequence[int]]) -> Mechanics:
    """Make the mechanics that take a - y with the samples of y in another order."""

    def output_error(trace: Trace) -> Bounded:
        off = trace.activations[-1] - trace.y.columns(order(trace.samples))
        return times_sigma_prime(trace, off)

    return replace(RIGHT, output_error=output_error)


def _bias_as_row(trace: Trace, layer: int) -> Bounded:
    return trace.weights[layer] @ trace.activations[layer] + trace.biases[layer].transposed


def _bias_gradient_as_row(trace: Trace, layer: int) -> Bounded:
    """Return what sum(axis=1) without keepdims gives, which a column does not take in."""
    column = RIGHT.bias_gradient(trace, layer)
    return Bounded(column.value[:, 0], column.error[:, 0], column.rounding)


def _overwritten(trace: Trace, layer: int) -> Bounded:
    return trace.activations[layer + 1]


def _truncated(number: Bounded) -> Bounded:
    value = np.trunc(number.value)
    # Near an integer a right computation may be cut off on its other side.
    near = np.trunc(number.value - number.error) != np.trunc(number.value + number.error)
    return Bounded(value, np.where(near, 1.0 + number.error, 0.0), number.rounding)


def _in_integer_buffers(trace: Trace, layer: int) -> tuple[Bounded, Bounded]:
    weights, biases = collected(trace, layer)
    return _truncated(weights), _truncated(biases)


def _step_in_integers(trace: Trace, layer: int) -> Bounded:
    return _truncated(RIGHT.updated_weight(trace, layer))


def _rows_of_classes_present(trace: Trace) -> Bounded:
    if not is_one_hot(trace.y.value):
        return difference(trace)
    rows = int(trace.y.value.argmax(axis=0).max()) + 1
    present = Bounded(trace.y.value[:rows], trace.y.error[:rows], trace.y.rounding)
    return trace.activations[-1] - present


def _rows_of_classes_present_in_backprop(trace: Trace) -> Bounded:
    return times_sigma_prime(trace, _rows_of_classes_present(trace))


def _top_class_absent(problem: Problem) -> bool:
    highest = highest_class(problem)
    return highest is not None and highest + 1 < problem.sizes[-1]


BUGS = (
    Bug(
        slug="row-against-column",
        title="a column meets a row, and NumPy broadcasts them to a matrix",
        group=_GROUP,
        wrong="(k, 1) minus (k,), which is (k, k): a - y, or b - eta db",
        right="(k, 1) minus (k, 1), which is (k, 1)",
        symptom="No exception where it happens; delta, or b after a step, has k columns for one "
        "sample, and the gradients come out in a wrong shape or from a mixture of units.",
        hint="Print a.shape, y.shape and (a - y).shape. Make vectors columns with "
        ".reshape(-1, 1), and sum with keepdims=True.",
        equation="BP1",
        aimed_at="shape/gradients",
        realisations=(
            replace(RIGHT, difference=_target_as_row),
            replace(RIGHT, output_error=_target_as_row_in_backprop),
            replace(RIGHT, weighted_input=_bias_as_row),
            replace(RIGHT, bias_gradient=_bias_gradient_as_row),
        ),
        applies=always,
    ),
    Bug(
        slug="shuffled-apart",
        title="x and y are shuffled apart, so that samples get each other's targets",
        group=_GROUP,
        wrong="x and y each in an order of its own: delta_i = (a_i - y_j) * sigma'(z_i)",
        right="one order for both: delta_i = (a_i - y_i) * sigma'(z_i)",
        symptom="Accuracy stays at chance, while every function looks right on one sample.",
        hint="Draw one permutation and index both arrays with it, or shuffle a list of pairs. "
        "random.shuffle on a NumPy array even repeats rows: use Generator.permutation.",
        equation="BP1",
        aimed_at="batch/mean",
        realisations=(
            _targets_of_other_samples(lambda m: [*range(1, m), 0]),
            _targets_of_other_samples(lambda m: [m - 1, *range(m - 1)]),
            _targets_of_other_samples(lambda m: range(m - 1, -1, -1)),
        ),
        applies=every(several_samples, unlike_targets, _GRADIENTS),
    ),
    Bug(
        slug="in-place-activation",
        title="z is overwritten by a before sigma'(z) is computed",
        group=_GROUP,
        wrong="z becomes sigma(z) in the same array, then sigma'(z) is taken of it",
        right="a = sigma(z) in an array of its own, z kept",
        symptom="Learning is slow: sigma' is taken at a. With ReLU nothing shows.",
        hint="np.exp(z, out=z), z *= ..., or one list for both: keep z and a in separate arrays.",
        equation="BP2",
        aimed_at="bp2/hidden-error",
        realisations=(replace(RIGHT, remembered=_overwritten),),
        applies=every(some_layer("sigmoid", "tanh"), _GRADIENTS),
    ),
    Bug(
        slug="input-mutated",
        title="a call changes the arrays it was given",
        group=_GROUP,
        wrong="x -= x.mean(), or delta = a; delta -= y",
        right="x = x - x.mean(), delta = a - y",
        symptom="The first call is right, every later one is not; results depend on the order of "
        "calls.",
        hint="x -= y changes the caller's array, x = x - y makes a new one. The same holds for "
        "+=, *=, out= and assignment to a slice.",
        equation="purity",
        aimed_at="purity/inputs-unchanged",
        realisations=(replace(RIGHT, changed=("x",)), replace(RIGHT, changed=("parameters",))),
        applies=always,
    ),
    Bug(
        slug="integer-buffers",
        title="numbers are stored in arrays of integers and lose their fractions",
        group=_GROUP,
        wrong="nabla_w = np.zeros_like(w) with integer w",
        right="nabla_w = np.zeros(w.shape)",
        symptom="Gradients below 1 are 0, so that nothing learns.",
        hint="np.array([1, 2]) is an array of integers, and so is everything made like it. Write "
        "1.0 or dtype=float; divide pixels before anything else.",
        equation="BP4",
        aimed_at="gradient/check",
        realisations=(
            replace(RIGHT, collected=_in_integer_buffers),
            replace(RIGHT, updated_weight=_step_in_integers),
        ),
        applies=_GRADIENTS,
    ),
    Bug(
        slug="one-hot-from-max",
        title="the width of one-hot labels is taken from the labels present",
        group=_GROUP,
        wrong="np.eye(labels.max() + 1)[labels]",
        right="np.eye(classes)[labels]",
        symptom="An exception, or a silent broadcast, in the first batch without the highest "
        "class.",
        hint="The number of classes is a property of the network: the size of its output layer.",
        equation="BP1",
        aimed_at="shape/gradients",
        realisations=(
            replace(RIGHT, difference=_rows_of_classes_present),
            replace(RIGHT, output_error=_rows_of_classes_present_in_backprop),
        ),
        applies=every(_top_class_absent, asks("cost", "gradients", "step")),
    ),
)
