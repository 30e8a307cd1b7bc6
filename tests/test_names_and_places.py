"""Networks whose targets, learning rates and makers have other names or places than most."""

from pathlib import Path

import numpy as np
import pytest

from refnet.conformance import check
from refnet.errors import SubjectError
from refnet.subjects.locator import parse_locator
from refnet.subjects.protocol import Description
from refnet.subjects.worker.factories import called_networks
from refnet.subjects.worker.loading import load
from refnet.subjects.worker.outputs_reading import cache_of
from refnet.subjects.worker.recognition import recognise
from written import NETWORKS, changed_network, replaced


def opened(place: Path) -> Description:
    return recognise(load(parse_locator(str(place)))).description


@pytest.mark.usefixtures("clean")
def test_a_cost_of_what_stands_beside_the_outputs_is_not_handed_these() -> None:
    """Otherwise a right cost of z2 would be one whose softmax is applied twice."""
    place = str(NETWORKS / "one_hot_targets.py")
    report = check(place, timeout=120.0, training=False, only=["cost"])
    assert report.verdict == "conforms", report.sentence


KEPT = (
    ("self.cfg = SimpleNamespace(lr=lr0)", "self.cfg.lr", True),
    ("self.cfg = Settings(lr0)", "self.cfg.learning_rate", True),
    ('self.cfg = {"lr": lr0}', "0.1", False),
    ('self.cfg = {"lr": lr0, "table": np.zeros(3)}', 'self.cfg["lr"]', False),
)
"""How a learning rate is kept, what a step reads, and whether that can be set."""


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(("kept", "read", "found"), KEPT)
def test_a_learning_rate_among_settings_counts_where_a_method_reads_it(
    kept: str, read: str, found: bool, tmp_path: Path
) -> None:
    """Otherwise a step at a rate of its own would be held to another one, and be wrong."""
    settings = (
        "from dataclasses import dataclass\nfrom types import SimpleNamespace\n\n\n"
        "@dataclass(frozen=True)\nclass Settings:\n    learning_rate: float\n\n\nclass Net:"
    )
    place = changed_network(
        tmp_path,
        "first_rate.py",
        ("class Net:", settings),
        ("self.lr0, self.decay = lr0, decay", f"{kept}\n        self.decay = decay"),
        ("self.lr0", read),
    )
    if not found:
        with pytest.raises(SubjectError, match="partial_fit takes no learning rate"):
            opened(Path(place))
        return
    report = check(f"{place}:Net", timeout=120.0, training=False, only=["step"])
    assert report.verdict == "conforms", report.sentence


@pytest.mark.usefixtures("clean")
def test_a_rate_that_is_worked_out_from_the_first_one_is_set_with_it(tmp_path: Path) -> None:
    """Otherwise a right step at the rate of its own beginning would be one at a wrong rate."""
    place = changed_network(
        tmp_path,
        "first_rate.py",
        ("        lr = self.lr0 /", "        self.lr = lr = self.lr0 /"),
        ("self.iteration = 0", "self.iteration = 0\n        self.lr = lr0"),
    )
    report = check(place, timeout=120.0, training=False, only=["step"])
    assert report.verdict == "conforms", report.sentence


@pytest.mark.usefixtures("clean")
def test_of_a_training_that_makes_its_network_is_not_spoken_first(tmp_path: Path) -> None:
    """Otherwise whoever reads it looks for the reason in the wrong function."""
    place = changed_network(tmp_path, "new_model.py", ("def run(model, X)", "def run(model, X, q)"))
    with pytest.raises(SubjectError, match=r"^got dict with weights"):
        opened(Path(place))


TRAINING = """
import numpy as np

W1, b1 = np.ones((4, 2)), np.zeros((4, 1))
W2, b2 = np.ones((3, 4)), np.zeros((3, 1))


def forward(x):
    return np.tanh(W2 @ np.tanh(W1 @ x + b1) + b2)


def network(PARAMETERS):
    raise SystemExit(7)
    return fit(W1)
"""


@pytest.mark.parametrize("parameters", ["x, y", "epochs=9", "", "model, x", "data"])
def test_what_is_called_as_a_network_and_does_more_than_make_it_is_no_factory(
    parameters: str, tmp_path: Path
) -> None:
    """Otherwise the judge would train, or wait, to see what comes of it."""
    path = tmp_path / "code.py"
    path.write_text(TRAINING.replace("PARAMETERS", parameters), encoding="utf-8")
    assert list(called_networks(load(parse_locator(str(path))).module)) == []


