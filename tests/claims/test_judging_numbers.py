"""Verdicts on printed numbers: their size and power, and each kind by hand."""

from __future__ import annotations

import numpy as np
import pytest
from made_claims import STATEMENTS, judged, measured, printed
from scipy import stats

from nnuniverse.claims.reproduction.claim_tests import margin_ends
from nnuniverse.claims.reproduction.counted_shares import share_interval
from nnuniverse.claims.reproduction.judging import judge_numbers
from nnuniverse.claims.reproduction.rank_permutation import nets_to_tell, rank_correlation

REPEATED = 400
FAMILY = 12


def shares(seeds: int, off: float, variation: float) -> tuple[float, float]:
    """Return how often 1.00 differs, and agrees, beside ours of mean 1 that vary so much.

    ``off``: how many standard deviations the runs of the printed one lie away.  Eleven others of
    the family have no values, so that it is tested at 0.05/12, the first step of Holm.
    """
    random = np.random.default_rng(1)
    numbers = [printed(f"n{k}", printed="1.00", family="numbers") for k in range(FAMILY)]
    verdicts = []
    for _ in range(REPEATED):
        one = 1.0 + variation * (off + random.standard_normal())
        numbers[0] = printed("n0", printed=f"{one:.4f}", family="numbers")
        ours = 1.0 + variation * random.standard_normal(seeds)
        verdicts.append(judge_numbers(numbers, {"n0": measured(ours)}, {})[0].verdict)
    return verdicts.count("differs") / REPEATED, verdicts.count("agrees") / REPEATED


@pytest.mark.parametrize(
    ("seeds", "off", "variation", "differs", "agrees"),
    [
        (5, 0.0, 0.05, 0.0035, 0.99),
        (10, 0.0, 0.10, 0.0035, 0.83),
        (10, 0.0, 0.20, 0.0035, 0.32),
        (5, 5.0, 0.05, 0.34, None),
        (10, 5.0, 0.05, 0.78, None),
        (10, 8.0, 0.05, 1.00, None),
    ],
)
def test_size_and_power_are_those_that_are_documented(
    seeds: int, off: float, variation: float, differs: float, agrees: float | None
) -> None:
    found = shares(seeds, off, variation)
    for share, expected in zip(found, (differs, agrees), strict=True):
        if expected is not None:
            error = np.sqrt(max(expected * (1.0 - expected), 0.005) / REPEATED)
            assert abs(share - expected) < 3.5 * error


def test_by_hand() -> None:
    ours = np.array([1.375, 1.748, 1.69, 1.529, 1.451])
    one = judged(printed(printed="2.44", scale="sqrt"), ours)
    roots, half = np.sqrt(ours), (np.sqrt(2.445) - np.sqrt(2.435)) / 2.0
    error = roots.std(ddof=1) * np.sqrt(1.2)
    p = 2.0 * stats.t.sf((np.sqrt(2.44) - roots.mean() - half) / error, 4)
    np.testing.assert_allclose(one.p, p)
    np.testing.assert_allclose(one.mean, roots.mean() ** 2)
    assert one.mean is not None and one.low is not None and one.high is not None
    assert one.low < one.mean < one.high
    assert (one.verdict, one.p_family, one.margin) == ("undecided" if p > 0.05 else "differs", None,
                                                       pytest.approx((1.952, 2.928)))  # fmt: skip


def test_holm_stops_at_the_first_that_is_not_significant() -> None:
    spread = np.array([-1.0, 0.0, 1.0, -0.5, 0.5])
    far, near, nearest = 12.0, 4.68, 4.62  # alone p = 0.0002, 0.0057, 0.0060
    numbers = [
        printed(name, printed=f"{value:.6f}", family="f")
        for name, value in (("far", far), ("near", near), ("nearest", nearest), ("none", 0.0001))
    ]
    found = judge_numbers(numbers, {n.id: measured(spread) for n in numbers}, {})
    assert [one.verdict for one in found][:3] == ["differs", "differs", "differs"]
    more = [*numbers, *(printed(f"m{k}", family="f") for k in range(6))]
    found = judge_numbers(more, {n.id: measured(spread) for n in numbers}, {})
    # 9 x 0.0058 is above 0.05, and 8 x 0.006 below it would not be asked for any more
    assert [one.verdict for one in found][:3] == ["differs", "undecided", "undecided"]


def test_a_family_is_that_of_the_file_whatever_was_measured() -> None:
    ours = [0.0, 1.0, 2.0, 3.0]
    alone = judged(printed(printed="9.0", family="f"), ours)
    assert alone.verdict == "differs"
    numbers = [
        printed(printed="9.0", family="f"),
        *(printed(f"x{k}", family="f") for k in range(9)),
    ]
    among = judge_numbers(numbers, {"one": measured(ours)}, {})
    assert among[0].p == alone.p
    np.testing.assert_allclose(among[0].p_family, 10.0 * alone.p)
    assert among[0].verdict == "undecided"
    assert {one.verdict for one in among[1:]} == {"out of reach"}


def test_fewer_than_three_seeds_or_short_runs_give_no_verdict() -> None:
    for values in ([1.0, 1.1], []):
        assert judged(printed(printed="9.0"), values).verdict == "out of reach"
    untold = judged(printed(printed="9.0"), [1.0, np.nan, 1.1])
    assert untold.verdict == "undecided"
    assert "1 of 3 replicas have no value" in untold.why
    short = judged(printed(printed="9.0"), [], short="deep/x has 40 of 10,000 epochs")
    assert (short.verdict, short.why) == ("out of reach", "deep/x has 40 of 10,000 epochs")
    recorded = judged(printed(printed="9.0", recorded="differs"), "no run")
    assert not recorded.changed


