"""Which known mistake explains every answer: diagnosis by simulation.

Lives here: `diagnose`. It knows the catalogue of bugs and trials, not reports.

Every bug of the catalogue is put through the very questions that the subject was asked, in each
of its numerical realisations, and compared number by number within its own error bound. A bug
that fits everything is a candidate; one candidate is unique, several are tied (no question asked
tells them apart), none leaves the first broken equation.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from refnet.arrays import FloatArray
from refnet.bugs import BUGS, Bug, Simulation, simulate
from refnet.law import Exchange
from refnet.problem import Answer, Expected, Layers, Part
from refnet.trial import Trial
from refnet.verdict import Diagnosis
from refnet.wire import dumps, problem_to_json


@dataclass(frozen=True, eq=False)
class Finding:
    """A diagnosis with the trial it rests on: the hypothesis under which the bugs fit."""

    diagnosis: Diagnosis
    trial: Trial


def diagnose(trials: Sequence[Trial]) -> Finding:
    """Find the bugs that explain every answer under the first hypothesis where any does.

    `trials` in order of preference, each with something broken. Where nothing fits, the trial
    with the fewest broken laws is shown.
    """
    for trial in trials:
        fitting = [bug.slug for bug in BUGS.values() if _explains(bug, trial)]
        if fitting:
            certainty = "unique" if len(fitting) == 1 else "tied"
            equation = BUGS[fitting[0]].equation
            return Finding(Diagnosis(certainty, tuple(fitting), equation), trial)
    shown = min(trials, key=lambda trial: len(trial.breaches))
    return Finding(Diagnosis("unknown", (), _first_equation(shown)), shown)


def _first_equation(trial: Trial) -> str:
    """Name the first equation broken, in the order in which the laws are judged."""
    named = (breach.deviation.equation or breach.law.equation for breach in trial.breaches)
    return next(filter(None, named), "")


def _explains(bug: Bug, trial: Trial) -> bool:
    if any(breach.law.id.startswith("initialisation/") for breach in trial.breaches):
        # Random numbers are never compared: only the law aimed at the bug speaks of them.
        return trial.broken == {bug.aimed_at}
    exchanges = _suspects_first(trial)
    return any(
        all(_agrees(exchange, simulate(realisation, exchange.problem)) for exchange in exchanges)
        for realisation in bug.realisations
    )


def _suspects_first(trial: Trial) -> list[Exchange]:
    """List what was asked, each question once, what broke a law first: most bugs end there."""
    broken = [exchange for breach in trial.breaches for exchange in breach.exchanges]
    unique: dict[str, Exchange] = {}
    for exchange in (*broken, *trial.exchanges):
        unique.setdefault(dumps(problem_to_json(exchange.problem)), exchange)
    return [exchange for exchange in unique.values() if "initial" not in exchange.problem.asks]


def _agrees(exchange: Exchange, simulation: Simulation) -> bool:
    if bool(exchange.answer.changed) != bool(simulation.changed):
        return False
    return all(_part_agrees(part, exchange, simulation) for part in exchange.problem.asks)


def _part_agrees(part: Part, exchange: Exchange, simulation: Simulation) -> bool:
    failed = part in exchange.answer.failures
    if part in simulation.failures:
        # NumPy broadcasts in one style of code what it refuses in another: that a simulation
        # raises is no evidence against a subject that answers.
        return True
    if failed:
        return False
    said = _numbers(exchange.answer, part)
    if said is None:
        return True
    simulated = _numbers(simulation.answer, part)
    slack = _numbers(simulation.bound, part)
    trusted = _numbers(exchange.expected.bound, part)
    if simulated is None or [a.shape for a in said] != [a.shape for a in simulated]:
        return False
    return all(
        _within(got, value, *bounds)
        for got, value, *bounds in zip(
            said, simulated, *_present(slack, trusted, like=simulated), strict=True
        )
    )


def _present(
    *bounds: list[FloatArray] | None, like: Sequence[FloatArray]
) -> Iterable[list[FloatArray]]:
    shapes = [array.shape for array in like]
    for bound in bounds:
        if bound is not None and [array.shape for array in bound] == shapes:
            yield bound


def _within(got: FloatArray, value: FloatArray, *bounds: FloatArray) -> bool:
    allowed = np.zeros_like(value, dtype=np.float64)
    for bound in bounds:
        allowed = allowed + bound
    with np.errstate(invalid="ignore"):
        near = np.abs(got - value) <= allowed
    same = (got == value) | (np.isnan(got) & np.isnan(value)) | np.isinf(allowed)
    return bool(np.all(near | same))


def _numbers(answer: Answer | Expected, part: Part) -> list[FloatArray] | None:
    value = getattr(answer, part)
    if value is None:
        return None
    if isinstance(value, Layers):
        return [*value.weights, *value.biases]
    return [np.asarray(value, dtype=np.float64)]
