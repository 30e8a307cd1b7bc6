"""By which factor wrong gradients, steps or costs differ from the right ones, where they do by one.

Lives here: `measured`. It knows exchanges, nothing of bugs: it is for answers that none explains.

To every array that a subject gave a multiple of the right one is fitted by least squares, and where
that does not do, alpha times the right one plus beta times the parameter. A fit counts where what
is left over is within what rounding allows, and a factor where one and the same, or one and the
same times the batch size, the number of outputs, or their reciprocals, fits every question.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from refnet.arrays import FloatArray
from refnet.law import Exchange, Quantity, quantities, settled
from refnet.problem import Part, Problem

UNITS: Mapping[str, Callable[[Problem], float]] = MappingProxyType(
    {
        "": lambda problem: 1.0,
        " m": lambda problem: float(problem.samples),
        "/m": lambda problem: 1.0 / problem.samples,
        " k": lambda problem: float(problem.sizes[-1]),
        "/k": lambda problem: 1.0 / problem.sizes[-1],
        " eta": lambda problem: problem.learning_rate,
    }
)
"""What a factor may be proportional to: m samples, k outputs, the learning rate eta."""

DECAYS: Mapping[str, Callable[[Problem], float]] = MappingProxyType(
    {
        " lambda/n": lambda problem: problem.l2 / problem.training_size,
        " lambda/m": lambda problem: problem.l2 / problem.samples,
        " lambda": lambda problem: problem.l2,
        "": lambda problem: 1.0,
    }
)
"""What a multiple of a parameter may be proportional to."""

_FEWEST = 4
"""Numbers from which a fit of two factors says something: two are left to contradict it."""

Place = tuple[str, str]
"""An array, and the layers to which it belongs; those of a cost are none."""

_FROM_THE_END = {0: "the output layer", 1: "the last hidden layer"}


@dataclass(frozen=True)
class Fit:
    """alpha times the right array plus beta times the parameter, each known within an error."""

    problem: Problem
    alpha: float
    alpha_error: float
    beta: float = 0.0
    beta_error: float = 0.0


def measured(exchanges: Sequence[Exchange]) -> str:
    """Say by which factors a subject's numbers differ from the right ones; empty if by none."""
    found: dict[Place, list[Fit | None]] = {}
    for exchange in exchanges:
        for place, fit in _fits(exchange):
            found.setdefault(place, []).append(fit)
    said: dict[str, list[Place]] = {}
    for place, fits in found.items():
        known = [fit for fit in fits if fit is not None]
        words = _in_words(known) if len(known) == len(fits) else ""
        if words:
            said.setdefault(words, []).append(place)
    return "; ".join(f"{_joined(places)}: {words}" for words, places in said.items())


def _joined(places: Sequence[Place]) -> str:
    """Name the arrays: each with its layers, a step only where its gradient is not among them."""
    layers: dict[str, list[str]] = {}
    for name, where in places:
        layers.setdefault(name, []).append(where)
    for letter in ("W", "b"):
        if f"d{letter}" in layers:
            layers.pop(f"step of {letter}", None)
    return ", ".join(
        " of ".join(filter(None, (name, _everywhere(where)))) for name, where in layers.items()
    )


def _everywhere(where: Sequence[str]) -> str:
    return "every layer" if len(where) > len(_FROM_THE_END) else " and ".join(where)


def _fits(exchange: Exchange) -> Iterator[tuple[Place, Fit | None]]:
    """Yield the place of every array of an answer with its fit, None where there is none."""
    problem = exchange.problem
    for quantity in (quantity for part in _asked(problem) for quantity in _of(exchange, part)):
        got, right, bound = quantity.got, quantity.expected, quantity.bound
        if quantity.name == "cost":
            yield from _fitted(("cost", ""), problem, (got, right, bound), None)
            continue
        kind, _, layer = quantity.name.partition(" of layer ")
        held = problem.parameters
        layers = held.weights if kind in ("W", "dW") else held.biases
        at = int(layer.split()[0])
        before, where = layers[at - 1], _FROM_THE_END.get(len(layers) - at, "the layers before")
        if kind in ("W", "b"):
            rate = problem.learning_rate
            got, right, bound = (before - got) / rate, (before - right) / rate, bound / abs(rate)
            kind = f"step of {kind}"
        yield from _fitted((kind, where), problem, (got, right, bound), before)


