"""Adapters: every example of the documentation is judged, and what is malformed is said."""

import importlib.util
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from refnet.cli import main
from refnet.conformance import check
from refnet.subjects.locator import parse_locator
from refnet.subjects.worker.loading import load
from refnet.subjects.worker.recognition import recognise
from refnet.verdict import Report

ROOT = Path(__file__).resolve().parent.parent
NETWORKS = ROOT / "tests" / "networks"
EXAMPLES = dict(
    re.findall(
        r"```python\n# (\w+)_adapter\.py\n(.*?)```",
        (ROOT / "docs" / "adapters.md").read_text(encoding="utf-8"),
        re.DOTALL,
    )
)
PACKAGES = {"torch_module": "torch", "sklearn_models": "sklearn", "jax_functions": "jax"}


def test_there_is_an_example_for_every_style() -> None:
    assert len(EXAMPLES) == 10


@pytest.mark.campaign
@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_of_the_documentation_conforms(name: str, tmp_path: Path) -> None:
    package = PACKAGES.get(name, "")
    if package and importlib.util.find_spec(package) is None:
        assert "REFNET_REQUIRE_PEERS" not in os.environ, f"{package} is not installed"
        pytest.skip(f"{package} is not installed")
    shutil.copy(NETWORKS / f"{name}.py", tmp_path)
    path = tmp_path / f"{name}_adapter.py"
    path.write_text(EXAMPLES[name], encoding="utf-8")
    report = check(f"{path}:Adapter", timeout=120.0, training=False)
    assert report.verdict == "conforms", report.sentence


RIGHT = EXAMPLES["attributes"].replace("from attributes import NeuralNetwork", "")


def judged(tmp_path: Path, old: str, new: str, name: str = "attributes") -> str:
    shutil.copy(NETWORKS / f"{name}.py", tmp_path)
    path = tmp_path / "adapter.py"
    assert old in EXAMPLES[name]
    path.write_text(EXAMPLES[name].replace(old, new), encoding="utf-8")
    report = check(f"{path}:Adapter", timeout=60.0, training=False)
    return f"{report.verdict}: {report.sentence} {'; '.join(law.reason for law in report.laws)}"


def test_an_adapter_without_gradients_and_step_is_told_what_is_missing(tmp_path: Path) -> None:
    told = judged(tmp_path, "def step(", "def stride(")
    assert told.startswith("not judged")
    assert "the adapter Adapter without gradients or step" in told


def test_a_head_that_is_declared_in_part_is_refused(tmp_path: Path) -> None:
    told = judged(tmp_path, "    depth = 2", "    depth = 2\n    hidden = 'relu'")
    assert told.startswith("not judged")
    assert "declare all or none" in told


@pytest.mark.parametrize(
    ("rate", "known"), [("0.1", 0.1), ("1", 1.0), ("None", None), ("0", None), ("1e999", None)]
)
def test_the_learning_rate_of_an_adapter_is_any_number_above_0(
    rate: str, known: float | None, tmp_path: Path
) -> None:
    """Otherwise what is declared would be ignored, or end the conversation."""
    shutil.copy(NETWORKS / "attributes.py", tmp_path)
    path = tmp_path / "adapter.py"
    old = "    depth = 2"
    assert old in EXAMPLES["attributes"]
    path.write_text(
        EXAMPLES["attributes"].replace(old, f"{old}\n    learning_rate = {rate}"), encoding="utf-8"
    )
    found = recognise(load(parse_locator(f"{path}:Adapter")))
    assert found.description.learning_rate == known


def summed(tmp_path: Path, conventions: str, **options: Any) -> Report:
    """Judge an adapter whose gradients are sums, with these conventions declared in it."""
    shutil.copy(NETWORKS / "mnist_from_scratch.py", tmp_path)
    old, new = "code.m = y.size  # a global variable of this code", "code.m = 1"
    source = EXAMPLES["mnist_from_scratch"]
    assert old in source
    source = source.replace(old, new)
    path = tmp_path / "adapter.py"
    declared = f'    conventions = {conventions}\n    labels = "integers"\n'
    path.write_text(source.replace('    labels = "integers"\n', declared), encoding="utf-8")
    return check(f"{path}:Adapter", timeout=120.0, **options)


@pytest.mark.campaign
def test_what_an_adapter_declares_counts_as_declared_on_the_command_line(tmp_path: Path) -> None:
    """Otherwise a declared mean would be excused by an inferred sum."""
    assert summed(tmp_path, "{}").verdict == "conforms"
    assert summed(tmp_path, '{"gradients": "sum", "factor": 1.0}').verdict == "conforms"
    wrong = summed(tmp_path, '{"gradients": "mean"}')
    assert wrong.verdict == "wrong"
    assert wrong.diagnosis.bugs == ("batch-average-missing",), wrong.sentence
    shown = {made.key: made.origin for made in wrong.conventions}
    assert shown["gradients over the batch"] == "declared"
    beaten = summed(tmp_path, '{"gradients": "mean"}', declare={"gradients": "sum"})
    assert beaten.verdict == "conforms"


