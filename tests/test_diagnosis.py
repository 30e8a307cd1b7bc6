"""Heads, diagnosis and the example that is shown, on subjects simulated in this process."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from refnet import shrinking
from refnet.bounded_functions import sigmoid
from refnet.bugs import BUGS, replaced_steps
from refnet.choices import HEADS
from refnet.conformance import blank_report, judge
from refnet.heads import probe_heads
from refnet.interview import Interview
from refnet.law import load_laws
from refnet.mechanics import RIGHT, Mechanics, Trace
from refnet.mechanics.right import activation
from refnet.subjects.opening import OpenedSubject
from refnet.subjects.protocol import Head
from refnet.tolerance import Bounded
from refnet.verdict import Diagnosis, Report
from simulated import opened

pytestmark = pytest.mark.usefixtures("hasty")

LAWS = load_laws()
SIGMOID = Head("sigmoid", "sigmoid", "quadratic")
BINARY = Head("tanh", "sigmoid", "binary_cross_entropy")
SOFTMAX = Head("relu", "softmax", "categorical_cross_entropy")
LINEAR = Head("leaky_relu", "identity", "quadratic")


def verdict_on(subject: OpenedSubject) -> Report:
    return judge(subject, LAWS, blank_report("simulated"))


@pytest.mark.parametrize("head", HEADS, ids=str)
def test_the_activations_of_every_head_are_found_by_asking(head: Head) -> None:
    subject = opened(head)
    probed = probe_heads(Interview(subject.panel, subject.description.capabilities), 0)
    assert probed.fits
    assert head in probed.heads
    assert {(found.hidden, found.output) for found in probed.heads} == {(head.hidden, head.output)}


@pytest.mark.parametrize(
    "slope", [0.01, *(pytest.param(slope, marks=pytest.mark.campaign) for slope in (0.2, 2.0**-6))]
)
def test_the_slope_of_leaky_relu_is_found_too(slope: float) -> None:
    """A right network must not be called wrong for a slope that is its own."""
    subject = opened(LINEAR, slope=slope)
    probed = probe_heads(Interview(subject.panel, subject.description.capabilities), 0)
    assert probed.leaky_slope == slope
    assert verdict_on(subject).verdict == "conforms"


def test_a_head_that_is_declared_is_believed() -> None:
    subject = opened(SIGMOID, declared=True)
    probed = probe_heads(Interview(subject.panel, subject.description.capabilities), 0)
    assert (probed.heads, probed.cost) == ((SIGMOID,), "declared")


@pytest.mark.parametrize(
    "head",
    [SOFTMAX, *(pytest.param(h, marks=pytest.mark.campaign) for h in (SIGMOID, BINARY, LINEAR))],
    ids=str,
)
@pytest.mark.no_cover
def test_a_right_network_conforms_with_every_law_run_that_can_be(head: Head) -> None:
    report = verdict_on(opened(head))
    assert report.verdict == "conforms"
    unasked = {law.id for law in report.laws if law.status != "passed"}
    assert unasked <= {
        "gradient/exact",
        "gradient/kink",
        "symmetry/relu-homogeneity",
        "initialisation/scheme",
    }


NAMED = (
    ("cost-for-derivative", SIGMOID),
    ("softmax-jacobian-diagonal", SOFTMAX),
    ("raw-error-propagated", SIGMOID),
    ("updated-weights-used", LINEAR),
    ("layer-off-by-one", BINARY),
    ("bias-gradient-scalar", SOFTMAX),
    ("batch-average-missing", SIGMOID),
    ("accumulator-not-reset", SIGMOID),
    ("l2-on-biases", LINEAR),
    ("learning-rate-twice", SIGMOID),
    ("row-against-column", SIGMOID),
    ("input-mutated", SOFTMAX),
    ("softmax-over-batch", SOFTMAX),
    ("derivative-clipped", SIGMOID),
    ("argmax-of-label", SOFTMAX),
    ("zeros", SOFTMAX),
    ("norm-not-squared", LINEAR),
    ("log-without-guard", BINARY),
)


@pytest.mark.campaign
@pytest.mark.parametrize(("slug", "head"), NAMED)
def test_a_simulated_mistake_is_named_and_graded(
    slug: str, head: Head, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shrinking, "CALLS", 40)
    report = verdict_on(opened(head, BUGS[slug].mechanics))
    assert (report.diagnosis.certainty, report.diagnosis.bugs) == ("unique", (slug,))
    assert report.verdict == BUGS[slug].grade
    assert report.example is not None
    broken = {law.id for law in report.laws if law.status == "broken"}
    assert broken, "a verdict rests on a broken law"


@pytest.mark.campaign
def test_mistakes_that_no_question_tells_apart_are_tied() -> None:
    """A mask that is always 1 is the same as no mask: whichever is named, it may be the other."""
    report = verdict_on(opened(SOFTMAX, BUGS["hidden-sigma-prime-missing"].mechanics))
    assert report.diagnosis.certainty == "tied"
    assert set(report.diagnosis.bugs) == {
        "hidden-sigma-prime-missing",
        "relu-mask-from-activation",
    }


def together(first: str, second: str) -> Mechanics:
    """Make the mechanics of somebody who makes two mistakes, in different steps."""
    other = BUGS[second].mechanics
    steps = {step: getattr(other, step) for step in replaced_steps(other)}
    return replace(BUGS[first].mechanics, **steps)


@pytest.mark.no_cover
def test_two_mistakes_at_once_are_named_together() -> None:
    mechanics = together("hidden-sigma-prime-missing", "bias-gradient-scalar")
    report = verdict_on(opened(SIGMOID, mechanics))
    assert report.verdict == "wrong"
    assert report.diagnosis.certainty == "unique"
    assert set(report.diagnosis.bugs) == {"hidden-sigma-prime-missing", "bias-gradient-scalar"}
    assert "these two mistakes together" in report.sentence


@pytest.mark.parametrize(
    "further", ["zeros", pytest.param("bias-gradient-scalar", marks=pytest.mark.campaign)]
)
def test_of_pairs_that_are_tied_it_is_said_which_mistake_is_certain(further: str) -> None:
    """Of a list of three alone a learner would not know which one is there, and which may be."""
    report = verdict_on(opened(SOFTMAX, together("hidden-sigma-prime-missing", further)))
    assert report.verdict == "wrong"
    diagnosis = report.diagnosis
    assert (diagnosis.certainty, diagnosis.certain) == ("tied", (further,))
    masks = ("hidden-sigma-prime-missing", "relu-mask-from-activation")
    assert {frozenset(pair) for pair in diagnosis.pairs} == {
        frozenset((further, mask)) for mask in masks
    }
    assert diagnosis.named == f"{further} and ({' or '.join(diagnosis.bugs[1:])})"
    assert f"({further}); and, beside it, one of 2 known mistakes" in report.sentence


def test_what_is_named_says_how_mistakes_belong_together() -> None:
    """A comma between them would leave open whether one is there, or all are."""
    pairs = (("a", "b"), ("c", "d"))
    assert Diagnosis("unique", ("a",)).named == "a"
    assert Diagnosis("unique", ("a", "b")).named == "a and b"
    assert Diagnosis("tied", ("a", "b")).named == "a or b"
    assert Diagnosis("tied", ("a", "b")).certain == ()
    assert Diagnosis("tied", ("a", "b", "c", "d"), pairs=pairs).named == "(a and b) or (c and d)"
    more = (("a", "b", "c"), ("a", "d"))
    assert Diagnosis("tied", ("a", "b", "c", "d"), pairs=more).named == "a and ((b and c) or d)"
    assert Diagnosis("unknown").named == ""


def scaled_beside(cost: str) -> Mechanics:
    """Make the mechanics of gradients that are a mean over the outputs, beside a wrong cost."""

    def over_outputs(trace: Trace) -> Bounded:
        return RIGHT.output_error(trace).scaled(2.0, trace.problem.sizes[-1])

    return replace(BUGS[cost].mechanics, output_error=over_outputs)


@pytest.mark.campaign
def test_a_norm_is_named_beside_any_convention_of_the_gradient() -> None:
    report = verdict_on(opened(SIGMOID, scaled_beside("norm-not-squared")))
    assert (report.diagnosis.certainty, report.diagnosis.bugs) == ("unique", ("norm-not-squared",))


@pytest.mark.campaign
def test_beside_a_cost_that_is_wrong_no_multiple_of_the_gradient_is_a_mistake() -> None:
    """It may be a convention: there is no right cost that it could be held to."""
    report = verdict_on(opened(SIGMOID, scaled_beside("derivative-for-cost")))
    assert report.verdict == "wrong"
    assert "cost-mean-over-outputs" not in report.diagnosis.bugs


@pytest.mark.no_cover
def test_a_mistake_that_is_not_in_the_catalogue_is_given_no_name() -> None:
    """A false name sends a learner to the wrong line."""

    def odd(trace: Trace) -> Bounded:
        return RIGHT.output_error(trace).scaled(1.7)

    report = verdict_on(opened(SIGMOID, replace(RIGHT, output_error=odd)))
    assert (report.verdict, report.diagnosis.certainty) == ("wrong", "unknown")
    assert report.diagnosis.bugs == ()
    assert report.diagnosis.equation == "BP1"


WITHOUT_A_CLASS = "one-hot-from-max"


def beside_missing_rows(mechanics: Mechanics) -> Mechanics:
    """Make the mechanics of somebody who also takes the width of labels from those present."""
    return replace(mechanics, difference=BUGS[WITHOUT_A_CLASS].mechanics.difference)


@pytest.mark.parametrize(
    ("others", "certainty"),
    [
        ((), "unique"),
        pytest.param(
            ("bias-gradient-scalar", "l2-on-biases"), "unique", marks=pytest.mark.campaign
        ),
        pytest.param(("hidden-sigma-prime-missing",), "tied", marks=pytest.mark.campaign),
    ],
)
def test_what_an_exception_hides_is_found_where_none_is_raised(
    others: tuple[str, ...], certainty: str
) -> None:
    """Whoever takes the width of labels from a batch sees nothing else in most batches."""
    mechanics = together(*others) if len(others) == 2 else RIGHT
    mechanics = BUGS[others[0]].mechanics if len(others) == 1 else mechanics
    report = verdict_on(opened(SOFTMAX, beside_missing_rows(mechanics)))
    assert report.diagnosis.certainty == certainty, report.sentence
    assert {WITHOUT_A_CLASS, *others} <= {*report.diagnosis.bugs}
    if certainty == "tied":
        assert report.diagnosis.certain == (WITHOUT_A_CLASS,)
    else:
        assert {*report.diagnosis.bugs} == {WITHOUT_A_CLASS, *others}
    assert "shape/gradients" in report.broken
    # The laws about numbers are held against what is answered.
    assert ("gradient/check" in report.broken) == bool(others)


def test_beside_what_is_unknown_a_mistake_that_is_seen_is_named() -> None:
    def odd(trace: Trace) -> Bounded:
        return trace.mechanics.difference(trace).scaled(1.7)

    report = verdict_on(opened(SOFTMAX, beside_missing_rows(replace(RIGHT, output_error=odd))))
    assert (report.diagnosis.certainty, report.diagnosis.bugs) == ("unknown", (WITHOUT_A_CLASS,))
    assert report.diagnosis.equation == "BP1"
    assert report.sentence.endswith(f"({WITHOUT_A_CLASS}).")


def raises_unless(fits: Callable[[Trace], bool]) -> Mechanics:
    """Make the mechanics of somebody whose hidden error ends in an exception about shapes."""

    def propagated(trace: Trace, layer: int) -> Bounded:
        if not fits(trace):
            raise ValueError("shapes (3,3) and (1,3) not aligned")
        return RIGHT.propagated(trace, layer)

    return replace(RIGHT, propagated=propagated)


@pytest.mark.parametrize(
    "head", [SOFTMAX, pytest.param(SIGMOID, marks=pytest.mark.campaign)], ids=str
)
def test_what_raises_everywhere_but_behind_one_unit_is_the_wrong_product(head: Head) -> None:
    """There is no number to go by, and yet this is the commonest mistake of those who begin."""
    subject = opened(head, raises_unless(lambda trace: trace.problem.sizes[-1] == 1))
    diagnosis = verdict_on(subject).diagnosis
    assert (diagnosis.certainty, diagnosis.bugs) == ("unique", ("star-for-matmul",))


@pytest.mark.campaign
def test_an_exception_everywhere_is_given_no_name() -> None:
    """A mistyped index raises as well: what raises always is no mark of any mistake."""
    diagnosis = verdict_on(opened(SIGMOID, raises_unless(lambda _: False))).diagnosis
    assert (diagnosis.certainty, diagnosis.bugs) == ("unknown", ())


def test_what_explains_nothing_that_is_answered_is_not_named_for_the_exceptions_beside_it() -> None:
    """Otherwise two mistakes, of which one raises where layers are uneven, get another's name."""

    def odd(trace: Trace, layer: int) -> Bounded:
        if len(set(trace.problem.sizes)) > 2:
            raise IndexError("list index out of range")
        return RIGHT.weight_gradient(trace, layer).scaled(1.7)

    subject = opened(SIGMOID, replace(RIGHT, weight_gradient=odd), ("outputs", "gradients"))
    able = replace(subject.description.capabilities, one_sample=frozenset({"gradients"}))
    single = replace(subject, description=replace(subject.description, capabilities=able))
    diagnosis = verdict_on(single).diagnosis
    assert (diagnosis.certainty, diagnosis.bugs) == ("unknown", ())


