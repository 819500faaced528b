// One method's image as display codes, pixel for pixel: exposure, channel, the display transform, maps.
uniform sampler2D image, truth, flip, magma;
uniform float gain;
uniform int channel;  // 0 RGB, 1 to 3 one of them, 4 alpha
uniform int map;  // 0 none, 1 error, 2 FLIP
out vec4 shown;

const float HALF_MAX = 65504.0;

vec3 codes(vec4 pixel) {
  if (channel == 4) return clamp(pixel.aaa, 0.0, 1.0);
  vec3 light = clamp(pixel.rgb * gain, -HALF_MAX, HALF_MAX);
  if (channel > 0) light = vec3(light[channel - 1]);
  return clamp(display(vec4(light, 1.0)).rgb, 0.0, 1.0);
}

void main() {
  ivec2 place = ivec2(gl_FragCoord.xy);
  vec3 found = codes(texelFetch(image, place, 0));
  if (map == 1) found = 4.0 * abs(found - codes(texelFetch(truth, place, 0)));
  if (map == 2) found = texelFetch(magma, ivec2(round(255.0 * texelFetch(flip, place, 0).r), 0), 0).rgb;
  shown = vec4(found, 1.0);
}
