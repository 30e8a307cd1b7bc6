"""What people call the methods and attributes of their networks.

Lives here: lists of names, Nielsen's own first. It knows nothing but words.
"""

FORWARD = (
    "feedforward",
    "_feedforward",
    "feed_forward",
    "forward",
    "_forward",
    "forward_pass",
    "forward_propagation",
    "forwardprop",
    "forward_prop",
    "predict_proba",
    "__call__",
)
BACKPROP = (
    "backprop",
    "_backprop",
    "back_prop",
    "backpropagation",
    "backpropagate",
    "backward",
    "_backward",
    "backward_pass",
    "gradients",
    "gradient",
    "compute_gradients",
)
STEP = (
    "update_mini_batch",
    "_update_mini_batch",
    "update_minibatch",
    "update_batch",
    "train_batch",
    "train_step",
    "train_on_batch",
    "step",
    "update",
    "sgd_step",
    "learn",
    "_update",
)
COST = ("cost", "loss", "compute_cost", "compute_loss", "cost_function", "total_cost")
PREDICT = ("predict", "classify", "predictions", "predict_class", "predict_classes")
EVALUATE = ("evaluate", "accuracy", "test", "score", "count_correct")
"""Methods: from inputs to outputs; to gradients; one step of gradient descent; the cost of a batch;
the classes of a batch; how many samples, or what share, are classified rightly."""

RATES = ("eta", "lr", "learning_rate", "alpha")
"""Attributes with the learning rate."""

ACCUMULATORS = (
    ("nabla_w", "nabla_b"),
    ("nabla_weights", "nabla_biases"),
    ("_nabla_w", "_nabla_b"),
    ("delta_w", "delta_b"),
    ("dW", "db"),
    ("dw", "db"),
    ("grad_w", "grad_b"),
    ("weight_gradients", "bias_gradients"),
    ("weights_gradients", "biases_gradients"),
    ("gradients_w", "gradients_b"),
)
"""Attributes in which backprop leaves its gradients, by weights and by biases."""
