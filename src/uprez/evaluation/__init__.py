"""Judging: methods over pairs, statistics, verdicts, and the page that shows it all."""
