"""Every sum that holds in a source holds in its result, through a network that adds detail of its own."""

from collections.abc import Mapping
from itertools import product
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from numpy.typing import NDArray

from tests.models.networks import model_folder
from tests.upscaling.layered import Planes, picture, read_planes, stacked, write_frame
from uprez.upscaling import FrameOutcome, UpscaleJob, run

Colours = dict[str, NDArray[np.floating]]
HEIGHT, WIDTH = 40, 48
LIGHTS, LOBES, WAYS = ("key", "fill", "rim"), ("diffuse", "specular"), ("direct", "indirect")


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return model_folder(tmp_path_factory.mktemp("model") / "net", seed=5)


def by_light() -> dict[tuple[str, str, str], NDArray[np.float64]]:
    """A picture for each light, lobe and way, whose sums are exact in half floats."""
    every = list(product(LIGHTS, LOBES, WAYS))
    return {key: np.round(picture(HEIGHT, WIDTH, seed) * 32) / 1024 for seed, key in enumerate(every)}


def summed(*wanted: str) -> NDArray[np.float64]:
    """All of the light of these lights, lobes and ways."""
    return np.sum([light for key, light in by_light().items() if set(wanted) <= set(key)], axis=0)


def half(colours: Colours) -> Colours:
    return {name: colour.astype(np.float16) for name, colour in colours.items()}


def planes_of(colours: Mapping[str, NDArray[np.floating]]) -> Planes:
    return {f"{name}.{c}".lstrip("."): colour[..., k] for name, colour in colours.items() for k, c in enumerate("RGB")}


def outcome(path: Path, model: Path) -> FrameOutcome:
    (made,) = run(UpscaleJob(sources=(str(path),), output=str(path.parent / "out"), model=str(model))).results
    assert made.status == "done", made.reason
    return made


def upscaled(folder: Path, colours: Colours, model: Path) -> tuple[Colours, dict[str, str]]:
    """The result's colours, float64, and the rules by which they were made. "" is the picture."""
    made = outcome(write_frame(folder / "frame.exr", planes_of(half(colours))), model)
    after = read_planes(made.result)
    rules = {layer.name: layer.rule.value for layer in made.layers}
    return {name: stacked(after, *(f"{name}.{c}".lstrip(".") for c in "RGB")) for name in colours}, rules


def assert_sum(whole: NDArray[np.float64], *parts: NDArray[np.float64]) -> None:
    """Within what rounding to half does to each of them: 2^-11."""
    magnitude = np.abs(whole) + sum(np.abs(part) for part in parts)
    assert np.all(np.abs(whole - sum(parts)) <= 2.0**-11 * magnitude + 1e-6)


def test_lights_lobes_and_ways_of_one_beauty_all_add_up(tmp_path: Path, model: Path) -> None:
    """As Arnold writes them: four full sets of one beauty, and lobes that are sums themselves."""
    colours = {"": summed(), **{f"RGBA_{light}": summed(light) for light in LIGHTS}}
    colours |= {name: summed(name) for name in (*LOBES, *WAYS)}
    colours |= {f"{lobe}_{way}": summed(lobe, way) for lobe in LOBES for way in WAYS}
    after, rules = upscaled(tmp_path, colours, model)
    assert rules == {"rgb": "beauty", **dict.fromkeys([name for name in colours if name], "beauty_part")}
    assert_sum(after[""], *(after[f"RGBA_{light}"] for light in LIGHTS))
    for names in (LOBES, WAYS):
        assert_sum(after[""], *(after[name] for name in names))
    for lobe in LOBES:
        assert_sum(after[lobe], *(after[f"{lobe}_{way}"] for way in WAYS))
    for way in WAYS:
        assert_sum(after[way], *(after[f"{lobe}_{way}"] for lobe in LOBES))


@pytest.mark.parametrize("has_lights", [False, True])
def test_parts_of_parts_add_up_whatever_they_are_called(tmp_path: Path, model: Path, has_lights: bool) -> None:
    colours = {"": summed(), "foo": summed("diffuse"), "bar": summed("specular")}
    colours |= {f"x{number}": summed("diffuse", light) for number, light in enumerate(LIGHTS)}
    if has_lights:
        colours |= {f"y{number}": summed(light) for number, light in enumerate(LIGHTS)}
    after, _ = upscaled(tmp_path, colours, model)
    assert_sum(after[""], after["foo"], after["bar"])
    assert_sum(after["foo"], *(after[f"x{number}"] for number in range(3)))
    if has_lights:
        assert_sum(after[""], *(after[f"y{number}"] for number in range(3)))


def test_a_layer_that_adds_up_to_nothing_stands_alone(tmp_path: Path, model: Path) -> None:
    colours = {"": summed(), "foo": summed("diffuse"), "bar": summed("specular"), "odd": picture(HEIGHT, WIDTH, 90)}
    after, rules = upscaled(tmp_path, colours, model)
    assert rules["odd"] == "color"
    assert_sum(after[""], after["foo"], after["bar"])


