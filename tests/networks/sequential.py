"""A sequential model, put together and compiled at the end of the file alone."""

import numpy as np


class Dense:
    def __init__(self, n_in, n_out):
        self.W = np.random.randn(n_in, n_out) * 0.1
        self.b = np.zeros((1, n_out))

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad, lr):
        dx = grad @ self.W.T
        self.W -= lr * self.x.T @ grad
        self.b -= lr * grad.sum(axis=0, keepdims=True)
        return dx


class Sigmoid:
    def forward(self, x):
        self.a = 1 / (1 + np.exp(-x))
        return self.a

    def backward(self, grad, lr):
        return grad * self.a * (1 - self.a)


class MSE:
    def loss(self, y, p):
        return np.mean((p - y) ** 2)

    def gradient(self, y, p):
        return 2 * (p - y) / p.size


class SGD:
    def __init__(self, lr=0.1):
        self.lr = lr


class Sequential:
    def __init__(self):
        self.layers = []

    def add(self, layer):
        self.layers.append(layer)

    def compile(self, loss, optimizer):
        self.loss = loss
        self.optimizer = optimizer

    def predict(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def train_on_batch(self, x, y):
        p = self.predict(x)
        grad = self.loss.gradient(y, p)
        for layer in reversed(self.layers):
            grad = layer.backward(grad, self.optimizer.lr)
        return self.loss.loss(y, p)

    def fit(self, x, y, epochs=10):
        for _ in range(epochs):
            print(self.train_on_batch(x, y))


if __name__ == "__main__":
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    Y = np.array([[0], [1], [1], [0]])
    model = Sequential()
    model.add(Dense(2, 3))
    model.add(Sigmoid())
    model.add(Dense(3, 1))
    model.add(Sigmoid())
    model.compile(loss=MSE(), optimizer=SGD(lr=0.5))
    model.fit(X, Y, epochs=1000)
