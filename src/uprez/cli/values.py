"""Values as people write them on a command line: amounts of memory and spans of time."""

import re

import typer

_BYTES = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}


def parse_bytes(text: str) -> int:
    """ "4G", "1.5GiB", "800M" or "100000000" to bytes; units are powers of 1024."""
    match = re.fullmatch(r"(\d{1,15}(?:\.\d{1,15})?)\s*([KMGT]?)(?:i?B)?", text.strip(), re.IGNORECASE)
    if not match:
        raise typer.BadParameter(f"{text!r} is not an amount of memory; write it like 4G or 800M")
    return int(float(match[1]) * _BYTES[match[2].upper()])


def parse_memory(text: str) -> int:
    """What a run over frames may use, in bytes: no less than what it holds beside the frames."""
    from uprez.upscaling.plan import BASE_BYTES, LEAST_BYTES

    amount, least = parse_bytes(text), BASE_BYTES + LEAST_BYTES
    if amount < least:
        unit = "" if text.strip()[-1:].isalpha() else " (a number alone counts bytes: write 4G or 800M)"
        raise typer.BadParameter(f"{text!r}: no run takes less than {show_bytes(least)}{unit}")
    return amount


def show_bytes(amount: int) -> str:
    """An amount of memory as a person reads it, rounded up: "414M", "1.3G"."""
    return f"{-(-amount // (1 << 20))}M" if amount < 1 << 30 else f"{-(-amount * 10 // (1 << 30)) / 10:.1f}G"


def parse_seconds(text: str) -> float:
    """ "90", "90s", "20m" or "1.5h" to seconds."""
    match = re.fullmatch(r"(\d{1,15}(?:\.\d{1,15})?)\s*([smh]?)", text.strip())
    if not match:
        raise typer.BadParameter(f"{text!r} is not a span of time; write it like 90s, 20m or 1.5h")
    return float(match[1]) * _SECONDS[match[2]]


def parse_size(text: str) -> tuple[int, int]:
    """ "4096x2160", or "384" for a square, to (width, height): even numbers of pixels, since LR has half of each."""
    match = re.fullmatch(r"(\d{1,6})(?:[xX](\d{1,6}))?", text.strip())
    width, height = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if min(width, height) < 2 or width % 2 or height % 2:
        raise typer.BadParameter(f"{text!r} is not a size at HR; write even numbers of pixels like 1920x1080 or 384")
    return width, height


def show_seconds(seconds: float) -> str:
    """A span of time as a person reads it: "4.2 s", "3:07" or "1:02:45"."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
