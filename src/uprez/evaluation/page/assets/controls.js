/** An element with properties and children; text is only ever text. */
function make(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function button(text, act, properties = {}) {
  return make("button", { type: "button", textContent: text, onclick: act, ...properties });
}

const channelButtons = CHANNELS.map((name) => button(name, () => change({ channel: name })));
const mapButtons = MAPS.map((name) => button(name, () => change({ map: name })));
element("channels").append(...channelButtons);
element("maps").append(...mapButtons);
let sideButtons = { a: [], b: [] };

function listMethods() {
  sideButtons = { a: [], b: [] };
  const rows = images.map((image, number) => {
    const [a, b] = ["a", "b"].map((side) => {
      const made = button(side.toUpperCase(), () => change({ [side]: number }));
      made.setAttribute("aria-label", `${image.method} as ${side.toUpperCase()}`);
      sideButtons[side].push(made);
      return made;
    });
    const key = make("kbd", { textContent: number < 9 ? number + 1 : "" });
    const mean = image.mean === null ? "" : image.mean.toFixed(3);
    return make("tr", {}, make("th", { scope: "row" }, key, image.method), make("td", {}, a, " ", b), make("td", { textContent: mean }));
  });
  const head = make("tr", {}, ...["Method", "", "FLIP"].map((textContent) => make("th", { scope: "col", textContent })));
  head.lastChild.style.textAlign = "right";
  element("methods").replaceChildren(make("thead", {}, head), make("tbody", {}, ...rows));
  const crop = values.crops[view.crop];
  element("crop-name").textContent = crop.pair;
  element("crop-place").textContent =
    `crop ${view.crop + 1} of ${values.crops.length}, ${crop.width} × ${crop.height} at ${crop.x}, ${crop.y}`;
}

const LEGENDS = {
  none: "",
  error: "Error: distance from the truth on the display, four times.",
};

function press(buttons, chosen) {
  buttons.forEach((each, number) => each.setAttribute("aria-pressed", number === chosen));
}

function showControls() {
  press(sideButtons.a, view.a);
  press(sideButtons.b, view.b);
  press(channelButtons, CHANNELS.indexOf(view.channel));
  press(mapButtons, MAPS.indexOf(view.map));
  element("wipe").checked = view.wipe;
  element("exposure").value = view.exposure;
  element("exposure-told").textContent = `${view.exposure > 0 ? "+" : ""}${view.exposure.toFixed(1)} stops`;
  element("zoom-told").textContent = view.zoom < 1 ? `1:${1 / view.zoom}` : `${view.zoom}:1`;
  const ramp = make("span", { className: "ramp" });
  ramp.style.background = `linear-gradient(to right, ${values.magma.join()})`;
  element("legend").replaceChildren(...(view.map === "FLIP" ? ["FLIP 0", ramp, "1"] : [LEGENDS[view.map]]));
  element("line").hidden = !view.wipe;
  element("line").style.left = `${100 * view.line}%`;
  element("name-a").textContent = images[view.a]?.method ?? "";
  element("name-b").textContent = view.wipe ? images[view.b]?.method ?? "" : "";
  document.querySelector("[data-do=previous]").disabled = view.crop === 0;
  document.querySelector("[data-do=next]").disabled = view.crop === values.crops.length - 1;
  showReadout();
}

/** The pixel under the pointer, as stored. */
function showReadout() {
  const crop = values.crops[view.crop];
  const [x, y] = (pointer ?? [-1, -1]).map((at, i) => Math.floor((at - view.origin[i]) / view.zoom));
  if (!pointer || !images.length || x < 0 || y < 0 || x >= crop.width || y >= crop.height) {
    element("readout").replaceChildren();
    return;
  }
  const shown = [...new Set([view.a, ...(view.wipe ? [view.b] : [])])];
  const rows = shown.map((image) => {
    const found = images[image].pixels.subarray(4 * (y * crop.width + x)).subarray(0, 4);
    return make("tr", {}, make("th", { textContent: images[image].method }),
      ...Array.from(found, (bits) => make("td", { textContent: short(number(bits)) })));
  });
  const head = make("tr", {}, make("th", { textContent: `${crop.x + x}, ${crop.y + y}`, className: "dim" }),
    ...["R", "G", "B", "A"].map((textContent) => make("td", { textContent, className: "dim" })));
  element("readout").replaceChildren(make("table", {}, head, ...rows));
}

function short(value) {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 1000 || (value && Math.abs(value) < 1e-4) ? value.toExponential(1) : value.toFixed(4).slice(0, 6);
}

function exposeBy(stops) {
  change({ exposure: Math.min(Math.max(view.exposure + stops, -10), 10) });
}

function turn(list, now) {
  return list[(list.indexOf(now) + 1) % list.length];
}

const ACTS = { previous: () => step(-1), next: () => step(1), close: () => dialog.close(), in: () => zoomBy(1), out: () => zoomBy(-1), fit };
const KEYS = {
  w: () => change({ wipe: !view.wipe }),
  c: () => change({ channel: turn(CHANNELS, view.channel) }),
  m: () => change({ map: turn(MAPS, view.map) }),
  " ": () => change({ a: view.b, b: view.a }),
  "+": ACTS.in, "=": ACTS.in, "-": ACTS.out, _: ACTS.out, f: fit,
  arrowleft: ACTS.previous, arrowright: ACTS.next,
};
for (const name of ["r", "g", "b", "a"])
  KEYS[name] = () => change({ channel: view.channel === name.toUpperCase() ? "RGB" : name.toUpperCase() });

for (const made of dialog.querySelectorAll("[data-do]")) made.addEventListener("click", ACTS[made.dataset.do]);
element("wipe").addEventListener("change", (event) => change({ wipe: event.target.checked }));
element("exposure").addEventListener("input", (event) => change({ exposure: Number(event.target.value) }));
// A mouse leaves the focus on what it pressed, where arrows and the space bar would go on working it.
dialog.addEventListener("pointerup", () => document.activeElement?.closest("aside") && document.activeElement.blur());

dialog.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code)?.[1], key = event.key.toLowerCase();
  if (event.target.matches("input[type=range]") && key.startsWith("arrow")) return;
  if (event.target.matches("button, input") && key === " ") return;
  if (digit === "0") dialog.close();
  else if (digit && digit <= images.length) change({ [event.shiftKey ? "b" : "a"]: digit - 1 });
  else if (key === "e") exposeBy(event.shiftKey ? -0.5 : 0.5);
  else if (Object.hasOwn(KEYS, key)) KEYS[key]();
  else return;
  event.preventDefault();
});
