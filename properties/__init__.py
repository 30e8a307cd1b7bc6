"""The laws of backpropagation, and the Hypothesis tests that hold the reference to them.

`LAWS` has every law in the order in which they are judged: purity and shapes first, then forward
and cost, then equation by equation, the whole gradient, batches, steps, symmetries, evaluation,
extremes, initialisation. A law is about a subject's answers; bugs and diagnosis are unknown here.
"""

from . import (
    test_argmax_evaluation,
    test_batch,
    test_costs,
    test_derivative_not_cost,
    test_equations,
    test_extremes,
    test_feedforward,
    test_gradient_check,
    test_initialisation,
    test_purity,
    test_shape_invariants,
    test_step,
    test_symmetry,
)

LAWS = (
    test_purity.inputs_unchanged,
    test_purity.repeatable,
    test_shape_invariants.outputs,
    test_shape_invariants.gradients,
    test_shape_invariants.step,
    test_feedforward.forward_outputs,
    test_costs.cost_value,
    test_derivative_not_cost.derivative_not_cost,
    test_equations.output_error,
    test_equations.hidden_error,
    test_equations.bias_gradient,
    test_equations.weight_gradient,
    test_gradient_check.gradient_check,
    test_gradient_check.gradient_exact,
    test_gradient_check.gradient_kink,
    test_batch.batch_mean,
    test_batch.batch_order,
    test_batch.batch_sizes,
    test_step.update,
    test_step.biases_not_decayed,
    test_step.zero_rate,
    test_step.lockstep,
    test_symmetry.hidden_units,
    test_symmetry.duplicate_sample,
    test_symmetry.relu_homogeneity,
    test_argmax_evaluation.predictions,
    test_argmax_evaluation.permuted_samples,
    test_argmax_evaluation.permuted_classes,
    test_argmax_evaluation.count,
    test_argmax_evaluation.count_adds_up,
    test_extremes.saturated,
    test_extremes.saturated_cost,
    test_initialisation.symmetry_broken,
    test_initialisation.scheme,
)
"""Every law, in the order in which they are judged."""
