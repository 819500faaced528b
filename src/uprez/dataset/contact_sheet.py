"""A page to look at: every pair of a folder, LR beside HR, by look, with what is known of it."""

import html
import os
import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import numpy as np

from uprez.dataset import manifest
from uprez.dataset.pairs import read_rgba
from uprez.errors import FrameError, UsageError
from uprez.files.whole import whole_file
from uprez.frames import DecodePool
from uprez.frames.preview import write_preview

_STYLE = """
body { background: #1b1b1b; color: #ccc; font: 13px/1.4 sans-serif; margin: 1.5em }
h1, h2 { font-weight: normal; color: #eee } a { color: #9cf }
main { display: grid; grid-template-columns: repeat(auto-fill, minmax(24em, 1fr)); gap: .8em }
figure { margin: 0; background: #262626; padding: .4em } figure.refused { outline: 2px solid #c55 }
img { width: 100%; display: block; image-rendering: pixelated; background: #000 }
figcaption { padding-top: .3em } .reason { color: #e88 }
"""


def contact_sheet(folder: Path, page: Path, report: Callable[[str], None]) -> int:
    """Write `page` and a picture a pair into the folder beside it that has its name. Returns how many pairs it shows.

    Pictures go through the display transform of previews, LR enlarged without smoothing. `report` hears of each pair
    that can't be read. Raises UsageError where the folder has no pairs, FrameError where the page can't be written.
    """
    rows = sorted(manifest.read_manifest(folder).by_key().values(), key=_order)
    if not rows:
        raise UsageError(f"{folder / manifest.NAME}: has no pairs to show")
    pictures = page.with_suffix("") if page.suffix else page.with_name(page.name + "_pictures")
    try:
        pictures.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FrameError(pictures, f"can't be made: {error.strerror}") from None
    figures: dict[str, list[str]] = {}
    with DecodePool() as pool, ThreadPoolExecutor(2) as workers:
        made = workers.map(lambda row: _picture(folder, row, pictures, pool), rows)
        for row, (picture, trouble) in zip(rows, made, strict=True):
            if trouble:
                report(trouble)
            else:
                figures.setdefault(str(row["look"]), []).append(_figure(row, picture, page))
    with whole_file(page) as part:
        part.write_text(_page(folder, figures), encoding="utf-8")
    return sum(map(len, figures.values()))


def _order(row: manifest.Row) -> tuple[str, manifest.Key]:
    return str(row["look"]), manifest.key_of(row)


def _picture(folder: Path, row: manifest.Row, pictures: Path, pool: DecodePool) -> tuple[Path, str]:
    show, shot, frame, element, filters = manifest.key_of(row)
    name = "_".join(filter(None, (show, shot, f"{frame:04d}", element, filters)))
    path = pictures / (re.sub(r"[^\w.-]", "-", name) + ".jpg")
    lr, hr = manifest.paths_of(folder, row)
    try:
        if not path.exists() or path.stat().st_mtime < max(lr.stat().st_mtime, hr.stat().st_mtime):
            small, large = (read_rgba(each, pool).astype(np.float32) for each in (lr, hr))
            write_preview(path, small, large, large.shape[0] // small.shape[0])
    except (FrameError, OSError, ValueError) as error:
        return path, str(error)
    return path, ""


def _figure(row: manifest.Row, picture: Path, page: Path) -> str:
    verdict = row.get("coherence", {})
    _, shot, frame, element, filters = manifest.key_of(row)
    facts = [*([] if element == "whole" else [element]), *([filters] if filters else [])]
    facts += [f"coherence {verdict['psnr']:.1f} dB"] if "psnr" in verdict else []
    match row.get("core_seconds"):
        case {"lr": int() | float() as lr, "hr": int() | float() as hr} if lr and hr:
            facts.append(f"LR {lr:.0f}, HR {hr:.0f} core-s")
    refused = not manifest.is_usable(row)
    reason = f'<div class="reason">{html.escape(str(verdict["reason"]))}</div>' if verdict.get("reason") else ""
    source = quote(os.fsencode(f"{picture.parent.name}/{picture.name}"))
    return (
        f"<figure{' class=refused' if refused else ''}>"
        f'<a href="{source}"><img loading="lazy" src="{source}" alt=""></a>'
        f"<figcaption>{html.escape(shot)} {frame:04d} · {html.escape(' · '.join(facts))}{reason}</figcaption></figure>"
    )


def _page(folder: Path, figures: dict[str, list[str]]) -> str:
    count = sum(map(len, figures.values()))
    title = f"{html.escape(folder.name)}: {count} pairs"
    links = " ".join(f'<a href="#{quote(look)}">{html.escape(look)}</a>' for look in figures)
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{title}</title>"
        f"<style>{_STYLE}</style><h1>{title}, LR left, HR right</h1><nav>{links}</nav>"
        + "".join(_section(look, shown) for look, shown in figures.items())
    )


def _section(look: str, figures: Iterable[str]) -> str:
    shown = list(figures)
    return f'<h2 id="{html.escape(look)}">{html.escape(look)} ({len(shown)})</h2><main>{"".join(shown)}</main>'
