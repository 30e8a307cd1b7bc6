"""A network of any form that trains itself by a loop of its own.

Lives here: LoopingNetwork, and `has_loop`. It knows recipes and loops, nothing of what is right.
"""

from refnet.subjects.worker.adapted import Question
from refnet.subjects.worker.kept_rates import put_rate
from refnet.subjects.worker.own_loop import find_loop, run_loop, takes_pairs
from refnet.subjects.worker.recipes import Recipe, RecipeNetwork
from refnet.subjects.worker.workbench import Bench


class LoopingNetwork(RecipeNetwork):
    """One network on the bench whose own loop takes all samples, as x and y."""

    def __init__(self, bench: Bench, recipe: Recipe) -> None:
        super().__init__(bench, recipe)
        self._rate = recipe.rate

    def train(self, question: Question, epochs: int) -> None:
        """Train for so many epochs by the network's own loop."""
        if self._rate:
            put_rate(self.bench, self._rate, question.learning_rate)
        roles = self.environment(question).roles
        loop = self.bench.function(f".{find_loop(self.bench.owner)}")
        run_loop(loop, {"x": roles["x"], "y": roles["y"]}, question, epochs)


def has_loop(bench: Bench, recipe: Recipe) -> bool:
    """Tell whether the network has such a loop; parameters alone have no methods."""
    name = "" if bench.is_data or recipe.single else find_loop(bench.owner)
    return bool(name) and not takes_pairs(bench.function(f".{name}"))
