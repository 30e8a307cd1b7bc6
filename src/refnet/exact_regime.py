"""The exact regime: problems whose every intermediate number any format of 24 bits holds exactly.

Lives here: which heads have it, the biases that keep z away from 0, and the check that no sum
rounds. It knows problems and the network, nothing of laws.

ReLU, leaky ReLU and identity with the quadratic cost are sums and products. With integer inputs
and weights, and biases of layer l that are odd multiples of 2^-q_l, q_l growing by one from layer
to layer (and by k after a slope of 2^-k), every z of layer l is an odd multiple of 2^-q_l: never
0, so that no kink is met. With m and n powers of two everything is a multiple of one small power
of two; where the sums of absolute values are below 2^24 of these multiples, float32 adds them
exactly in any order, and float64 all the more.
"""

import math

import numpy as np

from refnet.arrays import FloatArray
from refnet.network import Network
from refnet.problem import Problem
from refnet.subjects.protocol import Head

BITS = 24
"""The significand of float32, 23 stored bits and the leading one (IEEE 754)."""

_LINEAR_PIECES = ("relu", "leaky_relu", "identity")


def has_exact_regime(head: Head) -> bool:
    """Tell whether a head is made of sums and products alone."""
    return (
        head.hidden in _LINEAR_PIECES and head.output in _LINEAR_PIECES and head.cost == "quadratic"
    )


def bias_exponents(activations: tuple[str, ...], leaky_slope: float) -> tuple[int, ...]:
    """Return q_l of every layer: its biases must be odd multiples of 2^-q_l.

    The slope must be a power of two.
    """
    exponents: list[int] = []
    entering = 0
    for name in activations:
        exponents.append(entering + 1)
        entering = exponents[-1] + _slope_exponent(name, leaky_slope)
    return tuple(exponents)


def bits_needed(problem: Problem, network: Network) -> float:
    """Return how many bits the longest sum on the way to the gradients needs; all exact to 24.

    Infinite where m, n or the slope is no power of two. `network` is that of the problem. Bounds:
    |W||a| + |b| for z, |W|^T |delta| behind a layer, |delta||a|^T / m + lambda/n |W| for dW.
    """
    m, n, slope = problem.samples, problem.training_size, problem.leaky_slope
    if not all(_is_power_of_two(number) for number in (m, n, slope)):
        return math.inf
    forward = network.feedforward(problem.x)
    exponents = [_exponent(problem.x)]
    longest = 0.0
    for w, b, a, name in zip(
        problem.parameters.weights,
        problem.parameters.biases,
        forward.activations[:-1],
        problem.activations,
        strict=True,
    ):
        q = max(_exponent(w) + exponents[-1], _exponent(b))
        longest = max(longest, _length(np.abs(w) @ np.abs(a) + np.abs(b), q))
        exponents.append(q + _slope_exponent(name, slope))
    return max(longest, _bits_of_gradients(problem, network, exponents))


def _bits_of_gradients(problem: Problem, network: Network, exponents: list[int]) -> float:
    forward = network.feedforward(problem.x)
    last = len(problem.activations) - 1
    a = forward.outputs
    q = max(exponents[-1], _exponent(problem.y))
    longest = _length(np.abs(a) + np.abs(problem.y), q)
    delta: FloatArray = a - problem.y
    share = problem.l2 / problem.training_size
    averaging = round(math.log2(problem.samples))
    for layer in range(last, -1, -1):
        delta = delta * network.activations[layer].derivative(forward.zs[layer])
        q += _slope_exponent(problem.activations[layer], problem.leaky_slope)
        w, entering = problem.parameters.weights[layer], forward.activations[layer]
        penalty = share * np.abs(w)
        fine = max(q + exponents[layer] + averaging, _exponent(penalty))
        sums = np.abs(delta) @ np.abs(entering).T / problem.samples + penalty
        longest = max(longest, _length(sums, fine), _length(np.abs(delta).sum(axis=1), q))
        q += _exponent(w)
        longest = max(longest, _length(np.abs(w).T @ np.abs(delta), q))
        delta = w.T @ delta
    return longest


def _slope_exponent(name: str, leaky_slope: float) -> int:
    return round(-math.log2(leaky_slope)) if name == "leaky_relu" else 0


def _is_power_of_two(number: float) -> bool:
    return math.frexp(number)[0] == 0.5


def _exponent(array: FloatArray) -> int:
    """Return the smallest q, not negative, for which every number is a multiple of 2^-q."""
    return max(number.as_integer_ratio()[1].bit_length() - 1 for number in array.ravel().tolist())


def _length(sums: FloatArray, q: int) -> float:
    """Return the bits of the largest sum, as a multiple of 2^-q."""
    return math.log2(max(float(np.max(sums)) * 2.0**q, 1.0))
