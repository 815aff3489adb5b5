import numpy as np

from nnuniverse.intervals import Estimate
from nnuniverse.physics.mechanics.estimators.jackknife import Replicates
from nnuniverse.physics.mechanics.verdict.judgement import Judgement
from nnuniverse.physics.mechanics.verdict.pooled import pooled

NONE = Estimate(*np.full(3, np.nan))


def judged(pulls: np.ndarray, value: float, barred: bool = False) -> Judgement:
    """Return a judgement whose ratio is ``value`` plus the mean of the replicas' ``pulls``."""
    count = len(pulls)
    without = value + (pulls.sum() - pulls) / (count - 1)
    ratio = Replicates(np.asarray(value + pulls.mean()), without)
    return Judgement(
        "q",
        NONE,
        {"measured": ratio.estimate},
        {},
        {},
        {},
        "undecided",
        np.nan,
        np.nan,
        barred=barred,
        without={"measured": without},
    )


def test_the_same_coordinate_twice_tells_no_more_than_once() -> None:
    pulls = np.random.default_rng(0).normal(size=200)
    once = pooled([[judged(pulls, -1.0)]]).mean
    other = judged(pulls + 1e-6 * np.random.default_rng(1).normal(size=200), -1.0)
    twice = pooled([[judged(pulls, -1.0), other]]).mean
    np.testing.assert_allclose(np.array(twice), np.array(once), rtol=1e-4)
    apart = pooled([[judged(pulls, -1.0)], [judged(pulls, -1.0)]]).mean
    np.testing.assert_allclose(
        (apart.high - apart.low) * np.sqrt(2.0), once.high - once.low, rtol=1e-9
    )


def test_chi_squared_is_about_the_number_of_coordinates() -> None:
    generator = np.random.default_rng(2)
    ensembles = [
        [judged(pulls, -1.0) for pulls in generator.multivariate_normal(np.zeros(3), c, 400).T]
        for c in (np.eye(3), np.eye(3) + 0.9 * (1.0 - np.eye(3)))
        for _ in range(10)
    ]
    found = pooled(ensembles)
    assert found.freedom == 60
    assert 35.0 < found.chi_squared["fokker_planck"] < 90.0
    assert found.chi_squared["hamilton_jacobi"] > 1e3
    assert found.mean.low < -1.0 < found.mean.high


def test_what_has_no_verdict_is_not_pooled() -> None:
    pulls = np.random.default_rng(0).normal(size=50)
    assert pooled([[judged(pulls, -1.0, barred=True)], []]).freedom == 0
    assert np.isnan(pooled([]).mean.value)
