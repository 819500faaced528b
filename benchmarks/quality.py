"""Figures of every method on rendered pairs, by look, and a picture of ten crops.

    python benchmarks/quality.py [--pairs FOLDER] [--models bicubic,tvi,film-x2-psnr,film-x2] [--second FOLDER]

Each method runs through `uprez upscale` on the LR files; its results are read back from disk and held against HR. After
a colon stands its sharpness, or `best` for its self-ensemble.
PSNR in the compressed domain, peak 0.6, R G B; HDR-FLIP by flip-evaluator on scene-linear Rec.709; energy above LR's
Nyquist frequency over the truth's; RMS of what is added in flat areas, and beyond the truth's range around edges
(ringing), in the compressed domain.

--second holds the same truths with noise of another seed. It stands among the methods, as `other seed`: what noise
alone makes of every figure. Against truths as noisy, a result without error gets 3 dB more PSNR than it: the most that
any method can get, told as `no error`. PSNR and energy are then told once more, the truths' noise taken off, no more
than 20 dB above it. For shared/starter/clean such truths come, where the same
fonts are installed, from
  sed 's/^    shoot(tmp, a.hr_size, spp_hr/    sc.cycles.seed = 1\n&/' make_pairs.py > again.py
  again.py --out second --seeds 8000-8000 --clean --hr-size 256 --jobs 2
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from shared import RESULTS, SHARED, report, table, upscale

from uprez.dataset.pairs import Pair, find_pairs, read_frames, read_rgba
from uprez.encoding import PEAK, compress
from uprez.frames import DecodePool
from uprez.frames.color import to_display
from uprez.metrics import artifacts, compressed_psnr, hdr_flip, high_band_energy

Figures = dict[str, dict[str, float]]
"""Method to pair to figure."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, default=SHARED / "starter" / "clean")
    parser.add_argument("--models", default="bilinear,bicubic,lanczos,tvi,film-x2-psnr,film-x2-psnr:best,film-x2")
    parser.add_argument("--second", type=Path, help="the truths rendered again", metavar="FOLDER")
    parser.add_argument("--strip", type=Path, help="also write the first screen's picture: these looks", metavar="FILE")
    parser.add_argument("--strip-looks", default="text_credits,hair_fur,foliage")
    parser.add_argument("--name", default="quality", help="of the files in benchmarks/results")
    asked = parser.parse_args()
    pairs, models = find_pairs([asked.pairs]), asked.models.split(",")
    sources = {pair.name: lr for pair, lr, _ in read_frames(pairs)}
    truths = {pair.name: hr for pair, _, hr in read_frames(pairs)}
    with tempfile.TemporaryDirectory() as folder, DecodePool() as pool:
        for model in models:
            upscale(*(pair.lr for pair in pairs), "-o", Path(folder) / model, *options(model))
        results = {m: {p.name: read_rgba(Path(folder) / m / p.lr.name, pool) for p in pairs} for m in models}
    again = {pair.name: hr for pair, _, hr in read_frames(find_pairs([asked.second]))} if asked.second else {}
    if again:
        models, results = [*models, OTHER_SEED], results | {OTHER_SEED: again}
    figures = {
        name: {m: {p.name: metric(results[m][p.name], truths[p.name]) for p in pairs} for m in models}
        for name, (_, _, metric) in METRICS.items()
    }
    if again:
        both = {p.name: (truths[p.name], again[p.name]) for p in pairs}
        figures[PSNR_WITHOUT_NOISE] = {
            m: {p.name: psnr_without_noise(results[m][p.name], *both[p.name]) for p in pairs}
            for m in models
            if m != OTHER_SEED
        }
        figures[WITHOUT_NOISE] = {
            m: {p.name: high_band_energy(results[m][p.name], truths[p.name], second=again[p.name]) for p in pairs}
            for m in models
        }
        ceiling = {name: db + 10 * np.log10(2) for name, db in figures["psnr_db"][OTHER_SEED].items()}
        figures["psnr_db"][NO_ERROR] = ceiling
    picture(pairs[:10], sources, truths, results, RESULTS / f"{asked.name}.png")
    if asked.strip:
        looks = asked.strip_looks.split(",")
        chosen = sorted((p for p in pairs if p.look in looks), key=lambda pair: looks.index(pair.look))
        picture(chosen, sources, truths, results, asked.strip, side=64, zoom=3)
    report(asked.name, figures, text(pairs, models, figures))


OTHER_SEED, NO_ERROR = "other seed", "no error"
PSNR_WITHOUT_NOISE, WITHOUT_NOISE = "psnr_without_noise", "sharpness_without_noise"
METRICS: dict[str, tuple[str, str, Callable[[np.ndarray, np.ndarray], float]]] = {
    "psnr_db": ("PSNR, dB (compressed domain, peak 0.6)", "{:.2f}", compressed_psnr),
    "hdr_flip": ("mean HDR-FLIP", "{:.4f}", hdr_flip),
    "sharpness": ("energy above LR's Nyquist frequency, over the truth's", "{:.3f}", high_band_energy),
    "flat_artifacts": ("RMS in flat areas", "{:.5f}", lambda result, truth: artifacts(result, truth).flat),
    "edge_artifacts": ("RMS beyond the truth's range at edges", "{:.5f}", lambda a, b: artifacts(a, b).edges),
}
"""Title, digits and function of each."""


