"""Gradients without names, last layer first; the wrong twin runs for layers of one size only."""

import numpy as np


class Network:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_hidden, n_in)
        self.b1 = np.zeros((n_hidden, 1))
        self.W2 = np.random.randn(n_out, n_hidden)
        self.b2 = np.zeros((n_out, 1))

    def forward(self, x):
        self.x = x
        self.h = np.tanh(self.W1 @ x + self.b1)
        self.o = np.tanh(self.W2 @ self.h + self.b2)
        return self.o

    def backward(self, y):
        found = []
        delta = (self.o - y) * (1 - self.o**2)
        for w, a, slope in ((self.W2, self.h, 1 - self.h**2), (self.W1, self.x, 1)):
            found.append((delta @ a.T / y.shape[1], delta.mean(axis=1, keepdims=True)))
            delta = (w.T @ delta) * slope
        return found
