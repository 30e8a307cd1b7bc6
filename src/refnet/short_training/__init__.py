"""Why somebody else's network does not learn, though its gradients are right.

Lives here: ShortTraining, what is known of one, and its signs (signs.py); `explain`, which says of
each symptom what its likely cause is (explanation.py): the pixels, the initial weights, the
learning rate, the direction of the steps, or labels that do not belong to their images. It knows
plain arrays and what health measures, nothing of subjects, of judging or of how the training was
made.

Nothing said here is a broken law: a cause is likely, not proven. A training without a symptom gets
no sentence, whatever its choices are.
"""

from refnet.short_training.explanation import explain
from refnet.short_training.signs import Moment, ShortTraining

__all__ = ["Moment", "ShortTraining", "explain"]
