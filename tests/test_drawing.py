"""How one problem is drawn: at the first attempt already much of what a suite wishes for."""

import numpy as np
import pytest

from refnet.choices import HEADS, MODERATE, has_several_classes, is_moderate
from refnet.drawing import Plan, draw_problem
from refnet.reference import network_of
from refnet.subjects.protocol import Head
from refnet.suite import suite

LEAKY = Head("leaky_relu", "leaky_relu", "quadratic")


@pytest.mark.parametrize("slope", [0.01, 0.25, 0.5])
def test_units_are_drawn_for_what_enters_them_with_the_slope_of_the_subject(slope: float) -> None:
    # With another slope z would come within the kink now and then, and every draw be in vain.
    generator = np.random.default_rng(1)
    plan = Plan(LEAKY, (3, 4, 4, 3), 4, slope)
    assert all(is_moderate(draw_problem(plan, generator, labelled=False)) for _ in range(40))


def test_tanh_is_asked_no_further_out_than_sigmoid_which_is_as_flat_at_twice_the_z() -> None:
    generator = np.random.default_rng(2)
    plan = Plan(Head("tanh", "sigmoid", "quadratic"), (3, 4, 3), 3, 0.25)
    hidden, outputs = [0.0], [0.0]
    for _ in range(40):
        problem = draw_problem(plan, generator, labelled=False)
        zs = network_of(problem).feedforward(problem.x).zs
        hidden.append(float(np.abs(zs[0]).max()))
        outputs.append(float(np.abs(zs[1]).max()))
    assert max(hidden) <= MODERATE / 2.0
    assert MODERATE / 2.0 < max(outputs) <= MODERATE


@pytest.mark.parametrize(("sizes", "terms"), [((12, 8, 16, 9), 4.0), ((16, 2, 16), 5.0)])
def test_every_row_and_every_column_of_a_wide_network_has_a_weight_that_leads(
    sizes: tuple[int, ...], terms: float
) -> None:
    # Where one has to have eight of them, each is half of the one before.
    generator = np.random.default_rng(3)
    plan = Plan(HEADS[0], sizes, 3, 0.25)
    problem = draw_problem(plan, generator, labelled=False)
    for w in problem.parameters.weights:
        magnitudes = np.abs(w)
        for axis in (0, 1):
            largest = magnitudes.max(axis=axis)
            assert (magnitudes.sum(axis=axis) < terms * largest).all()
    alike = draw_problem(plan, generator, labelled=False, calm=True)
    assert all(np.ptp(np.log2(np.abs(w))) < 4.0 for w in alike.parameters.weights)


def test_deep_wide_networks_are_asked_to_tell_several_classes_apart() -> None:
    # With weights that lead, the largest output would be the same unit for every sample.
    for problem in suite("evaluation", HEADS[0], 0, (15, 12, 15, 8, 10)):
        assert has_several_classes(problem)
