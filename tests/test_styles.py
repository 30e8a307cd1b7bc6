"""Everybody's networks: recognised without an adapter, right ones conform, wrong ones are named."""

import importlib.util
import os
from pathlib import Path

import pytest

from refnet.conformance import check
from refnet.errors import ArgumentError
from written import NETWORKS, changed_network, halved, replaced

pytestmark = [pytest.mark.no_cover, pytest.mark.usefixtures("hasty")]


# The file, what is named in it, how many laws at least can be asked of it, and what it needs.
RIGHT = (
    ("layer_list.py", "", 19, ""),
    ("layer_list.py", "make_network", 20, ""),
    ("layer_model.py", "Model", 26, ""),
    ("dictionary.py", "", 24, ""),
    ("deep_dictionary.py", "", 25, ""),
    ("two_layer_net.py", "TwoLayerNet", 24, ""),
    ("mnist_from_scratch.py", "", 25, ""),
    ("attributes.py", "NeuralNetwork", 25, ""),
    ("without_biases.py", "neuralNetwork", 20, ""),
    ("neuron_dictionaries.py", "", 18, ""),
    ("scalar_autograd.py", "MLP", 14, ""),
    ("plain_lists.py", "Network", 18, ""),
    ("called_layers.py", "", 19, ""),
    ("shared_arrays.py", "", 19, ""),
    ("unknown_words.py", "", 18, ""),
    ("global_variables.py", "", 18, ""),
    ("unknown_parameters.py", "", 22, ""),
    ("output_layer_first.py", "", 17, ""),
    ("steps_backward.py", "", 21, ""),
    ("stochastic_fit.py", "", 17, ""),
    ("loose_layers.py", "", 18, ""),
    ("torch_module.py", "Net", 21, "torch"),
    ("torch_sequential.py", "", 19, "torch"),
    ("sklearn_models.py", "classifier", 27, "sklearn"),
    ("sklearn_models.py", "regressor", 22, "sklearn"),
    ("jax_functions.py", "", 15, "jax"),
    ("handed_gradients.py", "", 27, ""),
    ("modular_net.py", "", 22, ""),
)

