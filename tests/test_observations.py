"""What a report names beside the verdict: the slope that a network takes at a kink, and that of
its leaky ReLU."""

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

import refnet
from refnet.report.html_form import page
from refnet.verdict import Report

pytestmark = pytest.mark.usefixtures("hasty")


class Network:
    """A right network of leaky ReLU (slope 0: ReLU) below identity, quadratic cost."""

    slope = 0.0
    float_type: Any = np.float64

    def __init__(self, sizes: Any) -> None:
        generator = np.random.default_rng(0)
        shapes = list(pairwise(sizes))
        self.weights = [self.float_type(generator.normal(size=(n, m))) for m, n in shapes]
        self.biases = [np.zeros((n, 1), self.float_type) for n in sizes[1:]]

    def at_zero(self, z: Any) -> Any:
        """Return the slope at z = 0."""
        return np.zeros_like(z)

    def sigma(self, z: Any) -> Any:
        return np.maximum(z, 0) + self.float_type(self.slope) * np.minimum(z, 0)

    def prime(self, z: Any) -> Any:
        slopes = self.at_zero(z)
        slopes[z > 0], slopes[z < 0] = 1.0, self.slope
        return slopes

    def forward(self, x: Any) -> tuple[Any, Any]:
        zs: list[Any] = []
        activations = [x.astype(self.float_type)]
        for w, b in zip(self.weights, self.biases, strict=True):
            zs.append(w @ activations[-1] + b)
            last = len(zs) == len(self.weights)
            activations.append(zs[-1] if last else self.sigma(zs[-1]))
        return zs, activations

    def feedforward(self, a: Any) -> Any:
        return self.forward(a)[1][-1]

    def backprop(self, x: Any, y: Any) -> Any:
        zs, activations = self.forward(x)
        delta = activations[-1] - y.astype(self.float_type)
        nabla_b, nabla_w = [delta], [delta @ activations[-2].T]
        for layer in range(len(self.weights) - 1, 0, -1):
            delta = self.weights[layer].T @ delta * self.prime(zs[layer - 1])
            nabla_b.insert(0, delta)
            nabla_w.insert(0, delta @ activations[layer - 1].T)
        return nabla_b, nabla_w


def of(share: float, slope: float = 0.0, base: type = Network) -> type:
    """Make a class with a slope at 0 and a slope left of it."""

    def at_zero(_self: Any, z: Any) -> Any:
        return np.full(z.shape, share, z.dtype)

    return type("Network", (base,), {"at_zero": at_zero, "slope": slope})


class Mixed(Network):
    """The same, with a slope at 0 that depends on how many units there are."""

    def at_zero(self, z: Any) -> Any:
        return np.full(z.shape, z.shape[0] % 2, z.dtype)


class InFloat32(Network):
    """The same in float32."""

    float_type = np.float32


class Stepping(Network):
    """The same, which offers a step alone: its gradients are read off it."""

    def update_mini_batch(self, mini_batch: Any, eta: Any) -> None:
        gradients = [super(Stepping, self).backprop(x, y) for x, y in mini_batch]
        for nabla_b, nabla_w in gradients:
            for layer, (db, dw) in enumerate(zip(nabla_b, nabla_w, strict=True)):
                self.weights[layer] = self.weights[layer] - eta / len(mini_batch) * dw
                self.biases[layer] = self.biases[layer] - eta / len(mini_batch) * db

    backprop = None  # type: ignore[assignment]  # the class below it has one


def named(report: Report, key: str) -> list[tuple[str, str]]:
    return [(each.value, each.origin) for each in report.conventions if each.key == key]


SLOPES = {"relu": (0.0, "0"), "clamp": (1.0, "1"), "maximum": (0.5, "1/2"), "other": (0.3, "0.3")}
"""Slopes at 0: those of PyTorch's functions, and another."""


