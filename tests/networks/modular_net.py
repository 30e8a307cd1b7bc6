"""Layers as functions, a loss with its gradients, and lambda kept in the network."""

import numpy as np


def affine_forward(x, w, b):
    return x.dot(w) + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, _ = cache
    return dout.dot(w.T), x.T.dot(dout), np.sum(dout, axis=0)


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    return dout * (cache > 0)


def softmax_loss(x, y):
    shifted = x - np.max(x, axis=1, keepdims=True)
    log_probs = shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))
    rows = np.arange(x.shape[0])
    dx = np.exp(log_probs)
    dx[rows, y] -= 1
    return -np.sum(log_probs[rows, y]) / x.shape[0], dx / x.shape[0]


class FullyConnectedNet:
    def __init__(self, hidden_dims, input_dim=784, num_classes=10, reg=0.0):
        self.reg = reg
        self.num_layers = 1 + len(hidden_dims)
        self.params = {}
        dims = [input_dim, *hidden_dims, num_classes]
        for i in range(1, self.num_layers + 1):
            self.params[f"W{i}"] = 0.01 * np.random.randn(dims[i - 1], dims[i])
            self.params[f"b{i}"] = np.zeros(dims[i])

    def loss(self, X, y=None):
        caches, out = [], X
        for i in range(1, self.num_layers):
            out, affine = affine_forward(out, self.params[f"W{i}"], self.params[f"b{i}"])
            out, relu = relu_forward(out)
            caches.append((affine, relu))
        last = self.num_layers
        scores, cache = affine_forward(out, self.params[f"W{last}"], self.params[f"b{last}"])
        if y is None:
            return scores

        grads = {}
        loss, dout = softmax_loss(scores, y)
        dout, grads[f"W{last}"], grads[f"b{last}"] = affine_backward(dout, cache)
        for i in range(last - 1, 0, -1):
            affine, relu = caches[i - 1]
            dout = relu_backward(dout, relu)
            dout, grads[f"W{i}"], grads[f"b{i}"] = affine_backward(dout, affine)
        for i in range(1, last + 1):
            loss += 0.5 * self.reg * np.sum(self.params[f"W{i}"] ** 2)
            grads[f"W{i}"] += self.reg * self.params[f"W{i}"]
        return loss, grads
