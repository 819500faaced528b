"""What recipes of the tests have in common."""

TINY = """
[network]
family = "residual"
features = 8
blocks = 1
[data]
patch = 16
"""
"""The smallest network that learns, on patches of 16 HR pixels; keys of [data] may follow."""
