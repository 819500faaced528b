"""Options of the commands that render pairs."""

from pathlib import Path
from typing import Annotated

import typer

Output = Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="The folder of the pairs.")]
Size = Annotated[str | None, typer.Option(metavar="WxH", help="The whole HR frame; 1920x1080 by default.")]
Window = Annotated[
    str | None, typer.Option(metavar="N|WxH", help="Render only a window of so many HR pixels, where there is detail.")
]
Samples = Annotated[int, typer.Option(min=1, help="Samples per pixel of LR and HR.")]
FewSamples = Annotated[str, typer.Option(metavar="LIST", help="HR again with so few samples, not denoised: 1,4.")]
EqualCost = Annotated[
    bool,
    typer.Option(
        "--equal-cost",
        help="HR again for what LR costs: a quarter of the samples, denoised alike; beside a truth also in full.",
    ),
]
Truth = Annotated[
    float | None,
    typer.Option(metavar="DB", help="HR as the mean of two renders that agree to so many dB, to measure with."),
]
TruthSamples = Annotated[
    int, typer.Option(min=64, help="The most samples of each of the two; a pair that would need more fails at once.")
]
NoDenoise = Annotated[bool, typer.Option("--no-denoise", help="Do not denoise LR and HR.")]
Element = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME", help="whole, solids, volumes, sky, collection:NAME or layer:NAME; repeatable."),
]
AllowMissing = Annotated[
    bool, typer.Option("--allow-missing", help="Render although files that a scene needs are missing.")
]
Aovs = Annotated[str, typer.Option(metavar="LIST", help="Of albedo,normal,depth,motion,lightgroups; or none.")]
Uncorrected = Annotated[
    bool, typer.Option("--uncorrected", help="Leave settings that are measured in pixels as they are.")
]
Blender = Annotated[
    Path | None, typer.Option(metavar="PROGRAM", help="blender, or a Python that has bpy; UPREZ_BLENDER by default.")
]
Device = Annotated[str, typer.Option(help="Of Cycles: cpu, cuda, optix, hip, oneapi or metal.")]
Jobs = Annotated[int, typer.Option(min=1, help="Shots rendered at once.")]
Threads = Annotated[int, typer.Option(min=0, help="Threads of each job; 0 shares the cores out.")]
TimeLimit = Annotated[str, typer.Option(metavar="TIME", help="How long one image may take: 90s, 20m, 1.5h.")]
Filters = Annotated[
    str | None,
    typer.Option(
        metavar="LIST",
        help="A pair for each pixel filter: box,gauss-2,mitchell:box (LR:HR), or all; one fine render serves them all.",
    ),
]
KeepSamples = Annotated[
    bool, typer.Option("--keep-samples", help="Keep the fine samples: another filter then costs no render.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one machine-readable summary on stdout.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show failures only.")]
