"""A model as one ONNX file, or as OpenVINO's two: scene-linear R G B A in, twice the size out, the card inside."""

import math
from dataclasses import asdict
from pathlib import Path

import torch
from torch import Tensor, nn

from uprez.dataset.tensors import bicubic
from uprez.encoding import KAPPA, MU
from uprez.export.files import made, weights_of
from uprez.files.toml import dump_toml
from uprez.files.whole import whole_file
from uprez.models.card import Card
from uprez.models.registry import model_card, network_folders
from uprez.networks import build, fuse
from uprez.networks.generator import Generator
from uprez.networks.onnx import to_onnx
from uprez.runtimes.openvino import save_openvino

GAIN = KAPPA / math.log1p(MU)
NAMES = ("image", "result")
CARD = "uprez:card"
"""Under this name the file's metadata hold the model's card, as TOML."""


class LinearNetwork(nn.Module):
    """A network with compression, interpolation and expansion around it, as `uprez.training.finish.finish`: what is
    empty stays empty. Light is not held to the source's: hosts see the network's own word.
    """

    def __init__(self, network: Generator, scale: int) -> None:
        super().__init__()
        self.network, self.scale = network, scale

    def forward(self, image: Tensor) -> Tensor:
        """(N, 4, H, W), linear premultiplied and finite, to (N, 4, scale H, scale W)."""
        # By the sign, since ONNX has no copysign.
        colour = image[:, :3]
        compressed = torch.cat([torch.log1p(colour.abs() * MU) * GAIN * colour.sign(), image[:, 3:]], 1)
        filled = (compressed != 0).any(1, keepdim=True).float()
        reached = nn.functional.interpolate(filled, scale_factor=float(self.scale), mode="bilinear") > 0
        result = (bicubic(compressed, self.scale) + self.network(compressed)) * reached.float()
        colour = result[:, :3]
        return torch.cat([torch.expm1(colour.abs() / GAIN) / MU * colour.sign(), result[:, 3:]], 1)


def linear_network(name_or_folder: str, *, sharpness: float | None = None) -> tuple[LinearNetwork, Card]:
    """A model's network as a torch module in inference form, and its card. sharpness: as for `load_model`.

    Raises ModelError where it has no network, no weights, or no softer model to blend with.
    """
    folders = network_folders(name_or_folder)
    card = model_card(name_or_folder, sharpness=sharpness)
    weights = [weights_of(folder, each) for folder, each in folders]
    share = 1.0 if sharpness is None else sharpness
    if share < 1:
        sharp, soft = weights
        weights[0] = {name: share * value + (1 - share) * soft[name] for name, value in sharp.items()}
    network = fuse(build(card.architecture))
    network.load_state_dict(weights[0])
    return LinearNetwork(network, card.scale).eval(), card


def export_onnx(name_or_folder: str, folder: Path, *, sharpness: float | None = None) -> list[Path]:
    """Write NAME.onnx into a folder: "image" (1, 4, H, W) goes to "result" (1, 4, scale H, scale W), float32, any size.

    Raises ModelError as `linear_network` does, or where the disk does not take it.
    """
    content, card = _onnx(name_or_folder, sharpness)
    path = folder / f"{card.name}.onnx"
    with made(folder), whole_file(path) as part:
        part.write_bytes(content)
    return [path]


def export_openvino(name_or_folder: str, folder: Path, *, sharpness: float | None = None) -> list[Path]:
    """Write NAME.xml and NAME.bin, OpenVINO's own form of what `export_onnx` writes."""
    content, card = _onnx(name_or_folder, sharpness)
    with made(folder):
        return save_openvino(content, folder / f"{card.name}.xml", facts={CARD: _told(card)})


def _onnx(name_or_folder: str, sharpness: float | None) -> tuple[bytes, Card]:
    network, card = linear_network(name_or_folder, sharpness=sharpness)
    with torch.no_grad():
        return to_onnx(network, 4, names=NAMES, facts={CARD: _told(card)}), card


def _told(card: Card) -> str:
    return dump_toml(asdict(card))
