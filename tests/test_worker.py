"""What runs beside a subject, tried in this process: loading, recognising, asking, serving."""

import io
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refnet.arrays import matrix
from refnet.choices import HEADS
from refnet.errors import SubjectError
from refnet.problem import PARTS, Answer, Part, Problem
from refnet.reference import network_of
from refnet.sgd import step
from refnet.subjects.locator import parse_locator
from refnet.subjects.worker.loading import load
from refnet.subjects.worker.recognition import recognise
from refnet.subjects.worker.respondent import Respondent
from refnet.subjects.worker.serving import serve
from refnet.suite import suite
from refnet.wire import problem_to_json
from written import EXAMPLES, IN_BACKPROP, RIGHT, before_backprop, changed, replaced, written

PROBLEM = replace(suite("moderate", HEADS[0], 0)[1], l2=0.0)
"""Sizes 2-4-3, four samples, sigmoid and the quadratic cost: the head of the right example."""


@pytest.fixture(autouse=True)
def restore() -> Iterator[None]:
    """Undo what loading a subject does to this process."""
    path, arguments, modules = list(sys.path), list(sys.argv), set(sys.modules)
    yield
    sys.path[:], sys.argv[:] = path, arguments
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def respondent(locator: str, without: tuple[str, ...] = ()) -> Respondent:
    place = parse_locator(locator)
    home = None if place.file is None else place.file.parent
    return Respondent(recognise(load(place), without), home)


def parts(locator: str) -> frozenset[Part]:
    return recognise(load(parse_locator(locator))).description.capabilities.parts


def samples_of(locator: str) -> str:
    made = recognise(load(parse_locator(locator))).description.conventions
    return next(convention.value for convention in made if convention.key == "samples")


def first_sample(problem: Problem, *asks: Part) -> Problem:
    return replace(problem, x=matrix(problem.x[:, :1]), y=matrix(problem.y[:, :1]), asks=asks)


def holds(locator: str, *asked: Part) -> Answer:
    """Ask a right network, and hold its answers to the reference's."""
    network = network_of(PROBLEM)
    single = asked == ("gradients",)
    problem = first_sample(PROBLEM, *asked) if single else replace(PROBLEM, asks=asked)
    answer = respondent(locator).answer(problem)
    assert not answer.failures, answer.failures
    assert answer.changed == ()
    if answer.outputs is not None:
        right = network.feedforward(PROBLEM.x).outputs
        np.testing.assert_allclose(answer.outputs, right, rtol=1e-12, atol=1e-14)
    if answer.gradients is not None:
        found = network.backprop(problem.x, problem.y)
        for got, dw in zip(answer.gradients.weights, found.weights, strict=True):
            np.testing.assert_allclose(got, dw, rtol=1e-12, atol=1e-14)
        for got, db in zip(answer.gradients.biases, found.biases, strict=True):
            np.testing.assert_allclose(got, db, rtol=1e-12, atol=1e-14)
    if answer.step is not None:
        stepped = step(network, PROBLEM.x, PROBLEM.y, PROBLEM.learning_rate).parameters
        for got, w in zip(answer.step.weights, stepped.weights, strict=True):
            np.testing.assert_allclose(got, w, rtol=1e-12, atol=1e-14)
        for got, b in zip(answer.step.biases, stepped.biases, strict=True):
            np.testing.assert_allclose(got, b, rtol=1e-12, atol=1e-14)
    return answer


def test_the_right_example_answers_as_the_reference_does() -> None:
    locator = f"{EXAMPLES}/right_network.py:Network"
    holds(locator, "outputs", "step")
    holds(locator, "gradients")
    assert parts(locator) == {"outputs", "gradients", "step", "correct", "initial"}


