"""One output: its weights are a vector, its bias is a number, and targets are a vector, too."""

import numpy as np


class BinaryClassifier:
    def __init__(self, n_features, n_hidden, lr=0.1):
        self.W1 = np.random.randn(n_features, n_hidden) * 0.1
        self.b1 = np.zeros(n_hidden)
        self.w2 = np.random.randn(n_hidden) * 0.1
        self.b2 = 0.0
        self.lr = lr

    def predict_proba(self, X):
        self.H = np.tanh(X @ self.W1 + self.b1)
        return 1 / (1 + np.exp(-(self.H @ self.w2 + self.b2)))

    def predict(self, X):
        return (self.predict_proba(X) >= 0.5).astype(int)

    def train_step(self, X, y):
        error = (self.predict_proba(X) - y) / len(y)
        hidden_error = np.outer(error, self.w2) * (1 - self.H**2)
        self.w2 -= self.lr * self.H.T @ error
        self.b2 -= self.lr * error.sum()
        self.W1 -= self.lr * X.T @ hidden_error
        self.b1 -= self.lr * hidden_error.sum(axis=0)
