const values = JSON.parse(document.getElementById("values").textContent);

/** A crop's images, unpacked; pixels.py says how they are packed. Each: method, pixels (Uint16Array, RGBA), flip or null. */
async function unpack(number) {
  if (document.readyState === "loading" && !document.getElementById(`crop-${number + 1}`))
    await new Promise((resolve) => document.addEventListener("DOMContentLoaded", resolve, { once: true }));
  const text = atob(document.getElementById(`crop-${number}`).textContent);
  const packed = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const crop = values.crops[number];
  let at = 0;
  const next = (count) => bytes.subarray(at, (at += count));
  return crop.images.map((image) => {
    const width = crop.width / image.step, height = crop.height / image.step;
    const plane = () => unpredicted16(next(width * height), next(width * height), width, height);
    const green = plane(), red = plane(), blue = plane(), alpha = image.alpha ? plane() : null;
    const pixels = new Uint16Array(4 * crop.width * crop.height);
    for (let y = 0, to = 0; y < crop.height; y++)
      for (let x = 0; x < crop.width; x++, to += 4) {
        const from = Math.floor(y / image.step) * width + Math.floor(x / image.step);
        pixels[to] = half(green[from] + red[from]);
        pixels[to + 1] = half(green[from]);
        pixels[to + 2] = half(green[from] + blue[from]);
        pixels[to + 3] = alpha ? half(alpha[from]) : 0x3c00;
      }
    const flip = image.flip === null ? null : unpredicted(next(crop.width * crop.height), crop.width, crop.height, 0xff);
    return { method: image.method, mean: image.flip, pixels, flip };
  });
}

function unpredicted16(low, high, width, height) {
  const folded = new Uint16Array(low.length);
  for (let i = 0; i < low.length; i++) {
    const value = low[i] | (high[i] << 8);
    folded[i] = (value >>> 1) ^ -(value & 1);
  }
  return unpredicted(folded, width, height, 0xffff);
}

/** Adds back what the median edge detector predicted; in place. */
function unpredicted(plane, width, height, mask) {
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const left = x ? plane[i - 1] : 0, above = y ? plane[i - width] : 0, corner = x && y ? plane[i - width - 1] : 0;
      const low = Math.min(left, above), high = Math.max(left, above);
      plane[i] = (plane[i] + Math.min(Math.max(left + above - corner, low), high)) & mask;
    }
  return plane;
}

/** The bits of a half by its number in their order. */
function half(ordered) {
  return (ordered & 0x8000 ? ordered & 0x7fff : ~ordered) & 0xffff;
}

function number(bits) {
  const sign = bits & 0x8000 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
}

/** For the screen: NaN as black, infinities as the largest half. */
function finite(pixels) {
  return pixels.map((bits) => ((bits & 0x7c00) !== 0x7c00 ? bits : bits & 0x03ff ? 0 : (bits & 0x8000) | 0x7bff));
}
