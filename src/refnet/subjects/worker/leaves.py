"""One array of somebody's network, in whatever form it is kept.

Lives here: reading, filling and differentiating NumPy arrays, nested lists, scalars with .data and
.grad, and the tensors of PyTorch and JAX. It knows forms, nothing of networks; and it imports no
framework: whoever keeps tensors has imported theirs.
"""

import sys
from collections.abc import Mapping
from numbers import Real
from typing import Any, cast

import numpy as np

from refnet.subjects.worker.adapted import Array, numbers


# Not isinstance itself: narrowed by that, what is Any becomes a list of unknown items, to one of
# the two type checkers.
def is_row(value: object) -> bool:
    """Tell whether this is a list or a tuple."""
    return isinstance(value, list | tuple)


def is_mapping(value: object) -> bool:
    """Tell whether this is a dictionary."""
    return isinstance(value, Mapping)


def is_tuple(value: object) -> bool:
    """Tell whether this is a tuple."""
    return isinstance(value, tuple)


def is_list(value: object) -> bool:
    """Tell whether this is a list."""
    return isinstance(value, list)


def is_container(value: object) -> bool:
    """Tell whether this is a dictionary, a list or a tuple: parameters, and no functions."""
    return is_mapping(value) or is_row(value)


def callable_only(value: object) -> bool:
    """Tell a function from an object that can also be called."""
    return type(value).__name__ in ("function", "method", "builtin_function_or_method", "module")


def is_array(value: object) -> bool:
    """Tell whether this is an array of NumPy."""
    return isinstance(value, np.ndarray)


def is_node(value: object) -> bool:
    """Tell whether this is a scalar that differentiates itself: a number .data and a .grad."""
    return isinstance(getattr(value, "data", None), Real) and hasattr(value, "grad")


_GRADIENTS = ("grad", "gradient", "grads")
_DATA = ("data", "value", "val", "array", "tensor", "values")


def box_of(value: object) -> tuple[str, str] | None:
    """Name where a parameter object keeps its array and its gradient; None for what is none.

    It has a gradient, and one array or number beside it; of several, that is called as data are.
    """
    held = _attributes(value)
    grad = next((name for name in _GRADIENTS if name in held), "")
    if not grad or callable(held[grad]):
        return None
    arrays = [name for name in held if name != grad and _is_plain(held[name])]
    known = [name for name in _DATA if name in arrays]
    return ((known or arrays)[0], grad) if known or len(arrays) == 1 else None


def _attributes(value: object) -> dict[str, Any]:
    if isinstance(value, type) or callable_only(value):
        return {}
    slots = getattr(type(value), "__slots__", ())
    named = [slots] if isinstance(slots, str) else list(slots)
    found = {name: getattr(value, name) for name in named if hasattr(value, name)}
    return {**found, **getattr(value, "__dict__", {})}


def _is_plain(value: object) -> bool:
    return is_tensor(value) or (is_row(value) and shape_of(value) is not None)


def is_number(value: object) -> bool:
    """Tell whether this is a number of Python or NumPy, and no truth value."""
    return not isinstance(value, bool) and isinstance(value, Real)


def is_tensor(value: object) -> bool:
    """Tell whether this is an array of NumPy or of a framework, of numbers."""
    if is_array(value):
        return cast(Any, value).dtype.kind in "fiu"
    # A type and a module, too, may have a .shape: what their values have, or a function.
    tensor = isinstance(getattr(value, "shape", None), tuple) and hasattr(value, "dtype")
    return tensor and not isinstance(value, np.generic)


def shape_of(value: Any) -> tuple[int, ...] | None:
    """Return the shape of what holds numbers; None for what is no array of numbers."""
    if is_tensor(value):
        return tuple(value.shape)
    if is_node(value) or is_number(value):
        return ()
    box = box_of(value)
    if box is not None:
        return shape_of(getattr(value, box[0]))
    if not is_row(value) or len(value) == 0:
        return None
    items: list[Any] = list(value)
    shapes = {shape_of(item) for item in items}
    inner = shapes.pop()
    return None if shapes or inner is None else (len(items), *inner)


