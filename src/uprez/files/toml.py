"""TOML files: read whatever they hold, with one line for what is wrong; and written, which the standard library
does not.
"""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from uprez.errors import UprezError
from uprez.files.bounded import read_bounded

TomlValue: TypeAlias = "str | bool | int | float | Sequence[TomlValue] | Mapping[str, TomlValue]"

MOST_BYTES = 1 << 20  # a card, a recipe or a set of rules is a page of text
MOST_DEPTH = 20

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def load_toml(path: Path, failure: type[UprezError]) -> dict[str, Any]:
    """The table that a file holds. `failure`, one line that names the file, where there is none: no such file, or one
    that is no regular file, too large, no TOML, or nested too deeply.
    """
    content = read_bounded(path, MOST_BYTES, failure)
    try:
        table = tomllib.loads(content.decode("utf-8"))
        _refuse_deep(table, MOST_DEPTH)
    except RecursionError:
        raise failure(f"{path}: nested too deeply") from None
    except ValueError as error:  # bad TOML, bad UTF-8, a number of thousands of digits
        raise failure(f"{path}: not valid TOML: {' '.join(str(error).split())}") from None
    return table


def _refuse_deep(value: object, levels: int) -> None:
    if not levels:
        raise RecursionError
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _refuse_deep(inner, levels - 1)


def dump_toml(table: Mapping[str, object]) -> str:
    """The table as TOML 1.0, plain values first, then one `[section]` a table and one `[[section]]` an entry of a
    list of tables.

    Values: str, bool, int, finite or non-finite float, sequences and mappings of these. Raises TypeError for any other.
    """
    lines = [f"{_key(key)} = {_value(value)}" for key, value in table.items() if not _is_section(value)]
    for key, value in table.items():
        if isinstance(value, Mapping):
            lines += ["", f"[{_key(key)}]", *_entries(value)]
        elif _is_section(value) and isinstance(value, Sequence):
            for entry in value:
                lines += ["", f"[[{_key(key)}]]", *_entries(entry)]
    return "\n".join(lines) + "\n"


def _is_section(value: object) -> bool:
    if isinstance(value, Mapping):
        return True
    return isinstance(value, (list, tuple)) and len(value) > 0 and all(isinstance(entry, Mapping) for entry in value)


def _entries(table: Mapping[str, object]) -> list[str]:
    return [f"{_key(key)} = {_value(value)}" for key, value in table.items()]


def _key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _string(key)


def _string(text: str) -> str:
    # JSON's escapes are TOML's, but for DEL, which TOML wants escaped too.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _string(value)
        case int():
            return str(value)
        case float():
            return repr(value)
        case Mapping():
            return "{ " + ", ".join(_entries(value)) + " }" if value else "{}"
        case list() | tuple():
            return "[" + ", ".join(_value(entry) for entry in value) + "]"
        case _:
            raise TypeError(f"not a TOML value: {value!r}")
