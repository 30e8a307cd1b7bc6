"""Networks that are made, or hand over what they compute, in other ways than most."""

from pathlib import Path

import pytest

from refnet.conformance import check
from refnet.errors import SubjectError
from refnet.subjects.locator import parse_locator
from refnet.subjects.protocol import Description
from refnet.subjects.worker.loading import load
from refnet.subjects.worker.recognition import recognise
from written import NETWORKS, changed_network

# The file, what it offers besides outputs, and the sizes that are hard-wired.
OFFERED: tuple[tuple[str, str, tuple[int, ...] | None], ...] = (
    ("one_unit.py", "step predictions", (2, 4, 1)),
    ("logistic_regression.py", "step", (4, 1)),
    ("drawn_in_fit.py", "step predictions", None),
    ("parameter_objects.py", "gradients step cost", (2, 5, 3)),
    ("tensors.py", "gradients step", None),
    ("settings.py", "gradients", None),
    ("architecture.py", "gradients step", None),
    ("loss_alone.py", "gradients cost predictions", None),
    ("one_layer.py", "gradients", (4, 3)),
    ("sequential.py", "step cost", (2, 3, 1)),
    ("unnamed_gradients.py", "gradients", None),
    ("numbered.py", "gradients step", None),
    ("net_beside_loss.py", "gradients cost", None),
    ("two_alike.py", "gradients step", (2, 4, 4, 3)),
    ("one_hot_targets.py", "gradients step cost predictions", None),
    ("first_rate.py", "step", None),
    ("kept_settings.py", "step predictions", (6, 12, 8, 4)),
    ("called_as_network.py", "gradients step cost", None),
    ("new_model.py", "gradients predictions", None),
    ("handed_layers.py", "step", None),
    ("one_row.py", "gradients step", (2, 4, 32, 10)),
    ("three_layers.py", "gradients step", None),
    ("two_layers.py", "gradients", None),
)

# The file; what is written in the place of what; and the mistake that this is, or the first
# equation broken where the catalogue has no such mistake.
WRONG = (
    ("one_unit.py", " * (1 - self.H**2)", "", "hidden-sigma-prime-missing"),
    ("one_unit.py", "-= self.lr", "+= self.lr", "step-sign"),
    ("logistic_regression.py", "self.bias -= self.lr * db", "pass", "bias-frozen"),
    ("logistic_regression.py", "-= self.lr * d", "+= self.lr * d", "step-sign"),
    ("drawn_in_fit.py", " * self.a[i] * (1 - self.a[i])", "", "hidden-sigma-prime-missing"),
    ("parameter_objects.py", "grad * (1 - self.y**2)", "grad", "hidden-sigma-prime-missing"),
    ("parameter_objects.py", "p.value -=", "p.value +=", "step-sign"),
    ("tensors.py", "(1 - t**2) * out.grad", "out.grad", "hidden-sigma-prime-missing"),
    ("settings.py", "(1 - self.h**2)", "(1 - np.tanh(self.h) ** 2)", "sigma-prime-of-activation"),
    (
        "architecture.py",
        'dA = params_values[f"W{at}"].T',
        'dA = params_values[f"W{at}"]',
        "reversed-product",
    ),
    ("loss_alone.py", " * (1 - h**2)", "", "hidden-sigma-prime-missing"),
    ("one_layer.py", " * self.a * (1 - self.a)", " * self.a", "function-for-derivative"),
    ("sequential.py", "grad.sum(axis=0, keepdims=True)", "grad.sum()", "bias-gradient-scalar"),
    ("unnamed_gradients.py", "(w.T @ delta)", "(w @ delta)", "reversed-product"),
    ("numbered.py", " * self.A[l - 1] * (1 - self.A[l - 1])", "", "hidden-sigma-prime-missing"),
    ("net_beside_loss.py", "(1 - np.tanh(self.inputs) ** 2) * grad", "grad", "BP2"),
    ("two_alike.py", "g.sum(0)", "g.sum()", "bias-gradient-scalar"),
    ("one_hot_targets.py", " * a1 * (1 - a1)", "", "hidden-sigma-prime-missing"),
    ("first_rate.py", "-= lr", "+= lr", "step-sign"),
    ("kept_settings.py", "-= self.cfg", "+= self.cfg", "step-sign"),
    ("called_as_network.py", "g.sum(0)", "g.sum()", "bias-gradient-scalar"),
    ("new_model.py", " * (1 - np.power(h, 2))", "", "hidden-sigma-prime-missing"),
    ("handed_layers.py", "dout * self.mask", "dout", "hidden-sigma-prime-missing"),
    ("one_row.py", "p - lr * g", "p + lr * g", "step-sign"),
    ("two_layers.py", " * (A1 > 0)", "", "hidden-sigma-prime-missing"),
    ("three_layers.py", "np.dot(W3.T, dZ3)", "np.dot(W3.T, dZ3 * A3 * (1 - A3))", "BP1"),
)


