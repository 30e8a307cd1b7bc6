"""A learning rate that decays, kept as that of the first step."""

import numpy as np


class Net:
    def __init__(self, d, h, k, lr0=0.01, decay=0.001):
        self.params = {
            "W1": np.random.randn(d, h) / np.sqrt(d),
            "b1": np.zeros(h),
            "W2": np.random.randn(h, k) / np.sqrt(h),
            "b2": np.zeros(k),
        }
        self.lr0, self.decay = lr0, decay
        self.iteration = 0

    def forward(self, X):
        p = self.params
        self.H = np.tanh(X @ p["W1"] + p["b1"])
        return np.tanh(self.H @ p["W2"] + p["b2"])

    def partial_fit(self, X, y):
        p = self.params
        out = self.forward(X)
        D = (out - y) * (1 - out**2) / len(y)
        DH = D @ p["W2"].T * (1 - self.H**2)
        g = {"W2": self.H.T @ D, "b2": D.sum(0), "W1": X.T @ DH, "b1": DH.sum(0)}
        lr = self.lr0 / (1 + self.decay * self.iteration)
        for name in p:
            p[name] -= lr * g[name]
        self.iteration += 1
