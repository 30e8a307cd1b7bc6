"""Layers keep Parameter objects; only the end of the file shows how a network is made of them."""

import numpy as np


class Parameter:
    def __init__(self, value):
        self.value = value
        self.grad = np.zeros_like(value)


class Linear:
    def __init__(self, n_in, n_out):
        self.W = Parameter(np.random.randn(n_in, n_out) / np.sqrt(n_in))
        self.b = Parameter(np.zeros(n_out))

    def forward(self, x):
        self.x = x
        return x @ self.W.value + self.b.value

    def backward(self, grad):
        self.W.grad += self.x.T @ grad
        self.b.grad += grad.sum(axis=0)
        return grad @ self.W.value.T

    def parameters(self):
        return [self.W, self.b]


class Tanh:
    def forward(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, grad):
        return grad * (1 - self.y**2)

    def parameters(self):
        return []


class Model:
    def __init__(self, layers):
        self.layers = layers

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, grad):
        for layer in reversed(self.layers):
            grad = layer.backward(grad)

    def parameters(self):
        return [p for layer in self.layers for p in layer.parameters()]


class MSELoss:
    def __call__(self, pred, target):
        self.diff = pred - target
        return (self.diff**2).sum() / (2 * len(target))

    def backward(self):
        return self.diff / len(self.diff)


class SGD:
    def __init__(self, params, lr):
        self.params, self.lr = params, lr

    def zero_grad(self):
        for p in self.params:
            p.grad[...] = 0

    def step(self):
        for p in self.params:
            p.value -= self.lr * p.grad


if __name__ == "__main__":
    model = Model([Linear(2, 5), Tanh(), Linear(5, 3)])
    loss_fn, optimizer = MSELoss(), SGD(model.parameters(), lr=0.1)
    X, Y = np.loadtxt("data.csv")
    for _ in range(1000):
        optimizer.zero_grad()
        loss_fn(model.forward(X), Y)
        model.backward(loss_fn.backward())
        optimizer.step()
