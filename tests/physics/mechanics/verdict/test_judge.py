import numpy as np

from nnuniverse.physics.mechanics.synthetic import Setting, ornstein_uhlenbeck, window
from nnuniverse.physics.mechanics.verdict.judge import judge


def test_ornstein_uhlenbeck_is_fokker_planck() -> None:
    judgement = judge(ornstein_uhlenbeck(Setting(256, 256, window())), 0, seed=0)
    assert judgement.winner == "fokker_planck", judgement.reason
    assert judgement.margin > 4.0 * judgement.margin_error
    ratio = judgement.ratios["measured"]
    assert ratio.low < -1.0 < ratio.high < 0.0
    np.testing.assert_allclose(judgement.diffusions["measured"].value, 0.01, rtol=0.05)


def test_few_replicas_get_no_verdict() -> None:
    judgement = judge(ornstein_uhlenbeck(Setting(31, 0, window())), 0, seed=0)
    assert judgement.winner == "undecided"
    assert "fewer than 32 replicas" in judgement.reason
