"""What every layer of a result means is what it meant in the source: DESIGN section 5."""

from pathlib import Path

import numpy as np
import pytest

from tests.upscaling.layered import Planes, doubled, picture, read_planes, stacked, write_frame, write_layered
from uprez.upscaling import UpscaleJob, run


@pytest.fixture(scope="module")
def before_and_after(tmp_path_factory: pytest.TempPathFactory) -> tuple[Planes, Planes]:
    folder = tmp_path_factory.mktemp("layers")
    source = write_layered(folder / "frame.exr")
    summary = run(UpscaleJob(sources=(str(source),), output=str(folder / "out"), model="bicubic"))
    assert summary.exit_code == 0, summary.results
    return read_planes(source), read_planes(folder / "out" / "frame.exr")


def test_every_channel_comes_out_in_its_type_at_twice_its_size(before_and_after: tuple[Planes, Planes]) -> None:
    before, after = before_and_after
    assert {name: (plane.dtype, plane.shape) for name, plane in after.items()} == {
        name: (plane.dtype, (plane.shape[0] * 2, plane.shape[1] * 2)) for name, plane in before.items()
    }


@pytest.mark.parametrize("name", ["objectId", "CryptoObject00.R", "CryptoObject00.G", "CryptoObject00.A"])
def test_ids_are_the_same_bits(before_and_after: tuple[Planes, Planes], name: str) -> None:
    """A float id may be a NaN with a payload: bits are compared, not values."""
    before, after = before_and_after
    assert np.array_equal(after[name].view("u4"), doubled(before[name]).view("u4"))


def test_light_groups_still_add_up_to_the_beauty(before_and_after: tuple[Planes, Planes]) -> None:
    """Within what rounding to half does to the beauty and to each of the three parts: 2^-11 of each."""
    _, after = before_and_after
    beauty = stacked(after, "R", "G", "B")
    parts = [stacked(after, *(f"lg_{name}.{c}" for c in "RGB")) for name in ("key", "fill", "rim")]
    rounding = 2.0**-11 * (np.abs(beauty) + sum(np.abs(part) for part in parts)) + 1e-6
    assert np.all(np.abs(beauty - sum(parts)) <= rounding)
    assert all((part >= 0).all() for part in parts)


def test_normals_are_unit_where_they_were_and_zero_where_they_were(before_and_after: tuple[Planes, Planes]) -> None:
    before, after = before_and_after
    unit = doubled(np.linalg.norm(stacked(before, "N.X", "N.Y", "N.Z"), axis=2)) > 0.5
    length = np.linalg.norm(stacked(after, "N.X", "N.Y", "N.Z"), axis=2)
    assert np.allclose(length[unit], 1, atol=1e-5)
    assert np.all(length[~unit] == 0)


def test_no_depth_lies_between_two_surfaces(before_and_after: tuple[Planes, Planes]) -> None:
    """The near surface ends below 4, the far one begins at 1000; positions follow the same edge."""
    _, after = before_and_after
    for name in ("Z", "P.Z"):
        assert np.all((after[name] < 4) | (after[name] >= 1000))
    assert np.array_equal(after["Z"] < 4, after["P.Z"] < 4)


def test_motion_counts_the_new_pixels_and_belongs_to_one_surface(before_and_after: tuple[Planes, Planes]) -> None:
    _, after = before_and_after
    vectors = {(float(u), float(v)) for u, v in zip(after["motion.u"].flat, after["motion.v"].flat, strict=True)}
    assert vectors == {(25.0, -0.5), (-6.0, 15.5)}


def test_a_mask_stays_between_its_neighbours(before_and_after: tuple[Planes, Planes]) -> None:
    before, after = before_and_after
    assert after["mask.A"].min() == 0
    assert after["mask.A"].max() == 1
    inside = doubled(before["mask.A"])
    far = np.abs(np.diff(inside.astype("f4"), axis=1, prepend=inside[:, :1])).sum() > 0
    assert far
    assert np.all(after["mask.A"][:, :20] == 0)


def test_alpha_stays_exactly_opaque_and_exactly_empty(before_and_after: tuple[Planes, Planes]) -> None:
    """Where alpha was 1, or 0, all around; and no colour comes out of nowhere."""
    _, after = before_and_after
    assert np.all(after["A"][:, 40:] == 1)
    assert np.all(after["A"][:, :10] == 0)
    assert np.all(stacked(after, "R", "G", "B")[:, :10] == 0)


def test_albedo_is_not_touched_by_light(before_and_after: tuple[Planes, Planes]) -> None:
    """Two flat colours: away from their edge they are exactly what they were."""
    before, after = before_and_after
    for channel in ("albedo.R", "albedo.G", "albedo.B"):
        assert np.all(after[channel][:, :30] == before[channel][0, 0])
        assert np.all(after[channel][:, -30:] == before[channel][0, -1])


def colours(name: str, rgb: np.ndarray) -> Planes:
    return {f"{name}.{c}": np.ascontiguousarray(rgb[..., k].astype("f2")) for k, c in enumerate("RGB")}


def upscaled(source: Path, model: str = "bicubic") -> Planes:
    summary = run(UpscaleJob(sources=(str(source),), output=str(source.parent / "out"), model=model))
    assert summary.exit_code == 0, summary.results
    return read_planes(source.parent / "out" / source.name)


@pytest.mark.parametrize("model", ["bicubic", "film-x2-psnr"])
def test_the_lights_of_two_beauties_add_up_to_their_own(tmp_path: Path, model: str) -> None:
    """Two view layers of Blender in one file; in the second a renderer has left NaN in a light and so in the beauty."""
    planes: Planes = {}
    for seed, layer in enumerate(("bg", "fg")):
        lights = {name: np.round(picture(40, 48, 3 * seed + k) * 256) / 1024 for k, name in enumerate(("key", "fill"))}
        for name, light in lights.items():
            planes |= colours(f"{layer}.Combined_{name}", light)
        planes |= colours(f"{layer}.Combined", sum(lights.values()))
    for channel in ("fg.Combined.R", "fg.Combined_key.R"):
        planes[channel][20:22, 30:32] = np.nan
    after = upscaled(write_frame(tmp_path / "two.exr", planes), model)
    for layer in ("bg", "fg"):
        beauty, key, fill = (
            stacked(after, *(f"{layer}.Combined{name}.{c}" for c in "RGB")) for name in ("", "_key", "_fill")
        )
        rounding = 2.0**-11 * (np.abs(beauty) + np.abs(key) + np.abs(fill)) + 1e-6
        assert np.all(np.abs(beauty - key - fill) <= rounding), layer


def test_a_band_of_nan_is_filled_from_above_however_high_it_is(tmp_path: Path) -> None:
    """Rows are read in blocks: one without a single finite value is no black bar."""
    grey = np.full((320, 40, 3), 0.5)
    grey[60:200] = np.nan
    after = upscaled(write_frame(tmp_path / "band.exr", colours("rgba", grey)))
    assert all(np.allclose(plane.astype("f4"), 0.5, atol=1e-3) for plane in after.values())
