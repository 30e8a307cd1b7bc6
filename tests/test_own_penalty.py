"""Lambda that a network keeps itself: found by what it does, set, and judged; nothing else is."""

from pathlib import Path

import numpy as np
import pytest

from refnet.conformance import check
from refnet.problem import Part
from refnet.subjects.locator import parse_locator
from refnet.subjects.protocol import Description
from refnet.subjects.worker.adapted import Arrays, Pair, Question
from refnet.subjects.worker.loading import load
from refnet.subjects.worker.penalty_effects import Trial
from refnet.subjects.worker.recognition import recognise
from written import replaced

pytestmark = pytest.mark.usefixtures("clean")

NETWORKS = Path(__file__).resolve().parent / "networks"
LISTS, LAYERS = "kept_penalty.py", "layer_penalty.py"
GROUPS = "grouped_optimiser.py"

Changes = tuple[tuple[str, str], ...]

GRADIENT = " + self.reg * self.weights[l]"
COST = "0.5 * self.reg * sum(np.sum(w**2) for w in self.weights)"
STEP = "w - eta * nw for"
BIAS = "delta.sum(axis=1, keepdims=True) / m"
IN_STEP: Changes = ((GRADIENT, ""), (COST, "0"), (STEP, "(1 - eta * self.reg) * w - eta * nw for"))
OF_N: Changes = (
    ("self.reg = reg", "self.reg, self.n = reg, 100"),
    (GRADIENT, " + self.reg / self.n * self.weights[l]"),
    (COST, f"1 / self.n * {COST}"),
)
GLOBAL: Changes = (("class Net", "LAMBDA = 0.01\n\n\nclass Net"), ("self.reg *", "LAMBDA *"))
CLASS: Changes = (
    ("class Net", "class Config:\n    reg_lambda = 0.01\n\n\nclass Net"),
    ("self.reg *", "Config.reg_lambda *"),
)
CALLED: Changes = (
    ("reg=0.01", "reg_factor=0.01"),
    ("self.reg = reg", "self.reg_factor = reg_factor"),
    ("self.reg *", "self.reg_factor *"),
)
IN_DICTIONARY: Changes = (
    ("self.reg = reg", 'self.settings = {"reg": reg, "name": "net"}'),
    ("self.reg *", 'self.settings["reg"] *'),
)
AROUND: Changes = (
    ("self.reg = reg", "self.decay = lambda w: reg * w"),
    (GRADIENT, " + self.decay(self.weights[l])"),
    ("self.reg * sum(np.sum(w**2)", "sum(np.sum(self.decay(w) * w)"),
)
DECAY = "    def decay(self, w, penalty_weight=0.01):\n        return penalty_weight * w\n\n"
DEFAULT: Changes = (("    def backward", f"{DECAY}    def backward"), *AROUND[1:])
# Gradients are told lambda; a step and a cost that call what has it as a default are not.
PARTLY_TOLD: Changes = (
    ("def backward(self, x, y)", "def backward(self, x, y, lmbda=0.01)"),
    (GRADIENT, " + lmbda * self.weights[l]"),
    ("def cost(self, x, y)", "def cost(self, x, y, lmbda=0.01)"),
    (COST, COST.replace("self.reg", "lmbda")),
)
ARGUMENT: Changes = (
    ("def cost(self, x, y)", "def cost(self, x, y, lmbda)"),
    (COST, COST.replace("self.reg", "lmbda")),
)
# A constructor that hands it on under another name: its default is for the next network.
HANDED_ON: Changes = (("reg=0.01", "lam=0"), ("self.reg = reg", "self.reg = lam"))
DATA_COST: Changes = (
    ("def loss(self, X, y)", "def loss(self, y_pred, y)"),
    ("self.forward(X)\n        return np.mean", "y_pred\n        return np.mean"),
    (" + self.regularization_loss()", ""),
)

