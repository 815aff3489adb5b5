"""From numbers and figures to one page that needs nothing else."""

from nnuniverse.reports.page import GENERATOR, report_page

__all__ = ["GENERATOR", "report_page"]
