"""What of the action (9.1) and its source (9.3) a net has, and what it leaves open.

The metric that would make an action of them is another matter: see `open_metrics`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from nnuniverse.physics.hidden.linear_step import with_their_sum


class HiddenSource(NamedTuple):
    """The parts of (9.1) at some steps, each (step,), over the kinetic term ``sum |v^d|^2``.

    ``action``: with eta, fluctuations being without effect; ``of_deviations``: the same of x less
    the state that it settles in; ``neurons``: the sum of the sizes of the action neuron by neuron;
    ``fluctuations``: what they add to the tensor itself, ``sum_d tr Cov_d(e)``; ``gauge``: the
    largest change of the action at a neuron along a direction n xi^T + xi n^T of the metric, over
    the largest element of the tensor there; ``linear``: ``|e + v|`` of deviations, over |v|: by how
    much the linear step is off that (9.1) stands on.
    """

    action: np.ndarray
    of_deviations: np.ndarray
    neurons: np.ndarray
    fluctuations: np.ndarray
    gauge: np.ndarray
    linear: np.ndarray


def hidden_source(
    states: Float[np.ndarray, "step samples n"],
    speeds: Float[np.ndarray, "step samples n"],
    inputs: Float[np.ndarray, "samples n_1"],
    averages: Float[np.ndarray, "D samples"],
    settled: Float[np.ndarray, "D n"],
    couplings: tuple[Float[np.ndarray, "n n_1"], Float[np.ndarray, "n n"]],
) -> HiddenSource:
    """Return what (9.1) has at some steps: ``g_mn (<x^m_i G_ij x^n_j> - v^m_i v^n_i)``, alpha = 1.

    With ``e = x - A x`` of the free neurons the first term is ``x_i ((1 - A)^T e)_i``, and its sum
    |e|^2; that of the clamped ones, |x|^2, has no G and is left out.  A linear net without biases
    has e = -v, so that for any constant metric the means add up to nothing (B18).
    ``x^0`` is the sum of one sample per subsystem, drawn independently, as (7.3) has it: eta of its
    fluctuations is zero.

    ``states``: x, and ``speeds``: v, of the free neurons, (step, samples, n); ``inputs``: (samples,
    n_1); ``averages``: what makes means over subsystems of samples, (D, samples); ``settled``: the
    means of the last states, (D, n); ``couplings``: A of the free neurons from the inputs and from
    the free ones, (n, n_1) and (n, n).

    Source: 2008.01540 (9.1)-(9.3), (7.3), under a condition (B18).
    """
    outer, inner = couplings
    clamped, found = averages @ inputs, []
    for x, v in zip(states, speeds, strict=True):
        e = x - x @ inner.T - inputs @ outer.T
        means = Means(*(averages @ one for one in (x, e, v)))
        spread = float((averages @ (e**2).sum(axis=1)).sum() - (means.e**2).sum())
        off = means.x - settled
        deviations = Means(off, off - off @ inner.T, means.v)
        found.append(_parts(means, deviations, spread, source_tensor(means, clamped, couplings)))
    return HiddenSource(*(np.array(part) for part in zip(*found, strict=True)))


class Means(NamedTuple):
    """Of the subsystems, at a step: states x, ``e = x - A x``, and speeds v, (D, n) each."""

    x: np.ndarray
    e: np.ndarray
    v: np.ndarray


def flat_action(means: Means) -> float:
    """Return ``eta_mn (e^m e^n - v^m v^n)``, summed over neurons, with x^0 = sum_d x^d.

    ``means``: of the subsystems at two steps.

    Source: 2008.01540 (9.1), (7.3).
    """
    eta = np.array([-1.0, *[1.0] * len(means.x)])
    e, v = with_their_sum(means.e), with_their_sum(means.v)
    return float(eta @ ((e**2).sum(axis=1) - (v**2).sum(axis=1)))


def source_tensor(
    means: Means,
    clamped: Float[np.ndarray, "D n_1"],
    couplings: tuple[Float[np.ndarray, "n n_1"], Float[np.ndarray, "n n"]],
) -> tuple[Float[np.ndarray, "n+n_1 D+1 D+1"], Float[np.ndarray, "n+n_1 D+1 D+1"]]:
    """Return the tensor ``T_i^mn`` of (9.3) of means alone, (n + n_1, D + 1, D + 1).

    And in a second array what its elements are the difference of, which tells its rounding.
    Symmetrised in (mn), as the metric contracts it; of the free neurons, and after them of the
    ``clamped`` inputs, (D, n_1), without their own |x|^2: the sum over all is e^m e^n - v^m v^n.
    ``couplings``: as of `hidden_source`.

    Source: 2008.01540 (9.3).
    """
    outer, inner = couplings
    e = with_their_sum(means.e)
    x = with_their_sum(np.concatenate([means.x, clamped], axis=1))
    v = with_their_sum(np.pad(means.v, ((0, 0), (0, clamped.shape[1]))))
    backwards = np.concatenate([e - e @ inner, -e @ outer], axis=1)
    first = np.einsum("mi,ni->imn", x, backwards)
    first = 0.5 * (first + first.swapaxes(1, 2))
    kinetic = np.einsum("mi,ni->imn", v, v)
    return first - kinetic, np.abs(first) + np.abs(kinetic)


def _parts(
    means: Means, deviations: Means, spread: float, source: tuple[np.ndarray, np.ndarray]
) -> tuple[float, float, float, float, float, float]:
    """Return the parts of a `HiddenSource` at a step, NaN where nothing moves."""
    kinetic = float((means.v**2).sum())
    tensor, sizes = source
    largest = sizes.max(axis=(1, 2))
    there = largest > 0.0
    if not kinetic or not there.any():
        return (np.nan,) * 6
    normal = np.array([1.0, *[-1.0] * len(means.x)])
    # xi is any unit vector: n xi^T + xi n^T gives at most twice the length of n_m T^mn.
    along = 2.0 * np.linalg.norm(np.einsum("m,imn->in", normal, tensor), axis=1)
    eta = np.diag([-1.0, *[1.0] * len(means.x)])
    per_neuron = np.einsum("mn,imn->i", eta, tensor)
    return (
        flat_action(means) / kinetic,
        flat_action(deviations) / kinetic,
        float(np.abs(per_neuron).sum()) / kinetic,
        spread / kinetic,
        float((along[there] / largest[there]).max()),
        float(np.linalg.norm(deviations.e + deviations.v)) / kinetic**0.5,
    )