def test_lights_under_a_sky_add_up_where_they_are_all_there_is(tmp_path: Path, model: Path) -> None:
    """What no light group holds is the rest, and shines on nothing else."""
    sky = np.zeros((HEIGHT, WIDTH, 3))
    sky[:12] = [0.25, 0.5, 1.0]
    colours = {"": summed() + sky, **{f"VRayLightSelect_{light}": summed(light) for light in LIGHTS}}
    after, rules = upscaled(tmp_path, colours, model)
    lights = [after[name] for name in colours if name]
    assert {rules[name] for name in colours if name} == {"beauty_part"}
    assert_sum(after[""][2 * 13 :], *(light[2 * 13 :] for light in lights))
    assert all(light.min() >= 0 for light in lights)
    rest = after[""] - sum(lights)
    assert rest[: 2 * 11].mean() == pytest.approx(sky[:11].mean(), rel=0.1)


def test_parts_of_a_denoised_beauty_are_parts_though_one_has_a_name_that_says_nothing(
    tmp_path: Path, model: Path
) -> None:
    grain = 1 + 0.03 * np.random.default_rng(3).standard_normal((HEIGHT, WIDTH, 3))
    colours = {"": summed() * grain, "C_key": summed("key"), "C_fill": summed("fill"), "zorp": summed("rim")}
    _, rules = upscaled(tmp_path, colours, model)
    assert rules == {"rgb": "beauty", **dict.fromkeys(("C_key", "C_fill", "zorp"), "beauty_part")}


def test_colour_times_light_is_the_beauty_as_it_was(tmp_path: Path, model: Path) -> None:
    """Passes of Cycles: (direct + indirect) x colour, of each kind, and what is only added."""
    albedo = {kind: np.clip(picture(HEIGHT, WIDTH, 70 + k) / 4, 0.05, 1) for k, kind in enumerate(("Diff", "Gloss"))}
    albedo["Diff"][:, :9] = 0  # light over black colour is nothing
    colours = half({f"{kind}Col": colour for kind, colour in albedo.items()})
    colours |= half(
        {f"{kind}{way}": picture(HEIGHT, WIDTH, k) for k, (kind, way) in enumerate(product(albedo, ("Dir", "Ind")))}
    )
    colours |= half({"Emission": picture(HEIGHT, WIDTH, 80) / 8})

    def rebuilt(of: Colours) -> NDArray[np.float64]:
        lights = {kind: of[f"{kind}Dir"].astype(float) + of[f"{kind}Ind"].astype(float) for kind in albedo}
        return sum(lights[kind] * of[f"{kind}Col"].astype(float) for kind in albedo) + of["Emission"].astype(float)

    after, rules = upscaled(tmp_path, {"Combined": rebuilt(colours), **colours}, model)
    assert {rules[name] for name in ("DiffDir", "DiffInd", "GlossDir", "GlossInd", "Emission")} == {"beauty_part"}
    assert {rules[name] for name in ("DiffCol", "GlossCol")} == {"color"}
    off = np.abs(after["Combined"] - rebuilt(after)) / (np.abs(after["Combined"]) + 0.01)
    assert np.quantile(off, 0.99) < 0.005


def test_light_over_colour_that_rebuilds_nothing_is_interpolated(tmp_path: Path, model: Path) -> None:
    colours = {"": summed(), "DiffDir": picture(HEIGHT, WIDTH, 91)}
    _, rules = upscaled(tmp_path, colours, model)
    assert rules["DiffDir"] == "generic"


def test_parts_that_are_cropped_add_up_to_a_beauty_that_is_not(tmp_path: Path, model: Path) -> None:
    """As autocrop leaves them: each light in a file part with a data window of its own."""
    boxes = {"key": (0, 0, WIDTH, HEIGHT), "fill": (5, 3, 30, 21), "rim": (22, 9, 47, 40)}
    lights = {name: np.zeros((HEIGHT, WIDTH, 3)) for name in LIGHTS}
    for name, (left, top, right, bottom) in boxes.items():
        lights[name][top:bottom, left:right] = summed(name)[top:bottom, left:right]
    frames = {"rgba": (sum(lights.values()), boxes["key"])}
    frames |= {f"RGBA_{name}": (light, boxes[name]) for name, light in lights.items()}
    parts = []
    for name, (colour, (left, top, right, bottom)) in frames.items():
        cut = planes_of(half({"": colour[top:bottom, left:right]}))
        header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
        for key, (x0, y0, x1, y1) in {
            "dataWindow": (left, top, right, bottom),
            "displayWindow": (0, 0, WIDTH, HEIGHT),
        }.items():
            header[key] = (np.array([x0, y0], np.int32), np.array([x1 - 1, y1 - 1], np.int32))
        parts.append(OpenEXR.Part(header, {c: np.ascontiguousarray(plane) for c, plane in cut.items()}, name))
    path = tmp_path / "cropped.exr"
    with OpenEXR.File(parts) as file:
        file.write(str(path))
    made = outcome(path, model)
    assert [layer.rule.value for layer in made.layers] == ["beauty", *["beauty_part"] * 3]
    whole = {}
    for number, (name, (_, (left, top, right, bottom))) in enumerate(frames.items()):
        whole[name] = np.zeros((2 * HEIGHT, 2 * WIDTH, 3))
        whole[name][2 * top : 2 * bottom, 2 * left : 2 * right] = stacked(read_planes(made.result, number), *"RGB")
    inner = tuple(slice(2 * a, 2 * b) for a, b in ((23, 38), (8, 20)))  # away from where crops cut light off
    assert_sum(whole["rgba"][inner], *(whole[f"RGBA_{name}"][inner] for name in LIGHTS))
    off = np.abs(whole["rgba"] - sum(whole[f"RGBA_{name}"] for name in LIGHTS)) > 0.05 * whole["rgba"]
    assert off.mean() < 0.02