def opened(place: Path) -> Description:
    return recognise(load(parse_locator(str(place)))).description


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "code.py"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(("file", "parts", "sizes"), OFFERED)
def test_what_such_a_network_offers(file: str, parts: str, sizes: tuple[int, ...] | None) -> None:
    """What is not found is not judged: less than this would pass mistakes over."""
    able = opened(NETWORKS / file).capabilities
    assert able.parts - {"initial"} == {"outputs", *parts.split()}
    assert able.sizes == sizes


DRAWING = """
import numpy as np


class Network:
    def __init__(self, n_in, n_hidden, n_out):
        self.shape = n_in, n_hidden, n_out
        self.draw()

    def draw(self):
        n, h, k = self.shape
        self.W1, self.b1 = np.random.randn(n, h), np.zeros(h)
        self.W2, self.b2 = np.random.randn(h, k), np.zeros(k)

    def forward(self, x):
        self.x = x
        self.h = np.tanh(x @ self.W1 + self.b1)
        return self.h @ self.W2 + self.b2

    def fit(self, x, y, lr=0.1, epochs=100):
        DRAW
        for _ in range(epochs):
            d2 = (self.forward(x) - y) / len(x)
            d1 = d2 @ self.W2.T * (1 - self.h**2)
            self.W2 -= lr * self.h.T @ d2
            self.b2 -= lr * d2.sum(axis=0)
            self.W1 -= lr * x.T @ d1
            self.b1 -= lr * d1.sum(axis=0)
"""
HIDING = "rng = np.random.default_rng(); [w.__iadd__(rng.normal(size=w.shape)) for w in (self.W1,)]"


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(
    ("draw", "judged"), [("pass", True), ("self.draw()", True), (HIDING, False)]
)
def test_a_training_that_begins_with_weights_of_its_own_is_no_step_on_others(
    draw: str, judged: bool, tmp_path: Path
) -> None:
    """Otherwise a right network would be held to a step on weights that it has thrown away."""
    path = written(tmp_path, DRAWING.replace("DRAW", draw))
    if judged:
        report = check(str(path), timeout=120.0, training=False, only=["step"])
        assert report.verdict == "conforms", report.sentence
    else:
        with pytest.raises(SubjectError, match="fit begins with weights that it draws itself"):
            opened(path)


@pytest.mark.usefixtures("clean")
def test_a_step_on_targets_of_before_is_none(tmp_path: Path) -> None:
    """Otherwise what it does to them would be compared with what is right for others."""
    text = DRAWING.replace("DRAW", "self.y = y")
    with pytest.raises(SubjectError, match="nothing that gives gradients or takes a step"):
        opened(
            written(
                tmp_path,
                text.replace("def fit(self, x, y, lr", "def update(self, lr")
                .replace("        self.y = y\n", "        y = self.y\n        x = self.x\n")
                .replace("self.draw()", "self.draw()\n        self.y = 0.0"),
            )
        )


@pytest.mark.usefixtures("clean")
def test_classes_are_not_taken_for_outputs(tmp_path: Path) -> None:
    """Of one output, 0 and 1 have the shape of outputs."""
    text = (NETWORKS / "logistic_regression.py").read_text(encoding="utf-8")
    within = text[text.index("        linear_model = ") : text.index("        return [1")]
    text = text.replace(within, "").replace("in y_predicted", "in self._sigmoid(X @ self.weights)")
    with pytest.raises(SubjectError, match="predict returned classes"):
        opened(written(tmp_path, text))


