"""Runs larder-load against a server and reads its result."""

import json
import subprocess


class LoadFailure(Exception):
    """The load could not run."""


class ErrorReplies(LoadFailure):
    """The server answered with errors, such as for a command it does not know."""


class Load:
    """larder-load, which never sleeps where it has a CPU of its own."""

    def __init__(self, program, place):
        self._program = program
        self._place = place

    def run(self, server, mode, commands, over="unix", **options):
        """`options` are larder-load's, with _ for -; returns its JSON object."""
        arguments = [self._program, mode, "--server-pid", str(server.pid)]
        if over == "unix":
            arguments += ["--unix", server.unix_path]
        else:
            arguments += ["--port", str(server.port)]
        if self._place.cpu is not None:
            arguments.append("--poll")
        for command in commands:
            arguments += ["--command", command]
        for name, value in options.items():
            option = "--" + name.replace("_", "-")
            if value is True:
                arguments.append(option)
                continue
            for item in value if isinstance(value, (list, tuple)) else [value]:
                arguments += [option, str(item)]
        try:
            done = subprocess.run(arguments, capture_output=True, text=True, check=False,
                                  preexec_fn=self._place.enter)
        except FileNotFoundError as error:
            raise LoadFailure(f"{self._program} is not there: scripts/build release makes it") from error
        if done.returncode != 0:
            raise LoadFailure(done.stderr.strip() or f"larder-load ended with {done.returncode}")
        result = json.loads(done.stdout)
        if result["errors"]:
            raise ErrorReplies(f"{server.label} answered: {result['first_error']}")
        return result

    def fill(self, server, commands, count, **options):
        """Sends `count` commands whose keys follow one another."""
        return self.run(server, "closed", commands, connections=1, pipeline=64, requests=count,
                        keys=count, distribution="sequential", **options)
