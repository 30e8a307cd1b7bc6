"""Health of somebody else's network: plain lists of arrays, of any precision and either layout."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from refnet.arrays import labels, matrix
from refnet.errors import RefnetError
from refnet.health import LayerHealth, diagnose, examine
from refnet.network import new_network

RNG = np.random.default_rng(0)


def network_of_another(scale: float = 1.0) -> dict[str, Any]:
    """A network of ReLU and softmax units in plain NumPy, as somebody might have written it."""
    rng = np.random.default_rng(4)
    x = rng.random((6, 20))
    w1, w2 = scale * rng.standard_normal((5, 6)), scale * rng.standard_normal((3, 5))
    a1 = np.maximum(w1 @ x, 0.0)
    z2 = w2 @ a1
    a2 = np.exp(z2 - z2.max(axis=0)) / np.exp(z2 - z2.max(axis=0)).sum(axis=0)
    delta2 = a2 - np.eye(3)[rng.integers(0, 3, 20)].T
    delta1 = (w2.T @ delta2) * (a1 > 0)
    return {
        "names": ["relu", "softmax"],
        "activations": [a1, a2],
        "weights": [w1, w2],
        "gradients": [delta1 @ x.T / 20, delta2 @ a1.T / 20],
        "learning_rate": 0.1,
    }


def other(**parts: Any) -> dict[str, Any]:
    return network_of_another() | parts


def changed(part: str, how: Callable[[Any], Any], layer: int = 0) -> dict[str, Any]:
    arguments = network_of_another()
    arguments[part] = [*arguments[part]]
    arguments[part][layer] = how(arguments[part][layer])
    return arguments


def test_measurements_worked_by_hand() -> None:
    (layer,) = examine(
        ["sigmoid"],
        [np.array([[0.5, 0.5], [1.0, 0.0]])],
        [np.array([[3.0], [4.0]])],
        [np.array([[0.3], [0.4]])],
        0.1,
    )
    assert layer == LayerHealth(1, "sigmoid", 0.0, 0.5, 0.5, 5.0, 0.1 * 0.5 / 5.0)


@pytest.mark.parametrize("size", [1e-300, 1e300])
def test_the_size_of_a_step_is_known_where_squares_are_no_floats(size: float) -> None:
    rate: Any = np.float32(0.5)  # of which nothing is left in the result
    (layer,) = examine(
        ["sigmoid"],
        [np.array([[0.5], [0.5]])],
        [size * np.array([[3.0], [4.0]])],
        [size * np.array([[0.3], [0.4]])],
        rate,
    )
    assert layer.weight_norm == pytest.approx(5.0 * size, rel=1e-12)
    assert layer.update_ratio == pytest.approx(0.05, rel=1e-12)
    assert type(layer.update_ratio) is float


def test_it_measures_what_refnet_measures_of_its_own_network() -> None:
    network = new_network([6, 5, 3], np.random.default_rng(1))
    x = matrix(np.random.default_rng(2).random((6, 20)))
    y = matrix(np.eye(3)[np.arange(20) % 3].T.copy())
    outputs = network.feedforward(x).activations[1:]
    gradients = network.backprop(x, y).weights
    names = [activation.name for activation in network.activations]
    layers = examine(names, outputs, network.parameters.weights, gradients, 0.5)
    assert [layer.layer for layer in layers] == [1, 2]
    for layer, w, dw, a in zip(layers, network.parameters.weights, gradients, outputs, strict=True):
        assert layer.weight_norm == np.linalg.norm(w)
        assert layer.gradient_norm == np.linalg.norm(dw)
        assert layer.update_ratio == 0.5 * layer.gradient_norm / layer.weight_norm
        dead = float((a == 0.0).all(axis=1).mean()) if layer.layer == 1 else 0.0
        assert layer.dead_share == dead


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "g", ">f4", "<f8"])
def test_every_precision_is_measured_alike(dtype: str) -> None:
    expected = examine(**network_of_another())
    arguments = network_of_another()
    for part in ("activations", "weights", "gradients"):
        arguments[part] = [array.astype(dtype) for array in arguments[part]]
    for got, layer in zip(examine(**arguments), expected, strict=True):
        assert got.dead_share == layer.dead_share
        # Half precision has a relative error of 2^-11 an element, which a norm averages.
        assert got.weight_norm == pytest.approx(layer.weight_norm, rel=2.0**-11)
        assert got.update_ratio == pytest.approx(layer.update_ratio, rel=2.0**-10)


def test_either_layout_is_measured_alike() -> None:
    expected = examine(**network_of_another())
    arguments = network_of_another()
    arguments["activations"] = [a.T for a in arguments["activations"]]
    assert examine(**arguments, samples_first=True) == expected
    arguments["weights"] = [w.T for w in arguments["weights"]]
    arguments["gradients"] = [dw.T for dw in arguments["gradients"]]
    assert examine(**arguments, samples_first=True) == pytest.approx(expected)


class Tensor:
    """What a tensor of a framework is to NumPy."""

    def __init__(self, array: Any) -> None:
        self._array = array

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        if isinstance(self._array, Exception):
            raise self._array
        return np.asarray(self._array, dtype=dtype)


def test_tensors_and_nested_lists_are_arrays_too() -> None:
    expected = examine(**network_of_another())
    for wrapped in (Tensor, np.ndarray.tolist):
        arguments = network_of_another()
        for part in ("activations", "weights", "gradients"):
            arguments[part] = [wrapped(array) for array in arguments[part]]
        assert examine(**arguments) == expected


def test_nothing_that_is_passed_is_changed() -> None:
    arguments, before = network_of_another(), network_of_another()
    examine(**arguments)
    for part in ("activations", "weights", "gradients"):
        for array, old in zip(arguments[part], before[part], strict=True):
            assert np.array_equal(array, old)


def test_the_illness_of_another_network_is_said_in_a_sentence() -> None:
    arguments = network_of_another()
    arguments["activations"][0][:4] = 0.0
    (sentence,) = diagnose(examine(**arguments))
    assert sentence.startswith("80 % of the units of layer 1 have been 0 for every sample")
    arguments = network_of_another()
    arguments["learning_rate"] = 100.0
    assert any("exploding gradient" in sentence for sentence in diagnose(examine(**arguments)))
    arguments = network_of_another()
    arguments["activations"][0][:] += 0.1  # every unit says something
    arguments["learning_rate"] = 0.01
    assert diagnose(examine(**arguments), [1.2, 0.5], [0.6, 0.7], 0.4) == ()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            changed("activations", lambda a: a.T),
            r"activations of layer 1: got shape \(20, 5\), which is 20 units; expected as many",
        ),
        (
            changed("activations", lambda a: a.ravel()),
            r"activations of layer 1: got shape \(100,\); expected",
        ),
        (changed("weights", lambda w: w[None]), r"weights of layer 1: got shape \(1, 5, 6\)"),
        (changed("gradients", lambda dw: dw.T, 1), r"gradient of layer 2: got shape \(5, 3\)"),
        (changed("weights", lambda w: w * np.nan), "weights of layer 1: got nan"),
        (changed("activations", lambda a: a * np.inf, 1), "activations of layer 2: got inf"),
        (changed("weights", lambda w: w * 1j), "weights of layer 1: got .*complex128.*; expected"),
        (changed("weights", lambda w: w > 0), "weights of layer 1: got .*bool.*; expected"),
        (changed("weights", lambda w: w.astype(object)), "weights of layer 1: got .*object"),
        (changed("weights", lambda w: w.astype("U5")), "weights of layer 1: got .*<U5"),
        (changed("weights", lambda _: None), "weights of layer 1: got NoneType"),
        (changed("weights", lambda _: [[1.0], [1.0, 2.0]]), "weights of layer 1: got list"),
        (
            changed("weights", lambda _: Tensor(RuntimeError("it requires grad"))),
            r"weights of layer 1: got Tensor \(it requires grad\); expected .*; a tensor is to be",
        ),
        (
            changed("weights", lambda w: np.zeros(w.shape, [("re", "f4"), ("im", "f4")])),
            "weights of layer 1: got an array",
        ),
        (other(names=["relu"]), "activations: got 2; expected 1, one for ev"),
        (
            other(activations=[RNG.random((6, 20))] * 3),
            "activations: got 3; expected 2, .*; leave the input itself out",
        ),
        (other(gradients=[]), "gradients: got 0; expected 2"),
        (other(gradients=None), "gradients: got NoneType; expected a list with one entry for ever"),
        (other(weights=iter(())), "weights: got .*iterator; expected a list"),
        (other(names="relu"), "names: got str; expected a list"),
        (other(names=["relu", "gelu"]), "activation: got 'gelu'"),
        (other(learning_rate=-1.0), "learning_rate: got -1.0"),
        (other(learning_rate=None), "learning_rate: got None"),
    ],
)
def test_what_cannot_be_examined_is_refused_in_words(
    arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(RefnetError, match=message):
        examine(**arguments)


def test_labels_of_another_framework_give_the_level_of_chance() -> None:
    """What `diagnose` needs beside, from integers of any size."""
    from refnet.health import chance

    small = np.array([0] * 60 + [1] * 40, np.int8)
    assert chance(labels(small, 2), 2) == pytest.approx(0.6 + 3 * (0.6 * 0.4 / 100) ** 0.5)
