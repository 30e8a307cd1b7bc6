"""Calling functions that hand numbers to each other: what one returns, the next one takes by name.

Lives here: Environment, and how the names of what a function returns are read off its code. It
knows signatures and names, nothing of networks.

`forward_prop(W1, b1, W2, b2, X)` returns `Z1, A1, Z2, A2`, and `backward_prop` has parameters of
these names. A parameter that is called otherwise is recognised by its role: outputs, a cache,
gradients, or one of those that calling.py knows.
"""

import ast
import inspect
import re
import textwrap
import tokenize
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from refnet.subjects.worker.calling import ROLES
from refnet.subjects.worker.leaves import is_tuple

_MORE_ROLES: Mapping[str, str] = {
    "outputs": (
        "output outputs out o y_hat yhat y_pred pred preds prediction predictions predicted probs "
        "probabilities al a_last y_prediction actual a_out final_output scores logits"
    ),
    "cache": "cache caches memory intermediates forward_cache",
    "gradients": "grads gradients grad_dict derivatives gradient grad nabla",
    "parameters": "parameters params theta weights model network net nn mlp param",
    "output_gradient": (
        "grad_output output_gradient gradient grad dout dz dvalues output_error error loss_grad "
        "loss_gradient upstream upstream_gradient d_out delta dl_da dy dl accumulated_gradient "
        "grad_out d_output output_grad error_gradient dloss"
    ),
    "samples": "m m_train num_examples n_examples num_samples",
    "y": (
        "y_val y_valid y_validation y_dev training_outputs train_outputs expected ground_truth "
        "truth one_hot_y onehot_y true target_output actual_output"
    ),
    "learning_rate": "l_rate learn_rate lrate step",
    "x": "x_val x_valid x_validation x_dev training_inputs train_inputs",
    "row": "row",
    "classes": "num_classes n_classes n_outputs classes k",
}
"""Further roles that a parameter has by its name, in lower case."""

_ROLES_OF: dict[str, list[str]] = {}
for _role, _names in (*ROLES.items(), *_MORE_ROLES.items()):
    for _name in _names.split():
        _ROLES_OF.setdefault(_name, []).append(_role)


_SUFFIX = re.compile(
    r"_?(list|array|batch|vector|vec|matrix|arr|values|dict|one_?hot|ohe?|encoded|enc)$"
)
"""What is said of the form of a value besides its role."""


def roles_of(name: str) -> list[str]:
    """Return the roles that a parameter of this name may have."""
    plain = name.lower().strip("_")
    for each in (name.lower(), plain, _SUFFIX.sub("", plain)):
        if each in _ROLES_OF:
            return _ROLES_OF[each]
    return []


