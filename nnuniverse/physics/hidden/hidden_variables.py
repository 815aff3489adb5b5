"""What is found of the hidden variables of a run, and under which names ``hidden.h5`` has it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Shaped

from nnuniverse.physics.hidden.unsettled import eigenvalue_at_rest, periods
from nnuniverse.variables import SEED, Axis, NamedValues, Variable

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)
"""Over neurons, of a control over its draws too."""

NETS = ("run", "random groups", "shuffled weights", "untrained")
"""The net with its subsystems, and its controls: the same net with random groups of samples of the
same sizes; its weights shuffled within the mask; the net before its first epoch."""

CONTROLS = NETS[1:]

SIGNS = ("fewer", "more")

OF_STEP = ("replica", "step")
OF_NEURON = (*OF_STEP, "free_neuron")
OF_NETS = ("replica", "net", "step")
OF_SAMPLE = ("replica", "sample")
OF_FIT = ("replica", "fit_step", "fit_neuron")

NULL = "2008.01540 (7.6)"
METRIC = "2008.01540 (7.8) (B13)"


def _variable(
    name: str, dims: tuple[str, ...], long_name: str, symbol: str, equation: str, source: str = NULL
) -> Variable:
    return Variable(name, dims, long_name, source, equation=equation, symbol=symbol)


VARIABLES = (
    _variable(
        "mean_state",
        ("replica", "subsystem", "step", "free_neuron"),
        "mean state of the samples of a subsystem from x = 0 on; subsystem 0: their sum",
        "x^(d)",
        "mean of x(t) over the samples of d; x^(0) = sum_d x^(d)",
        "2008.01540 (7.3)",
    ),
    _variable(
        "speed",
        OF_STEP,
        "speed of all subsystems over that of the first step; missing below 1e-9",
        "|v(t)|/|v(0)|",
        "|v(t)|/|v(0)|, v^(d) = x^(d)(t + 1) - x^(d)(t), over neurons and subsystems",
        "2008.01540 (7.5)",
    ),
    _variable(
        "speed_control",
        ("replica", "control", "step"),
        "the same of the controls, mean over their draws",
        "|v(t)|/|v(0)|",
        "|v(t)|/|v(0)|",
        "2008.01540 (7.5)",
    ),
    _variable(
        "subsystem_correlation",
        OF_NEURON,
        "mean correlation of the speeds of the subsystems at a neuron: 0 if null, 1 if alike",
        "r_i",
        "[(sum_d v_d)^2 - sum_d v_d^2] / ((D - 1) sum_d v_d^2)",
    ),
    _variable(
        "subsystem_correlation_control",
        ("replica", "control", "step", "quantile"),
        "quantiles of the same of the controls, over neurons and draws",
        "r_i",
        "quantiles of r_i",
    ),
    _variable(
        "mean_correlation",
        OF_NETS,
        "mean of it over the neurons, of a control over its draws too",
        "<r_i>",
        "mean over i of r_i",
    ),
    _variable(
        "pooled_correlation",
        OF_NETS,
        "the same with numerator and denominator summed over the neurons",
        "r",
        "sum_i [(sum_d v_d)^2 - sum_d v_d^2] / ((D - 1) sum_i sum_d v_d^2)",
    ),
    _variable(
        "corrected_correlation",
        OF_NETS,
        "the same without what the means over few samples are off by",
        "r_c",
        "sum_i [(sum_d v_d)^2 - sum_d v_d^2] / ((D - 1) sum_i sum_d (v_d^2 - s_d^2/n_d))",
    ),
    _variable(
        "linear_step_error",
        ("replica", "subsystem", "step"),
        "error of the linear step of speeds, (7.2) of a subsystem, (7.1) of their sum",
        "e",
        "|v(t) - f' w v(t - 1)| / |v(t)|, f' at w x^(d)(t - 1) + b",
        "2008.01540 (7.1), (7.2) (B12)",
    ),
    _variable(
        "metric_residual",
        OF_FIT,
        "mean square of the best form on whitened speeds, over that of isotropic ones",
        "q",
        "D (D + 2)/2 times the least eigenvalue of <(u u^T) x (u u^T)>",
        METRIC,
    ),
    _variable(
        "metric_residual_gaussian",
        (*OF_FIT, "surrogate"),
        "the same of Gaussians with the means and variances of the samples",
        "q",
        "D (D + 2)/2 times the least eigenvalue of <(u u^T) x (u u^T)>",
        METRIC,
    ),
    _variable(
        "metric_gap",
        OF_FIT,
        "second least over least eigenvalue of the fit",
        "gap",
        "lambda_2/lambda_1 of <(u u^T) x (u u^T)>",
        METRIC,
    ),
    _variable(
        "metric_stability",
        OF_FIT,
        "median cosine with the forms of other samples; missing where the gap is below 3",
        "|cos|",
        "|cos(h, h')|, h' of samples drawn with replacement",
        METRIC,
    ),
    _variable(
        "metric_gap_gaussian",
        (*OF_FIT, "surrogate"),
        "the gap of Gaussians with the means and variances of the samples",
        "gap",
        "lambda_2/lambda_1 of <(u u^T) x (u u^T)>",
        METRIC,
    ),
    _variable(
        "metric_stability_gaussian",
        (*OF_FIT, "surrogate"),
        "the stability of the form of these Gaussians; missing where their gap is below 3",
        "|cos|",
        "|cos(h, h')|, h' of Gaussians drawn with replacement",
        METRIC,
    ),
    _variable(
        "metric",
        (*OF_FIT, "form_row", "form_column"),
        "form that vanishes on the speeds, unit norm; missing where the data do not determine it",
        "h",
        "sum_cd h_cd v_c v_d = 0; missing unless gap >= 3, |cos| >= 0.9, and gap < 3 of Gaussians",
        METRIC,
    ),
    _variable(
        "metric_signature",
        (*OF_FIT, "sign"),
        "eigenvalues of the best form of either sign; see metric_signature_gaussian",
        "(p, q)",
        "numbers of eigenvalues of one sign and of the other, the smaller first",
        METRIC,
    ),
    _variable(
        "metric_signature_gaussian",
        (*OF_FIT, "surrogate", "sign"),
        "the same of Gaussians with the means and variances of the samples",
        "(p, q)",
        "numbers of eigenvalues of one sign and of the other, the smaller first",
        METRIC,
    ),
    Variable(
        "sample_period",
        OF_SAMPLE,
        "what a sample does after the last step: 1 at rest, p comes back after p steps, 0 neither",
        "2008.01540 (2.1)",
        equation="least p <= 64 with |x(T + p) - x(T)| <= 1e-6 max(1, |x(T)|), largest of neurons",
        symbol="p",
        computed_by=(periods,),
    ),
    Variable(
        "sample_eigenvalue",
        OF_SAMPLE,
        "largest |eigenvalue| at the fixed point that a sample has not reached, of a few samples",
        "2008.01540 (7.2)",
        equation="largest |eigenvalue| of f' w at x = f(w x + b), of up to 10 samples",
        symbol="|lambda|",
        computed_by=(eigenvalue_at_rest,),
    ),
)
"""What ``hidden.h5`` holds of every run."""

NAMES = {variable.name: variable for variable in VARIABLES}


@dataclass(frozen=True)
class HiddenVariables(NamedValues):
    """What is found of the nets of a run at one epoch.

    ``seeds``: of the replicas; ``subsystems``: their names; ``counts``: samples of each;
    ``neurons``: the free ones; ``fit_steps``, ``fit_neurons``: where a metric was fitted;
    ``values``: by the names of `VARIABLES`, NaN where a replica had diverged.
    """

    seeds: np.ndarray
    subsystems: Sequence[str]
    counts: np.ndarray
    neurons: np.ndarray
    fit_steps: np.ndarray
    fit_neurons: np.ndarray
    values: Mapping[str, np.ndarray]

    @classmethod
    def stored(
        cls, values: Mapping[str, Shaped[np.ndarray, " ..."]], attributes: Mapping[str, object]
    ) -> HiddenVariables:
        """Return what ``hidden.h5`` holds, given its variables and its attributes by name.

        ``values``: the variables of the file by name.
        """
        return cls(
            values["seed"],
            str(attributes["subsystems"]).split(", "),
            np.atleast_1d(np.asarray(attributes["subsystem_samples"])),
            values["free_neuron"],
            values["fit_step"],
            values["fit_neuron"],
            {name: values[name] for name in NAMES},
        )

    @property
    def attributes(self) -> dict[str, object]:
        """What `stored` needs besides variables."""
        return {"subsystems": ", ".join(self.subsystems), "subsystem_samples": self.counts}

    @property
    def steps(self) -> int:
        """T, the steps followed."""
        return int(self["speed"].shape[-1])

    @property
    def variables(self) -> list[tuple[Variable, Shaped[np.ndarray, " ..."]]]:
        """What is found, each with its values, and the seeds."""
        found = [(NAMES[name], values) for name, values in self.values.items()]
        return [(SEED, self.seeds), *found]

    @property
    def axes(self) -> list[Axis]:
        """The dimensions of the ``values``."""
        numbers = np.arange(len(self.subsystems))
        return [
            Axis("replica", "member of the ensemble", np.arange(len(self.seeds))),
            Axis("subsystem", "number of the subsystem, 0: their sum", np.arange(len(numbers) + 1)),
            Axis("step", "step t of the states from x = 0", np.arange(self.steps)),
            Axis("free_neuron", "neuron that is not an input", self.neurons),
            Axis("net", "the run or a control", np.array(NETS, object)),
            Axis("control", "control", np.array(CONTROLS, object)),
            Axis("quantile", "share of neurons below", np.array(QUANTILES)),
            Axis("fit_step", "step whose speeds a metric was fitted to", self.fit_steps),
            Axis("fit_neuron", "neuron that a metric was fitted at", self.fit_neurons),
            Axis("surrogate", "number of the Gaussians", self._numbers("metric_residual_gaussian")),
            Axis("form_row", "subsystem, from 0", numbers),
            Axis("form_column", "subsystem, from 0", numbers),
            Axis("sample", "sample that was followed", self._numbers("sample_period")),
            Axis("sign", "which sign of eigenvalues", np.array(SIGNS, object)),
        ]

    def _numbers(self, name: str) -> np.ndarray:
        return np.arange(self[name].shape[-1])
