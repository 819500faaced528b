"""Models for other hosts."""
