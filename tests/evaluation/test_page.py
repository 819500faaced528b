"""The page of a report, looked at with a browser: what is on the screen is what was measured."""

import base64
import io
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.io import imread

from uprez.errors import WriteError
from uprez.evaluation.content import SOURCE, TRUTH, Content, Crop, Interval, Metric, Row, Shown, Verdict
from uprez.evaluation.page import write_page
from uprez.evaluation.page.pixels import packed_crop
from uprez.frames.preview import displayed

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--force-color-profile=srgb"]
HEIGHT, WIDTH = 24, 32
ODD = '<script>document.title="taken"</script>&"</title><!--summary-->'
"""A method by a name that no page may take for its own text."""

Codes = NDArray[np.uint8]


def crop(pair: str, seed: int, methods: Sequence[str] = ("soft", ODD), size: tuple[int, int] = (HEIGHT, WIDTH)) -> Crop:
    """Scene-linear noise with highlights of up to 20, negative values, and alpha from 0 to 1."""
    random = np.random.default_rng(seed)
    truth = random.lognormal(-1.5, 1.5, (*size, 4)).clip(0, 20)
    truth[..., :3] -= 0.02
    truth[..., 3] = np.linspace(0, 1, size[1])
    low = truth[::2, ::2].repeat(2, 0).repeat(2, 1)
    images = [Shown(TRUTH, truth.astype(np.float16), None)]
    for number, name in enumerate((SOURCE, *methods)):
        made = low if name == SOURCE else truth * (0.6 + 0.1 * number)
        flip = random.integers(0, 256, size).astype(np.uint8)
        images.append(Shown(name, made.astype(np.float16), flip))
    return Crop(pair, 100, 50, tuple(images))


def content(crops: Sequence[Crop]) -> Content:
    rows = [
        Row(f"look/s{shot}/1", "look", f"s{shot}", method, {"psnr_db": figure}, seconds)
        for shot, method, figure, seconds in [
            (1, "soft", 30.0, 10.0),
            (1, ODD, 9.5, None),
            (2, "soft", float("inf"), 100.0),
            (10, "soft", 28.0, 20.0),
        ]
    ]
    rows.append(Row("elsewhere/s3/1", "elsewhere", "s3", "soft", {}, None))
    summary = {"soft": {"psnr_db": Interval(29.0, 28.0, 30.0)}, ODD: {}}
    verdicts = [Verdict("s1", "upscale", ODD)]
    return Content(ODD, [Metric("psnr_db", "PSNR, dB", 1, "highest")], summary, rows, crops, verdicts, [ODD])


CROPS = (crop("look/s1/1", 1), crop("look/s2/1", 2))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.skip(f"needs Chromium at {CHROMIUM} (Debian's package chromium)")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_page(content(CROPS), tmp_path_factory.mktemp("page") / "index.html")


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[[Path], Any]]:
    """Opens a page from disk. A request to anywhere else or an error on the page fails the test."""
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    trouble: list[str] = []
    context.on("request", lambda request: trouble.append(request.url) if request.url.startswith("http") else None)
    context.route("http*://**", lambda route: route.abort())

    def opened(path: Path) -> Any:
        page = context.new_page()
        page.on("pageerror", lambda error: trouble.append(str(error)))
        page.on("console", lambda told: trouble.append(told.text) if told.type == "error" else None)
        page.goto(path.as_uri())
        return page

    yield opened
    context.close()
    assert not trouble


