#!/usr/bin/env python3
"""Draws what scripts/bench eviction found as an SVG: for each cell, the hits in percent of each server and policy.

    bench/eviction/picture.py bench/results/2026-11-21-redis-7.0-eviction.json docs/pictures/eviction.svg
"""

import json
import pathlib
import sys

SERIES = (("peer allkeys-lru", "#b8b8b8"), ("peer allkeys-lfu", "#7f8fa6"), ("larder allkeys-lru", "#e1b12c"),
          ("larder allkeys-adaptive", "#c23616"))
LEFT, WIDTH, ROW, TOP = 250, 480, 22, 46


def dot(x, y, colour, name, hits):
    return f'<circle cx="{x:.1f}" cy="{y}" r="5" fill="{colour}"><title>{name}: {hits:.1f} %</title></circle>'


def draw(cells):
    height = TOP + ROW * len(cells) + 24
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDTH + 20}" height="{height}" '
             'font-family="sans-serif" font-size="12">', '<rect width="100%" height="100%" fill="white"/>']
    for at, (name, colour) in enumerate(SERIES):
        x = 12 + at * 175
        parts += [f'<circle cx="{x}" cy="14" r="5" fill="{colour}"/>', f'<text x="{x + 9}" y="18">{name}</text>']
    for percent in range(0, 101, 20):
        x = LEFT + WIDTH * percent / 100
        parts += [f'<line x1="{x}" y1="{TOP - 8}" x2="{x}" y2="{height - 22}" stroke="#ddd"/>',
                  f'<text x="{x}" y="{height - 6}" text-anchor="middle">{percent} %</text>']
    for row, cell in enumerate(cells):
        y = TOP + ROW * row + 6
        label = f'{cell["trace"]}, {cell["sizes"]}, {cell["megabytes"]:.1f} MB'
        parts.append(f'<text x="{LEFT - 10}" y="{y + 4}" text-anchor="end">{label}</text>')
        parts += [dot(LEFT + WIDTH * cell[name] / 100, y, colour, name, cell[name])
                  for name, colour in SERIES]
    return "\n".join([*parts, "</svg>"]) + "\n"


def main():
    source, target = map(pathlib.Path, sys.argv[1:])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(draw(json.loads(source.read_text())["groups"]["eviction"]["rows"]))


if __name__ == "__main__":
    main()
