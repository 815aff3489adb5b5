import numpy as np

from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.estimators.jackknife import Replicates
from nnuniverse.physics.mechanics.synthetic import Setting, nelson, ornstein_uhlenbeck, window
from nnuniverse.physics.mechanics.verdict.closure import CLOSURE
from nnuniverse.physics.mechanics.verdict.marginals import sample_of
from nnuniverse.physics.mechanics.verdict.profile import profile_interval, with_its_shape
from nnuniverse.physics.mechanics.verdict.scoring import fit
from nnuniverse.physics.mechanics.verdict.signed_number import signed_number

UNIT = 4.0 * 0.01**2


def intervals(make: type, replicas: int, width: float) -> tuple[Estimate, Estimate]:
    """Return the jackknife's and the profile's interval of A / 4 D^2."""
    ensemble = make(Setting(replicas, 704, window(), width=width))
    sample = sample_of(ensemble.at_records[..., 0], ensemble.record_step)
    fitted = fit(CLOSURE, sample)
    signed = signed_number(fitted, sample)
    jackknife, profile = signed.estimate, profile_interval(fitted, sample, signed)
    return Estimate(*(x / UNIT for x in jackknife)), Estimate(*(x / UNIT for x in profile))


def test_with_much_data_the_profile_is_the_jackknife() -> None:
    jackknife, profile = intervals(ornstein_uhlenbeck, 4000, 0.1)
    np.testing.assert_allclose(np.array(profile), np.array(jackknife), rtol=0.01)


def test_the_interval_of_a_narrow_packet_reaches_down_only() -> None:
    """A = B G - K^2 is at its largest for a packet at rest: data cannot tell K from 0."""
    jackknife, profile = intervals(nelson, 256, 0.1)
    assert profile.value - profile.low > 2.0 * (profile.high - profile.value)
    assert profile.high < jackknife.high
    assert profile.low < jackknife.low


def test_what_a_makes_is_as_lopsided() -> None:
    noise = np.linspace(-1.0, 1.0, 50)
    signed = Replicates(np.asarray(2.0), 2.0 + noise)
    half = float(signed.estimate.high) - 2.0
    profile = Estimate(np.asarray(2.0), np.asarray(2.0 - 3.0 * half), np.asarray(2.0 + 0.5 * half))
    found = with_its_shape(Replicates(np.asarray(8.0), 8.0 + 4.0 * noise), signed, profile)
    np.testing.assert_allclose(np.array(found), [8.0, 8.0 - 12.0 * half, 8.0 + 2.0 * half])
