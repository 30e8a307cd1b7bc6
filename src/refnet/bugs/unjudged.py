"""Mistakes around a network that none of its answers shows: known by name, and not judged.

Lives here: Unjudged and UNJUDGED. It knows nothing of mechanics or laws: there is no step of
backpropagation to replace, and no law could be aimed at them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True)
class Unjudged:
    """A mistake in what is done with a network: as Bug has it, and why no law is aimed at it.

    `seen` says where it shows, since no question put to the network does it.
    """

    slug: str
    title: str
    wrong: str
    right: str
    symptom: str
    hint: str
    seen: str


UNJUDGED: Mapping[str, Unjudged] = MappingProxyType(
    {
        mistake.slug: mistake
        for mistake in (
            Unjudged(
                slug="pixels-not-scaled",
                title="pixels are fed in as 0 to 255",
                wrong="x = pixels",
                right="x = pixels / 255",
                symptom="With weights drawn for inputs of order 1, sums are 255 times too large: "
                "sigmoid and softmax saturate at once, ReLU units die in the first steps, the "
                "accuracy stays at chance or the cost turns NaN.",
                hint="Print x.min() and x.max() of the first batch: 0 and 1 are right. Scale the "
                "training data and the test data alike.",
                seen="It is in what the network is given. refnet check gives it numbers of its "
                "own; look at the data.",
            ),
            Unjudged(
                slug="evaluated-on-training-data",
                title="the accuracy is that on the training data",
                wrong="accuracy = evaluate(training data)",
                right="accuracy = evaluate(test data), of which no sample was trained on",
                symptom="The accuracy rises towards 100 % and is lower by a few per cent, or by "
                "many, on anything new. A running mean over an epoch mixes networks as well.",
                hint="Look at which set reaches the evaluation, and whether the two were split "
                "before anything was shuffled.",
                seen="It is in the choice of data. The counting itself is judged by the laws of "
                "evaluation.",
            ),
            Unjudged(
                slug="learning-rate-too-high-for-relu",
                title="a learning rate that suited sigmoid units is kept for ReLU",
                wrong="eta = 3.0 with ReLU units, quadratic cost and standard normal weights",
                right="eta = 0.01 to 0.1 with He's weights, or smaller until the cost falls",
                symptom="The first steps push biases and weights so far that units are 0 for every "
                "sample, and so is their gradient: they are dead, and the accuracy stays as it is.",
                hint="ReLU is not bounded by 1 and its slope is 1, not at most 1/4: start with a "
                "hundredth of the rate, and draw weights as sqrt(2 / fan-in) * standard normal.",
                seen="It shows in training alone: refnet train reports dead units layer by layer.",
            ),
        )
    }
)
"""By slug, in the order in which they are met: data, evaluation, training."""
