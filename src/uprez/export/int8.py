"""A model whose network computes in int8, for CPUs: quantised after training by NNCF, calibrated on patches of pairs.

Only the network is: what it gives is a residual over an interpolation that stays float32. The result is a model folder
as any other, `--model FOLDER`, without weights for a GPU.
"""

import hashlib
import io
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import replace
from pathlib import Path

import nncf
import numpy as np
import onnx
from nncf.quantization.range_estimator import RangeEstimatorParametersSet
from numpy.typing import NDArray

from uprez.dataset.pairs import find_pairs, read_rgba
from uprez.encoding import PEAK, compress
from uprez.errors import ModelError, UsageError
from uprez.export.files import made
from uprez.export.onnx import linear_network
from uprez.files.whole import whole_file
from uprez.frames import DecodePool
from uprez.models.card import NETWORK_FILE, save_card
from uprez.networks.onnx import to_onnx
from uprez.runtimes.openvino import OpenVinoRuntime

Array = NDArray[np.float32]
PATCH = 64
"""LR pixels along a patch."""
PATCHES = 100
"""For calibration; a third as many others are what the card's figure is measured on."""
FIGURE = "agreement with float32, dB, PSNR of RGB in the compressed domain, patches of other places"


def export_int8(name_or_folder: str, folder: Path, *, pairs: Path, sharpness: float | None = None) -> list[Path]:
    """Write a model folder whose network is the int8 form of a model's; its name ends in -int8. The same pairs give the
    same bytes.

    pairs: a folder of rendered pairs, best those that the model learned from: ranges of activations are taken from
    their LR frames, whole, since a range that cuts off lettering or a highlight spoils it. Raises ModelError as
    `linear_network` does or where the disk does not take the files, UsageError where there are too few pairs.
    """
    network, card = linear_network(name_or_folder, sharpness=sharpness)
    content = to_onnx(network.network, len(card.inputs[0].channels))
    rng = np.random.default_rng(0)
    frames = _frames(pairs)
    quantised = _quantised(content, [_patch(frames, number, rng) for number in range(PATCHES)])
    others = [_patch(frames, number, rng) for number in range(PATCHES // 3)]
    made_card = replace(
        card,
        name=f"{card.name}-int8",
        network_sha256=hashlib.sha256(quantised).hexdigest(),
        weights_sha256="",
        softer="",
        figures={**card.figures, FIGURE: round(_agreement(content, quantised, others), 2)},
    )
    with made(folder), whole_file(folder / NETWORK_FILE) as part:
        part.write_bytes(quantised)
    save_card(made_card, folder)
    return [folder / "card.toml", folder / NETWORK_FILE]


def _frames(folder: Path) -> list[Array]:
    """LR frames large enough for a patch, (H, W, 4), colour compressed."""
    frames = []
    with DecodePool() as pool:
        for pair in find_pairs([folder]):
            pixels = np.asarray(read_rgba(pair.lr, pool), np.float32)
            if min(pixels.shape[:2]) >= PATCH:
                frames.append(np.concatenate([compress(pixels[..., :3]), pixels[..., 3:]], -1))
    if not frames:
        raise UsageError(f"{folder}: no pairs to calibrate with, whose LR frames have {PATCH} pixels along each side")
    return frames


def _patch(frames: Sequence[Array], number: int, rng: np.random.Generator) -> Array:
    """(1, 4, PATCH, PATCH), the frames taking turns."""
    frame = frames[number % len(frames)]
    y, x = (int(rng.integers(0, side - PATCH + 1)) for side in frame.shape[:2])
    return np.ascontiguousarray(frame[y : y + PATCH, x : x + PATCH].transpose(2, 0, 1)[np.newaxis])


def _quantised(content: bytes, patches: Sequence[Array]) -> bytes:
    network = onnx.load_from_string(content)
    name = network.graph.input[0].name
    whole_ranges = nncf.AdvancedQuantizationParameters(
        activations_range_estimator_params=RangeEstimatorParametersSet.MINMAX
    )
    with _quiet():
        quantised = nncf.quantize(
            network,
            nncf.Dataset(list(patches), lambda patch: {name: patch}),
            subset_size=len(patches),
            advanced_parameters=whole_ranges,
        )
    result: bytes = quantised.SerializeToString()
    return result


def _agreement(content: bytes, quantised: bytes, patches: Sequence[Array]) -> float:
    exact, int8 = (OpenVinoRuntime(each, name="the network") for each in (content, quantised))
    errors = [np.square(exact(patch)[:, :3] - int8(patch)[:, :3]).mean() for patch in patches]
    return float(10 * np.log10(PEAK**2 / max(float(np.mean(errors)), 1e-12)))


@contextmanager
def _quiet() -> Iterator[None]:
    """NNCF tells of each layer, and draws bars on stdout, where a command's summary goes."""
    logger = logging.getLogger("nncf")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with redirect_stdout(io.StringIO()):
            yield
    except (RuntimeError, nncf.ValidationError) as error:
        raise ModelError(f"the network can't be quantised: {error}") from None
    finally:
        logger.setLevel(level)
