"""The catalogue: every mistake shows, is caught by the law aimed at it, and every law bites."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from refnet import Parameters, Problem, column, matrix
from refnet.bugs import BUGS, Simulated, SimulatedBug, replaced_steps, simulate
from refnet.choices import HEADS
from refnet.errors import Deviation
from refnet.law import Exchange, Law, load_laws
from refnet.mechanics import RIGHT, Mechanics, answer_bounded, expect
from refnet.problem import Answer, Expected, Layers, Part
from refnet.subjects.protocol import Head, Subject
from refnet.suite import suite
from refnet.tolerance import FLOAT32

pytestmark = pytest.mark.no_cover

LAWS = {law.id: law for law in load_laws()}

BITES = {
    "shape/outputs": ("star-for-matmul", 1),
    "shape/step": ("bias-gradient-wrong-axis", 0),
    "gradient/exact": ("l2-wrong-sign", 0),
    "batch/order": ("last-sample-only", 0),
    "step/lockstep": ("accumulator-not-reset", 0),
    "symmetry/hidden-units": ("reversed-product", 0),
    "symmetry/duplicate-sample": ("batch-average-missing", 0),
    "symmetry/relu-homogeneity": ("leaky-slope-without-delta", 0),
    "evaluation/permuted-samples": ("argmax-flattened", 0),
    "evaluation/permuted-classes": ("argmax-flattened", 0),
    "evaluation/count-adds-up": ("label-axis-mixed", 0),
}
"""For each law that no mistake of the catalogue is aimed at, one that it objects to."""


@cache
def questions_of(law_id: str, head: Head) -> tuple[tuple[tuple[Problem, Expected], ...], ...]:
    """Return what a law asks about each problem of its fixed suite, with what is expected."""
    law = LAWS[law_id]
    problems = suite(law.suite, head, 0)
    if law.suite == "initialisation":
        problems = tuple(replace(problem, initializer="he") for problem in problems)
    return tuple(
        tuple((question, expect(question)) for question in law.questions(problem))
        for problem in problems
        if law.questions(problem)
    )


def breach(law: Law, head: Head, subject: Subject) -> Deviation | None:
    """Judge a subject by one law on its fixed suite, and return the first objection."""
    for asked in questions_of(law.id, head):
        exchanges = [Exchange(problem, subject.answer(problem), e) for problem, e in asked]
        try:
            law.judge(exchanges)
        except Deviation as deviation:
            return deviation
    return None


def heads_where_it_applies(slug: str, law_id: str) -> Iterator[Head]:
    for head in HEADS:
        asked = (problem for group in questions_of(law_id, head) for problem, _ in group)
        if any(BUGS[slug].applies(problem) for problem in asked):
            yield head


@pytest.mark.parametrize("slug", BUGS)
def test_every_mistake_is_caught_by_the_law_aimed_at_it(slug: str) -> None:
    bug = BUGS[slug]
    law = LAWS[bug.aimed_at]
    heads = list(heads_where_it_applies(slug, law.id))
    assert heads
    assert any(breach(law, head, SimulatedBug(bug)) is not None for head in heads)


@pytest.mark.parametrize("law_id", LAWS)
def test_every_law_catches_a_mistake(law_id: str) -> None:
    aimed = [(slug, 0) for slug, bug in BUGS.items() if bug.aimed_at == law_id]
    slug, realisation = aimed[0] if aimed else BITES[law_id]
    subject = SimulatedBug(BUGS[slug], realisation)
    heads = heads_where_it_applies(slug, law_id)
    assert any(breach(LAWS[law_id], head, subject) is not None for head in heads)


@pytest.mark.parametrize("head", HEADS, ids=str)
def test_the_right_mechanics_break_no_law(head: Head) -> None:
    for law in LAWS.values():
        assert breach(law, head, Simulated()) is None, law.id


@pytest.mark.parametrize("slug", [slug for slug, bug in BUGS.items() if bug.grade == "unstable"])
def test_an_unstable_mistake_is_right_wherever_units_are_moderate(slug: str) -> None:
    subject = SimulatedBug(BUGS[slug])
    for law in (LAWS[name] for name in ("forward/outputs", "cost/value", "gradient/check")):
        for head in HEADS:
            assert breach(law, head, subject) is None, (law.id, head)


def test_dividing_by_the_slope_of_the_sigmoid_and_multiplying_by_it_is_right() -> None:
    head = next(head for head in HEADS if head.cost == "binary_cross_entropy")
    unfused = [
        realisation
        for realisation, mechanics in enumerate(BUGS["log-without-guard"].realisations)
        if replaced_steps(mechanics) == ("output_error",)
    ]
    subject = SimulatedBug(BUGS["log-without-guard"], unfused[0])
    assert breach(LAWS["gradient/check"], head, subject) is None
    assert breach(LAWS["extremes/saturated"], head, subject) is not None


# What follows uses the problems of the fixed suites, asked about everything.


@cache
def everything() -> tuple[tuple[Problem, Expected], ...]:
    """Return problems of every head with one hidden layer and more, every part asked."""
    found: list[Problem] = []
    for head in HEADS:
        moderate = suite("moderate", head, 3)
        for problem in (*moderate[:4], moderate[4], moderate[-1]):
            one = replace(
                problem, x=matrix(problem.x[:, :1]), y=matrix(problem.y[:, :1]), asks=("gradients",)
            )
            found += [
                replace(problem, asks=("outputs", "cost", "gradients")),
                replace(problem, asks=("gradients",), after=one),
                replace(one, after=replace(problem, asks=("gradients",))),
                replace(problem, asks=("step",), learning_rate=4.0),
                replace(problem, asks=("step",), learning_rate=0.0, steps=2),
                replace(problem, asks=("predictions", "correct")),
                replace(problem, asks=("initial",), initializer="he"),
                one,
            ]
        for problem in moderate[:4]:
            found += LAWS["gradient/kink"].questions(problem)
        tied = tie(suite("evaluation", head, 3)[0])
        found.append(replace(tied, asks=("correct",)))
        found += [
            replace(problem, asks=("outputs", "cost", "gradients"))
            for problem in suite("saturated", head, 3)
        ]
    return tuple((problem, expect(problem)) for problem in found)


def tie(problem: Problem) -> Problem:
    """Give all output units the same parameters, so that every output is the largest."""
    weights, biases = problem.parameters.weights, problem.parameters.biases
    same = replace(
        problem.parameters,
        weights=(*weights[:-1], matrix(np.repeat(weights[-1][:1], problem.sizes[-1], axis=0))),
        biases=(
            *biases[:-1],
            column(np.repeat(biases[-1][:1], problem.sizes[-1], axis=0)),
        ),
    )
    return replace(problem, parameters=same)


def visible(mechanics: Mechanics, problem: Problem, expected: Expected) -> bool:
    """Tell whether an answer by these steps differs from the right one beyond both bounds."""
    simulation = simulate(mechanics, problem)
    if simulation.changed or simulation.failures:
        return True
    return any(differ(part, simulation.answer, simulation.bound, expected) for part in problem.asks)


def differ(part: Part, answer: Answer, bound: Answer, expected: Expected) -> bool:
    got, right = numbers(answer, part), numbers(expected.answer, part)
    slack, trusted = numbers(bound, part), numbers(expected.bound, part)
    if [a.shape for a in got] != [a.shape for a in right]:
        return True
    zeros = [np.zeros(a.shape) for a in right]
    with np.errstate(invalid="ignore"):
        return not all(
            np.all((np.abs(g - r) <= s + t) | np.isinf(t))
            for g, r, s, t in zip(got, right, slack or zeros, trusted or zeros, strict=True)
        )


def numbers(answer: Answer, part: Part) -> list[np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    value: Layers | float | np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None
    value = getattr(answer, part)
    if value is None:
        return []
    if isinstance(value, Layers):
        return [*value.weights, *value.biases]
    return [np.asarray(value, dtype=np.float64)]


@pytest.mark.campaign
@pytest.mark.parametrize("slug", BUGS)
def test_every_realisation_shows_where_it_applies_and_never_where_it_does_not(slug: str) -> None:
    bug = BUGS[slug]
    for number, mechanics in enumerate(bug.realisations):
        shown: set[tuple[str, ...]] = set()
        for problem, expected in everything():
            head = (*problem.activations[-2:], problem.cost)
            if not bug.applies(problem):
                assert not visible(mechanics, problem, expected), (number, problem.sizes)
            elif head not in shown and visible(mechanics, problem, expected):
                shown.add(head)
        assert shown, number


def test_the_catalogue_has_the_released_names() -> None:
    """A name never changes once released: this list only grows."""
    assert sorted(BUGS) == sorted(RELEASED)


def test_every_mistake_is_one_replaced_step() -> None:
    """Other ways to make it may take along what builds on it: a slope, and a cost had from z.

    ReLU's slope as a mask, which shows in what is NaN alone, is one more.
    """
    for bug in BUGS.values():
        for mechanics in bug.realisations:
            own = [step for step in replaced_steps(mechanics) if step != "propagated"]
            more = {"activation", "derivative"} <= {*own}
            assert len(own or replaced_steps(mechanics)) <= 2 + more, bug.slug
        assert replaced_steps(bug.mechanics) == (bug.replaces,)


def test_every_mistake_says_what_a_learner_needs() -> None:
    for bug in BUGS.values():
        assert bug.wrong != bug.right
        assert bug.title[0].islower() or bug.title[0] == "*" or bug.title.startswith("W "), (
            bug.title
        )
        assert not bug.title.endswith(".")
        for sentence in (bug.symptom, bug.hint):
            assert sentence.endswith("."), bug.slug
        assert bug.aimed_at in LAWS, bug.slug
        assert bug.equation


def test_no_name_hides_another() -> None:
    from refnet.bugs import (
        batch,
        cost,
        derivative,
        evaluation,
        functions,
        gradients,
        habits,
        hidden_error,
        initialisation,
        output_error,
        step,
    )

    groups = (batch, cost, derivative, evaluation, functions, gradients, habits, hidden_error)
    listed = [bug for group in (*groups, initialisation, output_error, step) for bug in group.BUGS]
    assert len(listed) == len(BUGS)


def some_question(*asks: Part, head: int = 0, at: int = 1) -> Problem:
    return replace(suite("moderate", HEADS[head], 0)[at], asks=asks)


def test_an_exception_becomes_a_failure_of_its_part() -> None:
    problem = some_question("outputs", "gradients", "step")
    answer = SimulatedBug(BUGS["reversed-product"]).answer(problem)
    assert set(answer.failures) == {"gradients", "step"}
    assert answer.failures["gradients"].kind == "ValueError"
    assert answer.gradients is None
    assert answer.outputs is not None


def test_a_subject_answers_only_what_it_is_asked() -> None:
    answer = SimulatedBug(BUGS["max-for-argmax"]).answer(some_question("predictions"))
    assert answer.outputs is None
    assert answer.predictions is not None
    broken = SimulatedBug(BUGS["star-for-matmul"], 1).answer(some_question("predictions"))
    assert set(broken.failures) == {"predictions"}


def test_a_changed_input_is_reported() -> None:
    answer = SimulatedBug(BUGS["input-mutated"]).answer(some_question("gradients"))
    assert answer.changed == ("x",)
    assert Simulated().answer(some_question("gradients")).changed == ()


def test_what_a_mistake_turns_into_no_number_is_certain() -> None:
    head = HEADS.index(next(head for head in HEADS if head.output == "softmax"))
    problem = replace(
        some_question("outputs", "gradients", "cost", head=head),
        x=matrix(1000.0 * some_question(head=head).x),
    )
    simulation = simulate(BUGS["softmax-unshifted"].mechanics, problem)
    outputs, bound = simulation.answer.outputs, simulation.bound.outputs
    assert outputs is not None
    assert bound is not None
    assert np.isnan(outputs).any()
    assert not bound[np.isnan(outputs)].any()


def test_a_simulation_in_float32_overflows_where_float32_does() -> None:
    head = HEADS.index(next(head for head in HEADS if head.output == "softmax"))
    moderate = some_question("outputs", head=head)
    largest = np.abs(moderate.parameters.weights[-1]).max()
    parameters = replace(
        moderate.parameters,
        biases=(
            *moderate.parameters.biases[:-1],
            column(100.0 + 0.0 * moderate.parameters.biases[-1]),
        ),
    )
    problem = replace(moderate, parameters=parameters)
    assert largest < 100.0
    unshifted = BUGS["softmax-unshifted"].mechanics
    double, single = simulate(unshifted, problem), simulate(unshifted, problem, FLOAT32)
    assert double.answer.outputs is not None
    assert single.answer.outputs is not None
    assert np.isfinite(double.answer.outputs).all()
    assert np.isnan(single.answer.outputs).any()


def test_the_right_subject_answers_as_the_right_mechanics_do() -> None:
    problem = some_question("outputs", "gradients")
    answer, bounded = Simulated().answer(problem), answer_bounded(problem, RIGHT).answer
    assert answer.outputs is not None
    assert bounded.outputs is not None
    assert np.array_equal(answer.outputs, bounded.outputs)


RELEASED: Sequence[str] = (
    "accumulator-not-reset",
    "argmax-flattened",
    "argmax-of-label",
    "argmax-over-batch",
    "batch-average-missing",
    "batch-average-twice",
    "bias-frozen",
    "bias-gradient-not-averaged",
    "bias-gradient-scalar",
    "bias-gradient-wrong-axis",
    "constant",
    "cost-for-derivative",
    "cost-matrix",
    "cost-mean-over-outputs",
    "cross-entropy-extra-sigma-prime",
    "delta-reused",
    "derivative-clipped",
    "derivative-for-cost",
    "falsy-zero",
    "fan-out-for-fan-in",
    "function-for-derivative",
    "hidden-sigma-prime-missing",
    "identical-layers",
    "in-place-activation",
    "input-mutated",
    "integer-buffers",
    "l2-by-batch-size",
    "l2-cost-only",
    "l2-cost-per-sample",
    "l2-gradient-only",
    "l2-on-biases",
    "l2-unscaled",
    "l2-wrong-sign",
    "label-axis-mixed",
    "last-batch-divided-by-batch-size",
    "last-sample-only",
    "layer-off-by-one",
    "layer-skipped",
    "leaky-slope-without-delta",
    "learning-rate-twice",
    "log-without-guard",
    "max-for-argmax",
    "norm-not-squared",
    "one-dimensional-dot",
    "one-hot-from-max",
    "output-error-sign",
    "output-sigma-prime-missing",
    "parenthesis-cross-entropy",
    "raw-error-propagated",
    "relu-mask-from-activation",
    "relu-slope-by-division",
    "remembers-batch-size",
    "reversed-product",
    "row-against-column",
    "samples-excluded",
    "shuffled-apart",
    "sigma-prime-of-activation",
    "sigmoid-overflow",
    "sigmoid-with-categorical-cost",
    "softmax-jacobian-diagonal",
    "softmax-over-batch",
    "softmax-twice",
    "softmax-unshifted",
    "standard-deviation-for-variance",
    "standard-normal-with-relu",
    "star-for-matmul",
    "step-sign",
    "summed-weights",
    "ties-count",
    "uniform-positive",
    "updated-weights-used",
    "weight-gradient-transposed",
    "weight-gradient-uses-own-activation",
    "zeros",
)


def test_softmax_applied_twice_and_differentiated_by_a_library_has_the_derivative_of_its_cost() -> (
    None
):
    """Otherwise PyTorch's CrossEntropyLoss behind a softmax would be no known mistake."""
    (problem, *_) = suite("moderate", Head("tanh", "softmax", "categorical_cross_entropy"), 0)
    problem = replace(problem, asks=("cost", "gradients"), l2=0.0)
    mechanics = BUGS["softmax-twice"].realisations[1]
    gradients = simulate(mechanics, problem).answer.gradients
    assert gradients is not None
    step = 1e-5

    def cost(at: int, change: float) -> float:
        biases = [b.copy() for b in problem.parameters.biases]
        biases[-1][at] += change
        moved = replace(
            problem, parameters=Parameters(problem.parameters.weights, tuple(map(column, biases)))
        )
        said = simulate(mechanics, moved).answer.cost
        assert said is not None
        return said

    slopes = [(cost(at, step) - cost(at, -step)) / (2 * step) for at in range(problem.sizes[-1])]
    assert np.ravel(gradients.biases[-1]) == pytest.approx(slopes, rel=1e-6, abs=1e-9)
