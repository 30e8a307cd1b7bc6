"""A network with an optimiser like PyTorch's: rate and decay are kept by groups of parameters."""

import numpy as np


class SGD:
    def __init__(self, groups, lr):
        self.param_groups = [{"lr": lr, "weight_decay": 0.0, **group} for group in groups]

    def step(self, grads):
        for group in self.param_groups:
            for name, array in group["params"].items():
                array -= group["lr"] * (grads[name] + group["weight_decay"] * array)


class Network:
    def __init__(self, n_in, n_hidden, n_out, lr=0.1):
        self.W1 = np.random.randn(n_in, n_hidden) / np.sqrt(n_in)
        self.b1 = np.zeros(n_hidden)
        self.W2 = np.random.randn(n_hidden, n_out) / np.sqrt(n_hidden)
        self.b2 = np.zeros(n_out)
        weights = {"params": {"W1": self.W1, "W2": self.W2}, "weight_decay": 0.01}
        self.optimizer = SGD([weights, {"params": {"b1": self.b1, "b2": self.b2}}], lr)

    def forward(self, X):
        self.a1 = np.tanh(X @ self.W1 + self.b1)
        return self.a1 @ self.W2 + self.b2

    def train_step(self, X, Y):
        d2 = (self.forward(X) - Y) / len(X)
        d1 = d2 @ self.W2.T * (1 - self.a1**2)
        self.optimizer.step(
            {"W1": X.T @ d1, "b1": d1.sum(axis=0), "W2": self.a1.T @ d2, "b2": d2.sum(axis=0)}
        )
