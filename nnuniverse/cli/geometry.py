"""``nnu geometry``: curvature, free fall, and the Onsager tensor that is to be gravity."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nnuniverse.cli.options import (
    AsJson,
    Runs,
    given,
    numbers,
    print_json,
    remark,
    run_folders,
    user_path,
)
from nnuniverse.cli.storing import show_nets
from nnuniverse.errors import ConfigError

if TYPE_CHECKING:
    from nnuniverse.physics.gravity.metrics import Metric

app = typer.Typer(
    help="Curvature of a metric, free fall, and the Onsager tensor.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

TENSOR_NAMES = "R, kretschmann, ricci, einstein, riemann, weyl, christoffel"

MetricName = Annotated[
    str, typer.Argument(metavar="METRIC", help="A name, or a YAML file.", show_default=False)
]
Parameters = Annotated[
    list[str] | None, typer.Argument(metavar="KEY=VALUE", help="Parameters, as mass=2.")
]


@app.command("metrics")
def list_metrics(as_json: AsJson = False) -> None:
    """List the metrics that have names, with their coordinates and parameters."""
    import inspect

    from nnuniverse.cli.display.geometry_tables import NamedMetric, print_metrics
    from nnuniverse.physics.gravity.metrics import METRICS

    found = [
        NamedMetric(
            name,
            builder().coordinates,
            {one.name: one.default for one in inspect.signature(builder).parameters.values()},
            builder().says,
        )
        for name, builder in METRICS.items()
    ]
    if as_json:
        print_json([one._asdict() for one in found])
    else:
        print_metrics(found)


@app.command("curvature")
def show_curvature(
    metric: MetricName,
    parameters: Parameters = None,
    at: Annotated[
        list[str] | None,
        typer.Option("--at", metavar="X,...", help="A point; may be given often."),
    ] = None,
    tensors: Annotated[
        str, typer.Option("--tensors", metavar="NAME,...", help=f"Of {TENSOR_NAMES}.")
    ] = "R,kretschmann,ricci,einstein",
    as_json: AsJson = False,
) -> None:
    """Print the curvature of METRIC at points, 2008.01540 (9.16), (9.19).

    Signature -+++; the unit sphere has R = +2.
    """
    import numpy as np

    from nnuniverse.cli.display.geometry_tables import (
        TENSORS,
        curvature_document,
        print_curvature,
    )

    chosen = tensors.split(",")
    for name in chosen:
        if name not in TENSORS:
            raise ConfigError(
                "`--tensors`", f"be of {TENSOR_NAMES}", f"names {name!r}", "--tensors R,ricci"
            )
    space = _opened(metric, parameters)

    from nnuniverse.experiments.geometry import curvature_at

    points = np.array(_points(at) or [list(space.point)])
    found = curvature_at(space, points)
    if as_json:
        print_json(curvature_document(space, points, found, chosen))
    else:
        print_curvature(space, points, found, chosen)


@app.command("geodesic")
def fall(
    metric: MetricName,
    parameters: Parameters = None,
    position: Annotated[
        str, typer.Option("--position", metavar="X,...", help="Where it begins.")
    ] = "",
    velocity: Annotated[str, typer.Option("--velocity", metavar="U,...", help="dx/ds there.")] = "",
    length: Annotated[float, typer.Option("--length", metavar="S", help="How long.")] = 10.0,
    norm: Annotated[
        float | None,
        typer.Option(
            "--norm", metavar="N", help="-1: a body, 0: light; the first of U is solved for."
        ),
    ] = None,
    steps: Annotated[int, typer.Option("--steps", metavar="N", help="Points of it.")] = 200,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", parser=user_path, help="HDF5 file of the path."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let a body, or light, fall freely in METRIC, and tell what it conserves."""
    space = _opened(metric, parameters)

    from nnuniverse.cli.display.geometry_tables import path_document, print_path
    from nnuniverse.experiments.geometry import Fall, free_fall

    begun = Fall(
        _vector("--position", position, space.point),
        _vector("--velocity", velocity, None),
        length,
        norm,
        steps,
    )
    found = free_fall(space, begun)
    if out is not None:
        from nnuniverse.experiments.geodesic_file import write_geodesic

        write_geodesic(out, space, found)
    if as_json:
        print_json(path_document(space, found))
    else:
        print_path(space, found)


