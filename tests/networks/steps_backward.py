"""A backward pass that is handed the targets and the learning rate, and takes the step."""

import numpy as np


class FeedForward:
    def __init__(self, *layers, momentum=0.0, lmbda=0.0):
        self.layers = layers
        self.momentum = momentum
        self.lmbda = lmbda
        self.W = []
        self.b = []
        self.vW = []
        self.vb = []
        for i in range(1, len(layers)):
            self.W.append(np.random.randn(layers[i - 1], layers[i]) / np.sqrt(layers[i - 1]))
            self.b.append(np.zeros((1, layers[i])))
            self.vW.append(np.zeros((layers[i - 1], layers[i])))
            self.vb.append(np.zeros((1, layers[i])))

    def forward(self, X):
        self.activations = [X]
        for i, (W, b) in enumerate(zip(self.W, self.b)):
            z = self.activations[-1] @ W + b
            if i == len(self.W) - 1:
                z = z - z.max(axis=1, keepdims=True)
                e = np.exp(z)
                a = e / e.sum(axis=1, keepdims=True)
            else:
                a = np.maximum(z, 0)
            self.activations.append(a)
        return self.activations[-1]

    def backward(self, y, lr):
        n = y.shape[0]
        delta = (self.activations[-1] - y) / n
        for i in range(len(self.W) - 1, -1, -1):
            dW = self.activations[i].T @ delta + self.lmbda / n * self.W[i]
            db = delta.sum(axis=0, keepdims=True)
            delta = (delta @ self.W[i].T) * (self.activations[i] > 0)
            self.vW[i] = self.momentum * self.vW[i] - lr * dW
            self.vb[i] = self.momentum * self.vb[i] - lr * db
            self.W[i] += self.vW[i]
            self.b[i] += self.vb[i]

    def fit(self, X, y, epochs=10, batch_size=16, lr=0.1):
        for epoch in range(epochs):
            order = np.random.permutation(len(X))
            for start in range(0, len(X), batch_size):
                batch = order[start : start + batch_size]
                self.forward(X[batch])
                self.backward(y[batch], lr)

    def predict(self, X):
        return self.forward(X).argmax(axis=1)
