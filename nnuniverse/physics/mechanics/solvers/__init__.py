"""Equations of motion of a density p(t, q) of trainable variables, solved on grids.

With unit mass, S the phase over the mass, v = grad S the current velocity and W the potential over
the mass, the papers' mechanics are one family with a signed number A,

    dp/dt + div(p v) = 0,    dS/dt + |grad S|^2/2 + W - (A/2) lap sqrt(p)/sqrt(p) = 0,

A = (hbar/m)^2 > 0 Schroedinger, A = 0 Hamilton and Jacobi, A = -4 D^2 Fokker and Planck with
S = -U - D log p, W = -|grad U|^2/2 + D lap U.  One method a file:

| file | equation | method | order |
| --- | --- | --- | --- |
| `crank_nicolson` | Fokker-Planck | `scharfetter_gummel`, Crank-Nicolson | 2 |
| `relaxation_modes` | the same on a line, constant potential | eigenvectors | 2 in space |
| `split_step` | Schroedinger on a line or a ring | Strang, Fourier | 2 in time |
| `stationary_states` | the same, constant potential | eigenvectors, Fourier | exact in time |
| `twisted_ring` | flux, winding number, energies, free waves of a ring | | exact |
| `nodes` | when a wave on a ring has a zero | division | |
| `madelung_fluid` | the family itself, A >= 0, far from nodes | Fourier, Runge-Kutta | 4 in time |
| `characteristics` | Hamilton-Jacobi | particles, leapfrog | 2, its density 1 |
| `phase_space` | Kramers, with momentum | Strang, Fourier, `scharfetter_gummel` | 2 |
| `functional` | all of 2008.01540 (5.2), (5.3) | Fourier, Runge-Kutta | 4 in time |
| `stationary_path` | (5.1) itself, between two densities | Newton | 2 in time |
| `terminal_value` | 2008.01540 (6.2), which has no initial-value problem | Hopf-Cole, Strang | 2 |

"Exact" and Fourier mean to rounding, once the grid resolves the solution.
"""
