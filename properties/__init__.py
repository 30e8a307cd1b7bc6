"""The laws of backpropagation, and the Hypothesis tests that hold the reference to them."""
