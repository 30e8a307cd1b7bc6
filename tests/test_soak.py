"""The soak: correct networks raise no alarm, wrong ones do, and nothing that is done gets lost.

The short version of `make soak`. A variant whose package is not installed is skipped, unless
REFNET_REQUIRE_PEERS=1 is set.
"""

import fcntl
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from refnet.arrays import FloatArray
from refnet.choices import HEADS as CHOSEN
from refnet.costs import COSTS
from refnet.errors import ArgumentError, DataError, Deviation
from refnet.law import Exchange, load_laws
from refnet.mechanics import expect
from refnet.problem import Layers, Problem
from refnet.subjects.protocol import Head
from refnet.tolerance import FLOAT32, FLOAT64
from refnet.wire import dumps, problem_to_json
from soak import __main__ as command
from soak.campaign import HEADS, Campaign, Unit, units
from soak.hearing import Hearing, hear
from soak.tally import Alarm, Record, Tally, table
from soak.variants import VARIANTS, is_available, make_variants
from soak.variants.by_loops import LoopCalculus
from soak.variants.by_numpy import (
    NumpyCalculus,
    Product,
    blas,
    from_the_end,
    in_pairs,
    in_wide_sums,
)
from soak.variants.variant import SCHEMES, Calculus, Variant

pytestmark = pytest.mark.no_cover

LAWS = load_laws()
BY_ID = {law.id: law for law in LAWS}

SHORT = (
    Unit(0, Head("leaky_relu", "identity", "quadratic")),
    Unit(5, Head("tanh", "sigmoid", "binary_cross_entropy")),
    Unit(5, Head("relu", "softmax", "categorical_cross_entropy")),
    Unit(2, Head("identity", "identity", "quadratic")),
)
"""Every cost, the exact regime, three sets of layer sizes; a head of scikit-learn for each cost."""

PLAIN = SHORT[3]
NUMPY = "numpy-float64"


@cache
def hearings_of(unit: Unit) -> list[Hearing]:
    return unit.hearings(LAWS)


def heard(variant: Variant, *heard_on: Unit) -> Record:
    return sum((hear(hearings_of(unit), variant) for unit in heard_on), start=Record())


def made(name: str) -> Variant:
    (variant,) = make_variants([name])
    return variant


@pytest.mark.parametrize("name", VARIANTS)
def test_a_correct_network_raises_no_alarm(name: str) -> None:
    if not is_available(name):
        assert "REFNET_REQUIRE_PEERS" not in os.environ, f"{name}: its package is not installed"
        pytest.skip(f"{VARIANTS[name].package} is not installed; make soak installs it")
    variant = made(name)
    record = heard(variant, *(unit for unit in SHORT if variant.heads(unit.head)))
    assert [(alarm.law, alarm.message) for alarm in record.alarms] == []
    assert record.total.problems > 400
    assert record.total.numbers > 3000
    assert record.total.abstained == 0
    # A rounding error here and there must show, or nothing has been compared.
    assert 0.02 < record.total.largest < 1.0


class Off(LoopCalculus):
    """A right calculus whose gradients are all too large by a factor."""

    def __init__(self, factor: float) -> None:
        self._factor = factor

    def gradients(self, problem: Problem) -> Layers:
        right = super().gradients(problem)
        return Layers(
            tuple(self._factor * w for w in right.weights),
            tuple(self._factor * b for b in right.biases),
        )


def test_an_alarm_is_counted_and_can_be_repeated_from_what_was_written() -> None:
    variant = Variant("off", FLOAT64, Off(1.0 + 1e-11))
    record = heard(variant, PLAIN)
    assert record.total.alarms == len(record.alarms) > 0
    assert record.total.largest > 1.0
    assert "gradients" in record.total.where or "step" in record.total.where
    assert {"gradient/check", "step/update"} <= {alarm.law for alarm in record.alarms}
    for alarm in record.alarms:
        read = Alarm.from_json(json.loads(json.dumps(alarm.to_json())))
        assert (read.variant, read.law, read.message) == ("off", alarm.law, alarm.message)
        exchanges = [
            Exchange(problem, variant.answer(problem), expect(problem)) for problem in read.problems
        ]
        with pytest.raises(Deviation) as caught:
            BY_ID[read.law].judge(exchanges)
        assert str(caught.value) == alarm.message


