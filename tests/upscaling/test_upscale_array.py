"""`uprez.upscale`: pictures in memory."""

from pathlib import Path

import numpy as np
import pytest

import uprez
from tests.upscaling.layered import layered_planes, picture, read_planes, stacked, write_frame, write_layered
from uprez.errors import FrameError, ModelError, UsageError
from uprez.models.registry import load_model
from uprez.upscaling import UpscaleJob, run


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_an_array_comes_back_at_twice_its_size_with_its_channels(channels: int) -> None:
    source = np.concatenate([picture(9, 12), np.ones((9, 12, 1))], axis=2)[..., -channels:].astype(np.float32)
    result = uprez.upscale(source, model="bicubic")
    assert result.shape == (18, 24, channels)
    assert result.dtype == np.float32


def test_a_plane_comes_back_as_a_plane() -> None:
    plane = picture(9, 12)[..., 0]
    assert np.array_equal(
        uprez.upscale(plane, model="bicubic"), uprez.upscale(plane[..., None], model="bicubic")[..., 0]
    )


def test_the_array_it_is_given_stays_as_it_is() -> None:
    source = picture(9, 12).astype(np.float32)
    source[4, 4] = np.nan
    before = source.copy()
    assert np.isfinite(uprez.upscale(source, model="bicubic")).all()
    assert np.array_equal(source, before, equal_nan=True)


def test_a_path_gives_the_beauty_just_as_the_command_writes_it(tmp_path: Path) -> None:
    source = write_layered(tmp_path / "frame.exr")
    result = uprez.upscale(source, model="bicubic")
    run(UpscaleJob(sources=(str(source),), output=str(tmp_path / "out"), model="bicubic"))
    written = stacked(read_planes(tmp_path / "out" / "frame.exr"), "R", "G", "B", "A")
    assert np.array_equal(result.astype(np.float16), written.astype(np.float16))


def test_a_loaded_model_may_be_used_again_and_again() -> None:
    model = load_model("lanczos")
    source = picture(8, 8)
    assert np.array_equal(uprez.upscale(source, model), uprez.upscale(source, "lanczos"))


def test_a_model_may_be_named_by_a_path(tmp_path: Path) -> None:
    assert uprez.upscale(np.ones((4, 4, 3)), Path("nearest")).shape == (8, 8, 3)
    with pytest.raises(ModelError, match="no model"):
        uprez.upscale(np.ones((4, 4, 3)), model=tmp_path / "none")


@pytest.mark.parametrize("shape", [(4,), (4, 4, 5), (0, 4, 3), (2, 4, 4, 3)])
def test_an_array_that_is_no_picture_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(UsageError, match="1 to 4 channels"):
        uprez.upscale(np.zeros(shape))


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "int32", "bool", "complex64", "str"])
def test_an_array_whose_numbers_are_no_light_is_refused(dtype: str) -> None:
    """An 8-bit picture taken as linear would be 255 times too bright, and wrong in every tone."""
    with pytest.raises(UsageError, match="floating-point"):
        uprez.upscale(np.ones((4, 4, 3), dtype), model="bicubic")


def test_the_refusal_of_codes_says_how_to_linearise_them() -> None:
    with pytest.raises(UsageError) as refused:
        uprez.upscale(np.full((4, 4, 3), 255, np.uint8))
    assert "array / 255" in str(refused.value)
    assert "12.92" in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_floating_point_numbers_of_any_width_are_taken(dtype: str) -> None:
    assert uprez.upscale(np.ones((4, 4, 3), dtype), model="bicubic").dtype == np.float32


def test_a_model_by_name_is_loaded_once_for_many_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    from uprez.models import cache

    loads = []
    real = cache.load_model
    monkeypatch.setattr(cache, "load_model", lambda name, **settings: loads.append(name) or real(name, **settings))
    cache.forget_models()
    first, second = (uprez.upscale(picture(8, 8), "lanczos") for _ in range(2))
    assert loads == ["lanczos"]
    assert np.array_equal(first, second)


def test_what_cannot_be_read_or_loaded_says_so(tmp_path: Path) -> None:
    with pytest.raises(FrameError, match="no such file"):
        uprez.upscale(tmp_path / "none.exr", model="bicubic")
    with pytest.raises(ModelError, match="no model"):
        uprez.upscale(np.zeros((4, 4, 3)), model="nonesuch")
    no_beauty = write_frame(tmp_path / "z.exr", {"Z": layered_planes()["Z"]})
    with pytest.raises(FrameError, match="no beauty"):
        uprez.upscale(no_beauty, model="bicubic")


def test_consistency_holds_the_result_to_the_light_of_the_source() -> None:
    """The default model: brought down by its own kernel, each channel's mean is the source's within 1e-3."""
    from uprez.models.consistency import down

    model = load_model("film-x2-psnr")
    source = picture(64, 64).astype(np.float32)
    drift = {}
    for consistency in (True, False):
        result = uprez.upscale(source, model, consistency=consistency)
        lower = down(result, model.card.down_kernel, 2)
        drift[consistency] = np.abs(lower.mean(axis=(0, 1)) / source.mean(axis=(0, 1)) - 1).max()
    assert drift[True] < 1e-3
    assert drift[True] <= drift[False]


@pytest.mark.parametrize("picture", ["star", "dither", "lines"])
def test_light_that_no_render_would_show_is_kept_too(picture: str) -> None:
    """The default model takes it for noise; the result has it all the same."""
    y, x = np.mgrid[:64, :64]
    grey = {
        "star": np.where((y == 32) & (x == 32), 50, 0.002),
        "dither": (x + y) % 2,
        "lines": np.where(x % 4 == 0, 1, 0.01),
    }[picture]
    source = np.repeat(grey[..., np.newaxis], 3, axis=2).astype(np.float32)
    inside, around = slice(16, -16), slice(32, -32)
    result = uprez.upscale(source)[around, around]
    np.testing.assert_allclose(result.mean((0, 1)), source[inside, inside].mean((0, 1)), rtol=0.05)


@pytest.mark.parametrize("model", ["film-x2-psnr", "film-x2-any", "bicubic"])
@pytest.mark.parametrize("size", [1, 2, 4, 8])
@pytest.mark.parametrize("light", [5, 200, 6000])
def test_a_lamp_keeps_its_light_within_the_limits_of_its_result(model: str, size: int, light: float) -> None:
    """Square lamps over 0.2: nothing around glows, and what a rim loses to the limits the middle gets."""
    source = np.full((40, 48, 3), 0.2, np.float32)
    source[16 : 16 + size, 20 : 20 + size] = light
    result = uprez.upscale(source, model)
    assert result.mean() == pytest.approx(source.mean(), rel=0.08)
    far = result.copy()
    far[28 : 36 + 2 * size, 36 : 44 + 2 * size] = 0.2
    np.testing.assert_allclose(far, 0.2, rtol=0.05)