# The file and the name; what is written in the place of what; and the mistake that this is, or the
# first equation broken where the catalogue has no such mistake.
WRONG = (
    (
        "layer_list.py",
        "make_network",
        "return input_gradient",
        "return np.dot(self.weights.T, output_gradient)",
        "updated-weights-used",
    ),
    (
        "loose_layers.py",
        "",
        "np.sum(dvalues, axis=0, keepdims=True)",
        "np.sum(dvalues)",
        "bias-gradient-scalar",
    ),
    (
        "unknown_words.py",
        "",
        "(self.gewichte_va.T @ delta_a)",
        "(self.gewichte_va.T @ fehler)",
        "raw-error-propagated",
    ),
    (
        "global_variables.py",
        "",
        "(d2 @ W2.T) * a1 * (1 - a1)",
        "d2 @ W2.T",
        "hidden-sigma-prime-missing",
    ),
    (
        "shared_arrays.py",
        "",
        "(self.y - self.t) / len(self.t)",
        "self.y - self.t",
        "batch-average-missing",
    ),
    (
        "unknown_parameters.py",
        "",
        "np.sum(dZ, axis=1, keepdims=True)",
        "np.sum(dZ)",
        "bias-gradient-scalar",
    ),
    (
        "output_layer_first.py",
        "",
        "np.dot(delta_out, d_z_out__a_h)",
        "np.dot(d_loss__d_a_out, d_z_out__a_h)",
        "raw-error-propagated",
    ),
    ("steps_backward.py", "", "self.b[i] += self.vb[i]", "pass", "bias-frozen"),
    (
        "stochastic_fit.py",
        "",
        "self.activation_deriv(zs[l - 1]) if",
        "self.activation(zs[l - 1]) if",
        "function-for-derivative",
    ),
    (
        "layer_list.py",
        "make_network",
        "np.dot(self.weights.T, output_gradient)",
        "np.dot(self.weights, output_gradient)",
        "reversed-product",
    ),
    (
        "layer_list.py",
        "make_network",
        "self.activation_prime(self.input)",
        "self.activation(self.input)",
        "function-for-derivative",
    ),
    (
        "plain_lists.py",
        "Network",
        "for row, d in zip(self.weights[layer], delta)) * a * (1 - a)",
        "for row, d in zip(self.weights[layer], delta))",
        "hidden-sigma-prime-missing",
    ),
    ("plain_lists.py", "Network", "-= lr", "+= lr", "step-sign"),
    (
        "called_layers.py",
        "",
        "return grad * (1 - self.y**2)",
        "return grad",
        "hidden-sigma-prime-missing",
    ),
    (
        "called_layers.py",
        "",
        "self.diff = pred - target",
        "self.diff = target - pred",
        "output-error-sign",
    ),
    (
        "layer_model.py",
        "Model",
        "return grad * self.mask",
        "return grad",
        "hidden-sigma-prime-missing",
    ),
    (
        "layer_model.py",
        "Model",
        "grad.sum(axis=0, keepdims=True)",
        "np.full(self.b.shape, grad.sum())",
        "bias-gradient-scalar",
    ),
    (
        "dictionary.py",
        "",
        "dZ2 = A2 - Y",
        "dZ2 = (A2 - Y) * A2 * (1 - A2)",
        "cross-entropy-extra-sigma-prime",
    ),
    (
        "dictionary.py",
        "",
        "keepdims=True) / m",
        "keepdims=True)",
        "bias-gradient-not-averaged",
    ),
    (
        "deep_dictionary.py",
        "",
        "dZ[Z <= 0] = 0",
        "",
        "hidden-sigma-prime-missing",
    ),
    ("deep_dictionary.py", "", "np.dot(W.T, dZ)", "np.dot(W, dZ)", "reversed-product"),
    ("two_layer_net.py", "TwoLayerNet", "dscores /= N", "", "batch-average-missing"),
    ("mnist_from_scratch.py", "", "np.argmax(A2, 0)", "np.max(A2, 0)", "max-for-argmax"),
    (
        "two_layer_net.py",
        "TwoLayerNet",
        "self.loss(X), axis=1)",
        "self.loss(X), axis=0)",
        "argmax-over-batch",
    ),
    (
        "two_layer_net.py",
        "TwoLayerNet",
        "dhidden[hidden <= 0] = 0",
        "dhidden[hidden < 0] = 0",
        "relu-mask-from-activation",
    ),
    (
        "mnist_from_scratch.py",
        "",
        "np.zeros((Y.size, 10))",
        "np.zeros((Y.size, Y.max() + 1))",
        "one-hot-from-max",
    ),
    (
        "mnist_from_scratch.py",
        "",
        ", 1, keepdims=True)",
        ")",
        "bias-gradient-scalar",
    ),
    (
        "mnist_from_scratch.py",
        "",
        "ReLU_deriv(Z1)",
        "ReLU(Z1)",
        "function-for-derivative",
    ),
    (
        "attributes.py",
        "NeuralNetwork",
        "(output - y) * output * (1 - output)",
        "(output - y) ** 2 / 2 * output * (1 - output)",
        "cost-for-derivative",
    ),
    (
        "attributes.py",
        "NeuralNetwork",
        "delta2 @ self.W2.T * self.a1 * (1 - self.a1)",
        "delta2 @ self.W2.T * sigmoid(self.a1) * (1 - sigmoid(self.a1))",
        "sigma-prime-of-activation",
    ),
    (
        "without_biases.py",
        "neuralNetwork",
        "numpy.dot(self.who.T, output_deltas)",
        "numpy.dot(self.who.T, output_errors)",
        "raw-error-propagated",
    ),
    (
        "neuron_dictionaries.py",
        "",
        "return output * (1.0 - output)",
        "return transfer(output) * (1.0 - transfer(output))",
        "sigma-prime-of-activation",
    ),
    (
        "neuron_dictionaries.py",
        "",
        'neuron["weights"][-1] -= l_rate * neuron["delta"]',
        "pass",
        "bias-frozen",
    ),
    ("scalar_autograd.py", "MLP", "(1 - t**2)", "(1 - t)", "BP1"),
    (
        "scalar_autograd.py",
        "MLP",
        "other.grad += self.data * out.grad",
        "other.grad = self.data * out.grad",
        "BP1",
    ),
    (
        "torch_module.py",
        "Net",
        "return self.fc2(x)",
        "return self.fc2(x).softmax(dim=1)",
        "softmax-twice",
    ),
    (
        "torch_module.py",
        "Net",
        "torch.relu(self.fc1(x))",
        "torch.relu(self.fc1(x)).detach()",
        "layer-skipped",
    ),
    (
        "sklearn_models.py",
        "classifier",
        "import MLPClassifier, MLPRegressor",
        (
            "import MLPClassifier as Right, MLPRegressor\n\n\n"
            "class MLPClassifier(Right):\n"
            "    def _backprop(self, X, *rest):\n"
            "        loss, weights, biases = super()._backprop(X, *rest)\n"
            "        return loss, weights, [len(X) * db for db in biases]"
        ),
        "bias-gradient-not-averaged",
    ),
    (
        "sklearn_models.py",
        "regressor",
        "import MLPClassifier, MLPRegressor",
        (
            "import MLPClassifier\n"
            "from sklearn.neural_network import MLPRegressor as Right\n\n\n"
            "class MLPRegressor(Right):\n"
            "    def _backprop(self, *arguments):\n"
            "        loss, weights, biases = super()._backprop(*arguments)\n"
            "        return loss, weights, [0 * db for db in biases]"
        ),
        "bias-frozen",
    ),
    ("jax_functions.py", "", "b - step_size * db", "b", "bias-frozen"),
    (
        "handed_gradients.py",
        "",
        "np.sum(delta, axis=0)",
        "np.sum(delta, axis=1)",
        "bias-gradient-wrong-axis",
    ),
    (
        "handed_gradients.py",
        "",
        "np.argmax(self.forward(X), axis=1)",
        "np.argmax(self.forward(X), axis=0)",
        "argmax-over-batch",
    ),
    (
        "handed_gradients.py",
        "",
        "np.sum(exps, axis=1, keepdims=True)",
        "np.sum(exps, axis=0, keepdims=True)",
        "softmax-over-batch",
    ),
    (
        "modular_net.py",
        "",
        'loss += 0.5 * self.reg * np.sum(self.params[f"W{i}"] ** 2)',
        "pass",
        "l2-gradient-only",
    ),
    (
        "jax_functions.py",
        "",
        "(w - step_size * dw, b - step_size * db)",
        "(w + step_size * dw, b + step_size * db)",
        "step-sign",
    ),
    (
        "jax_functions.py",
        "",
        "jnp.dot(final_w, activations)",
        "jnp.dot(final_w, __import__('jax').lax.stop_gradient(activations))",
        "layer-skipped",
    ),
)