@pytest.mark.usefixtures("clean")
def test_a_row_of_parameters_is_found_where_no_number_of_classes_is_hard_wired(
    tmp_path: Path,
) -> None:
    """Otherwise it would be judged with hundreds of inputs, where a few show as much."""
    place = changed_network(
        tmp_path,
        "one_row.py",
        ("np.eye(N_CLASSES)[y].T", "y"),
        ("n_out=N_CLASSES", "n_out=3"),
    )
    able = opened(Path(place)).capabilities
    assert able.sizes is None
    assert {"gradients", "step"} <= able.parts


def test_what_is_handed_to_a_backward_pass_is_what_stands_beside_the_outputs() -> None:
    """Otherwise it would be handed the outputs alone, and its gradients not be seen."""
    outputs, hidden, cache = np.zeros((1, 2)), np.zeros((3, 2)), {"h": 1}
    assert cache_of((outputs, cache), outputs) is cache
    assert cache_of((cache, outputs), outputs) is cache
    for together in ((hidden, outputs), (hidden, hidden, outputs)):
        assert cache_of(together, outputs) is together


@pytest.mark.usefixtures("clean")
def test_what_two_layers_raised_is_said_where_three_do_not_help(tmp_path: Path) -> None:
    """Otherwise sizes would be named that nobody has thought of."""
    place = changed_network(tmp_path, "three_layers.py", ('parameters["b3"]', 'parameters["B3"]'))
    with pytest.raises(SubjectError, match="'W3'"):
        opened(Path(place))


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(("file", "depth"), [("two_layers.py", 2), ("three_layers.py", 3)])
def test_a_number_of_layers_that_is_written_out_is_the_only_one(file: str, depth: int) -> None:
    """Otherwise a right network would be asked for more layers than it has, and be wrong."""
    assert opened(NETWORKS / file).capabilities.depth == depth


MIXED = """
import numpy as np


class Network:
    def __init__(self, TOLD):
        sizes = list(SIZES)
        self.weights = [np.random.randn(m, n) for n, m in zip(sizes, sizes[1:])]
        self.biases = [np.random.randn(n, 1) for n in sizes[1:]]

    def forward(self, x):
        self.zs, self.activations = [], [x]
        for at, (w, b) in enumerate(zip(self.weights, self.biases)):
            z = w @ x + b
            last = at == len(self.weights) - 1
            x = z if last else np.maximum(z, 0.0) if at else np.FIRST(z)
            self.zs.append(z)
            self.activations.append(x)
        return x

    def backward(self, x, y):
        self.forward(x)
        delta, found = (self.activations[-1] - y) / x.shape[1], []
        for at in reversed(range(len(self.weights))):
            found.append((delta @ self.activations[at].T, delta.sum(axis=1, keepdims=True)))
            slope = (self.zs[at - 1] > 0) if at > 1 else 1 - np.tanh(self.zs[0]) ** 2
            delta = (self.weights[at].T @ delta) * slope if at else delta
        return [w for w, _ in found[::-1]], [b for _, b in found[::-1]]
"""


@pytest.mark.parametrize(
    ("handed", "sizes", "first", "told"),
    [
        ("seed=0", "(3, 4, 4, 2)", "tanh", True),
        ("layers", "layers", "tanh", True),
        ("n_in, n_hidden, n_out", "(n_in, n_hidden, n_out)", "arctan", False),
    ],
)
def test_of_mixed_activations_is_said_that_hidden_layers_have_to_have_the_same_one(
    handed: str, sizes: str, first: str, told: bool, tmp_path: Path
) -> None:
    """Otherwise whoever reads that tanh is known, and has written it, does not know what to do."""
    path = tmp_path / "code.py"
    places = (("TOLD", handed), ("SIZES", sizes), ("FIRST", first))
    path.write_text(replaced(MIXED, places), encoding="utf-8")
    report = check(str(path), timeout=120.0, training=False)
    assert report.verdict == "not judged"
    assert "none of the activations that refnet knows" in report.sentence
    assert ("every hidden layer has to have the same one" in report.sentence) is told


CLOSURES = """
import numpy as np


def make_network(*sizes):
    layers = [lambda x, n=n: x * n for n in sizes]

    def logits(x):
        for f in layers:
            x = f(x)
        return x

    def step(x, y, lr):
        return logits(x) - y

    return logits, step
"""


@pytest.mark.usefixtures("clean")
def test_functions_in_which_nothing_is_found_are_called_functions(tmp_path: Path) -> None:
    """Otherwise a class is spoken of that stands nowhere in the file."""
    path = tmp_path / "code.py"
    path.write_text(CLOSURES, encoding="utf-8")
    with pytest.raises(SubjectError, match=r"found in functions, which share \.layers") as caught:
        opened(path)
    assert "Closed" not in str(caught.value)
