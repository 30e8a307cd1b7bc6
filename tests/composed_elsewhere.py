"""Right networks that an adapter shows, or that are programs.

Lives here: STYLES, and the choices that they lack. It writes source code and knows nothing of
refnet.
"""

from collections.abc import Mapping
from dataclasses import replace
from string import Template
from types import MappingProxyType

from composing import (
    NAMED,
    Choices,
    block,
    draws,
    more,
    names,
    one_of,
    preamble,
    renamed,
    statements,
    steps,
)

NO_BIASES = "[np.zeros((len(w), 1)) for w in ({}1, {}2)]"
"""Where the judge gives biases and wants their gradients, and a network has none."""

ADAPTER = Template("""class Adapter:
    depth = 2
$flags
    def __init__(self, sizes):
        n_x, n_h, n_y = sizes
$drawn

    def set_parameters(self, weights, biases):
        self.W1, self.W2 = weights
        self.b1, self.b2 = biases

    def get_parameters(self):
        return [self.W1, self.W2], $biases

    def forward(self, x):
$unpack
$forward
        return a2

    def cost(self, x, y$more):
$unpack
$forward
$encode
        return $cost

    def gradients(self, x, y$more):
$unpack
$forward
$backward
        return [dW1, dW2], $slopes

    def step(self, x, y, learning_rate$more):
$step
""")


def adapter(chosen: Choices) -> str:
    """An adapter, in the layout of the book, with all that one may have."""
    chosen = replace(chosen, columns=True, turned=False, biases=chosen.biases and "column")
    s = statements(chosen)
    flags = ['    labels = "integers"\n'] if chosen.labels == "integer" else []
    flags += [] if chosen.biases else ["    biases = False\n"]
    got = "[dW1, dW2], [db1, db2]" if chosen.biases else "[dW1, dW2], _"
    step = f"{got} = self.gradients(X, Y{more(chosen)})\n" + steps(
        chosen, "self.{0} = self.{0} SIGN RATE * d{0}"
    )
    if chosen.online:
        each = step.replace("X, Y", one_of("X", "Y", chosen))
        step = f"for i in range(X.shape[1]):\n{block(each)}"
    mine = {"X": "x", "Y": "y", "lr": "learning_rate"}
    texts = {name: block(renamed(s[name], **mine), 8) for name in ("forward", "backward", "encode")}
    return preamble(chosen) + ADAPTER.substitute(
        texts,
        flags="".join(flags),
        drawn=draws(chosen, "        self.{} = {}"),
        unpack=f"        {names(chosen)} = {names(chosen, 'self.{}')}",
        biases="[self.b1, self.b2]" if chosen.biases else NO_BIASES.format("self.W", "self.W"),
        slopes="[db1, db2]" if chosen.biases else NO_BIASES.format("dW", "dW"),
        more=more(chosen),
        cost=renamed(s["cost"], **mine),
        step=block(renamed(step, **mine), 8),
    )


PROGRAM = Template("""import json
import sys


def answer(problem):
    X, Y, W1, W2, b1, b2 = (
        np.array(values, dtype=float)
        for values in (problem["x"], problem["y"], *problem["weights"], *problem["biases"])
    )
    lmbda, n, lr = problem["l2"], problem["training_size"], problem["learning_rate"]
$forward
    parts = {"outputs": a2.tolist(), "cost": float($cost)}
$backward
    parts["gradients"] = {
        "weights": [dW1.tolist(), dW2.tolist()],
        "biases": [db.tolist() for db in $slopes],
    }
    for _ in range(problem["steps"]):
$forward_again
$backward_again
$moved
    parts["step"] = {
        "weights": [W1.tolist(), W2.tolist()],
        "biases": [b1.tolist(), b2.tolist()],
    }
    return {part: parts[part] for part in problem["asks"]}


def finite(value):
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [finite(each) for each in value]
    if isinstance(value, float) and not np.isfinite(value):
        return {np.inf: "Infinity", -np.inf: "-Infinity"}.get(value, "NaN")
    return value


np.seterr(all="ignore")
capabilities = {
    "parts": ["outputs", "cost", "gradients", "step"],
    "depth": 2,
    "one_sample": $one_sample,
    "without_l2": $without_l2,
    "without_biases": $without_biases,
}
for line in sys.stdin:
    said = json.loads(line)
    if "hello" in said:
        said = {"refnet": 1, "capabilities": capabilities}
    else:
        said = {"id": said["id"], "answer": finite(answer(said["problem"]))}
    print(json.dumps(said), flush=True)
""")


def program(chosen: Choices) -> str:
    """A program that answers line by line, in the layout of the protocol, whatever its language."""
    chosen = replace(
        chosen, columns=True, turned=False, labels="one-hot", biases=chosen.biases and "column"
    )
    s, biased = statements(chosen), bool(chosen.biases)
    parts = '["outputs", "cost", "gradients", "step"]'
    return preamble(chosen) + PROGRAM.substitute(
        forward=block(s["forward"]),
        backward=block(s["backward"]),
        forward_again=block(s["forward"], 8),
        backward_again=block(s["backward"], 8),
        moved=steps(chosen, "        {0} = {0} SIGN RATE * d{0}"),
        cost=s["cost"],
        slopes="(db1, db2)" if biased else NO_BIASES.format("W", "W"),
        one_sample='["step"]' if chosen.online else "[]",
        without_l2="[]" if chosen.penalty else parts,
        without_biases=not biased,
    )


STYLES = MappingProxyType({"adapter": adapter, "program": program})
"""Styles of code that a network can be composed in."""

LACKING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "adapter": (*NAMED, "columns", "turned"),
        "program": (*NAMED, "columns", "turned", "labels"),
    }
)
"""Choices that make no difference: layouts and orders are laid down, and a program is always handed
one-hot targets."""
