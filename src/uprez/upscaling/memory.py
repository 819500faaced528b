"""How this process gets its memory: a matter of the command, not of the library in somebody else's process."""

import contextlib
import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_MAX, _ARENA_MAX = -1, -4, -8  # names of malloc.h


def keep_freed_memory() -> None:
    """Have glibc's malloc use again what was freed, rather than hand it back and ask for fresh pages.

    Each frame takes some half a gigabyte and frees it. Fresh pages have to be cleared by the kernel, which costs about
    as much as the arithmetic on them; on virtual machines more. Does nothing where there is no glibc.
    """
    if not sys.platform.startswith("linux"):
        return
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_MAX, 0)
        mallopt(_ARENA_MAX, 1)  # or each thread hands back what it frees
        mallopt(_TRIM_THRESHOLD, 2**31 - 1)
