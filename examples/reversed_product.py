"""The write-up's first network: two matrices multiplied the wrong way round.

As long as the hidden layers have the same size, NumPy has no reason to complain.
"""

import numpy as np


class NeuralNetwork:
    def __init__(self, sizes):
        self.sizes = sizes
        self.weights = [np.random.randn(sizes[i + 1], sizes[i]) for i in range(len(sizes) - 1)]
        self.biases = [np.random.randn(size, 1) for size in sizes[1:]]

    def _sigmoid(self, z):
        return 1 / (1 + np.exp(-z))

    def _sigmoid_derivative(self, z):
        return self._sigmoid(z) * (1 - self._sigmoid(z))

    def feedforward(self, x):
        self.zs = []
        self.activations = [x]
        for i in range(len(self.weights)):
            z = np.dot(self.weights[i], self.activations[i]) + self.biases[i]
            self.zs.append(z)
            self.activations.append(self._sigmoid(z))
        return self.activations[-1]

    def _backprop(self, y):
        delta = (self.activations[-1] - y) * self._sigmoid_derivative(self.zs[-1])
        self.nabla_b[-1] += delta
        self.nabla_w[-1] += np.dot(delta, self.activations[-2].T)
        for i in range(len(self.weights) - 2, -1, -1):
            delta = np.dot(self.weights[i + 1], delta) * self._sigmoid_derivative(self.zs[i])
            self.nabla_b[i] += delta
            self.nabla_w[i] += np.dot(delta, self.activations[i].T)

    def update_mini_batch(self, mini_batch, eta):
        self.nabla_w = [np.zeros(w.shape) for w in self.weights]
        self.nabla_b = [np.zeros(b.shape) for b in self.biases]
        for x, y in mini_batch:
            self.feedforward(x)
            self._backprop(y)
        for i in range(len(self.weights)):
            self.weights[i] -= eta / len(mini_batch) * self.nabla_w[i]
            self.biases[i] -= eta / len(mini_batch) * self.nabla_b[i]

    def evaluate(self, test_data):
        correct = 0
        for x, label in test_data:
            if np.argmax(self.feedforward(x)) == label:
                correct += 1
        return correct
