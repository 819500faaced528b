"""Do the two renders of a pair show the same thing? `check` says so, before a network learns from what is wrong."""

from uprez.dataset.coherence.verdict import DOWN_KERNEL, Coherence, check

__all__ = ["DOWN_KERNEL", "Coherence", "check"]
