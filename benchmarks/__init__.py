"""Speed, as ratios taken side by side: ``make bench``."""
