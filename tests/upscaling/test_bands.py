"""Streaming a frame in bands changes nothing."""

from pathlib import Path

import numpy as np
import pytest

from tests.upscaling.layered import layered_planes, read_planes, write_frame
from uprez.encoding import PEAK, compress
from uprez.frames import DecodePool, open_frame
from uprez.layers.finding import find_rules
from uprez.metrics.psnr import psnr
from uprez.models.registry import load_model
from uprez.upscaling import Rule, RuleBook, UpscaleJob, run
from uprez.upscaling.frame import plan_frame

LITTLE, PLENTY = 1 << 20, 16 << 30
EXACT = ("objectId", "CryptoObject00.R", "Z", "P.Z", "motion.u", "N.X", "mask.A")


@pytest.fixture(scope="module")
def tall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A frame so tall that little memory means several bands, with NaN in its beauty and in its mask."""
    planes = layered_planes(900, 90)
    random = np.random.default_rng(8)
    for name in ("G", "mask.A"):
        planes[name][random.random(planes[name].shape) < 0.02] = np.nan
    planes["R"][200:320] = np.inf
    return write_frame(tmp_path_factory.mktemp("tall") / "tall.exr", planes)


@pytest.mark.parametrize("model", ["lanczos", "film-x2-psnr"])
def test_a_frame_in_many_bands_equals_the_same_frame_in_one(tall: Path, tmp_path: Path, model: str) -> None:
    """Layers without a network to the bit; colour within 1e-5 and the rounding to half: a network may sum otherwise.

    In float32: in bfloat16 each band is judged by itself.
    """
    card = load_model(model).card
    with DecodePool() as pool, open_frame(tall, pool=pool) as reader:
        layers = find_rules([reader], RuleBook())
        bands = [len(plan_frame(reader, layers, card, 12, memory).stages[0].bands) for memory in (LITTLE, PLENTY)]
    assert bands[0] > 2
    assert bands[1] == 1
    results = []
    for name, memory in (("little", LITTLE), ("plenty", PLENTY)):
        job = UpscaleJob(
            sources=(str(tall),), output=str(tmp_path / name), model=model, memory_bytes=memory, precision="f32"
        )
        summary = run(job)
        assert summary.exit_code == 0
        results.append((read_planes(tmp_path / name / "tall.exr"), summary.results[0].repairs))
    (little, few), (plenty, many) = results
    assert few == many
    assert {repair.layer for repair in few} == {"rgba"}
    for name, plane in plenty.items():
        if name in EXACT:
            assert np.array_equal(little[name].view("u1"), plane.view("u1")), name
        else:
            one, other = little[name].astype(np.float64), plane.astype(np.float64)
            assert np.allclose(one, other, rtol=2.0**-9, atol=1e-5), name


def test_a_rendered_frame_in_bands_stays_within_sixty_decibels_of_float32(root: Path, tmp_path: Path) -> None:
    """Whatever precision the machine's CPU offers, and however each band is judged."""
    results = {}
    for name, precision in (("any", "auto"), ("exact", "f32")):
        source, out = root / "examples" / "shot.1001.exr", tmp_path / name
        job = UpscaleJob(
            sources=(str(source),), output=str(out), device="cpu", memory_bytes=LITTLE, precision=precision
        )
        assert run(job).exit_code == 0
        planes = read_planes(out / source.name)
        results[name] = compress(np.stack([planes[channel] for channel in "RGB"]))
    assert psnr(results["any"], results["exact"], peak=PEAK) >= 60


def test_the_frame_has_a_layer_of_every_rule(tall: Path) -> None:
    """So that the test above says something of each; but unknown numbers, which are enlarged as mattes are."""
    with DecodePool() as pool, open_frame(tall, pool=pool) as reader:
        rules = {layer.rule for layer in find_rules([reader], RuleBook())}
    assert rules == set(Rule) - {Rule.GENERIC}
