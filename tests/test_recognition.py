"""Recognising, in this process: what each style offers, and what is said of what is none."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from refnet.conformance import check
from refnet.errors import SubjectError
from refnet.problem import Part
from refnet.subjects.protocol import Head
from refnet.subjects.worker.adapted import Arrays, Pair, Question
from refnet.subjects.worker.leaves import filled, given, gradient, read, shape_of
from refnet.subjects.worker.online import is_online
from refnet.subjects.worker.places import kind_of
from refnet.suite import suite
from written import changed, opened

pytestmark = pytest.mark.usefixtures("clean")

NETWORKS = Path(__file__).resolve().parent / "networks"

# The file, the name, and what it offers besides outputs.
OFFERED = (
    ("layer_list.py", "make_network", "step cost"),
    ("layer_list.py", "", "step cost"),
    ("layer_model.py", "Model", "gradients step predictions"),
    ("dictionary.py", "", "gradients step cost"),
    ("deep_dictionary.py", "", "gradients step cost"),
    ("two_layer_net.py", "TwoLayerNet", "gradients cost predictions"),
    ("mnist_from_scratch.py", "", "gradients step predictions correct"),
    ("attributes.py", "NeuralNetwork", "step predictions"),
    ("augmented.py", "Network", "gradients step"),
    ("without_biases.py", "neuralNetwork", "step"),
    ("neuron_dictionaries.py", "", "step"),
    ("scalar_autograd.py", "MLP", "gradients"),
    ("plain_lists.py", "Network", "gradients step"),
    ("called_layers.py", "", "gradients step cost"),
    ("shared_arrays.py", "", "gradients cost"),
    ("unknown_words.py", "", "step"),
    ("global_variables.py", "", "step"),
    ("unknown_parameters.py", "", "gradients step"),
    ("output_layer_first.py", "", "gradients"),
    ("steps_backward.py", "", "step predictions"),
    ("stochastic_fit.py", "", "step"),
    ("loose_layers.py", "", "gradients cost"),
    ("architecture.py", "", "gradients step"),
    ("drawn_in_fit.py", "", "step predictions"),
    ("grouped_optimiser.py", "", "step"),
    ("handed_gradients.py", "", "gradients step predictions"),
    ("modular_net.py", "", "gradients cost"),
    ("parameter_objects.py", "", "gradients step cost"),
    ("tensors.py", "", "gradients step"),
)


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "code.py"
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(("file", "name", "parts"), OFFERED)
def test_a_network_offers_what_it_has_and_answers_all_of_it(
    file: str, name: str, parts: str
) -> None:
    respondent, description = opened(f"{NETWORKS / file}:{name}".rstrip(":"))
    able = description.capabilities
    assert able.parts - {"initial"} == {"outputs", *parts.split()}
    drawn = suite("moderate", Head("tanh", "sigmoid", "quadratic"), 0, able.sizes)
    for problem in drawn[:5]:
        for part in sorted(able.parts):
            question = able.fit(problem, frozenset({part}))
            if able.depth in (None, len(question.sizes) - 1):
                answer = respondent.answer(replace(question, asks=(part,)))
                assert not answer.failures, answer.failures
                assert getattr(answer, part) is not None


STEPS = {
    "one column": ("(n, 1)", "delta @ a.T", "[(x, y)]", True),
    "one vector": ("n", "np.outer(delta, a)", "[(x, y)]", True),
    "rows": ("n", "np.outer(delta, a)", "list(zip(x, y))", False),
    "columns": (
        "(n, 1)",
        "delta @ a.T",
        "[(x[:, [k]], y[:, [k]]) for k in range(x.shape[1])]",
        False,
    ),
}
"""Shape of a bias, dW, the samples of a step as pairs, and whether that is one by itself."""

STEPPING = """
import numpy as np


