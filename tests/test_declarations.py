"""What is declared is taken in exactly, bound into conventions, and refused where it is none."""

from collections.abc import Mapping
from dataclasses import fields
from types import MappingProxyType

import pytest

from refnet.conventions import BOOK, Conventions, admissible, in_force
from refnet.declarations import CHOICES, declared, refuse_unless_heads
from refnet.errors import ArgumentError, SubjectError
from refnet.options import Options
from refnet.problem import PARTS
from refnet.subjects.protocol import Capabilities, Convention, Head

EVERYTHING = frozenset(PARTS)
SIGMOIDS = Head("sigmoid", "sigmoid", "quadratic")
CROSS = Head("sigmoid", "sigmoid", "binary_cross_entropy")


@pytest.mark.parametrize(
    ("values", "bound"),
    [
        ({}, BOOK),
        ({"gradients": "sum"}, Conventions(gradients="sum")),
        ({"step": "sum", "l2": "m"}, Conventions(step="sum", l2="m")),
        ({"cost_reduction": "sum", "factor": "2"}, Conventions(cost="sum", factor=2.0)),
        ({"direction": "descent"}, Conventions(direction="descent")),
        ({"outputs": "mean", "l2": "1/2"}, Conventions(outputs="mean", l2="1/2")),
        ({"cost": "quadratic", "labels": "integers"}, BOOK),
    ],
)
def test_what_is_declared_is_in_the_conventions(
    values: Mapping[str, str], bound: Conventions
) -> None:
    assert declared(values, "declare").bind(BOOK, EVERYTHING) == bound
    other = Conventions("descent", "sum", "sum", 0.5, "mean", "1", "sum")
    again = declared(values, "declare").bind(other, EVERYTHING)
    names = declared(values, "declare").names
    for name in ("direction", "gradients", "step", "factor", "outputs", "l2", "cost"):
        wanted = bound if name in names else other
        assert getattr(again, name) == getattr(wanted, name)


def test_every_convention_that_is_tried_may_be_declared() -> None:
    """Otherwise a choice could be inferred which nobody could be held to."""
    everything = {key: next(iter(values), "0.5") for key, values in CHOICES.items()}
    assert declared(everything, "declare").names == {each.name for each in fields(Conventions)}
    for combination in admissible(Capabilities(EVERYTHING), l2_declared=False):
        assert combination.l2 in CHOICES["l2"]
        assert f"{combination.factor:g}" in CHOICES["factor"]


def test_gradients_that_are_read_off_steps_are_what_was_declared_of_gradients() -> None:
    """Otherwise a network with a step alone could not be held to the mean."""
    only_steps = frozenset(EVERYTHING - {"gradients"})
    said = declared({"gradients": "mean"}, "declare")
    assert said.bind(Conventions(step="sum"), only_steps).step == "mean"
    assert said.bind(Conventions(step="sum"), EVERYTHING).step == "sum"
    both = declared({"gradients": "mean", "step": "sum"}, "declare")
    assert both.bind(BOOK, only_steps).step == "sum"


def test_heads_found_are_kept_where_they_agree_and_made_where_none_does() -> None:
    found = (SIGMOIDS, CROSS)
    assert declared({}, "declare").heads(found) == found
    assert declared({"cost": "quadratic"}, "declare").heads(found) == (SIGMOIDS,)
    assert declared({"hidden": "relu"}, "declare").heads(found) == (
        Head("relu", "sigmoid", "quadratic"),
        Head("relu", "sigmoid", "binary_cross_entropy"),
    )
    assert declared({"cost": "categorical_cross_entropy"}, "declare").heads(found) == ()
    whole = {"hidden": "tanh", "output": "softmax", "cost": "categorical_cross_entropy"}
    (made,) = declared(whole, "declare").heads_declared(())
    assert made == Head("tanh", "softmax", "categorical_cross_entropy")
    assert declared({"cost": "quadratic"}, "declare").heads_declared(()) == ()
    assert declared({"cost": "quadratic"}, "declare").heads_declared(found) == (SIGMOIDS,)


@pytest.mark.parametrize("key", CHOICES)
def test_a_value_that_is_none_is_refused_with_those_that_are(key: str) -> None:
    with pytest.raises(ArgumentError, match=rf"^declare: {key}: got 'nonsense'; expected "):
        declared({key: "nonsense"}, "declare")


@pytest.mark.parametrize("value", ["0", "1", "-0.1", "nan", "1e400", ""])
def test_a_slope_is_a_number_between_0_and_1(value: str) -> None:
    with pytest.raises(ArgumentError, match="expected a number between 0 and 1"):
        declared({"leaky_slope": value}, "declare")
    assert declared({"leaky_slope": "0.01"}, "declare").leaky_slope == 0.01


def test_heads_of_a_subject_are_blamed_on_the_subject() -> None:
    for head in (
        Head("swish", "sigmoid", "quadratic"),
        Head("softmax", "sigmoid", "quadratic"),
        Head("relu", "softmax", "binary_cross_entropy"),
        Head("relu", "softmax", "cubic"),
    ):
        with pytest.raises(SubjectError, match=r"^hello: (got cost|hidden: got|cost: got)"):
            refuse_unless_heads([SIGMOIDS, head], "hello", SubjectError)


def test_a_report_says_declared_of_what_was_declared_and_nothing_twice() -> None:
    said = declared({"gradients": "sum", "labels": "one-hot", "initializer": "he"}, "declare")
    shown = in_force(Conventions(gradients="sum"), Capabilities(EVERYTHING), said.names)
    by_key = {made.key: made for made in shown}
    assert by_key["gradients over the batch"].origin == "declared"
    assert by_key["gradients over the batch"].note == ""
    assert by_key["step over the batch"].origin == "assumed"
    assert [made.key for made in said.remaining] == ["labels", "initializer"]
    assert said.covers(Convention("labels of test data", "integers", "assumed"))
    assert not said.covers(Convention("samples", "columns", "detected"))


def test_options_are_compared_and_written_by_what_they_hold() -> None:
    frozen = Options(declare=MappingProxyType({"cost": "quadratic"}))
    assert frozen == Options(declare={"cost": "quadratic"})
    assert frozen.command("net.py") == "refnet check net.py --declare cost=quadratic"
    assert Options(**frozen.plain) == frozen
    assert Options().call("Network") == "refnet.check(Network)"
    late = Options(expect_broken={"a/b": "it is late"})
    assert late.command("x") == "refnet check x --expect-broken 'a/b=it is late'"
