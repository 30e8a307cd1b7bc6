"""A trial: every law judged on one subject under one hypothesis of what it is.

Lives here: Hypothesis, Breach, Trial and `try_laws`. It knows laws and the interview, not bugs.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from refnet.conventions import Conventions
from refnet.errors import Deviation
from refnet.interview import LARGE_RATE, UNANSWERED, Interview
from refnet.law import Exchange, Law, Suite
from refnet.problem import Expected, Failure, Part, Problem
from refnet.subjects.protocol import Head
from refnet.verdict import LawResult, Status

Expectation = Callable[[Problem], Expected]
"""The trusted answer to a problem, with its bound."""

Suites = Callable[[Suite, Head], Sequence[Problem]]
"""The problems of a kind for a head."""


@dataclass(frozen=True)
class Hypothesis:
    """What a subject may be: its activations and cost, and its conventions."""

    head: Head
    conventions: Conventions


@dataclass(frozen=True, eq=False)
class Breach:
    """A broken law, the problem from which its questions were made, and what it said."""

    law: Law
    problem: Problem
    exchanges: tuple[Exchange, ...]
    deviation: Deviation

    @property
    def raised(self) -> str:
        """What was raised in the place of an answer, and where, in words; empty if nothing was."""
        for exchange in self.exchanges:
            for part, failure in exchange.answer.failures.items():
                message = ": ".join(filter(None, (failure.kind, failure.message)))
                return _in_words(part, replace(failure, message=message))
        return ""


@dataclass(frozen=True, eq=False)
class Trial:
    """How every law came out; `exchanges` is all that was asked, `breaches` one per broken law."""

    hypothesis: Hypothesis
    results: tuple[LawResult, ...]
    breaches: tuple[Breach, ...]
    exchanges: tuple[Exchange, ...]

    @property
    def silence(self) -> str:
        """Why something that the subject offers was not answered: a hang, a crash, nonsense."""
        said = [_unanswered(exchange) for exchange in self.exchanges]
        return next(filter(None, said), "")

    @cached_property
    def broken(self) -> frozenset[str]:
        """The ids of the broken laws."""
        return frozenset(breach.law.id for breach in self.breaches)


@dataclass(frozen=True, eq=False)
class Court:
    """What every trial of one subject shares: the interview, the suites and the expectation.

    `left_out` says why a question is not asked that could be; empty where it is asked.
    """

    interview: Interview
    suites: Suites
    expectation: Expectation
    left_out: Callable[[Problem], str] = lambda _: ""

    def try_laws(self, laws: Iterable[Law], hypothesis: Hypothesis) -> Trial:
        """Judge the laws in order; one that follows a broken or blocked law is blocked."""
        results: list[LawResult] = []
        breaches: list[Breach] = []
        heard: list[Exchange] = []
        standing: set[str] = set()
        for law in laws:
            stopped = [other for other in law.follows if other in standing]
            if stopped:
                result = _result(law, "blocked", f"follows {stopped[0]}, which is broken")
                standing.add(law.id)
            else:
                result, breach, exchanges = self._try(law, hypothesis)
                heard.extend(exchanges)
                if breach is not None:
                    standing.add(law.id)
                    breaches.append(breach)
            results.append(result)
        return Trial(hypothesis, tuple(results), tuple(breaches), tuple(heard))

    def breach_of(self, law: Law, problem: Problem, hypothesis: Hypothesis) -> Breach | None:
        """Judge one law on one problem: the breach, or None."""
        questions = self._questions(law, problem, hypothesis.conventions)
        if isinstance(questions, str):
            return None
        exchanges = tuple(self.hear(questions, hypothesis))
        if any(_unanswered(exchange) for exchange in exchanges):
            return None
        try:
            law.judge(exchanges)
        except Deviation as deviation:
            return Breach(law, problem, exchanges, deviation)
        return None

    def questions(
        self, law: Law, hypothesis: Hypothesis
    ) -> list[tuple[Problem, tuple[Problem, ...]]] | str:
        """List a law's problems with what is asked about each, or say why nothing can be."""
        refusal = law.otherwise
        found: list[tuple[Problem, tuple[Problem, ...]]] = []
        for problem in self.suites(law.suite, hypothesis.head):
            questions = self._questions(law, problem, hypothesis.conventions)
            if isinstance(questions, str):
                refusal = questions or refusal
            else:
                found.append((problem, questions))
        return found or refusal

    def _questions(
        self, law: Law, problem: Problem, conventions: Conventions
    ) -> tuple[Problem, ...] | str:
        capabilities = self.interview.capabilities
        missing = law.needs - capabilities.parts
        if missing:
            return f"the subject offers no {', '.join(sorted(missing))}"
        if capabilities.without_biases and "bias" in law.id:
            return "the subject has no biases"
        if law.suite == "exact" and conventions.rounds(problem):
            return "the mean over its outputs rounds"
        questions = law.questions(capabilities.fit(problem, law.needs))
        for question in questions:
            refusal = capabilities.refusal(question) or self.left_out(question)
            if refusal:
                return refusal
        return questions or ""

    def _try(
        self, law: Law, hypothesis: Hypothesis
    ) -> tuple[LawResult, Breach | None, list[Exchange]]:
        questions = self.questions(law, hypothesis)
        if isinstance(questions, str):
            return _result(law, "unanswerable", questions), None, []
        everything = [question for _, asked in questions for question in asked]
        self.interview.ask(everything)
        heard: list[Exchange] = []
        first: Breach | None = None
        silence = ""
        for problem, asked in questions:
            exchanges = tuple(self.hear(asked, hypothesis))
            heard.extend(exchanges)
            said = [_unanswered(exchange) for exchange in exchanges]
            silent = next(filter(None, said), "")
            if silent:
                silence = silence or silent
            elif first is None:
                try:
                    law.judge(exchanges)
                except Deviation as deviation:
                    first = Breach(law, problem, exchanges, deviation)
        if first is not None:
            return _result(law, "broken", str(first.deviation)), first, heard
        if silence:
            return _result(law, "unanswerable", silence), None, heard
        return _result(law, "passed"), None, heard

    def hear(self, asked: Sequence[Problem], hypothesis: Hypothesis) -> Iterator[Exchange]:
        """Yield what was asked with what was answered, translated, and what is expected."""
        for problem, said in zip(asked, self.interview.ask(asked), strict=True):
            conventions = hypothesis.conventions
            derived = self.interview.derives(problem)
            if derived:
                conventions = conventions.of_steps
            meant = conventions.meant(problem)
            answer = conventions.translate(problem, self.interview.read(problem, said))
            expected = self.expectation(meant)
            if derived:
                stepped = self.expectation(self.interview.outward(meant))
                expected = self.interview.widened(expected, stepped)
                # Whoever makes a mistake of steps takes this one, at what the rate amounts to.
                meant = replace(meant, learning_rate=LARGE_RATE * conventions.scale(problem))
            yield Exchange(meant, answer, self.interview.without_biases(expected))


def _unanswered(exchange: Exchange) -> str:
    for part, failure in exchange.answer.failures.items():
        if failure.kind in UNANSWERED:
            return _in_words(part, failure)
    return ""


def _in_words(part: Part, failure: Failure) -> str:
    where = f", at {failure.where}" if failure.where else ""
    return f"asked for {_WORDS.get(part, f'its {part}')}: {failure.message}{where}"


_WORDS: dict[Part, str] = {
    "step": "a step",
    "correct": "the number of correct predictions",
    "initial": "its initial parameters",
}


def _result(law: Law, status: Status, reason: str = "") -> LawResult:
    return LawResult(law.id, law.title, law.equation, status, reason)
