"""Backpropagation as a list of replaceable steps, each with its error bound.

Lives here: Mechanics, the steps; Trace, what they have computed so far (trace.py); RIGHT, every
step as it should be (right.py); a whole answer made of them, and the trusted answer to a problem
(answering.py). It knows tolerance and the network, nothing of laws or of particular mistakes.
"""

from refnet.mechanics.answering import answer_bounded, expect
from refnet.mechanics.right import RIGHT
from refnet.mechanics.trace import Mechanics, Trace

__all__ = ["RIGHT", "Mechanics", "Trace", "answer_bounded", "expect"]
