"""scikit-learn's MLPClassifier and MLPRegressor.

Lives here: `is_sklearn` and `recognise_sklearn`. scikit-learn is not imported: whoever has an
estimator has it loaded. It is asked through its public methods: a step is one partial_fit of plain
stochastic gradient descent on the batch, without momentum.
"""

import copy
import sys
from dataclasses import replace
from typing import Any

import numpy as np

from refnet.errors import Interruption, SubjectError
from refnet.problem import Part
from refnet.subjects.protocol import Capabilities, Convention, Description, Head
from refnet.subjects.telling import told
from refnet.subjects.worker.adapted import Array, Arrays, Pair, Question, Taken, numbers

INPUTS, OUTPUTS = 4, 3
"""Units of the input and the output of an estimator that has not been fitted yet. Two classes
would be told apart by one output."""

HIDDEN = {"logistic": "sigmoid", "tanh": "tanh", "relu": "relu", "identity": "identity"}
"""Activations by what scikit-learn calls them."""


def is_sklearn(found: object) -> bool:
    """Tell whether this is one of the two estimators, or a class of them."""
    module = sys.modules.get("sklearn.neural_network")
    if module is None:
        return False
    kinds: Any = (module.MLPClassifier, module.MLPRegressor)
    return issubclass(found, kinds) if isinstance(found, type) else isinstance(found, kinds)


def recognise_sklearn(found: Any) -> Taken:
    """Take in an estimator or its class. Raises SubjectError for one that cannot be made."""
    try:
        model = found() if isinstance(found, type) else found
        network = SklearnNetwork(model)
    except Interruption:
        raise
    except BaseException as error:
        raise SubjectError(f"the estimator raised {told(error)}") from error
    weights, _ = network.get_parameters()
    sizes = (weights[0].shape[1], *(w.shape[0] for w in weights))
    parts: set[Part] = {"outputs", "step"}
    if network.classifies:
        parts |= {"predictions", "correct"}
    head = Head(
        HIDDEN[model.activation],
        "softmax" if network.classifies else "identity",
        "categorical_cross_entropy" if network.classifies else "quadratic",
    )
    classifies = network.classifies
    taken = Taken(
        _described(sizes, head, frozenset(parts), classifies), lambda _sizes: SklearnNetwork(model)
    )

    def relabelled(labels: str) -> Taken:
        """Take no other labels than scikit-learn does. Raises SubjectError."""
        if labels != "integers":
            raise SubjectError(
                f"got the declared labels {labels} for an estimator of scikit-learn; expected "
                "integers, which is what MLPClassifier counts by; leave it out"
            )
        return taken

    return replace(taken, relabelled=relabelled if classifies else None)


def _described(
    sizes: tuple[int, ...], head: Head, parts: frozenset[Part], classifies: bool
) -> Description:
    return Description(
        style="scikit-learn",
        capabilities=Capabilities(
            parts=parts,
            heads=(head,),
            labelled=frozenset({"step"} if classifies else ()),
            sizes=sizes,
            depth=len(sizes) - 1,
        ),
        conventions=(
            Convention("samples", "batches of rows", "detected"),
            Convention("weights", "(fan-in, fan-out)", "detected"),
            Convention("step", "partial_fit without momentum", "detected"),
        ),
    )


class SklearnNetwork:
    """One estimator, asked in the book's layout."""

    def __init__(self, model: Any) -> None:
        self._model = copy.deepcopy(model)
        fitted = hasattr(model, "coefs_")
        self._model.set_params(
            solver="sgd", momentum=0.0, nesterovs_momentum=False, learning_rate="constant"
        )
        self.classifies = hasattr(model, "predict_proba")
        if not fitted:
            y = np.arange(OUTPUTS) if self.classifies else np.eye(OUTPUTS)
            self._fit(np.zeros((OUTPUTS, INPUTS)), y, np.arange(OUTPUTS))

    def _fit(self, x: Array, y: Any, classes: Any = None) -> None:
        # Its optimiser would keep the learning rate of the step before.
        if hasattr(self._model, "_optimizer"):
            del self._model._optimizer
        self._model.set_params(batch_size=len(x), shuffle=False)
        self._model.partial_fit(x, y, **({"classes": classes} if self.classifies else {}))

    def set_parameters(self, weights: Arrays, biases: Arrays) -> None:
        """Put copies of the parameters into the estimator."""
        self._model.coefs_ = [np.ascontiguousarray(w.T) for w in weights]
        self._model.intercepts_ = [b[:, 0].copy() for b in biases]

    def get_parameters(self) -> Pair:
        """Return copies of the parameters as they are."""
        return (
            [numbers(w).T for w in self._model.coefs_],
            [numbers(b).reshape(-1, 1) for b in self._model.intercepts_],
        )

    def ask(self, part: Part, question: Question) -> Any:
        """Return outputs, predictions or the number of correct ones, or take a step."""
        model, x = self._model, question.x.T
        labels = question.y.argmax(axis=0)
        if part == "outputs":
            said = model.predict_proba(x) if self.classifies else model.predict(x)
            return numbers(said).reshape(question.samples, -1).T
        if part == "predictions":
            return model.predict(x)
        if part == "correct":
            return round(model.score(x, model.classes_[labels]) * question.samples, 6)
        model.set_params(learning_rate_init=question.learning_rate, alpha=question.l2)
        y = question.y.T
        if y.shape[1] == 1:
            y = y[:, 0]
        self._fit(x, model.classes_[labels] if self.classifies else y)
        return None
