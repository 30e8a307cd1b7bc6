"""Dictionaries of arrays by the numbers of their layers, from 1 on; gradients from the last."""

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class Classifier:
    def __init__(self, dims):
        self.dims = dims
        self.W, self.b = {}, {}
        for l in range(1, len(dims)):
            self.W[l] = np.random.randn(dims[l], dims[l - 1]) / np.sqrt(dims[l - 1])
            self.b[l] = np.zeros((dims[l], 1))

    def forward(self, X):
        self.A = {0: X}
        for l in range(1, len(self.dims)):
            self.A[l] = sigmoid(self.W[l] @ self.A[l - 1] + self.b[l])
        return self.A[len(self.dims) - 1]

    def backward(self, X, Y):
        L, m = len(self.dims) - 1, X.shape[1]
        grads_W, grads_b = {}, {}
        dZ = self.forward(X) - Y
        for l in range(L, 0, -1):
            grads_W[l] = dZ @ self.A[l - 1].T / m
            grads_b[l] = dZ.sum(axis=1, keepdims=True) / m
            if l > 1:
                dZ = self.W[l].T @ dZ * self.A[l - 1] * (1 - self.A[l - 1])
        return grads_W, grads_b

    def train_step(self, X, Y, lr):
        grads_W, grads_b = self.backward(X, Y)
        for l in grads_W:
            self.W[l] = self.W[l] - lr * grads_W[l]
            self.b[l] = self.b[l] - lr * grads_b[l]
