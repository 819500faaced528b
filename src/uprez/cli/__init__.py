"""The command line: parse, call one function, print. A file a command."""

from uprez.cli.main import main

__all__ = ["main"]