# What is written in the place of what; where lambda is kept then, and what has the penalty.
KEPT: tuple[tuple[str, Changes, str, str], ...] = (
    (LISTS, (), "reg", "gradients step cost"),
    (LISTS, ((GRADIENT, GRADIENT + " / m"), (COST, f"{COST} / x.shape[1]")), "reg", "all"),
    (LISTS, IN_STEP, "reg", "step"),
    (LISTS, OF_N, "reg", "all"),
    (LISTS, GLOBAL, "LAMBDA", "all"),
    (LISTS, CLASS, "reg_lambda", "all"),
    (LISTS, CALLED, "reg_factor", "all"),
    (LISTS, IN_DICTIONARY, "reg", "all"),
    (LISTS, AROUND, "reg", "all"),
    (LISTS, DEFAULT, "penalty_weight", "all"),
    (LISTS, PARTLY_TOLD, "lmbda", "all"),
    (LISTS, ARGUMENT, "reg", "all"),
    (LISTS, HANDED_ON, "reg", "all"),
    (GROUPS, (), "weight_decay", "step"),
    (LAYERS, (), "weight_regularizer_l2", "all"),
    (LAYERS, DATA_COST, "weight_regularizer_l2", "gradients step"),
)

FOUND_ALIKE = (CALLED, IN_DICTIONARY, DEFAULT, ARGUMENT, HANDED_ON)
"""Where lambda is found, all that follows is the same as where others keep it."""

# Numbers called as lambda may be that are something else: the network is left as it is.
OTHERS: tuple[Changes, ...] = (
    # The strength of an L1 penalty, in the gradient and in the cost.
    (
        (GRADIENT, " + self.reg * np.sign(self.weights[l])"),
        (COST, "self.reg * sum(np.sum(np.abs(w)) for w in self.weights)"),
    ),
    # A decay that the learning rate is no factor of.
    ((GRADIENT, ""), (COST, "0"), (STEP, "(1 - self.reg) * w - eta * nw for")),
    # A number of training samples that is written into the code.
    ((GRADIENT, " + self.reg / 60000 * self.weights[l]"), (COST, "0")),
    # A factor of the gradient of the data.
    ((GRADIENT, ""), (COST, "0"), (STEP, "w - (1 + self.reg) * eta * nw for")),
    # What is not proportional to the number.
    ((GRADIENT, " + self.reg**2 * self.weights[l]"), (COST, "0")),
    # A part of the data.
    ((GRADIENT, " + self.reg * delta.sum()"), (COST, "0")),
    ((GRADIENT, ""), (COST, "0")),
)

WRONG: tuple[tuple[str, Changes, str], ...] = (
    (LISTS, ((BIAS, f"{BIAS} + self.reg * self.biases[l]"),), "l2-on-biases"),
    (LISTS, ((COST, "0"),), "l2-gradient-only"),
    (LISTS, ((GRADIENT, ""),), "l2-cost-only"),
    (LISTS, ((GRADIENT, GRADIENT.replace("+", "-")),), "l2-wrong-sign"),
    (LISTS, ((GRADIENT, GRADIENT.replace("+", "+ 0.5 *")),), "l2-unscaled"),
    (LISTS, (*OF_N[:1], (GRADIENT, GRADIENT + " / m"), OF_N[2]), "l2-by-batch-size"),
    (LISTS, (*AROUND, (BIAS, f"{BIAS} + self.decay(self.biases[l])")), "l2-on-biases"),
    (LISTS, (*ARGUMENT, (GRADIENT, GRADIENT.replace("+", "-"))), "l2-wrong-sign"),
    (LISTS, (*PARTLY_TOLD, ("0.5 * lmbda", "0 * lmbda")), "l2-gradient-only"),
    (LISTS, (*GLOBAL, (BIAS, f"{BIAS} + LAMBDA * self.biases[l]")), "l2-on-biases"),
    (
        LISTS,
        (*IN_STEP, ("b - eta * nb", "(1 - eta * self.reg) * b - eta * nb")),
        "l2-on-biases",
    ),
    (LAYERS, (("self.dweights +=", "self.dweights -="),), "l2-wrong-sign"),
    (GROUPS, (('"b2": self.b2}', '"b2": self.b2}, "weight_decay": 0.01'),), "l2-on-biases"),
)


