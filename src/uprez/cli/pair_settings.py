"""From the options of the commands that render to the settings of their pairs."""

from typing import TYPE_CHECKING

from uprez.cli.extras import extra
from uprez.errors import UsageError

if TYPE_CHECKING:
    from uprez.renderers.plan import PairSettings

_BEST_TRUTH = 80
"""dB, about as far as two half-float images can agree."""


def pair_settings(
    samples: int,
    few: str,
    equal_cost: bool,
    truth: tuple[float | None, int],
    no_denoise: bool,
    aovs: str,
    uncorrected: bool,
    filters: str | None,
) -> "PairSettings":
    """The settings of a run's pairs from its options. truth: how far two renders agree, in dB, and the most samples of
    each. Raises UsageError for what makes no sense, alone or together.
    """
    from uprez.renderers.filtering import parse_filters
    from uprez.renderers.plan import OWN, PairSettings
    from uprez.renderers.shots import parse_frames
    from uprez.request import AOVS

    wanted = () if aovs == "none" else tuple(aovs.split(","))
    if unknown := [aov for aov in wanted if aov not in AOVS]:
        raise UsageError(f"--aovs: no {unknown[0]!r}; there are {', '.join(AOVS)}, or none")
    agreement, truth_samples = truth
    if agreement is not None and not 0 < agreement <= _BEST_TRUTH:
        raise UsageError(f"--truth: {agreement:g} dB make no sense; name something like 45, {_BEST_TRUTH} at most")
    few_samples = parse_frames(few, "--few-samples") if few else ()
    if few_samples and few_samples[0] < 1:
        raise UsageError(f"--few-samples: {few_samples[0]} make no image; name 1 or more")
    seen = (OWN,) if filters is None else parse_filters(filters)
    if filters is not None:
        others = {"--truth": agreement, "--few-samples": few_samples, "--equal-cost": equal_cost}
        _require_plain(samples, {**others, "--uncorrected": uncorrected}, denoise=not no_denoise)
    return PairSettings(
        filters=seen,
        samples=samples,
        denoise=not no_denoise,
        aovs=wanted,
        few_samples=few_samples,
        equal_cost=equal_cost,
        truth=agreement,
        truth_samples=truth_samples,
        correct=not uncorrected,
    )


def _require_plain(samples: int, others: dict[str, object], *, denoise: bool) -> None:
    from uprez.renderers.filtering import require_plain

    require_plain(samples, others)
    if denoise:
        try:
            with extra("filters"):
                import uprez.renderers.denoising  # noqa: F401
        except UsageError as missing:
            raise UsageError(f"{missing}; or pass --no-denoise") from None
