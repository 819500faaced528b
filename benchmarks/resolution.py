"""Do LR and HR agree better when settings that are measured in pixels are corrected?

    python benchmarks/resolution.py --blender PYTHON [--count 6]

Renders a displaced, adaptively subdivided surface with a fine bump (a new one for each seed) as pairs, with the
correction and without, and prints the PSNR of HR brought down against LR (compressed domain) for both.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean

from shared import report, table

from uprez.dataset.manifest import read_manifest

SCENE = """
import bpy, random, sys
folder, count = sys.argv[-2], int(sys.argv[-1])
for seed in range(count):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    draw, scene = random.Random(seed), bpy.context.scene
    bpy.ops.mesh.primitive_plane_add(size=8)
    plane = bpy.context.object
    modifier = plane.modifiers.new("subdivision", "SUBSURF")
    modifier.subdivision_type = "SIMPLE"
    modifier.use_adaptive_subdivision = True
    modifier.adaptive_pixel_size = draw.choice([1.0, 2.0, 4.0])
    material = bpy.data.materials.new("rock"); material.use_nodes = True
    material.displacement_method = "DISPLACEMENT"
    nodes, link = material.node_tree.nodes, material.node_tree.links.new
    noise = nodes.new("ShaderNodeTexNoise"); displacement = nodes.new("ShaderNodeDisplacement")
    noise.inputs["Scale"].default_value = draw.uniform(2, 5); noise.inputs["Detail"].default_value = 9
    displacement.inputs["Scale"].default_value = draw.uniform(0.4, 0.9)
    link(noise.outputs[0], displacement.inputs["Height"])
    link(displacement.outputs[0], nodes["Material Output"].inputs["Displacement"])
    fine, bump = nodes.new("ShaderNodeTexNoise"), nodes.new("ShaderNodeBump")
    fine.inputs["Scale"].default_value = 60; bump.inputs["Strength"].default_value = 0.4
    link(fine.outputs[0], bump.inputs["Height"])
    link(bump.outputs[0], nodes["Principled BSDF"].inputs["Normal"])
    plane.data.materials.append(material)
    bpy.ops.object.light_add(type="SUN", rotation=(draw.uniform(0.7, 1.2), 0.2, draw.uniform(0, 6)))
    bpy.context.object.data.energy = 4
    bpy.ops.object.camera_add(location=(0, -5, draw.uniform(1.6, 2.6)), rotation=(1.2, 0, 0))
    scene.camera = bpy.context.object
    scene.world = bpy.data.worlds.new("sky"); scene.world.color = (0.1, 0.12, 0.2)
    bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/surface{seed}.blend")
"""


WAYS = {"corrected": (), "uncorrected": ("--uncorrected",)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blender", required=True, help="a Python that has bpy")
    parser.add_argument("--count", type=int, default=6)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "make.py").write_text(SCENE)
        subprocess.run([asked.blender, folder / "make.py", folder, str(asked.count)], check=True, capture_output=True)
        found = {way: _coherence(folder, way, asked.blender) for way in WAYS}
    rows = [(shot, *(found[way][shot] for way in WAYS)) for shot in sorted(found["corrected"])]
    means = {way: mean(figures.values()) for way, figures in found.items()}
    text = table([*rows, ("mean", *means.values())], ("surface", *(f"{way}, dB" for way in WAYS)))
    higher = means["corrected"] > means["uncorrected"]
    report("resolution", {"psnr": found, "means": means}, f"{text}\n\ncorrected is higher: {higher}")
    return 0 if higher else 1


def _coherence(folder: Path, way: str, blender: str) -> dict[str, float]:
    scenes = sorted(folder.glob("*.blend"))
    command = [sys.executable, "-m", "uprez", "render", "shots", *scenes, "-o", folder / way, "--size", "512x288"]
    subprocess.run([*command, "--aovs", "none", "--blender", blender, *WAYS[way]], check=True)
    return {row["shot"]: row["coherence"]["psnr"] for row in read_manifest(folder / way).rows}


if __name__ == "__main__":
    sys.exit(main())
