const { side: SIDE, columns: COLUMNS } = values.sheet;
const pairCrops = new Map();  // the worst crop of each pair

function thumbnail(crop, number) {
  const image = make("i");
  image.style.backgroundPosition = `${-SIDE * (number % COLUMNS)}px ${-SIDE * Math.floor(number / COLUMNS)}px`;
  image.style.width = `${Math.floor(crop.width / crop.shrink)}px`;
  image.style.height = `${Math.floor(crop.height / crop.shrink)}px`;
  const made = button("", () => open(number), { className: "thumbnail" });
  made.append(make("div", {}, image), make("span", {}, crop.pair), make("span", { className: "dim" }, `at ${crop.x}, ${crop.y}`));
  return made;
}

values.crops.forEach((crop, number) => {
  if (!pairCrops.has(crop.pair)) pairCrops.set(crop.pair, number);
});
element("crop-list").append(...values.crops.map(thumbnail));
if (!values.crops.length) element("crop-list").append("No crops.");