@pytest.mark.usefixtures("clean")
def test_what_is_kept_from_before_is_no_gradient(tmp_path: Path) -> None:
    """Whatever is handed inputs and targets would seem to leave them, zeros as they are."""
    text = (NETWORKS / "one_unit.py").read_text(encoding="utf-8")
    kept = "".join(
        f"        self.d{each} = 0.0 * self.{each}\n" for each in ("W1", "b1", "w2", "b2")
    )
    text = text.replace("        self.lr = lr\n", f"        self.lr = lr\n{kept}").replace(
        "    def train_step",
        "    def deviance(self, X, y):\n        return np.sum(self.predict_proba(X) - y)\n\n"
        "    def train_step",
    )
    assert "gradients" not in opened(written(tmp_path, text)).capabilities.parts


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(("beta", "plain"), [("0.0", True), ("0.9", False)])
@pytest.mark.no_cover
def test_an_optimiser_that_remembers_is_not_held_to_plain_steps(
    beta: str, plain: bool, tmp_path: Path
) -> None:
    """Its steps are others: right ones would be called wrong."""
    text = (NETWORKS / "parameter_objects.py").read_text(encoding="utf-8")
    text = text.replace("params, lr):", f"params, lr, beta={beta}):\n        self.beta = beta")
    text = text.replace(
        "p.value -= self.lr * p.grad", "p.value -= (1 - self.beta) * self.lr * p.grad"
    )
    assert ("step" in opened(written(tmp_path, text)).capabilities.parts) is plain


@pytest.mark.usefixtures("clean")
def test_outputs_of_many_inputs_are_not_taken_for_classes(tmp_path: Path) -> None:
    """Of 784 inputs, a sigmoid is 0 or 1 at weights that are small for a few."""
    text = (NETWORKS / "one_unit.py").read_text(encoding="utf-8")
    text = text.replace("n_features, n_hidden, lr=0.1)", "lr=0.1, n_features=784, n_hidden=30)")
    assert opened(written(tmp_path, text)).capabilities.sizes == (784, 30, 1)


@pytest.mark.usefixtures("clean")
def test_an_order_of_gradients_that_cannot_be_found_out_is_said_and_not_guessed(
    tmp_path: Path,
) -> None:
    """Otherwise the gradients of one layer might be compared with those of another."""
    text = (NETWORKS / "unnamed_gradients.py").read_text(encoding="utf-8")
    text = text.replace("(w.T @ delta)", "(w @ delta)").replace("delta @ a.T", "delta @ (a + 1).T")
    with pytest.raises(SubjectError, match="in which order backward returns its gradients"):
        opened(written(tmp_path, text))


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(
    "told", ["in_features, hidden, classes", "in_features=784, hidden=128, classes=10"]
)
def test_a_layer_of_a_network_is_not_taken_for_the_network(told: str, tmp_path: Path) -> None:
    """Its sizes may be those that were asked for; then what goes through the rest is wrong."""
    text = (NETWORKS / "two_alike.py").read_text(encoding="utf-8")
    able = opened(written(tmp_path, text.replace("in_features, hidden, classes", told)))
    assert able.capabilities.sizes == (2, 4, 4, 3)


@pytest.mark.usefixtures("clean")
@pytest.mark.no_cover
def test_a_demonstration_is_not_run_to_see_what_it_makes(tmp_path: Path) -> None:
    """Otherwise the judge would train, load or wait before it has asked anything."""
    text = (NETWORKS / "parameter_objects.py").read_text(encoding="utf-8")
    guard = 'if __name__ == "__main__":\n'
    text = text.replace(
        guard, f"def waiting():\n    while True:\n        pass\n\n\n{guard}    waiting()\n"
    )
    assert opened(written(tmp_path, text)).capabilities.sizes == (2, 5, 3)


@pytest.mark.campaign
@pytest.mark.parametrize("file", [file for file, _, _ in OFFERED])
def test_a_right_network_of_such_a_style_conforms(file: str) -> None:
    report = check(str(NETWORKS / file), timeout=120.0, training=False)
    assert report.verdict == "conforms", report.sentence


@pytest.mark.campaign
@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(("file", "right", "wrong", "slug"), WRONG)
def test_a_mistake_in_such_a_style_is_named(
    file: str, right: str, wrong: str, slug: str, tmp_path: Path
) -> None:
    place = changed_network(tmp_path, file, (right, wrong))
    report = check(place, timeout=120.0, training=False, examples=0)
    assert report.verdict == "wrong", report.sentence
    named = (report.diagnosis.equation,) if slug.startswith("BP") else report.diagnosis.bugs
    assert slug in named, report.sentence
    assert len(report.diagnosis.bugs) <= 3, report.sentence
