"""The outputs are those of z = W a + b, a = sigma(z), layer after layer.

Guards against a bias left out, an activation normalised over the batch, the wrong activation in
the output layer. Everything about gradients follows this law: where the outputs are wrong, the
way the subject was taken in is suspect before its gradients are.
"""

from collections.abc import Sequence

from refnet.law import Exchange, compare_part, law
from refnet.subjects.protocol import Head

from .holding import hold
from .questions import asking


@law(
    "forward/outputs",
    title="the outputs are sigma(W a + b), layer after layer",
    equation="forward",
    needs=("outputs",),
    follows=("shape/outputs",),
    questions=asking("outputs"),
)
def forward_outputs(exchanges: Sequence[Exchange]) -> None:
    """Compare every output with the expected one."""
    compare_part(exchanges, "outputs")


def test_the_reference_feeds_forward_as_the_oracle_does(head: Head) -> None:
    hold(forward_outputs, head)