# The same networks in other conventions: none of these is a mistake.
CONVENTIONS: tuple[tuple[str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        "layer_list.py",
        "make_network",
        (
            (
                "2 * (y_pred - y_true) / np.size(y_true)",
                "y_pred - y_true",
            ),
            (
                "np.mean(",
                "0.5 * np.sum(",
            ),
        ),
    ),
    (
        "layer_list.py",
        "make_network",
        (
            (
                "np.tanh(x), lambda x: 1 - np.tanh(x) ** 2",
                "np.where(x > 0, x, 0.1 * x), lambda x: np.where(x > 0, 1, 0.1)",
            ),
        ),
    ),
    (
        "layer_model.py",
        "Model",
        (
            (
                " / len(y_true)",
                "",
            ),
        ),
    ),
    (
        "layer_model.py",
        "Model",
        (
            (
                "self.mask = x > 0",
                "self.mask = x >= 0",
            ),
        ),
    ),
    (
        "layer_model.py",
        "Model",
        (
            (
                "np.zeros((1, n_out))",
                "np.zeros(n_out)",
            ),
            (
                ", keepdims=True)\n        return grad @",
                ")\n        return grad @",
            ),
        ),
    ),
    (
        "layer_model.py",
        "Model",
        (
            (
                "np.random.randn(n_in, n_out)",
                "np.random.randn(n_out, n_in)",
            ),
            (
                "x @ self.W ",
                "x @ self.W.T ",
            ),
            (
                "self.x.T @ grad",
                "grad.T @ self.x",
            ),
            (
                "grad @ self.W.T",
                "grad @ self.W",
            ),
        ),
    ),
    (
        "dictionary.py",
        "",
        (
            (
                " / m\n",
                "\n",
            ),
        ),
    ),
    (
        "dictionary.py",
        "",
        (
            (
                "A2 - Y",
                "Y - A2",
            ),
            (
                "- learning_rate",
                "+ learning_rate",
            ),
        ),
    ),
    (
        "dictionary.py",
        "",
        (
            (
                "A2 - Y",
                "(A2 - Y) * A2 * (1 - A2)",
            ),
            (
                "np.sum(np.logaddexp(0, Z2) - Y * Z2)",
                "0.5 * np.sum((cache['A2'] - Y) ** 2)",
            ),
        ),
    ),
    (
        "deep_dictionary.py",
        "",
        (
            (
                "dZ[Z <= 0]",
                "dZ[Z < 0]",
            ),
        ),
    ),
    (
        "two_layer_net.py",
        "TwoLayerNet",
        (
            (
                "loss += reg *",
                "loss += 0.5 * reg *",
            ),
            (
                "2 * reg *",
                "reg *",
            ),
        ),
    ),
    (
        "two_layer_net.py",
        "TwoLayerNet",
        (
            (
                "loss += reg *",
                "loss += 0.5 / N * reg *",
            ),
            (
                "2 * reg *",
                "reg / N *",
            ),
        ),
    ),
    (
        "mnist_from_scratch.py",
        "",
        (
            (
                "m, n = 41000, 785",
                'm, n = np.loadtxt("/kaggle/input/train.csv", delimiter=",").shape',
            ),
        ),
    ),
    (
        "mnist_from_scratch.py",
        "",
        (
            (
                "1 / m * ",
                "",
            ),
            (
                "(10, 784)",
                "(10, 12)",
            ),
        ),
    ),
    (
        "attributes.py",
        "NeuralNetwork",
        (
            (
                "            output = self.forward(X)\n            self.backward(X, y, output)",
                (
                    "            for i in range(len(X)):\n"
                    "                output = self.forward(X[i : i + 1])\n"
                    "                self.step(X[i : i + 1], y[i : i + 1], output)"
                ),
            ),
            (
                "def backward",
                "def step",
            ),
        ),
    ),
    (
        "attributes.py",
        "NeuralNetwork",
        (
            (
                "self.lr *",
                "self.lr * 2 *",
            ),
        ),
    ),
    (
        "augmented.py",
        "Network",
        (),
    ),
    (
        "augmented.py",
        "Network",
        (
            (
                "[X, np.ones((len(X), 1))]",
                "[np.ones((len(X), 1)), X]",
            ),
            (
                "[hidden, np.ones((len(X), 1))]",
                "[np.ones((len(X), 1)), hidden]",
            ),
            (
                "self.W2[:-1]",
                "self.W2[1:]",
            ),
            (
                "self.H[:, :-1]",
                "self.H[:, 1:]",
            ),
        ),
    ),
    (
        "without_biases.py",
        "neuralNetwork",
        (
            (
                "targets - final_outputs",
                "2 * (targets - final_outputs)",
            ),
        ),
    ),
    (
        "neuron_dictionaries.py",
        "",
        (
            (
                'neuron["output"] - expected[j]',
                'expected[j] - neuron["output"]',
            ),
            (
                "-= l_rate",
                "+= l_rate",
            ),
        ),
    ),
    (
        "scalar_autograd.py",
        "MLP",
        (
            (
                "return act.tanh()",
                "return act.relu()",
            ),
            (
                "    def backward(self):",
                (
                    "    def relu(self):\n"
                    "        out = Value(max(0.0, self.data), (self,))\n"
                    "\n"
                    "        def _backward():\n"
                    "            self.grad += (out.data > 0) * out.grad\n"
                    "\n"
                    "        out._backward = _backward\n"
                    "        return out\n"
                    "\n"
                    "    def backward(self):"
                ),
            ),
        ),
    ),
)


