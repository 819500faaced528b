// Display codes of A and B on the canvas: whole pixels, enlarged without smoothing.
uniform sampler2D a, b;
uniform vec2 origin;  // of the crop's upper left corner, in canvas pixels from the upper left
uniform float zoom, line, height;
out vec4 shown;

void main() {
  vec2 place = vec2(gl_FragCoord.x, height - gl_FragCoord.y);
  ivec2 pixel = ivec2(floor((place - origin) / zoom));
  ivec2 size = textureSize(a, 0);
  if (any(lessThan(pixel, ivec2(0))) || any(greaterThanEqual(pixel, size))) shown = vec4(vec3(48.0 / 255.0), 1.0);
  else shown = place.x < line ? texelFetch(a, pixel, 0) : texelFetch(b, pixel, 0);
}
