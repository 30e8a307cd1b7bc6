"""Networks that differentiate themselves: scalars or arrays with a .data, a .grad and a backward().

Lives here: `differentiated`. It knows how such numbers are added and multiplied, no network.
"""

from collections.abc import Callable
from typing import Any

from refnet.subjects.worker.leaves import box_of, is_row, is_tensor, read


def differentiated(outputs: Any, y: Any, value: Callable[[Any, Any], Any] | None) -> Any:
    """Let outputs be differentiated: by the network's own cost, or by half the squared error.

    The latter is what belongs to outputs without a cost; what is judged is then the network.
    """
    if value is not None:
        cost = value(outputs, y)
    elif not is_tensor(outputs) and box_of(outputs) is not None:
        difference = outputs + type(outputs)(-read(y))
        cost = (difference * difference * 0.5).sum()
    else:
        nodes: list[Any] = list(outputs) if is_row(outputs) else [outputs]
        targets: list[float] = read(y).ravel().tolist()
        differences = [a + (-t) for a, t in zip(nodes, targets, strict=True)]
        terms = [difference * difference * 0.5 for difference in differences]
        cost = terms[0]
        for term in terms[1:]:
            cost = cost + term
    cost.backward()
    return cost