def _asked(problem: Problem) -> Iterator[Part]:
    for part in problem.asks:
        stepping = part == "step" and problem.steps == 1 and problem.learning_rate != 0.0
        if stepping or part in ("gradients", "cost"):
            yield part


def _of(exchange: Exchange, part: Part) -> tuple[Quantity, ...]:
    return quantities(settled(exchange, part), part)


def _fitted(
    place: Place,
    problem: Problem,
    numbers: tuple[FloatArray, FloatArray, FloatArray],
    parameter: FloatArray | None,
) -> Iterator[tuple[Place, Fit | None]]:
    """Fit a multiple of what is right, and of the parameter where that alone does not do.

    Nothing is said of an array that is too small, or 0, or of which any number has no bound.
    """
    got, right, bound = (array.ravel() for array in numbers)
    sound = all(np.isfinite(array).all() for array in (got, right, bound))
    if not sound or not right.any() or (parameter is not None and right.size < _FEWEST):
        return
    fit = _solved(problem, got, right.reshape(-1, 1), bound)
    if fit is None and parameter is not None:
        fit = _solved(problem, got, np.column_stack([right, parameter.ravel()]), bound)
    yield place, fit


def _solved(
    problem: Problem, got: FloatArray, columns: FloatArray, bound: FloatArray
) -> Fit | None:
    """Solve for the factors; None where more is left over than rounding allows.

    A factor is off by the bounds, carried through the inverse. What is left over may be the bound
    of this number, grown by the factor, and what the errors of the factors make of it. Numbers so
    small that their inverses overflow are fitted by nothing.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        inverse = np.linalg.pinv(columns)
        factors = inverse @ got
        allowed = bound * np.maximum(1.0, np.abs(factors[0]))
        errors = np.abs(inverse) @ allowed
        left = np.abs(got - columns @ factors)
        fits = left <= allowed + np.abs(columns) @ errors
    if not (fits.all() and np.isfinite(factors).all()):
        return None
    return Fit(problem, *(float(n) for pair in zip(factors, errors, strict=True) for n in pair))


def _in_words(fits: Sequence[Fit]) -> str:
    """Name the factors that fit every question; empty where they are 1 and 0, or there are none."""
    alpha = _named([(fit.alpha, fit.alpha_error, fit.problem) for fit in fits], UNITS)
    beta = _named([(fit.beta, fit.beta_error, fit.problem) for fit in fits], DECAYS)
    if not alpha or not beta or (alpha, beta) == ("1", "0"):
        return ""
    more = "" if beta == "0" else f" plus {beta} times the parameter"
    return f"{'' if alpha == '1' else f'{alpha} times '}what is right{more}"


def _named(
    numbers: Sequence[tuple[float, float, Problem]],
    units: Mapping[str, Callable[[Problem], float]],
) -> str:
    """Name a factor that is the same everywhere in one of these units; empty if there is none."""
    for unit, of in units.items():
        bounds = [
            ((n - error) / size, (n + error) / size)
            for n, error, problem in numbers
            if (size := of(problem)) != 0.0
        ]
        nothing = all(abs(n) <= error for n, error, problem in numbers if of(problem) == 0.0)
        least = max((low for low, _ in bounds), default=0.0)
        most = min((high for _, high in bounds), default=0.0)
        if nothing and least <= most:
            factor = 0.0 if least <= 0.0 <= most else (least + most) / 2.0
            return f"{factor:.6g}{unit if factor else ''}"
    return ""
