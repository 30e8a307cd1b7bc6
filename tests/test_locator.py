"""What names a network: a file or a module, and what is in it."""

import hashlib
from pathlib import Path

import pytest

from refnet.errors import ArgumentError
from refnet.subjects.locator import parse_locator


def test_a_file_is_known_by_what_is_in_it_and_a_module_by_its_name(tmp_path: Path) -> None:
    """A report that names the digest of a file tells later whether the file was another one."""
    path = tmp_path / "net.py"
    path.write_text("class Net: ...\n")
    found = parse_locator(f"{path}:Outer.Net")
    assert (found.file, found.name, found.module) == (path.resolve(), "Outer.Net", "")
    assert found.digest == hashlib.sha256(path.read_bytes()).hexdigest()
    module = parse_locator("package.module:Net")
    assert (module.file, module.name, module.module) == (None, "Net", "package.module")
    assert module.digest == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "got ''"),
        (":Net", "got ':Net'"),
        ("net.py:1Net", "check the spelling"),
        ("net.py:", "check the spelling"),
        ("not-a-module", "check the spelling"),
        ("nowhere.py", "no such file"),
        ("a\0b.py", "no such file"),
        ("./", "a folder"),
        ("network.c", "a file that is not Python's"),
    ],
)
def test_a_locator_that_is_none_is_refused_in_one_sentence(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "network.c").write_text("int main(void) { return 0; }\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArgumentError, match=r"^subject: got ") as refused:
        parse_locator(text)
    assert said in str(refused.value)
