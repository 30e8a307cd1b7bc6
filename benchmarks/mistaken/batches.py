"""A network that takes whole batches: one column per sample, sigma' as a function of a."""

import numpy as np

HIDDEN, OUTPUT, COST = "sigmoid", "sigmoid", "quadratic"
FLOAT = np.float64
SLOPE = 0.25


def sigma(name, z):
    if name == "sigmoid":
        small = np.exp(-np.abs(z))
        return np.where(z >= 0, 1, small) / (1 + small)
    if name == "tanh":
        return np.tanh(z)
    if name == "relu":
        return np.maximum(z, 0)
    if name == "leaky_relu":
        return np.where(z > 0, z, SLOPE * z)
    if name == "softmax":
        e = np.exp(z - z.max(axis=0, keepdims=True))
        return e / e.sum(axis=0, keepdims=True)
    return z.copy()


def sigma_prime(name, z, a):
    if name == "sigmoid":
        return a * (1 - a)
    if name == "tanh":
        return 1 - a * a
    if name == "relu":
        return (a > 0).astype(FLOAT)
    if name == "leaky_relu":
        return np.where(a > 0, 1, SLOPE).astype(FLOAT)
    return np.ones_like(a)


class Adapter:
    precision = "float32" if FLOAT is np.float32 else "float64"

    def __init__(self, sizes):
        self.names = [HIDDEN] * (len(sizes) - 2) + [OUTPUT]
        self.sizes = sizes
        self.initialise()

    def initialise(self):
        self.weights, self.biases = [], []
        for m, n in zip(self.sizes, self.sizes[1:]):
            self.weights.append(np.random.randn(n, m) * np.sqrt(2 / m))
            self.biases.append(np.zeros((n, 1)))

    def set_parameters(self, weights, biases):
        self.weights = [w.astype(FLOAT) for w in weights]
        self.biases = [b.astype(FLOAT) for b in biases]

    def get_parameters(self):
        return self.weights, self.biases

    def propagate(self, x):
        self.zs, self.activations = [], [x]
        for name, w, b in zip(self.names, self.weights, self.biases):
            z = w @ self.activations[-1] + b
            self.zs.append(z)
            self.logits = z.copy()
            self.activations.append(sigma(name, z))
        return self.activations[-1]

    def forward(self, x):
        return self.propagate(x.astype(FLOAT))

    def cost(self, x, y, lmbda, n):
        y = y.astype(FLOAT)
        m = x.shape[1]
        a = self.forward(x)
        z = self.logits
        if COST == "quadratic":
            total = 0.5 * np.sum((a - y) ** 2)
        elif COST == "binary_cross_entropy":
            total = np.sum(np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z))))
        else:
            shifted = z - z.max(axis=0)
            total = np.sum(y * (np.log(np.exp(shifted).sum(axis=0)) - shifted))
        penalty = sum(np.sum(w * w) for w in self.weights)
        return total / m + lmbda / (2 * n) * penalty

    def slope(self, layer):
        return sigma_prime(self.names[layer], self.zs[layer], self.activations[layer + 1])

    def gradients(self, x, y, lmbda, n):
        x = x.astype(FLOAT)
        y = y.astype(FLOAT)
        m = x.shape[1]
        a = self.propagate(x)
        last = len(self.weights) - 1
        dws, dbs = [0] * (last + 1), [0] * (last + 1)
        delta = a - y
        if COST == "quadratic":
            delta = delta * self.slope(last)
        for layer in range(last, -1, -1):
            if layer < last:
                back = self.weights[layer + 1].T @ delta
                delta = back * self.slope(layer)
            before = self.activations[layer]
            dws[layer] = delta @ before.T / m
            dbs[layer] = delta.sum(axis=1, keepdims=True) / m
        for layer in range(last + 1):
            dws[layer] = dws[layer] + lmbda / n * self.weights[layer]
        return dws, dbs

    def step(self, x, y, learning_rate, lmbda, n):
        dws, dbs = self.gradients(x, y, lmbda, n)
        for layer in range(len(dws)):
            self.weights[layer] = self.weights[layer] - learning_rate * dws[layer]
            self.biases[layer] = self.biases[layer] - learning_rate * dbs[layer]

    def predict(self, x):
        return np.argmax(self.forward(x), axis=0)

    def count_correct(self, x, y):
        labels = np.argmax(y, axis=0)
        return int(np.sum(self.predict(x) == labels))
