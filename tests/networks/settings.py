"""A constructor that is handed a dictionary of settings."""

import numpy as np


class Model:
    def __init__(self, config):
        sizes = [config["input_dim"], config["hidden_dim"], config["output_dim"]]
        rng = np.random.default_rng(config.get("seed", 42))
        self.lr = config.get("learning_rate", 0.01)
        self.params = {
            "W1": rng.normal(0, 0.1, (sizes[0], sizes[1])),
            "b1": np.zeros((1, sizes[1])),
            "W2": rng.normal(0, 0.1, (sizes[1], sizes[2])),
            "b2": np.zeros((1, sizes[2])),
        }

    def forward(self, x):
        p = self.params
        self.x, self.h = x, np.tanh(x @ p["W1"] + p["b1"])
        return self.h @ p["W2"] + p["b2"]

    def backward(self, y):
        p = self.params
        d2 = (self.h @ p["W2"] + p["b2"] - y) / len(y)
        d1 = d2 @ p["W2"].T * (1 - self.h**2)
        return {
            "W2": self.h.T @ d2,
            "b2": d2.sum(axis=0, keepdims=True),
            "W1": self.x.T @ d1,
            "b1": d1.sum(axis=0, keepdims=True),
        }