def changed(file: str, changes: Changes, folder: Path) -> str:
    source = replaced((NETWORKS / file).read_text(encoding="utf-8"), changes)
    path = folder / file
    path.write_text(source, encoding="utf-8")
    return f"{path}:{'Net' if file == LISTS else 'Network'}"


def kept_in(description: Description) -> list[str]:
    return [shown.value for shown in description.conventions if shown.key == "lambda"]


@pytest.mark.parametrize(("file", "changes", "name", "parts"), KEPT)
def test_lambda_is_found_where_a_network_keeps_it(
    file: str, changes: Changes, name: str, parts: str, tmp_path: Path
) -> None:
    """Otherwise no mistake of the penalty would be seen, and a default would be one."""
    description = recognise(load(parse_locator(changed(file, changes, tmp_path)))).description
    assert kept_in(description) == [f"kept in {name}"]
    penalised = description.capabilities.parts & {"gradients", "step", "cost"}
    penalised -= description.capabilities.without_l2
    assert penalised == set(parts.replace("all", "gradients step cost").split())
    assert description.l2_declared == (changes == OF_N)


@pytest.mark.parametrize("changes", OTHERS)
def test_a_number_that_does_something_else_is_left_alone(changes: Changes, tmp_path: Path) -> None:
    """Otherwise a network would be accused of what it does not do."""
    taken = recognise(load(parse_locator(changed(LISTS, changes, tmp_path))))
    assert kept_in(taken.description) == []
    assert {"gradients", "step", "cost"} == taken.description.capabilities.without_l2


def test_a_global_variable_that_is_tried_is_put_back(tmp_path: Path) -> None:
    changes = (*GLOBAL, ("LAMBDA * self.weights[l]", "LAMBDA * np.sign(self.weights[l])"))
    place = changed(LISTS, (*changes, (COST.replace("self.reg", "LAMBDA"), "0")), tmp_path)
    loaded = load(parse_locator(place))
    assert kept_in(recognise(loaded).description) == []
    assert vars(loaded.module)["LAMBDA"] == 0.01


@pytest.mark.parametrize(("changes", "expected"), [((), 3.0), (DATA_COST, 1.5)])
@pytest.mark.no_cover
def test_lambda_is_put_before_each_question(
    changes: Changes, expected: float, tmp_path: Path
) -> None:
    """Half of it where the penalty has no 1/2, and no cost shows that."""
    taken = recognise(load(parse_locator(changed(LAYERS, changes, tmp_path))))
    network = taken.make((1, 1))
    network.set_parameters([np.ones((1, 1))], [np.zeros((1, 1))])
    x, y = np.zeros((1, 1)), np.full((1, 1), 0.5)
    before, _ = network.get_parameters()
    network.ask("step", Question(x, y, 0.1, 3.0, 1))
    after, _ = network.get_parameters()
    assert before[0] - after[0] == pytest.approx(0.1 * 2.0 * expected)


KEPT_BESIDE = (
    "self.lambda_l1, self.clip, self.dropout, self.momentum = 0.02, 0.05, 0.5, 0.9\n"
    "        self.before = [0.0] * len(sizes)"
)
CLIPPED_AND_CARRIED_ON = """\
        clipped = [np.clip(g, -self.clip, self.clip) for g in nabla_w]
        self.before = [self.momentum * v + g for v, g in zip(self.before, clipped)]
        self.weights = [w - eta * v for w, v in zip(self.weights, self.before)]
"""
BESIDE: Changes = (
    (
        "self.reg = reg",
        f"self.reg = reg\n        {KEPT_BESIDE}",
    ),
    (GRADIENT, f"{GRADIENT} + self.lambda_l1 * np.sign(self.weights[l])"),
    (COST, f"{COST} + self.lambda_l1 * sum(np.sum(np.abs(w)) for w in self.weights)"),
    (
        "a = self.forward(x)\n        delta",
        "a = self.forward(x * (np.random.rand(*x.shape) >= self.dropout))\n        delta",
    ),
    (
        "        self.weights = [w - eta * nw for w, nw in zip(self.weights, nabla_w)]\n",
        CLIPPED_AND_CARRIED_ON,
    ),
)
"""An L1 penalty beside the other one, dropout of inputs, clipped gradients and momentum."""


