"""An analysis is what its sections make of it: what they give is stored, written and printed."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Self

import numpy as np
import pytest
import xarray
from record_of_arrays import record_of

from nnuniverse.analysis import analyse, analysis_tables, compare, comparison_table, document
from nnuniverse.analysis.analyse import SECTIONS
from nnuniverse.analysis.checks import SelfChecks
from nnuniverse.analysis.section import Analysis, Declared, Section, TextTable
from nnuniverse.analysis.settings import AnalysisSettings
from nnuniverse.analysis.states import ThermodynamicStates
from nnuniverse.analysis.store import analysis_image
from nnuniverse.analysis.temperatures import Temperatures
from nnuniverse.intervals import bootstrap_interval
from nnuniverse.runs.record import RunRecord
from nnuniverse.runs.seal import SEAL_BYTES
from nnuniverse.supports import POSITIVE, REAL, SHARES
from nnuniverse.variables import Axis, Variable


@dataclass(frozen=True)
class Sums(Section):
    """A section as anybody may add one: sums over the betas that an earlier one has found."""

    sums: np.ndarray

    @classmethod
    def find(cls, so_far: Analysis) -> Self:
        return cls(np.nansum(list(so_far[Temperatures].betas.values()), axis=0))

    @property
    def corrupt(self) -> bool:
        return bool((self.sums > 100.0).any())

    def axes(self) -> list[Axis]:
        return [Axis("part", "number of the part", np.arange(2))]

    def variables(self) -> Declared:
        meaning = Variable("sums", ("replica", "snapshot", "part"), "sum of betas", "nowhere")
        return [(meaning, np.stack([self.sums, 2.0 * self.sums], axis=-1))]

    def document(self) -> dict[str, object]:
        return {"sums": self.sums}

    def tables(self) -> list[TextTable]:
        return [TextTable(["sum"], [[f"{self.sums[0, 0]:g}"]], "sums"), TextTable(["no"], [], "")]

    def compared(self, at: int) -> dict[str, object]:
        value = bootstrap_interval(self.sums[0, at], np.linspace(2.0, 3.0, 41), np.inf)
        return {"sum of betas": value}


@pytest.fixture
def record() -> RunRecord:
    theta = np.array([[[1.0, 0.5, -0.5, -1.0], [2.0, 0.1, -0.1, -2.0]]])
    return record_of("2-2", log_eigenvalues=theta, epoch=np.arange(1, 2))


SETTINGS = AnalysisSettings(betas=(0.5, 2.0), resamples=99)


def test_a_new_section_is_a_class_and_its_name_in_the_list(
    record: RunRecord,
) -> None:
    before = analyse(record, SETTINGS)
    analysis = analyse(record, SETTINGS, (*SECTIONS, Sums))
    assert [type(section) for section in analysis.sections] == [*SECTIONS, Sums]
    sums = analysis[Sums].sums
    assert sums.shape == (1, 2)

    image = analysis_image(analysis)
    data = xarray.load_dataset(io.BytesIO(image[SEAL_BYTES:]), engine="h5netcdf")
    np.testing.assert_array_equal(data.sums.isel(part=1), 2.0 * sums)
    assert document(analysis) == {**document(before), "sums": [[2.5, 2.5]]}
    assert [table.caption for table in analysis_tables(analysis)][-1] == "sums"
    assert len(analysis_tables(analysis)) == len(analysis_tables(before)) + 1, "none without rows"
    (row,) = compare([analysis])
    assert list(row)[-1] == "sum of betas"
    assert comparison_table([row], ["a"]).rows[-1][1] == "2.5 [2.025, 2.975]"


def test_any_section_can_find_a_run_corrupt(record: RunRecord) -> None:
    analysis = analyse(record, SETTINGS)
    assert not analysis.corrupt
    assert Analysis(record, SETTINGS, (*analysis.sections, Sums(np.array([[101.0]])))).corrupt


def test_every_mean_over_replicas_knows_where_it_may_lie() -> None:
    losses = {"bulk_loss": [[0.5, 0.4]], "boundary_loss": [[1.0, 0.9]]}
    theta = np.array([[[1.0, 0.5, -0.5, -1.0], [2.0, 0.1, -0.1, -2.0]]])
    analysis = analyse(record_of("2-2", log_eigenvalues=theta, epoch=[1], **losses), SETTINGS)
    names = [v.name for section in analysis.sections for v, _ in section.variables()]
    assert len(names) == len(set(names))
    pooled = {name.removesuffix("_pooled") for name in names if name.endswith("_pooled")}
    lines = {name for name in pooled if name.startswith("law_")}
    assert {"bulk_ratio_whole", "clamped_loss", "truncation_error", "moving_share"} < pooled
    assert pooled - lines <= POSITIVE | SHARES | REAL


def test_sections_see_those_before_them_alone(record: RunRecord) -> None:
    analysis = analyse(record, SETTINGS)
    early = Analysis(record, SETTINGS, analysis.sections[:2])
    assert early[SelfChecks] is analysis[SelfChecks]
    with pytest.raises(LookupError, match="ThermodynamicStates"):
        early[ThermodynamicStates]
