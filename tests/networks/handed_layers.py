"""A list of layers that functions are handed, a step among them."""

import numpy as np


class Dense:
    def __init__(self, n_in, n_out):
        self.w = np.random.randn(n_in, n_out) * np.sqrt(2.0 / n_in)
        self.b = np.zeros((1, n_out))

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, dout, lr):
        dx = dout @ self.w.T
        self.w -= lr * (self.x.T @ dout)
        self.b -= lr * dout.sum(axis=0, keepdims=True)
        return dx


class ReLU:
    def forward(self, x):
        self.mask = x > 0
        return x * self.mask

    def backward(self, dout, lr):
        return dout * self.mask


class SoftmaxCE:
    def forward(self, logits, y):
        e = np.exp(logits - logits.max(axis=1, keepdims=True))
        self.p = e / e.sum(axis=1, keepdims=True)
        self.y = y
        logp = logits - logits.max(axis=1, keepdims=True)
        logp = logp - np.log(e.sum(axis=1, keepdims=True))
        return -np.sum(y * logp) / len(y)

    def backward(self):
        return (self.p - self.y) / len(self.y)


def build(sizes):
    net = []
    for i in range(len(sizes) - 1):
        net.append(Dense(sizes[i], sizes[i + 1]))
        if i < len(sizes) - 2:
            net.append(ReLU())
    return net


def forward(net, x):
    for layer in net:
        x = layer.forward(x)
    return x


def train_step(net, x, y, lr=0.1):
    crit = SoftmaxCE()
    loss = crit.forward(forward(net, x), y)
    grad = crit.backward()
    for layer in reversed(net):
        grad = layer.backward(grad, lr)
    return loss
