const element = (id) => document.getElementById(id);
const dialog = element("viewer"), stage = element("stage"), canvas = element("canvas");
const ZOOMS = [1 / 8, 1 / 4, 1 / 2, 1, 2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64];
const GRIP = 8;  // CSS pixels from the line within which it is dragged

/** What is shown: a, b are numbers of images, line a part of the canvas's width, origin and zoom in canvas pixels. */
const view = { crop: 0, a: 0, b: 1, wipe: true, line: 0.5, exposure: 0, channel: "RGB", map: "none", zoom: 1, origin: [0, 0] };
let images = [], picture = null, asked = 0, frame = 0;
const kept = new Map();

/** Shows a crop; where a method is given, against the truth. Fits it into the window unless one of its size is there. */
async function open(number, method = null) {
  const ticket = ++asked, isNew = !dialog.open;
  if (isNew) dialog.showModal();
  try {
    if (!picture || picture.gl.isContextLost()) picture = new Picture(canvas);
    const found = await unpacked(number);
    if (ticket !== asked) return;
    take(number, found, method, isNew);
    element("trouble").hidden = true;
  } catch (error) {
    element("trouble").textContent = error.message;
    element("trouble").hidden = false;
    return;
  }
  if (number + 1 < values.crops.length) unpacked(number + 1).catch(() => kept.delete(number + 1));
}

function unpacked(number) {
  if (!kept.has(number)) kept.set(number, unpack(number));
  const found = kept.get(number);
  for (const old of kept.keys()) if (kept.size > 4 && Math.abs(old - number) > 1) kept.delete(old);
  return found;
}

function take(number, found, method, isNew) {
  const names = [images[view.a]?.method, method ?? images[view.b]?.method], { width, height } = values.crops[number];
  const isOther = !picture.size || picture.size[0] !== width || picture.size[1] !== height;
  const place = (name, otherwise) => {
    const at = found.findIndex((image) => image.method === name);
    return at < 0 ? Math.min(otherwise, found.length - 1) : at;
  };
  images = found;
  view.crop = number;
  view.a = place(method ? values.truth : names[0], 0);
  view.b = place(names[1], 2);
  picture.load(images, width, height);
  listMethods();
  resize();
  if (isNew || isOther) fit();
  refresh();
}

/** Draws soon, and brings the controls up to date. */
function refresh() {
  showControls();
  if (!frame) frame = requestAnimationFrame(draw);
}

function change(what) {
  Object.assign(view, what);
  refresh();
}

function draw() {
  frame = 0;
  if (!dialog.open || !images.length) return;
  const line = view.wipe ? Math.round(view.line * canvas.width) : canvas.width;
  picture.draw({ ...view, line });
  // What the canvas shows now, for tests.
  const { origin, ...told } = view;
  Object.assign(dialog.dataset, told, { x: origin[0], y: origin[1], a: images[view.a].method, b: images[view.b].method });
}

function resize() {
  const scale = window.devicePixelRatio || 1;
  const width = Math.max(1, Math.round(stage.clientWidth * scale)), height = Math.max(1, Math.round(stage.clientHeight * scale));
  if (canvas.width === width && canvas.height === height) return;
  view.origin = [view.origin[0] + Math.round((width - canvas.width) / 2), view.origin[1] + Math.round((height - canvas.height) / 2)];
  canvas.width = width;
  canvas.height = height;
  if (images.length) refresh();
}

function fit() {
  const [width, height] = picture.size;
  const most = Math.min(canvas.width / width, canvas.height / height);
  const zoom = ZOOMS.findLast((each) => each <= most) ?? ZOOMS[0];
  change({ zoom, origin: [Math.round((canvas.width - width * zoom) / 2), Math.round((canvas.height - height * zoom) / 2)] });
}

let pointer = null;  // in canvas pixels, while over the canvas

/** Zooms by some steps; what is under the pointer, else in the middle, stays where it is. */
function zoomBy(steps) {
  const now = ZOOMS.findIndex((each) => each >= view.zoom);
  const zoom = ZOOMS[Math.min(Math.max(now + steps, 0), ZOOMS.length - 1)];
  const about = pointer ?? [canvas.width / 2, canvas.height / 2];
  change({ zoom, origin: view.origin.map((from, i) => Math.round(about[i] - ((about[i] - from) * zoom) / view.zoom)) });
}

function step(by) {
  const number = view.crop + by;
  if (number >= 0 && number < values.crops.length) open(number);
}

let drag = null;

function placeOf(event) {
  const box = canvas.getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * canvas.width, ((event.clientY - box.top) / box.height) * canvas.height];
}

function isOnLine([x]) {
  return view.wipe && Math.abs(x - view.line * canvas.width) <= GRIP * (window.devicePixelRatio || 1);
}

canvas.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  canvas.setPointerCapture(event.pointerId);
  const at = placeOf(event);
  drag = { line: isOnLine(at), at, origin: view.origin };
  canvas.classList.toggle("panning", !drag.line);
});
canvas.addEventListener("pointermove", (event) => {
  const at = (pointer = placeOf(event));
  if (drag?.line) change({ line: Math.min(Math.max(at[0] / canvas.width, 0), 1) });
  else if (drag) change({ origin: drag.origin.map((from, i) => Math.round(from + at[i] - drag.at[i])) });
  else canvas.classList.toggle("on-line", isOnLine(at));
  showReadout();
});
for (const name of ["pointerup", "pointercancel"])
  canvas.addEventListener(name, () => {
    drag = null;
    canvas.classList.remove("panning");
  });
canvas.addEventListener("pointerleave", () => {
  pointer = null;
  showReadout();
});

let rolled = 0;
canvas.addEventListener("wheel", (event) => {
  event.preventDefault();
  pointer = placeOf(event);
  // A wheel's notch is about 100, a touch pad sends many small ones.
  rolled += event.deltaMode ? 50 * Math.sign(event.deltaY) : Math.min(Math.max(event.deltaY, -50), 50);
  if (Math.abs(rolled) < 50) return;
  zoomBy(-Math.sign(rolled));
  rolled = 0;
}, { passive: false });
canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
canvas.addEventListener("webglcontextrestored", () => {
  picture = null;
  if (dialog.open) open(view.crop);
});
new ResizeObserver(resize).observe(stage);
