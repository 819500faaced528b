"""A run: the pairs of many shots, several at once, each finished one written down before the next; made to be killed
and repeated.
"""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from uprez.dataset import manifest
from uprez.errors import FrameError, UprezError
from uprez.renderers import process
from uprez.renderers.files import facts_for, read_facts, result_of
from uprez.renderers.pair import pair_row
from uprez.renderers.plan import OWN, Filters, PairSettings, ShotTask, Take, file_name, pair_images, takes_of
from uprez.renderers.protocol import Renderer, RenderError, Result, SceneError
from uprez.renderers.truth import HALVES, first_halves, render_truth
from uprez.request import Image

FAILURES = "failures.jsonl"
"""Beside the manifest: what failed, why, and the last lines that the renderer said."""
Status = Literal["rendered", "kept", "incoherent", "failed"]
Rendered = dict[str, Result]


@dataclass(frozen=True, kw_only=True)
class PairOutcome:
    """What became of one pair."""

    task: ShotTask
    frame: int
    status: Status
    reason: str = ""
    core_seconds: float = 0.0
    filters: Filters = OWN
    older: bool = False
    """Kept, and made by another version of the renderer or of its look."""

    @property
    def name(self) -> str:
        element = "" if self.task.element == "whole" else f" {self.task.element}"
        filters = f" {self.filters.name}" if self.filters.name else ""
        return f"{self.task.show}/{self.task.name}/{self.frame:04d}{element}{filters}"


Report = Callable[[PairOutcome], None]


def render_pairs(
    tasks: Sequence[ShotTask], *, renderer: Renderer, settings: PairSettings, out: Path, jobs: int, report: Report
) -> list[PairOutcome]:
    """Render every pair of `tasks` that `out` does not hold yet, `jobs` shots at once; `report` hears of each.

    A renderer that fails is tried once more; what fails again is told in the outcome and in `FAILURES`, and does not
    stop the rest. Raises UsageError where the renderer is not there.
    """
    run = _Run(renderer, settings, out, report)
    with ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(run.render_task, task) for task in tasks]
        try:
            for done in as_completed(waiting):
                done.result()
        except BaseException:
            run.stop()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return run.outcomes


