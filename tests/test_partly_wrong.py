"""Known mistakes made in a part of the layers, of a batch or of a step alone, as people write them.

Otherwise each would have no name, though it is in the catalogue, or that of another mistake.
"""

from pathlib import Path

import pytest

from refnet.conformance import check
from written import changed

pytestmark = [pytest.mark.no_cover, pytest.mark.usefixtures("hasty")]

Changes = tuple[tuple[str, str], ...]

LAST = "layer == len(self.weights) - 1"
BIAS, WEIGHT = "nabla_b[layer] = delta", "nabla_w[layer] = delta @ activations[layer].T"
LOOP, MOVED = "for x, y in mini_batch:", "w - rate * nabla for"
RATE, BIASES = "rate = eta /", "for b, nabla in zip(self.biases, nabla_b)]"
DECAYED: Changes = (
    ("mini_batch, eta):", "mini_batch, eta, lmbda, n):"),
    ("batch_size], eta)", "batch_size], eta, 0.0, len(data))"),
)
"""A step with a penalty: the weights decay, and take the gradient of the data."""
BELOW = f"layer if {LAST} else layer + 1"
TRANSPOSED = f"product = delta @ activations[layer].T\n            {WEIGHT.partition(' ')[0]}"

WRITTEN: tuple[tuple[Changes, str], ...] = (
    (((BIAS, f"{BIAS} if {LAST} else np.sum(delta)"),), "bias-gradient-scalar"),
    (((BIAS, f"{BIAS}.sum() if {LAST} else delta"),), "bias-gradient-scalar"),
    (((LOOP, LOOP.replace(":", "[:-1]:")),), "samples-excluded"),
    (((LOOP, LOOP.replace(":", "[1:]:")),), "samples-excluded"),
    (
        (
            *DECAYED,
            (MOVED, "(1 - eta * lmbda / n) * w + rate * nabla for"),
            ("b - rate", "b + rate"),
        ),
        "step-sign",
    ),
    (
        (*DECAYED, (MOVED, f"(1 - eta * lmbda / n) * {MOVED}"), (RATE, "rate = eta * eta /")),
        "learning-rate-twice",
    ),
    (
        ((WEIGHT, WEIGHT.replace("[layer].T", f"[{BELOW}].T")),),
        "weight-gradient-uses-own-activation",
    ),
    (
        ((WEIGHT, f"{TRANSPOSED} = product.T if {LAST} else product"),),
        "weight-gradient-transposed",
    ),
    (
        (("return sigmoid(z) * (1 - sigmoid(z))", "return 1 - sigmoid(z) ** 2"),),
        "function-for-derivative",
    ),
    (
        (
            (RATE, f"kept = self.biases[:-1]\n        {RATE}"),
            (BIASES, f"{BIASES}\n        self.biases[:-1] = kept"),
        ),
        "bias-frozen",
    ),
)


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        pytest.param(*each, marks=[] if at == 4 else pytest.mark.campaign)
        for at, each in enumerate(WRITTEN)
    ],
)
def test_a_mistake_in_a_part_of_what_it_belongs_to_is_named(
    changes: Changes, slug: str, tmp_path: Path
) -> None:
    report = check(changed(tmp_path, *changes), timeout=120.0, examples=0, training=False)
    assert report.diagnosis.bugs == (slug,), report.sentence
