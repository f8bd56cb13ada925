"""Runs clang-tidy (the list in .clang-tidy) over src/ and bench/, a process a core.

A file is skipped while neither it nor anything of ours that it includes has changed since it last passed: the hash of
all that is kept in build/tidy/. The includes are those that ninja noted when it built the preset.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
PASSED = TOP / "build/tidy"


def compiled_files(build):
    """Each of our sources with the object that ninja makes of it."""
    for entry in json.loads((build / "compile_commands.json").read_text()):
        source = pathlib.Path(entry["file"])
        if source.is_relative_to(TOP / "src") or source.is_relative_to(TOP / "bench"):
            yield source, re.search(r" -o (\S+)", entry["command"])[1]


def noted_includes(build):
    """The files in the tree that each object was made of."""
    printed = subprocess.run(["ninja", "-C", build, "-t", "deps"], check=True, capture_output=True, text=True).stdout
    includes, current = {}, []
    for line in printed.splitlines():
        if line.startswith("    "):
            path = (build / line.strip()).resolve()
            if path.is_relative_to(TOP) and not path.is_relative_to(TOP / "build"):
                current.append(path)
        elif ": #deps" in line:
            current = includes.setdefault(line.split(": #deps")[0], [])
    return includes


def fingerprint(paths):
    digest = hashlib.sha256()
    for path in [TOP / ".clang-tidy", *sorted(set(paths))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def check(tool, build, source, mark):
    """The complaints about one file, empty if there are none."""
    run = subprocess.run([tool, "-p", build, "--quiet", source], capture_output=True, text=True)
    if run.returncode == 0:
        (PASSED / mark).touch()
        return ""
    return run.stdout + "\n".join(l for l in run.stderr.splitlines() if "warnings generated" not in l)


def main():
    build = TOP / "build" / (sys.argv[1] if len(sys.argv) > 1 else "release")
    tool = shutil.which("clang-tidy-14") or shutil.which("clang-tidy") or sys.exit("clang-tidy is missing")
    PASSED.mkdir(parents=True, exist_ok=True)
    includes = noted_includes(build)
    due = []
    for source, output in compiled_files(build):
        mark = fingerprint([source, *includes.get(output, [])])
        if not (PASSED / mark).exists():
            due.append((source, mark))
    failed = False
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for complaint in filter(None, pool.map(lambda item: check(tool, build, *item), due)):
            print(complaint, flush=True)
            failed = True
    sys.exit(failed)


if __name__ == "__main__":
    main()
