"""A PyTorch module that returns scores, and the cost beside it."""

import torch
from torch import nn


class Net(nn.Module):
    def __init__(self, n_in, n_hidden, n_out):
        super().__init__()
        self.fc1 = nn.Linear(n_in, n_hidden)
        self.fc2 = nn.Linear(n_hidden, n_out)

    def forward(self, x):
        x = torch.relu(self.fc1(x))
        return self.fc2(x)


criterion = nn.CrossEntropyLoss()
