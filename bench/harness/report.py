"""Tables for people (Markdown that lines up in a terminal too) and facts about the host for the JSON file."""

import os
import platform
import statistics


def median(values):
    return statistics.median(values)


def table(columns, rows):
    """Columns are (title, key, format); a row is a dict. Missing values stay empty."""
    def cell(row, key, form):
        value = row.get(key)
        return "" if value is None else format(value, form)

    cells = [[title for title, _, _ in columns]]
    cells += [[cell(row, key, form) for _, key, form in columns] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
    is_number = [any(isinstance(row.get(key), (int, float)) for row in rows) for _, key, _ in columns]

    def line_of(line):
        padded = [text.rjust(width) if number else text.ljust(width)
                  for text, width, number in zip(line, widths, is_number)]
        return "| " + " | ".join(padded) + " |"

    rule = ["-" * (width - 1) + (":" if number else "-") for width, number in zip(widths, is_number)]
    return "\n".join([line_of(cells[0]), "| " + " | ".join(rule) + " |"] + [line_of(x) for x in cells[1:]])


def verdict(is_reached):
    return "ok" if is_reached else "short of"


def claim(what, value, target, note=""):
    """A row of claims(): a figure that is to be no more than its target."""
    return {"what": what, "value": value, "target": target, "verdict": verdict(value <= target), "note": note}


def claims(rows):
    return table([("What", "what", ""), ("Larder", "value", ",.3f"), ("Target", "target", ",.2f"), ("", "verdict", ""),
                  ("Note", "note", "")], rows)


def host():
    return {
        "cpu": _cpu_model(),
        "cpus": len(os.sched_getaffinity(0)),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "kernel": platform.release(),
        "system": _system(),
        "load_average_before": os.getloadavg()[0],
    }


def _cpu_model():
    with open("/proc/cpuinfo", encoding="utf-8") as facts:
        for line in facts:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def _system():
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    except OSError:
        return "Linux"