COLUMN_BIASES = ("np.random.randn(n, 1)", "np.random.randn(n)")
LAYOUTS: dict[str, list[tuple[str, str]]] = {
    "single vector": [
        COLUMN_BIASES,
        ("delta @ activations[layer].T", "np.outer(delta, activations[layer])"),
    ],
    "weights in-out": [
        ("np.random.randn(n, m)", "np.random.randn(m, n)"),
        ("w @ ", "w.T @ "),
        ("self.weights[layer + 1].T @ delta", "self.weights[layer + 1] @ delta"),
        ("delta @ activations[layer].T", "activations[layer] @ delta.T"),
    ],
    "weights first": [
        ("return nabla_b, nabla_w", "return nabla_w, nabla_b"),
        ("delta_b, delta_w = self", "delta_w, delta_b = self"),
    ],
    "last layer first": [
        ("return nabla_b, nabla_w", "return nabla_b[::-1], nabla_w[::-1]"),
        ("in zip(nabla_w, delta_w)", "in zip(nabla_w, delta_w[::-1])"),
        ("in zip(nabla_b, delta_b)", "in zip(nabla_b, delta_b[::-1])"),
    ],
    "sizes one by one": [("def __init__(self, sizes)", "def __init__(self, *sizes)")],
    "an empty first entry": [
        ("self.weights = [np", "self.weights = [None] + [np"),
        ("self.biases = [np", "self.biases = [None] + [np"),
        ("in zip(self.weights, self.biases)", "in zip(self.weights[1:], self.biases[1:])"),
        ("for w in self.weights]", "for w in self.weights[1:]]"),
        ("for b in self.biases]", "for b in self.biases[1:]]"),
        ("len(self.weights)", "len(self.weights[1:])"),
        ("[None] * len(self.biases)", "[None] * len(self.biases[1:])"),
        ("self.weights[layer + 1]", "self.weights[layer + 2]"),
        ("self.weights = [w - ", "self.weights = [None] + [w - "),
        ("self.biases = [b - ", "self.biases = [None] + [b - "),
        ("in zip(self.weights, nabla_w)", "in zip(self.weights[1:], nabla_w)"),
        ("in zip(self.biases, nabla_b)", "in zip(self.biases[1:], nabla_b)"),
    ],
    "tuples": [
        (
            "self.weights = [np.random.randn(n, m) / np.sqrt(m) for m, n in zip(sizes, sizes[1:])]",
            "self.weights = tuple(np.random.randn(n, m) for m, n in zip(sizes, sizes[1:]))",
        ),
    ],
    "private names": [("self.weights", "self._weights"), ("self.biases", "self._biases")],
    "the rate as an attribute": [
        ("def __init__(self, sizes):", "def __init__(self, sizes):\n        self.eta = 0.5"),
        ("def update_mini_batch(self, mini_batch, eta)", "def update_mini_batch(self, mini_batch)"),
        ("rate = eta / len", "rate = self.eta / len"),
        ("mini_batch(data[k : k + batch_size], eta)", "mini_batch(data[k : k + batch_size])"),
    ],
    "parameters in another order": [
        ("def backprop(self, x, y)", "def backprop(self, target, inputs)"),
        ("self.backprop(x, y)", "self.backprop(y, x)"),
        (IN_BACKPROP, f"        x, y = inputs, target\n{IN_BACKPROP}"),
    ],
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_makes_no_difference(layout: str, tmp_path: Path) -> None:
    """Each is a choice: otherwise a right network is called wrong for it, or not understood."""
    locator = changed(tmp_path, *LAYOUTS[layout])
    holds(locator, "outputs", "step")
    holds(locator, "gradients")


BATCH = """
import numpy as np

class Network:
    def __init__(self, sizes):
        self.weights = [np.random.randn({shape}) for m, n in zip(sizes, sizes[1:])]
        self.biases = [np.random.randn({bias}) for n in sizes[1:]]

    def forward(self, x):
        self.a = [x]
        for w, b in zip(self.weights, self.biases):
            self.a.append(1 / (1 + np.exp(-({z} + b))))
        return self.a[-1]

    def gradients(self, x, y):
        a = self.forward(x)
        delta = (a - y) * a * (1 - a)
        dw, db = [], []
        for layer in reversed(range(len(self.weights))):
            dw.insert(0, {dw} / len(x{count}))
            db.insert(0, delta.mean({mean}))
            below = self.a[layer]
            delta = {back} * below * (1 - below)
        return dw, db

    def train_step(self, x, y, lr):
        dw, db = self.gradients(x, y)
        for i in range(len(dw)):
            self.weights[i] = self.weights[i] - lr * dw[i]
            self.biases[i] = self.biases[i] - lr * db[i]
"""
COLUMNS = {
    "shape": "n, m", "bias": "n, 1", "z": "w @ self.a[-1]", "dw": "delta @ self.a[layer].T",
    "count": ".T", "mean": "axis=1, keepdims=True", "back": "self.weights[layer].T @ delta",
}  # fmt: skip
ROWS = {
    "shape": "m, n", "bias": "1, n", "z": "self.a[-1] @ w", "dw": "self.a[layer].T @ delta",
    "count": "", "mean": "axis=0, keepdims=True", "back": "delta @ self.weights[layer].T",
}  # fmt: skip


@pytest.mark.parametrize(("form", "said"), [(COLUMNS, "columns"), (ROWS, "rows")])
def test_batches_come_as_columns_or_as_rows(
    form: dict[str, str], said: str, tmp_path: Path
) -> None:
    locator = written(tmp_path, BATCH.format(**form))
    assert samples_of(locator) == f"batches of {said}"
    holds(locator, "outputs", "gradients", "step")


def test_the_write_ups_own_form_is_understood() -> None:
    """_backprop(y) after a forward call, adding up in nabla_w and nabla_b."""
    source = (EXAMPLES / "reversed_product.py").read_text(encoding="utf-8")
    mended = source.replace(
        "np.dot(self.weights[i + 1], delta)", "np.dot(self.weights[i + 1].T, delta)"
    )
    path = EXAMPLES / "reversed_product.py"
    assert mended != source
    taken = recognise(load(parse_locator(f"{path}:NeuralNetwork"))).description
    assert taken.capabilities.one_sample == {"gradients"}
    assert "gradients" in taken.capabilities.parts


def test_the_write_ups_own_form_answers_rightly(tmp_path: Path) -> None:
    source = (EXAMPLES / "reversed_product.py").read_text(encoding="utf-8")
    mended = source.replace(
        "np.dot(self.weights[i + 1], delta)", "np.dot(self.weights[i + 1].T, delta)"
    )
    locator = written(tmp_path, mended.replace("NeuralNetwork", "Network"))
    holds(locator, "outputs", "step")
    holds(locator, "gradients")


def test_float32_is_noticed_and_kept(tmp_path: Path) -> None:
    locator = changed(
        tmp_path,
        ("np.random.randn(n, m) / np.sqrt(m)", "np.random.randn(n, m).astype(np.float32)"),
        ("np.random.randn(n, 1)", "np.random.randn(n, 1).astype(np.float32)"),
    )
    assert recognise(load(parse_locator(locator))).description.precision == "float32"


def test_hard_wired_sizes_are_a_capability(tmp_path: Path) -> None:
    locator = changed(tmp_path, ("(self, sizes):", "(self):\n        sizes = [5, 4, 2]"))
    able = recognise(load(parse_locator(locator))).description.capabilities
    assert (able.sizes, able.depth) == ((5, 4, 2), 2)
    assert "initial" in able.parts, "each is made anew"


def test_an_instance_is_judged_as_it_is(tmp_path: Path) -> None:
    source = f"{RIGHT}\nnet = Network([5, 4, 2])\n"
    locator = written(tmp_path, source).replace(":Network", ":net")
    assert recognise(load(parse_locator(locator))).description.capabilities.sizes == (5, 4, 2)


@pytest.mark.parametrize(
    ("counting", "labels"),
    [
        ("== y) for x, y in test_data) / len(test_data)", "integers"),
        ("== y) for x, y in test_data) * 100 / len(test_data)", "integers"),
        ("== np.argmax(y)) for x, y in test_data)", "one-hot"),
    ],
)
def test_counts_shares_and_one_hot_labels_come_to_the_same(
    counting: str, labels: str, tmp_path: Path
) -> None:
    locator = changed(tmp_path, ("== y) for x, y in test_data)", counting))
    outputs = network_of(PROBLEM).feedforward(PROBLEM.x).outputs
    y = np.eye(3)[:, outputs.argmax(axis=0)]
    y[:, 0] = np.roll(y[:, 0], 1)
    answer = respondent(locator).answer(replace(PROBLEM, y=matrix(y), asks=("correct",)))
    assert answer.correct == PROBLEM.samples - 1
    made = recognise(load(parse_locator(locator))).description.conventions
    assert {"labels of test data": labels}.items() <= {c.key: c.value for c in made}.items()


def test_costs_and_predictions_are_taken_where_they_are_offered(tmp_path: Path) -> None:
    more = (
        "    def cost(self, x, y):\n        return 0.5 * np.sum((self.feedforward(x) - y) ** 2)\n\n"
        "    def predict(self, x):\n        return np.argmax(self.feedforward(x))\n\n"
        "    def evaluate(self"
    )
    locator = changed(tmp_path, ("    def evaluate(self", more))
    answer = respondent(locator).answer(replace(PROBLEM, asks=("cost", "predictions")))
    network = network_of(PROBLEM)
    assert answer.cost == pytest.approx(network.cost_of(PROBLEM.x, PROBLEM.y), rel=1e-12)
    assert answer.predictions is not None
    outputs = network.feedforward(PROBLEM.x).outputs
    np.testing.assert_array_equal(answer.predictions, outputs.argmax(axis=0))


def test_initial_parameters_repeat_with_the_seed() -> None:
    asked = replace(PROBLEM, asks=("initial",), seed=2**40 + 7)
    one, two = (
        respondent(f"{EXAMPLES}/right_network.py:Network").answer(problem).initial
        for problem in (asked, asked)
    )
    other = (
        respondent(f"{EXAMPLES}/right_network.py:Network").answer(replace(asked, seed=8)).initial
    )
    assert one is not None
    assert two is not None
    assert other is not None
    assert np.array_equal(one.weights[0], two.weights[0])
    assert not np.array_equal(one.weights[0], other.weights[0])


def test_what_a_call_changes_is_noted(tmp_path: Path) -> None:
    single = first_sample(PROBLEM, "gradients")
    for number, (statement, said) in enumerate(
        [("x *= 2", "x"), ("y += 1", "y"), ("self.weights[0][0, 0] = 9", "parameters")]
    ):
        locator = changed(tmp_path, before_backprop(statement), name=f"network{number}")
        assert respondent(locator).answer(single).changed == (said,)


def test_what_is_raised_becomes_a_failure_with_its_line(tmp_path: Path) -> None:
    locator = changed(tmp_path, before_backprop("raise SystemExit('enough')"))
    single = first_sample(PROBLEM, "outputs", "gradients")
    answer = respondent(locator).answer(single)
    failure = answer.failures["gradients"]
    assert (failure.kind, failure.message) == ("SystemExit", "enough")
    assert failure.where == "network.py, line 44, in backprop"
    assert answer.outputs is not None


@pytest.mark.parametrize("returned", ["['many']", "3", "[[[1, 2], [3]]], [4]", "None, None"])
@pytest.mark.no_cover
def test_nonsense_is_a_failure_and_not_a_crash(returned: str, tmp_path: Path) -> None:
    locator = changed(tmp_path, ("return nabla_b, nabla_w", f"return {returned}"))
    single = first_sample(PROBLEM, "gradients")
    answer = respondent(locator).answer(single)
    assert "gradients" in answer.failures


def test_a_network_that_cannot_be_made_for_a_question_fails_it(tmp_path: Path) -> None:
    locator = changed(tmp_path, ("(self, sizes):", "(self, sizes):\n        assert len(sizes) < 4"))
    deep = replace(suite("moderate", HEADS[0], 0)[3], asks=("outputs",))
    four = next(p for p in suite("moderate", HEADS[0], 0) if len(p.sizes) == 4)
    taken = respondent(locator)
    assert not taken.answer(deep).failures
    assert (
        taken.answer(replace(four, asks=("outputs",))).failures["outputs"].kind == "AssertionError"
    )


def test_a_part_that_is_not_to_be_tried_is_left_alone(tmp_path: Path) -> None:
    locator = changed(tmp_path, before_backprop("raise SystemExit"))
    able = recognise(load(parse_locator(locator)), ("gradients", "correct")).description
    assert able.capabilities.parts == {"outputs", "step", "initial"}


def test_the_only_network_of_a_file_need_not_be_named(tmp_path: Path) -> None:
    path = written(tmp_path, f"{RIGHT}\nclass Helper:\n    pass\n").removesuffix(":Network")
    assert "step" in parts(path)
    two = written(tmp_path, f"{RIGHT}\nclass Other(Network):\n    pass\n", name="two")
    with pytest.raises(SubjectError, match="several networks, Network, Other"):
        parts(two.removesuffix(":Network"))
    none = written(tmp_path, "x = 1\n", name="none")
    with pytest.raises(SubjectError, match="without a network in it"):
        parts(none.removesuffix(":Network"))


def test_a_module_is_imported_by_its_dotted_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "learner"
    package.mkdir()
    (package / "__init__.py").touch()
    written(
        package, "from .maths import np\n" + RIGHT.replace("import numpy as np", ""), name="net"
    )
    (package / "maths.py").write_text("import numpy as np\n")
    monkeypatch.chdir(tmp_path)
    assert "step" in parts("learner.net:Network")
    assert "step" in parts(f"{package}/net.py:Network"), "a file of a package finds its package"
    with pytest.raises(SubjectError, match=r"importing learner\.other raised ModuleNotFoundError"):
        parts("learner.other:Network")


DENSE = "import numpy as np\n\n\ndef sigmoid(z):\n    return 1 / (1 + np.exp(-z))\n"


@pytest.mark.parametrize("where", [".layers", "parts.layers", "layers"])
def test_a_file_finds_what_lies_beside_it_however_it_names_it(where: str, tmp_path: Path) -> None:
    """As with `python -m parts.net`, no __init__.py is needed for a folder to be a package."""
    folder = tmp_path / "parts"
    folder.mkdir()
    (folder / "layers.py").write_text(DENSE)
    own = RIGHT[RIGHT.index("def sigmoid(z)") : RIGHT.index("def sigmoid_prime")]
    source = replaced(RIGHT, [(own, f"from {where} import sigmoid\n\n\n")])
    holds(written(folder, source), "outputs", "step")


def test_a_package_that_raises_is_named_with_the_line(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text("\nimport no_such_package\n")
    with pytest.raises(SubjectError, match=r"__init__\.py, line 2: importing .* No module named"):
        parts(written(tmp_path, RIGHT))


def test_what_a_missing_import_leaves_undefined_is_no_mistake_of_the_network(
    tmp_path: Path,
) -> None:
    """Otherwise a file on a machine that lacks a package would be called wrong."""
    locator = changed(
        tmp_path,
        ("import numpy as np\n", "import numpy as np\nfrom no_such_package import clip\n"),
        before_backprop("x = clip(x)"),
    )
    place = parse_locator(locator)
    loaded = load(place)
    asked = Respondent(recognise(loaded), tmp_path, notes=loaded.notes)
    answer = asked.answer(first_sample(PROBLEM, "outputs", "gradients"))
    failure = answer.failures["gradients"]
    assert failure.kind == "Crash"
    assert "name 'clip' is not defined; network.py, line 6: importing it raised" in failure.message
    assert failure.where == "network.py, line 45, in backprop"


def test_a_name_that_cannot_be_looked_up_is_told_with_the_line(tmp_path: Path) -> None:
    source = "def __getattr__(name):\n    raise SystemExit(f'no {name}')\n"
    told = r"network\.py, line 2, in __getattr__: looking for Network raised SystemExit: no Network"
    with pytest.raises(SubjectError, match=told):
        load(parse_locator(written(tmp_path, source)))


def test_a_message_of_any_kind_fits_a_sentence(tmp_path: Path) -> None:
    """Otherwise a network that raises megabytes, or nonsense, takes the report with it."""
    raising = {
        "raise ValueError('many lines\\n' * 10**4)": "many lines many lines",
        "raise ValueError('\\x1b[31mred\\ud800')": "?[31mred?",
        "raise type('Odd', (Exception,), {'__str__': lambda self: 1 / 0})()": "",
    }
    for number, (statement, said) in enumerate(raising.items()):
        locator = changed(tmp_path, before_backprop(statement), name=f"network{number}")
        failure = respondent(locator).answer(first_sample(PROBLEM, "gradients")).failures
        message = failure["gradients"].message
        assert message.startswith(said)
        assert len(message) < 1000
        assert message.isprintable()
        source = f"{RIGHT}\n{statement}\n"
        (note,) = load(parse_locator(written(tmp_path, source, name=f"import{number}"))).notes
        assert len(note) < 1000
        assert note.isprintable()


def test_the_line_of_a_text_that_cannot_be_read_is_that_of_the_file(tmp_path: Path) -> None:
    tabs = replaced(RIGHT, [(IN_BACKPROP, f"\t{IN_BACKPROP.strip()}\n")])
    with pytest.raises(SubjectError, match=r"^network\.py, line 44: reading .* TabError"):
        load(parse_locator(written(tmp_path, tabs)))
    with pytest.raises(SubjectError, match=r"^reading null\.py raised .*null bytes"):
        load(parse_locator(written(tmp_path, f"{RIGHT}\0", name="null")))
    (note,) = load(parse_locator(written(tmp_path, f"{RIGHT}\neval('1 +')\n", name="part"))).notes
    assert note.startswith("part.py, line 61: importing it raised SyntaxError")


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        ("None", "got None; expected numbers; check that the function returns something"),
        ("a + 1j", "got complex numbers; expected real ones"),
        ("np.zeros((2200, 2000))", "got an array of shape (2200, 2000); expected at most"),
    ],
)
def test_what_is_no_answer_is_told_by_what_it_is(returned: str, said: str, tmp_path: Path) -> None:
    """Not by the number that NumPy makes of it, nor by a time-out."""
    source = replaced(RIGHT, [("        return a\n", f"        return {returned}\n")])
    locator = written(tmp_path, source)
    failures = respondent(locator).answer(first_sample(PROBLEM, "outputs")).failures
    assert said in failures["outputs"].message


