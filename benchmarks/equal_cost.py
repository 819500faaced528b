"""Is upscaling as good as rendering? The bundled models beside HR renders of the same and of full cost.

    python benchmarks/equal_cost.py PAIRS [--models NAMES] [--jobs 2] [--name NAME] [--keep FOLDER]

PAIRS is a folder of shots that no training run has seen, rendered with `--truth` and `--equal-cost`:

    uprez render demo -o PAIRS --seeds 9100-9101 --window 256 --samples 64 --truth 42 --truth-samples 512 --equal-cost
    uprez render demo -o MOVING --seeds 9200 --looks toys,foliage --length 3 --window 256 --samples 32 --equal-cost

Told are `uprez evaluate`'s figures of it: means with 95 % confidence, core-seconds a frame, what the first model has
over HR at equal cost by look, and the verdicts; drawn are quality against cost (results/equal_cost.svg) and, of each
look, the place that is hardest for interpolation (results/equal_cost.png).
"""

import argparse
import html
import math
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from shared import RESULTS, report, table

from uprez.evaluation.content import SOURCE, TRUTH, Content, Crop, Interval
from uprez.evaluation.cost import Cost, costs
from uprez.evaluation.page import write_page
from uprez.evaluation.report import content_of
from uprez.evaluation.run import Evaluation, EvaluationJob, evaluate
from uprez.evaluation.statistics import compare, look_of, means_by
from uprez.frames.color import to_display

MODELS = "film-x2-psnr,film-x2-psnr:best,tvi,bicubic,hr_equal,hr_full,hr_half1"
TOLD = (
    "psnr_db",
    "psnr_db_without_noise",
    "ssim",
    "flip",
    "sharpness_db",
    "edge_artifacts",
    "drift",
    "block_drift",
    "flicker",
)
EQUAL = "hr_equal"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--models", default=MODELS)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--name", default="equal_cost", help="of the files in benchmarks/results")
    parser.add_argument("--keep", type=Path, help="leave the report here", metavar="FOLDER")
    options = parser.parse_args()
    methods = tuple(options.models.split(","))
    with tempfile.TemporaryDirectory() as temporary:
        output = options.keep or Path(temporary)
        job = EvaluationJob(folders=(options.pairs,), methods=methods, output=output, jobs=options.jobs, crops=200)
        found = evaluate(job)
        content = content_of(found, methods, [options.pairs])
        write_page(content, output / "index.html")
    told = costs(found.rows, "psnr_db")
    (RESULTS / f"{options.name}.svg").write_text(plot(told))
    columns = [SOURCE, *(name for name in methods if name in ("bicubic", methods[0], EQUAL, "hr_full")), TRUTH]
    picture(one_of_each_look(found.crops), columns).save(RESULTS / f"{options.name}.png")
    figures = {
        "summary": {m: {n: vars(v) for n, v in of.items()} for m, of in content.summary.items()},
        "cost": {one.method: one.core_seconds for one in told},
        "verdicts": {one.shot: one.verdict for one in content.verdicts},
    }
    report(options.name, figures, text(found, content, told, methods[0]))


def text(found: Evaluation, content: Content, told: Sequence[Cost], model: str) -> str:
    seconds = {one.method: f"{one.core_seconds:.1f}" for one in told}
    metrics = [metric for metric in content.metrics if metric.name in TOLD]
    rows = [
        [method, seconds.get(method, "-"), *(_cell(of.get(m.name), m.digits) for m in metrics)]
        for method, of in content.summary.items()
    ]
    parts = [*content.notes, table(rows, ["method", "core-s a frame", *(metric.title for metric in metrics)])]
    looks = means_by(found.rows, look_of)
    rows = [
        [look, *(f"{of[name]['psnr_db']:.2f}" if name in of else "-" for name in content.summary)]
        for look, of in looks.items()
    ]
    parts += ["PSNR by look, dB", table(rows, ["look", *content.summary])]
    verdicts = [[one.shot, one.verdict, one.reason] for one in content.verdicts]
    parts += ["Verdicts", table(verdicts, ["shot", "verdict", "reason"])]
    over = compare(found.rows, model, EQUAL).get("psnr_db")
    if over is not None:
        parts.append(f"{model} over HR at equal cost: {over.interval.mean:+.2f} dB ({over.interval.span(2, '+')})")
    return "\n\n".join(parts)


