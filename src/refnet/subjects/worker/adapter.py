"""Adapters: classes that somebody has written around a network, to be asked in the book's layout.

Lives here: `is_adapter` and `recognise_adapter`. It knows the methods that an adapter may have
(docs/adapters.md), nothing of the network within.
"""

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from refnet.errors import Interruption, SubjectError
from refnet.problem import Part
from refnet.subjects.protocol import Capabilities, Description, Head
from refnet.subjects.telling import told
from refnet.subjects.worker.adapted import Adapted, Arrays, Pair, Question, Taken, numbers
from refnet.subjects.worker.binding import signature_of, takes
from refnet.subjects.worker.calling import call
from refnet.subjects.worker.leaves import is_mapping, is_row
from refnet.subjects.worker.online import ONLINE, is_online
from refnet.subjects.worker.own_rate import possible_rate

METHODS: Mapping[Part, tuple[str, ...]] = {
    "outputs": ("forward", "outputs", "feedforward"),
    "gradients": ("gradients",),
    "step": ("step",),
    "cost": ("cost",),
    "predictions": ("predict",),
    "correct": ("count_correct", "evaluate"),
    "initial": ("initialise", "initialize"),
}
"""The methods of an adapter by the part of an answer that they give."""

_HEAD = ("hidden", "output", "cost")


def is_adapter(found: object) -> bool:
    """Tell whether this is an adapter: parameters in, and parameters out."""
    return all(
        callable(getattr(found, name, None)) for name in ("set_parameters", "get_parameters")
    )


def recognise_adapter(
    found: object, without: Sequence[str] = (), doing: Callable[[str], None] = lambda _part: None
) -> Taken:
    """Take in an adapter, a class or an instance. Raises SubjectError that says what is missing.

    Parts in `without` are not tried out; `doing` hears which one is.
    """
    make, takes_sizes = _making(found)
    kind = found if isinstance(found, type) else type(found)
    methods: dict[Part, str] = {
        part: name for part, names in METHODS.items() if (name := _first(kind, names))
    }
    if "outputs" not in methods or not {"gradients", "step"} & set(methods):
        lacking = "forward" if "outputs" not in methods else "gradients or step"
        raise SubjectError(
            f"got the adapter {kind.__name__} without {lacking}; expected set_parameters, "
            "get_parameters, forward, and gradients or step; add what is missing"
        )
    fixed = None if takes_sizes else _fixed_sizes(make)
    conventions = _declared(kind)

    def taken(labels: str) -> Taken:
        integers = labels == "integers"
        described = _described(kind, methods, fixed, integers, conventions)

        def network(sizes: Sequence[int]) -> AdapterNetwork:
            return AdapterNetwork(make(sizes), methods, integers)

        if "step" in methods and "step" not in without:
            doing("step")
            described = _one_by_one(described, network)
            doing("")
        return Taken(described, network, taken)

    return taken(conventions.get("labels", getattr(kind, "labels", "")))


def _first(kind: type, names: Sequence[str]) -> str:
    return next((name for name in names if callable(getattr(kind, name, None))), "")


def _making(found: object) -> tuple[Callable[[Sequence[int]], Any], bool]:
    if not isinstance(found, type):
        return (lambda _sizes: copy.deepcopy(found)), False
    if any(p.default is p.empty for p in signature_of(found)):
        return (lambda sizes: found(list(sizes))), True
    return (lambda _sizes: found()), False


def _fixed_sizes(make: Callable[[Sequence[int]], Any]) -> tuple[int, ...]:
    """Read the sizes of the only network there is. Raises SubjectError."""
    try:
        network = make(())
        weights = [numbers(w) for w in network.get_parameters()[0]]
        sizes = (weights[0].shape[1], *(w.shape[0] for w in weights))
    except Interruption:
        raise
    except BaseException as error:
        raise SubjectError(
            f"the adapter raised {told(error)}; expected get_parameters to "
            "return the weights, (fan-out, fan-in), and the biases of a new network; or take the "
            "layer sizes in the constructor"
        ) from error
    return sizes


def _declared(kind: type) -> dict[str, str]:
    """Read the conventions that are declared. Raises SubjectError for what is no dictionary."""
    found: object = getattr(kind, "conventions", {})
    if not is_mapping(found):
        raise SubjectError(
            f"got the adapter {kind.__name__} with conventions of type {type(found).__name__}; "
            'expected a dictionary, as {"gradients": "sum"}'
        )
    return {str(key): _plain(value) for key, value in cast("Mapping[str, Any]", found).items()}


