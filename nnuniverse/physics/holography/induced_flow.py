"""What learning in the bulk does to the boundary: the flow of the transfer matrix, linear nets."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Int


def transfer_matrix(
    weights: Float[np.ndarray, "N N"],
    inputs: Int[np.ndarray, " inputs"],
    outputs: Int[np.ndarray, " outputs"],
) -> Float[np.ndarray, "outputs inputs"]:
    """Return ``T = P_out (1 - w)^-1 P_in^T``, (outputs, inputs), of a linear net ``x = w x + s``.

    Outputs are ``T x_in`` for clamped inputs, whose rows of w are zero.  ``weights``: w, (N, N);
    ``inputs``, ``outputs``: neurons.  Raises LinAlgError if ``1 - w`` is singular.

    Source: 2008.01540 (10.3), under a condition (B23).

    >>> w = np.array([[0.0, 0.0, 0.0], [0.5, 0.0, 0.0], [0.0, 0.5, 0.0]])  # 0 -> 1 -> 2
    >>> transfer_matrix(w, np.array([0]), np.array([2])).tolist()
    [[0.25]]
    """
    resolvent = np.linalg.inv(np.eye(len(weights)) - weights)
    return np.asarray(resolvent[np.ix_(outputs, inputs)])


def induced_flow(
    weights: Float[np.ndarray, "N N"],
    allowed: Bool[np.ndarray, "N N"],
    inputs: Int[np.ndarray, " inputs"],
    outputs: Int[np.ndarray, " outputs"],
    slope: Float[np.ndarray, "outputs inputs"],
) -> Float[np.ndarray, "outputs inputs"]:
    """Return ``dT/dt`` under gradient flow ``dw/dt = -dH/dw`` of a linear net's allowed weights.

    With ``R = (1 - w)^-1`` and ``D = dH/dT``,

        dT/dt = - sum over edges (i, j) of R_out,i [R^T P_out^T D P_in R^T]_ij R_j,in,

    learning of a shallow net in a metric that the bulk supplies.  With all N^2 weights free it is
    ``-(P_out G(w)^-1 P_out^T) D (P_in G(w^T)^-1 P_in^T)``, ``G^-1 = R R^T``; with clamped inputs,
    whose rows are zero, the first factor is ``P_out G(w)^-1 P_out^T - T T^T``.  ``weights``: w,
    (N, N); ``allowed``: edges, bool (N, N); ``slope``: D, (outputs, inputs).  Raises LinAlgError if
    ``1 - w`` is singular.

    Source: an addition to 2008.01540 (10.3), (10.5) (B35).
    """
    resolvent = np.linalg.inv(np.eye(len(weights)) - weights)
    from_edges, to_edges = resolvent[outputs], resolvent[:, inputs]
    descent = -np.where(allowed, from_edges.T @ slope @ to_edges.T, 0.0)
    return np.asarray(from_edges @ descent @ to_edges)


def clamped_metric(
    weights: Float[np.ndarray, "N N"],
    inputs: Int[np.ndarray, " inputs"],
    outputs: Int[np.ndarray, " outputs"],
) -> tuple[Float[np.ndarray, "outputs outputs"], Float[np.ndarray, "inputs inputs"]]:
    """Return the two factors of the induced flow with clamped inputs and all other weights free.

    ``P_out G(w)^-1 P_out^T - T T^T``, (outputs, outputs), and ``P_in G(w^T)^-1 P_in^T``, (inputs,
    inputs): ``dT/dt = - first (dH/dT) second``.  ``weights``: w, (N, N), rows of inputs zero.

    Source: an addition to 2008.01540 (10.3), (10.5) (B35).
    """
    resolvent = np.linalg.inv(np.eye(len(weights)) - weights)
    transfer = resolvent[np.ix_(outputs, inputs)]
    first = resolvent[outputs] @ resolvent[outputs].T - transfer @ transfer.T
    second = resolvent[:, inputs].T @ resolvent[:, inputs]
    return first, second