def psnr_without_noise(result: np.ndarray, first: np.ndarray, second: np.ndarray) -> float:
    """PSNR against what two truths of independent noise have in common: the mean product of the result's errors to
    either is its square error without theirs.
    """
    ours, one, other = (compress(image[..., :3]).astype(np.float64) for image in (result, first, second))
    noise = float(np.mean(np.square(one - other))) / 2
    return float(10 * np.log10(PEAK**2 / max(float(np.mean((ours - one) * (ours - other))), noise / 100)))


def options(model: str) -> list[str]:
    """What `uprez upscale` is told for a model as it is named here."""
    name, _, setting = model.partition(":")
    if not setting:
        return ["--model", name]
    return ["--model", name, *(["--quality", "best"] if setting == "best" else ["--sharpness", setting])]


def text(pairs: list[Pair], models: list[str], measured: dict[str, Figures]) -> str:
    parts = []
    titles = {name: (title, digits) for name, (title, digits, _) in METRICS.items()}
    titles[PSNR_WITHOUT_NOISE] = ("PSNR without the truth's noise, dB", "{:.2f}")
    titles[WITHOUT_NOISE] = ("energy above LR's Nyquist frequency, over the truth's without its noise", "{:.3f}")
    for name, figures in measured.items():
        title, digits = titles[name]
        rows = [[p.name, *(digits.format(figures[m][p.name]) for m in figures)] for p in pairs]
        rows.append(["mean", *(digits.format(float(np.mean(list(figures[m].values())))) for m in figures)])
        parts.append(f"{title}\n\n{table(rows, ['look/seed', *figures])}")
    for name in (name for name in ("psnr_db", PSNR_WITHOUT_NOISE) if name in measured and "bicubic" in models):
        psnr = measured[name]
        gains = {m: np.array([psnr[m][p.name] - psnr["bicubic"][p.name] for p in pairs]) for m in psnr}
        rows = [[m, f"{g.mean():+.2f}", f"{g.min():+.2f}", f"{g.max():+.2f}"] for m, g in gains.items()]
        parts.append(f"gain over bicubic, {titles[name][0]}\n\n{table(rows, ['method', 'mean', 'least', 'most'])}")
    return "\n\n".join(parts)


Frames = dict[str, np.ndarray]


def picture(
    pairs: list[Pair],
    sources: Frames,
    truths: Frames,
    results: dict[str, Frames],
    path: Path,
    *,
    side: int = 96,
    zoom: int = 2,
) -> None:
    """A row a pair: LR enlarged by repetition, the methods, the truth; the crop is where bicubic misses most."""
    shown = [m for m in ("bicubic", "tvi", "film-x2-psnr", "film-x2") if m in results]
    columns = ["LR", *shown, "truth"]
    cell, gap, top = side * zoom, 4, 18
    canvas = Image.new("RGB", (len(columns) * (cell + gap), top + len(pairs) * (cell + gap)), "white")
    write = ImageDraw.Draw(canvas)
    for i, title in enumerate(columns):
        write.text((i * (cell + gap) + 4, 3), title, fill="black")
    for row, pair in enumerate(pairs):
        truth = truths[pair.name]
        frames = [sources[pair.name].repeat(2, 0).repeat(2, 1), *(results[m][pair.name] for m in shown), truth]
        y, x = hardest(results[shown[0]][pair.name], truth, side)
        exposure = 0.18 / max(float(np.exp(np.mean(np.log(np.abs(truth[..., :3].astype(float)) + 1e-3)))), 1e-3) ** 0.5
        for column, frame in enumerate(frames):
            crop = frame[y : y + side, x : x + side, :3].astype(np.float32) * np.float32(exposure)
            image = Image.fromarray((np.clip(to_display(crop), 0, 1) * 255 + 0.5).astype(np.uint8))
            place = (column * (cell + gap), top + row * (cell + gap))
            canvas.paste(image.resize((cell, cell), Image.Resampling.NEAREST), place)
    path.parent.mkdir(exist_ok=True)
    canvas.save(path, optimize=True)


def hardest(result: np.ndarray, truth: np.ndarray, side: int) -> tuple[int, int]:
    """Corner of the crop with the largest error, on a grid of 16 pixels."""
    error = np.abs(result.astype(float) - truth.astype(float))[..., :3].mean(-1)
    error = np.minimum(error, np.quantile(error, 0.99))
    corners = [(y, x) for y in range(0, len(error) - side + 1, 16) for x in range(0, error.shape[1] - side + 1, 16)]
    return max(corners, key=lambda c: float(error[c[0] : c[0] + side, c[1] : c[1] + side].mean()))


if __name__ == "__main__":
    main()
