"""What to do with a shot, upscale it or render it: by measure where it has pairs, else by what its LR shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from uprez.evaluation.content import Row, Verdict
from uprez.evaluation.signs import Signs

UPSCALE, LOOK, FEWER, FULL = (
    "upscale",
    "upscale and look",
    "render at full size with fewer samples",
    "render in full",
)
AS_GOOD, NEAR = -0.5, -2.0
"""dB that upscaling may lie below HR of the same cost to be as good, and to be worth a look."""
POOR = 30.0
"""dB, PSNR in T: below it neither upscaling nor HR of the same cost will do."""
_BY_SAMPLES = 2.0
"""Times as long as upscaling HR with a quarter of the samples may take: more, and cost does not go by samples."""
_PLAIN, _SEEN = 0.1, 0.02
"""dB of PSNR, and the share of HDR-FLIP, that say which of two is better."""
_WORDS = ("fine detail", "hard edges, as of lettering", "thin structures", "noise")
"""For each of `Signs`."""
_RIDGE = 1.0
LEAST_SHOTS = 8
"""Measured shots from which the others can be told."""


@dataclass(frozen=True)
class Measured:
    """Of one shot, means over its pairs."""

    over_render: float | None
    """PSNR of the model minus that of HR at equal cost, dB; None where there is no such render."""
    model: float
    render: float | None
    """PSNR of each, dB."""
    render_cost: float | None
    """Core-seconds of that render over those of LR and the model; None where they are not known."""
    flip_over_render: float | None = None
    """HDR-FLIP of the model minus that of the render, as a share of the render's; lower is better. None where it was
    not measured.
    """

    @property
    def is_disputed(self) -> bool:
        """Whether PSNR and HDR-FLIP plainly take different sides."""
        psnr, flip = self.over_render, self.flip_over_render
        return psnr is not None and flip is not None and psnr * flip > 0 and abs(psnr) > _PLAIN and abs(flip) > _SEEN


def measured_shots(rows: Sequence[Row], model: str, render: str = "hr_equal") -> dict[str, Measured]:
    """By look/shot."""
    found: dict[str, dict[str, dict[str, Row]]] = {}
    for row in rows:
        if "psnr_db" in row.figures:
            found.setdefault(f"{row.look}/{row.shot}", {}).setdefault(row.pair, {})[row.method] = row
    shots = {}
    for shot, pairs in found.items():
        models = [methods[model] for methods in pairs.values() if model in methods]
        both = [(methods[model], methods[render]) for methods in pairs.values() if {model, render} <= methods.keys()]
        if not models:
            continue
        psnr = fmean(row.figures["psnr_db"] for row in models)
        over = fmean(a.figures["psnr_db"] - b.figures["psnr_db"] for a, b in both) if both else None
        costs = [b.core_seconds / a.core_seconds for a, b in both if a.core_seconds and b.core_seconds]
        shots[shot] = Measured(
            over, psnr, None if over is None else psnr - over, fmean(costs) if costs else None, _flip_over(both)
        )
    return shots


def _flip_over(both: Sequence[tuple[Row, Row]]) -> float | None:
    found = [(a.figures["flip"], b.figures["flip"]) for a, b in both if "flip" in a.figures and "flip" in b.figures]
    model, render = (sum(values) for values in zip(*found, strict=True)) if found else (0.0, 0.0)
    return (model - render) / render if render > 0 else None


def verdicts(measured: Mapping[str, Measured], signs: Mapping[str, Signs]) -> list[Verdict]:
    """Of every shot that has either: by measure where there is HR at equal cost, else by its signs, learnt from the
    shots that were measured; none for those where too few were.
    """
    known = {shot: one.over_render for shot, one in measured.items() if one.over_render is not None and shot in signs}
    typical = _typical(signs)
    told: list[Verdict] = []
    for shot in sorted({*measured, *signs}):
        one = measured.get(shot)
        sign = signs.get(shot)
        if one is not None and one.over_render is not None:
            told.append(Verdict(shot, *_by_measure(one, sign, typical)))
        elif sign is not None and len(known) >= LEAST_SHOTS:
            guess = predicted({name: signs[name] for name in known}, known, sign)
            told.append(Verdict(shot, _by_difference(guess), f"{_why(sign, typical)}; by LR alone, {guess:+.1f} dB"))
    return told


def right_without_measuring(measured: Mapping[str, Measured], signs: Mapping[str, Signs]) -> tuple[int, int]:
    """How often the verdict by LR alone is that by measure, each shot told from all the others: right, of how many."""
    known = {shot: one.over_render for shot, one in measured.items() if one.over_render is not None and shot in signs}
    if len(known) <= LEAST_SHOTS:
        return 0, 0
    right = 0
    for shot, truth in known.items():
        others = {name: value for name, value in known.items() if name != shot}
        guess = predicted({name: signs[name] for name in others}, others, signs[shot])
        right += _by_difference(guess) == _by_difference(truth)
    return right, len(known)


def predicted(signs: Mapping[str, Signs], values: Mapping[str, float], of: Signs) -> float:
    """A value from signs, by ridge regression on their logarithms (Hoerl & Kennard 1970)."""
    names = sorted(values)
    table = np.log(np.array([signs[name] for name in names]) + 1e-4)
    mean, spread = table.mean(0), table.std(0) + 1e-6
    scaled, target = (table - mean) / spread, np.array([values[name] for name in names])
    weights = np.linalg.solve(scaled.T @ scaled + _RIDGE * np.eye(scaled.shape[1]), scaled.T @ (target - target.mean()))
    return float(target.mean() + (np.log(np.array(of) + 1e-4) - mean) / spread @ weights)


def _by_measure(one: Measured, sign: Signs | None, typical: Signs) -> tuple[str, str]:
    assert one.over_render is not None
    assert one.render is not None
    figures = f"{one.model:.1f} dB, HR for the same {one.render:.1f}"
    why = "" if sign is None else f"{_why(sign, typical)}; "
    if one.over_render < NEAR and one.render_cost is not None and one.render_cost > _BY_SAMPLES:
        return FULL, f"its cost does not go by samples; {figures}"
    if max(one.model, one.render) < POOR and one.over_render < NEAR:
        return FULL, f"{why}{figures}"
    verdict = _by_difference(one.over_render)
    if one.is_disputed:
        better = "HR for the same" if one.over_render > 0 else "upscaling"
        disputed = f"HDR-FLIP says the opposite, that {better} is better: a look is needed"
        return (LOOK if verdict == UPSCALE else verdict), f"{why}{figures}; {disputed}"
    return verdict, f"{why}{figures}"


def _by_difference(decibels: float) -> str:
    return UPSCALE if decibels >= AS_GOOD else LOOK if decibels >= NEAR else FEWER


def _typical(signs: Mapping[str, Signs]) -> Signs:
    """The median over shots, of each sign."""
    return Signs(*np.median(np.array(list(signs.values())), axis=0).tolist()) if signs else Signs(0, 0, 0, 0)


def _why(sign: Signs, typical: Signs) -> str:
    """The sign that stands out most among the shots, in words."""
    ratios = [(one + 1e-4) / (usual + 1e-4) for one, usual in zip(sign, typical, strict=True)]
    most = int(np.argmax(ratios))
    return _WORDS[most] if ratios[most] > 1.5 else "nothing that stands out"
