"""The folder for Nuke: its TorchScript gives what `uprez.upscale` gives, and stands alone."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

import uprez
from uprez.encoding import compress
from uprez.errors import ModelError
from uprez.export.nuke import export_nuke
from uprez.models.model import Model
from uprez.models.registry import load_model

EXAMPLE = Path(__file__).parents[2] / "examples/shot.1001.exr"
ODD_SIZES = [(1, 1), (7, 5), (33, 47), (17, 130), (64, 31)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("nuke") / "film-x2"
    export_nuke("film-x2", folder)
    return folder


@pytest.fixture
def network(folder: Path) -> torch.jit.ScriptModule:
    return torch.jit.load(folder / "film_x2.pt")


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model("film-x2", device="cpu", precision="f32")


def hdr(size: tuple[int, int]) -> NDArray[np.float32]:
    """Light over many stops, up to 60000, some of it negative, with empty places."""
    random = np.random.default_rng(size[0])
    rgba = np.exp(random.normal(-2, 2, (*size, 4))).astype(np.float32)
    rgba[..., 3] = random.random(size)
    rgba[0, 0, :3] = 60000, 0.2, -0.3
    rgba[8:16, 8:16] = 0
    return rgba


def run(network: torch.jit.ScriptModule, rgba: NDArray[np.float32], kind: torch.dtype) -> NDArray[np.float32]:
    with torch.no_grad():
        result = network(torch.from_numpy(rgba).permute(2, 0, 1)[None].to(kind))
    assert result.dtype == kind
    return result[0].permute(1, 2, 0).float().numpy()


@pytest.mark.parametrize("size", ODD_SIZES)
def test_it_is_what_upscale_makes_of_any_size_and_light(
    network: torch.jit.ScriptModule, model: Model, size: tuple[int, int]
) -> None:
    network.consistency = 0
    rgba = hdr(size)
    np.testing.assert_allclose(
        run(network, rgba, torch.float32), uprez.upscale(rgba, model, consistency=False), rtol=1e-4, atol=1e-6
    )


@pytest.mark.parametrize("size", ODD_SIZES)
def test_cast_to_half_as_nuke_casts_it_is_within_a_hundredth(
    network: torch.jit.ScriptModule, model: Model, size: tuple[int, int]
) -> None:
    network.half()
    network.consistency = 0
    rgba = hdr(size)
    found = run(network, rgba, torch.half)
    assert np.isfinite(found).all()
    wanted = uprez.upscale(rgba.astype(np.float16).astype(np.float32), model, consistency=False)
    np.testing.assert_allclose(found, wanted.clip(-65504, 65504), rtol=1e-2, atol=1e-3)


def test_the_network_itself_in_half_stays_within_a_hundredth_on_a_rendered_frame(
    network: torch.jit.ScriptModule,
) -> None:
    """As on a GPU with Optimize for Speed and Memory. A change of 0.0007 there is one of 1 % of light; of ten thousand
    pixels one may be off by more, and none by 3 %.
    """
    rgba = uprez.upscale(EXAMPLE, "nearest")[:180:2, :260:2]
    x = torch.from_numpy(np.dstack([compress(rgba[..., :3]), rgba[..., 3]])).permute(2, 0, 1)[None]
    with torch.no_grad():
        wanted, found = network.residual(x), network.half().residual(x.half())
    assert found.dtype == torch.half
    off = (found.float() - wanted).abs()
    assert off.quantile(0.9999) < 7e-4
    assert off.max() < 2e-3


def test_a_rendered_frame_is_held_to_its_light_as_the_command_does(
    network: torch.jit.ScriptModule, model: Model
) -> None:
    rgba = uprez.upscale(EXAMPLE, "nearest")[:180:2, :260:2]
    wanted = uprez.upscale(rgba, model)
    assert not np.allclose(uprez.upscale(rgba, model, consistency=False), wanted, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(run(network, rgba, torch.float32), wanted, rtol=1e-4, atol=1e-6)


def test_what_is_no_render_is_safeguarded_as_the_command_does(network: torch.jit.ScriptModule, model: Model) -> None:
    rgba = np.zeros((40, 40, 4), np.float32)
    rgba[::2, ::2] = 1
    rgba[20:, 20:, :3] *= np.random.default_rng(1).random((20, 20, 1), np.float32) ** 8
    np.testing.assert_allclose(run(network, rgba, torch.float32), uprez.upscale(rgba, model), rtol=1e-3, atol=1e-5)


def test_a_lamp_is_as_flat_as_the_command_makes_it(network: torch.jit.ScriptModule, model: Model) -> None:
    y, x = np.mgrid[:40, :44]
    rgba = np.ones((40, 44, 4), np.float32)
    rgba[..., :3] = 0.2
    rgba[np.hypot(x - 21, y - 19) < 5, :3] = [30, 200, 4]
    np.testing.assert_allclose(run(network, rgba, torch.float32), uprez.upscale(rgba, model), rtol=1e-3, atol=1e-5)


def test_sharpness_goes_to_the_softer_model(network: torch.jit.ScriptModule) -> None:
    network.consistency, rgba = 0, hdr((20, 30))
    for sharpness in (0.0, 0.4):
        network.sharpness = sharpness
        wanted = uprez.upscale(
            rgba, load_model("film-x2", device="cpu", precision="f32", sharpness=sharpness), consistency=False
        )
        np.testing.assert_allclose(run(network, rgba, torch.float32), wanted, rtol=2e-4, atol=1e-6)


def test_what_is_no_number_is_mended_from_its_neighbours(network: torch.jit.ScriptModule, model: Model) -> None:
    network.consistency, rgba = 0, hdr((20, 30))
    rgba[4:8, 5:11, 1], rgba[0, -1] = np.nan, np.inf
    found = run(network, rgba, torch.float32)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found, uprez.upscale(rgba, model, consistency=False), rtol=1e-3, atol=1e-5)


def test_bands_of_a_large_frame_do_not_show(network: torch.jit.ScriptModule) -> None:
    x = torch.rand(1, 4, 200, 30, generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        whole = network(x)
        network.band_pixels = 30 * 64
        torch.testing.assert_close(network(x), whole, rtol=1e-4, atol=1e-6)


def test_it_is_loaded_where_there_is_no_uprez(folder: Path) -> None:
    code = (
        "import sys; sys.modules['uprez'] = None\n"
        "import torch; network = torch.jit.load(sys.argv[1])\n"
        "print(tuple(network(torch.zeros(1, 4, 9, 7)).shape), network.sharpness, network.precision)"
    )
    command = [sys.executable, "-I", "-c", code, folder / "film_x2.pt"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(1, 4, 18, 14) 1.0 0"


def test_the_folder_has_what_the_cattery_and_catfilecreator_read(folder: Path) -> None:
    cattery = json.loads((folder / "cat.json").read_text())
    assert cattery["minimum_nuke_version_required"] == 14.0
    (cat,) = cattery["cats"]
    assert cat["filepath"] == "film_x2.cat"
    assert (folder / cat["icon"]).is_file()
    node = (folder / "film_x2.nk").read_text()
    assert node.startswith("CatFileCreator {\n")
    assert " outputScale 2\n" in node
    assert ' channelsIn "rgba.red, rgba.green, rgba.blue, rgba.alpha"\n' in node
    compile((folder / "make_cat.py").read_text(), "make_cat.py", "exec")


def test_every_knob_of_the_node_is_an_attribute_of_the_network(folder: Path, network: torch.jit.ScriptModule) -> None:
    knobs = [line.split()[2] for line in (folder / "film_x2.nk").read_text().splitlines() if "addUserKnob" in line]
    assert knobs[1:] == ["sharpness", "precision", "consistency"]
    for knob in knobs[1:]:
        assert isinstance(getattr(network, knob), int | float)


def test_a_model_without_a_softer_one_has_no_sharpness(tmp_path: Path) -> None:
    export_nuke("film-x2-psnr", tmp_path)
    assert "sharpness" not in (tmp_path / "film_x2_psnr.nk").read_text()
    assert "Sharpness" not in (tmp_path / "README.txt").read_text()


@pytest.mark.parametrize("name", ["bicubic", "nosuch"])
def test_what_is_no_network_of_ours_is_refused_by_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelError, match=name):
        export_nuke(name, tmp_path / "out")
    assert not (tmp_path / "out").exists()
