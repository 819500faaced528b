"""A folder for Nuke's Cattery: the network as TorchScript, and all that Nuke wants around it.

    NAME.pt         TorchScript, for CatFileCreator
    NAME.nk         a CatFileCreator filled in, with the knobs
    make_cat.py     makes NAME.cat of both, inside Nuke
    cat.json        what the Cattery's menu reads
    NAME.png        the menu's icon
    README.txt

Sources: Foundry, Cattery .cat File Creation Guide (Nuke 14 to 17); cat.json as nukescripts/cattery.py reads it.
"""

import io
import json
import re
import warnings
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from uprez.encoding import MU
from uprez.errors import ModelError
from uprez.export.files import made, weights_of
from uprez.export.onnx import GAIN
from uprez.export.script import ScriptedNetwork
from uprez.files.whole import whole_file
from uprez.frames.image_results import DISPLAY_PNG, store
from uprez.models.card import Card
from uprez.models.registry import model_card, network_folders

CHANNELS = "rgba.red, rgba.green, rgba.blue, rgba.alpha"
"""Of Nuke's built-in ones."""
OLDEST_NUKE = 14.0
_ICON = 48


def export_nuke(name_or_folder: str, folder: Path, *, sharpness: float | None = None) -> list[Path]:
    """Write a model's folder for Nuke; the files, each whole or not at all.

    sharpness: what its knob begins with, as for `load_model`; 1 where it is None.

    Raises ModelError for what is no residual network with weights, or a folder that the disk does not take.
    """
    (own, card), *softer = network_folders(name_or_folder)
    model_card(name_or_folder, sharpness=sharpness)
    at = (1.0 if sharpness is None else sharpness) if softer else None
    name = re.sub(r"\W+", "_", card.name)
    contents = {
        f"{name}.nk": _node(name, card, sharpness=at),
        "make_cat.py": _maker(name),
        "cat.json": _cattery(name, card),
        "README.txt": _readme(name, card, sharpness=at),
    }
    network = io.BytesIO()  # torch hides what a disk says
    scripted = script(own, card, *softer)
    scripted.sharpness = 1.0 if at is None else at
    torch.jit.save(scripted, network)
    files = {f"{name}.pt": network.getvalue(), **{file: text.encode() for file, text in contents.items()}}
    with made(folder):
        for file, content in files.items():
            with whole_file(folder / file) as part:
                part.write_bytes(content)
        store(folder / f"{name}.png", _icon(), DISPLAY_PNG, f"uprez {card.name}")
    return [folder / file for file in (*files, f"{name}.png")]


def script(own: Path, card: Card, softer: tuple[Path, Card] | None = None) -> torch.jit.ScriptModule:
    """The model of a folder, and the softer one that its sharpness blends with, as one TorchScript module: scene-linear
    premultiplied (N, 4, H, W) to (N, 4, scale H, scale W). Raises ModelError where it can't be one.
    """
    if card.architecture.get("family") != "residual":
        raise ModelError(f"{card.name}: only networks of the family residual can be taken to Nuke")
    network = ScriptedNetwork(
        weights_of(own, card),
        weights_of(*softer) if softer else None,
        blocks=int(str(card.architecture["blocks"])),
        scale=card.scale,
        kernel=card.down_kernel,
        constants=(MU, GAIN),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # TorchScript is deprecated, and what Nuke reads
        scripted: torch.jit.ScriptModule = torch.jit.script(network.eval())
    return scripted


def _node(name: str, card: Card, *, sharpness: float | None) -> str:
    knobs = [
        'addUserKnob {20 User l "uprez"}',
        'addUserKnob {4 precision l Precision t "Whether the network computes in half where Optimize for Speed and '
        'Memory is on and a GPU is used. Everything around it is float in any case." M {"as the node" "always float"}}',
        'addUserKnob {6 consistency l "hold to the source\'s light" t "So that no colour shifts." +STARTLINE}',
        "consistency true",
    ]
    if sharpness is not None:
        knobs[1:1] = [
            f'addUserKnob {{7 sharpness l Sharpness t "0: faithful, 1: as sharp as {card.name} is." R 0 1}}',
            f"sharpness {sharpness:g}",
        ]
    lines = "\n ".join(knobs)
    return f"""CatFileCreator {{
 inputs 0
 torchScriptFile "\\[file dirname \\[value root.name]]/{name}.pt"
 catFile "\\[file dirname \\[value root.name]]/{name}.cat"
 channelsIn "{CHANNELS}"
 channelsOut "{CHANNELS}"
 modelId "uprez {card.name} {card.fingerprint[:12]}"
 outputScale {card.scale}
 name CatFileCreator_{name}
 label "uprez {card.name}, scene-linear R G B A, x{card.scale}"
 {lines}
}}
"""


def _maker(name: str) -> str:
    return f'''"""Makes {name}.cat in this folder, inside Nuke: from the Script Editor, or  nuke -t make_cat.py"""

import os

import nuke

folder = os.path.dirname(os.path.abspath(__file__)).replace("\\\\", "/")
nuke.nodePaste(folder + "/{name}.nk")
creator = nuke.toNode("CatFileCreator_{name}")
creator["torchScriptFile"].setValue(folder + "/{name}.pt")
creator["catFile"].setValue(folder + "/{name}.cat")
creator["createCatFile"].execute()
if not os.path.exists(folder + "/{name}.cat"):
    raise RuntimeError("Nuke made no {name}.cat; it takes NukeX or Nuke Studio")
'''


def _cattery(name: str, card: Card) -> str:
    return json.dumps(
        {
            "minimum_nuke_version_required": OLDEST_NUKE,
            "version": 1,
            "category": "Upscaling",
            "description": f"uprez {card.name}: rendered frames at {card.scale} times their size",
            "cats": [{"filepath": f"{name}.cat", "name": f"uprez {card.name}", "icon": f"{name}.png"}],
        },
        indent=4,
    )


def _readme(name: str, card: Card, *, sharpness: float | None) -> str:
    dial = (
        "Sharpness goes from 0, faithful, to 1, with detail made up where a render would have some.\n"
        if sharpness is not None
        else ""
    )
    return f"""uprez {card.name} for Nuke {OLDEST_NUKE:g} and later

1. Copy this folder into a folder Cattery on Nuke's plug-in path, such as ~/.nuke/Cattery/{name}.
2. In NukeX run make_cat.py from the Script Editor, once: it makes {name}.cat. Or open {name}.nk, and press
   "Create .cat file and Inference".
3. Cattery > Update; the node is in Cattery > Upscaling. Or set an Inference node's file to {name}.cat.

In goes scene-linear R G B A, premultiplied, of any size and range; out comes the same at {card.scale} times the size.
The whole image that the node gets is upscaled: crop before it, not after.
{dial}"""


def _icon() -> NDArray[np.uint8]:
    """An edge in large pixels, and the same edge in small ones: (48, 48, 3), 8 bit."""
    y, x = np.mgrid[:_ICON, :_ICON]
    cell = np.where(x < _ICON // 2, 8, 2)
    lit = (y // cell) * cell > ((x * 1.0) // cell) * cell * 0.9
    shades = np.where(lit, 235, 60)
    return np.repeat(shades[..., np.newaxis], 3, axis=2).astype(np.uint8)
