"""Answers obtained from the loss alone, by methods that share no code with the network.

`answer` works for every problem, by the complex step; `refnet.oracle.rational` without any
rounding, where the problem is made of sums and products. Neither knows backpropagation.
"""

from refnet.oracle.complex_step import answer

__all__ = ["answer"]