@pytest.mark.parametrize(
    ("name", "base"),
    [*((name, Network) for name in SLOPES), ("clamp", InFloat32), ("maximum", Stepping)],
)
@pytest.mark.no_cover
def test_every_slope_of_relu_at_zero_is_accepted_and_named(name: str, base: type) -> None:
    share, value = SLOPES[name]
    report = refnet.check(of(share, base=base), training=False)
    assert report.verdict == "conforms", report.sentence
    assert named(report, "relu'(0)") == [(value, "detected")]
    assert named(report, "leaky_slope") == []


def test_every_slope_of_leaky_relu_at_zero_is_accepted_and_named_with_that_left_of_it() -> None:
    for share in (0.1, 1.0):
        report = refnet.check(of(share, slope=0.1), training=False)
        assert report.verdict == "conforms", report.sentence
        assert named(report, "leaky_relu'(0)") == [(f"{share:g}", "detected")]
        assert named(report, "leaky_slope") == [("0.1", "inferred")]


def test_a_slope_of_leaky_relu_that_is_declared_is_named_once() -> None:
    declare = {"leaky_slope": "0.1"}
    report = refnet.check(of(0.1, slope=0.1), declare=declare, training=False)
    assert report.verdict == "conforms", report.sentence
    assert named(report, "leaky_slope") == [("0.1", "declared")]


def test_whoever_takes_now_one_slope_and_now_another_is_right_too_and_that_is_named() -> None:
    report = refnet.check(Mixed, training=False)
    assert report.verdict == "conforms", report.sentence
    assert named(report, "relu'(0)") == [("mixed: 0, 1", "detected")]


def test_who_has_no_kink_or_takes_no_slope_there_has_none_named() -> None:
    assert named(refnet.check(of(1.0, slope=1.0), training=False), "identity'(0)") == []
    undefined = refnet.check(of(np.nan), training=False)
    assert undefined.diagnosis.bugs == ("relu-slope-by-division",)
    assert named(undefined, "relu'(0)") == []


def test_the_slope_at_a_kink_stands_in_every_form_of_the_report() -> None:
    report = refnet.check(of(1.0), training=False)
    assert "relu'(0): 1 (detected;" in str(report)
    written = json.loads(json.dumps(report.to_json()))
    assert {"relu'(0)": "1"}.items() <= {
        each["key"]: each["value"] for each in written["conventions"]
    }.items()
    assert "relu&#x27;(0)" in page(report)


@pytest.mark.campaign
@pytest.mark.parametrize(("share", "base"), [(2.0, Network), (-1.0, Network), (-1.0, Stepping)])
def test_a_slope_that_no_right_network_has_is_blamed_on_nothing_else(
    share: float, base: type
) -> None:
    report = refnet.check(of(share, base=base), training=False)
    assert report.broken == {"gradient/kink"}
    # Twice the cost with half its gradient would be the right gradient again, but for the kink.
    assert report.diagnosis.certainty == "unknown"
    assert report.example is not None
    assert report.example.law == "gradient/kink"
    assert (report.example.bound or 0.0) < 1e-12
    assert "relu'(z1[0, 0]) = 0 fits best, of 0 to 1" in str(report)


class RawErrorPropagated(Network):
    """The raw error goes back through the layers, in the place of delta; the slope at 0 is 1."""

    def at_zero(self, z: Any) -> Any:
        return np.ones(z.shape, z.dtype)

    def backprop(self, x: Any, y: Any) -> Any:
        zs, activations = self.forward(x)
        error = delta = activations[-1] - y
        nabla_b, nabla_w = [delta], [delta @ activations[-2].T]
        for layer in range(len(self.weights) - 1, 0, -1):
            error = self.weights[layer].T @ error
            delta = error * self.prime(zs[layer - 1])
            nabla_b.insert(0, delta)
            nabla_w.insert(0, delta @ activations[layer - 1].T)
        return nabla_b, nabla_w


@pytest.mark.campaign
def test_a_known_mistake_is_named_whatever_the_slope_at_a_kink() -> None:
    assert refnet.check(RawErrorPropagated, training=False).diagnosis.bugs == (
        "raw-error-propagated",
    )
