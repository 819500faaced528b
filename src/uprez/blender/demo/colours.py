"""Colours, linear and with Rec.709 primaries: conversions, whites by temperature, palettes."""

import colorsys
import math

Colour = tuple[float, float, float]


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """Linear colour from hue (turns, any number), saturation and value (0 to 1) as a colour picker shows them."""
    red, green, blue = colorsys.hsv_to_rgb(hue % 1.0, saturation, value)
    return red**2.2, green**2.2, blue**2.2


def scaled(colour: Colour, factor: float) -> Colour:
    """A colour times a factor, not clipped."""
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


def mixed(first: Colour, second: Colour, share: float) -> Colour:
    """`share` (0 to 1) of the second colour in the first."""
    red, green, blue = (a + (b - a) * share for a, b in zip(first, second, strict=True))
    return red, green, blue


def luminance(colour: Colour) -> float:
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def white(kelvin: float) -> Colour:
    """Light of a black body of 1500 to 15000 K against a 6500 K white, luminance 1 (fit by Tanner Helland, 2012)."""
    t = kelvin / 100
    red = 255.0 if t <= 66 else 329.7 * (t - 60) ** -0.1332
    green = 99.47 * math.log(t) - 161.12 if t <= 66 else 288.12 * (t - 60) ** -0.0755
    blue = 255.0 if t >= 66 else (0.0 if t <= 19 else 138.52 * math.log(t - 10) - 305.04)
    linear = [(min(max(channel, 0.0), 255.0) / 255) ** 2.2 for channel in (red, green, blue)]
    colour = (linear[0], linear[1], linear[2])
    return scaled(colour, 1 / luminance(colour))


HARMONIES: tuple[tuple[float, ...], ...] = (
    (0.0, 0.04, 0.5, 0.54),
    (0.0, 0.33, 0.67),
    (0.0, 0.06, 0.12, 0.6),
    (0.0, 0.42, 0.58),
    (0.0, 0.25, 0.5, 0.75),
    (0.0, 0.08, -0.08),
)
"""Hues of a palette in turns from its first: complementary, triadic, accented, split, square, analogous."""
