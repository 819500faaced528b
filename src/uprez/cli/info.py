"""`uprez info`: what files hold, and which rule each layer gets."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from uprez.cli.console import error, note, out, out_json, printable
from uprez.errors import UprezError, UsageError

if TYPE_CHECKING:
    from uprez.frames import DecodePool, Part, Window
    from uprez.frames.sequences import SourceFrame
    from uprez.layers.finding import SequenceRules
    from uprez.layers.layers import Layer, Sum

LONGEST_VALUE = 96
"""Characters of an attribute's value that are shown; Cryptomatte manifests run to megabytes. --json shows all."""


def info(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="Files, folders or patterns like shot.####.exr.", show_default=False),
    ],
    rules: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A TOML file of layer rules that override the usual ones.")
    ] = None,
    template: Annotated[
        bool,
        typer.Option("--rules-template", help="Print the rules of all layers as a rules file to edit, for --rules."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, one list with an entry a file, on stdout.")
    ] = False,
) -> None:
    """Show what files hold, part by part, which rule each layer gets, and why."""
    from uprez.frames import DecodePool
    from uprez.frames.sequences import expand_sources
    from uprez.layers.finding import SequenceRules
    from uprez.layers.rules import RuleBook, as_template, read_rules

    if template and as_json:
        raise UsageError("--json and --rules-template are two forms of one output: give one of them")
    book = read_rules(rules) if rules else RuleBook()
    found = expand_sources(sources)
    records: list[dict[str, Any]] = []
    shown: list[tuple[Layer, ...]] = []
    failed = bool(found.missing)
    for name in found.missing:
        error(f"{name}: not there")
    with DecodePool() as pool:
        decided = SequenceRules(book, pool)
        for source in found.frames:
            try:
                record, layers = _describe(source, decided, pool)
            except UprezError as problem:
                failed = True
                error(str(problem))
                records.append({"path": str(source.path), "error": str(problem)})
                continue
            records.append(record)
            shown.append(layers)
            if not (as_json or template):
                out("\n".join(printable(line) for line in _lines(record)))
    if template:
        out(as_template({layer.name: layer for layers in shown for layer in layers}.values()))
    elif as_json:
        out_json(records)
    for line in book.unfit(shown):
        note(f"warning: {line}")
    if failed:
        raise typer.Exit(1)


def _describe(
    source: "SourceFrame", rules: "SequenceRules", pool: "DecodePool"
) -> "tuple[dict[str, Any], tuple[Layer, ...]]":
    """A file as plain values, fit for JSON, and its layers."""
    from uprez.cli.seen_filter import pixel_filter_of
    from uprez.frames import open_frame

    with open_frame(source.path, pool=pool) as frame:
        layers = rules.of(frame, source.series)
        parts = [
            _part(part, number, [layer for layer in layers if number in layer.parts])
            for number, part in enumerate(frame.header.parts)
        ]
        seen = {"pixel_filter": pixel_filter_of(frame, layers)} if frame.kind == "exr" else {}
        size = source.path.stat().st_size
        sums = list(dict.fromkeys(one for layer in layers for one in layer.sums))
        record = {"path": str(source.path), "kind": frame.kind, "bytes": size, "parts": parts}
        return record | {"sums": [_sum(one) for one in sums]} | seen, layers


def _part(part: "Part", number: int, layers: "list[Layer]") -> dict[str, Any]:
    from uprez.cli.attributes import attribute_value

    tiling = part.tiling
    return {
        "name": part.name,
        "view": part.view,
        "data_window": _corners(part.data_window),
        "display_window": _corners(part.display_window),
        "pixel_aspect": part.pixel_aspect,
        "compression": part.compression,
        "line_order": part.line_order,
        "tiles": {"width": tiling.width, "height": tiling.height, "levels": tiling.mode} if tiling else None,
        "channels": [{"name": channel.name, "type": channel.type} for channel in part.channels],
        "attributes": {
            name: {"type": attribute.type, "value": attribute_value(attribute)}
            for name, attribute in part.attributes.items()
        },
        "layers": [_layer(layer, number) for layer in layers],
    }


def _layer(layer: "Layer", part: int) -> dict[str, Any]:
    row = layer.reading.row
    return {
        "name": layer.name,
        "channels": list(layer.channels_of(part)),
        "rule": layer.rule.value,
        "note": layer.note,
        "why": layer.why,
        "doubt": layer.doubt,
        "sums": [str(one) for one in layer.sums],
        "named": {"row": row.name, "renderer": row.renderer, "means": row.means, "unit": row.unit} if row else None,
    }


def _sum(one: "Sum") -> dict[str, Any]:
    terms = [{"layer": part, "times": colour} for part, colour in one.terms]
    return {"sum": str(one), "whole": one.whole, "terms": terms, "fit": one.fit}


def _corners(window: "Window") -> list[int]:
    return [window.x_min, window.y_min, window.x_max, window.y_max]


_FITS = {
    "exact": "within rounding",
    "within noise": "within noise: a denoised or graded picture",
    "falls short": "falls short: the rest is in no layer",
    "by name": "by name: the pixels are black",
    "by hand": "by hand",
}


def _lines(record: dict[str, Any]) -> list[str]:
    """A file's record as a person reads it."""
    from uprez.cli.seen_filter import filter_lines

    lines = [record["path"]]
    for number, part in enumerate(record["parts"]):
        title = f"part {number}" + (f" {part['name']}" if part["name"] else "")
        view = f", view {part['view']}" if part["view"] else ""
        tiles = part["tiles"]
        layout = f"tiles {tiles['width']} x {tiles['height']} {tiles['levels']}" if tiles else "scan lines"
        aspect = f", pixel aspect {part['pixel_aspect']:.6g}" if part["pixel_aspect"] != 1 else ""
        lines += [
            f"  {title}{view}: {part['compression']}, {layout}, {part['line_order'].replace('_', ' ')}{aspect}",
            f"    data window     {_window(part['data_window'])}",
            f"    display window  {_window(part['display_window'])}",
            "    layers",
            *_table(_layer_rows(part)),
            *(f"      ! {layer['name']} {layer['doubt']}" for layer in part["layers"] if layer["doubt"]),
            "    attributes",
            *_table([(name, _short(entry["value"])) for name, entry in part["attributes"].items()]),
        ]
    if record["sums"]:
        lines += ["  sums", *_table([(one["sum"], _FITS[one["fit"]]) for one in record["sums"]])]
    return [*lines, *filter_lines(record.get("pixel_filter"))]


def _layer_rows(part: dict[str, Any]) -> list[tuple[str, ...]]:
    types = {channel["name"]: channel["type"] for channel in part["channels"]}
    return [
        (
            layer["name"],
            " ".join(layer["channels"]),
            "/".join(dict.fromkeys(types[channel] for channel in layer["channels"])),
            layer["rule"] + (f" ({layer['note']})" if layer["note"] else ""),
            "; ".join(filter(None, ("sum" if layer["sums"] else "", layer["why"]))),
        )
        for layer in part["layers"]
    ]


def _table(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows with their columns aligned."""
    if not rows:
        return ["      none"]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "      " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _window(corners: list[int]) -> str:
    x_min, y_min, x_max, y_max = corners
    return f"({x_min}, {y_min})-({x_max}, {y_max})  {x_max - x_min + 1} x {y_max - y_min + 1}"


def _short(value: Any) -> str:
    text = " ".join(str(item) for item in value) if isinstance(value, list) else str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"
