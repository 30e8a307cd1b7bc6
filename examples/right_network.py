"""A right one: what the three broken networks beside it were meant to be."""

import random

import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def sigmoid_prime(z):
    return sigmoid(z) * (1 - sigmoid(z))


class Network:
    def __init__(self, sizes):
        self.weights = [np.random.randn(n, m) / np.sqrt(m) for m, n in zip(sizes, sizes[1:])]
        self.biases = [np.random.randn(n, 1) for n in sizes[1:]]

    def feedforward(self, a):
        for w, b in zip(self.weights, self.biases):
            a = sigmoid(w @ a + b)
        return a

    def train(self, data, epochs, batch_size, eta):
        for epoch in range(epochs):
            random.shuffle(data)
            for k in range(0, len(data), batch_size):
                self.update_mini_batch(data[k : k + batch_size], eta)

    def update_mini_batch(self, mini_batch, eta):
        nabla_w = [np.zeros(w.shape) for w in self.weights]
        nabla_b = [np.zeros(b.shape) for b in self.biases]
        for x, y in mini_batch:
            delta_b, delta_w = self.backprop(x, y)
            nabla_w = [total + new for total, new in zip(nabla_w, delta_w)]
            nabla_b = [total + new for total, new in zip(nabla_b, delta_b)]
        rate = eta / len(mini_batch)
        self.weights = [w - rate * nabla for w, nabla in zip(self.weights, nabla_w)]
        self.biases = [b - rate * nabla for b, nabla in zip(self.biases, nabla_b)]

    def backprop(self, x, y):
        zs, activations = [], [x]
        for w, b in zip(self.weights, self.biases):
            zs.append(w @ activations[-1] + b)
            activations.append(sigmoid(zs[-1]))
        nabla_w = [None] * len(self.weights)
        nabla_b = [None] * len(self.biases)
        delta = (activations[-1] - y) * sigmoid_prime(zs[-1])
        for layer in reversed(range(len(self.weights))):
            if layer < len(self.weights) - 1:
                delta = (self.weights[layer + 1].T @ delta) * sigmoid_prime(zs[layer])
            nabla_b[layer] = delta
            nabla_w[layer] = delta @ activations[layer].T
        return nabla_b, nabla_w

    def evaluate(self, test_data):
        return sum(int(np.argmax(self.feedforward(x)) == y) for x, y in test_data)
