"""What mechanics, rivals, verdicts and diffusions are called, for people."""

from __future__ import annotations

CALLED = {
    "fokker_planck": "Fokker-Planck",
    "schroedinger": "Schroedinger",
    "hamilton_jacobi": "Hamilton-Jacobi",
    "kramers": "Kramers",
    "bridge": "bridge",
    "undecided": "undecided",
    "nelson": "Nelson",
}
"""Models and verdicts."""


def called(name: str) -> str:
    """Return what a model or a verdict is called; a name that is not known, as it is."""
    return CALLED.get(name, name.replace("_", " "))


def diffusion_called(kind: str) -> str:
    """Return what a diffusion is called that is from ``kind``: measured, linear, given, a rival."""
    if kind == "linear":
        return "D of linear theory"
    if kind in CALLED:
        return f"D of {called(kind)}"
    return f"D {kind}"
