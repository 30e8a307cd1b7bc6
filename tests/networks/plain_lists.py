"""A network in plain Python, shaped like Nielsen's: backprop and steps are for one sample."""

import math
import random


def sigmoid(x):
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(x) / (1.0 + math.exp(x))


class Network:
    def __init__(self, sizes):
        self.weights = [
            [[random.gauss(0, 1) for _ in range(n)] for _ in range(m)]
            for n, m in zip(sizes, sizes[1:])
        ]
        self.biases = [[random.gauss(0, 1) for _ in range(m)] for m in sizes[1:]]

    def feedforward(self, x):
        self.activations = [x]
        for w, b in zip(self.weights, self.biases):
            x = [sigmoid(sum(v * a for v, a in zip(row, x)) + c) for row, c in zip(w, b)]
            self.activations.append(x)
        return x

    def backprop(self, x, y):
        self.feedforward(x)
        delta = [(a - t) * a * (1 - a) for a, t in zip(self.activations[-1], y)]
        dws, dbs = [], []
        for layer in range(len(self.weights) - 1, -1, -1):
            before = self.activations[layer]
            dws.insert(0, [[d * a for a in before] for d in delta])
            dbs.insert(0, delta)
            if layer > 0:
                delta = [
                    sum(row[j] * d for row, d in zip(self.weights[layer], delta)) * a * (1 - a)
                    for j, a in enumerate(before)
                ]
        return dws, dbs

    def train_step(self, x, y, lr):
        dws, dbs = self.backprop(x, y)
        for w, dw, b, db in zip(self.weights, dws, self.biases, dbs):
            for k in range(len(b)):
                b[k] -= lr * db[k]
                for j in range(len(w[k])):
                    w[k][j] -= lr * dw[k][j]
