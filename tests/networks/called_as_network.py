"""A network that a function called as one puts together, in the manner of PyTorch."""

import numpy as np


class Parameter:
    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class Module:
    def parameters(self):
        out = []
        for v in self.__dict__.values():
            if isinstance(v, Parameter):
                out.append(v)
            elif isinstance(v, Module):
                out += v.parameters()
            elif isinstance(v, (list, tuple)):
                for u in v:
                    if isinstance(u, Module):
                        out += u.parameters()
        return out

    def __call__(self, *a):
        return self.forward(*a)


class Linear(Module):
    def __init__(self, in_features, out_features):
        k = 1 / np.sqrt(in_features)
        self.weight = Parameter(np.random.uniform(-k, k, (out_features, in_features)))
        self.bias = Parameter(np.random.uniform(-k, k, out_features))

    def forward(self, x):
        self.x = x
        return x @ self.weight.data.T + self.bias.data

    def backward(self, g):
        self.weight.grad += g.T @ self.x
        self.bias.grad += g.sum(0)
        return g @ self.weight.data


class ReLU(Module):
    def forward(self, x):
        self.on = x > 0
        return np.where(self.on, x, 0)

    def backward(self, g):
        return np.where(self.on, g, 0)


class Sequential(Module):
    def __init__(self, *mods):
        self.mods = list(mods)

    def forward(self, x):
        for m in self.mods:
            x = m(x)
        return x

    def backward(self, g):
        for m in reversed(self.mods):
            g = m.backward(g)
        return g


class CrossEntropyLoss(Module):
    def forward(self, logits, target):
        s = logits - logits.max(1, keepdims=True)
        self.logp = s - np.log(np.exp(s).sum(1, keepdims=True))
        self.target = target
        return -self.logp[np.arange(len(target)), target].mean()

    def backward(self):
        g = np.exp(self.logp)
        g[np.arange(len(g)), self.target] -= 1
        return g / len(g)


class SGD:
    def __init__(self, params, lr=0.01, momentum=0.0, weight_decay=0.0):
        self.params, self.lr, self.momentum, self.wd = list(params), lr, momentum, weight_decay
        self.buf = [np.zeros_like(p.data) for p in self.params]

    def zero_grad(self):
        for p in self.params:
            p.grad[...] = 0

    def step(self):
        for i, p in enumerate(self.params):
            g = p.grad + self.wd * p.data
            self.buf[i] = self.momentum * self.buf[i] + g
            p.data -= self.lr * self.buf[i]


def mlp(n_in, n_hidden, n_out):
    return Sequential(Linear(n_in, n_hidden), ReLU(), Linear(n_hidden, n_out))


def main():
    x = np.random.randn(128, 5)
    y = x[:, :3].argmax(1)
    net, crit = mlp(5, 20, 3), CrossEntropyLoss()
    opt = SGD(net.parameters(), lr=0.5, momentum=0.9)
    for i in range(100):
        loss = crit(net(x), y)
        opt.zero_grad()
        net.backward(crit.backward())
        opt.step()
    print(loss)


if __name__ == "__main__":
    main()
