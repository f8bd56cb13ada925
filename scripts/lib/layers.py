"""Holds every #include of src/ to the layers that docs/architecture.md lists: own module or a lower number."""

import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (\d+) \| ([a-z_, ]+) \|", re.MULTILINE)
INCLUDE = re.compile(r'^\s*#\s*include\s+"([a-z_]+)/', re.MULTILINE)


def read_layers():
    """The number of each module."""
    rows = ROW.findall((TOP / "docs/architecture.md").read_text())
    return {module.strip(): int(number) for number, modules in rows for module in modules.split(",")}


def violations(layers):
    for path in sorted((TOP / "src").rglob("*")):
        if path.suffix not in (".h", ".cc"):
            continue
        own = path.relative_to(TOP / "src").parts[0]
        if own not in layers:
            yield f"{path.relative_to(TOP)}: module {own} is not in the list of docs/architecture.md"
            continue
        for match in INCLUDE.finditer(text := path.read_text()):
            used = match.group(1)
            if used != own and used in layers and layers[used] >= layers[own]:
                line = text.count("\n", 0, match.start(1)) + 1
                yield (f"{path.relative_to(TOP)}:{line}: {own} (layer {layers[own]}) includes "
                       f"{used} (layer {layers[used]})")


def main():
    layers = read_layers()
    if not layers:
        sys.exit("docs/architecture.md has no list of layers")
    found = list(violations(layers))
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
