"""The picture of a training: how it went, what it learnt, and where it is wrong.

Lives here: the page and what stands where on it. It knows networks, the history of a training and
labelled samples, nothing of how a network is trained. It needs matplotlib, the extra
`refnet[plot]`, which is imported when something is drawn and not before.

Nothing of matplotlib's global state is used or kept: no pyplot, no backend, no settings of the
user, so that the same training gives the same picture everywhere, with a screen or without.
"""

from collections.abc import Sequence
from pathlib import Path

from refnet.arrays import matrix
from refnet.checks import check_kind
from refnet.datasets.samples import Samples
from refnet.errors import ArgumentError, ShapeError
from refnet.evaluation import accuracy, confusion_matrix
from refnet.network import Network
from refnet.plotting.curves import draw_accuracy, draw_cost, draw_steps, draw_units
from refnet.plotting.images import draw_confusion, draw_mistakes, draw_weights
from refnet.plotting.mistakes import worst_mistakes
from refnet.plotting.page import Page, refuse_unless_drawable
from refnet.sgd import EpochReport

__all__ = ["plot_training", "refuse_unless_drawable"]


def plot_training(
    path: str | Path,
    network: Network,
    history: Sequence[EpochReport],
    test: Samples,
    samples: str = "test samples",
) -> None:
    """Draw a training and write the picture to a file, whole or not at all.

    The suffix of the path says how: .png, .pdf or .svg. `history` is what was reported after each
    epoch of the training; `test` are samples that the network has never seen, and `samples` is what
    the title calls them: "drawn digits", so that nobody takes them for others. Raises
    ArgumentError for a path or a history that cannot be drawn and where matplotlib is missing,
    ShapeError for samples that do not fit the network, DataError where the file cannot be written.
    """
    target = refuse_unless_drawable(path)
    check_kind(network, Network, "network", "make one by refnet.new_network")
    check_kind(test, Samples, "test", "make them by Samples(x, labels, classes)")
    if not history:
        raise ArgumentError(
            "history: got none; expected the report of at least one epoch; train for one first"
        )
    got, expected = (test.x.shape[0], test.classes), (network.sizes[0], network.sizes[-1])
    if got != expected:
        raise ShapeError(
            f"test: got samples of {got[0]} inputs and {got[1]} classes; expected {expected[0]} "
            f"and {expected[1]}, as the network has; check which data it was trained on"
        )
    with Page.being_drawn() as page:
        _draw(page, network, history, test, samples)
        page.write(target)


def _draw(
    page: Page, network: Network, history: Sequence[EpochReport], test: Samples, samples: str
) -> None:
    outputs = matrix(network.feedforward(test.x).outputs)
    share = accuracy(outputs, test.labels)
    page.headline(
        f"{100.0 * share:.2f} % of {len(test):,} {samples} are right",
        _describe(network, history),
        _health(history[-1]),
    )
    draw_cost(page, history)
    draw_accuracy(page, history, share)
    draw_steps(page, history)
    draw_units(page, history)
    draw_confusion(page, confusion_matrix(outputs, test.labels))
    draw_weights(page, network.parameters.weights[0])
    draw_mistakes(page, worst_mistakes(outputs, test), test.classes, network.activations[-1].name)


def _describe(network: Network, history: Sequence[EpochReport]) -> str:
    sizes = "-".join(str(size) for size in network.sizes)
    names = list(dict.fromkeys(activation.name for activation in network.activations))
    epochs = history[-1].epoch
    penalty = f", L2 {network.l2:g}" if network.l2 else ""
    return (
        f"{sizes}, {' and '.join(names)}, {network.cost.name.replace('_', ' ')}{penalty}, "
        f"after {epochs} {'epoch' if epochs == 1 else 'epochs'}"
    )


def _health(report: EpochReport) -> str:
    """Return the first complaint about the network of an epoch, without its advice."""
    if not report.illnesses:
        return ""
    first, *others = report.illnesses
    said = first.partition(";")[0] + (f" (and {len(others)} more)" if others else "")
    return said[0].upper() + said[1:]
