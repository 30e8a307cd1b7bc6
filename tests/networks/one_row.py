"""Parameters in one row, a forward pass that returns all it has, and labels of ten classes."""

import numpy as np

N_CLASSES = 10


def initialize(n_in=784, n_h1=64, n_h2=32, n_out=N_CLASSES):
    """three layers because two was not enough for 97%"""
    params = (
        np.random.randn(n_h1, n_in) * np.sqrt(2 / n_in),
        np.zeros((n_h1, 1)),
        np.random.randn(n_h2, n_h1) * np.sqrt(2 / n_h1),
        np.zeros((n_h2, 1)),
        np.random.randn(n_out, n_h2) * np.sqrt(2 / n_h2),
        np.zeros((n_out, 1)),
    )
    return params


def relu(x):
    return x * (x > 0)


def drelu(x):
    return (x > 0) * 1.0


def softmax(x):
    ex = np.exp(x - x.max(axis=0, keepdims=True))
    return ex / ex.sum(axis=0, keepdims=True)


def forward(params, X):
    w1, b1, w2, b2, w3, b3 = params
    z1 = w1 @ X + b1
    a1 = relu(z1)
    z2 = w2 @ a1 + b2
    a2 = relu(z2)
    z3 = w3 @ a2 + b3
    return z1, a1, z2, a2, z3, softmax(z3)


def onehot(y):
    return np.eye(N_CLASSES)[y].T


def backward(params, cache, X, y):
    w1, b1, w2, b2, w3, b3 = params
    z1, a1, z2, a2, z3, a3 = cache
    m = X.shape[1]
    d3 = (a3 - onehot(y)) / m
    d2 = (w3.T @ d3) * drelu(z2)
    d1 = (w2.T @ d2) * drelu(z1)
    return (
        d1 @ X.T,
        d1.sum(1, keepdims=True),
        d2 @ a1.T,
        d2.sum(1, keepdims=True),
        d3 @ a2.T,
        d3.sum(1, keepdims=True),
    )


def update(params, grads, lr):
    return tuple(p - lr * g for p, g in zip(params, grads))