@pytest.mark.campaign
def test_beside_an_exception_what_is_answered_wrongly_is_explained_too() -> None:
    """Otherwise it would be said that the one mistake explains every answer."""
    behind_one = raises_unless(lambda trace: trace.problem.sizes[-1] == 1)

    def cost(trace: Trace) -> Bounded:
        return RIGHT.cost(trace).scaled(0.3)

    assert verdict_on(opened(SIGMOID, replace(behind_one, cost=cost))).diagnosis.bugs == ()
    known = replace(behind_one, cost=BUGS["derivative-for-cost"].mechanics.cost)
    diagnosis = verdict_on(opened(SIGMOID, known)).diagnosis
    assert (diagnosis.certainty, {*diagnosis.bugs}) == (
        "unique",
        {"star-for-matmul", "derivative-for-cost"},
    )


Function = Callable[[Bounded], Bounded]


def with_activation(function: Function) -> Mechanics:
    """Make the mechanics of a network whose hidden layers have another function."""

    def other(trace: Trace, layer: int) -> Bounded:
        hidden = layer < trace.depth - 1
        return function(trace.weighted_inputs[layer]) if hidden else activation(trace, layer)

    return replace(RIGHT, activation=other)


def test_an_activation_that_refnet_does_not_know_is_not_called_wrong() -> None:
    """Otherwise softplus, swish and the like are accused of a wrong forward pass."""
    swish = with_activation(lambda z: z * sigmoid(z))
    report = verdict_on(opened(SIGMOID, swish, ("outputs", "gradients", "step")))
    assert report.verdict == "not judged"
    assert "none of the activations that refnet knows" in report.sentence