def needs(package: str) -> None:
    if package and importlib.util.find_spec(package) is None:
        assert "REFNET_REQUIRE_PEERS" not in os.environ, f"{package} is not installed"
        pytest.skip(f"{package} is not installed")


@pytest.mark.parametrize(("file", "name", "laws", "package"), RIGHT[:24:6])
def test_a_right_network_of_another_style_conforms(
    file: str, name: str, laws: int, package: str
) -> None:
    """A few of them; `make campaign` has them all, and trains them."""
    needs(package)
    report = check(f"{NETWORKS / file}:{name}".rstrip(":"), timeout=120.0, training=False)
    assert report.verdict == "conforms", report.sentence
    assert report.ran >= laws, [law for law in report.laws if law.status != "passed"]


AILING = "neuron_dictionaries.py"
"""Its weights are drawn from 0 to 1, all of them positive: over 784 pixels every z of its first
layer is beyond 20, where sigma' is below 10^-8. It can learn nothing from images, and is told."""


@pytest.mark.campaign
@pytest.mark.parametrize(("file", "name", "laws", "package"), halved(RIGHT))
def test_a_right_network_of_any_style_conforms_and_nothing_ails_it(
    file: str, name: str, laws: int, package: str
) -> None:
    needs(package)
    report = check(f"{NETWORKS / file}:{name}".rstrip(":"), timeout=120.0)
    assert report.verdict == "conforms", report.sentence
    assert report.ran >= laws
    ailing = [said for said in report.advice if "likely cause" in said]
    if file != AILING:
        assert ailing == []
    elif not any(said.startswith("Not trained") for said in report.advice):
        # In plain Python: a machine that is busy has no time to train it.
        assert any("are saturated" in said and "initial weights" in said for said in ailing)


