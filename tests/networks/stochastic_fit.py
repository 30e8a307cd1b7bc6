"""A forward pass that returns all activations, and a loop that takes a step for every sample."""

import numpy as np


class NeuralNetwork:
    def __init__(self, layers, activation="tanh", learning_rate=0.1):
        if activation == "tanh":
            self.activation = np.tanh
            self.activation_deriv = lambda z: 1 - np.tanh(z) ** 2
        elif activation == "sigmoid":
            self.activation = lambda z: 1 / (1 + np.exp(-z))
            self.activation_deriv = lambda z: self.activation(z) * (1 - self.activation(z))
        else:
            raise ValueError(activation)
        self.learning_rate = learning_rate
        self.weights = []
        self.bias = []
        for i in range(len(layers) - 1):
            self.weights.append(np.random.uniform(-1, 1, (layers[i], layers[i + 1])))
            self.bias.append(np.zeros(layers[i + 1]))

    def _forward(self, x):
        a, zs = [x], []
        for w, b in zip(self.weights, self.bias):
            zs.append(a[-1].dot(w) + b)
            a.append(self.activation(zs[-1]))
        return zs, a

    def predict(self, x):
        return self._forward(x)[1][-1]

    def fit(self, X, y, epochs=10000):
        for _ in range(epochs):
            for i in np.random.permutation(len(X)):
                zs, a = self._forward(X[i])
                delta = (a[-1] - y[i]) * self.activation_deriv(zs[-1])
                for l in range(len(self.weights) - 1, -1, -1):
                    nxt = (
                        self.weights[l].dot(delta) * self.activation_deriv(zs[l - 1]) if l else None
                    )
                    self.weights[l] -= self.learning_rate * np.outer(a[l], delta)
                    self.bias[l] -= self.learning_rate * delta
                    delta = nxt