@pytest.mark.campaign
def test_layers_put_together_wrongly_are_wrong_whatever_their_activation() -> None:
    def transposed(trace: Trace, layer: int) -> Bounded:
        w, a = trace.weights[layer], trace.activations[layer]
        square = w.shape[0] == w.shape[1]
        return (w.transposed if square else w) @ a + trace.biases[layer]

    report = verdict_on(
        opened(SIGMOID, replace(RIGHT, weighted_input=transposed), ("outputs", "gradients"))
    )
    assert report.verdict == "wrong"
    assert report.diagnosis.equation == "forward"
    assert "suspect what connects refnet with it before the network itself" in report.sentence


@pytest.mark.no_cover
def test_where_the_outputs_fit_a_known_mistake_its_head_is_tried() -> None:
    twice = BUGS["softmax-twice"].mechanics
    report = verdict_on(opened(SOFTMAX, twice))
    assert report.diagnosis.bugs == ("softmax-twice",)


@pytest.mark.no_cover
def test_the_example_of_a_mistake_has_numbers_and_not_an_exception() -> None:
    """A reversed product raises where layers differ in size, and is silent where they do not."""
    report = verdict_on(opened(SIGMOID, BUGS["reversed-product"].mechanics))
    assert report.example is not None
    assert not report.example.answer.failures
    assert report.example.law == "bp2/hidden-error"
    assert len(set(report.example.problem.sizes)) < len(report.example.problem.sizes)
    assert np.isfinite(report.example.problem.x).all()


