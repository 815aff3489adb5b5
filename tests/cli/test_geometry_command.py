"""``nnu geometry``: curvature, free fall and the Onsager tensor, printed, stored and refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from made_findings import made_ensemble, written_run

from nnuniverse.cli.display.source_tables import print_source
from nnuniverse.experiments.geometry_source import SourceOfRun
from nnuniverse.physics.gravity.hidden_source import HiddenSource

pytestmark = pytest.mark.quick

Nnu = Callable[..., Any]
Refused = Callable[..., str]

SCHWARZSCHILD = """
coordinates: [t, r, theta, phi]
parameters: {M: 1}
diagonal: ["-(1 - 2 * M / r)", "1 / (1 - 2 * M / r)", "r**2", "(r * sin(theta))**2"]
domain: {r: [2, null]}
point: [0, 10, 1.1, 0.3]
"""

GOOD = "coordinates: [x, y]\nmetric: [[1, 0], [0, 'x**2']]\n"


@pytest.fixture
def file(tmp_path: Path) -> Callable[[str], Path]:
    """A metric in a file."""

    def write(text: str) -> Path:
        path = tmp_path / "metric.yaml"
        path.write_text(text)
        return path

    return write


def test_names_are_listed(nnu: Nnu) -> None:
    listed = nnu("geometry", "metrics")
    assert "schwarzschild" in listed.out
    assert "radius=1 dimension=2" in listed.out
    names = {one["name"] for one in json.loads(nnu("geometry", "metrics", "--json").out)}
    assert {"sphere", "de_sitter", "anti_de_sitter", "frw", "kerr", "kasner"} < names


def test_a_sphere_is_told(nnu: Nnu) -> None:
    told = nnu("geometry", "curvature", "sphere", "radius=2", "--at", "0.5,1")
    assert "R = 0.5" in told.out
    assert "R_(theta,theta) = 1" in told.out
    assert "einstein: zero" in told.out


def test_a_file_is_the_named_metric(nnu: Nnu, file: Callable[[str], Path]) -> None:
    path = file(SCHWARZSCHILD)
    tensors = ("--tensors", "kretschmann,riemann,christoffel", "--json")
    ours = json.loads(nnu("geometry", "curvature", path, "M=2", *tensors).out)
    named = json.loads(
        nnu("geometry", "curvature", "schwarzschild", "mass=2", "--at=0,10,1.1,0.3", *tensors).out
    )
    for name in ("kretschmann", "riemann", "christoffel"):
        np.testing.assert_allclose(ours[name], named[name], atol=1e-13)
    printed = nnu("geometry", "curvature", path, "--tensors", "riemann,christoffel")
    assert "R_(t,r,t,r) = -0.002" in printed.out
    assert "Gamma^t_(t,r) = 0.0125" in printed.out


def test_a_path_is_told_and_stored(nnu: Nnu, tmp_path: Path) -> None:
    orbit = ("schwarzschild", "--position", "0,10,1.5707963267948966,0", "--velocity", "0,0,0,0.04")
    out = tmp_path / "orbit.h5"
    told = nnu("geometry", "geodesic", *orbit, "--norm=-1", "--length=350", "--out", out)
    assert told.code == 0, told.err
    assert "turns by 2.63766" in told.out  # as its quadrature, whatever the points
    assert "u.u = -1, changes by" in told.out
    assert "u_phi = 4, changes by" in told.out
    with xr.open_dataset(out, engine="h5netcdf") as stored:
        assert dict(stored.sizes) == {"step": 200, "coordinate": 4, "passage": 2}
        assert stored["ignorable"].values.tolist() == [1, 0, 0, 1]
        np.testing.assert_allclose(stored["norm"], -1.0, rtol=1e-11)
    again = nnu("geometry", "geodesic", *orbit, "--out", out)
    assert again.code == 2
    assert "`--out` must be a new file" in again.err


def test_light_falls_in(nnu: Nnu) -> None:
    begun = ("--position", "0,10,1.5,0", "--velocity=0,-1,0,0", "--norm", "0", "--length", "50")
    found = json.loads(nnu("geometry", "geodesic", "schwarzschild", *begun, "--json").out)
    assert found["ended"] == "r"
    assert found["velocity"][0][0] == pytest.approx(1.25)
    assert found["ignorable"] == ["t", "phi"]


def test_tensors_are_compared(nnu: Nnu) -> None:
    found = json.loads(nnu("geometry", "onsager", "--json").out)
    by_name = {one["tensor"]: one for one in found["tensors"]}
    assert by_name["corrected"]["equations"] < 1e-13
    assert abs(by_name["corrected"]["action"]) < 1e-12
    assert by_name["2008.01540 (9.14)"]["equations"] > 1e-3
    assert abs(by_name["2008.01540 (9.14)"]["action"]) > 1e-3


@pytest.fixture(scope="session")
def walked(shared: Path) -> Path:
    """The run folder of an ensemble of walks."""
    return written_run(shared / "walked", made_ensemble(128))


def test_production_is_told(nnu: Nnu, walked: Path) -> None:
    told = nnu("geometry", "production", walked)
    assert "From step 208 on (12.1) has" in told.out
    assert "the drift, which (12.1) leaves out, adds -0." in told.out
    (found,) = json.loads(nnu("geometry", "production", walked, "--since", "100", "--json").out)
    assert found["at_rest_since"] == 112
    assert found["at_rest"]["measured"]["high"] < found["at_rest"]["printed"]["low"]
    assert len(found["on_the_way"]["drift"]["value"]) == len(found["record_step"])


def test_production_is_of_ensembles(refused: Refused, walked: Path) -> None:
    told = refused("geometry", "production", str(walked), "--since", "500")
    assert "`--since` must be from 0 to 400, the last record, but is 500" in told


SOURCE = ("--samples", "train", "--steps", "3")


def test_no_metric_of_a_net_is_found(nnu: Nnu, finished: Any) -> None:
    result = nnu("geometry", "source", finished.folder, *SOURCE, "--json")
    assert result.code == 0, result.err
    (found,) = json.loads(result.out)
    assert found["einstein_equations"] is None
    size = found["subsystems"] + 1
    assert (found["unknowns"], found["gauge_directions"]) == (size * (size + 1) // 2, size)
    for values in (found["trained"], found["untrained"]):
        assert np.nanmax(np.array(values["gauge"], float)) < 1e-12
        assert max(values["open_change"]) < 1e-15
        assert max(values["thinnest"]) < 1e-14


def test_why_there_is_no_metric_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    of_step = {name: np.full((3, 2), 0.5) for name in HiddenSource._fields}
    of_net = {
        "told": np.array([4.0, 5.0, 6.0]),
        "thinnest": np.full(3, 1e-16),
        "open_curvature": np.array([[0.1, 0.2], [0.1, 0.3], [-0.1, 0.2]]),
        "open_lorentzian": np.ones(3),
        "open_change": np.full(3, 1e-16),
    }
    print_source(SourceOfRun("first", "2-2", 9, 10, 20, (0, 1), of_step | of_net, of_step))
    tables, _, told = capsys.readouterr().out.rpartition("\n\n")
    assert len(tables.splitlines()) == 6
    assert "Of the 55 that are left, the steps of a neuron tell 5 ± 2.5 above" in told
    assert "R from -0.1 to 0.3 has the action of the flat one to 1e-16, with one time" in told
    assert "there are no Einstein equations of this net" in told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("curvature", "spher"), "METRIC must be a YAML file or one of sphere, minkowski"),
        (("curvature", "sphere", "r=1"), "a parameter must be one of radius, dimension"),
        (("curvature", "sphere", "radius=x"), "`radius` must be a number, but is 'x'"),
        (("curvature", "sphere", "dimension=1"), "`dimension` must be a whole number from 2 to 8"),
        (("curvature", "minkowski", "mass=1"), "be left out, minkowski has none"),
        (("curvature", "sphere", "radius"), "a parameter must be KEY=VALUE"),
        (("curvature", "sphere", "--at", "1,1", "--at", "1"), "have equally many coordinates"),
        (("curvature", "sphere", "--at", "1"), "have the 2 coordinates theta, phi, but has 1"),
        (("curvature", "sphere", "--at", "0,0"), "`theta` must be between 0 and 3.14159"),
        (("curvature", "sphere", "radius=0"), "have an inverse, but is singular at (theta=0.8"),
        (("curvature", "sphere", "--tensors", "S"), "`--tensors` must be of R, kretschmann"),
        (("onsager", "--dimension", "5"), "`--dimension` must be from 2 to 4, but is 5"),
        (("geodesic", "sphere"), "`--velocity` must be given"),
        (("geodesic", "sphere", "--velocity", "0,0"), "`--velocity` must not vanish"),
        (("geodesic", "sphere", "--velocity", "1"), "`--velocity` must have 2 components"),
        (("geodesic", "sphere", "--velocity", "1,1", "--length", "0"), "`--length` must be a pos"),
        (
            ("geodesic", "schwarzschild", "--velocity", "0,2,0,0", "--norm", "9"),
            "the norm 9 must be had",
        ),
    ],
)
def test_bad_input_is_refused(refused: Refused, arguments: tuple[str, ...], told: str) -> None:
    assert told in refused("geometry", *arguments)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("coordinates: [x, y]\n", "`metric` or `diagonal` must be given, one of them"),
        ("coordinates: [x, y]\ndiagonal: [1]\n", "`diagonal` must have 2 elements, but has 1"),
        ("coordinates: [x, y]\nmetric: [[1, 0]]\n", "`metric` must have 2 rows"),
        ("coordinates: [x]\ndiagonal: [1]\n", "`coordinates` must have at least 2"),
        (GOOD.replace("'x**2'", "'z'"), "the formula 'z' must have a number or one of x, y, abs"),
        (GOOD.replace("'x**2'", "'x.final'"), "the formula 'x.final' must have its end"),
        (GOOD.replace("'x**2'", "'slope(x, y)'"), "must have a number or a name at character 1"),
        (
            GOOD.replace("[1, 0]", "[1, 'y']"),
            "must be symmetric, but g_(x,y) is 0.75 and g_(y,x) 0",
        ),
        (GOOD.replace("'x**2'", "'log(x - 9)'"), "be finite, but has the element g_(y,y) nan"),
        (GOOD + "domain: {z: [0, 1]}\n", "`domain` must name coordinates, but names 'z'"),
        (GOOD + "parameters: {x: 1}\n", "`parameters` must name no coordinate"),
        (GOOD + "point: [1]\n", "`point` must have 2 coordinates, but has 1"),
    ],
)
def test_bad_files_are_refused(
    refused: Refused, file: Callable[[str], Path], text: str, told: str
) -> None:
    assert told in refused("geometry", "curvature", str(file(text)))
