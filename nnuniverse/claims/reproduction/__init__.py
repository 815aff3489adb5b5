"""The numbers that a paper prints of its runs, beside those of runs of ours."""