def thrice_the_bias_gradient(trace: Trace, layer: int) -> Bounded:
    return RIGHT.bias_gradient(trace, layer).scaled(3.7)


def a_third_of_the_hidden_error(trace: Trace, layer: int) -> Bounded:
    return RIGHT.hidden_error(trace, layer).scaled(0.3)


def thrice_the_penalty(trace: Trace, layer: int) -> Bounded | None:
    penalty = RIGHT.weight_penalty(trace, layer)
    return None if penalty is None else penalty.scaled(3.7)


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("mechanics", "said"),
    [
        (
            replace(RIGHT, bias_gradient=thrice_the_bias_gradient),
            "db of every layer: 3.7 times what is right",
        ),
        (
            replace(RIGHT, hidden_error=a_third_of_the_hidden_error),
            "db of the last hidden layer: 0.3 times what is right",
        ),
        (
            replace(RIGHT, weight_penalty=thrice_the_penalty),
            "dW of every layer: what is right plus 2.7 lambda/n times the parameter",
        ),
    ],
    ids=["multiple", "of one layer", "mixed"],
)
def test_where_wrong_numbers_are_a_multiple_the_factor_is_said(
    mechanics: Mechanics, said: str
) -> None:
    report = verdict_on(opened(SIGMOID, mechanics, ("outputs", "cost", "gradients")))
    assert report.diagnosis.certainty == "unknown"
    assert said in report.diagnosis.measured


