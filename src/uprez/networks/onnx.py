"""Networks as ONNX."""

import logging
import warnings
from collections.abc import Mapping

import torch
from torch import nn


def to_onnx(
    network: nn.Module,
    channels: int,
    *,
    names: tuple[str, str] = ("input", "residual"),
    facts: Mapping[str, str] | None = None,
) -> bytes:
    """A network as one self-contained ONNX file, float32, any H and W.

    The input (1, channels, H, W) and the output are called by `names`. facts: what the file's metadata is to say.
    """
    example = torch.zeros(1, channels, 24, 32)
    any_size = ({2: torch.export.Dim.AUTO, 3: torch.export.Dim.AUTO},)
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)  # the exporter warns about torchvision, which plays no part here
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            program = torch.onnx.export(
                network.eval(),
                (example,),
                dynamo=True,
                dynamic_shapes=any_size,
                input_names=[names[0]],
                output_names=[names[1]],
                verbose=False,
            )
    finally:
        logger.setLevel(level)
    assert program is not None
    model = program.model_proto
    del model.metadata_props[:], model.graph.metadata_props[:]
    for node in model.graph.node:
        del node.metadata_props[:]  # stack traces of the exporting machine
        node.doc_string = ""
    for key, value in (facts or {}).items():
        model.metadata_props.add(key=key, value=value)
    return model.SerializeToString(deterministic=True)