@pytest.mark.campaign
@pytest.mark.parametrize(("file", "name", "right", "wrong", "slug"), halved(WRONG))
def test_a_mistake_in_any_style_is_named(
    file: str, name: str, right: str, wrong: str, slug: str, tmp_path: Path
) -> None:
    needs({"torch": "torch", "sklea": "sklearn", "jax_f": "jax"}.get(file[:5], ""))
    source = (NETWORKS / file).read_text(encoding="utf-8")
    assert right in source
    path = tmp_path / file
    path.write_text(source.replace(right, wrong), encoding="utf-8")
    report = check(f"{path}:{name}".rstrip(":"), timeout=120.0)
    assert report.verdict == "wrong", report.sentence
    if slug.startswith("BP"):
        assert (report.diagnosis.bugs, report.diagnosis.equation) == ((), slug), report.sentence
    else:
        # Mistakes that no question tells apart are all named: a ReLU's derivative left out and one
        # that is 1 everywhere, or all that raise an exception at every question.
        assert slug in report.diagnosis.bugs, report.sentence
        assert len(report.diagnosis.bugs) <= 6, report.sentence


@pytest.mark.campaign
def test_two_mistakes_of_a_famous_notebook_are_named_though_one_hides_the_other(
    tmp_path: Path,
) -> None:
    """Its labels are as wide as the highest one in the batch, and of ten classes one is missing."""
    source = replaced(
        (NETWORKS / "mnist_from_scratch.py").read_text(encoding="utf-8"),
        (("(Y.size, 10)", "(Y.size, Y.max() + 1)"), (", 1, keepdims=True)", ")")),
    )
    path = tmp_path / "notebook.py"
    path.write_text(source, encoding="utf-8")
    report = check(str(path), timeout=120.0)
    assert report.diagnosis.certainty == "unique", report.sentence
    assert {*report.diagnosis.bugs} == {"one-hot-from-max", "bias-gradient-scalar"}