def test_a_number_that_is_none_raises_an_alarm() -> None:
    assert heard(Variant("nan", FLOAT64, Off(np.nan)), PLAIN).total.alarms > 0


def test_float32_would_not_pass_for_float64() -> None:
    """Or the bounds of float64 were so wide that the soak proves nothing."""
    passing = replace(made("numpy-float32"), precision=FLOAT64)
    mislabelled = replace(passing, calculus=NumpyCalculus(FLOAT32, blas))
    assert heard(mislabelled, *SHORT).total.alarms > 0


ORDERS: Sequence[Product] = (blas, from_the_end, in_pairs, in_wide_sums)


def test_the_orders_of_summation_are_right_and_differ() -> None:
    generator = np.random.default_rng(7)
    left, right = generator.normal(size=(5, 23)), generator.normal(size=(23, 4))
    found = [order(left, right) for order in ORDERS]
    for product in found:
        assert np.abs(product - left @ right).max() < 1e-13
    for at, product in enumerate(found[1:], start=1):
        others = [other for place, other in enumerate(found) if place != at]
        assert not any(np.array_equal(product, other) for other in others)


@pytest.mark.parametrize("order", ORDERS)
def test_an_order_of_summation_keeps_float32(order: Product) -> None:
    ones = np.ones((2, 3), np.float32)
    assert order(ones, ones.T).dtype == np.float32


@pytest.mark.parametrize("name", [name for name in VARIANTS if name.endswith("float32")])
def test_a_float32_network_computes_in_float32(name: str) -> None:
    if not is_available(name):
        assert "REFNET_REQUIRE_PEERS" not in os.environ, f"{name}: its package is not installed"
        pytest.skip(f"{VARIANTS[name].package} is not installed")
    unit = SHORT[2]
    (problem,) = [problem for kind, problem in unit.problems() if kind == "moderate"][:1]
    answer = made(name).answer(replace(problem, asks=("outputs", "gradients", "step")))
    right = made("loops-float64").answer(replace(problem, asks=("outputs",)))
    assert answer.outputs is not None
    assert right.outputs is not None
    assert answer.gradients is not None
    assert answer.step is not None
    assert not np.array_equal(answer.outputs, right.outputs)
    for array in (answer.outputs, *answer.gradients.weights, *answer.step.weights):
        assert np.array_equal(array, array.astype(np.float32).astype(np.float64))


def test_asking_a_variant_leaves_the_problem_alone() -> None:
    for name in filter(is_available, VARIANTS):
        for _, problem in PLAIN.problems():
            asked = replace(problem, asks=("outputs", "gradients", "step"))
            before = dumps(problem_to_json(asked))
            made(name).answer(asked)
            assert dumps(problem_to_json(asked)) == before, name


@pytest.mark.parametrize("scheme", SCHEMES)
def test_fresh_weights_follow_the_scheme_that_is_asked_for(scheme: str) -> None:
    law = BY_ID["initialisation/scheme"]
    (problem,) = [drawn for kind, drawn in Unit(0, CHOSEN[0]).problems() if "init" in kind]
    (question,) = law.questions(replace(problem, initializer=scheme, seed=11))
    for name in ("numpy-float64", "torch-float64", "jax-float64"):
        if is_available(name):
            exchange = Exchange(question, made(name).answer(question), expect(question))
            assert exchange.answer.initial is not None
            law.judge([exchange])
            wrong = next(other for other in SCHEMES if other != scheme)
            with pytest.raises(Deviation, match="scheme"):
                law.judge([replace(exchange, problem=replace(question, initializer=wrong))])


def test_a_scheme_that_is_unknown_or_not_declared_is_refused() -> None:
    problem = next(drawn for kind, drawn in PLAIN.problems() if kind == "initialisation")
    for scheme in (None, "orthogonal"):
        with pytest.raises(ArgumentError, match="initializer: got"):
            made(NUMPY).answer(replace(problem, initializer=scheme))


