"""Check components/static/tokens.css: contrast of every text/background pair (WCAG 2.2), and how far apart model
colours stay for colour-blind readers.

Writes contrast.md beside itself; exits 1 if a pair fails or the two dark blocks differ. `--check` writes nothing and
also exits 1 when contrast.md is not what it would write.
"""
import math
import re
import sys
from itertools import combinations
from pathlib import Path

HERE = Path(__file__).resolve().parent
CSS = (HERE.parents[1] / "components" / "static" / "tokens.css").read_text()

AA, NON_TEXT = 4.5, 3.0
SURFACES = ["paper", "chrome", "raised"]
TEXT = (
    [(ink, s) for ink in ("ink", "ink-2", "ink-3") for s in (*SURFACES, "sunken", "hover", "selected")]
    + [("accent", s) for s in (*SURFACES, "sunken", "hover", "accent-tint", "selected")]
    + [("accent-hover", s) for s in SURFACES]
    + [("on-accent", "accent"), ("on-accent", "accent-hover"), ("on-fill", "fill"), ("on-fill", "fill-hover")]
    + [(i, s) for i in ("ink", "ink-2", "ink-3") for s in ("accent-tint", "since-bg", "anchor-bg")]
    + [("ink", s) for s in ("hit-bg", "select-bg", "accent-tint-2", "row-ins", "row-del", "ins-bg", "mov-bg")]
    + [(f"{c}-ink", s) for c in ("green", "red", "amber", "violet") for s in (*SURFACES, "hover", f"{c}-tint")]
    + [("ink", f"{c}-tint") for c in ("green", "red", "amber", "violet")]
    + [("ink-2", f"{c}-tint") for c in ("green", "red", "amber", "violet")]
    + [("ins-ink", s) for s in ("ins-bg", "row-ins", "paper")]
    + [("del-ink", s) for s in ("del-bg", "row-del", "paper", "raised")]
    + [("mov-ink", s) for s in ("mov-bg", "paper", "raised")]
    + [("fmt-ink", s) for s in ("paper", "raised")]
    + [(f"m-{m}-on", f"m-{m}") for m in ("copyeditor", "claude", "gpt", "gemini", "other")]
    + [(f"m-{m}", s) for m in ("copyeditor", "claude", "gpt", "gemini", "other") for s in ("paper", "raised", f"m-{m}-tint")]
    + [("ink", f"m-{m}-tint") for m in ("copyeditor", "claude", "gpt", "gemini", "other")]
    + [(f"code-{c}", "sunken") for c in ("ink", "key", "str", "num", "com")]
)
SHAPES = (
    [("control", s) for s in SURFACES] + [("focus", s) for s in (*SURFACES, "sunken", "selected", "accent-tint")]
    + [(m, "paper") for m in ("ins-mark", "del-mark", "mov-mark", "fmt-mark", "gutter-unsaved", "gutter-saved")]
)
MODELS = ["copyeditor", "claude", "gpt", "gemini", "other"]
CVD = {  # Machado, Oliveira, Fernandes 2009, severity 1.0
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def block(pattern):
    return re.search(pattern, CSS, re.S).group(1)


def declared(text):
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", text))


def linear(hex_colour):
    channels = [int(hex_colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def luminance(hex_colour):
    r, g, b = linear(hex_colour)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def ratio(a, b):
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def oklab(rgb):
    r, g, b = (min(1, max(0, c)) for c in rgb)
    l, m, s = (x ** (1 / 3) for x in (
        0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b,
        0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b,
        0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b))
    return (0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
            1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
            0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s)


def seen(hex_colour, matrix):
    rgb = linear(hex_colour)
    return oklab([sum(k * c for k, c in zip(row, rgb)) for row in matrix])


def main():
    light = declared(block(r":root \{\n  color-scheme: light;(.*?)\n\}"))
    auto = declared(block(r'not\(\[data-theme="light"\]\) \{(.*?)\n  \}'))
    forced = declared(block(r'\n\[data-theme="dark"\] \{(.*?)\n\}'))
    failures = [] if auto == forced else ["the two dark blocks differ"]
    themes = {"light": light, "dark": {**light, **auto}}
    out = ["# Contrast of the tokens", "", "Computed by `contrast.py` from `components/static/tokens.css`. Text needs 4.5, shapes and focus need 3.0.", ""]
    for title, pairs, least in (("Text", TEXT, AA), ("Shapes, control outlines, focus, marks", SHAPES, NON_TEXT)):
        out += [f"## {title} (at least {least})", "", "| foreground | background | light | dark |", "|---|---|---:|---:|"]
        for fore, back in pairs:
            got = {name: ratio(t[fore], t[back]) for name, t in themes.items()}
            out.append(f"| `{fore}` | `{back}` | {got['light']:.2f} | {got['dark']:.2f} |")
            failures += [f"{name}: {fore} on {back} {r:.2f} < {least}" for name, r in got.items() if r < least]
        out.append("")
    out += ["## Models: least difference between two badges (OKLab, x100; 2 is just noticeable)", "", "| vision | light | nearest pair | dark | nearest pair |", "|---|---:|---|---:|---|"]
    for vision, matrix in CVD.items():
        cells = []
        for t in themes.values():
            d, a, b = min((math.dist(seen(t[f"m-{a}"], matrix), seen(t[f"m-{b}"], matrix)) * 100, a, b) for a, b in combinations(MODELS, 2))
            cells += [f"{d:.1f}", f"{a} / {b}"]
            if d < 6:
                failures.append(f"{vision}: {a} and {b} differ by {d:.1f} < 6")
        out.append(f"| {vision} | {' | '.join(cells)} |")
    out += ["", "## Insert against delete, same measure", "", "| vision | light | dark |", "|---|---:|---:|"]
    for vision, matrix in CVD.items():
        d = [math.dist(seen(t["ins-mark"], matrix), seen(t["del-mark"], matrix)) * 100 for t in themes.values()]
        out.append(f"| {vision} | {d[0]:.1f} | {d[1]:.1f} |")
    lowest = {n: min((ratio(t[f], t[b]), f, b) for f, b in TEXT) for n, t in themes.items()}
    out += ["", f"Lowest text pair: light {lowest['light'][0]:.2f} ({lowest['light'][1]} on {lowest['light'][2]}), dark {lowest['dark'][0]:.2f} ({lowest['dark'][1]} on {lowest['dark'][2]}). "
            f"{len(TEXT)} text pairs and {len(SHAPES)} shape pairs, each in two themes; {len(failures)} fail.", ""]
    table = HERE / "contrast.md"
    if "--check" not in sys.argv:
        table.write_text("\n".join(out))
    elif table.read_text() != "\n".join(out):
        failures.append("contrast.md is not up to date: run contrast.py")
    print(out[-2], *failures, sep="\n")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
