"""From numbers and figures to one page that needs nothing else."""

from nnuniverse.reports.page import GENERATOR, is_report, report_page
from nnuniverse.reports.reproduction import REPRODUCTION, reproduction_page

__all__ = ["GENERATOR", "REPRODUCTION", "is_report", "report_page", "reproduction_page"]
