"""Files <-> memory: frames of any format in, EXR out with nothing lost, decoding in a process that may die.

`open_frame` reads headers and bands of rows, `FrameWriter` writes them. Importing this loads no image library.
"""

from uprez.frames.pool import DecodePool
from uprez.frames.reader import FrameReader, open_frame
from uprez.frames.types import Attribute, Channel, FrameHeader, Part, Tiling, Window
from uprez.frames.writer import FrameWriter

__all__ = [
    "Attribute",
    "Channel",
    "DecodePool",
    "FrameHeader",
    "FrameReader",
    "FrameWriter",
    "Part",
    "Tiling",
    "Window",
    "open_frame",
]
