"""Calling somebody's function by what its parameters are called.

Lives here: Role, and how arguments find their parameters. It knows signatures, nothing of networks.

A parameter is recognised by its name, whatever the order; one whose name says nothing takes the
next argument that is still left, in the order in which the caller lists them.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

ROLES: Mapping[str, str] = {
    "sizes": "sizes layers layer_sizes layer_dims dims shape architecture",
    "batch": (
        "mini_batch minibatch batch data training_data train_data test_data validation_data "
        "samples examples dataset"
    ),
    "x": (
        "x a x_batch batch_x inputs input input_data features images image x_train train_x x_test "
        "test_x xs activation activations"
    ),
    "y": (
        "y t y_batch batch_y targets target labels label expected y_true y_train train_y y_test "
        "test_y ys desired expected_output"
    ),
    "learning_rate": "eta lr learning_rate alpha step_size rate learningrate",
    "l2": "lmbda lambda_ lam lambd reg l2 lmda weight_decay reg_lambda",
    "training_size": "n training_size n_train train_size total n_total num_train",
    "epochs": "epochs n_epochs num_epochs epoch iterations n_iter n_iters max_iter "
    "num_iterations n_iterations training_iterations num_iters",
    "batch_size": "mini_batch_size batch_size minibatch_size batchsize",
}
"""What parameters are called, in lower case, by the role they have."""

_ROLE_OF = {name: role for role, names in ROLES.items() for name in names.split()}


@dataclass(frozen=True)
class Parameters:
    """What a function takes: roles by parameter name, in order; None where a name says nothing."""

    roles: tuple[tuple[str, str | None, bool], ...]

    @property
    def known(self) -> frozenset[str]:
        """The roles that were recognised."""
        return frozenset(role for _, role, _ in self.roles if role is not None)

    @property
    def required(self) -> int:
        """How many parameters have no default."""
        return sum(needed for _, _, needed in self.roles)


def parameters_of(function: Callable[..., Any]) -> Parameters:
    """Read a signature; none at all where Python does not know it."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return Parameters(())
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    found = [
        (name, _ROLE_OF.get(name.lower()), parameter.default is inspect.Parameter.empty)
        for name, parameter in signature.parameters.items()
        if parameter.kind in (*positional, inspect.Parameter.KEYWORD_ONLY)
    ]
    return Parameters(tuple(found))


def takes_targets_alone(function: Callable[..., Any]) -> bool:
    """Tell whether a method takes y and no x: then it follows a forward call."""
    parameters = parameters_of(function)
    return parameters.required == 1 and "x" not in parameters.known


def call(function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
    """Call a function with the arguments, by role, that it has parameters for.

    Raises TypeError where a parameter without a default has no argument.
    """
    parameters = parameters_of(function)
    if not parameters.roles:
        return function(*arguments.values())
    named = {name: role for name, role, _ in parameters.roles if role and role in arguments}
    spare = [role for role in arguments if role not in named.values()]
    given: dict[str, Any] = {}
    for name, role, needed in parameters.roles:
        if name in named:
            given[name] = arguments[named[name]]
        elif role is None and needed and spare:
            given[name] = arguments[spare.pop(0)]
    return _bound(function, given)


def _bound(function: Callable[..., Any], given: Mapping[str, Any]) -> Any:
    signature = inspect.signature(function)
    bound = signature.bind_partial()
    bound.arguments.update({name: given[name] for name in signature.parameters if name in given})
    return function(*bound.args, **bound.kwargs)


def method(owner: object, names: tuple[str, ...]) -> Callable[..., Any] | None:
    """Return the first of these methods that an object has."""
    for name in names:
        found = getattr(owner, name, None)
        if callable(found) and not isinstance(found, type):
            return cast("Callable[..., Any]", found)
    return None


def first_method(owner: object, names: Sequence[str], without: str = "") -> str:
    """Name the first of these methods that an object has; "" if it has none.

    `without` is a role of which one that needs it is passed over: a backprop that needs a learning
    rate takes a step.
    """
    for name in names:
        found = method(owner, (name,))
        needed = [role for _, role, needed in parameters_of(found).roles if needed] if found else []
        if found and without not in needed:
            return name
    return ""