def test_every_pair_of_cost_and_output_stands_behind_every_hidden_activation() -> None:
    pairs = {(head.output, head.cost) for head in HEADS}
    assert pairs == {(out, name) for name, cost in COSTS.items() for out in cost.partners}
    assert len(HEADS) == len(set(HEADS)) == 5 * len(pairs)
    assert set(CHOSEN) <= set(HEADS)
    first = units()
    assert [next(first).head for _ in HEADS] == list(HEADS)
    assert next(first).seed == 1


def campaign(home: Path, name: str = NUMPY) -> Campaign:
    return Campaign(home, make_variants([name]))


def told_nothing(_unit: Unit, _record: Record) -> None: ...


def test_a_campaign_goes_on_where_it_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = campaign(tmp_path).run(1, told_nothing)
    assert [path.name for path in tmp_path.glob("*/*")] == ["0-sigmoid-sigmoid-quadratic.json"], (
        "one unit, and no lock or scratch file"
    )

    def again(*_: object) -> Record:
        raise AssertionError("a unit that was done is worked out again")

    with monkeypatch.context() as patch:
        patch.setattr(Unit, "soak", again)
        told: list[str] = []
        second = campaign(tmp_path).run(1, lambda unit, _: told.append(unit.name))
    assert second.tallies == once.tallies
    assert told == ["0-sigmoid-sigmoid-quadratic"]
    further = campaign(tmp_path).run(once.total.problems + 1, told_nothing)
    assert further.total.problems > once.total.problems
    assert len(list(tmp_path.glob("*/*.json"))) == 2


def test_an_interrupted_unit_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> Record:
        raise KeyboardInterrupt

    monkeypatch.setattr(Unit, "soak", interrupted)
    with pytest.raises(KeyboardInterrupt):
        campaign(tmp_path).run(1, told_nothing)
    assert not list(tmp_path.glob("*/*.json"))


