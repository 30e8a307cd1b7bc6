"""Which known mistake makes arrays that do not fit, told by the networks in which they do.

Lives here: `misfitting`. It knows the catalogue and simulations, not how a diagnosis is reached.

Where every gradient ends in an exception there is no number to compare. But * in the place of @
raises no exception where a layer has one unit, and only there is right: what a mistake does not do
tells it from others. So a few networks are asked about that have a single unit here or there, with
one sample: whoever takes one sample after the other and whoever takes them all at once then meet
the same shapes.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from refnet.bugs import BUGS, Bug
from refnet.case import Case
from refnet.choices import SLOPE
from refnet.drawing import Plan, draw_problem
from refnet.law import Exchange
from refnet.mechanics import RIGHT, Mechanics, Trace
from refnet.problem import Problem
from refnet.simulation import OF_SHAPES, Simulator
from refnet.tolerance import Bounded
from refnet.trial import Hypothesis, Trial

Fitting = Callable[[Sequence[Exchange]], list[str]]
"""From what was answered to the bugs that explain it."""

_LAWS = frozenset(("shape/gradients", "shape/step"))

_SIZES = ((4, 3), (4, 1), (4, 3, 2), (4, 3, 1), (4, 1, 2), (1, 3, 2), (3, 3, 3))
"""One layer, a single unit at the end, in the middle or at the beginning, none, and square layers;
no two neighbours alike but in the last, so that what does not fit broadcasts nowhere."""


def misfitting(
    case: Case, simulator: Simulator, trial: Trial, fitting: Fitting
) -> list[tuple[str, ...]]:
    """Return the bugs that raise where the subject does, and are right where it is right.

    Each beside one of those that explain what is answered wrongly all the same, if anything is:
    `fitting` finds them. Empty unless exceptions about shapes break a law, and some gradients
    behind a hidden layer are right: an exception everywhere is nobody's mark.
    """
    if not trial.broken & _LAWS or not _about_shapes(trial):
        return []
    asked = list(_questions(case, trial.hypothesis))
    heard = list(case.court.hear(asked, trial.hypothesis))
    raising = [each for each in heard if each.answer.failures]
    right = [each for each in heard if _is_answered(each) and _holds(simulator, each)]
    if not raising or not any(len(each.problem.sizes) > 2 for each in right):
        return []
    # In one style of code NumPy broadcasts what it refuses in another: that says nothing.
    telling = [*raising, *right]
    misfits = [bug.slug for bug in BUGS.values() if _explains(bug, simulator, telling)]
    answered = list(filter(_is_answered, trial.exchanges))
    if all(_holds(simulator, each) for each in answered):
        return [(slug,) for slug in misfits]
    # What makes wrong shapes, too, would bear on what raises: what it fits says little.
    others = [other for other in fitting(answered) if BUGS[other].aimed_at not in _LAWS]
    return [(slug, other) for slug in misfits for other in others]


def _holds(simulator: Simulator, exchange: Exchange) -> bool:
    return simulator.support([exchange], RIGHT) is not None


def _is_answered(exchange: Exchange) -> bool:
    return not exchange.answer.failures and "initial" not in exchange.problem.asks


def _about_shapes(trial: Trial) -> bool:
    failures = [
        failure
        for breach in trial.breaches
        if breach.law.id in _LAWS
        for exchange in breach.exchanges
        for failure in exchange.answer.failures.values()
    ]
    return bool(failures) and all(failure.kind in OF_SHAPES for failure in failures)


def _questions(case: Case, hypothesis: Hypothesis) -> Iterator[Problem]:
    offered, slope = case.interview.offered, case.probed.leaky_slope
    generator = np.random.default_rng(case.seed)
    for sizes in _SIZES:
        plan = Plan(hypothesis.head, sizes, 1, SLOPE if slope is None else slope)
        problem = replace(draw_problem(plan, generator, labelled=True), asks=("gradients",), l2=0.0)
        problem = offered.fit(problem, frozenset(problem.asks))
        if offered.refusal(problem) is None:
            yield problem


def _explains(bug: Bug, simulator: Simulator, exchanges: Sequence[Exchange]) -> bool:
    return any(simulator.support(exchanges, _strict(each)) for each in bug.realisations)


def _strict(mechanics: Mechanics) -> Mechanics:
    """Return the mechanics of somebody in whose code a delta needs one column for a sample.

    Where samples are columns of one matrix, columns of whatever origin are summed.
    """

    def output_error(trace: Trace) -> Bounded:
        return _of_as_many_columns(mechanics.output_error(trace), trace)

    def hidden_error(trace: Trace, layer: int) -> Bounded:
        return _of_as_many_columns(mechanics.hidden_error(trace, layer), trace)

    return replace(mechanics, output_error=output_error, hidden_error=hidden_error)


def _of_as_many_columns(delta: Bounded, trace: Trace) -> Bounded:
    if delta.shape[1] != trace.samples:
        raise ValueError(f"a delta of shape {delta.shape}, with {trace.samples} samples")
    return delta
