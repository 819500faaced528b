const VERTEX = `#version 300 es
void main() { gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0); }`;
const HEAD = "#version 300 es\nprecision highp float;\nprecision highp int;\nprecision highp sampler2D;\n";

/** What the canvas shows. Images are developed at their own size, once a change of view, then placed on the canvas. */
class Picture {
  constructor(canvas) {
    this.gl = canvas.getContext("webgl2", { alpha: false, antialias: false, depth: false });
    if (!this.gl) throw new Error("The viewer needs WebGL 2, which this browser has not or has switched off.");
    const { function: name, text, tables } = values.display;
    this.develop = this.program(`${text}\n${name === "display" ? "" : `#define display ${name}\n`}` + source("develop"));
    this.place = this.program(source("place"));
    const { RED, RGB, R32F, RGB32F, FLOAT, RGB8, UNSIGNED_BYTE } = this.gl;
    this.shared = Object.fromEntries(tables.map((table) => [table.name, table.channels === 1
      ? this.texture(table.width, table.height, R32F, RED, FLOAT, new Float32Array(table.values))
      : this.texture(table.width, table.height, RGB32F, RGB, FLOAT, new Float32Array(table.values))]));
    this.shared.magma = this.texture(256, 1, RGB8, RGB, UNSIGNED_BYTE, ramp(values.magma));
    this.nothing = this.texture(1, 1, this.gl.R8, RED, UNSIGNED_BYTE, new Uint8Array(1));
    this.images = [];
    this.developed = [];
    this.target = this.gl.createFramebuffer();
  }

  /** Takes a crop's images in place of those of the one before. */
  load(images, width, height) {
    const gl = this.gl;
    for (const { pixels, flip } of this.images) [pixels, flip].forEach((texture) => gl.deleteTexture(texture));
    this.developed.forEach(({ texture }) => gl.deleteTexture(texture));
    this.images = images.map(({ method, pixels, flip }) => ({
      method,
      pixels: this.texture(width, height, gl.RGBA16F, gl.RGBA, gl.HALF_FLOAT, finite(pixels)),
      flip: flip && this.texture(width, height, gl.R8, gl.RED, gl.UNSIGNED_BYTE, flip),
    }));
    this.developed = [0, 1].map(() => ({ texture: this.texture(width, height, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, null) }));
    this.size = [width, height];
  }

  /** view: a, b (numbers of images), exposure, channel, map, origin, zoom, line (canvas pixels). */
  draw(view) {
    const gl = this.gl;
    [view.a, view.b].forEach((image, side) => this.renew(this.developed[side], image, view));
    gl.bindFramebuffer(gl.FRAMEBUFFER, null);
    gl.viewport(0, 0, gl.canvas.width, gl.canvas.height);
    const [a, b] = this.developed.map(({ texture }) => texture);
    const at = this.use(this.place, { a, b });
    gl.uniform2f(at("origin"), ...view.origin);
    gl.uniform1f(at("zoom"), view.zoom);
    gl.uniform1f(at("line"), view.line);
    gl.uniform1f(at("height"), gl.canvas.height);
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  renew(developed, number, { exposure, channel, map }) {
    const key = [number, exposure, channel, map].join();
    if (developed.key === key) return;
    developed.key = key;
    const gl = this.gl, image = this.images[number];
    const truth = this.images.find(({ method }) => method === values.truth) ?? image;
    gl.bindFramebuffer(gl.FRAMEBUFFER, this.target);
    gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, developed.texture, 0);
    gl.viewport(0, 0, ...this.size);
    const textures = { image: image.pixels, truth: truth.pixels, flip: image.flip ?? this.nothing, ...this.shared };
    const at = this.use(this.develop, textures);
    gl.uniform1f(at("gain"), 2 ** exposure);
    gl.uniform1i(at("channel"), CHANNELS.indexOf(channel));
    gl.uniform1i(at("map"), MAPS.indexOf(map));
    gl.drawArrays(gl.TRIANGLES, 0, 3);
  }

  use(program, textures) {
    const gl = this.gl, at = (name) => gl.getUniformLocation(program, name);
    gl.useProgram(program);
    Object.entries(textures).forEach(([name, texture], unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, texture);
      gl.uniform1i(at(name), unit);
    });
    return at;
  }

  program(fragment) {
    const gl = this.gl, program = gl.createProgram();
    for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, HEAD + fragment]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, text);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS) && !gl.isContextLost()) {
      const told = gl.getAttachedShaders(program).map((shader) => gl.getShaderInfoLog(shader)).join(" ");
      throw new Error(`This graphics driver does not take the viewer's shaders: ${told}`);
    }
    return program;
  }

  texture(width, height, internal, format, type, pixels) {
    const gl = this.gl, texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texImage2D(gl.TEXTURE_2D, 0, internal, width, height, 0, format, type, pixels);
    for (const side of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, side, gl.NEAREST);
    for (const side of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, side, gl.CLAMP_TO_EDGE);
    return texture;
  }
}

const CHANNELS = ["RGB", "R", "G", "B", "A"], MAPS = ["none", "error", "FLIP"];

function source(id) {
  return document.getElementById(id).textContent;
}

/** 256 colours, R G B, between those given as #rrggbb at equal distances. */
function ramp(colours) {
  const parts = colours.map((colour) => [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16)));
  return Uint8Array.from({ length: 768 }, (_, i) => {
    const place = (Math.floor(i / 3) / 255) * (parts.length - 1), low = Math.min(Math.floor(place), parts.length - 2);
    return Math.round(parts[low][i % 3] + (place - low) * (parts[low + 1][i % 3] - parts[low][i % 3]));
  });
}