def _cell(interval: Interval | None, digits: int) -> str:
    if interval is None:
        return "-"
    return interval.text(digits)


WIDTH, HEIGHT, EDGE = 720, 400, 60


def plot(told: Sequence[Cost]) -> str:
    """Quality against cost, cost by its logarithm; renders are joined."""
    if not told:
        return ""
    low, high = (math.log(f(one.core_seconds for one in told)) for f in (min, max))
    bottom, top = math.floor(min(one.quality for one in told)), math.ceil(max(one.quality for one in told))

    def at(one: Cost) -> tuple[float, float]:
        x = EDGE + (math.log(one.core_seconds) - low) / max(high - low, 1e-9) * (WIDTH - 3.5 * EDGE)
        return x, HEIGHT - EDGE - (one.quality - bottom) / max(top - bottom, 1) * (HEIGHT - 1.5 * EDGE)

    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">']
    lines.append(f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>')
    for decibels in range(bottom, top + 1):
        y = HEIGHT - EDGE - (decibels - bottom) / max(top - bottom, 1) * (HEIGHT - 1.5 * EDGE)
        lines.append(f'<line x1="{EDGE}" x2="{WIDTH - 20}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>')
        lines.append(f'<text x="{EDGE - 8}" y="{y + 4:.1f}" font-size="12" text-anchor="end">{decibels}</text>')
    renders = " ".join("{:.1f},{:.1f}".format(*at(one)) for one in told if one.method.startswith("hr_"))
    lines.append(f'<polyline points="{renders}" fill="none" stroke="#e69f00" stroke-width="2"/>')
    written: list[tuple[float, float]] = []
    for one in sorted(told, key=lambda one: -one.quality):
        (x, y), colour = at(one), "#e69f00" if one.method.startswith("hr_") else "#0072b2"
        words = f"{html.escape(one.method)}, {one.core_seconds:.1f} core-s"
        lines.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="{colour}"/>')
        while any(abs(x - across) < 170 and abs(y - down) < 15 for across, down in written):
            y += 1  # below what stands there
        written.append((x, y))
        lines.append(f'<text x="{x + 9:.1f}" y="{y + 4:.1f}" font-size="12">{words}</text>')
    lines.append(
        f'<text x="{EDGE}" y="{HEIGHT - 15}" font-size="13">core-seconds a frame, rendering and upscaling</text>'
    )
    lines.append('<text x="12" y="20" font-size="13">PSNR, dB</text></svg>')
    return "\n".join(lines) + "\n"


def one_of_each_look(crops: Sequence[Crop]) -> list[Crop]:
    """The one in which the first method is worst."""
    first: dict[str, Crop] = {}
    for crop in crops:
        first.setdefault(crop.pair.partition("/")[0], crop)
    return [first[look] for look in sorted(first)]


def picture(crops: Sequence[Crop], columns: Sequence[str], zoom: int = 2) -> Image.Image:
    """A row a crop, a column a method, through the display transform, brightened where it is dark; a pixel enlarged
    to `zoom` pixels.
    """
    side = zoom * max(crop.images[0].pixels.shape[0] for crop in crops)
    gap, head = 4, 18
    sheet = Image.new("RGB", (len(columns) * (side + gap), len(crops) * (side + head)), "white")
    draw = ImageDraw.Draw(sheet)
    for row, crop in enumerate(crops):
        of = {image.method: image.pixels for image in crop.images}
        light = np.exp(np.mean(np.log(np.abs(of[TRUTH][..., :3].astype(float)) + 1e-3)))
        exposure = np.float32(max(1.0, 0.18 / max(float(light), 1e-3) ** 0.5))
        for column, name in enumerate(columns):
            place = (column * (side + gap), row * (side + head))
            title = name if column else f"{crop.pair.partition('/')[0]}: {name}"
            draw.text((place[0] + 2, place[1] + 2), title, fill="black")
            if name in of:
                shown = to_display(of[name][..., :3].astype(np.float32) * exposure).clip(0, 1)
                tile = Image.fromarray(np.rint(255 * shown).astype(np.uint8))
                enlarged = tile.resize((tile.width * zoom, tile.height * zoom), Image.Resampling.NEAREST)
                sheet.paste(enlarged, (place[0], place[1] + head))
    return sheet


if __name__ == "__main__":
    main()
