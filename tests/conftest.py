"""What tests in every room share."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# CI repeats the same examples, so that it fails for a change and not by chance; people's machines go on searching.
# A busy machine is no failure: no deadline.
settings.register_profile("uprez", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("uprez")

ROOT = Path(__file__).resolve().parents[1]

SLOW = frozenset(
    (
        "cli/test_dataset.py",
        "cli/test_evaluate.py",
        "cli/test_export.py",
        "cli/test_info.py",
        "cli/test_main.py",
        "cli/test_pairs.py",
        "cli/test_render.py",
        "cli/test_render_charts.py",
        "cli/test_train.py",
        "cli/test_tune.py",
        "cli/test_upscale.py",
        "dataset/store/test_store.py",
        "dataset/test_coherence.py",
        "dataset/test_loader.py",
        "dataset/test_sampling.py",
        "evaluation/test_page.py",
        "evaluation/test_run.py",
        "export/test_int8.py",
        "export/test_nuke.py",
        "export/test_onnx.py",
        "farm/test_attempts.py",
        "farm/test_bundle.py",
        "farm/test_run.py",
        "frames/test_decode_pool.py",
        "frames/test_exr_damage.py",
        "frames/test_images.py",
        "frames/test_source_names.py",
        "layers/test_picture.py",
        "renderers/test_command.py",
        "renderers/test_cycles.py",
        "renderers/test_demo.py",
        "renderers/test_filtering.py",
        "renderers/test_renderman.py",
        "renderers/test_run.py",
        "training/test_bundle.py",
        "training/test_curriculum.py",
        "training/test_guides.py",
        "training/test_processes.py",
        "training/test_run.py",
        "training/test_stages.py",
        "training/test_tuning.py",
        "upscaling/test_alphas.py",
        "upscaling/test_bands.py",
        "upscaling/test_borders.py",
        "upscaling/test_storage.py",
        "upscaling/test_upscaling_corpus.py",
        "upscaling/test_upscaling_run.py",
    )
)
"""Files of tests that take more than four seconds together, by the durations that pytest prints: `scripts/test` leaves
them out.
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.relative_to(ROOT / "tests").as_posix() in SLOW:
            item.add_marker("slow")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """Rendered pairs and odd EXR files: UPREZ_SHARED, or `shared` beside the checkout; skips without them."""
    folder = Path(os.environ.get("UPREZ_SHARED", ROOT.parent / "shared"))
    if not folder.is_dir():
        pytest.skip(f"needs rendered pairs and EXR files in {folder} (set UPREZ_SHARED to where they are)")
    return folder
