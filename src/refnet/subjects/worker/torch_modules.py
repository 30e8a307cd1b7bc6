"""PyTorch modules: which cost belongs to one, and how its outputs are meant.

Lives here: `is_torch` and TorchLoss. PyTorch is not imported: whoever has a module has it loaded.

A cost that stands beside the module, or in it, is used. Without one it is told by the last module:
softmax and its logarithm go with the cross-entropy, computed from the scores so that nothing is
lost; all others with half the squared error.
"""

import sys
from typing import Any, Literal, cast

import numpy as np

from refnet.subjects.worker.adapted import alike
from refnet.subjects.worker.finding import items_of
from refnet.subjects.worker.leaves import precision_of
from refnet.subjects.worker.raising import Trying

Scale = Literal["", "softmax", "exp", "sigmoid"]


def is_torch(owner: object) -> bool:
    """Tell whether this is a PyTorch module."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(owner, torch.nn.Module)


def is_torch_network(owner: object) -> bool:
    """Tell whether this is a PyTorch module with parameters: a cost is a module, too."""
    return is_torch(owner) and any(True for _ in cast(Any, owner).parameters())


class TorchLoss:
    """The cost of a module on the bench, which it then differentiates by itself."""

    def __init__(self, owner: Any, module: object) -> None:
        self._torch: Any = sys.modules["torch"]
        self.criterion = self._criterion(owner, module)
        self._last: tuple[Any, ...] = ()
        owner.eval()
        for part in owner.modules():
            if not list(part.children()):
                part.register_forward_hook(self._note)
        self._scores_at = None if self.criterion is not None else self._scores_of_softmax(owner)

    def _note(self, part: Any, inputs: Any, outputs: Any) -> None:
        """Remember what went into the last module, and what came out."""
        self._last = (inputs[0], outputs)

    def _criterion(self, owner: object, module: object) -> Any:
        kind = self._torch.nn.modules.loss._Loss
        found = [value for holder in (owner, module) for _, value in items_of(holder)]
        return next((value for value in found if isinstance(value, kind)), None)

    def _scores_of_softmax(self, owner: Any) -> int | None:
        """Find out whether outputs are a softmax or its logarithm, and of which of the scores.

        Once, on inputs of order 1: of saturated scores the sigmoid may be the same numbers.
        """
        with Trying(), self._torch.no_grad():
            first = next(w for w in owner.parameters() if w.dim() == 2)
            columns = int(first.shape[1])
            spread = np.linspace(-1.0, 1.0, 2 * columns).reshape(2, columns).tolist()
            outputs = owner(first.new_tensor(spread))
            for at, scores in enumerate(self._last):
                if scores.shape == outputs.shape and outputs.shape[1] > 1:
                    softmax = scores.softmax(dim=1)
                    like = [alike(outputs, a, precision_of(a)) for a in (softmax, softmax.log())]
                    if any(like):
                        return at
        return None

    @property
    def name(self) -> str:
        """What the cost is called; empty where it is told by the module."""
        return "" if self.criterion is None else type(self.criterion).__name__

    @property
    def scale(self) -> Scale:
        """How outputs are made of what the module returns: some costs take scores."""
        scales: dict[str, Scale] = {
            "CrossEntropyLoss": "softmax",
            "NLLLoss": "exp",
            "BCEWithLogitsLoss": "sigmoid",
        }
        return scales.get(self.name, "")

    def value(self, outputs: Any, y: Any) -> Any:
        """Return the cost as a tensor."""
        if self.criterion is not None:
            return self.criterion(outputs, y)
        if self._scores_at is not None:
            return self._torch.nn.functional.cross_entropy(self._last[self._scores_at], y)
        return 0.5 * ((outputs - y) ** 2).sum(dim=1).mean()
