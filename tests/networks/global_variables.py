"""A script: parameters are global variables, and it trains when it is imported."""

import numpy as np

np.random.seed(1)
X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
y = np.array([[0], [1], [1], [0]])

W1 = np.random.randn(2, 4)
b1 = np.zeros((1, 4))
W2 = np.random.randn(4, 1)
b2 = np.zeros((1, 1))
lr = 0.5


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def forward(X):
    z1 = X @ W1 + b1
    a1 = sigmoid(z1)
    z2 = a1 @ W2 + b2
    a2 = sigmoid(z2)
    return a1, a2


def train_step(X, y):
    global W1, b1, W2, b2
    a1, a2 = forward(X)
    m = X.shape[0]
    d2 = (a2 - y) * a2 * (1 - a2)
    d1 = (d2 @ W2.T) * a1 * (1 - a1)
    W2 -= lr * a1.T @ d2 / m
    b2 -= lr * d2.sum(axis=0, keepdims=True) / m
    W1 -= lr * X.T @ d1 / m
    b1 -= lr * d1.sum(axis=0, keepdims=True) / m


for epoch in range(2000):
    train_step(X, y)
    if epoch % 500 == 0:
        print(np.mean((forward(X)[1] - y) ** 2))