def signature_of(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return the parameters of a function; none where Python does not know them."""
    try:
        found = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return []
    varying = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [parameter for parameter in found if parameter.kind not in varying]


def takes(function: Callable[..., Any], role: str) -> bool:
    """Tell whether a function has a parameter with a role."""
    return any(role in roles_of(parameter.name) for parameter in signature_of(function))


def needed_by(function: Callable[..., Any]) -> list[str]:
    """Name the parameters that have no default."""
    return [p.name for p in signature_of(function) if p.default is inspect.Parameter.empty]


def unknown_in(function: Callable[..., Any]) -> list[str]:
    """Name the needed parameters whose names say nothing of their roles."""
    return [name for name in needed_by(function) if not set(roles_of(name)) - {"sizes"}]


def unknown_parameter(function: Callable[..., Any]) -> str:
    """Return the one needed parameter of no known role; "" where it is not the only one.

    Where the parameters of a network are handed over, and no other is called so, it is them, as
    "parametres" or "layers" are.
    """
    unknown, handed = unknown_in(function), takes(function, "parameters")
    return unknown[0] if len(unknown) == 1 and not handed else ""


def is_foreign(forward: Callable[..., Any]) -> bool:
    """Tell whether a forward pass calls its inputs by no name that is known.

    Then those of the targets are not known either, and inputs and targets are told by their order.
    """
    return len(needed_by(forward)) == 1 == len(unknown_in(forward))


def returned_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """Read off its code what a function calls the values that it returns; empty where unknown."""
    node = _definition(function)
    if node is None:
        return ()
    returns = [inner for inner in _own(node) if isinstance(inner, ast.Return) and inner.value]
    if not returns:
        return ()
    value = returns[-1].value
    items = value.elts if isinstance(value, ast.Tuple) else [cast(ast.expr, value)]
    return tuple(_named(item) for item in items)


def _named(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _definition(function: Callable[..., Any]) -> ast.FunctionDef | None:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError, ValueError, tokenize.TokenError):
        return None
    first = tree.body[0] if tree.body else None
    return first if isinstance(first, ast.FunctionDef) else None


def _own(node: ast.AST) -> Iterator[ast.AST]:
    """Walk through a function, but not through those that it defines."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.FunctionDef | ast.Lambda | ast.ClassDef):
            yield child
            yield from _own(child)


def positionally(function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    """Call a function by position as far as possible: what is wrapped may not know the names."""
    given = dict(arguments)
    first: list[Any] = []
    for parameter in signature_of(function):
        if parameter.name not in given or parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            break
        first.append(given.pop(parameter.name))
    return function(*first, **given)


By = Callable[[Callable[..., Any], dict[str, Any]], Any]
"""How a function is called with arguments by name."""


@dataclass(eq=False)
class Environment:
    """What is at hand for the next call: values by their names, and by their roles.

    `by` is how functions are called where nothing else is said. `data` tells that the parameters
    of the network are handed from function to function, `foreign` that its inputs are called by
    no known name.
    """

    roles: dict[str, Any] = field(default_factory=dict[str, Any])
    names: dict[str, Any] = field(default_factory=dict[str, Any])
    by: By = positionally
    data: bool = False
    foreign: bool = False

    def call(self, function: Callable[..., Any], by: By | None = None) -> Any:
        """Call a function with what its parameters are called, and remember what it returns.

        Raises TypeError where a parameter without a default has no value.
        """
        value = (by or self.by)(function, self._arguments(function))
        self._remember(function, value)
        return value

    def _arguments(self, function: Callable[..., Any]) -> dict[str, Any]:
        found = self._by_elimination(function)
        for parameter in signature_of(function):
            known, value = self._value(parameter.name)
            if known:
                found[parameter.name] = value
            elif parameter.name in found:
                continue
            elif parameter.default is inspect.Parameter.empty:
                raise TypeError(
                    f"nothing is known to stand for the parameter {parameter.name!r} of "
                    f"{getattr(function, '__name__', 'a function')}"
                )
        return found

    def _by_elimination(self, function: Callable[..., Any]) -> dict[str, Any]:
        if self.data:
            name = unknown_parameter(function)
            return {name: self.roles["parameters"]} if name else {}
        unknown = unknown_in(function) if self.foreign else []
        spare = [role for role in ("x", "y") if role in self.roles and not takes(function, role)]
        # One alone is the targets, where there are any: inputs have gone before.
        last = spare[-len(unknown) :] if unknown else []
        return {name: self.roles[role] for name, role in zip(unknown, last, strict=False)}

    def _value(self, name: str) -> tuple[bool, Any]:
        if name in self.names:
            return True, self.names[name]
        for role in roles_of(name):
            if role in self.roles:
                return True, self.roles[role]
        return False, None

    def _remember(self, function: Callable[..., Any], value: Any) -> None:
        names = returned_names(function)
        values: tuple[Any, ...] = (value,)
        if len(names) > 1 and is_tuple(value):
            values = value
        if len(names) == len(values):
            # What is overwritten on its way through, as x in `x = layer(x)`, is still the input.
            passed = {p.name for p in signature_of(function) if "x" in roles_of(p.name)}
            pairs = zip(names, values, strict=True)
            self.names.update({name: each for name, each in pairs if name and name not in passed})
