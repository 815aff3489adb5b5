"""What is expected of a sweep: comparisons of observables, parsed and judged without `eval`."""

from nnuniverse.expectations.judgement import Expectation, Verdict, parse_expectation
from nnuniverse.expectations.output import junit_xml, verdict_rows

__all__ = ["Expectation", "Verdict", "junit_xml", "parse_expectation", "verdict_rows"]
