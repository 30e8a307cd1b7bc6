"""Layers that are global variables, one by one, and a cost that holds the softmax."""

import numpy as np


class Layer_Dense:
    def __init__(self, n_inputs, n_neurons):
        self.weights = 0.5 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        self.dinputs = np.dot(dvalues, self.weights.T)


class Activation_ReLU:
    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0


class SoftmaxAndCrossEntropy:
    def forward(self, inputs, y_true):
        shifted = inputs - np.max(inputs, axis=1, keepdims=True)
        logarithms = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
        self.output = np.exp(logarithms)
        return -np.sum(y_true * logarithms) / len(y_true)

    def backward(self, dvalues, y_true):
        self.dinputs = (dvalues - y_true) / len(dvalues)


X = np.random.randn(30, 2)
y = np.eye(3)[np.arange(30) % 3]
dense1 = Layer_Dense(2, 8)
activation1 = Activation_ReLU()
dense2 = Layer_Dense(8, 3)
loss_activation = SoftmaxAndCrossEntropy()
for _ in range(10):
    dense1.forward(X)
    activation1.forward(dense1.output)
    dense2.forward(activation1.output)
    loss_activation.forward(dense2.output, y)
    loss_activation.backward(loss_activation.output, y)
    dense2.backward(loss_activation.dinputs)
    activation1.backward(dense2.dinputs)
    dense1.backward(activation1.dinputs)
    for layer in (dense1, dense2):
        layer.weights -= 0.5 * layer.dweights
        layer.biases -= 0.5 * layer.dbiases
