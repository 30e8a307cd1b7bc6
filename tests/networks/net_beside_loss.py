"""A network of layers with dictionaries of parameters; beside it a loss, and a base class of it."""

import numpy as np


class Loss:
    def loss(self, predicted, actual):
        raise NotImplementedError

    def grad(self, predicted, actual):
        raise NotImplementedError


class MSE(Loss):
    def loss(self, predicted, actual):
        return np.sum((predicted - actual) ** 2)

    def grad(self, predicted, actual):
        return 2 * (predicted - actual)


class Linear:
    def __init__(self, input_size, output_size):
        self.params, self.grads = {}, {}
        self.params["w"] = np.random.randn(input_size, output_size)
        self.params["b"] = np.random.randn(output_size)

    def forward(self, inputs):
        self.inputs = inputs
        return inputs @ self.params["w"] + self.params["b"]

    def backward(self, grad):
        self.grads["b"] = np.sum(grad, axis=0)
        self.grads["w"] = self.inputs.T @ grad
        return grad @ self.params["w"].T


class Tanh:
    def __init__(self):
        self.params, self.grads = {}, {}

    def forward(self, inputs):
        self.inputs = inputs
        return np.tanh(inputs)

    def backward(self, grad):
        return (1 - np.tanh(self.inputs) ** 2) * grad


class NeuralNet:
    def __init__(self, layers):
        self.layers = layers

    def forward(self, inputs):
        for layer in self.layers:
            inputs = layer.forward(inputs)
        return inputs

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)
        return grad


def build(sizes):
    layers = []
    for n, m in zip(sizes, sizes[1:]):
        layers += [Linear(n, m), Tanh()]
    return NeuralNet(layers[:-1])
