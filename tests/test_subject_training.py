"""The short training of a subject: what ails it is told, a healthy one is left in peace, and no
verdict ever depends on it."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refnet.conformance import check
from refnet.errors import SubjectError
from refnet.options import Options
from refnet.short_training.digits import digits_for, refusal_of
from refnet.subjects.description import description_from_json
from refnet.subjects.locator import parse_locator
from refnet.subjects.worker.loading import load
from refnet.subjects.worker.own_loop import find_loop
from refnet.subjects.worker.own_rate import rate_named_in
from refnet.verdict import Report
from written import RIGHT, changed, written

pytestmark = pytest.mark.usefixtures("hasty")

SLOW = 300.0
"""Seconds: a machine that is busy must not keep a subject from being trained."""

LAWS = ("forward/outputs", "gradient/check", "step/update")
"""A network that breaks neither is trained; what else is judged makes no difference to it."""

STANDARD_NORMAL = (" / np.sqrt(m)", "")
RELU = (
    ("return 1 / (1 + np.exp(-z))", "return np.maximum(0, z)"),
    ("return sigmoid(z) * (1 - sigmoid(z))", "return 1.0 * (z > 0)"),
)
SHUFFLE = "            random.shuffle(data)\n"
TWO_SHUFFLES = """\
            xs, ys = [x for x, _ in data], [y for _, y in data]
            random.shuffle(xs)
            random.shuffle(ys)
            data = list(zip(xs, ys))
