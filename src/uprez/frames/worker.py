"""The decode worker: a process that turns hostile bytes into pixels and may die of it.

Runs `python -c "from uprez.frames.worker import main; main()"`. It reads requests from its standard input and answers
on its standard output until the input ends; `pool` is the other side. All integers little-endian.

request: u32 length of JSON, u64 length of body, JSON, body
    {"do": "band", "channels": [...], "first": row, "rows": count}    body: a band file (see `exr.codec`)
    {"do": "image"}                                                   body: path of a file of another format
answer: u32 length of JSON, JSON, planes
    {"planes": [[name, numpy type, rows, columns], ...]} and for images "header", the bytes of an EXR header in hex
    {"problem": "...", "remedy": "...", "declined": bool}

Pixels travel raw and headers as EXR, so that nothing from a worker that a file took over is ever unpickled.
"""

import json
import os
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from uprez.errors import DeclinedError, FrameError, UprezError
from uprez.frames.exr.codec import DecodeError, decode, warm_up

REQUEST = struct.Struct("<IQ")
ANSWER = struct.Struct("<I")


def main() -> None:
    """Serves requests until standard input ends. argv: the memory limit in bytes."""
    _limit_memory(int(sys.argv[1]))
    requests, answers = _claim_pipes()
    warm_up()
    while head := requests.read(REQUEST.size):
        if len(head) < REQUEST.size:
            return
        json_length, body_length = REQUEST.unpack(head)
        request = json.loads(requests.read(json_length))
        answer, planes = _serve(request, requests.read(body_length))
        text = json.dumps(answer).encode()
        try:
            answers.write(ANSWER.pack(len(text)) + text)
            for plane in planes:
                answers.write(plane.data.cast("B"))
            answers.flush()
        except BrokenPipeError:
            return


def _limit_memory(limit: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    except (ValueError, OSError):
        return  # macOS does not take an address space limit


def _claim_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Keeps the pipes for itself: the libraries print to standard output and error whatever they like."""
    while (null := os.open(os.devnull, os.O_RDWR)) < 3:
        pass  # a stream that was closed: a pipe must not get its number
    requests = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.close(null)
    return requests, answers


def _serve(request: dict[str, Any], body: bytes) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    try:
        if request["do"] == "image":
            return _image(Path(os.fsdecode(body)))
        return _band(body, request["channels"], request["first"], request["rows"])
    except DecodeError as error:
        return _problem(f"its pixels can't be decoded ({error})"), []
    except FrameError as error:
        return _problem(error.problem, error.remedy, isinstance(error, DeclinedError)), []
    except UprezError as error:
        return _problem(str(error)), []
    except MemoryError:
        return _problem("its pixels need more memory than decoding is allowed"), []
    except Exception as error:
        return _problem(f"can't be decoded ({type(error).__name__}: {error})"), []


def _problem(problem: str, remedy: str = "", declined: bool = False) -> dict[str, Any]:
    return {"problem": " ".join(problem.split()), "remedy": remedy, "declined": declined}


def _band(body: bytes, names: Sequence[str], first: int, rows: int) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    planes = [np.ascontiguousarray(plane[first : first + rows]) for plane in decode(body, names)]
    return {"planes": _described(names, planes)}, planes


def _image(path: Path) -> tuple[dict[str, Any], list[NDArray[Any]]]:
    from uprez.frames.exr.serialise import header_bytes
    from uprez.frames.images import read_image

    header, found = read_image(path)
    planes = [np.ascontiguousarray(plane) for plane in found.values()]
    return {"planes": _described(list(found), planes), "header": header_bytes(header, (1,)).hex()}, planes


def _described(names: Sequence[str], planes: Sequence[NDArray[Any]]) -> list[list[Any]]:
    return [[name, plane.dtype.str, *plane.shape] for name, plane in zip(names, planes, strict=True)]