@pytest.mark.campaign
@pytest.mark.parametrize(("file", "name", "changes"), halved(CONVENTIONS))
def test_a_convention_is_no_mistake_in_any_style(
    file: str, name: str, changes: tuple[tuple[str, str], ...], tmp_path: Path
) -> None:
    path = tmp_path / file
    source = replaced((NETWORKS / file).read_text(encoding="utf-8"), changes)
    path.write_text(source, encoding="utf-8")
    report = check(f"{path}:{name}".rstrip(":"), timeout=120.0)
    assert report.verdict == "conforms", report.sentence


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("file", "labels", "told"),
    [
        ("mnist_from_scratch.py", "integers", ""),
        ("mnist_from_scratch.py", "one-hot", "wrong"),
        ("layer_list.py:make_network", "integers", "handed no labels to count right answers by"),
        ("sklearn_models.py:classifier", "integers", ""),
        ("sklearn_models.py:classifier", "one-hot", "expected integers"),
        ("sklearn_models.py:regressor", "integers", "handed no labels to count right answers by"),
    ],
)
def test_declared_labels_are_used_or_refused(file: str, labels: str, told: str) -> None:
    """Otherwise a declaration would be reported as kept that nothing was held to."""
    needs("sklearn" if file.startswith("sklearn") else "")
    report = check(f"{NETWORKS / file}", timeout=120.0, declare={"labels": labels})
    assert told in report.sentence
    assert (report.verdict == "conforms") == (told == "")


def test_labels_cannot_be_declared_of_a_program() -> None:
    with pytest.raises(ArgumentError, match="a program always gets one-hot columns"):
        check("true", program=True, declare={"labels": "one-hot"})


def test_a_step_for_every_sample_is_no_mistake_in_a_network_shaped_like_nielsens_either(
    tmp_path: Path,
) -> None:
    source = (NETWORKS.parent.parent / "examples" / "right_network.py").read_text(encoding="utf-8")
    head, _, rest = source.partition("        nabla_w = [np.zeros(w.shape)")
    path = tmp_path / "online.py"
    step = (
        "        for x, y in mini_batch:\n"
        "            delta_b, delta_w = self.backprop(x, y)\n"
        "            self.weights = [w - eta * d for w, d in zip(self.weights, delta_w)]\n"
        "            self.biases = [b - eta * d for b, d in zip(self.biases, delta_b)]\n\n"
    )
    path.write_text(f"{head}{step}    def backprop{rest.partition('    def backprop')[2]}")
    report = check(f"{path}:Network", timeout=120.0)
    assert report.verdict == "conforms", report.sentence
    assert ("step", "online") in [(made.key, made.value) for made in report.conventions]


