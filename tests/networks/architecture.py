"""Functions around a list of layers, each a dictionary with its sizes and its activation."""

import numpy as np

NN_ARCHITECTURE = [
    {"input_dim": 2, "output_dim": 4, "activation": "tanh"},
    {"input_dim": 4, "output_dim": 4, "activation": "tanh"},
    {"input_dim": 4, "output_dim": 1, "activation": "sigmoid"},
]


def init_layers(nn_architecture, seed=99):
    np.random.seed(seed)
    params_values = {}
    for at, layer in enumerate(nn_architecture, 1):
        n_in, n_out = layer["input_dim"], layer["output_dim"]
        params_values[f"W{at}"] = np.random.randn(n_out, n_in) * 0.1
        params_values[f"b{at}"] = np.random.randn(n_out, 1) * 0.1
    return params_values


def activate(Z, activation):
    if activation == "tanh":
        return np.tanh(Z)
    if activation == "sigmoid":
        return 1 / (1 + np.exp(-Z))
    raise ValueError(activation)


def slope(A, activation):
    return 1 - A**2 if activation == "tanh" else A * (1 - A)


def full_forward_propagation(X, params_values, nn_architecture):
    memory, A = {"A0": X}, X
    for at, layer in enumerate(nn_architecture, 1):
        Z = params_values[f"W{at}"] @ A + params_values[f"b{at}"]
        A = memory[f"A{at}"] = activate(Z, layer["activation"])
    return A, memory


def full_backward_propagation(Y_hat, Y, memory, params_values, nn_architecture):
    grads_values, m = {}, Y.shape[1]
    dA = Y_hat - Y
    for at, layer in reversed(list(enumerate(nn_architecture, 1))):
        dZ = dA * slope(memory[f"A{at}"], layer["activation"])
        grads_values[f"dW{at}"] = dZ @ memory[f"A{at - 1}"].T / m
        grads_values[f"db{at}"] = dZ.sum(axis=1, keepdims=True) / m
        dA = params_values[f"W{at}"].T @ dZ
    return grads_values


def update(params_values, grads_values, nn_architecture, learning_rate):
    for at in range(1, len(nn_architecture) + 1):
        params_values[f"W{at}"] -= learning_rate * grads_values[f"dW{at}"]
        params_values[f"b{at}"] -= learning_rate * grads_values[f"db{at}"]
    return params_values