"""
APART = (SHUFFLE, TWO_SHUFFLES)
STEPPED = "self.update_mini_batch(data[k : k + batch_size], eta)"
BATCHES = "batch_size, eta)"


def judged(locator: str, **options: Any) -> Report:
    chosen: dict[str, Any] = {"timeout": SLOW, "in_process": True, "only": LAWS} | options
    return check(locator, **chosen)


def course(report: Report) -> str:
    (said,) = [s for s in report.advice if s.startswith(("Trained on", "Not trained on"))]
    return said


def illnesses(report: Report) -> list[str]:
    return [said for said in report.advice if "the likely cause: " in said]


def test_a_healthy_network_is_trained_by_its_own_loop_and_nothing_ails_it(tmp_path: Path) -> None:
    report = judged(changed(tmp_path, ("eta):\n        for", "eta=2.5):\n        for")))
    assert report.verdict == "conforms"
    assert illnesses(report) == []
    assert course(report).startswith(
        "Trained on drawn digits of 28 x 28 pixels from its own initial parameters, by its own "
        "loop, 2 epochs of 60 steps at the learning rate 2.5, which its code names: "
    )
    right = int(course(report).split(": ")[1].split(" %")[0])
    assert right > 60


@pytest.mark.campaign
def test_what_is_said_does_not_change_from_one_check_to_the_next(tmp_path: Path) -> None:
    locator = changed(tmp_path, STANDARD_NORMAL)
    assert judged(locator).advice == judged(locator, in_process=False).advice


@pytest.mark.parametrize(
    "rate",
    [
        (BATCHES, "batch_size, eta=3.0)"),
        (
            "def sigmoid(z)",
            "def main():\n    Network([1]).train([], 30, 10, 3.0)\n\n\ndef sigmoid(z)",
        ),
    ],
)
@pytest.mark.no_cover
def test_the_accident_of_the_write_up_is_explained(tmp_path: Path, rate: tuple[str, str]) -> None:
    """ReLU, standard normal weights and a learning rate of 3: its units die, and nobody sees it."""
    report = judged(changed(tmp_path, *RELU, STANDARD_NORMAL, rate))
    assert (report.verdict, report.exit_status) == ("conforms", 0)
    assert "at the learning rate 3, which its code names" in course(report)
    told = illnesses(report)
    assert any("of the units of layer 2 are 0 on every sample after training" in s for s in told)
    assert any(s.startswith("After 2 epochs 1") and "a guess reaches too" in s for s in told)
    assert all("times as wide as He's: draw them as" in sentence for sentence in told)


def test_a_rate_that_is_too_large_is_told_if_it_is_the_subjects_own(tmp_path: Path) -> None:
    report = judged(changed(tmp_path, (BATCHES, "batch_size, eta=3000.0)")))
    assert illnesses(report)
    assert all(s.endswith("too large: try a tenth of it.") for s in illnesses(report))
    assert report.exit_status == 0


@pytest.mark.parametrize(
    ("rate", "told"), [pytest.param("0.003", False, marks=pytest.mark.campaign), ("1e-9", True)]
)
def test_a_small_rate_is_an_illness_only_if_no_training_is_long_enough(
    tmp_path: Path, rate: str, told: bool
) -> None:
    report = judged(changed(tmp_path, (BATCHES, f"batch_size, eta={rate})")))
    assert f"at the learning rate {float(rate):g}, which its code names" in course(report)
    assert any("a learning rate that is too small" in s for s in illnesses(report)) == told
    assert len(illnesses(report)) == told


@pytest.mark.parametrize(
    ("mistake", "cause"),
    [
        (APART, "labels that do not belong to their images: shuffle both in the same order"),
        ((STEPPED, STEPPED.replace("eta", "-eta")), "steps that go up the gradient"),
        ((STEPPED, "pass"), "steps that are never applied"),
        (
            (STEPPED, STEPPED.replace("eta", "eta / len(data) ** 2")),
            "a learning rate that is too small",
        ),
    ],
)
def test_what_its_own_loop_does_wrong_is_told_though_every_law_holds(
    tmp_path: Path, mistake: tuple[str, str], cause: str
) -> None:
    report = judged(changed(tmp_path, mistake))
    assert (report.verdict, report.exit_status) == ("conforms", 0)
    assert illnesses(report)
    assert all(f"the likely cause: {cause}" in sentence for sentence in illnesses(report))


@pytest.mark.campaign
def test_weights_of_zero_are_told_beside_the_broken_law(tmp_path: Path) -> None:
    zeros = ("np.random.randn(n, m) / np.sqrt(m)", "np.zeros((n, m))")
    everywhere = (zeros, ("np.random.randn(n, 1)", "np.zeros((n, 1))"))
    report = judged(changed(tmp_path, *everywhere), only=())
    assert report.diagnosis.bugs == ("zeros",)
    assert any("the same for every unit of layer 1" in sentence for sentence in illnesses(report))


@pytest.mark.campaign
@pytest.mark.parametrize(
    "mistake",
    [
        ("random.shuffle(data)", "raise OSError"),
        ("batch_size, eta)", "batch_size, eta, something)"),
        ("def train(", "def training("),
    ],
)
def test_without_a_loop_that_works_it_is_trained_by_its_steps(
    tmp_path: Path, mistake: tuple[str, str]
) -> None:
    report = judged(changed(tmp_path, mistake))
    assert "by its own loop" not in course(report)
    assert "2 epochs of 60 steps at the learning rate 3, which refnet chose: " in course(report)
    assert illnesses(report) == []


@pytest.mark.no_cover
def test_a_network_that_shows_gradients_alone_is_trained_on_them(tmp_path: Path) -> None:
    start, end = RIGHT.index("    def train("), RIGHT.index("    def backprop(")
    report = judged(written(tmp_path, RIGHT[:start] + RIGHT[end:]))
    assert report.verdict == "conforms"
    assert "2 epochs of 600 steps at the learning rate 0.9, which refnet chose: " in course(report)
    assert illnesses(report) == []


@pytest.mark.campaign
def test_a_loop_that_ends_its_process_leaves_the_steps_to_train_by(tmp_path: Path) -> None:
    locator = changed(tmp_path, ("random.shuffle(data)", "__import__('os')._exit(7)"))
    report = judged(locator, in_process=False)
    assert report.verdict == "conforms"
    assert "2 epochs of 60 steps at the learning rate 3, which refnet chose: " in course(report)


@pytest.mark.campaign
def test_a_loop_that_hangs_costs_no_verdict(tmp_path: Path) -> None:
    locator = changed(tmp_path, ("random.shuffle(data)", "__import__('time').sleep(99)"))
    report = judged(locator, in_process=False, timeout=12.0)
    assert report.verdict == "conforms"
    assert course(report).startswith("Not trained on drawn digits: ")


@pytest.mark.campaign
def test_nonsense_that_its_own_loop_leaves_behind_is_said_and_no_error(tmp_path: Path) -> None:
    lost = "self.weights = [np.nan * w for w in self.weights]"
    report = judged(changed(tmp_path, ("random.shuffle(data)", lost)))
    assert report.verdict == "conforms"
    assert "have become no numbers" in course(report)
    reshaped = "self.weights = [w[:1] for w in self.weights]"
    report = judged(changed(tmp_path, ("random.shuffle(data)", reshaped)))
    assert report.verdict == "conforms"
    assert "by its own loop" not in course(report)


@pytest.mark.campaign
def test_one_that_is_too_slow_is_not_trained_and_says_so(tmp_path: Path) -> None:
    slow = "a = __import__('time').sleep(0.3 * (len(a) > 99)) or sigmoid(w @ a + b)"
    locator = changed(tmp_path, ("a = sigmoid(w @ a + b)", slow), ("def train(", "def x("))
    report = judged(locator, timeout=60.0)
    assert report.verdict == "conforms"
    assert course(report).startswith(
        "Not trained on drawn digits: 120 steps of layer sizes [784, 30, 10] would take about 3"
    )


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ("[16, 12, 4]", "Trained on drawn digits of 4 x 4 pixels from its own"),
        ("[5, 4, 2]", "Not trained on drawn digits: its 5 inputs are no square image of 4 to 28"),
        ("[16, 4, 1]", "Not trained on drawn digits: its 1 outputs are not 2 to 10"),
    ],
)
def test_hard_wired_sizes_are_used_or_refused(tmp_path: Path, sizes: str, said: str) -> None:
    locator = changed(tmp_path, ("(self, sizes):", f"(self):\n        sizes = {sizes}"))
    report = judged(locator)
    assert course(report).startswith(said)
    assert illnesses(report) == []


@pytest.mark.parametrize(
    ("deviation", "is_told"),
    [pytest.param("1 / np.sqrt(m)", False, marks=pytest.mark.campaign), ("99.0", True)],
)
def test_an_instance_is_trained_from_the_parameters_that_it_has(
    tmp_path: Path, deviation: str, is_told: bool
) -> None:
    initial = ("np.random.randn(n, m) / np.sqrt(m)", f"{deviation} * np.random.randn(n, m)")
    locator = changed(tmp_path, initial, ("import numpy as np\n", "import numpy as np\n\n"))
    file = Path(locator.removesuffix(":Network"))
    made = "\n\nnp.random.seed(5)\nnet = Network([16, 12, 4])\n"
    file.write_text(file.read_text(encoding="utf-8") + made, encoding="utf-8")
    report = judged(f"{file}:net")
    assert course(report).startswith(
        "Trained on drawn digits of 4 x 4 pixels from the parameters that it has, by its own loop, "
    )
    assert any("times as wide as He's" in s for s in illnesses(report)) == is_told
    assert bool(illnesses(report)) == is_told
    assert report.verdict == "conforms"


def test_what_is_wrong_or_judged_in_part_is_not_trained(tmp_path: Path) -> None:
    wrong = changed(tmp_path, ("(activations[-1] - y)", "(y - activations[-1])"))
    assert not any("rained on" in sentence for sentence in judged(wrong).advice)
    right = changed(tmp_path)
    assert not any("rained on" in s for s in judged(right, only=["bp1"]).advice)


def test_it_can_be_left_out_and_nothing_else_changes(tmp_path: Path) -> None:
    locator = changed(tmp_path, *RELU, STANDARD_NORMAL, (BATCHES, "batch_size, eta=3.0)"))
    with_it, without = judged(locator), judged(locator, training=False)
    assert not any("rained on" in sentence for sentence in without.advice)
    assert without.repeat.endswith("--no-training")
    for field in ("verdict", "sentence", "conventions", "exit_status", "laws"):
        assert getattr(with_it, field) == getattr(without, field)
    assert Options(training=False).call("Network") == "refnet.check(Network, training=False)"


def test_a_program_may_be_trained_by_its_own_loop(tmp_path: Path) -> None:
    """What stands in docs/protocol.md: `learning_rate`, `trains`, and a question with `epochs`."""
    path = tmp_path / "program.py"
    path.write_text(PROGRAM, encoding="utf-8")
    command = f"{sys.executable} {path}"
    report = check(command, program=True, timeout=SLOW)
    assert report.verdict == "conforms", report.sentence
    assert "4 x 4 pixels" in course(report)
    assert "by its own loop, 2 epochs of 60 steps at the learning rate 0.5" in course(report)
    assert "the likely cause: steps that are never applied" in illnesses(report)[0]


PROGRAM = """
import json, sys
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def answer(asked):
    p = {k: np.array(v) if k in "xy" else v for k, v in asked["problem"].items()}
    if p["asks"] == ["initial"]:
        g = np.random.default_rng(p["seed"])
        sizes = [16, 6, 3]
        ws = [g.normal(size=(n, m)).tolist() for m, n in zip(sizes, sizes[1:])]
        return {"initial": {"weights": ws, "biases": [[[0.0]] * n for n in sizes[1:]]}}
    ws, bs = [[np.array(a) for a in p[name]] for name in ("weights", "biases")]
    if "epochs" in asked:
        return {"step": {"weights": [w.tolist() for w in ws], "biases": [b.tolist() for b in bs]}}
    a = [p["x"]]
    for w, b in zip(ws, bs):
        a.append(sigmoid(w @ a[-1] + b))
    said = {"outputs": a[-1].tolist()} if "outputs" in p["asks"] else {}
    if "gradients" in p["asks"]:
        d = (a[-1] - p["y"]) / p["x"].shape[1] * a[-1] * (1 - a[-1])
        dw, db = [], []
        for l in (1, 0):
            dw.insert(0, (d @ a[l].T).tolist())
            db.insert(0, d.sum(axis=1, keepdims=True).tolist())
            d = (ws[l].T @ d) * a[l] * (1 - a[l])
        said["gradients"] = {"weights": dw, "biases": db}
    return said

