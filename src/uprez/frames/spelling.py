"""Names as people type them and as files spell them.

Unicode writes `ä` as one character or as two (composed, decomposed: NFC, NFD of Unicode annex 15). Keyboards give the
first, files from a Mac often hold the second: both are one name here, and a file keeps the spelling that it has.
"""

import os
import unicodedata
from pathlib import Path


def composed(text: str) -> str:
    """The text in composed form, by which two spellings of one name are the same."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def as_spelled(path: Path) -> Path:
    """The file or folder that `path` means, spelled as the disk spells it. A path that is there, that is there in no
    spelling or that several names fit equally is returned as it is.
    """
    if path.parent == path or str(path).isascii() or os.path.lexists(path):
        return path
    parent = as_spelled(path.parent)
    if path.name == "..":
        return parent / path.name
    try:
        fitting = [entry.name for entry in parent.iterdir() if composed(entry.name) == composed(path.name)]
    except OSError:
        return path
    if os.path.lexists(parent / path.name):
        return parent / path.name
    return parent / (fitting[0] if len(fitting) == 1 else path.name)