def read(value: Any) -> Array:
    """Return a float64 copy of what an array of any form holds."""
    if is_node(value):
        return np.array(value.data, dtype=np.float64)
    if is_row(value):
        items = [read(item) for item in value]
        return np.array(items, dtype=np.float64)
    box = None if is_tensor(value) else box_of(value)
    return numbers(value) if box is None else read(getattr(value, box[0]))


def gradient(value: Any) -> Array | None:
    """Return what an array that differentiates itself has in .grad; None for any other."""
    if is_node(value):
        return read(value.grad)
    if is_row(value):
        found = [gradient(item) for item in value]
        return None if not found or any(each is None for each in found) else np.array(found)
    box = None if is_tensor(value) else box_of(value)
    grad = getattr(value, "grad" if box is None else box[1], None)
    return None if grad is None or callable(grad) else read(grad)


def filled(old: Any, array: Array) -> Any:
    """Return an array of the same form with these numbers: the old one, filled, where possible.

    What else refers to it, an optimiser or a list of all parameters, then sees the same numbers.
    """
    if is_node(old):
        old.data, old.grad = float(array), type(old.grad)(0)
        return old
    if is_array(old):
        return _filled_array(old, array)
    if hasattr(old, "new_tensor"):  # PyTorch
        old.data, old.grad = old.data.new_tensor(array.tolist()).reshape(array.shape), None
        return old
    if is_tensor(old):  # JAX, whose arrays cannot be changed
        return sys.modules["jax.numpy"].asarray(array, dtype=old.dtype)
    if is_row(old):
        return _filled_list(old, array)
    box = box_of(old)
    return float(array) if box is None else _filled_box(old, box, array)


def _filled_box(old: Any, box: tuple[str, str], array: Array) -> Any:
    data, grad = box
    setattr(old, data, filled(getattr(old, data), array))
    if getattr(old, grad) is not None:
        setattr(old, grad, filled(getattr(old, grad), np.zeros(array.shape)))
    return old


def _filled_array(old: "np.ndarray[Any, Any]", array: Array) -> "np.ndarray[Any, Any]":
    if old.dtype.kind == "f" and old.shape == array.shape and old.flags.writeable:
        old[...] = array
        return old
    # Integers were meant as numbers; views of read-only arrays as arrays.
    return array.astype(old.dtype if old.dtype.kind == "f" else np.float64, copy=True)


def _filled_list(old: Any, array: Array) -> Any:
    if shape_of(old) == array.shape:
        new = [filled(item, part) for item, part in zip(old, array, strict=True)]
    else:
        new = array.tolist()
    if type(old) is tuple:
        return tuple(new)
    old[:] = new
    return old


def precision_of(value: Any) -> str:
    """Name the format that an array keeps its numbers in."""
    box = None if is_tensor(value) else box_of(value)
    value = value if box is None else getattr(value, box[0])
    return str(getattr(value, "dtype", "float64")).rpartition(".")[2]


def given(array: Array, like: Any) -> Any:
    """Return an array in the form of another, as somebody's functions take theirs.

    Labels stay integers. What is handed over to a framework is a copy in the format of its
    parameters; to NumPy it is the array itself, so that a change is seen.
    """
    if is_row(like) or is_node(like):
        return array.tolist()
    if not is_tensor(like) and box_of(like) is not None:
        # What computes with such objects takes samples as such; others take arrays.
        return type(like)(array) if hasattr(like, "__matmul__") else array
    if hasattr(like, "new_tensor"):
        if array.dtype.kind == "i":
            return like.new_tensor(array.tolist(), dtype=sys.modules["torch"].long)
        return like.detach().new_tensor(array.tolist()).reshape(array.shape)
    if is_array(like) or not is_tensor(like):
        return array
    kind = None if array.dtype.kind == "i" else like.dtype
    return sys.modules["jax.numpy"].asarray(array, dtype=kind)
