"""A multilayer perceptron that draws its weights in fit, for the classes that it finds there."""

import numpy as np


class MLPClassifier:
    def __init__(self, hidden_layers=(16,), lr=0.1, epochs=100, batch_size=32):
        self.hidden_layers = hidden_layers
        self.lr = lr
        self.epochs = epochs
        self.batch_size = batch_size

    def _initialize(self, n_features, n_outputs):
        sizes = [n_features, *self.hidden_layers, n_outputs]
        self.W, self.b = [], []
        for m, n in zip(sizes, sizes[1:]):
            self.W.append(np.random.randn(m, n) * np.sqrt(2 / m))
            self.b.append(np.zeros((1, n)))

    def predict_proba(self, X):
        self.a = [X]
        for w, b in zip(self.W, self.b):
            self.a.append(1 / (1 + np.exp(-(self.a[-1] @ w + b))))
        return self.a[-1]

    def predict(self, X):
        return self.classes[self.predict_proba(X).argmax(axis=1)]

    def fit(self, X, y):
        self.classes = np.unique(y)
        targets = (y[:, None] == self.classes).astype(float)
        self._initialize(X.shape[1], len(self.classes))
        for _ in range(self.epochs):
            order = np.random.permutation(len(X))
            for start in range(0, len(X), self.batch_size):
                batch = order[start : start + self.batch_size]
                delta = (self.predict_proba(X[batch]) - targets[batch]) / len(batch)
                for i in reversed(range(len(self.W))):
                    dw = self.a[i].T @ delta
                    db = delta.sum(axis=0, keepdims=True)
                    delta = (delta @ self.W[i].T) * self.a[i] * (1 - self.a[i])
                    self.W[i] -= self.lr * dw
                    self.b[i] -= self.lr * db
        return self
