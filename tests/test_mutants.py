"""Mutation testing: what counts, what is excused, and that nothing passes unnoticed."""

import json
import shlex
import shutil
import subprocess
import sys
import tomllib
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

import mutants
import survivors
from mutants import MutantsError
from survivors import Mutant

ROOT = Path(__file__).resolve().parent.parent

SOURCE = '''"""A module."""

LIMIT = 3


def check(value: int) -> None:
    if value > LIMIT:
        raise ValueError(f"got {value + 0}, more than "
                         f"{LIMIT - 0}")
'''

DIFF = """--- mutation diff ---
--- a/src/refnet/costs.py
+++ b/src/refnet/costs.py
@@ -3,1 +3,1 @@
 LIMIT = 3
-    if value > LIMIT:
+    if value >= LIMIT:
"""

WITHOUT = """--- a/src/refnet/costs.py
+++ b/src/refnet/costs.py
@@ -1,2 +1,1 @@
-
-@dataclass(frozen=True)
 class Cost:
"""


def dumped(line: int, column: int, outcome: str | None, diff: str = DIFF) -> str:
    item = {"mutations": [{"start_pos": [line, column]}]}
    result: Any = None if outcome is None else {"test_outcome": outcome, "diff": diff}
    return json.dumps([item, result])


def read(*lines: str) -> list[Mutant]:
    return list(survivors.mutants_of("costs", SOURCE, lines))


def test_a_mutant_is_known_by_the_line_it_makes() -> None:
    (mutant,) = read(dumped(7, 13, "survived"))
    assert mutant == Mutant("costs", "if value >= LIMIT:", killed=False, of_message=False)
    (without,) = read(dumped(7, 13, "killed", WITHOUT))
    assert without.changed == "without @dataclass(frozen=True)"
    assert without.killed


def test_a_mutant_that_was_not_tried_is_none() -> None:
    assert read(dumped(7, 13, None)) == []


@pytest.mark.parametrize(
    ("line", "column", "of_message"),
    [(3, 8, False), (7, 13, False), (8, 40, True), (9, 34, True)],
)
def test_what_an_f_string_computes_belongs_to_a_message(
    line: int, column: int, of_message: bool
) -> None:
    assert read(dumped(line, column, "survived"))[0].of_message is of_message


KILLED = Mutant("costs", "one", killed=True, of_message=False)
SURVIVED = Mutant("costs", "two", killed=False, of_message=False)
WORDS = Mutant("arrays", "three", killed=False, of_message=True)


def test_messages_count_neither_way() -> None:
    assert survivors.share_killed([KILLED, SURVIVED, WORDS]) == 0.5
    assert survivors.share_killed([WORDS]) == 1.0
    assert survivors.survivors([KILLED, SURVIVED, WORDS]) == {("costs", "two")}


def test_the_table_has_a_row_for_every_module_tried_and_their_sum() -> None:
    *_, arrays, costs, total = survivors.table([WORDS, KILLED, SURVIVED]).splitlines()
    assert arrays == "| `arrays.py` | 0 | 1 | 0 | 0 | 100.0 % |"
    assert costs == "| `costs.py` | 2 | 0 | 1 | 1 | 50.0 % |"
    assert total == "| all | 2 | 1 | 1 | 1 | 50.0 % |"


def test_a_survivor_without_a_reason_and_too_few_killed_are_faults() -> None:
    enough = [KILLED] * 19 + [SURVIVED]
    listed = "Harmless because:\n\n- `costs.py`: `two`\n"
    assert survivors.verdict(enough, listed) == []
    assert survivors.verdict(enough, "- `arrays.py`: `two`\n") == [
        "no test notices, and docs/mutants.md gives no reason: `costs.py`: `two`"
    ]
    assert survivors.verdict([KILLED] * 18 + [SURVIVED], listed) == [
        "killed: got 94.7 %, expected 95 %"
    ]


def test_every_survivor_that_is_excused_can_be_read_from_the_document() -> None:
    document = (ROOT / "docs" / "mutants.md").read_text(encoding="utf-8")
    bullets = [line for line in document.splitlines() if line.startswith("- ")]
    assert len(survivors.listed_survivors(document)) == len(set(bullets)) == len(bullets) > 0
    for module, _ in survivors.listed_survivors(document):
        assert module in mutants.MODULES


def test_all_of_floors_0_to_3_is_tried_by_tests_that_there_are() -> None:
    for module, tests in mutants.MODULES.items():
        assert (ROOT / "src" / "refnet" / f"{module}.py").exists()
        for test in (*tests, *mutants.PROPERTIES):
            assert (ROOT / test).exists(), test


