"""ONNX and OpenVINO files: linear in, linear out, equal to the torch network, with the card inside."""

import tomllib
from pathlib import Path

import numpy as np
import onnx
import openvino as ov
import pytest
import torch
from numpy.typing import NDArray

import uprez
from uprez.encoding import compress
from uprez.errors import ModelError
from uprez.export.onnx import CARD, export_onnx, export_openvino, linear_network
from uprez.models.registry import load_model, model_card


def hdr(size: tuple[int, int]) -> NDArray[np.float32]:
    random = np.random.default_rng(size[0])
    image = np.exp(random.normal(-2, 2, (1, 4, *size))).astype(np.float32)
    image[0, 3] = random.random(size)
    image[0, :3, 0, 0] = 60000, 0.2, -0.3
    image[:, :, 8:16, 8:16] = 0
    return image


def run(path: Path, image: NDArray[np.float32]) -> NDArray[np.float32]:
    core = ov.Core()
    compiled = core.compile_model(core.read_model(path), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    result: NDArray[np.float32] = compiled({"image": image})["result"]
    return result


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("export")
    return {"onnx": export_onnx("film-x2", folder)[0], "openvino": export_openvino("film-x2", folder)[0]}


@pytest.mark.parametrize("kind", ["onnx", "openvino"])
@pytest.mark.parametrize("size", [(1, 1), (33, 47), (64, 20)])
def test_it_computes_what_torch_does_at_any_size(files: dict[str, Path], kind: str, size: tuple[int, int]) -> None:
    image = hdr(size)
    network, _ = linear_network("film-x2")
    with torch.no_grad():
        wanted = network(torch.from_numpy(image)).numpy()
    found = run(files[kind], image)
    assert found.shape == (1, 4, 2 * size[0], 2 * size[1])
    np.testing.assert_allclose(compress(found[:, :3]), compress(wanted[:, :3]), rtol=0, atol=5e-5)
    np.testing.assert_allclose(found[:, 3], wanted[:, 3], rtol=0, atol=5e-5)
    assert not found[:, :, 18:30, 18:30].any()


def test_it_is_the_network_that_upscale_runs() -> None:
    rgba = hdr((24, 30))[0].transpose(1, 2, 0)
    network, _ = linear_network("film-x2", sharpness=0.5)
    model = load_model("film-x2", device="cpu", precision="f32", sharpness=0.5)
    with torch.no_grad():
        found = network(torch.from_numpy(rgba).permute(2, 0, 1)[None])[0].permute(1, 2, 0).numpy()
    wanted = model.upscale(np.dstack([compress(rgba[..., :3]), rgba[..., 3]]))
    np.testing.assert_allclose(compress(found[..., :3]), wanted[..., :3], rtol=0, atol=5e-5)
    np.testing.assert_allclose(found[..., 3], wanted[..., 3], rtol=0, atol=5e-5)
    assert uprez.upscale(rgba, model, consistency=False).shape == found.shape


def test_the_card_is_inside(files: dict[str, Path]) -> None:
    entries = {entry.key: entry.value for entry in onnx.load(files["onnx"]).metadata_props}
    assert tomllib.loads(entries[CARD])["name"] == "film-x2"
    network = ov.Core().read_model(files["openvino"])
    assert (
        tomllib.loads(network.get_rt_info(CARD).astype(str))["network_sha256"] == model_card("film-x2").network_sha256
    )


def test_the_same_model_gives_the_same_bytes(files: dict[str, Path], tmp_path: Path) -> None:
    assert export_onnx("film-x2", tmp_path)[0].read_bytes() == files["onnx"].read_bytes()


def test_a_folder_that_can_not_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="file: can't be written"):
        export_onnx("film-x2-psnr", tmp_path / "file")
