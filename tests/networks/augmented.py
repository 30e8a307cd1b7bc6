"""Biases as a row of the weights: a column of ones is put behind the inputs of every layer."""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class Network:
    def __init__(self, n_in, n_hidden, n_out):
        self.W1 = np.random.randn(n_in + 1, n_hidden)
        self.W2 = np.random.randn(n_hidden + 1, n_out)

    def forward(self, X):
        self.X = np.hstack([X, np.ones((len(X), 1))])
        hidden = sigmoid(self.X @ self.W1)
        self.H = np.hstack([hidden, np.ones((len(X), 1))])
        self.output = sigmoid(self.H @ self.W2)
        return self.output

    def backward(self, y):
        delta = self.output - y
        self.dW2 = self.H.T @ delta / len(y)
        delta = (delta @ self.W2[:-1].T) * self.H[:, :-1] * (1 - self.H[:, :-1])
        self.dW1 = self.X.T @ delta / len(y)

    def step(self, X, y, learning_rate):
        self.forward(X)
        self.backward(y)
        self.W1 -= learning_rate * self.dW1
        self.W2 -= learning_rate * self.dW2
