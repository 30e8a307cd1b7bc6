"""What a subject's answers show of it that is neither right nor wrong: for the report alone.

Lives here: `observed`, of activations, costs and the slope that is taken at a kink. It knows cases
and trials; what departs from the book's conventions is named by conventions.py.
"""

from refnet.case import Case
from refnet.kinks import share_taken
from refnet.subjects.protocol import Convention, Head, Origin
from refnet.trial import Trial


def observed(case: Case, trial: Trial) -> tuple[Convention, ...]:
    """Name what the subject is, and how that is known."""
    head, slope = trial.hypothesis.head, case.probed.leaky_slope
    leaky = slope is not None and "leaky_relu" in (head.hidden, head.output)
    said = case.declared.values
    shown = [*_of_head(head, case)]
    if leaky and "leaky_slope" not in said:
        shown.append(Convention("leaky_slope", f"{slope:g}", case.probed.activations))
    return (*shown, *_at_kinks(head, trial))


def _of_head(head: Head, case: Case) -> tuple[Convention, ...]:
    probed, said = case.probed, case.declared.values
    other = {
        "binary_cross_entropy": "the quadratic cost, this is bug output-sigma-prime-missing",
        "quadratic": "the cross-entropy, this is bug cross-entropy-extra-sigma-prime",
    }
    undecided = len({candidate.cost for candidate in probed.heads}) > 1
    note = f"if you meant {other[head.cost]}" if undecided and head.cost in other else ""

    def known(key: str, otherwise: Origin) -> Origin:
        return "declared" if key in said else otherwise

    return (
        Convention("hidden activation", head.hidden, known("hidden", probed.activations)),
        Convention("output activation", head.output, known("output", probed.activations)),
        Convention("cost", head.cost, known("cost", probed.cost), note),
    )


def _at_kinks(head: Head, trial: Trial) -> tuple[Convention, ...]:
    """Name the derivative that the subject takes at z = 0, where its answers tell.

    It is the hidden units that are asked there.
    """
    found: dict[str, None] = {}
    for exchange in trial.exchanges:
        gradients = exchange.answer.gradients
        if exchange.expected.kinks is None or gradients is None:
            continue
        share = share_taken(exchange.expected, gradients, "gradients")
        if share is not None:
            left = exchange.problem.leaky_slope if head.hidden == "leaky_relu" else 0.0
            half = share == 0.5 and left == 0.0
            found["1/2" if half else f"{left + share * (1.0 - left):.2g}"] = None
    if not found:
        return ()
    value = next(iter(found)) if len(found) == 1 else f"mixed: {', '.join(sorted(found))}"
    note = "every slope between those on the left and on the right of 0 is right"
    return (Convention(f"{head.hidden}'(0)", value, "detected", note),)
