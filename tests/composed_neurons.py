"""Right networks of neurons: dictionaries of them, and scalars that differentiate themselves.

Lives here: STYLES, and the choices that they lack. It writes source code and knows nothing of
refnet.
"""

from collections.abc import Mapping
from string import Template
from types import MappingProxyType

from composing import NAMED, Choices, more, preamble, renamed, statements

NEURONS = Template("""def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def initialize_network(n_inputs, n_hidden, n_outputs):
    def neuron(n):
        return {"weights": list(np.random.randn(n))$bias_drawn}

    hidden = [neuron(n_inputs$further) for _ in range(n_hidden)]
    output = [neuron(n_hidden$further) for _ in range(n_outputs)]
    return [hidden, output]


def forward_propagate(network, row):
    inputs = row
    for layer in network:
        z = []
        for neuron in layer:
            total = $bias
            for j in range(len(neuron["weights"])$short):
                total += neuron["weights"][j] * inputs[j]
            z.append(total)
        a = [g(each) for each in z] if layer is network[0] else $outputs
        for j, neuron in enumerate(layer):
            neuron["z"], neuron["output"] = z[j], a[j]
        inputs = list(a)
    return inputs


def backward_propagate_error(network, expected):
    hidden, layer = network
    for j, neuron in enumerate(layer):
        a = neuron["output"]
        neuron["delta"] = $error
    for j, neuron in enumerate(hidden):
        back = sum(after["weights"][j] * after["delta"] for after in layer)
        neuron["delta"] = back * g_prime(neuron["z"], neuron["output"])


def update_weights(network, row, lr$more):
    inputs = row[:-1]
    for layer in network:
        for neuron in layer:
            for j in range(len(inputs)):
                slope = neuron["delta"] * inputs[j]$decay
                neuron["weights"][j] $sign= lr * slope
$bias_moved        inputs = [neuron["output"] for neuron in layer]
""")


def neurons(chosen: Choices) -> str:
    """Layers as lists of neurons, each a dictionary; for one sample, in loops."""
    s, own = statements(chosen), chosen.biases == "vector"
    last = bool(chosen.biases) and not own
    bias = 'neuron["weights"][-1]' if last else 'neuron["bias"]'
    moved = f'            {bias} {s["sign"]}= lr * neuron["delta"]\n'
    sigmoids = "[sigmoid(each) for each in z]"
    target = "float(j == expected)" if chosen.labels == "integer" else "expected[j]"
    strength = {"n": "lmbda / n", "m": "lmbda", "1": "lmbda", "": ""}[chosen.penalty]
    minus = "-" if chosen.descent else "+"
    error = s["d2"].partition(" / X")[0].replace("a2.shape[0]", "len(layer)")
    return preamble(chosen) + NEURONS.substitute(
        bias=bias if chosen.biases else "0.0",
        bias_moved=moved if chosen.biases else "",
        bias_drawn=', "bias": 0.0' if own else "",
        further=" + 1" if last else "",
        short=" - 1" if last else "",
        outputs={
            "quadratic": sigmoids,
            "binary": sigmoids,
            "identity": "z",
            "softmax": "softmax(np.array(z), 0)",
        }[chosen.head],
        error=renamed(error, a2="a", Y=target),
        more=more(chosen),
        decay=f' {minus} {strength} * neuron["weights"][j]' if strength else "",
        sign=s["sign"],
    )


SCALARS = Template("""class Value:
    def __init__(self, data, children=(), slopes=()):
        self.data, self.grad = data, 0.0
        self.children, self.slopes = children, slopes

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def hidden(self):
        a = float(g(self.data))
        return Value(a, (self,), (float(g_prime(self.data, a)),))

    def sigmoid(self):
        a = float(1 / (1 + np.exp(-self.data)))
        return Value(a, (self,), (a * (1 - a),))

    def backward(self):
        order, seen = [], set()

        def build(value):
            if value not in seen:
                seen.add(value)
                for child in value.children:
                    build(child)
                order.append(value)

        build(self)
        self.grad = 1.0
        for value in reversed(order):
            for child, slope in zip(value.children, value.slopes):
                child.grad += slope * value.grad

    def __neg__(self):
        return self * -1

    def __radd__(self, other):
        return self + other

    def __rmul__(self, other):
        return self * other

    def __sub__(self, other):
        return self + (-other)


class Neuron:
    def __init__(self, n_in):
        self.w = [Value(np.random.randn()) for _ in range(n_in)]$bias_drawn

    def __call__(self, x, last):
        total = sum((w * v for w, v in zip(self.w, x)), $bias)
        return $output if last else total.hidden()

    def parameters(self):
        return self.w$further


class Layer:
    def __init__(self, n_in, n_out):
        self.neurons = [Neuron(n_in) for _ in range(n_out)]

    def __call__(self, x, last):
        return [neuron(x, last) for neuron in self.neurons]

    def parameters(self):
        return [p for neuron in self.neurons for p in neuron.parameters()]


class MLP:
    def __init__(self, n_in, n_outs):
        sizes = [n_in] + n_outs
        self.layers = [Layer(n, m) for n, m in zip(sizes, sizes[1:])]

    def __call__(self, x):
        for layer in self.layers:
            x = layer(x, layer is self.layers[-1])
        return x

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]

    def zero_grad(self):
        for p in self.parameters():
            p.grad = 0.0
""")

SCALAR_OUTPUTS = {"quadratic": "total.sigmoid()", "identity": "total"}

LOSS = """

def loss(outputs, y):
    squares = [(a - float(t)) * (a - float(t)) for a, t in zip(outputs, y)]
    return sum(squares[1:], squares[0]) * (FACTOR * 0.5)
"""


def scalars(chosen: Choices) -> str | None:
    """Scalars that differentiate themselves, and a network of neurons made of them.

    None for a cost that takes logarithms of outputs: unlike one that takes them by z, it overflows.
    """
    if chosen.head not in SCALAR_OUTPUTS:
        return None
    factor = chosen.error.replace("a2.shape[0]", "len(outputs)")
    return (
        preamble(chosen)
        + SCALARS.substitute(
            output=SCALAR_OUTPUTS[chosen.head],
            bias_drawn="\n        self.b = Value(np.random.randn())" if chosen.biases else "",
            bias="self.b" if chosen.biases else "Value(0.0)",
            further=" + [self.b]" if chosen.biases else "",
        )
        + (LOSS.replace("FACTOR", factor) if factor else "")
    )


STYLES = MappingProxyType({"neurons": neurons, "scalars": scalars})
"""Styles of code that a network can be composed in."""

ALONE = (*NAMED, "columns", "turned", "divided", "online")

LACKING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"neurons": ALONE, "scalars": (*ALONE, "descent", "labels", "penalty")}
)
"""Choices that make no difference: one sample is no batch, a neuron has no layout, and what
differentiates itself is told no direction."""