@app.command("onsager")
def compare(
    dimension: Annotated[int, typer.Option("--dimension", metavar="D", help="2 to 4.")] = 2,
    euclidean: Annotated[
        bool, typer.Option("--euclidean", help="Of space alone, without a time.")
    ] = False,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Of the torus.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Compare the printed and the corrected Onsager tensor with Einstein's, on a torus.

    2008.01540 (9.14) and 2004.09280 (12.9) are wrong as printed.
    """
    from nnuniverse.cli.display.geometry_tables import print_onsager
    from nnuniverse.experiments.geometry import compare_onsager

    found = compare_onsager(dimension, euclidean, seed)
    if as_json:
        print_json(
            {
                "dimension": dimension,
                "einstein": found.einstein,
                "curvature_action": found.curvature,
                "tensors": [one._asdict() for one in found.rows],
            }
        )
    else:
        print_onsager(found)


@app.command("production")
def show_production(
    runs: Runs,
    since: Annotated[
        int | None, typer.Option("--since", metavar="STEP", help="At rest from here.  [half]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Compare the entropy production of 2004.09280 (12.1) with that of ensembles of `nnu evolve`.

    Exit codes: 0 done, whatever is found, 1 failed, 2 wrong usage.
    """
    from nnuniverse.cli.display.production_tables import print_production, production_document
    from nnuniverse.experiments.production import production_of_run
    from nnuniverse.runs import read_run

    found = [production_of_run(read_run(folder), since) for folder in run_folders(runs)]
    if as_json:
        print_json([production_document(one) for one in found])
        return
    for one in found:
        print_production(one)


@app.command("source")
def show_source(
    runs: Runs,
    steps: Annotated[
        int | None, typer.Option("--steps", metavar="T", help="From x = 0.  [60]")
    ] = None,
    samples: Annotated[
        str | None, typer.Option("--samples", metavar="test|train", help="Which.  [test]")
    ] = None,
    groups: Annotated[
        str | None,
        typer.Option("--groups", metavar="classes|random|FILE", help="Subsystems.  [classes]"),
    ] = None,
    epoch: Annotated[
        int | None,
        typer.Option("--epoch", metavar="EPOCH", help="Weights of that snapshot.  [the last]"),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Of halves and directions.  [0]")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what trained nets have of the action (9.1), and why no metric follows from it.

    2008.01540 (9.1)-(9.3).  Exit codes: 0 done, whatever is found, 1 failed, 2 wrong usage.
    """
    folders = run_folders(runs)

    from nnuniverse.numerical_settings import require_jax

    require_jax()

    from nnuniverse.cli.display.source_tables import print_source, source_document
    from nnuniverse.experiments.geometry_source import source_of_run
    from nnuniverse.experiments.hidden import HiddenSettings

    options = given(steps=steps, samples=samples, groups=groups, epoch=epoch, seed=seed)
    settings = HiddenSettings(**options)
    found = [source_of_run(folder, settings, remark, show_nets) for folder in folders]
    if as_json:
        print_json([source_document(one) for one in found])
        return
    for one in found:
        print_source(one)


# --- input ---------------------------------------------------------------------------------------


def _opened(metric: str, parameters: list[str] | None) -> Metric:
    values = {}
    for text in parameters or []:
        key, equals, value = text.partition("=")
        if not equals:
            raise ConfigError("a parameter", "be KEY=VALUE", f"is {text!r}", "mass=2")
        values[key] = value

    from nnuniverse.experiments.geometry import open_metric

    return open_metric(metric, values)


def _points(texts: list[str] | None) -> list[list[float]]:
    points = [numbers("--at", [one]) or [] for one in texts or []]
    if len({len(one) for one in points}) > 1:
        raise ConfigError("`--at`", "have equally many coordinates", "has not", "--at for each")
    return points


def _vector(option: str, text: str, default: tuple[float, ...] | None) -> tuple[float, ...]:
    if not text and default is not None:
        return default
    if not text:
        raise ConfigError(f"`{option}`", "be given", "is not", f"{option} 1,0,0,0.1")
    return tuple(numbers(option, [text]) or [])
