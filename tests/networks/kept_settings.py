"""A network that keeps a dictionary of settings, and reads its learning rate there."""

import numpy as np

CONFIG = {
    "in_features": 6,
    "hidden": [12, 8],
    "classes": 4,
    "learning_rate": 0.05,
    "activation": "relu",
    "seed": 7,
}


class Classifier:
    def __init__(self, config=CONFIG):
        self.cfg = dict(config)
        rng = np.random.default_rng(self.cfg.get("seed"))
        dims = [self.cfg["in_features"], *self.cfg["hidden"], self.cfg["classes"]]
        self.W, self.b = [], []
        for fan_in, fan_out in zip(dims, dims[1:]):
            self.W.append(rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out)))
            self.b.append(np.zeros(fan_out))

    def _act(self, z):
        return np.maximum(z, 0) if self.cfg["activation"] == "relu" else np.tanh(z)

    def _act_grad(self, a):
        return (a > 0) * 1.0 if self.cfg["activation"] == "relu" else 1 - a**2

    def forward(self, x):
        cache = [x]
        for i in range(len(self.W)):
            z = cache[-1] @ self.W[i] + self.b[i]
            cache.append(z if i == len(self.W) - 1 else self._act(z))
        return cache

    @staticmethod
    def log_softmax(z):
        z = z - z.max(axis=-1, keepdims=True)
        return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))

    def loss_and_grads(self, x, labels):
        cache = self.forward(x)
        lp = self.log_softmax(cache[-1])
        rows = np.arange(len(labels))
        loss = -lp[rows, labels].mean()
        d = np.exp(lp)
        d[rows, labels] -= 1
        d /= len(labels)
        gW, gb = [None] * len(self.W), [None] * len(self.b)
        for i in reversed(range(len(self.W))):
            gW[i], gb[i] = cache[i].T @ d, d.sum(axis=0)
            if i > 0:
                d = (d @ self.W[i].T) * self._act_grad(cache[i])
        return loss, gW, gb

    def fit_batch(self, x, labels):
        loss, gW, gb = self.loss_and_grads(x, labels)
        for i in range(len(self.W)):
            self.W[i] -= self.cfg["learning_rate"] * gW[i]
            self.b[i] -= self.cfg["learning_rate"] * gb[i]
        return loss

    def predict(self, x):
        return self.forward(x)[-1].argmax(axis=1)