def test_a_unit_that_another_process_is_at_is_left_to_it(tmp_path: Path) -> None:
    mine = campaign(tmp_path)
    mine.folder.mkdir()
    with (mine.folder / "0-sigmoid-sigmoid-quadratic.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        told: list[str] = []
        mine.run(1, lambda unit, _: told.append(unit.name))
    assert told == ["0-tanh-sigmoid-quadratic"]


def test_results_of_other_networks_are_not_added_up(tmp_path: Path) -> None:
    assert campaign(tmp_path).folder == campaign(tmp_path).folder
    assert campaign(tmp_path).folder != campaign(tmp_path, "loops-float64").folder


@pytest.mark.parametrize("text", ["", "{}", '{"tallies": {"x": {"drown": 1}}, "alarms": []}', "[]"])
def test_a_damaged_result_is_named_and_kept(text: str, tmp_path: Path) -> None:
    mine = campaign(tmp_path)
    mine.folder.mkdir()
    damaged = mine.folder / "0-sigmoid-sigmoid-quadratic.json"
    damaged.write_text(text)
    with pytest.raises(DataError, match=r"quadratic\.json: got no result .*; expected .*; remove"):
        mine.run(1, told_nothing)
    assert damaged.read_text() == text


ONE = Tally(1, 20, 3, 0, 400, 5, 0.25, "here")
TWO = Tally(2, 30, 4, 1, 500, 6, 0.5, "there")


def test_tallies_add_up_and_keep_the_largest_error() -> None:
    assert ONE + TWO == TWO + ONE == Tally(3, 50, 7, 1, 900, 11, 0.5, "there")
    both = Record({"a": ONE}) + Record({"a": TWO, "b": ONE})
    assert both.tallies == {"a": ONE + TWO, "b": ONE}
    assert both.total == ONE + TWO + ONE
    assert Record.from_json(json.loads(json.dumps(both.to_json()))).tallies == both.tallies


def test_the_table_has_a_row_for_every_network_and_their_sum() -> None:
    *_, first, second, total = table(Record({"b": TWO, "a": ONE}), ["a", "b"]).splitlines()
    assert first == "| `a` | 1 | 20 | 3 | 0 | 400 | 5 | 0.25 |"
    assert second.startswith("| `b` | 2 | 30 ")
    assert total == "| all | 3 | 50 | 7 | 1 | 900 | 11 | 0.50 |"


Told = Callable[..., tuple[int, str, str]]


@pytest.fixture
def soak(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Told:
    def call(*arguments: object) -> tuple[int, str, str]:
        status = command.main([*map(str, arguments), "--folder", str(tmp_path / "results")])
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    return call


def test_the_command_prints_and_writes_the_table(soak: Told, tmp_path: Path) -> None:
    document = tmp_path / "figures.md"
    document.write_text(f"before\n{command.BEGIN}\nold\n{command.END}\nafter\n")
    status, out, err = soak("--problems", 1, "--variants", NUMPY, "--into", document)
    assert status == 0
    assert f"| `{NUMPY}` |" in out
    assert "NumPy" in out
    assert "largest error / T: 0." in out
    assert "0 alarms" in err
    before, _, rest = document.read_text().partition(f"{command.BEGIN}\n")
    written, _, after = rest.partition(f"\n{command.END}")
    assert (before, after) == ("before\n", "\nafter\n")
    assert out.startswith(written)
    assert "old" not in written
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figures.md", "results"]


def test_the_command_shows_alarms_and_says_so(soak: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(_names: object) -> tuple[Variant, ...]:
        return (replace(made(NUMPY), calculus=Off(2.0)),)

    monkeypatch.setattr(command, "make_variants", wrong)
    status, out, _ = soak("--problems", 1, "--variants", NUMPY)
    assert status == 1
    assert f"ALARM: {NUMPY}: gradient/check: dW of layer" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--problems", "0"), "got '0'; expected a whole number of at least 1"),
        (("--problems", "many"), "got 'many'; expected a whole number of at least 1"),
        (("--variants", "numpy"), "got 'numpy'; expected some of numpy-float64, "),
        (("--variants", NUMPY, "--into", "/nowhere/figures.md"), "which cannot be read"),
        (("--variants", NUMPY, "--into", __file__), "without the lines"),
        (("--fast",), "unrecognized arguments: --fast"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(
    arguments: tuple[str, ...], says: str, soak: Told, tmp_path: Path
) -> None:
    status, out, err = soak(*arguments)
    assert status == 2
    assert out == ""
    assert err.startswith("soak: ")
    assert len(err.splitlines()) == 1
    assert says in err
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_refused(soak: Told, tmp_path: Path) -> None:
    (tmp_path / "results").touch()
    status, _, err = soak("--problems", "1", "--variants", NUMPY)
    assert status == 2
    assert "which cannot be made" in err


def test_a_network_whose_package_is_missing_is_refused(
    soak: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nothing(_name: str) -> bool:
        return False

    monkeypatch.setattr(command, "is_available", nothing)
    status, _, err = soak("--variants", "torch-float64")
    assert status == 2
    assert "package torch is not installed" in err


def test_an_interruption_ends_without_a_traceback(
    soak: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> Record:
        raise KeyboardInterrupt

    monkeypatch.setattr(Unit, "soak", interrupted)
    status, _, err = soak("--problems", "1", "--variants", NUMPY)
    assert status == command.INTERRUPTED
    assert "what is done is kept" in err


def test_loops_and_numpy_agree_to_rounding() -> None:
    """By formulas that have nothing in common but the book."""
    calculi: Sequence[Calculus] = (LoopCalculus(), NumpyCalculus(FLOAT64, blas))
    for _, problem in SHORT[1].problems():
        with np.errstate(over="ignore"):  # exp(-z) in the sigmoid of a textbook, which is right
            first, second = (calculus.outputs(problem) for calculus in calculi)
        difference: FloatArray = np.abs(first - second)
        assert difference.max() < 1e-13


def test_one_thread_is_asked_for_before_a_package_is_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from soak import peers

    seen: dict[str, Any] = {}

    def imported(module: str) -> str:
        seen.update({name: os.environ[name] for name in peers.SINGLE_THREADED}, module=module)
        return module

    for name in peers.SINGLE_THREADED:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(peers, "import_module", imported)
    assert peers.load("torch") == "torch"
    assert seen == {**peers.SINGLE_THREADED, "module": "torch"}
