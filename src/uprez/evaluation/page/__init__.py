"""The page of a report: one HTML file that needs no network and no server."""

from uprez.evaluation.page.build import write_page

__all__ = ["write_page"]
