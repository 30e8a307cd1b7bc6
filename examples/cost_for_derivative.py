import numpy as np


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


class Network:
    def __init__(self, sizes):
        self.weights = [np.random.randn(n, m) for m, n in zip(sizes, sizes[1:])]
        self.biases = [np.random.randn(n, 1) for n in sizes[1:]]

    def feedforward(self, a):
        for w, b in zip(self.weights, self.biases):
            a = sigmoid(w @ a + b)
        return a

    def backprop(self, x, y):
        activations = [x]
        for w, b in zip(self.weights, self.biases):
            activations.append(sigmoid(w @ activations[-1] + b))
        error = 0.5 * (activations[-1] - y) ** 2
        nabla_w, nabla_b = [], []
        for w, a, before in zip(self.weights[::-1], activations[::-1], activations[-2::-1]):
            delta = error * a * (1 - a)
            nabla_w.insert(0, delta @ before.T)
            nabla_b.insert(0, delta)
            error = w.T @ delta
        return nabla_b, nabla_w
