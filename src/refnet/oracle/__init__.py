"""Answers obtained from the loss alone, by methods that share no code with the network."""
