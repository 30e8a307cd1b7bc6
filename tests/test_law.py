"""Laws: what is compared and how, and that each of them objects to an answer broken by hand."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from refnet.arrays import FloatArray
from refnet.choices import HEADS
from refnet.errors import Deviation
from refnet.law import (
    Exchange,
    Law,
    Quantity,
    compare_answers,
    compare_part,
    compare_within,
    law,
    load_laws,
    quantities,
    refuse_failure,
)
from refnet.mechanics import expect
from refnet.problem import PARTS, Answer, Expected, Failure, Layers, Part, Problem
from refnet.subjects.protocol import Head
from refnet.suite import suite

LAWS = load_laws()
BY_ID = {each.id: each for each in LAWS}

IDS = [
    "purity/inputs-unchanged",
    "purity/repeatable",
    "shape/outputs",
    "shape/gradients",
    "shape/step",
    "forward/outputs",
    "cost/value",
    "bp1/derivative-not-cost",
    "bp1/output-error",
    "bp2/hidden-error",
    "bp3/bias-gradient",
    "bp4/weight-gradient",
    "gradient/check",
    "gradient/exact",
    "gradient/kink",
    "batch/mean",
    "batch/order",
    "batch/sizes",
    "step/update",
    "step/biases-not-decayed",
    "step/zero-rate",
    "step/lockstep",
    "symmetry/hidden-units",
    "symmetry/duplicate-sample",
    "symmetry/relu-homogeneity",
    "evaluation/predictions",
    "evaluation/permuted-samples",
    "evaluation/permuted-classes",
    "evaluation/count",
    "evaluation/count-adds-up",
    "extremes/saturated",
    "extremes/cost",
    "initialisation/symmetry-broken",
    "initialisation/scheme",
]

SIGMOID = HEADS[0]
SOFTMAX = Head("relu", "softmax", "categorical_cross_entropy")
BINARY = Head("tanh", "sigmoid", "binary_cross_entropy")
LINEAR = Head("leaky_relu", "identity", "quadratic")

Tampering = Callable[[int, Exchange], Answer]
"""Breaks the answer of the exchange in a place of the sequence."""


def trusted(question: Problem) -> Exchange:
    """Return an exchange in which everything is answered as it should be."""
    expected = expect(question)
    return Exchange(question, expected.answer, expected)


@cache
def exchanges_of(one: Law, head: Head, at: int = 0) -> list[Exchange]:
    """Return what a law asks about one problem of its suite, rightly answered."""
    problem = suite(one.suite, head, 0)[at]
    if one.suite == "initialisation":
        problem = replace(problem, initializer="he")
    return [trusted(question) for question in one.questions(problem)]


def tampered(exchanges: Sequence[Exchange], tampering: Tampering) -> list[Exchange]:
    return [
        replace(exchange, answer=tampering(place, exchange))
        for place, exchange in enumerate(exchanges)
    ]


def mapped(layers: Layers | None, change: Callable[[FloatArray], FloatArray]) -> Layers:
    assert layers is not None
    return Layers(tuple(map(change, layers.weights)), tuple(map(change, layers.biases)))


def in_layer(
    layers: Layers | None,
    at: int,
    weights: Callable[[FloatArray], FloatArray] = lambda w: w,
    biases: Callable[[FloatArray], FloatArray] = lambda b: b,
) -> Layers:
    """Change the weights and the biases of one layer, counted from 0 or from the end."""
    assert layers is not None
    ws, bs = list(layers.weights), list(layers.biases)
    ws[at], bs[at] = weights(ws[at]), biases(bs[at])
    return Layers(tuple(ws), tuple(bs))


def array(value: FloatArray | None) -> FloatArray:
    assert value is not None
    return value


def doubled(value: FloatArray) -> FloatArray:
    return 2.0 * value


def nudged(value: FloatArray) -> FloatArray:
    """Change the largest number by one part in ten thousand million."""
    changed = value.copy()
    changed.flat[np.abs(value).argmax()] *= 1.0 + 1e-10
    return changed


def columns_turned(value: FloatArray) -> FloatArray:
    return np.roll(value, 1, axis=1)


def one_up(value: FloatArray) -> FloatArray:
    """Change every number by as little as can be."""
    return np.nextafter(value, np.inf)


def gradients(change: Callable[[Layers], Layers]) -> Tampering:
    def tampering(_place: int, exchange: Exchange) -> Answer:
        answer = exchange.answer
        assert answer.gradients is not None
        return replace(answer, gradients=change(answer.gradients))

    return tampering


def step(change: Callable[[Layers], Layers]) -> Tampering:
    def tampering(_place: int, exchange: Exchange) -> Answer:
        answer = exchange.answer
        assert answer.step is not None
        return replace(answer, step=change(answer.step))

    return tampering


def only(places: Sequence[int], tampering: Tampering) -> Tampering:
    return lambda place, exchange: (
        tampering(place, exchange) if place in places else exchange.answer
    )


def outputs(change: Callable[[FloatArray], FloatArray]) -> Tampering:
    return lambda _, exchange: replace(
        exchange.answer, outputs=change(array(exchange.answer.outputs))
    )


def predictions(change: Callable[[FloatArray], FloatArray]) -> Tampering:
    return lambda _, exchange: replace(
        exchange.answer, predictions=change(array(exchange.answer.predictions))
    )


def failing(part: Part) -> Tampering:
    why: dict[Part, Failure] = {part: Failure("OverflowError", "math range error", "net.py:7")}
    return lambda _, exchange: replace(exchange.answer, failures=why)


def cost(change: Callable[[float], float]) -> Tampering:
    def tampering(_place: int, exchange: Exchange) -> Answer:
        assert exchange.answer.cost is not None
        return replace(exchange.answer, cost=change(exchange.answer.cost))

    return tampering


def correct(count: int) -> Tampering:
    return lambda _, exchange: replace(exchange.answer, correct=count)


def slightly(value: FloatArray) -> FloatArray:
    """Make every number larger by one part in ten thousand million."""
    return value * (1.0 + 1e-10)


def uphill(_place: int, exchange: Exchange) -> Answer:
    """Step up the gradient instead of down."""
    before = exchange.problem.parameters
    after = exchange.answer.step
    assert after is not None
    return replace(
        exchange.answer,
        step=Layers(
            tuple(2.0 * old - new for old, new in zip(before.weights, after.weights, strict=True)),
            tuple(2.0 * old - new for old, new in zip(before.biases, after.biases, strict=True)),
        ),
    )


def fresh(change: Callable[[FloatArray], FloatArray]) -> Tampering:
    return lambda _, exchange: replace(
        exchange.answer, initial=mapped(exchange.answer.initial, change)
    )


def spread(value: FloatArray) -> FloatArray:
    """Copy a column for every sample of a batch of four."""
    return np.repeat(value, 4, axis=1) if value.shape[1] == 1 else value


BROKEN: dict[str, list[tuple[Head, Tampering]]] = {
    "purity/inputs-unchanged": [
        (SIGMOID, lambda _, exchange: replace(exchange.answer, changed=("x",)))
    ],
    "purity/repeatable": [
        (SIGMOID, only([1], outputs(nudged))),
        (SIGMOID, only([2], gradients(lambda g: mapped(g, doubled)))),
        (SIGMOID, only([1], failing("gradients"))),
        (SIGMOID, only([1], gradients(lambda g: mapped(g, spread)))),
    ],
    "shape/outputs": [
        (SIGMOID, outputs(lambda a: a.reshape(-1))),
        (SIGMOID, only([2], outputs(lambda a: np.repeat(a, 2, axis=1)))),
        (SIGMOID, only([1], failing("outputs"))),
    ],
    "shape/gradients": [
        (SIGMOID, gradients(lambda g: mapped(g, spread))),
        (SIGMOID, gradients(lambda g: Layers(g.weights[:-1], g.biases[:-1]))),
        (SIGMOID, gradients(lambda g: Layers(g.weights, tuple(b.ravel() for b in g.biases)))),
        (SIGMOID, only([1], failing("gradients"))),
    ],
    "shape/step": [
        (SIGMOID, only([2], step(lambda after: mapped(after, spread)))),
        (SIGMOID, failing("step")),
    ],
    "forward/outputs": [(head, outputs(nudged)) for head in HEADS],
    "cost/value": [
        *((head, cost(lambda c: c * (1.0 + 1e-10))) for head in HEADS),
        (SIGMOID, cost(lambda _: np.nan)),
        (SIGMOID, failing("cost")),
    ],
    "bp1/derivative-not-cost": [
        *((head, gradients(lambda g: mapped(g, np.abs))) for head in (SIGMOID, BINARY, SOFTMAX)),
        *(
            (head, gradients(lambda g: mapped(g, lambda delta: delta + 1e-10 * np.abs(delta))))
            for head in (SIGMOID, BINARY, SOFTMAX)
        ),
    ],
    "bp1/output-error": [
        (SIGMOID, gradients(lambda g: mapped(g, slightly))),
        *((head, gradients(lambda g: mapped(g, doubled))) for head in HEADS),
    ],
    "bp2/hidden-error": [
        (SIGMOID, gradients(lambda g: in_layer(g, 0, slightly, slightly))),
        (SIGMOID, gradients(lambda g: in_layer(g, -1, slightly, slightly))),
        *((head, gradients(lambda g: in_layer(g, 0, doubled, doubled))) for head in HEADS),
    ],
    "bp3/bias-gradient": [
        (head, gradients(lambda g: in_layer(g, 0, biases=nudged))) for head in HEADS
    ],
    "bp4/weight-gradient": [
        (SIGMOID, gradients(lambda g: in_layer(g, 0, nudged))),
        *((head, gradients(lambda g: in_layer(g, -1, columns_turned))) for head in HEADS),
    ],
    "gradient/check": [
        *((head, gradients(lambda g: in_layer(g, 0, nudged))) for head in HEADS),
        (SIGMOID, gradients(lambda g: in_layer(g, -1, biases=nudged))),
        (SIGMOID, gradients(lambda g: in_layer(g, 0, lambda w: np.nan * w))),
    ],
    "gradient/exact": [
        (LINEAR, gradients(lambda g: in_layer(g, 0, one_up))),
        (LINEAR, gradients(lambda g: in_layer(g, -1, biases=one_up))),
    ],
    "gradient/kink": [
        (LINEAR, gradients(lambda g: in_layer(g, 0, nudged))),
        (SOFTMAX, gradients(lambda g: in_layer(g, 0, biases=lambda b: np.nan * b))),
    ],
    "batch/mean": [
        (SIGMOID, only([0], gradients(lambda g: mapped(g, doubled)))),
        (SIGMOID, only([0], gradients(lambda g: in_layer(g, 0, biases=nudged)))),
        (SIGMOID, only([1], gradients(lambda g: mapped(g, doubled)))),
    ],
    "batch/order": [(SIGMOID, only([1], gradients(lambda g: in_layer(g, 0, nudged))))],
    "batch/sizes": [
        (SIGMOID, only([at], gradients(lambda g: mapped(g, doubled)))) for at in (2, 3)
    ],
    "step/update": [
        *((head, uphill) for head in HEADS),
        (SIGMOID, only([0], step(lambda after: in_layer(after, 0, nudged)))),
        (SIGMOID, only([1], step(lambda after: in_layer(after, -1, biases=nudged)))),
    ],
    "step/biases-not-decayed": [
        (SIGMOID, only([0], step(lambda after: in_layer(after, 0, biases=nudged))))
    ],
    "step/zero-rate": [(SIGMOID, step(lambda after: in_layer(after, 0, nudged)))],
    "step/lockstep": [
        (SIGMOID, uphill),
        (SIGMOID, step(lambda after: in_layer(after, -1, biases=nudged))),
    ],
    "symmetry/hidden-units": [
        (SIGMOID, only([1], outputs(nudged))),
        (SIGMOID, only([1], gradients(lambda g: in_layer(g, 0, lambda w: w[::-1])))),
        (SIGMOID, only([1], gradients(lambda g: in_layer(g, -1, lambda w: w[:, ::-1])))),
    ],
    "symmetry/duplicate-sample": [(SIGMOID, only([1], gradients(lambda g: mapped(g, doubled))))],
    "symmetry/relu-homogeneity": [
        (LINEAR, only([1], outputs(nudged))),
        (LINEAR, only([1], gradients(lambda g: in_layer(g, 0, doubled)))),
        (LINEAR, only([1], gradients(lambda g: in_layer(g, -1, biases=doubled)))),
    ],
    "evaluation/predictions": [
        (SOFTMAX, predictions(np.zeros_like)),
        (SOFTMAX, predictions(lambda classes: classes.reshape(-1, 1))),
        (SOFTMAX, failing("predictions")),
    ],
    "evaluation/permuted-samples": [
        (SOFTMAX, only([1], predictions(lambda classes: np.roll(classes, -1))))
    ],
    "evaluation/permuted-classes": [(SOFTMAX, predictions(np.zeros_like))],
    "evaluation/count": [
        (SOFTMAX, correct(1)),
        (SOFTMAX, correct(0)),
        (SOFTMAX, only([0, 1, 2], lambda place, _: Answer(correct=int(place == 3)))),
        (SOFTMAX, only([3, 4, 5], correct(1))),
        (SOFTMAX, failing("correct")),
    ],
    "evaluation/count-adds-up": [(SOFTMAX, only([0], correct(7))), (SOFTMAX, failing("correct"))],
    "extremes/saturated": [
        (SOFTMAX, outputs(lambda a: a * np.nan)),
        (SOFTMAX, gradients(lambda g: mapped(g, np.zeros_like))),
        (SOFTMAX, gradients(lambda g: in_layer(g, 0, nudged))),
        (SOFTMAX, failing("gradients")),
    ],
    "extremes/cost": [
        (SOFTMAX, cost(lambda _: np.inf)),
        (SOFTMAX, cost(lambda c: min(c, 16.118))),
        (SOFTMAX, failing("cost")),
    ],
    "initialisation/symmetry-broken": [
        (SOFTMAX, fresh(np.zeros_like)),
        (SOFTMAX, fresh(np.ones_like)),
        (SOFTMAX, fresh(lambda w: np.repeat(w[:1], w.shape[0], axis=0))),
        (SOFTMAX, fresh(lambda w: np.full_like(w, np.inf))),
        (SOFTMAX, failing("initial")),
    ],
    "initialisation/scheme": [
        (SOFTMAX, fresh(doubled)),
        (SOFTMAX, fresh(np.abs)),
        (SOFTMAX, fresh(lambda w: np.concatenate([w[:1], w[:-1]]))),
        (SOFTMAX, fresh(lambda w: np.sign(w) * np.sqrt(2.0 / w.shape[1]))),
    ],
}

CASES = [
    pytest.param(BY_ID[name], *case, id=f"{name}-{number}")
    for name, cases in BROKEN.items()
    for number, case in enumerate(cases)
]


def test_the_laws_are_those_that_were_promised_and_in_this_order() -> None:
    assert [each.id for each in LAWS] == IDS


def test_a_law_follows_only_laws_judged_before_it() -> None:
    for place, each in enumerate(LAWS):
        assert set(each.follows) <= {before.id for before in LAWS[:place]}


def test_every_law_is_broken_by_hand_here() -> None:
    assert set(BROKEN) == set(BY_ID)


@pytest.mark.parametrize("each", LAWS, ids=lambda each: each.id)
@pytest.mark.parametrize("head", HEADS, ids=lambda head: f"{head.hidden}-{head.output}")
def test_a_law_asks_exactly_what_it_needs_and_the_trusted_answer_obeys(
    each: Law, head: Head
) -> None:
    for at in range(min(2, len(suite(each.suite, head, 0)))):
        exchanges = exchanges_of(each, head, at)
        assert all(frozenset(exchange.problem.asks) == each.needs for exchange in exchanges)
        if exchanges:
            each.judge(exchanges)


@pytest.mark.parametrize(("each", "head", "tampering"), CASES)
def test_a_law_objects_to_an_answer_broken_by_hand(
    each: Law, head: Head, tampering: Tampering
) -> None:
    exchanges = exchanges_of(each, head)
    each.judge(exchanges)
    with pytest.raises(Deviation) as caught:
        each.judge(tampered(exchanges, tampering))
    assert caught.value.equation == each.equation
    assert caught.value.element
    assert "got" in str(caught.value)
    assert "expected" in str(caught.value)


EQUATIONS = ("bp1/output-error", "bp2/hidden-error", "bp3/bias-gradient", "bp4/weight-gradient")


@pytest.mark.parametrize("head", HEADS, ids=lambda head: f"{head.hidden}-{head.output}")
@pytest.mark.parametrize("broken", EQUATIONS)
def test_a_wrong_equation_is_not_blamed_on_the_others(broken: str, head: Head) -> None:
    tampering = dict(BROKEN[broken])[head]
    for at in (0, 2):
        for equation in map(BY_ID.__getitem__, EQUATIONS):
            exchanges = tampered(exchanges_of(equation, head, at), tampering)
            if equation.id == broken:
                with pytest.raises(Deviation):
                    equation.judge(exchanges)
            else:
                equation.judge(exchanges)


def test_a_wrong_error_a_million_times_too_large_is_not_blamed_on_the_equations_behind_it() -> None:
    # Its rounding errors are a million times as large as well.
    def inflated(g: Layers) -> Layers:
        noise = np.random.default_rng(0)
        return mapped(g, lambda a: 1e6 * a * (1.0 + 2.0**-52 * noise.uniform(-1.0, 1.0, a.shape)))

    for equation in map(BY_ID.__getitem__, EQUATIONS[1:]):
        equation.judge(tampered(exchanges_of(equation, SIGMOID), gradients(inflated)))


@pytest.mark.parametrize("each", LAWS, ids=lambda each: each.id)
def test_what_is_not_answered_breaks_no_law(each: Law) -> None:
    exchanges = exchanges_of(each, LINEAR if each.suite == "exact" else SOFTMAX)
    each.judge(tampered(exchanges, lambda _place, _exchange: Answer()))


SPEAK_OF_FAILURES = {
    "shape/outputs",
    "shape/gradients",
    "shape/step",
    "cost/value",
    "evaluation/predictions",
    "evaluation/count",
    "evaluation/count-adds-up",
    "extremes/saturated",
    "extremes/cost",
    "initialisation/symmetry-broken",
}
"""The first law about a part, and those about extremes: there an exception is how it overflows."""


@pytest.mark.parametrize("each", LAWS, ids=lambda each: each.id)
def test_an_exception_breaks_the_first_law_about_its_part_alone(each: Law) -> None:
    failed = Answer(failures={part: Failure("ValueError", "shapes", "net.py:3") for part in PARTS})
    exchanges = exchanges_of(each, LINEAR if each.suite == "exact" else SOFTMAX)
    exchanges = tampered(exchanges, lambda _place, _exchange: failed)
    if each.id in SPEAK_OF_FAILURES:
        with pytest.raises(Deviation, match=r"got ValueError: shapes at net\.py:3"):
            each.judge(exchanges)
    else:
        each.judge(exchanges)


@pytest.mark.parametrize("each", LAWS, ids=lambda each: each.id)
def test_a_wrong_shape_breaks_the_shape_laws_alone(each: Law) -> None:
    def misshapen(_place: int, exchange: Exchange) -> Answer:
        answer = exchange.answer
        return replace(
            answer,
            outputs=None if answer.outputs is None else np.ones((7, 7)),
            gradients=None if answer.gradients is None else mapped(answer.gradients, spread),
            step=None if answer.step is None else mapped(answer.step, np.ravel),
            predictions=None if answer.predictions is None else np.ones((9,)),
            initial=None if answer.initial is None else mapped(answer.initial, np.ravel),
        )

    exchanges = tampered(
        exchanges_of(each, LINEAR if each.suite == "exact" else SOFTMAX), misshapen
    )
    if each.id.startswith("shape/") or each.id == "evaluation/predictions":
        with pytest.raises(Deviation, match="shape"):
            each.judge(exchanges)
    else:
        each.judge(exchanges)


def test_predictions_are_not_judged_where_two_outputs_are_closer_than_their_bounds() -> None:
    (exchange,) = exchanges_of(BY_ID["evaluation/predictions"], SOFTMAX)
    wide = np.ones_like(array(exchange.expected.bound.outputs))
    undecided = replace(
        exchange,
        answer=replace(exchange.answer, predictions=np.zeros(exchange.problem.samples)),
        expected=replace(exchange.expected, bound=replace(exchange.expected.bound, outputs=wide)),
    )
    BY_ID["evaluation/predictions"].judge([undecided])


def test_a_scheme_is_only_held_against_who_declares_it() -> None:
    (problem,) = suite("initialisation", SOFTMAX, 0)
    scheme = BY_ID["initialisation/scheme"]
    assert scheme.questions(problem) == ()
    assert scheme.questions(replace(problem, initializer="of their own")) == ()
    assert len(scheme.questions(replace(problem, initializer="glorot"))) == 1


def test_a_law_about_batches_asks_nothing_of_one_sample() -> None:
    single = next(p for p in suite("moderate", SIGMOID, 0) if p.samples == 1)
    silent = {each.id for each in LAWS if each.suite == "moderate" and not each.questions(single)}
    assert silent == {
        "gradient/kink",  # a sigmoid has none
        "batch/mean",
        "batch/order",
        "batch/sizes",
        "symmetry/duplicate-sample",
        "symmetry/relu-homogeneity",
    }
    assert "purity/repeatable" not in silent


def quantity(got: object, expected: object, bound: object) -> Quantity:
    first, second, third = (np.array(value, dtype=np.float64) for value in (got, expected, bound))
    return Quantity("dW of layer 2", first, second, third, ("row", "column"))


def test_the_number_furthest_beyond_its_bound_is_named_in_words() -> None:
    with pytest.raises(Deviation) as caught:
        compare_within(
            quantity([[0.0, 1.0, 0.0], [0.0, 0.0, 3.0]], np.zeros((2, 3)), np.full((2, 3), 0.5)),
            "BP4",
            "look there",
        )
    deviation = caught.value
    assert deviation.element == "dW of layer 2, row 2, column 3"
    assert (deviation.got, deviation.expected, deviation.bound) == (3.0, 0.0, 0.5)
    assert deviation.equation == "BP4"
    assert str(deviation) == (
        "dW of layer 2, row 2, column 3: got 3, expected 0 within 5.0e-01; look there"
    )


def test_of_equal_deviations_the_first_is_named() -> None:
    with pytest.raises(Deviation, match="row 1, column 2"):
        compare_within(quantity([[0.0, 1.0, 1.0]], [[0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0]]))


def test_numbers_that_look_alike_are_written_out() -> None:
    with pytest.raises(Deviation, match=r"got 0\.30000000000000004, expected 0\.3 exactly"):
        compare_within(quantity([[0.1 + 0.2]], [[0.3]], [[0.0]]))


@pytest.mark.parametrize(
    ("got", "expected", "bound"),
    [
        (0.0, -0.0, 0.0),
        (1.0, 1.5, 0.5),
        (np.nan, 1.0, np.inf),
        (np.nan, 1.0, np.nan),
        (np.inf, np.inf, 0.0),
        (np.nan, np.nan, 0.0),
    ],
)
def test_these_agree(got: float, expected: float, bound: float) -> None:
    compare_within(quantity([[got]], [[expected]], [[bound]]))


@pytest.mark.parametrize(
    ("got", "expected", "bound"),
    [
        (1.0, np.nextafter(1.0, 2.0), 0.0),
        (np.nan, 1.0, 1e300),
        (np.inf, 1.0, 1e300),
        (-np.inf, np.inf, 1.0),
        (1.0, np.nan, 1.0),
    ],
)
def test_these_do_not_agree(got: float, expected: float, bound: float) -> None:
    with pytest.raises(Deviation):
        compare_within(quantity([[got]], [[expected]], [[bound]]))


def test_no_number_outranks_the_largest_difference() -> None:
    with pytest.raises(Deviation, match="column 2: got nan"):
        compare_within(quantity([[1e300, np.nan]], [[0.0, 0.0]], [[0.0, 0.0]]))


def test_gradients_come_from_the_last_layer_backwards_weights_first() -> None:
    exchange = trusted(replace(suite("moderate", SIGMOID, 0)[0], asks=("gradients",)))
    names = [each.name for each in quantities(exchange, "gradients")]
    assert names == ["dW of layer 2", "db of layer 2", "dW of layer 1", "db of layer 1"]
    assert [each.element((0, 0)) for each in quantities(exchange, "gradients")[:2]] == [
        "dW of layer 2, row 1, column 1",
        "db of layer 2, row 1",
    ]


def test_a_part_without_a_bound_must_be_exactly_right() -> None:
    problem = suite("evaluation", SIGMOID, 0)[0]
    right = expect(replace(problem, asks=("correct",)))
    assert right.answer.correct is not None
    wrong = replace(right.answer, correct=right.answer.correct + 1)
    with pytest.raises(Deviation, match="number of correct predictions"):
        compare_part([Exchange(problem, wrong, right)], "correct")


def test_two_answers_are_compared_within_the_sum_of_their_bounds() -> None:
    problem = suite("moderate", SIGMOID, 0)[0]

    def answering(value: float, bound: float) -> Exchange:
        expected = Expected(Answer(outputs=np.ones((1, 1))), Answer(outputs=np.full((1, 1), bound)))
        return Exchange(problem, Answer(outputs=np.full((1, 1), value)), expected)

    compare_answers(answering(1.0, 0.25), answering(0.5, 0.25), "outputs", "")
    with pytest.raises(Deviation, match=r"got 0\.25, expected 1 within 5\.0e-01; as before"):
        compare_answers(answering(1.0, 0.25), answering(0.25, 0.25), "outputs", "as before")


def test_the_decorator_makes_a_law_and_names_its_equation() -> None:
    @law(
        "some/law",
        title="nothing may be 7",
        equation="BP9",
        needs=("cost",),
        questions=lambda problem: (problem,),
    )
    def some_law(exchanges: Sequence[Exchange]) -> None:
        for exchange in exchanges:
            if exchange.answer.cost == 7.0:
                raise Deviation("cost: got 7, expected another number")
            refuse_failure(exchange, "cost", "BP8")

    assert (some_law.id, some_law.suite, some_law.follows) == ("some/law", "moderate", ())
    exchange = trusted(replace(suite("moderate", SIGMOID, 0)[0], asks=("cost",)))
    some_law.judge([exchange])
    with pytest.raises(Deviation) as caught:
        some_law.judge([replace(exchange, answer=Answer(cost=7.0))])
    assert caught.value.equation == "BP9"
    failed = Answer(failures={"cost": Failure("ValueError", "no")})
    with pytest.raises(Deviation, match="cost: got ValueError: no; expected") as caught:
        some_law.judge([replace(exchange, answer=failed)])
    assert caught.value.equation == "BP8"
