"""What is expected of a sweep: comparisons of observables, parsed and judged without `eval`."""

from nnuniverse.expectations.judgement import Expectation, Verdict, parse_expectation
from nnuniverse.expectations.output import junit_xml, ranking_rows, verdict_remarks, verdict_rows
from nnuniverse.expectations.ranking import RankedPoint, rank_points, rank_runs

__all__ = [
    "Expectation",
    "RankedPoint",
    "Verdict",
    "junit_xml",
    "parse_expectation",
    "rank_points",
    "rank_runs",
    "ranking_rows",
    "verdict_remarks",
    "verdict_rows",
]
