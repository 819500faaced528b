// Okabe and Ito's colours, which colour-blind people tell apart, as far as they show on grey.
const COLOURS = ["#e69f00", "#56b4e9", "#2fbf8f", "#f0e442", "#cc79a7", "#ff7f3f", "#8fa8ff", "#c8c8c8"];
const SYMBOLS = ["circle", "square", "diamond", "triangle-up", "cross", "x", "star", "hexagon"];

function mean(numbers) {
  return numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
}

function drawPlot(id, title, across, up, traces, isLog = false) {
  const axis = { gridcolor: "#3a3a3a", zerolinecolor: "#3a3a3a", linecolor: "#3a3a3a", automargin: true };
  const layout = {
    title: { text: title, font: { size: 14 }, x: 0, xref: "paper" }, height: 340, margin: { l: 10, r: 10, t: 40, b: 10 },
    paper_bgcolor: "#1e1e1e", plot_bgcolor: "#1e1e1e", font: { color: "#c8c8c8", family: "system-ui, sans-serif", size: 12 },
    hoverlabel: { bgcolor: "#282828", font: { color: "#c8c8c8" } }, showlegend: true, legend: { itemsizing: "constant" },
    xaxis: { ...axis, title: { text: across }, type: isLog ? "log" : undefined }, yaxis: { ...axis, title: { text: up } },
  };
  window.Plotly.newPlot(id, traces, layout, { displaylogo: false, responsive: true, displayModeBar: false });
}

/** Plotly reads some HTML in names. */
function plain(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}

function marker(method) {
  const at = values.methods.indexOf(method);
  return { color: COLOURS[at % COLOURS.length], symbol: SYMBOLS[at % SYMBOLS.length], size: 10 };
}

/** Mean core-seconds of HR in full on the frames that are plotted; null where one of them has none. */
function costOfFull(shared) {
  const found = [...new Set(shared.map((row) => row[0]))].map((pair) => values.full?.[pair]);
  return found.length && found.every(Number.isFinite) ? mean(found) : null;
}

/** It is what the others are judged against, and so has a cost, but no quality: a line. */
function fullTrace(cost, costs) {
  const up = costs.flatMap((each) => each.y), room = (Math.max(...up) - Math.min(...up)) / 10 || 1;
  const line = { color: "#c8c8c8", dash: "dot" }, y = [Math.min(...up) - room, Math.max(...up) + room];
  return { type: "scatter", mode: "lines", name: "HR in full", line, x: [cost, cost], y };
}

function drawPlots() {
  const [metric] = values.metrics;
  if (!metric || !rows.length) {
    element("plot-cost").textContent = "No frame could be measured.";
    return;
  }
  const measured = rows.filter((row) => Number.isFinite(row[FIRST])), up = plain(metric.title);
  const timed = measured.filter((row) => row[FIRST - 1] !== null);
  const trace = (method, x, y) => ({ type: "scatter", mode: "markers", name: plain(method), marker: marker(method), x, y });
  const of = (method, among) => among.filter((row) => row[3] === method);
  const withCost = values.methods.filter((method) => of(method, timed).length);
  const frames = withCost.map((method) => new Set(of(method, timed).map((row) => row[0])));
  const shared = timed.filter((row) => frames.every((have) => have.has(row[0])));
  const costs = withCost.filter((method) => of(method, shared).length).map((method) => {
    const own = of(method, shared);
    return trace(method, [mean(own.map((row) => row[FIRST - 1]))], [mean(own.map((row) => row[FIRST]))]);
  });
  const full = costOfFull(shared);
  if (costs.length && full !== null && !withCost.includes("hr_full")) costs.push(fullTrace(full, costs));
  if (costs.length) drawPlot("plot-cost", "Quality against cost", "Core-seconds a frame, rendering and upscaling", up, costs);
  else element("plot-cost").textContent = "No frame has a cost for every method, so quality can't be set against it.";
  const looks = [...new Set(measured.map((row) => row[1]))].sort();
  drawPlot("plot-looks", "By look", "", up, values.methods.filter((method) => of(method, measured).length).map((method) => {
    const own = of(method, measured), has = looks.filter((look) => own.some((row) => row[1] === look));
    return trace(method, has.map(plain), has.map((look) => mean(own.filter((row) => row[1] === look).map((row) => row[FIRST]))));
  }));
}

// Plotly is much to compile: the page is there first.
window.addEventListener("load", () => setTimeout(() => {
  document.head.append(make("script", { textContent: element("plotly").textContent }));
  drawPlots();
}));