for line in sys.stdin:
    asked = json.loads(line)
    if "hello" in asked:
        print(json.dumps({"refnet": 1, "learning_rate": 0.5, "trains": True, "capabilities": {
            "parts": ["outputs", "gradients", "initial"], "sizes": [16, 6, 3],
            "without_l2": ["gradients"]}}), flush=True)
    else:
        print(json.dumps({"id": asked["id"], "answer": answer(asked)}), flush=True)
"""


# What the worker finds


@pytest.mark.parametrize(
    ("old", "new", "rate"),
    [
        ("eta)", "eta)", None),
        (BATCHES, "batch_size, eta=0.5)", 0.5),
        ("(self, sizes):", "(self, sizes, learning_rate=0.25):", 0.25),
        ("class Network:", "class Network:\n    lr = 0.125", 0.125),
        ("class Network:", "ETA = 2\n\n\nclass Network:", 2.0),
        (
            "def sigmoid(z)",
            "RATE = 7\ndef f(n, r):\n    n.train(r, 1, 2, eta=RATE)\ndef sigmoid(z)",
            7.0,
        ),
        ("def sigmoid(z)", "def f(n):\n    n.train(n, 1, 2, 4.0)\ndef sigmoid(z)", 4.0),
        (BATCHES, "batch_size, eta='fast')", None),
        (BATCHES, "batch_size, eta=-1.0)", None),
        (BATCHES, "batch_size, eta=float('inf'))", None),
    ],
)
def test_the_rate_that_a_code_names_is_found(
    tmp_path: Path, old: str, new: str, rate: float | None
) -> None:
    assert rate_named_in(load(parse_locator(changed(tmp_path, (old, new))))) == rate


def test_a_rate_for_all_samples_at_once_is_not_taken_for_one_of_mini_batches(
    tmp_path: Path,
) -> None:
    source = "class Network:\n    def train(self, X, Y, epochs, eta=1.2):\n        pass\n"
    assert rate_named_in(load(parse_locator(written(tmp_path, source)))) is None
    source = source.replace("epochs", "epochs, batch_size")
    assert rate_named_in(load(parse_locator(written(tmp_path, source)))) == 1.2


class _Loops:
    def fit(self, x: Any, y: Any, epochs: int, batch_size: int = 32) -> None:
        """A loop over arrays."""


class _NoLoop:
    def train(self, x: Any, y: Any, epochs: int) -> None:
        """All samples at once."""

    def sgd(self, data: Any, epochs: int, batch_size: int, eta: float, schedule: Any) -> None:
        """It needs what nobody can give it."""


def test_a_loop_goes_through_mini_batches_and_needs_nothing_that_is_not_known() -> None:
    assert find_loop(_Loops()) == "fit"
    assert find_loop(_NoLoop()) == ""


ARRAYS = """
    def fit(self, X, y, epochs, batch_size, lr=0.05):
        n = X.shape[1]
        order = np.random.permutation(n)
        X, y = X[:, order], y[:, ORDER]
        for epoch in range(epochs):
            for k in range(0, n, batch_size):
                self.step(X[:, k : k + batch_size], y[:, k : k + batch_size], lr)
