"""A network shaped like Nielsen's: one column after the other, sigma' as a function of z."""

import numpy as np

HIDDEN, OUTPUT, COST = "sigmoid", "sigmoid", "quadratic"
FLOAT = np.float64
SLOPE = 0.25


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def softmax(z):
    powers = np.exp(z - np.max(z))
    return powers / np.sum(powers)


def leaky(z):
    return np.maximum(z, SLOPE * z)


FUNCTIONS = {
    "sigmoid": (sigmoid, lambda z: sigmoid(z) * sigmoid(-z)),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "relu": (lambda z: z * (z > 0), lambda z: np.heaviside(z, FLOAT(0))),
    "leaky_relu": (leaky, lambda z: np.where(z > 0, FLOAT(1), FLOAT(SLOPE))),
    "softmax": (softmax, None),
    "identity": (lambda z: +z, lambda z: 1 + 0 * z),
}


class Adapter:
    precision = "float32" if FLOAT is np.float32 else "float64"

    def __init__(self, sizes):
        self.sizes, self.depth = sizes, len(sizes) - 1
        functions = [FUNCTIONS[HIDDEN]] * (self.depth - 1) + [FUNCTIONS[OUTPUT]]
        self.sigma = [pair[0] for pair in functions]
        self.sigma_prime = [pair[1] for pair in functions]
        self.initialise()

    def initialise(self):
        shapes = list(zip(self.sizes[1:], self.sizes[:-1]))
        self.w = [np.random.normal(0, (2 / shape[1]) ** 0.5, shape) for shape in shapes]
        self.b = [np.zeros((rows, 1)) for rows, _ in shapes]

    def set_parameters(self, weights, biases):
        self.w = [np.array(w, FLOAT) for w in weights]
        self.b = [np.array(b, FLOAT) for b in biases]

    def get_parameters(self):
        return self.w, self.b

    def feedforward(self, x):
        a, zs, activations = x, [], [x]
        for w, b, sigma in zip(self.w, self.b, self.sigma):
            z = np.dot(w, a) + b
            a = sigma(z)
            zs.append(z)
            activations.append(a)
        return zs, activations

    def columns(self, matrix):
        return [np.array(column, FLOAT).reshape(-1, 1) for column in matrix.T]

    def forward(self, x):
        outputs = [self.feedforward(column)[1][-1] for column in self.columns(x)]
        return np.hstack(outputs)

    def cost_of(self, z, a, y):
        if COST == "quadratic":
            return 0.5 * np.linalg.norm(a - y) ** 2
        if COST == "binary_cross_entropy":
            return np.sum(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z))
        return np.sum(y * (np.logaddexp.reduce(z) - z))

    def cost(self, x, y, lmbda, n):
        total = 0
        for column, target in zip(self.columns(x), self.columns(y)):
            zs, activations = self.feedforward(column)
            total = total + self.cost_of(zs[-1], activations[-1], target) / x.shape[1]
        return total + 0.5 * lmbda / n * sum(np.linalg.norm(w) ** 2 for w in self.w)

    def output_error(self, z, a, y):
        if COST == "quadratic":
            return (a - y) * self.sigma_prime[-1](z)
        return a - y

    def backprop(self, x, y):
        zs, activations = self.feedforward(x)
        nabla_w, nabla_b = [None] * self.depth, [None] * self.depth
        delta = self.output_error(zs[-1], activations[-1], y)
        nabla_b[-1] = delta
        nabla_w[-1] = np.outer(delta, activations[-2])
        for l in range(2, self.depth + 1):
            sp = self.sigma_prime[-l](zs[-l])
            delta = np.dot(self.w[-l + 1].T, delta) * sp
            nabla_b[-l] = delta
            nabla_w[-l] = np.outer(delta, activations[-l - 1])
        return nabla_w, nabla_b

    def gradients(self, x, y, lmbda, n):
        sum_w = [np.zeros_like(w) for w in self.w]
        sum_b = [np.zeros_like(b) for b in self.b]
        m = x.shape[1]
        for column, target in zip(self.columns(x), self.columns(y)):
            nabla_w, nabla_b = self.backprop(column, target)
            sum_w = [total + new / m for total, new in zip(sum_w, nabla_w)]
            sum_b = [total + new / m for total, new in zip(sum_b, nabla_b)]
        return [total + w * (lmbda / n) for total, w in zip(sum_w, self.w)], sum_b

    def step(self, x, y, eta, lmbda, n):
        nabla_w, nabla_b = self.gradients(x, y, 0, n)
        self.w = [(1 - eta * lmbda / n) * w - eta * dw for w, dw in zip(self.w, nabla_w)]
        self.b = [b - eta * db for b, db in zip(self.b, nabla_b)]

    def class_of(self, a):
        return np.argmax(a)

    def predict(self, x):
        return [self.class_of(a) for a in self.forward(x).T]

    def evaluate(self, x, y):
        results = zip(self.predict(x), [np.argmax(target) for target in y.T])
        return sum(int(found == target) for found, target in results)