def test_a_verdict_that_is_not_the_one_on_record_has_changed() -> None:
    assert judged(printed(recorded="differs"), [1.0, 1.01, 0.99, 1.0]).changed
    assert not judged(printed(recorded="agrees"), [1.0, 1.01, 0.99, 1.0]).changed


def test_margins_reach_at_least_to_the_last_digit() -> None:
    assert margin_ends(printed(printed="1", margin=0.2)) == (0.5, 1.5)
    assert margin_ends(printed(printed="10.0", margin={"absolute": 3.0})) == (7.0, 13.0)


def test_a_mean_over_many_runs_is_compared_with_ours() -> None:
    ours = [1.0, 1.2, 0.8, 1.1, 0.9]
    single = judged(printed(printed="1.35"), ours)
    mean = judged(printed(printed="1.35", single_run=False), ours)
    assert single.verdict == "undecided"
    assert mean.verdict == "differs"


def test_bounds_are_one_sided() -> None:
    least, most = printed(at_least=2.0, printed="few"), printed(at_most=2.0, printed="few")
    below, above = [0.2, 0.3, 0.25, 0.28], [3.0, 3.1, 2.9, 3.05]
    assert [judged(n, v).verdict for n in (least, most) for v in (below, above)] == [
        "differs", "agrees", "agrees", "differs"
    ]  # fmt: skip
    undecided = judged(least, [1.0, 3.5, 0.4, 2.2])
    assert undecided.verdict == "undecided"
    error = np.std(below, ddof=1) * np.sqrt(1.25)
    expected = stats.t.sf((2.0 - np.mean(below)) / error, 3)
    np.testing.assert_allclose(judged(least, below).p, expected)


def test_a_sign_needs_the_interval_on_one_side() -> None:
    minus = printed(sign="-", printed="falls")
    assert judged(minus, [-1.0, -1.1, -0.9]).verdict == "agrees"
    assert judged(minus, [1.0, 1.1, 0.9]).verdict == "differs"
    open_ = judged(minus, [-1.0, 0.9, -0.5, 0.2])
    assert open_.verdict == "undecided"
    assert open_.seeds_needed == open_.seeds_to_agree
    assert open_.why == (
        f"the verdict would be agrees with {open_.seeds_needed} seeds in all, "
        "if their mean and spread were ours"
    )
    values = np.array([-1.0, -1.3, -0.2, -0.8])
    np.testing.assert_allclose(judged(minus, values).p, stats.ttest_1samp(values, 0.0).pvalue)


def test_a_count_needs_most_replicas_or_no_more_than_chance() -> None:
    most = printed(count={"level": 0.05}, printed="always")
    assert judged(most, np.ones(10)).verdict == "agrees"
    none = judged(most, np.zeros(10))
    assert (none.verdict, none.seeds_to_differ) == ("undecided", 72)
    assert none.why == (
        "the verdict would be differs with 72 seeds in all, if their share were ours, 0 "
        "(0 of 10 replicas)"
    )
    assert judged(most, np.zeros(72)).verdict == "differs"
    told = judged(most, [1.0, np.nan, 1.0, 0.0])
    assert "2 of 3 replicas, 1 more cannot be told" in told.why


def test_exact_intervals_are_those_of_scipy() -> None:
    for k, n in ((0, 10), (3, 10), (10, 10), (1, 3)):
        exact = stats.binomtest(k, n).proportion_ci(0.95, "exact")
        np.testing.assert_allclose(share_interval(k, n), (exact.low, exact.high), atol=1e-12)


def test_ranks_are_those_of_spearman() -> None:
    random = np.random.default_rng(0)
    y = random.standard_normal(30)
    x = np.round(y + 2.0 * random.standard_normal(30), 1)
    r, p = rank_correlation(y, x)
    expected = stats.spearmanr(y, x)
    np.testing.assert_allclose(r, expected.statistic)
    np.testing.assert_allclose(p, expected.pvalue, rtol=0.1)
    assert np.isnan(rank_correlation(y, np.ones(30))[0])
    assert nets_to_tell(r, float(p)) == pytest.approx(30, abs=2)


def test_within_groups_what_differs_between_them_does_not_count() -> None:
    random = np.random.default_rng(0)
    groups = np.repeat([0, 1, 2], 10)
    y = groups * 10.0 + random.standard_normal(30)
    x = groups * 10.0 + random.standard_normal(30)
    assert rank_correlation(y, x)[1] < 0.001
    r, p = rank_correlation(y, x, groups)
    assert abs(r) < 0.4 and p > 0.05
    number = printed(rank_correlation={"against": "mu3.final", "sign": "+"}, printed="alike")
    found = judged(number, y, against=x)
    assert found.verdict == "agrees"


def test_statements_decide_without_runs() -> None:
    def verdict(**keys: str) -> str:
        number = printed(quantity=None, run=None, **keys)
        return judge_numbers([number], {}, STATEMENTS)[0].verdict

    assert verdict(cannot="A30") == verdict(cannot="A3") == "cannot be as printed"
    assert verdict(statement="A30") == "cannot be as printed"
    assert verdict(statement="A29") == verdict(statement="A9") == "agrees"
    assert verdict(cannot="A29") == verdict(statement="A99") == "undecided"


def test_values_without_a_place_on_the_scale_decide_nothing() -> None:
    found = judged(printed(scale="log"), [1.0, -1.0, 1.1, 0.9])
    assert found.verdict == "undecided"
    assert "1 of 4 values have no place on the scale log" in found.why
