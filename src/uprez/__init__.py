"""uprez: rendered film frames at twice their size, with every layer, number and attribute still right.

`upscale` takes an array or a frame; what it stands on (`uprez.upscaling`, `uprez.models`, `uprez.frames`) is public.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from uprez.upscaling import upscale

__all__ = ["__version__", "upscale"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    # Imported when first asked for: `uprez --help` must not wait for image libraries and runtimes.
    if name == "upscale":
        from uprez.upscaling import upscale

        return upscale
    raise AttributeError(f"module 'uprez' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
