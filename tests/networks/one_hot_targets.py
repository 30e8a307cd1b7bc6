"""Targets that are called y_onehot; loss and gradients beside each other, parameters one by one."""

import numpy as np

np.random.seed(42)


def init_params(n_inputs, n_hidden, n_outputs):
    w1 = np.random.uniform(-0.5, 0.5, (n_inputs, n_hidden))
    b1 = np.zeros((1, n_hidden))
    w2 = np.random.uniform(-0.5, 0.5, (n_hidden, n_outputs))
    b2 = np.zeros((1, n_outputs))
    return w1, b1, w2, b2


def sigmoid(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


def softmax(z):
    e = np.exp(z - np.max(z, axis=1, keepdims=True))
    return e / np.sum(e, axis=1, keepdims=True)


def one_hot(labels, n):
    out = np.zeros((len(labels), n))
    out[np.arange(len(labels)), labels] = 1.0
    return out


def forward_prop(x, w1, b1, w2, b2):
    z1 = x.dot(w1) + b1
    a1 = sigmoid(z1)
    z2 = a1.dot(w2) + b2
    a2 = softmax(z2)
    return z1, a1, z2, a2


def compute_loss(z2, y_onehot):
    shifted = z2 - z2.max(axis=1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.sum(y_onehot * log_p) / z2.shape[0]


def back_prop(x, y_onehot, a1, a2, w2):
    m = x.shape[0]
    dz2 = a2 - y_onehot
    dw2 = a1.T.dot(dz2) / m
    db2 = dz2.sum(axis=0, keepdims=True) / m
    dz1 = dz2.dot(w2.T) * a1 * (1 - a1)
    dw1 = x.T.dot(dz1) / m
    db1 = dz1.sum(axis=0, keepdims=True) / m
    return dw1, db1, dw2, db2


def update_params(w1, b1, w2, b2, dw1, db1, dw2, db2, learning_rate):
    w1 -= learning_rate * dw1
    b1 -= learning_rate * db1
    w2 -= learning_rate * dw2
    b2 -= learning_rate * db2
    return w1, b1, w2, b2


def predict(x, w1, b1, w2, b2):
    return forward_prop(x, w1, b1, w2, b2)[-1].argmax(axis=1)
