"""The rule by which a CPU counts as fast in bfloat16."""

import pytest

from uprez.runtimes.processor import fast_in_bfloat16

LINES = """processor\t: 0
vendor_id\t: {vendor}
model name\t: a CPU: with a colon
flags\t\t: fpu sse2 {flags}

processor\t: 1
vendor_id\t: {vendor}
flags\t\t: fpu sse2 {flags}
"""


@pytest.mark.parametrize(
    ("vendor", "flags", "fast"),
    [
        ("GenuineIntel", "avx512_bf16 avx512_vnni amx_tile amx_bf16 amx_int8", True),
        ("GenuineIntel", "avx512_bf16 avx512_vnni", False),  # AMX is masked
        ("AuthenticAMD", "avx512_bf16 avx512_vnni", True),
        ("AuthenticAMD", "avx2", False),
        ("", "", False),
    ],
    ids=["Intel with AMX", "Intel without AMX", "Zen 4", "Zen 3", "nothing known"],
)
def test_bfloat16_is_fast_with_amx_or_on_amd(vendor: str, flags: str, fast: bool) -> None:
    assert fast_in_bfloat16(LINES.format(vendor=vendor, flags=flags)) is fast
    assert not fast_in_bfloat16("")
