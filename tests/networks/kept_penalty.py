"""A class that keeps lambda itself, with a default that is not 0, and is never handed it."""

import numpy as np


class Net:
    def __init__(self, sizes, reg=0.01):
        self.reg = reg
        self.weights = [np.random.randn(b, a) / np.sqrt(a) for a, b in zip(sizes[:-1], sizes[1:])]
        self.biases = [np.zeros((b, 1)) for b in sizes[1:]]

    def forward(self, x):
        self.acts = [x]
        for w, b in zip(self.weights, self.biases):
            self.acts.append(1 / (1 + np.exp(-(w @ self.acts[-1] + b))))
        return self.acts[-1]

    def backward(self, x, y):
        m = x.shape[1]
        a = self.forward(x)
        delta = (a - y) * a * (1 - a)
        nabla_w, nabla_b = [], []
        for l in range(len(self.weights) - 1, -1, -1):
            nabla_w.insert(0, delta @ self.acts[l].T / m + self.reg * self.weights[l])
            nabla_b.insert(0, delta.sum(axis=1, keepdims=True) / m)
            delta = (self.weights[l].T @ delta) * self.acts[l] * (1 - self.acts[l])
        return nabla_b, nabla_w

    def cost(self, x, y):
        data = 0.5 * np.sum((self.forward(x) - y) ** 2) / x.shape[1]
        return data + 0.5 * self.reg * sum(np.sum(w**2) for w in self.weights)

    def step(self, x, y, eta):
        nabla_b, nabla_w = self.backward(x, y)
        self.weights = [w - eta * nw for w, nw in zip(self.weights, nabla_w)]
        self.biases = [b - eta * nb for b, nb in zip(self.biases, nabla_b)]
