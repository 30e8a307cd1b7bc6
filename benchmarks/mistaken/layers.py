"""Layer objects with forward and backward: one row per sample, W is (inputs, outputs), einsum."""

import numpy as np

HIDDEN, OUTPUT, COST = "sigmoid", "sigmoid", "quadratic"
FLOAT = np.float64
SLOPE = 0.25


class Dense:
    def __init__(self, inputs, outputs):
        self.W = np.random.randn(inputs, outputs) * (2 / inputs) ** 0.5
        self.b = np.zeros(outputs)

    def forward(self, X):
        self.X = X
        return np.einsum("ni,io->no", X, self.W) + self.b

    def backward(self, grad):
        count = len(grad)
        self.dW = np.einsum("ni,no->io", self.X, grad) / count
        self.db = np.einsum("no->o", grad) / count
        return np.einsum("no,io->ni", grad, self.W)

    def regularise(self, strength):
        self.dW = self.dW + strength * self.W

    def update(self, lr):
        self.W = self.W - lr * self.dW
        self.b = self.b - lr * self.db


class Sigmoid:
    def forward(self, X):
        self.X = X
        self.out = np.exp(-np.logaddexp(0, -X))
        return self.out

    def backward(self, grad):
        return grad * self.out * (1 - self.out)


class Tanh:
    def forward(self, X):
        self.X = X
        self.out = np.tanh(X)
        return self.out

    def backward(self, grad):
        return grad * (1 - self.out**2)


class LeakyReLU:
    def __init__(self, slope):
        self.slope = slope

    def forward(self, X):
        self.X = X
        self.out = np.maximum(X, 0) + FLOAT(self.slope) * np.minimum(X, 0)
        return self.out

    def backward(self, grad):
        slopes = np.where(self.X > 0, FLOAT(1), FLOAT(self.slope))
        return grad * slopes


class Identity:
    def forward(self, X):
        self.X = self.out = X
        return X

    def backward(self, grad):
        return grad


class Softmax:
    def forward(self, X):
        self.X = X
        exp = np.exp(X - np.max(X, axis=1, keepdims=True))
        self.out = exp / np.sum(exp, axis=1, keepdims=True)
        return self.out

    def backward(self, grad):
        return self.out * (grad - np.einsum("no,no->n", grad, self.out)[:, None])


def activation(name):
    if name == "relu":
        return LeakyReLU(0)
    if name == "leaky_relu":
        return LeakyReLU(SLOPE)
    return {"sigmoid": Sigmoid, "tanh": Tanh, "identity": Identity, "softmax": Softmax}[name]()


class Adapter:
    precision = "float32" if FLOAT is np.float32 else "float64"

    def __init__(self, sizes):
        self.sizes = sizes
        self.initialise()

    def initialise(self):
        self.dense = [Dense(i, o) for i, o in zip(self.sizes, self.sizes[1:])]
        self.layers = []
        for dense in self.dense:
            name = OUTPUT if dense is self.dense[-1] else HIDDEN
            self.layers += [dense, activation(name)]

    def set_parameters(self, weights, biases):
        for dense, w, b in zip(self.dense, weights, biases):
            dense.W, dense.b = w.T.astype(FLOAT), b[:, 0].astype(FLOAT)

    def get_parameters(self):
        return [d.W.T for d in self.dense], [d.b[:, None] for d in self.dense]

    def forward(self, x):
        X = x.T.astype(FLOAT)
        for layer in self.layers:
            X = layer.forward(X)
        return X.T

    def cost(self, x, y, lmbda, n):
        A, Y = self.forward(x).T, y.T.astype(FLOAT)
        Z = self.layers[-1].X
        if COST == "quadratic":
            data = ((A - Y) ** 2).sum(axis=1) / 2
        elif COST == "binary_cross_entropy":
            data = (np.logaddexp(0, Z) - Y * Z).sum(axis=1)
        else:
            top = Z.max(axis=1)
            data = top + np.log(np.exp(Z - top[:, None]).sum(axis=1)) - (Y * Z).sum(axis=1)
        penalty = 0.5 * lmbda / n * sum((d.W**2).sum() for d in self.dense)
        return data.mean() + penalty

    def gradients(self, x, y, lmbda, n):
        A, Y = self.forward(x).T, y.T.astype(FLOAT)
        grad = A - Y
        if COST == "quadratic":
            grad = self.layers[-1].backward(grad)
        for layer in self.layers[-2::-1]:
            grad = layer.backward(grad)
        for dense in self.dense:
            dense.regularise(lmbda / n)
        return [d.dW.T for d in self.dense], [d.db[:, None] for d in self.dense]

    def step(self, x, y, learning_rate, lmbda, n):
        self.gradients(x, y, lmbda, n)
        for dense in self.dense:
            dense.update(learning_rate)

    def predict(self, x):
        return self.forward(x).T.argmax(axis=1)

    def count_correct(self, x, y):
        return (self.predict(x) == y.T.argmax(axis=1)).sum()