@pytest.mark.usefixtures("hasty")
@pytest.mark.no_cover
def test_what_a_network_does_beside_plain_descent_is_set_to_nothing(tmp_path: Path) -> None:
    """Otherwise its defaults would be taken for mistakes: it is no part of what is judged."""
    report = check(changed(LISTS, BESIDE, tmp_path), timeout=120.0, training=False)
    assert report.verdict == "conforms", report.sentence
    shown = {convention.key: convention.value for convention in report.conventions}
    assert shown["L1 penalty"] == "kept in lambda_l1, and set to 0: not judged"
    assert shown["momentum"] == "kept in momentum, and set to 0: not judged"
    assert shown["dropout"] == "kept in dropout, and set to 0: not judged"
    assert shown["gradient clipping"] == "kept in clip, and set to inf: not judged"
    assert shown["lambda"] == "kept in reg"


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("file", "changes"),
    [
        pytest.param(file, changes, marks=[] if changes == IN_STEP else pytest.mark.campaign)
        for file, changes, _, _ in KEPT
        if changes not in FOUND_ALIKE
    ],
)
@pytest.mark.no_cover
def test_a_right_penalty_that_a_network_keeps_conforms(
    file: str, changes: Changes, tmp_path: Path
) -> None:
    report = check(changed(file, changes, tmp_path), timeout=120.0, training=False)
    assert report.verdict == "conforms", report.sentence


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    ("file", "changes", "slug"),
    [
        pytest.param(*each, marks=[] if at == 0 else pytest.mark.campaign)
        for at, each in enumerate(WRONG)
    ],
)
def test_a_wrong_penalty_that_a_network_keeps_is_named(
    file: str, changes: Changes, slug: str, tmp_path: Path
) -> None:
    place = changed(file, changes, tmp_path)
    report = check(place, timeout=120.0, examples=0, training=False)
    assert report.diagnosis.bugs == (slug,), report.sentence


def test_a_threshold_of_what_goes_forward_is_left_alone(tmp_path: Path) -> None:
    """Otherwise a sigmoid that is kept from overflowing by it would overflow."""
    z, kept = "-(w @ self.acts[-1] + b)", ("self.reg = reg", "self.reg, self.clip = reg, 50.0")
    clipped = (z, f"np.clip({z}, -self.clip, self.clip)")
    description = recognise(
        load(parse_locator(changed(LISTS, (kept, clipped), tmp_path)))
    ).description
    assert [each.key for each in description.conventions if "set to" in each.value] == []
    assert kept_in(description) == ["kept in reg"]


class Reordered:
    """A network whose weights lambda shrinks, and whose biases it adds up in another order."""

    def __init__(self, number: float) -> None:
        self.number = number
        self.parameters: Pair = ([np.ones((2, 2))], [np.ones((2, 1))])

    def get_parameters(self) -> Pair:
        return self.parameters

    def set_parameters(self, weights: Arrays, biases: Arrays) -> None:
        self.parameters = ([*weights], [*biases])

    def ask(self, part: Part, question: Question) -> None:
        (w,), (b,) = self.parameters
        noise = np.spacing(b) * (np.sign(question.x[0, 0]) if self.number else 0.0)
        self.parameters = ([(1.0 - 0.1 * self.number) * w], [b + 3.0 * noise])


def test_what_differs_in_the_last_digits_alone_is_no_effect_of_lambda() -> None:
    """Rounding depends on the data, as no lambda does: where a loop shuffles, none was found."""
    trial = Trial(Reordered, (2, 2), frozenset(), "float64")
    weights, biases = trial.change("step", 1.0, trial.question("step", shift=1))
    assert weights.any()
    assert not biases.any()
