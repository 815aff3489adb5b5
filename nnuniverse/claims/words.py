"""What the words mean that cells and captions of tables print, by the command that prints these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nnuniverse.claims.reproduction.printed_numbers import VERDICTS_OF_CLAIMS
from nnuniverse.claims.statements import VERDICTS

VERDICT_WORDS: Mapping[str, Mapping[str, str]] = {
    "nnu reproduce": {str(verdict): says for verdict, says in VERDICTS_OF_CLAIMS.items()},
    "nnu verify": VERDICTS,
}
"""The verdicts on what the papers print: on a number that was measured, and on an equation."""

WORDS: Mapping[str, Mapping[str, str]] = {
    "nnu analyze": {
        "gap, printed": "beta from the gap in the spectrum by 2004.09280 (9.4), as printed",
        "gap, exact": "beta from the gap by the exact extremum of -Laplacian F, see --gamma",
        "U = N_>/2 beta": "beta from a loss that stands for U: the largest with U = N_>/(2 beta), "
        "N_> counting the eigenvalues of G above 1/beta, 2004.09280 (7.5), (10.1)",
        "unit window": "the Gaussian that stands for the cube (-1, 1)^N has the variance 1",
        "matched window": "the same has the variance 1/3 of the cube, --window matched",
        "m": "of the local objective, --mass: taken from every eigenvalue lambda of G",
        "snapshot": "an epoch at which observables are measured; 0 is the untrained net",
        "dynamical eigenvalues": "those of G that the architecture lets differ from one",
        "exact ones": "eigenvalues of G that the architecture makes one, whatever the weights",
        "hold": "all self-checks do",
        "corrupt": "a self-check does not hold: no number of this run is to be trusted",
        "cannot tell": "nothing was found, but might be there unseen",
    },
    "nnu reproduce": {
        "margin": "within which our mean must be known to lie to agree; the file of the claims "
        "declares it before the runs",
    },
    "nnu mechanics": {
        "undecided": "none of the mechanics is named: the signed number admits several or none, "
        "or another model is likelier; the reason stands below",
    },
    "nnu align": {
        "along": "the 95 % interval of the mean cosine over the seeds lies above 0",
        "against": "it lies below 0",
        "neither": "it contains 0",
        "undecided": "fewer than three seeds, or a learning rate too high to tell; the reason "
        "stands below",
    },
    "nnu hidden": {
        "holds": "r is null within its margin, and nearer to it than in every control",
        "nearer": "r is nearer to null than in every control, but not null",
        "no nearer": "r is no nearer to null than in some control",
        "undecided": "too few replicas for an interval",
    },
    "nnu geometry": {
        "D Tr g": "entropy production of a Gaussian ensemble near equilibrium, 2004.09280 (12.1), "
        "nats per step, with one D for all directions",
        "turns by": "what an orbit advances beyond 2 pi from one periapsis to the next",
        "deviations": "a state less the one in which the net settles",
    },
    "nnu strings": {"deviations": "a state less the fixed point, a small one"},
    "nnu runs": {
        "running": "a process trains it",
        "complete": "trained to its end",
        "diverged": "trained to its end, but numbers of some replica are no longer finite",
        "resumable": "not trained to its end: `nnu train --resume RUN` goes on",
        "unreadable": "its files are damaged",
        "changed": "its config is no longer that of its results",
    },
    "nnu sweep": {
        "done": "trained to its end",
        "diverged": "trained to its end, but numbers of some replica are no longer finite",
        "in use": "another program has its results open",
        "failed": "ended by an error, which `nnu sweep --status` tells",
        "pending": "not begun",
    },
}
"""By command and word; the verdicts on what the papers print stand in `VERDICT_WORDS`."""


def word_meanings(word: str) -> Iterator[tuple[str, str]]:
    """Yield of what kind a ``word`` is, and what it means, in each command that prints it."""
    text = word.strip()
    for command, verdicts in VERDICT_WORDS.items():
        if text in verdicts:
            yield f"verdict of {command}", verdicts[text]
    for command, words in WORDS.items():
        if text in words:
            yield f"word of {command}", words[text]


def all_words() -> list[str]:
    """Return every word that is known here, none twice."""
    tables = (*VERDICT_WORDS.values(), *WORDS.values())
    return list(dict.fromkeys(word for table in tables for word in table))
