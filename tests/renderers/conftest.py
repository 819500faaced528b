"""Blender for the tests that render for real, and a scene for it."""

import subprocess
from pathlib import Path

import pytest

from uprez.errors import UsageError
from uprez.renderers.cycles import find_blender

SCENE = """
import bpy, sys
bpy.ops.wm.read_factory_settings(use_empty=True)
scene = bpy.context.scene
solids = bpy.data.collections.new("solids")
scene.collection.children.link(solids)
def solid(thing):
    for home in list(thing.users_collection): home.objects.unlink(thing)
    solids.objects.link(thing)
bpy.ops.mesh.primitive_plane_add(size=30, location=(0, 0, -1)); solid(bpy.context.object)
bpy.ops.mesh.primitive_uv_sphere_add(radius=0.8, location=(-1, 0, 0)); ball = bpy.context.object; solid(ball)
bpy.ops.mesh.primitive_cube_add(size=1.2, location=(1.2, 0.5, -0.4)); solid(bpy.context.object)
material = bpy.data.materials.new("checker")
material.use_nodes = True
nodes, links = material.node_tree.nodes, material.node_tree.links
checker = nodes.new("ShaderNodeTexChecker"); checker.inputs["Scale"].default_value = 9
links.new(checker.outputs["Color"], nodes["Principled BSDF"].inputs["Base Color"])
bump = nodes.new("ShaderNodeBump")
links.new(checker.outputs["Fac"], bump.inputs["Height"])
links.new(bump.outputs["Normal"], nodes["Principled BSDF"].inputs["Normal"])
ball.data.materials.append(material)
for frame, x in ((0, -1.1), (2, -0.9)):
    ball.location.x = x; ball.keyframe_insert("location", frame=frame)
bpy.ops.mesh.primitive_cube_add(size=1, location=(0.2, -2, 0.2))
smoke = bpy.data.materials.new("smoke"); smoke.use_nodes = True
nodes, links = smoke.node_tree.nodes, smoke.node_tree.links
nodes.clear()
output, volume = nodes.new("ShaderNodeOutputMaterial"), nodes.new("ShaderNodeVolumeScatter")
volume.inputs["Density"].default_value = 1.5
links.new(volume.outputs[0], output.inputs["Volume"])
bpy.context.object.data.materials.append(smoke)
bpy.ops.object.light_add(type="AREA", location=(3, -3, 4), rotation=(0.7, 0.3, 0.6))
bpy.context.object.data.energy = 400
bpy.ops.object.camera_add(location=(0, -8, 1.2), rotation=(1.45, 0, 0)); scene.camera = bpy.context.object
scene.world = bpy.data.worlds.new("sky"); scene.world.use_nodes = True
scene.world.node_tree.nodes["Background"].inputs[0].default_value = (0.1, 0.2, 0.4, 1)
folder = sys.argv[-1]
bpy.ops.wm.save_as_mainfile(filepath=folder + "/scene.blend")
usual = scene.camera
bpy.ops.object.camera_add(location=(0, -8, 9), rotation=(0.7, 0, 0)); bpy.context.object.name = "above"
marker = scene.timeline_markers.new("cut", frame=1); marker.camera = usual
scene.render.pixel_aspect_x, scene.render.use_multiview = 2, True
scene.cycles.dicing_rate = 0.15
strands = bpy.data.particles.new("strands"); strands.use_render_adaptive, strands.adaptive_pixel = True, 5
strands.use_fake_user = True
bpy.ops.wm.save_as_mainfile(filepath=folder + "/production.blend")
bpy.ops.wm.open_mainfile(filepath=folder + "/scene.blend")
scene = bpy.context.scene
scene.camera = None
bpy.data.objects.remove(bpy.data.objects["Camera"])
bpy.ops.wm.save_as_mainfile(filepath=folder + "/no_camera.blend")
bpy.ops.wm.open_mainfile(filepath=folder + "/scene.blend")
picture = bpy.data.images.new("wood", 8, 8)
picture.filepath_raw = folder + "/wood.png"; picture.file_format = "PNG"; picture.save()
picture.source = "FILE"
node = bpy.data.materials["checker"].node_tree.nodes.new("ShaderNodeTexImage"); node.image = picture
bpy.ops.wm.save_as_mainfile(filepath=folder + "/textured.blend")
kinds = (("TILED", "bark.<UDIM>.png"), ("SEQUENCE", "rain.0001.png"), ("MOVIE", "plate.mp4"))
for source, path in kinds:
    name = source.lower()
    bpy.ops.wm.open_mainfile(filepath=folder + "/scene.blend")
    picture = bpy.data.images.new(name, 8, 8, tiled=source == "TILED")
    picture.source, picture.filepath_raw = source, folder + "/" + path
    if source == "TILED": picture.tiles.new(1012)
    node = bpy.data.materials["checker"].node_tree.nodes.new("ShaderNodeTexImage"); node.image = picture
    bpy.ops.wm.save_as_mainfile(filepath=folder + "/" + name + ".blend")
bpy.ops.wm.open_mainfile(filepath=folder + "/scene.blend")
group = bpy.data.collections.new("group")
for thing in list(bpy.data.collections["solids"].objects):
    bpy.data.collections["solids"].objects.unlink(thing); group.objects.link(thing)
instance = bpy.data.objects.new("instance", None)
instance.instance_type, instance.instance_collection = "COLLECTION", group
bpy.context.scene.collection.objects.link(instance)
scene = bpy.context.scene
scene.cycles.samples = 3; scene.cycles.keyframe_insert("samples", frame=1)
scene.view_layers[0].samples = 2
driver = scene.driver_add("cycles.seed").driver; driver.expression = "frame"
bpy.ops.wm.save_as_mainfile(filepath=folder + "/instanced.blend")
bpy.ops.wm.read_factory_settings(use_empty=True)
bpy.ops.mesh.primitive_monkey_add()
bpy.ops.export_scene.gltf(filepath=folder + "/monkey.glb")
bpy.ops.wm.usd_export(filepath=folder + "/monkey.usdc")
bpy.ops.wm.alembic_export(filepath=folder + "/monkey.abc", as_background_job=False)
"""


@pytest.fixture(scope="session")
def blender() -> Path:
    """Blender, or a Python that has it; skips without."""
    try:
        return find_blender(None)
    except UsageError as missing:
        pytest.skip(f"needs Blender: {missing}")


@pytest.fixture(scope="session")
def scenes(blender: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of scenes: `scene.blend` with solids, a volume and a sky; others lack a camera or a texture, are broken
    or of another format.
    """
    folder = tmp_path_factory.mktemp("scenes")
    script = folder / "make.py"
    script.write_text(SCENE)
    command = [str(blender), str(script), str(folder)]
    if not blender.name.startswith("python"):
        command = [str(blender), "--background", "--factory-startup", "--python", str(script), "--", str(folder)]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (folder / "monkey.abc").exists(), made.stdout + made.stderr
    (folder / "wood.png").unlink()
    (folder / "broken.blend").write_bytes((folder / "scene.blend").read_bytes()[:20000])
    (folder / "broken.glb").write_bytes(b"glTF" + b"\0" * 50)
    return folder
