"""What people call the methods and attributes of their networks.

Lives here: lists of names, Nielsen's own first. It knows nothing but words.
"""

from refnet.subjects.worker.calling import ROLES

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
LATE_FORWARD = (
    "predict",
    "output",
    "outputs",
    "get_output",
    "query",
    "think",
    "activate",
    "classify",
)
"""What else a forward pass is called, and often something that calls it: tried last."""

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

PENALTIES = (
    *ROLES["l2"].split(),
    *("alpha", "decay", "l2_lambda", "l2_penalty", "l2_reg", "l2_strength", "lamb", "lambda_l2"),
    *("lambda_reg", "penalty", "reg_l2", "reg_param", "reg_strength", "regularisation"),
    *("regularization", "regularization_strength", "wd", "weight_regularizer_l2"),
)
PENALTY_LIKE = r"l2|lambda|lmb|decay|penal|regular|^reg|reg$|ridge"
"""A part of what else lambda is called; what a number called so does tells whether it is."""

PENALTY_OF_SIGNS = r"l1|lasso"
"""A part of what the strength of an L1 penalty is called."""

TRAINING_SIZES = (*ROLES["training_size"].split(), "n_samples", "num_samples", "num_examples")
"""Attributes and global variables with lambda and n of an L2 penalty, whatever the case and the
underscores."""

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

MORE_FORWARD = (
    "forward_propagate",
    "l_model_forward",
    "model_forward",
    "batched_predict",
    "batch_predict",
    "batch_forward",
    "query",
    "forward_propagation_deep",
    "activate",
    "net",
    "model",
    "predict",
    "loss",
)
MORE_BACK = (
    "backward_prop",
    "backward_propagation",
    "backprop_step",
    "l_model_backward",
    "model_backward",
    "backward_propagate",
    "backward_propagate_error",
    "back_propagation",
    "loss",
    "compute_loss",
    "loss_and_gradients",
    "grads",
)
MORE_STEP = (
    "update_params",
    "update_parameters",
    "update_weights",
    "gradient_descent",
    "optimize",
    "apply_gradients",
    "train",
    "fit",
    "train_network",
    "backward",
    "backprop",
    "back_propagation",
    "backpropagation",
    "backward_pass",
    "backward_prop",
    "backward_propagation",
)
MORE_PREDICT = ("get_predictions", "predict_labels", "predict_class")
MORE_EVALUATE = ("get_accuracy", "compute_accuracy", "calculate_accuracy")
MORE_COST = ("calculate_cost", "calculate_loss", "mse", "mse_loss", "cross_entropy")
"""The same of functions around parameters, of layers and of other styles."""

FIRST_RATES = (
    *("lr0", "lr_0", "eta0", "eta_0", "alpha0", "alpha_0", "learning_rate0", "learning_rate_0"),
    *("initial_lr", "init_lr", "lr_init", "lr_initial", "base_lr", "lr_start", "start_lr"),
    *("initial_learning_rate", "learning_rate_init", "init_learning_rate", "base_learning_rate"),
)
"""Attributes with the learning rate of the first step, from which the later ones follow."""

MORE_RATES = (
    *RATES,
    *("step_size", "learningRate", "lr_rate", "LEARNING_RATE", "LR", "ALPHA", "ETA"),
    *FIRST_RATES,
)
"""Attributes and global variables with the learning rate."""

BACK_LIKE = r"grad|back_?(ward|prop)"
STEP_LIKE = r"train|update|step|learn|fit|optimi[sz]e"
"""What else is tried, by a part of its name, where none of these gives any: last of all."""

NEITHER = r"check|numeric|zero|clip|descent|save|load|plot|print|show|draw|write|test|valid|data"
"""What is never called for its name alone: what tests, trains to the end, or has to do with files
and pictures."""
