"""What the papers say, statement by statement: verdict, reason, and where it is shown."""

from nnuniverse.claims.statements import (
    VERDICTS,
    Paper,
    Statement,
    load_papers,
    load_statements,
)

__all__ = ["VERDICTS", "Paper", "Statement", "load_papers", "load_statements"]
