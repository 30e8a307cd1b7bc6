"""How a problem is turned into what has to be asked: the same batch cut, permuted or repeated.

Lives here: small makers of problems that several laws share. It knows problems alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from refnet.arrays import Column, Matrix, column, matrix
from refnet.parameters import Parameters
from refnet.problem import Part, Problem

Questions = Callable[[Problem], tuple[Problem, ...]]


def asking(*parts: Part) -> Questions:
    """Return the question that asks exactly these parts of the problem as it is."""
    return lambda problem: (asked(problem, *parts),)


def asked(problem: Problem, *parts: Part) -> Problem:
    """Ask exactly these parts of a problem, of a network that has answered nothing before."""
    return replace(problem, asks=parts, after=None, steps=1)


def samples_of(problem: Problem, chosen: Sequence[int]) -> Problem:
    """Return the problem with these samples as its batch, in this order."""
    picked = list(chosen)
    return replace(problem, x=matrix(problem.x[:, picked]), y=matrix(problem.y[:, picked]))


def singles(problem: Problem) -> tuple[Problem, ...]:
    """Return one problem for every sample of the batch."""
    return tuple(samples_of(problem, [sample]) for sample in range(problem.samples))


def short_batch(problem: Problem) -> Problem:
    """Return the problem with its last sample left out: the short last batch of an epoch."""
    return samples_of(problem, range(problem.samples - 1))


def turned(problem: Problem) -> Problem:
    """Return the problem with its samples in another order: each moves up by one."""
    return samples_of(problem, np.roll(np.arange(problem.samples), 1).tolist())


def with_targets(problem: Problem, y: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Problem:
    """Return the problem with other targets; shape (outputs, samples)."""
    return replace(problem, y=matrix(y))


def without_penalty(problem: Problem) -> Problem:
    """Return the problem with lambda 0."""
    return replace(problem, l2=0.0)


def one_sample_without_penalty(problem: Problem) -> tuple[Problem, ...]:
    """Ask for the gradients of the first sample alone, lambda 0: what the equations are about."""
    return (asked(without_penalty(samples_of(problem, [0])), "gradients"),)


def with_layers(problem: Problem, weights: Sequence[Matrix], biases: Sequence[Column]) -> Problem:
    """Return the problem with other parameters."""
    return replace(problem, parameters=Parameters(tuple(weights), tuple(biases)))


def with_rows(problem: Problem, layer: int, order: Sequence[int]) -> Problem:
    """Return the problem with the units of a layer in another order, that of the last one in y.

    `layer` counts from 0; the next layer's columns follow, so that the network is the same.
    """
    picked = list(order)
    weights, biases = list(problem.parameters.weights), list(problem.parameters.biases)
    weights[layer] = matrix(weights[layer][picked])
    biases[layer] = column(biases[layer][picked])
    if layer + 1 < len(weights):
        weights[layer + 1] = matrix(weights[layer + 1][:, picked])
        return with_layers(problem, weights, biases)
    return with_targets(with_layers(problem, weights, biases), problem.y[picked])