class Network:
    def __init__(self, sizes):
        self.weights = [np.random.randn(m, n) for n, m in zip(sizes, sizes[1:])]
        self.biases = [np.random.randn(n).reshape(SHAPE) for n in sizes[1:]]

    def feedforward(self, a):
        self.activations = [a]
        for w, b in zip(self.weights, self.biases):
            self.activations.append(np.tanh(w @ self.activations[-1] + b))
        return self.activations[-1]

    def backprop(self, x, y):
        error = self.feedforward(x) - y
        dws, dbs = [], []
        outputs = self.activations[::-1]
        for w, after, a in zip(self.weights[::-1], outputs, outputs[1:]):
            delta = error * (1 - after**2)
            dws.insert(0, OUTER)
            dbs.insert(0, delta)
            error = w.T @ delta
        return dws, dbs

    def train_step(self, x, y, lr):
        pairs = PAIRS
        gradients = [self.backprop(*pair) for pair in pairs]
        for dws, dbs in gradients:
            self.weights = [w - lr / len(pairs) * d for w, d in zip(self.weights, dws)]
            self.biases = [b - lr / len(pairs) * d for b, d in zip(self.biases, dbs)]
"""


@pytest.mark.parametrize("form", STEPS)
@pytest.mark.no_cover
def test_a_step_beside_a_backprop_for_one_sample_is_asked_as_it_takes_samples(
    form: str, tmp_path: Path
) -> None:
    """Otherwise a step for one sample would be asked for a batch, and called wrong."""
    shape, outer, pairs, alone = STEPS[form]
    source = STEPPING.replace("SHAPE", shape).replace("OUTER", outer).replace("PAIRS", pairs)
    path = tmp_path / "stepping.py"
    path.write_text(source, encoding="utf-8")
    report = check(f"{path}:Network", timeout=120.0, training=False)
    assert report.verdict == "conforms", report.sentence
    status = {law.id: law.status for law in report.laws}
    assert status["step/update"] == status["step/lockstep"] == "passed"
    able = opened(f"{path}:Network")[1].capabilities
    assert ("step" in able.one_sample) == alone


def test_batches_handed_to_forward_and_backward_in_turn_are_judged_as_batches(
    tmp_path: Path,
) -> None:
    """One sample at a time would hide every mistake in how a batch is averaged."""
    source = """
import numpy as np


class Network:
    def __init__(self, sizes):
        self.weights = [np.random.randn(n, m) for m, n in zip(sizes, sizes[1:])]
        self.biases = [np.zeros((n, 1)) for n in sizes[1:]]

    def forward(self, x):
        self.outputs = [x]
        for w, b in zip(self.weights, self.biases):
            self.outputs.append(np.tanh(w @ self.outputs[-1] + b))
        return self.outputs[-1]

    def backward(self, y):
        error = self.outputs[-1] - y
        dws, dbs = [], []
        for w, a, before in zip(self.weights[::-1], self.outputs[::-1], self.outputs[-2::-1]):
            delta = error * (1 - a**2)
            dws.insert(0, delta @ before.T / y.shape[1])
            dbs.insert(0, SUM)
            error = w.T @ delta
        return dws, dbs
