"""A new_model beside a build_model that trains it."""

import numpy as np

rng = np.random.RandomState(3)


def new_model(n_x, n_h, n_y):
    return dict(
        W1=rng.randn(n_x, n_h) * 0.01,
        b1=np.zeros((1, n_h)),
        W2=rng.randn(n_h, n_y) * 0.01,
        b2=np.zeros((1, n_y)),
    )


def run(model, X):
    h = np.tanh(X.dot(model["W1"]) + model["b1"])
    logits = h.dot(model["W2"]) + model["b2"]
    logits -= logits.max(1, keepdims=True)
    e = np.exp(logits)
    return h, e / e.sum(1, keepdims=True)


def predict(model, x):
    return np.argmax(run(model, x)[1], axis=1)


def gradients(model, X, y):
    h, probs = run(model, X)
    delta3 = probs.copy()
    delta3[range(len(X)), y] -= 1
    delta3 /= len(X)
    dW2 = (h.T).dot(delta3)
    db2 = np.sum(delta3, axis=0, keepdims=True)
    delta2 = delta3.dot(model["W2"].T) * (1 - np.power(h, 2))
    dW1 = np.dot(X.T, delta2)
    db1 = np.sum(delta2, axis=0, keepdims=True)
    return dict(W1=dW1, b1=db1, W2=dW2, b2=db2)


def build_model(X, y, nn_hdim=4, num_passes=2000, epsilon=0.5):
    model = new_model(X.shape[1], nn_hdim, y.max() + 1)
    for i in range(num_passes):
        g = gradients(model, X, y)
        for key in model:
            model[key] += -epsilon * g[key]
    return model
