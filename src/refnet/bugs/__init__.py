"""The catalogue of the mistakes people make in backpropagation, each as one replaced step.

Lives here: BUGS, every known mistake by its slug, and the subjects that make them; UNJUDGED, those
that are not made by a network but with it. It knows mechanics; of laws it knows their ids alone.

A bug is a subject that answers wrongly in one known way. So every law can be proven to bite, and
diagnosis asks which bug answers as the accused does.
"""

from collections.abc import Mapping
from types import MappingProxyType

from refnet.bugs import (
    batch,
    cost,
    derivative,
    evaluation,
    functions,
    gradients,
    habits,
    hidden_error,
    initialisation,
    output_error,
    step,
)
from refnet.bugs.bug import (
    Bug,
    Simulated,
    SimulatedBug,
    Simulation,
    replaced_steps,
    simulate,
)
from refnet.bugs.unjudged import UNJUDGED, Unjudged

BUGS: Mapping[str, Bug] = MappingProxyType(
    {
        bug.slug: bug
        for group in (
            output_error,
            cost,
            hidden_error,
            derivative,
            gradients,
            batch,
            step,
            habits,
            functions,
            evaluation,
            initialisation,
        )
        for bug in group.BUGS
    }
)
"""Every known mistake by its slug, in the order of an answer: forward, backward, step, counting."""

__all__ = [
    "BUGS",
    "UNJUDGED",
    "Bug",
    "Simulated",
    "SimulatedBug",
    "Simulation",
    "Unjudged",
    "replaced_steps",
    "simulate",
]