def checkout(folder: Path) -> Path:
    for name in mutants.COPIED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            (folder / name).mkdir()
        else:
            shutil.copy(ROOT / name, folder)
    for name in ("src/refnet/costs.py", *{t for tests in mutants.MODULES.values() for t in tests}):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def test_the_copy_is_whole_again_in_every_run_and_another_after_a_change(tmp_path: Path) -> None:
    root, home = checkout(tmp_path / "checkout"), tmp_path / "build"
    folder = mutants.prepare(root, home)
    copied = folder / "tree" / "src" / "refnet" / "costs.py"
    copied.write_text("a mutant that a killed run left behind")
    (folder / "costs.sqlite").touch()
    assert mutants.prepare(root, home) == folder
    assert copied.read_text() == (root / "src" / "refnet" / "costs.py").read_text()
    assert (folder / "costs.sqlite").exists()
    assert (folder / "tree" / "src" / "refnet" / "properties").resolve() == (
        folder / "tree" / "properties"
    )
    (root / "tests" / "test_costs.py").write_text("other tests")
    assert mutants.prepare(root, home) != folder


def stand_in(folder: Path, script: str) -> Path:
    """Write a program in the place of cosmic-ray, beside a Python of the same folder."""
    program = folder / "cosmic-ray"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return folder / "python"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "tree" / "src" / "refnet").mkdir(parents=True)
    (tmp_path / "tree" / "src" / "refnet" / "costs.py").write_text(SOURCE)
    return tmp_path


def test_a_module_is_begun_once_and_then_gone_on_with(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = dumped(7, 13, "survived").replace("'", "")
    (folder / "line").write_text(line)
    script = f'echo "$1" >> {folder}/calls; [ "$1" = init ] && touch "$3"; cat {folder}/line'
    monkeypatch.setattr(sys, "executable", str(stand_in(folder, script)))
    first = mutants.try_module(folder, "costs")
    assert first == mutants.try_module(folder, "costs") == read(line)
    calls = (folder / "calls").read_text().split()
    assert calls == ["baseline", "init", "exec", "dump", "exec", "dump"]
    written = (folder / "costs.toml").read_text()
    assert 'module-path = "src/refnet/costs.py"' in written
    assert "tests/test_costs.py" in written


def test_tests_that_fail_without_a_mutant_are_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(stand_in(folder, "echo 1 failed; exit 1")))
    with pytest.raises(MutantsError, match=r"(?s)baseline` failed with status 1; .*1 failed"):
        mutants.try_module(folder, "costs")
    assert not (folder / "costs.sqlite").exists()


def test_the_tests_that_have_to_notice_can_be_collected_as_they_are_called(tmp_path: Path) -> None:
    """Without the plugins of other runs: what these register must not be missing."""
    configuration = tomllib.loads(mutants.configure(tmp_path, "costs").read_text())
    command = f"{configuration['cosmic-ray']['test-command']} --collect-only"
    done = subprocess.run(
        shlex.split(command), check=False, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_the_table_goes_between_its_lines(tmp_path: Path) -> None:
    document = tmp_path / "mutants.md"
    document.write_text(f"before\n{mutants.BEGIN}\nold\n{mutants.END}\nafter\n")
    mutants.write_table(document, "new")
    assert document.read_text() == f"before\n{mutants.BEGIN}\nnew\n{mutants.END}\nafter\n"
    document.write_text("nothing")
    with pytest.raises(MutantsError, match="got no lines"):
        mutants.write_table(document, "new")
    assert [path.name for path in tmp_path.iterdir()] == ["mutants.md"]


def test_the_command_ends_as_what_it_found_demands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    found = [KILLED]

    def tried(_folder: Path, _module: str) -> list[Mutant]:
        return found

    def prepared(_root: Path, _home: Path) -> Path:
        return tmp_path

    monkeypatch.setattr(mutants, "try_module", tried)
    monkeypatch.setattr(mutants, "prepare", prepared)
    monkeypatch.setattr(mutants, "locked", nullcontext)
    assert mutants.main(["--modules", "costs"]) == 0
    found.append(SURVIVED)
    assert mutants.main(["--modules", "costs"]) == 1
    assert "no test notices" in capsys.readouterr().out
    assert mutants.main(["--modules", "sgd"]) == 2
    assert "--modules: got 'sgd'; expected some of arrays, " in capsys.readouterr().err


def test_an_interruption_ends_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr(mutants, "locked", interrupted)
    assert mutants.main([]) == 130
    assert "the next call goes on" in capsys.readouterr().err


def test_two_runs_at_once_are_refused(tmp_path: Path) -> None:
    with (
        mutants.locked(tmp_path),
        pytest.raises(MutantsError, match="another run is at work"),
        mutants.locked(tmp_path),
    ):
        pass
    with mutants.locked(tmp_path):
        pass