@pytest.mark.parametrize(
    ("conventions", "told"),
    [
        ('{"gradient": "sum"}', "adapter: conventions: got 'gradient'; expected one of hidden,"),
        ('{"gradients": "add"}', "adapter: conventions: gradients: got 'add'"),
        ('["gradients"]', "with conventions of type list; expected a dictionary"),
    ],
)
def test_conventions_of_an_adapter_that_are_none_are_refused(
    conventions: str, told: str, tmp_path: Path
) -> None:
    report = summed(tmp_path, conventions)
    assert report.verdict == "not judged"
    assert told in report.sentence


@pytest.mark.campaign
def test_labels_that_are_declared_are_those_that_an_adapter_is_handed(tmp_path: Path) -> None:
    report = summed(tmp_path, "{}", declare={"labels": "one-hot"})
    assert report.verdict != "conforms", "one_hot() of this code takes integers alone"
    assert summed(tmp_path, "{}", declare={"labels": "integers"}).verdict == "conforms"


@pytest.mark.campaign
def test_a_wrong_network_behind_an_adapter_is_named(tmp_path: Path) -> None:
    told = judged(
        tmp_path,
        "db1, dW2, db2 = found",
        "db1, dW2, db2 = found; db2 = db2 * 0",
        "mnist_from_scratch",
    )
    assert told.startswith("wrong")


def test_the_stub_says_what_was_found_and_is_never_written_over_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(NETWORKS / "attributes.py", tmp_path)
    path = str(tmp_path / "attributes.py")
    assert main(["adapter", path]) == 0
    stub = tmp_path / "attributes_adapter.py"
    text = stub.read_text()
    compile(text, "stub", "exec")
    for expected in ("from attributes import NeuralNetwork", "W1, b1, W2, b2", "forward(x)"):
        assert expected in text
    stub.write_text("mine")
    capsys.readouterr()
    assert main(["adapter", path]) == 2
    assert "nothing was overwritten" in capsys.readouterr().err
    assert stub.read_text() == "mine"
    assert main(["adapter", path, "--output", "-"]) == 0
    assert capsys.readouterr().out == text


UNFILLED = "raise NotImplementedError"


def test_a_stub_that_is_filled_in_as_it_says_is_judged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Otherwise the first thing that a learner is told to run would not run."""
    shutil.copy(NETWORKS / "attributes.py", tmp_path)
    assert main(["adapter", str(tmp_path / "attributes.py")]) == 0
    assert "attributes_adapter.py:Adapter" in capsys.readouterr().out
    stub = tmp_path / "attributes_adapter.py"
    text = stub.read_text()
    filled = (
        ("    # depth = 2  #", "    depth = 2  #"),
        ("NeuralNetwork(input_size, hidden_size, output_size)  # from", "NeuralNetwork(*sizes)  #"),
        (
            f'{UNFILLED}("put copies of the lists weights and biases into the network")',
            (
                "n = self.network; n.W1, n.W2 = (w.T.copy() for w in weights); "
                "n.b1, n.b2 = (b.T.copy() for b in biases)"
            ),
        ),
        (
            f'{UNFILLED}("return the lists of weights and of biases as they are")',
            "n = self.network; return [n.W1.T, n.W2.T], [n.b1.T, n.b2.T]",
        ),
        ("return self.network.forward(x)", "return self.network.forward(x.T).T"),
        (
            (
                "    def gradients(self, x, y):\n"
                f'        {UNFILLED}("return the lists of dW and db, each a mean over the '
                'samples")\n\n'
            ),
            "",
        ),
        (
            f'{UNFILLED}("take one step of gradient descent")',
            "self.network.lr = learning_rate; self.network.train(x.T, y.T, 1)",
        ),
    )
    for old, new in filled:
        assert old in text
        text = text.replace(old, new)
    stub.write_text(text)
    report = check(f"{stub}:Adapter", timeout=120.0)
    assert report.verdict == "conforms", report.sentence


def test_a_stub_for_lists_of_weights_and_biases_is_nearly_complete(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["adapter", str(ROOT / "examples" / "right_network.py"), "--output", "-"]) == 0
    text = capsys.readouterr().out
    assert "return self.network.weights, self.network.biases" in text
    assert "return self.network.feedforward(x)" in text
    assert "Network(sizes)" in text


@pytest.mark.parametrize("name", sorted(path.name for path in NETWORKS.glob("*.py")))
def test_a_stub_is_always_python(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["adapter", str(NETWORKS / name), "--output", "-"]) == 0
    compile(capsys.readouterr().out, name, "exec")


def test_a_file_that_is_no_module_name_and_one_without_anything_have_a_stub(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "my-net 2.py"
    path.write_text("x = 1\n")
    assert main(["adapter", str(path), "--output", "-"]) == 0
    text = capsys.readouterr().out
    compile(text, "stub", "exec")
    assert "No class and no function was found" in text
    assert 'import_module("my-net 2")' in text


@pytest.mark.parametrize(
    ("content", "told"),
    [(None, "cannot be read"), ("def (:\n", "expected Python 3"), ("\0", "expected Python 3")],
)
def test_bad_input_gets_one_clear_error(
    content: str | None, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "net.py"
    if content is not None:
        path.write_text(content)
    assert main(["adapter", str(path)]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert len(error.splitlines()) == 1
    assert not (tmp_path / "net_adapter.py").exists()


def test_a_place_that_cannot_be_written_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(NETWORKS / "attributes.py")
    assert main(["adapter", path, "--output", str(tmp_path / "none" / "a.py")]) == 2
    assert "cannot be written" in capsys.readouterr().err
