"""The demo show: procedural, film-like shots, each the same for the same look, seed and assets on every machine.

A look is one file in `looks`, or in another folder that is named to `build`: a docstring whose first line says what
the look shows, and `build(shot)`.
"""

import importlib.util
from collections.abc import Callable
from pathlib import Path

from uprez.blender.demo import settings
from uprez.blender.demo.shot import Shot
from uprez.blender.errors import SceneError

_LOOKS = Path(__file__).parent / "looks"


def look_names(looks: Path | None = None) -> list[str]:
    """Names of all looks, sorted; `looks` is a folder of more."""
    return sorted(_files(looks))


def build(
    look: str,
    seed: int,
    *,
    frames: int = 1,
    assets: Path | None = None,
    looks: Path | None = None,
    scatter_seed: int = 0,
) -> Shot:
    """Build a shot in the open scene, which has to be empty. `frames` above 1 makes it move; another `scatter_seed`
    distributes scattered things anew and changes nothing else. Raises SceneError for an unknown look.
    """
    files = _files(looks)
    if look not in files:
        raise SceneError(f"no look {look!r}; there are {', '.join(sorted(files))}")
    shot = Shot(look, seed, frames=frames, assets=assets, scatter_seed=scatter_seed)
    _builder(files[look])(shot)
    settings.apply(shot)
    return shot


def _files(looks: Path | None) -> dict[str, Path]:
    folders = [_LOOKS] if looks is None else [_LOOKS, looks]
    paths = [path for folder in folders for path in folder.glob("*.py")]
    return {path.stem: path for path in paths if not path.stem.startswith("_")}


def _builder(path: Path) -> Callable[[Shot], None]:
    spec = importlib.util.spec_from_file_location(f"uprez_look_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    build_look: Callable[[Shot], None] = module.build
    return build_look