@pytest.mark.campaign
@pytest.mark.parametrize("inputs", [5, 10, 12])
@pytest.mark.parametrize("predicted", [0, 1, 7])
def test_one_hot_targets_are_no_mistake_beside_integer_labels_of_test_data(
    inputs: int, predicted: int, tmp_path: Path
) -> None:
    """Whoever predicts class 1 seems to count by one-hot labels: their 1 is taken for the class."""
    source = (NETWORKS / "mnist_from_scratch.py").read_text(encoding="utf-8")
    for old, new in (
        ("    one_hot_Y = one_hot(Y)\n", "    one_hot_Y = Y\n"),
        ("(10, 784)", f"(10, {inputs})"),
        (
            "    return W1, b1, W2, b2\n\n\ndef ReLU(",
            f"    b2[{predicted}] += 50\n    return W1, b1, W2, b2\n\n\ndef ReLU(",
        ),
    ):
        assert old in source
        source = source.replace(old, new)
    path = tmp_path / "one_hot.py"
    path.write_text(source, encoding="utf-8")
    report = check(str(path), timeout=120.0)
    assert report.verdict == "conforms", report.sentence
    assert {law.id: law.status for law in report.laws}["evaluation/count"] == "passed"


@pytest.mark.campaign
def test_a_mistake_elsewhere_is_named_in_a_network_that_sums_over_the_batch(
    tmp_path: Path,
) -> None:
    """Otherwise the gradients would be blamed for a convention, and no known mistake would fit."""
    source = (NETWORKS / "mnist_from_scratch.py").read_text(encoding="utf-8")
    for old, new in (
        ("1 / m * ", ""),
        ("(10, 784)", "(10, 12)"),
        ("np.argmax(A2, 0)", "np.argmax(A2) % 10 * np.ones(A2.shape[1], dtype=int)"),
    ):
        assert old in source
        source = source.replace(old, new)
    path = tmp_path / "summing.py"
    path.write_text(source, encoding="utf-8")
    report = check(str(path), timeout=120.0, examples=0)
    assert report.verdict == "wrong", report.sentence
    assert not report.broken & {"gradient/check", "step/update"}, report.sentence


DIVIDING = (
    (
        "dZL = AL - Y",
        "dZL = -(Y / AL - (1 - Y) / (1 - AL)) * AL * (1 - AL)",
    ),
    (
        "np.sum(np.logaddexp(0, ZL) - Y * ZL) / m",
        "-np.sum(Y * np.log(AL) + (1 - Y) * np.log(1 - AL)) / m",
    ),
)


@pytest.mark.campaign
def test_a_derivative_of_a_logarithm_is_named_beside_a_mask(tmp_path: Path) -> None:
    """NaN goes no further back than to units that are off: `dZ[Z <= 0] = 0`, not times 0."""
    source = (NETWORKS / "deep_dictionary.py").read_text(encoding="utf-8")
    for old, new in DIVIDING:
        assert old in source
        source = source.replace(old, new)
    path = tmp_path / "dividing.py"
    path.write_text(source, encoding="utf-8")
    report = check(str(path), timeout=120.0, examples=0, training=False)
    assert report.verdict == "unstable", report.sentence
    assert report.diagnosis.bugs == ("log-without-guard",), report.sentence


@pytest.mark.campaign
@pytest.mark.parametrize(
    ("file", "old", "new", "slug"),
    [
        # The cost is a mean over the outputs; the gradient is not.
        (
            "shared_arrays.py",
            "return -np.sum(t * logarithms) / len(t)",
            "return -np.mean(t * logarithms)",
            "cost-mean-over-outputs",
        ),
        # Shifted as it should be, and divided by the sum of everything.
        (
            "steps_backward.py",
            "a = e / e.sum(axis=1, keepdims=True)",
            "a = e / e.sum()",
            "softmax-over-batch",
        ),
        # Its gradients overflow, its outputs do not: these are scores.
        (
            "two_layer_net.py",
            "probs = np.exp(log_probs)",
            (
                "probs = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)\n"
                "        log_probs = np.log(probs)"
            ),
            "softmax-unshifted",
        ),
    ],
)
def test_one_mistake_is_named_in_the_forms_that_it_has(
    file: str, old: str, new: str, slug: str, tmp_path: Path
) -> None:
    place = changed_network(tmp_path, file, (old, new))
    report = check(place, timeout=120.0, examples=0, training=False)
    assert report.diagnosis.bugs == (slug,), report.sentence
