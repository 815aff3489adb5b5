"""Geometry of a metric, and the Onsager tensor of learning that is to be gravity.

Signature -+++, G = c = 1; the Riemann tensor has the sign by which a sphere of radius r has
R = +2/r^2, 2008.01540 (9.16), (9.19).

| file | what |
| --- | --- |
| `metrics` | metrics in closed form, by name |
| `curvature` | from a metric and its two first derivatives to all tensors of curvature |
| `onsager` | the printed, the corrected and the symmetrised Onsager tensor |
| `euler` | the equations of motion of a contracted tensor, by autodiff at a point |
| `torus` | periodic spaces, and actions over them |
| `geodesics` | free fall, and what it conserves |
| `hidden_source` | the action (9.1) and the tensor (9.3) of a net's hidden variables |
| `open_metrics` | which directions of the metric a net's data leave open |
| `gaussian_production` | entropy production of Gaussian ensembles, as printed and as measured |
"""