@pytest.mark.no_cover
def test_where_cost_and_gradient_are_wrong_both_are_said() -> None:
    def cost(trace: Trace) -> Bounded:
        return RIGHT.cost(trace).scaled(0.3)

    wrong = replace(RIGHT, cost=cost, hidden_error=a_third_of_the_hidden_error)
    report = verdict_on(opened(SIGMOID, wrong))
    assert report.diagnosis.certainty == "unknown"
    assert "first at cost, and so are its gradients" in report.sentence


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("head", "first", "second"),
    [
        (SOFTMAX, "reversed-product", "step-sign"),
        (SIGMOID, "reversed-product", "batch-average-missing"),
        (LINEAR, "norm-not-squared", "l2-unscaled"),
        (BINARY, "argmax-over-batch", "l2-cost-only"),
        (SIGMOID, "raw-error-propagated", "zeros"),
    ],
)
def test_pairs_in_other_steps_are_named_together(head: Head, first: str, second: str) -> None:
    report = verdict_on(opened(head, together(first, second)))
    assert (report.diagnosis.certainty, set(report.diagnosis.bugs)) == ("unique", {first, second})


def test_first_weights_of_0_are_all_that_is_wrong_where_one_cost_explains_the_rest() -> None:
    """Without a cost a - y is right for the cross-entropy: no mistake in the quadratic one."""
    head = Head("sigmoid", "sigmoid", "binary_cross_entropy")
    zeros = opened(head, BUGS["zeros"].mechanics, ("outputs", "gradients", "step", "initial"))
    assert verdict_on(zeros).diagnosis.bugs == ("zeros",)


@pytest.mark.campaign
def test_two_mistakes_are_named_beside_a_convention() -> None:
    """A sum over the batch beside a naive logarithm: otherwise any second mistake is unknown."""
    both = together("log-without-guard", "bias-gradient-scalar")

    def cost(trace: Trace) -> Bounded:
        return both.cost(trace).scaled(trace.samples)

    def divisor(_trace: Trace) -> float:
        return 1.0

    report = verdict_on(opened(SOFTMAX, replace(both, divisor=divisor, cost=cost)))
    assert {*report.diagnosis.bugs} == {"log-without-guard", "bias-gradient-scalar"}


@pytest.mark.campaign
def test_what_is_wrong_comes_before_what_is_unstable_only() -> None:
    """Whoever reads on wants to see first what keeps the network from learning."""
    report = verdict_on(opened(SOFTMAX, together("log-without-guard", "bias-gradient-scalar")))
    assert report.diagnosis.bugs == ("bias-gradient-scalar", "log-without-guard")
    assert report.example is not None
    assert not report.example.law.startswith("extremes/")


@pytest.mark.campaign
def test_the_grade_of_a_mistake_that_is_named_alone_counts_whatever_laws_it_breaks() -> None:
    # An epsilon in the logarithm is seen on moderate numbers too, and is unstable all the same.
    bug = BUGS["log-without-guard"]
    reports = (verdict_on(opened(HEADS[2], mechanics)) for mechanics in bug.realisations)
    moderate = next(
        report
        for report in reports
        if any(not law.startswith("extremes/") for law in report.broken)
    )
    assert (moderate.diagnosis.certainty, moderate.diagnosis.bugs) == ("unique", (bug.slug,))
    assert moderate.verdict == "unstable"
