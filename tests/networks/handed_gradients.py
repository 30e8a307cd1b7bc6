"""Lists of weights and biases, and an update that is handed the gradients of backward."""

import numpy as np


class NeuralNetwork:
    def __init__(self, layer_sizes):
        self.weights = []
        self.biases = []
        for fan_in, fan_out in zip(layer_sizes[:-1], layer_sizes[1:]):
            self.weights.append(np.random.randn(fan_in, fan_out) * np.sqrt(2.0 / fan_in))
            self.biases.append(np.zeros(fan_out))

    def relu(self, z):
        return np.maximum(0, z)

    def relu_derivative(self, z):
        return (z > 0).astype(float)

    def softmax(self, z):
        exps = np.exp(z - np.max(z, axis=1, keepdims=True))
        return exps / np.sum(exps, axis=1, keepdims=True)

    def forward(self, X):
        self.zs = []
        self.activations = [X]
        a = X
        for i, (W, b) in enumerate(zip(self.weights, self.biases)):
            z = a @ W + b
            self.zs.append(z)
            a = self.relu(z) if i < len(self.weights) - 1 else self.softmax(z)
            self.activations.append(a)
        return a

    def backward(self, y_true):
        m = y_true.shape[0]
        dW = [None] * len(self.weights)
        db = [None] * len(self.biases)
        delta = (self.activations[-1] - y_true) / m
        for i in reversed(range(len(self.weights))):
            dW[i] = self.activations[i].T @ delta
            db[i] = np.sum(delta, axis=0)
            if i > 0:
                delta = (delta @ self.weights[i].T) * self.relu_derivative(self.zs[i - 1])
        return dW, db

    def update(self, dW, db, learning_rate):
        for i in range(len(self.weights)):
            self.weights[i] -= learning_rate * dW[i]
            self.biases[i] -= learning_rate * db[i]

    def predict(self, X):
        return np.argmax(self.forward(X), axis=1)