def test_a_file_may_bear_the_name_of_a_module(tmp_path: Path) -> None:
    assert "step" in parts(written(tmp_path, RIGHT, name="json"))
    assert json.dumps(3) == "3"


def test_only_definitions_are_run_from_a_line_on(tmp_path: Path) -> None:
    source = f"{RIGHT}\nmarker = 1\nraise OSError\ndef late():\n    return 1\n"
    place = parse_locator(written(tmp_path, source))
    loaded = load(place, definitions_from=61, hung_in="network.py, line 61: no answer")
    assert loaded.notes == ["network.py, line 61: no answer when the file was imported; left out."]
    assert hasattr(loaded.module, "late")
    assert not hasattr(loaded.module, "marker")


def spoken(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    answers = io.StringIO()
    serve(io.StringIO("".join(f"{json.dumps(message)}\n" for message in messages)), answers)
    lines = [json.loads(line) for line in answers.getvalue().splitlines()]
    return [line for line in lines if set(line) != {"doing"}]


def test_the_worker_says_what_a_subject_is_and_answers_by_number() -> None:
    file = str(EXAMPLES / "right_network.py")
    hello = {"text": "right", "name": "Network", "file": file, "without": ["correct"]}
    problem = problem_to_json(replace(PROBLEM, asks=("outputs",)))
    said, answered = spoken({"hello": hello}, {"id": 7, "problem": problem})
    assert "correct" not in said["capabilities"]["parts"]
    assert answered["id"] == 7
    assert np.shape(answered["answer"]["outputs"]) == (3, 4)


def test_the_worker_says_why_a_subject_cannot_be_taken_in() -> None:
    file = str(EXAMPLES / "right_network.py")
    (said,) = spoken({"hello": {"text": "right", "name": "Missing", "file": file}})
    assert "got no 'Missing' in right_network" in said["error"]


@pytest.mark.parametrize("raised", ["SystemExit(3)", "KeyboardInterrupt"])
def test_the_worker_says_where_a_constructor_would_have_ended_it(
    raised: str, tmp_path: Path
) -> None:
    """Otherwise a process would have ended for a reason that nobody can see."""
    make = "    def __init__(self, sizes):\n"
    changed(tmp_path, (make, f"{make}        raise {raised}\n"))
    file = str(tmp_path / "network.py")
    (said,) = spoken({"hello": {"text": "ending", "name": "Network", "file": file}})
    line = RIGHT[: RIGHT.index(make)].count("\n") + 2
    assert raised.partition("(")[0] in said["error"]
    assert f"network.py, line {line}, in __init__" in said["error"]


def test_every_part_that_can_be_asked_is_one_of_the_parts() -> None:
    assert parts(f"{EXAMPLES}/right_network.py:Network") <= set(PARTS)
