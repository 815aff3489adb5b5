"""What is compared with what: fixed before any net that adjusts anything was trained."""

from __future__ import annotations

from typing import Literal, NamedTuple

Alike = Literal["epochs", "final N", "mean N", "time"]
"""What both sides have alike: epochs and nothing else; hidden neurons, of the net as it ends or on
average over its epochs, too; or processor time in place of epochs."""


class Comparison(NamedTuple):
    """One protocol against another, or against several.

    ``against``: of `epochs` the protocols of which the one with the least mean loss counts; of
    `final N` and `mean N` nets of fixed size, between which is interpolated; of `time` the one
    that is trained for as much processor time.
    """

    ours: str
    against: tuple[str, ...]
    alike: Alike

    @property
    def label(self) -> str:
        """What stands in a table."""
        known = {BORN: "born", MOMO: "momo", MAGNITUDE: "magnitude", RATES: "best rate"}
        alike = {"epochs": "", "final N": " N"}.get(self.alike, f" {self.alike}")
        return f"{self.ours} : {known.get(self.against, self.against[0])}{alike}"


BORN = ("born_75", "born_60", "born_45", "born_30", "born_25", "born_22", "born_18")
MOMO = ("momo", "momo_30", "momo_25", "momo_22")
MAGNITUDE = ("magnitude_002", "magnitude_01", "magnitude_02", "magnitude_05", "magnitude_1")
"""At -0.002 hardly one neuron goes, since those of least weight are not cheap: the potentials were
lowered when that was seen."""
RATES = ("rate_01", "rate_03", "rate_05")
PLAIN = ("born_60",)

FAMILY = (
    # Neurons that come and go: against the net that was begun with, against one born as small as it
    # ended or was on average, and against the same processor time.
    Comparison("grand_0002", PLAIN, "epochs"),
    Comparison("grand_0002", PLAIN, "time"),
    Comparison("grand_002", PLAIN, "time"),
    Comparison("grand_001", BORN, "final N"),
    Comparison("grand_002", BORN, "final N"),
    Comparison("grand_004", BORN, "final N"),
    Comparison("grand_001", BORN, "mean N"),
    Comparison("grand_002", BORN, "mean N"),
    Comparison("grand_004", BORN, "mean N"),
    # What does it?
    Comparison("grand_002", ("deaths_002",), "epochs"),
    Comparison("deaths_002", BORN, "final N"),
    Comparison("deaths_002", MAGNITUDE, "final N"),
    Comparison("mask_002", BORN, "final N"),
    Comparison("small_0005", BORN, "final N"),
    Comparison("coin", PLAIN, "epochs"),
    # Steps and batches.
    Comparison("momo", RATES, "epochs"),
    Comparison("momo_grand_0002", ("momo",), "epochs"),
    Comparison("momo_grand_002", MOMO, "final N"),
    Comparison("doubling", ("batch_25",), "epochs"),
    Comparison("doubling", ("rate_01",), "epochs"),
    Comparison("noise_scale", ("batch_25",), "epochs"),
    Comparison("noise_scale", ("rate_01",), "epochs"),
    Comparison("momo_doubling", ("momo",), "epochs"),
    # Neurons and step against nothing adjusted; batches cannot change where neurons do.
    Comparison("momo_grand_0002", PLAIN, "epochs"),
)

NULL = (Comparison("born_25", ("born_30", "born_22"), "final N"),)
"""What interpolation between sizes makes of a net that has one of them."""