class _Run:
    def __init__(self, renderer: Renderer, settings: PairSettings, out: Path, report: Report) -> None:
        self._renderer = renderer
        self._version = renderer.version()
        self._settings = settings
        self._out = out
        self._report = report
        self._known = manifest.read_manifest(out).by_key()
        self._turn = threading.Lock()
        self._mended: set[Path] = set()
        self._paid: set[object] = set()
        self._stopped = False
        self.outcomes: list[PairOutcome] = []

    def stop(self) -> None:
        self._stopped = True
        process.kill_all()

    def render_task(self, task: ShotTask) -> None:
        task = replace(task, shot=replace(task.shot, made_by=self._made_by(task)))
        wanted = {take: self._wanted(task, take) for take in takes_of(task, self._settings)}
        done = {take: self._finished(task, images) for take, images in wanted.items()}
        kept = {take: set(tags) for take, tags in done.items()}
        left = [
            take
            for take in wanted
            if self._set_aside(task, take, [image for tag, image in wanted[take].items() if tag not in done[take]])
        ]
        while left and not self._stopped:
            images = {
                image.output: (take, tag)
                for take in left
                for tag, image in wanted[take].items()
                if tag not in done[take]
            }
            asked = _placed([wanted[take][tag] for take, tag in images.values()], done.values())
            results = self._rendered(task, asked)
            try:
                while left:
                    while len(done[left[0]]) < len(wanted[left[0]]):
                        result = next(results)
                        take, tag = images[result.image.output]
                        done[take][tag] = result
                    take = left.pop(0)
                    fresh = [result for tag, result in done[take].items() if tag not in kept[take]]
                    self._tell_of(task, take, done[take], fresh)
            except SceneError as problem:
                for take in left:
                    self._fail(task, take, problem)
                return
            except RenderError as problem:
                failed = [take for take in left if take.frame == left[0].frame]  # filters see the same samples
                left = [take for take in left if take not in failed]
                for take in failed:
                    self._fail(task, take, problem)

    def _wanted(self, task: ShotTask, take: Take) -> dict[str, Image]:
        images = pair_images(task, take, self._settings, self._out)
        if self._settings.truth is not None:
            images |= first_halves(task, take, self._settings, self._out)
        return images

    def _made_by(self, task: ShotTask) -> str:
        look = task.facts.get("code_sha256")
        return self._version if look is None else f"{self._version}; look {str(look)[:12]}"

    def _finished(self, task: ShotTask, images: Mapping[str, Image]) -> Rendered:
        """What earlier runs left for the very same requests. A pair that is not whole is not made of two versions."""
        found = {tag: facts for tag, image in images.items() if (facts := facts_for(task.shot, image)) is not None}
        # A command's own text is all that says what it renders.
        if len(found) < len(images) or self._renderer.name == "command":
            found = {tag: facts for tag, facts in found.items() if not _is_older(task, facts)}
        return {tag: result_of(images[tag], facts) for tag, facts in found.items()}

    def _set_aside(self, task: ShotTask, take: Take, images: Sequence[Image]) -> bool:
        """Mark a pair whose files are about to be replaced: until all are, they need not show the same. Whether the
        disk took it; the pair fails where it did not.
        """
        known = self._known.get(_key(task, take))
        if known is None or known.get("unfinished") or not any(Path(image.output).exists() for image in images):
            return True
        try:
            self._remember({**known, "unfinished": True})
        except FrameError as problem:
            self._fail(task, take, problem)
            return False
        return True

    def _remember(self, row: manifest.Row) -> None:
        manifest.add_row(self._out, row)
        with self._turn:
            self._known[manifest.key_of(row)] = row

    def _tell_of(self, task: ShotTask, take: Take, done: Rendered, fresh: Sequence[Result]) -> None:
        try:
            self._conclude(task, take, done, fresh)
        except FrameError as problem:
            if not self._may_mend(task, take, problem.path, fresh):
                self._fail(task, take, problem)
                return
            sound = {tag: result for tag, result in done.items() if Path(result.image.output) != problem.path}
            lost = {tag: result.image for tag, result in done.items() if tag not in sound}
            try:
                problem.path.unlink(missing_ok=True)
                made = list(self._rendered(task, _placed(list(lost.values()), [sound])))
            except (OSError, RenderError):
                self._fail(task, take, problem)
                return
            self._tell_of(task, take, {**sound, **dict(zip(lost, made, strict=True))}, [*fresh, *made])
        except UprezError as problem:
            self._fail(task, take, problem)

    def _may_mend(self, task: ShotTask, take: Take, path: Path, fresh: Sequence[Result]) -> bool:
        """Whether a file is the pair's and was damaged since an earlier run left it: what this run made is not made a
        third time.
        """
        if path in self._mended or any(Path(result.image.output) == path for result in fresh):
            return False
        self._mended.add(path)
        tags = ("lr", "hr", *HALVES, *self._wanted(task, take))
        return path in {self._out / file_name(task, take, tag) for tag in tags}

    def _rendered(self, task: ShotTask, images: Sequence[Image]) -> Iterator[Result]:
        """Results of `images` as they are finished. Raises RenderError for an image that fails twice."""
        left, tries = list(images), 2
        while left:
            try:
                for result in self._renderer.render(task.shot, left):
                    left, tries = [image for image in left if image.output != result.image.output], 2
                    yield result
            except SceneError:
                raise
            except RenderError as problem:
                tries -= 1
                if not left:  # it fell over with its work done
                    return
                if not tries or self._stopped:
                    raise
                self._record(task, Take(left[0].frame), problem)

    def _conclude(self, task: ShotTask, take: Take, done: Rendered, fresh: Sequence[Result]) -> None:
        """Write the pair down, unless it stands there and nothing of it is fresh: rendered by this run."""
        settings, truth, made = self._settings, None, list(fresh)

        def render(images: Sequence[Image]) -> list[Result]:
            results = list(self._rendered(task, images))
            made.extend(results)
            return results

        if settings.truth is not None:
            done = {tag: result for tag, result in done.items() if tag not in HALVES}
            done["hr"], truth = render_truth(task, take, settings, self._out, render)
        known = self._known.get(_key(task, take))
        told = known is not None and not known.get("unfinished") and done.keys() <= known.get("samples", {}).keys()
        told = told and known is not None and known.get("look") == task.look
        if told and not made:
            older = any(_is_older(task, read_facts(Path(result.image.output)) or {}) for result in done.values())
            self._tell(task, take, "kept", older=older)
            return
        row = pair_row(task, take, done, settings, out=self._out, renderer=self._version, truth=truth, known=known)
        self._remember(row)
        coherence = row["coherence"]
        status: Status = "rendered" if coherence["usable"] else "incoherent"
        self._tell(task, take, status, reason=coherence["reason"], core_seconds=self._spent(task, made))

    def _spent(self, task: ShotTask, made: Sequence[Result]) -> float:
        """Seconds of what was rendered; of samples that several filters see, once."""
        spent = 0.0
        for image, seconds in ((each.image, each.core_seconds or each.seconds) for each in made):
            samples = (task.show, task.name, image.element, image.frame, image.seed) if image.filter else None
            spent += 0 if samples in self._paid else seconds
            self._paid |= {samples} - {None}
        return spent

    def _fail(self, task: ShotTask, take: Take, problem: UprezError) -> None:
        if self._stopped:
            return
        self._record(task, take, problem)
        self._tell(task, take, "failed", reason=str(problem))

    def _record(self, task: ShotTask, take: Take, problem: UprezError) -> None:
        row = {
            "time": time.strftime("%Y-%m-%d %H:%M:%S"),
            "show": task.show,
            "shot": task.name,
            "frame": take.frame,
            "element": task.element,
            **manifest.filter_entries(*take.filters),
            "reason": str(problem),
            "log": problem.log if isinstance(problem, RenderError) else (),
        }
        # A full disk is often what is to be recorded; the outcome tells it all the same.
        with self._turn, contextlib.suppress(OSError), (self._out / FAILURES).open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")

    def _tell(self, task: ShotTask, take: Take, status: Status, **more: Any) -> None:
        outcome = PairOutcome(task=task, frame=take.frame, filters=take.filters, status=status, **more)
        with self._turn:
            self.outcomes.append(outcome)
            self._report(outcome)


def _key(task: ShotTask, take: Take) -> manifest.Key:
    return task.show, task.name, take.frame, task.element, take.filters.name


def _is_older(task: ShotTask, facts: Mapping[str, Any]) -> bool:
    """Whether a file says that another version made it."""
    return facts.get("made_by", task.shot.made_by) not in ("", task.shot.made_by)


def _placed(images: Sequence[Image], done: Iterable[Rendered]) -> list[Image]:
    """`images` where what is finished of their shot says which window was chosen."""
    found = [result for results in done for result in results.values() if result.window is not None]
    if not found:
        return list(images)
    return [image if image.window_size is None else replace(image, window=_window(image, found[0])) for image in images]


def _window(image: Image, found: Result) -> tuple[int, int, int, int]:
    """The window of `found`, in the pixels of `image`."""
    assert found.window is not None
    factor = image.relative_size / found.image.relative_size
    x, y, width, height = (round(edge * factor) for edge in found.window)
    return x, y, width, height
