"""The demo show's shots: which looks there are, and how each of their seeds is framed."""

import ast
import hashlib
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import uprez.blender
from uprez.dataset.manifest import DEMO, MOVING
from uprez.errors import UsageError
from uprez.renderers.plan import ShotTask
from uprez.request import Shot

_LOOKS = Path(uprez.blender.__file__).parent / "demo" / "looks"
_HEIGHTS = (540, 720, 720, 1080, 1440)
"""HR heights of the frames that windows are cut from: from a whole subject in the window to a detail of one."""
_ELEMENT_EVERY = 4
"""One shot in so many is rendered as an element: what it is about, with alpha, without its surroundings."""


def looks(folder: Path | None = None) -> dict[str, str]:
    """Name and description of every look of the show, and of those in `folder`: the first line of its docstring.

    Raises UsageError where a file of `folder` can't be read as Python.
    """
    found = {}
    for path in (*sorted(_LOOKS.glob("*.py")), *(sorted(folder.glob("*.py")) if folder else ())):
        if path.stem.startswith("_"):
            continue
        try:
            text = ast.get_docstring(ast.parse(path.read_bytes())) or ""
        except (OSError, SyntaxError, ValueError) as error:
            raise UsageError(f"{path}: is no look ({error})") from None
        found[path.stem] = text.partition("\n")[0]
    return found


def choose_looks(names: Sequence[str], folder: Path | None = None) -> list[str]:
    """The looks of those names, all where `names` is empty. Raises UsageError for an unknown one."""
    known = looks(folder)
    if unknown := [name for name in names if name not in known]:
        raise UsageError(f"no look {unknown[0]!r}; there are {', '.join(sorted(known))}")
    return list(dict.fromkeys(names)) or sorted(known)


class LookChanges(NamedTuple):
    """What of the settings that the user gave a look changes, where a denoiser is asked for."""

    sampling: int = 1
    """Times the samples."""
    denoise: bool = True
    """Whether the look leaves the denoiser on."""

    def text(self) -> str:
        """For people."""
        more = f"{self.sampling} times the samples" if self.sampling != 1 else ""
        return " and ".join(filter(None, (more, "" if self.denoise else "no denoiser")))


def look_changes(names: Sequence[str], folder: Path | None = None) -> dict[str, LookChanges]:
    """Of those looks that change something. It is read from their files, which set `shot.sampling` and `shot.denoise`:
    to build a look takes Blender.
    """
    found = {}
    for name in names:
        set_by = dict(_set_by(_path(name, folder)))
        sampling = set_by.get("sampling")
        changes = LookChanges(sampling if type(sampling) is int else 1, set_by.get("denoise") is not False)
        if changes != LookChanges():
            found[name] = changes
    return found


def _set_by(path: Path) -> Iterator[tuple[str, Any]]:
    """Attributes that a file sets to constants, such as `shot.sampling = 2`, with their values."""
    for statement in ast.walk(ast.parse(path.read_bytes())):
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
            continue
        (target,), value = statement.targets, statement.value
        both = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
        pairs = zip(target.elts, value.elts, strict=False) if both else [(target, value)]  # type: ignore[attr-defined]
        for each, given in pairs:
            if isinstance(each, ast.Attribute) and isinstance(given, ast.Constant):
                yield each.attr, given.value


def _path(look: str, folder: Path | None) -> Path:
    """The file of a look; one in `folder` goes before that of the show."""
    return [path for place in (_LOOKS, folder) if place and (path := place / f"{look}.py").exists()][-1]


def demo_tasks(
    names: Sequence[str],
    seeds: Sequence[int],
    *,
    length: int,
    size: tuple[int, int] | None,
    window: tuple[int, int] | None,
    assets: Path | None,
    folder: Path | None,
    change: str = "",
) -> list[ShotTask]:
    """A task for each seed of each look, looks taking turns, so that a run cut short has some of all.

    size: of the whole HR frame, drawn for each shot from `_HEIGHTS` where None. window: size of what is rendered of
    it. length: frames of each shot.
    """
    codes = {look: _code(look, folder) for look in names}
    elements = {look: _element(look, folder) for look in names}
    return [
        ShotTask(
            show=DEMO,
            name=f"{look}_{seed:04d}" if length == 1 else f"{look}_{seed:04d}{MOVING}",
            look=look,
            shot=Shot(
                scene=f"demo:{look}",
                seed=seed,
                frames=length,
                assets=str(assets.resolve()) if assets else "",
                looks=str(folder.resolve()) if folder else "",
                change=change,
            ),
            frames=tuple(range(1, length + 1)),
            size=size or _size(look, seed, window),
            window_size=window,
            element=elements[look] if seed % _ELEMENT_EVERY == _ELEMENT_EVERY - 1 else "whole",
            facts={"code_sha256": codes[look]},
        )
        for seed in seeds
        for look in names
    ]


def _element(look: str, folder: Path | None) -> str:
    """What a look is about: what its file says in ELEMENT, or its collection `hero`."""
    path = _path(look, folder)
    for statement in ast.parse(path.read_bytes()).body:
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        if any(isinstance(target, ast.Name) and target.id == "ELEMENT" for target in targets):
            value = getattr(statement, "value", None)
            if not isinstance(value, ast.Constant) or not isinstance(value.value, str):
                raise UsageError(f'{path}: is no look (ELEMENT must be text, like "volumes" or "collection:hero")')
            return value.value
    return "collection:hero"


def _code(look: str, folder: Path | None) -> str:
    """A hash of all code that makes a look's shots, by which a manifest tells frames of an older show."""
    paths = [path for path in _LOOKS.parent.rglob("*.py") if path.parent != _LOOKS]
    own = [path for place in (_LOOKS, folder) if place and (path := place / f"{look}.py").exists()]
    return hashlib.sha256(b"".join(path.read_bytes() for path in (*sorted(paths), *own))).hexdigest()


def _size(look: str, seed: int, window: tuple[int, int] | None) -> tuple[int, int]:
    height = random.Random(f"size/{look}/{seed}").choice(_HEIGHTS) if window else 1080
    return height * 16 // 9, height