"""
    for total, batches in (("delta.sum(axis=1, keepdims=True)", True), ("delta", False)):
        place = written(tmp_path, source.replace("SUM", total))
        _, description = opened(place)
        assert ("gradients" not in description.capabilities.one_sample) is batches
        (samples,) = (c for c in description.conventions if c.key == "samples")
        assert ("bias-gradient-wrong-axis" in samples.note) is not batches
    report = check(
        written(tmp_path, source.replace("SUM", "delta.sum(axis=1, keepdims=True)")),
        timeout=60.0,
        examples=0,
        training=False,
    )
    assert report.diagnosis.bugs == ("bias-gradient-not-averaged",), report.sentence


FORMS_OF_GRADIENTS = {
    "two names": ('{"b": nabla_b, "w": nabla_w}', 'said["b"], said["w"]'),
    "pairs": ("list(zip(nabla_w, nabla_b))", "[b for _, b in said], [w for w, _ in said]"),
    "names by layer": (
        '[{"W": w, "b": b} for w, b in zip(nabla_w, nabla_b)]',
        '[each["b"] for each in said], [each["W"] for each in said]',
    ),
    "one list": ("nabla_w + nabla_b", "said[len(said) // 2 :], said[: len(said) // 2]"),
    "beside a cost": ("nabla_b, nabla_w, float(np.sum(delta**2))", "said[:2]"),
    "behind a cost": ("0.5, (nabla_w[::-1], nabla_b[::-1])", "(g[::-1] for g in said[1][::-1])"),
    "an object": ("SimpleNamespace(b=nabla_b, w=nabla_w)", "said.b, said.w"),
}


@pytest.mark.parametrize(
    "form",
    FORMS_OF_GRADIENTS,
)
@pytest.mark.campaign
def test_gradients_are_found_in_whatever_holds_them(form: str, tmp_path: Path) -> None:
    """Otherwise a dictionary in the place of a pair is called a mistake in the gradients."""
    returned, read = FORMS_OF_GRADIENTS[form]
    in_this_form = (
        ("import numpy as np", "from types import SimpleNamespace\n\nimport numpy as np"),
        ("return nabla_b, nabla_w", f"return {returned}"),
        (
            "delta_b, delta_w = self.backprop(x, y)",
            f"said = self.backprop(x, y)\n            delta_b, delta_w = {read}",
        ),
    )
    reversed_product = ("(self.weights[layer + 1].T @ delta)", "(self.weights[layer + 1] @ delta)")
    for mistakes, bugs in (((), ()), ((reversed_product,), ("reversed-product",))):
        place = changed(tmp_path, *in_this_form, *mistakes)
        report = check(place, timeout=60.0, examples=0, training=False)
        assert report.diagnosis.bugs == bugs, report.sentence
        assert report.verdict == ("wrong" if bugs else "conforms"), report.sentence


@pytest.mark.parametrize(
    ("right", "wrong", "named"),
    [
        pytest.param(
            "(activations[-1] - y)",
            "(activations[-1] - y.ravel())",
            "row-against-column",
            marks=pytest.mark.campaign,
        ),
        pytest.param(
            ".T @ delta) * sig",
            ".T * delta) * sig",
            "star-for-matmul",
            marks=pytest.mark.campaign,
        ),
        pytest.param(
            "(self.weights[layer + 1].T @ delta)",
            "(self.weights[layer + 1] @ delta)",
            "reversed-product",
        ),
    ],
)
@pytest.mark.no_cover
def test_a_way_back_that_raises_is_not_read_in_another_way_until_it_does_not(
    tmp_path: Path, right: str, wrong: str, named: str
) -> None:
    """A row beside a column fits once targets are taken for class labels; the fault would be there.

    It would be looked for in what refnet has made of the network.
    """
    report = check(changed(tmp_path, (right, wrong)), timeout=60.0, examples=0, training=False)
    assert any(slug.startswith(named) for slug in report.diagnosis.bugs), report.sentence
    (samples,) = (each for each in report.conventions if each.key == "samples")
    assert samples.value == "single column"


def test_gradients_that_a_backward_pass_leaves_under_names_of_its_own_are_read(
    tmp_path: Path,
) -> None:
    """Otherwise it would be asked for those of the customary names, and these are 0."""
    source = """
import numpy as np


class Network:
    def __init__(self, sizes):
        self.W = [np.random.randn(m, n) for m, n in zip(sizes, sizes[1:])]
        self.b = [np.zeros(n) for n in sizes[1:]]

    def forward(self, x):
        self.h = [x]
        for w, b in zip(self.W, self.b):
            self.h.append(np.tanh(self.h[-1] @ w + b))
        return self.h[-1]

    def backward(self, y):
        g = (self.h[-1] - y) * (1 - self.h[-1] ** 2) / len(y)
        dW, db = [], []
        for i in reversed(range(len(self.W))):
            dW.append(self.h[i].T @ g)
            db.append(g.sum(axis=0))
            g = g @ self.W[i].T * (1 - self.h[i] ** 2)
        self.dW, self.db = dW[::-1], db[::-1]

    def step(self, lr):
        for w, b, dw, db in zip(self.W, self.b, self.dW, self.db):
            w -= lr * dw
            b -= lr * db
