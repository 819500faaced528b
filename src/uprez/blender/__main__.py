"""Renders a job: `python .../uprez/blender JOB.json` where Python has bpy, `blender -b -P .../__main__.py -- JOB.json`
elsewhere.
"""

import ctypes
import importlib.util
import signal
import sys
from pathlib import Path


def _find_uprez() -> None:
    """Make `uprez` importable from where this file lies: its packages' folder would bring another numpy with it."""
    package = Path(__file__).resolve().parents[1]
    spec = importlib.util.spec_from_file_location(
        "uprez", package / "__init__.py", submodule_search_locations=[str(package)]
    )
    assert spec is not None
    assert spec.loader is not None
    sys.modules["uprez"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["uprez"])


def _die_with_parent() -> None:
    """A render must not outlive the uprez that asked for it, however that one ended."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


if __name__ == "__main__":
    _die_with_parent()
    _find_uprez()
    from uprez.blender.render import main

    sys.exit(main(Path(sys.argv[-1])))
