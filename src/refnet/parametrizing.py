"""The laws as tests in somebody else's test suite: what a decorator for pytest is made of.

Lives here: `law_tests`. It knows verdicts, and pytest once it is called; not how anything is
judged.

The function that is decorated becomes one test per law, named by the law's id. The network is
judged once, when the first of them runs. Each fails where its law is broken, and is skipped where
it is blocked or cannot be asked. What the decorated function does comes after that.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import cache, wraps
from importlib import import_module
from typing import Any

from refnet.errors import ArgumentError
from refnet.verdict import LawResult, Report

LAW = "law"
"""The argument by which the decorated function gets the LawResult, if it has it."""

Decorator = Callable[[Callable[..., object]], Callable[..., object]]


def law_tests(
    judge: Callable[[], Report], laws: Sequence[str], expected: Mapping[str, str]
) -> Decorator:
    """Return a decorator that makes one test per law of a function.

    `laws` are ids; `expected` those that must be broken, with the reason: such a test is an
    expected failure, and fails if the law is not broken. Raises ArgumentError without pytest.
    """
    try:
        pytest: Any = import_module("pytest")
    except ImportError as error:
        raise ArgumentError(
            f"parametrize: got {error}; expected pytest; install it where the tests run"
        ) from error
    report = cache(judge)

    def decorate(function: Callable[..., object]) -> Callable[..., object]:
        wanted = LAW in inspect.signature(function).parameters

        @wraps(function)
        def test(*arguments: Any, **named: Any) -> None:
            result = _settled(pytest, report(), str(named.pop(LAW)), expected)
            function(*arguments, **named, **({LAW: result} if wanted else {}))

        test.__signature__ = _with_law(function)  # type: ignore[attr-defined]  # inspect reads it
        marked: Callable[..., object] = pytest.mark.parametrize(LAW, list(laws))(test)
        return marked

    return decorate


def _with_law(function: Callable[..., object]) -> inspect.Signature:
    """Return a function's signature with the argument that pytest fills in."""
    signature = inspect.signature(function)
    if LAW in signature.parameters:
        return signature
    law = inspect.Parameter(LAW, inspect.Parameter.KEYWORD_ONLY)
    return signature.replace(parameters=[*signature.parameters.values(), law])


def _settled(pytest: Any, report: Report, name: str, expected: Mapping[str, str]) -> LawResult:
    """Return the result of a law that holds; end the test for any other."""
    results = {law.id: law for law in report.laws}
    if name not in results:
        pytest.fail(report.sentence, pytrace=False)
    result = results[name]
    if name in expected:
        _refuse_unless_broken(pytest, result, expected[name])
    if result.status == "broken":
        pytest.fail(_told(report, result), pytrace=False)
    if result.status != "passed" and report.verdict == "not judged":
        pytest.fail(report.sentence, pytrace=False)
    if result.status != "passed":
        pytest.skip(result.reason)
    return result


def _refuse_unless_broken(pytest: Any, result: LawResult, reason: str) -> None:
    if result.status != "broken":
        pytest.fail(
            f"{result.id} was expected to be broken ({reason}), and is not: it {_outcome(result)}; "
            "take the expectation back",
            pytrace=False,
        )
    pytest.xfail(reason)  # goes on with --runxfail alone: then the law's own failure is shown


def _outcome(result: LawResult) -> str:
    return "holds" if result.status == "passed" else f"is {result.status}: {result.reason}"


def _told(report: Report, result: LawResult) -> str:
    return (
        f"{result.id} is broken: {result.title}\n{result.reason}\n\n{report.sentence}\n"
        f"Again: {report.repeat}"
    )
