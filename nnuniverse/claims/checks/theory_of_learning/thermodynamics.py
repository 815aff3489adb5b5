"""2004.09280 Secs. 6-7: the mean loss, the free energy, the entropy."""

from __future__ import annotations

from nnuniverse.claims.registry import check
from nnuniverse.claims.residuals import Outcome, Residual


@check("A14")
def mean_loss_is_the_slope_of_log_partition() -> Outcome:
    """``U = -d log Z/d beta = 1/2 sum lambda/(1 + beta lambda)``, of an eigenvalue, symbolically.

    Control: without the factor 1/2.

    Source: 2004.09280 (6.1).
    """
    import sympy as sp

    beta, eigenvalue = sp.symbols("beta lambda", positive=True)
    log_partition = -sp.log(1 + beta * eigenvalue) / 2
    mean_loss = eigenvalue / (1 + beta * eigenvalue) / 2
    slope = -sp.diff(log_partition, beta)
    scale = mean_loss.subs({beta: 1, eigenvalue: 1})
    return Outcome(
        printed=Residual(float(abs(sp.simplify(slope - mean_loss)) / scale)),
        control=Residual(
            float(abs((slope - 2 * mean_loss).subs({beta: 1, eigenvalue: 1})) / scale)
        ),
    )