"""
    report = check(
        written(tmp_path, source), timeout=120.0, training=False, only=["gradient", "step"]
    )
    assert report.verdict == "conforms", report.sentence
    assert {law.id: law.status for law in report.laws}["batch/mean"] != "broken"


def test_a_backprop_that_raises_is_judged_though_a_step_does_without_it(tmp_path: Path) -> None:
    """Otherwise it would be passed over, and the network would conform by its steps alone."""
    shape, outer, pairs, _ = STEPS["columns"]
    source = STEPPING.replace("SHAPE", shape).replace("OUTER", outer).replace("PAIRS", pairs)
    path = tmp_path / "raising.py"
    own = "def backprop(self, x, y):"
    source = source.replace("self.backprop(", "self.own_gradients(").replace(
        own,
        f"{own}\n        raise ZeroDivisionError\n\n    {own.replace('backprop', 'own_gradients')}",
    )
    path.write_text(source, encoding="utf-8")
    able = opened(f"{path}:Network")[1].capabilities
    assert {"gradients", "step"} <= able.parts


UNKNOWN = {
    "no class, no function": ("x = 1\n", "without a network in it"),
    "no weights": ("class Net:\n    def __init__(self):\n        self.rate = 1\n", "no weights"),
    "odd shapes": (
        (
            "import numpy as np\nclass Net:\n    def __init__(self):\n"
            "        self.W1 = np.ones((2, 3)); self.W2 = np.ones((5, 7))\n"
        ),
        "whose shapes are not those of layers",
    ),
    "no forward pass": (
        (
            "import numpy as np\nclass Net:\n    def __init__(self, n, h, k):\n"
            "        self.W1 = np.ones((h, n)); self.W2 = np.ones((k, h))\n"
        ),
        "no forward pass",
    ),
    "nothing to learn by": (
        (
            "import numpy as np\nclass Net:\n    def __init__(self, n, h, k):\n"
            "        self.W1 = np.ones((h, n)); self.W2 = np.ones((k, h))\n"
            "    def forward(self, x):\n        return self.W2 @ np.tanh(self.W1 @ x)\n"
        ),
        "nothing that gives gradients or takes a step",
    ),
    "no learning rate": (
        (
            "import numpy as np\nclass Net:\n    def __init__(self, n, h, k):\n"
            "        self.W1 = np.ones((h, n)); self.W2 = np.ones((k, h))\n"
            "    def forward(self, x):\n        return self.W2 @ np.tanh(self.W1 @ x)\n"
            "    def train(self, x, y):\n        self.W2 -= 0.1 * self.W2\n"
        ),
        "train takes no learning rate",
    ),
    "a forward pass that raises": (
        (
            "import numpy as np\nclass Net:\n    def __init__(self, n, h, k):\n"
            "        self.W1 = np.ones((h, n)); self.W2 = np.ones((k, h))\n"
            "    def forward(self, x):\n        return undefined\n"
        ),
        "forward raised NameError",
    ),
    "two networks": (
        (
            "import numpy as np\nclass A:\n    def __init__(self, n, h, k):\n"
            "        self.W1 = np.ones((h, n)); self.W2 = np.ones((k, h)); self.lr = 0.1\n"
            "    def forward(self, x):\n        return self.W2 @ np.tanh(self.W1 @ x)\n"
            "    def train(self, x, y):\n        self.W2 = self.W2 - self.lr\n"
            "class B(A):\n    pass\n"
        ),
        "several networks, A, B",
    ),
    "a network beside what is none": (
        (
            "import numpy as np\nclass Cost:\n    pass\nclass Net:\n"
            "    def __init__(self, n, h, k):\n"
            "        self.W1 = np.ones((h, n)); self.W2 = np.ones((k, h))\n"
            "class Optimiser:\n    pass\n"
        ),
        "call it forward; also tried: Cost, Optimiser;",
    ),
    "a constructor that raises": (
        "class Net:\n    def __init__(self, n, h, k):\n        raise RuntimeError('no')\n",
        "RuntimeError: no",
    ),
}


@pytest.mark.parametrize(("code", "told"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_is_not_recognised_is_said_precisely_with_what_to_do(
    code: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(SubjectError) as caught:
        opened(written(tmp_path, code))
    assert told in str(caught.value)
    assert str(caught.value).endswith("write an adapter: refnet adapter code.py")


def test_parameters_are_told_by_their_names() -> None:
    weights = (
        "W1",
        "w_2",
        "weights",
        "weight1",
        "hidden_weights",
        "kernel",
        "theta1",
        "syn0",
        "wih",
    )
    biases = ("b1", "bias", "biases", "bias_hidden", "b_out")
    neither = ("dW1", "grad_weights", "vW1", "batch_size", "nabla_b", "x", "prev_weights", "lr")
    assert [name for name in weights if kind_of(name) != "weight"] == []
    assert [name for name in biases if kind_of(name) != "bias"] == []
    assert [name for name in neither if kind_of(name) is not None] == []


class Node:
    """A scalar that differentiates itself."""

    def __init__(self, data: float) -> None:
        self.data = data
        self.grad = 3.0


def test_arrays_of_any_form_are_read_filled_and_handed_over() -> None:
    new = np.array([[1.0, 2.0]])
    array = np.zeros((1, 2), dtype=np.float32)
    assert filled(array, new) is array
    assert filled(np.zeros((1, 2), dtype=np.int64), new).dtype == np.float64
    rows = [[0.0, 0.0]]
    assert filled(rows, new) is rows
    assert rows == [[1.0, 2.0]]
    assert filled([[0.0]], new) == [[1.0, 2.0]]
    assert filled((0.0, 0.0), new[0]) == (1.0, 2.0)
    nodes = [Node(0.0), Node(0.0)]
    assert filled(nodes, new[0]) is nodes
    assert [node.data for node in nodes] == [1.0, 2.0]
    assert [node.grad for node in nodes] == [0.0, 0.0]
    assert read(nodes).tolist() == [1.0, 2.0]
    grads = gradient([Node(1.0)])
    assert grads is not None
    assert grads.tolist() == [3.0]
    assert gradient([1.0]) is None
    assert gradient([]) is None
    assert given(new, rows) == [[1.0, 2.0]]
    assert given(new, array) is new
    for value, shape in (
        (True, None),
        ([], None),
        ([[1.0], [1.0, 2.0]], None),
        ("text", None),
        ([[1, 2]], (1, 2)),
        (nodes, (2,)),
    ):
        assert shape_of(value) == shape


class InTurn:
    """One linear layer, which takes a step for every sample of a batch in a given order."""

    def __init__(self, order: slice) -> None:
        self.w, self.order = np.zeros((2, 2)), order

    def set_parameters(self, weights: Arrays, biases: Arrays) -> None:
        assert len(biases) == 1
        (self.w,) = weights

    def get_parameters(self) -> Pair:
        return [self.w.copy()], [np.zeros((2, 1))]

    def ask(self, part: Part, question: Question) -> None:
        assert part == "step"
        samples = list(zip(question.x.T, question.y.T, strict=True))
        for x, y in samples[self.order]:
            self.w = self.w - question.learning_rate * np.outer(self.w @ x - y, x)


@pytest.mark.parametrize(
    ("order", "online"),
    [(slice(None), True), (slice(None, None, -1), True), (slice(1), False), (slice(1, 2), False)],
)
def test_a_step_for_every_sample_is_one_in_whatever_order_they_are_drawn(
    order: slice, online: bool
) -> None:
    """Otherwise half of those who shuffle would be taken for batches, and be wrong."""
    assert is_online(lambda sizes: InTurn(order), (2, 2), "float64") is online


class Averaging(InTurn):
    """The same with a learning rate that is divided by the number of samples."""

    def ask(self, part: Part, question: Question) -> None:
        rate = question.learning_rate / question.x.shape[1]
        super().ask(part, replace(question, learning_rate=rate))


class Reversed(InTurn):
    """The same with a mistake that raises between uneven layers."""

    def ask(self, part: Part, question: Question) -> None:
        _ = self.w @ question.y
        super().ask(part, question)


def test_a_step_for_every_sample_may_take_its_share_of_the_learning_rate() -> None:
    """Otherwise eta/m in a loop over the samples is called a mistake."""
    assert is_online(lambda sizes: Averaging(slice(None)), (2, 2), "float64")
    assert not is_online(lambda sizes: Averaging(slice(1)), (2, 2), "float64")


def test_a_step_that_raises_between_uneven_layers_is_tried_on_square_ones() -> None:
    """Otherwise the mistake is hidden behind a convention that is not found."""

    def make(sizes: Sequence[int]) -> InTurn:
        network = Reversed(slice(None))
        network.w = np.zeros((sizes[1], sizes[0]))
        return network

    assert is_online(make, (3, 2), "float64")
