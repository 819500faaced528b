"""What the compressions of EXR keep of samples, by their type and their channel's name.

Sources: OpenEXR's internal_dwa.c (channels whose last name is R, G, B, Y, RY or BY are coded by cosines as halves, in
blocks of 8 x 8, all others without loss; `dwaCompressionLevel` is 45 where no attribute says otherwise), internal_b44.c
(halves lose bits) and internal_pxr24.c (floats keep 24 bits). Tests hold this against the library.
"""

import math

import numpy as np

from uprez.frames.types import Channel, Part

HALF_MAX = 65504.0
_DWA = frozenset({"dwaa", "dwab"})
_CODED_BY_COSINES = frozenset({"R", "G", "B", "Y", "RY", "BY"})
_ERROR = 1.2e-3  # of a logarithm, for each unit of DWA's level: twice what blocks of noise and of edges show


def keeps_bits(part: Part, channel: Channel) -> bool:
    """Is a channel of this part decoded as it was encoded, bit for bit?"""
    if channel.type == "uint":
        return True
    if part.compression in _DWA:
        return channel.name.rpartition(".")[2] not in _CODED_BY_COSINES
    if part.compression in ("b44", "b44a"):
        return channel.type != "half"
    return part.compression != "pxr24" or channel.type != "float"


def coded_by_cosines(part: Part, channel: Channel) -> bool:
    """Does DWA code this channel with loss, as halves? What lies near the largest half may come back infinite then."""
    return part.compression in _DWA and not keeps_bits(part, channel)


def holds_halves(part: Part, channel: Channel) -> bool:
    """Are the samples of this channel halves in the file, whatever its type says?"""
    return channel.type == "half" or coded_by_cosines(part, channel)


def brightest(part: Part, channel: Channel) -> float:
    """The largest value that a channel can hold, inf for a float; in DWA the largest that surely comes back finite."""
    if coded_by_cosines(part, channel):
        return HALF_MAX / math.exp(_ERROR * dwa_level(part))
    return HALF_MAX if holds_halves(part, channel) else math.inf


def dwa_level(part: Part) -> float:
    """How much DWA may lose: the part's `dwaCompressionLevel`, or 45."""
    found = part.attributes.get("dwaCompressionLevel")
    if found is None or found.type != "float" or len(found.data) != 4:
        return 45.0
    level = float(np.frombuffer(found.data, "<f4")[0])
    return min(max(level, 0.0), 1e4) if math.isfinite(level) else 1e4