def _plain(value: object) -> str:
    """Write a value as it is declared on the command line: 1, not 1.0."""
    return f"{value:g}" if isinstance(value, float | int) else str(value)


def _described(
    kind: type,
    methods: Mapping[Part, str],
    fixed: tuple[int, ...] | None,
    integers: bool,
    conventions: Mapping[str, str],
) -> Description:
    def lacking(role: str, parts: Sequence[Part]) -> frozenset[Part]:
        return frozenset(
            part
            for part in parts
            if part in methods and not takes(getattr(kind, methods[part]), role)
        )

    learnt: tuple[Part, ...] = ("gradients", "step", "cost")
    single = bool(getattr(kind, "one_sample", False))
    single_precision = getattr(kind, "precision", "") == "float32"
    declares_n: list[Part] = [part for part in learnt[:2] if part in methods]
    depth = getattr(kind, "depth", None)
    return Description(
        style="adapter",
        capabilities=Capabilities(
            parts=frozenset(methods),
            heads=_heads(kind),
            one_sample=frozenset(learnt[:2]) if single else frozenset(),
            without_l2=lacking("l2", learnt),
            labelled=frozenset(learnt) if integers else frozenset(),
            without_biases=getattr(kind, "biases", True) is False,
            sizes=fixed,
            depth=len(fixed) - 1 if fixed else depth,
        ),
        precision="float32" if single_precision else "float64",
        l2_declared=any(
            takes(getattr(kind, methods[part]), "training_size") for part in declares_n
        ),
        declared=conventions,
        learning_rate=possible_rate(getattr(kind, "learning_rate", None)),
    )


def _one_by_one(described: Description, make: Callable[[Sequence[int]], Adapted]) -> Description:
    """Say that a step is taken for every sample of a batch, where it is."""
    able = described.capabilities
    sizes = able.sizes or tuple(range(2, 3 + (able.depth or 2)))
    if "step" in able.one_sample or not is_online(make, sizes, described.precision):
        return described
    return replace(
        described,
        capabilities=replace(able, one_sample=able.one_sample | {"step"}),
        conventions=(*described.conventions, ONLINE),
    )


def _heads(kind: type) -> tuple[Head, ...]:
    """Read the head that is declared. Raises SubjectError for a part of one."""
    values = [getattr(kind, name, None) for name in _HEAD]
    values[2] = getattr(kind, "cost_name", None) or values[2]
    found = [value for value in values if isinstance(value, str)]
    if not found:
        return ()
    if len(found) < len(_HEAD):
        raise SubjectError(
            f"got the adapter {kind.__name__} with {' and '.join(found)} alone; expected hidden, "
            "output and cost (cost_name, where cost is a method), as text; declare all or none"
        )
    return (Head(found[0], found[1], found[2]),)


@dataclass(eq=False)
class AdapterNetwork:
    """One network within an adapter."""

    adapter: Any
    methods: Mapping[Part, str]
    integers: bool

    def set_parameters(self, weights: Arrays, biases: Arrays) -> None:
        """Hand over copies of the parameters."""
        self._begun = True  # what has been given parameters must not draw its own any more
        self.adapter.set_parameters(list(weights), list(biases))

    def get_parameters(self) -> Pair:
        """Return copies of the parameters as they are."""
        if "initial" in self.methods and not hasattr(self, "_begun"):
            self._begun = True
            getattr(self.adapter, self.methods["initial"])()
        return self._pair("get_parameters", self.adapter.get_parameters())

    def ask(self, part: Part, question: Question) -> Any:
        """Return what the adapter says of this part."""
        self._begun = True
        targets: Any = question.y
        if self.integers:
            targets = question.y.argmax(axis=0)
        arguments = {
            "x": question.x,
            "y": targets,
            "learning_rate": question.learning_rate,
            "l2": question.l2,
            "training_size": question.training_size,
        }
        said = call(getattr(self.adapter, self.methods[part]), arguments)
        return self._pair(self.methods[part], said) if part == "gradients" else said

    def _pair(self, name: str, said: Any) -> Pair:
        try:
            weights, biases = ([numbers(array) for array in arrays] for arrays in said)
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"{name} returned {_shown(said)}; expected a pair of lists, weights and biases"
            ) from error
        return weights, biases


def _shown(said: object) -> str:
    count = f" of {len(cast('Sequence[Any]', said))}" if is_row(said) else ""
    return f"{type(said).__name__}{count}"
