"""From numbers and figures to one page that needs nothing else."""

from nnuniverse.reports.page import GENERATOR, is_report, report_page

__all__ = ["GENERATOR", "is_report", "report_page"]
