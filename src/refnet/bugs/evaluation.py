"""Mistakes in turning outputs into classes and counting the right ones.

Lives here: misuses of argmax and of labels. It knows mechanics, nothing of laws.
"""

from dataclasses import replace

import numpy as np

from refnet.arrays import FloatArray
from refnet.bugs.bug import Bug
from refnet.bugs.situations import asks, every, several_outputs
from refnet.mechanics import RIGHT, Trace
from refnet.mechanics.right import largest_rows

_GROUP = "evaluation"
_CLASSES = asks("predictions", "correct")


def _over_the_batch(trace: Trace) -> FloatArray:
    return largest_rows(trace.activations[-1].value.T)


def _scores_over_the_batch(trace: Trace) -> FloatArray:
    """Compare scores, whose order softmax keeps within a sample, and not from one to the next."""
    return largest_rows(trace.weighted_inputs[-1].value.T)


def _first_of_the_samples(trace: Trace) -> FloatArray:
    # One sample at a time the argmax over the samples is 0 for every class.
    return np.zeros(trace.samples)


def _of_the_whole(trace: Trace) -> FloatArray:
    return np.array(trace.activations[-1].value.argmax(), dtype=np.float64)


def _scores_of_the_whole(trace: Trace) -> FloatArray:
    return np.array(trace.weighted_inputs[-1].value.argmax(), dtype=np.float64)


def _of_the_whole_for_each(trace: Trace) -> FloatArray:
    return np.full(trace.samples, float(trace.activations[-1].value.argmax()))


def _always_class_zero(trace: Trace) -> FloatArray:
    return np.zeros(trace.samples)


def _one_hot_against_number(trace: Trace) -> int:
    # A number equals a whole column only where every entry does.
    predicted = trace.mechanics.predictions(trace)
    return int(np.sum(np.all(trace.y.value == predicted, axis=0)))


def _largest_output(trace: Trace) -> FloatArray:
    largest: FloatArray = trace.activations[-1].value.max(axis=0)
    return largest


def _rounded_units(trace: Trace) -> FloatArray:
    return np.round(_largest_output(trace))


def _labels_along_the_batch(trace: Trace) -> FloatArray:
    return largest_rows(trace.y.value.T)


def _in_pairs(trace: Trace) -> int:
    """Count as zip does, which ends with the shorter of two lists."""
    predicted = np.atleast_1d(trace.mechanics.predictions(trace))
    pairs = zip(predicted, trace.mechanics.wanted(trace), strict=False)
    return sum(int(found == label) for found, label in pairs)


def _any_maximum(trace: Trace) -> int:
    outputs = trace.activations[-1].value
    own = np.take_along_axis(outputs, trace.y.value.argmax(axis=0)[None, :], axis=0)
    return int(np.sum(own >= outputs.max(axis=0)))


BUGS = (
    Bug(
        slug="argmax-over-batch",
        title="argmax runs over the samples where it should run over the classes",
        group=_GROUP,
        wrong="argmax along the samples, one number per class",
        right="argmax along the classes, one class per sample",
        symptom="About 10 % accuracy, or an exception where classes and samples differ in number.",
        hint="The classes lie along axis 0 where one column is one sample, along axis 1 where one "
        "row is. The result must be as long as the batch.",
        equation="evaluation",
        aimed_at="evaluation/predictions",
        realisations=(
            replace(RIGHT, predictions=_over_the_batch),
            replace(RIGHT, predictions=_over_the_batch, correct=_in_pairs),
            replace(RIGHT, predictions=_scores_over_the_batch),
            replace(RIGHT, predictions=_scores_over_the_batch, correct=_in_pairs),
            replace(RIGHT, predictions=_first_of_the_samples),
        ),
        applies=every(several_outputs, _CLASSES),
    ),
    Bug(
        slug="argmax-flattened",
        title="argmax is taken of the whole batch at once",
        group=_GROUP,
        wrong="np.argmax(a), one number for the whole matrix",
        right="argmax along the classes, one class per sample",
        symptom="Every sample is given the same class, or a class that does not exist.",
        hint="Without axis= NumPy flattens first. Right for one sample at a time only.",
        equation="evaluation",
        aimed_at="evaluation/predictions",
        realisations=(
            replace(RIGHT, predictions=_of_the_whole_for_each),
            replace(RIGHT, predictions=_of_the_whole),
            replace(RIGHT, predictions=_scores_of_the_whole),
        ),
        applies=_CLASSES,
    ),
    Bug(
        slug="argmax-of-label",
        title="argmax is taken of a label that is a number already",
        group=_GROUP,
        wrong="np.argmax(a) == np.argmax(y) with y = 3, which is class 0",
        right="np.argmax(a) == y, or argmax of both with a one-hot y",
        symptom="Accuracy is the share of class 0 among the predictions, whatever the network has "
        "learned.",
        hint="Nielsen's training labels are one-hot columns, his test labels are numbers. Find "
        "out which y you have before comparing.",
        equation="evaluation",
        aimed_at="evaluation/count",
        realisations=(
            replace(RIGHT, wanted=_always_class_zero),
            replace(RIGHT, correct=_one_hot_against_number),
        ),
        applies=every(several_outputs, asks("correct")),
    ),
    Bug(
        slug="max-for-argmax",
        title="max is used where argmax belongs",
        group=_GROUP,
        wrong="max along the classes, the largest output",
        right="argmax along the classes, the unit that has it",
        symptom="0 % accuracy: 0.93 is not a class.",
        hint="max says how large, argmax says where.",
        equation="evaluation",
        aimed_at="evaluation/predictions",
        realisations=(
            replace(RIGHT, predictions=_largest_output),
            replace(RIGHT, predictions=_rounded_units),
        ),
        applies=_CLASSES,
    ),
    Bug(
        slug="label-axis-mixed",
        title="one-hot labels are read along the wrong axis",
        group=_GROUP,
        wrong="argmax of y along the samples",
        right="argmax of y along the classes, one class per sample",
        symptom="Accuracy at chance although the network learns, or an exception.",
        hint="Outputs and labels must be read along the same axis: that of the classes.",
        equation="evaluation",
        aimed_at="evaluation/count",
        realisations=(
            replace(RIGHT, wanted=_labels_along_the_batch),
            replace(RIGHT, wanted=_labels_along_the_batch, correct=_in_pairs),
        ),
        applies=every(several_outputs, asks("correct")),
    ),
    Bug(
        slug="ties-count",
        title="a sample counts as right if its class is among several that tie",
        group=_GROUP,
        wrong="correct if a[label] == max a",
        right="correct if label == argmax a",
        symptom="Accuracy is too good where units saturate or die: an untrained network with all "
        "outputs equal scores 100 %.",
        hint="Compare classes, not outputs: argmax decides a tie once and for all.",
        equation="evaluation",
        aimed_at="evaluation/count",
        realisations=(replace(RIGHT, correct=_any_maximum),),
        applies=every(several_outputs, asks("correct")),
    ),
)