@dataclass
class Viewer:
    """The viewer with a crop open."""

    page: Any

    def press(self, key: str, **expected: object) -> None:
        self.page.keyboard.press(key)
        self.wait(**expected)

    def wait(self, **expected: object) -> None:
        """Until the canvas shows what has these values."""
        wanted = {
            name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in expected.items()
        }
        self.page.wait_for_function(
            "wanted => Object.entries(wanted).every(([k, v]) => document.getElementById('viewer').dataset[k] === v)",
            arg=wanted,
        )

    def told(self, name: str) -> int:
        return int(self.page.locator("#viewer").get_attribute(f"data-{name}"))

    def screen(self) -> Codes:
        """The canvas, as a screenshot has it."""
        return imread(io.BytesIO(self.page.locator("#canvas").screenshot()))[..., :3]

    def enlarged(self) -> Codes:
        """The crop on the screen, which has to fit in it."""
        zoom, x, y = self.told("zoom"), self.told("x"), self.told("y")
        return self.screen()[y : y + HEIGHT * zoom, x : x + WIDTH * zoom]

    def pixels(self) -> Codes:
        """(HEIGHT, WIDTH, 3), from the middle of each enlarged pixel."""
        zoom = self.told("zoom")
        return self.enlarged()[zoom // 2 :: zoom, zoom // 2 :: zoom]


@pytest.fixture
def viewer(visit: Callable[[Path], Any], file: Path) -> Viewer:
    """On the first crop, A the truth, without a wipe."""
    page = visit(file)
    page.locator(".thumbnail").first.click()
    found = Viewer(page)
    found.wait(crop=0, a=TRUTH, exposure=0)
    found.press("w", wipe=False)
    return found


def light(number: int, crop: int = 0) -> NDArray[np.float32]:
    return CROPS[crop].images[number].pixels.astype(np.float32)


def assert_same(found: Codes, expected: Codes) -> None:
    assert np.abs(found.astype(int) - expected).max() <= 1


def test_the_page_opens_from_disk_and_asks_for_nothing(visit: Callable[[Path], Any], file: Path) -> None:
    page = visit(file)
    page.wait_for_selector("#plot-cost .main-svg")
    assert page.locator(".thumbnail").count() == 2
    assert page.locator("#plot-looks .main-svg").count() > 0


def test_names_stay_text(visit: Callable[[Path], Any], file: Path) -> None:
    page = visit(file)
    assert page.title() == ODD
    assert page.locator("#summary tbody th").all_inner_texts()[:2] == ["soft", ODD]
    assert ODD in page.locator("#rows tbody").inner_text()


def test_a_report_of_nothing_opens(visit: Callable[[Path], Any], tmp_path: Path) -> None:
    page = visit(write_page(Content("empty", [], {}, [], [], [], []), tmp_path / "index.html"))
    assert "No frame could be measured" in page.locator("#summary").inner_text()


def test_a_page_is_whole_or_not_there(tmp_path: Path) -> None:
    images = (*CROPS[0].images, crop("other size", 3, size=(8, 8)).images[1])
    with pytest.raises(ValueError, match="of one size"):
        write_page(content([Crop("pair", 0, 0, images)]), tmp_path / "index.html")
    assert not list(tmp_path.iterdir())
    with pytest.raises(WriteError, match="can't be written"):
        write_page(content([]), tmp_path / "missing" / "index.html")


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_numbers_switch_methods_each_through_the_display_transform(viewer: Viewer, number: int) -> None:
    viewer.press(str(number + 1), a=CROPS[0].images[number].method)
    assert_same(viewer.pixels(), displayed(light(number)))


def test_a_stop_of_exposure_doubles_the_light(viewer: Viewer) -> None:
    viewer.press("e", exposure=0.5)
    viewer.press("e", exposure=1)
    assert_same(viewer.pixels(), displayed(2 * light(0)))
    for stops in (0.5, 0, -0.5, -1):
        viewer.press("Shift+E", exposure=stops)
    assert_same(viewer.pixels(), displayed(light(0) / 2))


def test_the_slider_brings_highlights_into_range(viewer: Viewer) -> None:
    viewer.page.locator("#exposure").fill("-4")
    viewer.wait(exposure=-4)
    assert_same(viewer.pixels(), displayed(light(0) / 16))


def test_nan_is_black_and_infinity_the_largest_half(visit: Callable[[Path], Any], tmp_path: Path) -> None:
    pixels = np.full((HEIGHT, WIDTH, 4), 0.2, np.float16)
    pixels[0, 0], pixels[0, 1], pixels[0, 2] = np.nan, np.inf, -np.inf
    page = visit(write_page(content([Crop("odd", 0, 0, (Shown(TRUTH, pixels, None),))]), tmp_path / "index.html"))
    page.locator(".thumbnail").click()
    found = Viewer(page)
    found.wait(a=TRUTH)
    found.press("w", wipe=False)
    assert_same(found.pixels(), displayed(pixels.astype(np.float32)))


def test_the_wipe_shows_a_left_of_its_line_and_b_right(viewer: Viewer) -> None:
    viewer.press("w", wipe=True)
    viewer.press("Shift+Digit3", b="soft")
    found, left, right = viewer.pixels(), displayed(light(0)), displayed(light(2))
    middle = WIDTH // 2
    assert_same(found[:, : middle - 1], left[:, : middle - 1])
    assert_same(found[:, middle + 1 :], right[:, middle + 1 :])


def test_the_line_is_dragged(viewer: Viewer) -> None:
    viewer.press("w", wipe=True)
    viewer.press("Shift+Digit3", b="soft")
    box = viewer.page.locator("#canvas").bounding_box()
    line, to = box["width"] // 2, viewer.told("x") + 8 * viewer.told("zoom")
    viewer.page.mouse.move(line, 300)
    viewer.page.mouse.down()
    viewer.page.mouse.move(to, 320)
    viewer.page.mouse.up()
    viewer.wait(line=to / box["width"])
    found = viewer.pixels()
    assert_same(found[:, :7], displayed(light(0))[:, :7])
    assert_same(found[:, 9:], displayed(light(2))[:, 9:])


def test_the_space_bar_swaps_a_and_b(viewer: Viewer) -> None:
    viewer.press("Shift+Digit3", b="soft")
    viewer.press("Space", a="soft", b=TRUTH)
    assert_same(viewer.pixels(), displayed(light(2)))


def test_enlarged_pixels_are_squares_of_one_colour(viewer: Viewer) -> None:
    zoom = viewer.told("zoom")
    assert zoom > 1
    assert np.array_equal(viewer.enlarged(), viewer.pixels().repeat(zoom, 0).repeat(zoom, 1))


@pytest.mark.parametrize("how", ["wheel", "keys"])
def test_zooming_keeps_what_is_under_the_pointer(viewer: Viewer, how: str) -> None:
    before, zoom = viewer.screen(), viewer.told("zoom")
    row, column = 5, 20
    x, y = (viewer.told("x") + column * zoom + zoom // 2, viewer.told("y") + row * zoom + zoom // 2)
    viewer.page.mouse.move(x, y)
    if how == "wheel":
        viewer.page.mouse.wheel(0, -100)
    else:
        viewer.page.keyboard.press("+")
    viewer.page.wait_for_function("old => Number(document.getElementById('viewer').dataset.zoom) > old", arg=zoom)
    after, larger = viewer.screen(), viewer.told("zoom")
    assert np.array_equal(after[y, x], before[y, x])
    top, left = viewer.told("y") + row * larger, viewer.told("x") + column * larger
    assert (after[top : top + larger, left : left + larger] == before[y, x]).all()


def test_dragging_moves_the_crop(viewer: Viewer) -> None:
    before, x, y = viewer.enlarged(), viewer.told("x"), viewer.told("y")
    viewer.page.mouse.move(300, 300)
    viewer.page.mouse.down()
    viewer.page.mouse.move(290, 312)
    viewer.page.mouse.up()
    viewer.wait(x=x - 10, y=y + 12)
    assert np.array_equal(viewer.enlarged()[:, 10:], before[:, 10:])


def test_the_view_stays_when_methods_and_crops_change(viewer: Viewer) -> None:
    x, y, zoom = viewer.told("x"), viewer.told("y"), viewer.told("zoom")
    viewer.press("-")
    viewer.press("3", a="soft")
    smaller = viewer.told("zoom")
    assert smaller < zoom
    viewer.press("ArrowRight", crop=1, a="soft", zoom=smaller)
    viewer.page.locator("[data-do=fit]").click()
    viewer.wait(x=x, y=y, zoom=zoom)
    assert_same(viewer.pixels(), displayed(light(2, crop=1)))


def test_the_error_map_is_four_times_the_distance_on_the_display(viewer: Viewer) -> None:
    viewer.press("m", map="error")
    assert not viewer.pixels().any()
    viewer.press("3", a="soft")
    distance = np.abs(displayed(light(2)).astype(int) - displayed(light(0)))
    assert np.abs(viewer.pixels() - np.minimum(4 * distance, 255)).max() <= 8  # two codes off by one, four times


def test_the_flip_map_grows_brighter_with_the_difference(viewer: Viewer) -> None:
    viewer.press("3", a="soft")
    viewer.press("m", map="error")
    viewer.press("m", map="FLIP")
    flip = CROPS[0].images[2].flip
    assert flip is not None
    bright = viewer.pixels().astype(float).sum(axis=2).ravel()[np.argsort(flip, axis=None)]
    assert (np.diff(bright) >= -3).all()  # three channels, rounded
    assert bright[0] < 40
    assert bright[-1] > 600


def test_alpha_is_shown_as_it_is(viewer: Viewer) -> None:
    viewer.press("a", channel="A")
    alpha = np.rint(255 * light(0)[..., 3:].clip(0, 1)).astype(np.uint8).repeat(3, axis=2)
    assert_same(viewer.pixels(), alpha)
    viewer.press("a", channel="RGB")


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_one_channel_is_shown_in_grey(viewer: Viewer, channel: int) -> None:
    for turn in range(channel + 1):
        viewer.press("c", channel="RGB"[turn])
    assert_same(viewer.pixels(), displayed(light(0)[..., channel : channel + 1].repeat(3, axis=2)))


def test_the_pixel_under_the_pointer_is_told_as_stored(viewer: Viewer) -> None:
    zoom = viewer.told("zoom")
    viewer.page.mouse.move(viewer.told("x") + 20 * zoom + 1, viewer.told("y") + 5 * zoom + 1)
    told = viewer.page.locator("#readout").inner_text()
    assert "120, 55" in told
    assert all(f"{value:.4f}"[:6] in told for value in light(0)[5, 20])


@pytest.mark.parametrize("key", ["Escape", "0"])
def test_keys_lead_back_to_the_page(viewer: Viewer, key: str) -> None:
    viewer.page.keyboard.press(key)
    viewer.page.wait_for_function("!document.getElementById('viewer').open")


def figures(page: Any, column: int) -> list[str]:
    return page.locator(f"#rows tbody td:nth-child({column})").all_inner_texts()


def test_frames_come_worst_first_and_sort_by_any_column(visit: Callable[[Path], Any], file: Path) -> None:
    page = visit(file)
    assert figures(page, 6) == ["9.5", "28.0", "30.0", "∞", ""]
    page.get_by_role("button", name="PSNR, dB").click()
    assert figures(page, 6) == ["∞", "30.0", "28.0", "9.5", ""]
    page.get_by_role("button", name="Core-seconds").click()
    assert figures(page, 5) == ["10.0", "20.0", "100.0", "", ""]
    page.get_by_role("button", name="Shot").click()
    assert figures(page, 3) == ["s1", "s1", "s2", "s3", "s10"]
    assert page.locator("#rows th[aria-sort=ascending]").inner_text() == "Shot ↑"


def test_the_filter_keeps_rows_that_have_every_word(visit: Callable[[Path], Any], file: Path) -> None:
    page = visit(file)
    page.locator("#filter").fill("S1 SOFT")
    assert figures(page, 3) == ["s10", "s1"]
    assert page.locator("#count").inner_text() == "2 of 5"


def test_a_row_opens_its_pairs_worst_crop_and_method(visit: Callable[[Path], Any], file: Path) -> None:
    page = visit(file)
    page.locator("#rows td button", has_text="look/s2/1").click()
    Viewer(page).wait(crop=1, a=TRUTH, b="soft", wipe=True)
    assert page.locator("#rows tbody tr", has_text="s3").locator("button").count() == 0


def test_packing_loses_no_bit() -> None:
    bits = np.random.default_rng(0).integers(0, 1 << 16, (6, 5, 4), np.uint16)
    flip = np.random.default_rng(1).integers(0, 256, (6, 5), np.uint8)
    images = (Shown(TRUTH, bits.view(np.float16), None), Shown("soft", bits[::-1].copy().view(np.float16), flip))
    facts, text = packed_crop(Crop("pair", 0, 0, images))
    data = np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)
    assert [(fact["step"], fact["alpha"]) for fact in facts] == [(1, True)] * 2
    found = []
    for _ in images:
        planes, data = [unpacked(data[i * 60 :][:60]) for i in range(4)], data[240:]
        green, red, blue, alpha = planes
        ordered = np.stack([red + green, green, blue + green, alpha], axis=2)
        found.append(np.where(ordered & 0x8000, ordered & 0x7FFF, ~ordered))
    assert np.array_equal(found[0], bits)
    assert data.size == flip.size


def unpacked(data: Codes) -> NDArray[np.uint16]:
    """One plane of 6 x 5, as the module that packs describes it."""
    folded = data[:30].astype(int) | data[30:].astype(int) << 8
    rest = np.where(folded & 1, -(folded >> 1) - 1, folded >> 1).reshape(6, 5)
    plane = np.zeros((7, 6), int)
    for y in range(6):
        for x in range(5):
            left, above, corner = plane[y + 1, x], plane[y, x + 1], plane[y, x]
            guess = np.clip(left + above - corner, min(left, above), max(left, above))
            plane[y + 1, x + 1] = (guess + rest[y, x]) & 0xFFFF
    return plane[1:, 1:].astype(np.uint16)


def test_two_hundred_crops_stay_under_60_mb(tmp_path: Path) -> None:
    """Of 96 x 96 pixels in six images: smooth shading with the noise of a render."""
    random = np.random.default_rng(0)
    across, down = np.meshgrid(*[np.linspace(0, 3, 96)] * 2)
    crops = []
    for number in range(200):
        shading = 0.4 + 0.3 * np.sin(across * (1 + number % 7) + down)[..., np.newaxis] * [1.0, 0.8, 0.5, 0.0]
        truth = shading * random.normal(1, 0.05, shading.shape)
        truth[..., 3] = 1
        images = [Shown(TRUTH, truth.astype(np.float16), None)]
        for part in (1.0, 0.3, 0.2, 0.1, 0.05):
            made = truth[::2, ::2].repeat(2, 0).repeat(2, 1) if part == 1 else shading + part * (truth - shading)
            made[..., 3] = 1
            flip = (255 * np.abs(made - truth).mean(axis=2)).clip(0, 255).astype(np.uint8)
            images.append(Shown(f"method {part}", made.astype(np.float16), flip))
        crops.append(Crop(f"look/s{number}/1", 0, 0, tuple(images)))
    assert write_page(content(crops), tmp_path / "index.html").stat().st_size < 60e6


def test_hr_in_full_is_in_the_cost_plot(visit: Callable[[Path], Any], tmp_path: Path) -> None:
    rows = [Row("look/s1/1", "look", "s1", name, {"psnr_db": psnr}, 2.5) for name, psnr in (("a", 30.0), ("b", 28.0))]
    metrics = [Metric("psnr_db", "PSNR, dB", 1, "highest")]
    made = Content("costs", metrics, {}, rows, [], [], [], full_cost={"look/s1/1": 7.6})
    page = visit(write_page(made, tmp_path / "index.html"))
    page.wait_for_selector("#plot-cost .main-svg")
    traces = page.evaluate("document.getElementById('plot-cost').data.map(({ name, x }) => [name, x[0]])")
    assert traces == [["a", 2.5], ["b", 2.5], ["HR in full", 7.6]]
