"""Size, power and coverage of the statistical procedures, by simulation.

``python -m benchmarks.statistics`` makes the tables of docs/analysis.md and docs/mechanics.md, a
module each procedure.
"""
