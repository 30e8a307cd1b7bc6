"""A training loop of somebody's own, called as it wants to be called.

Lives here: `find_loop`, `takes_pairs` and `run_loop`. It knows signatures, nothing of
layouts or of what is right.

Only a loop that goes through mini-batches for a number of epochs counts, and only one of which
everything that has no default is known by its name.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from refnet.subjects.worker.adapted import Question
from refnet.subjects.worker.calling import method, parameters_of

LOOPS = (
    "SGD",
    "sgd",
    "_sgd",
    "train",
    "fit",
    "train_network",
    "stochastic_gradient_descent",
    "gradient_descent",
    "mini_batch_gradient_descent",
)
"""What people call them, Nielsen's own first."""

BATCH = 10
"""Samples of a mini-batch: the book's choice."""

NEEDED = frozenset({"epochs", "batch_size"})
GIVEN = NEEDED | {"batch", "x", "y", "learning_rate", "l2", "training_size"}
"""The roles that a loop must have, and those that it can be given."""


def find_loop(owner: object) -> str:
    """Return the name of the loop that an object has, empty if it has none."""
    for name in LOOPS:
        function = method(owner, (name,))
        if function is not None and _is_loop(function):
            return name
    return ""


def takes_pairs(loop: Callable[..., Any]) -> bool:
    """Tell whether a loop takes its samples as pairs of x and y."""
    return not {"x", "y"} <= parameters_of(loop).known


def run_loop(
    loop: Callable[..., Any], samples: Mapping[str, Any], question: Question, epochs: int
) -> None:
    """Call a loop with its samples, by role: "batch" for pairs, or else "x" and "y"."""
    arguments: dict[str, Any] = {
        **samples,
        "epochs": epochs,
        "batch_size": BATCH,
        "learning_rate": question.learning_rate,
        "l2": question.l2,
        "training_size": question.training_size,
    }
    chosen: dict[str, str] = {}
    for name, role, _ in parameters_of(loop).roles:
        if role is not None and role in arguments:
            # Test data and training data are both data: the first are trained on.
            chosen.setdefault(role, name)
    given = {name: arguments[role] for role, name in chosen.items()}
    if re.search("num_?iter|steps", chosen.get("epochs", ""), re.IGNORECASE):
        # As many mini-batches, as the course cs231n has it, and not as many times all samples.
        given[chosen["epochs"]] *= math.ceil(question.samples / BATCH)
    loop(**given)


def _is_loop(function: Callable[..., Any]) -> bool:
    parameters = parameters_of(function)
    known, needed = parameters.known, [role for _, role, needed in parameters.roles if needed]
    samples = "batch" in known or {"x", "y"} <= known
    once = len(needed) == len(set(needed))
    return samples and known >= NEEDED and once and all(role in GIVEN for role in needed)