"""

BATCHED = """
import numpy as np


class Network:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_hidden, n_in) * np.sqrt(2 / n_in)
        self.b1 = np.zeros((n_hidden, 1))
        self.W2 = np.random.randn(n_out, n_hidden) * np.sqrt(2 / n_hidden)
        self.b2 = np.zeros((n_out, 1))

    def forward(self, X):
        self.h = np.maximum(self.W1 @ X + self.b1, 0)
        z = self.W2 @ self.h + self.b2
        e = np.exp(z - z.max(axis=0))
        return e / e.sum(axis=0)

    def step(self, X, y, lr):
        d2 = (self.forward(X) - y) / X.shape[1]
        d1 = (self.W2.T @ d2) * (self.h > 0)
        self.W2 = self.W2 - lr * d2 @ self.h.T
        self.b2 = self.b2 - lr * d2.sum(axis=1, keepdims=True)
        self.W1 = self.W1 - lr * d1 @ X.T
        self.b1 = self.b1 - lr * d1.sum(axis=1, keepdims=True)
"""


@pytest.mark.parametrize(
    ("order", "cause"), [("order", ""), ("np.random.permutation(n)", "labels that do not belong")]
)
def test_a_loop_over_arrays_is_used_too(tmp_path: Path, order: str, cause: str) -> None:
    report = judged(written(tmp_path, BATCHED + ARRAYS.replace("ORDER", order)))
    assert report.verdict == "conforms"
    assert "by its own loop, 2 epochs of 60 steps at the learning rate 0.05, which its code" in (
        course(report)
    )
    assert bool(illnesses(report)) == bool(cause)
    assert all(cause in sentence for sentence in illnesses(report))


@pytest.mark.parametrize("rate", [0.0, -1.0, "NaN", "Infinity", True, "fast"])
def test_a_program_that_names_no_possible_rate_is_refused(rate: object) -> None:
    said = {"refnet": 1, "capabilities": {"parts": ["outputs"]}}
    assert description_from_json({**said, "learning_rate": 0.5}).learning_rate == 0.5
    assert description_from_json({**said, "learning_rate": None}).learning_rate is None
    with pytest.raises(SubjectError, match="learning_rate"):
        description_from_json({**said, "learning_rate": rate})


# Digits of another size


def test_a_smaller_digit_has_the_ink_of_the_large_one_pixel_by_pixel() -> None:
    large, small = (digits_for(n, 10, 20, np.random.default_rng(5)) for n in (784, 49))
    images = large.x.T.reshape(20, 7, 4, 7, 4)
    assert np.allclose(small.x, images.mean(axis=(2, 4)).reshape(20, 49).T, atol=1e-14)
    assert np.array_equal(small.labels, large.labels)
    uneven = digits_for(81, 10, 20, np.random.default_rng(5))
    assert np.allclose(uneven.x.mean(axis=0), large.x.mean(axis=0), atol=1e-14)


def test_fewer_classes_are_the_first_digits() -> None:
    some = digits_for(16, 3, 9, np.random.default_rng(0))
    assert sorted(some.labels.tolist()) == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert some.targets.shape == (3, 9)


@pytest.mark.parametrize(
    ("inputs", "outputs"), [(783, 10), (9, 10), (900, 10), (784, 1), (784, 11)]
)
def test_sizes_that_digits_do_not_have_are_refused(inputs: int, outputs: int) -> None:
    assert refusal_of(inputs, outputs)
    assert refusal_of(784, 10) == refusal_of(16, 2) == ""
