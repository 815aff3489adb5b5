"""The participation ratio while learning, a curve per replica."""

from nnuniverse.plots import Drawing, Plot, PlotSettings
from nnuniverse.plots.canvas import new_figure
from nnuniverse.runs import RunRecord


def draw(runs: list[RunRecord], settings: PlotSettings) -> Drawing:
    """Draw P against the epoch, with the numbers beside it."""
    figure, grid = new_figure()
    axes = grid.flat[0]
    table: dict[str, list[object]] = {"run": [], "replica": [], "epoch": [], "participation": []}
    for run in runs:
        epochs, ratios = run["snapshot"], run["participation_ratio"]
        for replica, ratio in enumerate(ratios):
            axes.plot(epochs, ratio, label=f"{run.config.name}, replica {replica}")
            table["run"] += [run.name] * len(epochs)
            table["replica"] += [replica] * len(epochs)
            table["epoch"] += epochs.tolist()
            table["participation"] += ratio.tolist()
    axes.set(xlabel="epoch", ylabel="$P$")
    axes.legend()
    return Drawing(figure, table, "The participation ratio of log G against the epoch.")


PARTICIPATION = Plot(
    "participation",
    "Participation ratio while learning",
    ("participation_ratio",),
    draw,
    uses=(),
    symbol="P",
    equation="(sum log^2 lambda)^2 / sum log^4 lambda, over epochs",
    source="not of the papers",
)
