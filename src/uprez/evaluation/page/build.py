"""The file itself: the template filled in, scripts and pixels inlined."""

import base64
import html
import re
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path

from plotly import colors
from plotly.offline import get_plotlyjs

from uprez.evaluation.content import TRUTH, Content, Crop
from uprez.evaluation.page import pixels, told
from uprez.files.whole import whole_file
from uprez.frames.color import display_shader

_SCRIPTS = ("codec.js", "picture.js", "viewer.js", "controls.js", "crops.js", "frames.js", "plots.js")
_SLOT = re.compile(r"<!--(\w+)-->")


def write_page(content: Content, path: Path) -> Path:
    """Write `path`, whole or not at all: one HTML file that opens from disk and asks for nothing else.

    Raises FrameError where the disk won't take it, ValueError where a crop's images differ in size.
    """
    slots = _slots(content)
    with whole_file(path) as part, part.open("w", encoding="utf-8") as file:
        # Slots are filled in one pass, so that what looks like a slot in a name stays a name.
        for place, text in enumerate(_SLOT.split(_asset("page.html"))):
            file.writelines(slots[text]() if place % 2 else [text])
    return path


def _slots(content: Content) -> dict[str, Callable[[], Iterator[str]]]:
    """What stands in each slot of the template. The last ones are large, and are made only when they are written."""
    packed: list[tuple[list[dict[str, object]], str]] = []

    def values() -> Iterator[str]:
        packed.extend(pixels.packed_crop(crop) for crop in content.crops)
        crops = [_crop(crop, facts) for crop, (facts, _) in zip(content.crops, packed, strict=True)]
        looks = {"display": _display(), "magma": colors.sequential.Magma}
        sheet = {"side": pixels.SIDE, "columns": pixels.COLUMNS}
        yield told.script_json(told.values(content, crops) | looks | {"sheet": sheet, "truth": TRUTH})

    def crops() -> Iterator[str]:
        for number, (_, text) in enumerate(packed):
            yield f'<script type="application/octet-stream" id="crop-{number}">{text}</script>\n'

    def thumbnails() -> Iterator[str]:
        picture = base64.b64encode(pixels.sheet(content.crops)).decode("ascii")
        yield f'.thumbnail i {{ background-image: url("data:image/jpeg;base64,{picture}") }}'

    def text(made: str) -> Callable[[], Iterator[str]]:
        return lambda: iter([made])

    return {
        "title": text(html.escape(content.title)),
        "style": text(_asset("page.css")),
        "thumbnails": thumbnails,
        "notes": text(told.notes(content)),
        "summary": text(told.summary(content)),
        "verdicts": text(told.verdicts(content)),
        "display": text(html.escape(display_shader().name)),
        "values": values,
        "scripts": text("\n".join(map(_asset, _SCRIPTS))),
        "develop": text(_asset("develop.frag")),
        "place": text(_asset("place.frag")),
        "plotly": text(get_plotlyjs()),
        "crops": crops,
    }


def _asset(name: str) -> str:
    return resources.files("uprez.evaluation.page").joinpath("assets", name).read_text(encoding="utf-8")


def _crop(crop: Crop, facts: list[dict[str, object]]) -> dict[str, object]:
    height, width = crop.images[0].pixels.shape[:2]
    place = {"x": crop.x, "y": crop.y, "width": width, "height": height}
    return {"pair": crop.pair, **place, "shrink": pixels.shrink(height, width), "images": facts}


def _display() -> dict[str, object]:
    shader = display_shader()
    tables = [
        {"name": name, "height": table.shape[0], "width": table.shape[1], "channels": table.shape[2]}
        | {"values": table.ravel().tolist()}
        for name, table in shader.tables
    ]
    return {"function": shader.function, "text": shader.text, "tables": tables}
