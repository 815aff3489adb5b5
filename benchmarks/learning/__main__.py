"""Print or draw what nets have learned; gather it from sweeps, or measure what epochs cost.

``python -m benchmarks.learning`` prints the tables of docs/grand-learning.md from what is kept in
docs/data; ``... gather SWEEP...`` takes into it what folders of sweeps have, and keeps the rest;
``... costs [PROTOCOL...]`` measures processor times, best as ``taskset -c 0 python ...``;
``... draw`` draws the figure.
"""

from __future__ import annotations

import sys
from pathlib import Path

from benchmarks.learning import costs, outcomes
from benchmarks.learning.figure import draw
from benchmarks.learning.outcomes import Outcomes
from benchmarks.learning.page import tables


def main() -> None:
    """Print, gather or measure, as the command line says."""
    match sys.argv[1:]:
        case []:
            print(tables(Outcomes(outcomes.read()), costs.read()))
        case ["gather", *sweeps]:
            found = outcomes.gathered(map(Path, sweeps))
            outcomes.write(outcomes.joined(outcomes.read(), found, costs.protocols()))
        case ["draw"]:
            draw(Outcomes(outcomes.read()))
        case ["costs", *protocols]:
            costs.write(costs.read() | costs.measured(protocols or costs.protocols()))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
