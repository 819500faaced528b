const WORDS = ["Pair", "Look", "Shot", "Method"];
const MOST = 500;  // rows in the document until more are asked for
const columns = [
  ...WORDS.map((title) => ({ title, isWord: true })),
  { title: "Core-seconds", digits: 1 },
  ...values.metrics.map(({ title, digits }) => ({ title, digits })),
];
// JSON has no infinity: such figures come as words.
const rows = values.rows.map((row) => row.map((cell, i) => (columns[i].isWord || cell === null ? cell : Number(cell))));
const FIRST = WORDS.length + 1;
const order = { column: values.metrics.length ? FIRST : 0, down: values.metrics[0]?.best === "lowest" };
let most = MOST;

function sorted(found) {
  const { column, down } = order, { isWord } = columns[column];
  const isMissing = (cell) => cell === null || Number.isNaN(cell);
  const compare = isWord ? new Intl.Collator("en", { numeric: true }).compare : (a, b) => (a < b ? -1 : Number(a > b));
  return found.toSorted((one, other) => {
    const a = one[column], b = other[column];
    if (isMissing(a) || isMissing(b)) return isMissing(a) - isMissing(b);
    return down ? compare(b, a) : compare(a, b);
  });
}

function showRows() {
  const words = element("filter").value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = sorted(rows.filter((row) => {
    const text = row.slice(0, WORDS.length).join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  }));
  element("rows").tBodies[0].replaceChildren(...found.slice(0, most).map(rowOf));
  element("count").textContent = `${found.length} of ${rows.length}`;
  element("more").hidden = found.length <= most;
  element("more").textContent = `Show all ${found.length}`;
  [...element("rows").tHead.rows[0].cells].forEach((cell, i) => {
    const isSorted = i === order.column;
    cell.setAttribute("aria-sort", isSorted ? (order.down ? "descending" : "ascending") : "none");
    cell.firstChild.textContent = columns[i].title + (isSorted ? (order.down ? " ↓" : " ↑") : "");
  });
}

function rowOf(row) {
  const crop = pairCrops.get(row[0]);
  const made = make("tr", {}, ...row.map((cell, i) => {
    if (columns[i].isWord) return make("td", { className: "word", textContent: cell });
    const text = cell === null || Number.isNaN(cell) ? "" : Number.isFinite(cell) ? cell.toFixed(columns[i].digits) : cell > 0 ? "∞" : "−∞";
    return make("td", { textContent: text });
  }));
  if (crop === undefined) return made;
  made.className = "opens";
  made.onclick = () => open(crop, row[3]);
  made.cells[0].replaceChildren(button(row[0]));
  return made;
}

element("rows").append(make("thead", {}, make("tr", {}, ...columns.map((column, i) => make("th",
  { scope: "col", className: column.isWord ? "word" : "" },
  button(column.title, () => {
    Object.assign(order, { column: i, down: order.column === i && !order.down });
    showRows();
  }))))), make("tbody"));
element("filter").addEventListener("input", showRows);
element("more").addEventListener("click", () => {
  most = Infinity;
  showRows();
});
showRows();
