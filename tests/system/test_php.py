"""PHP's two clients, the extension php-redis and Predis: each check is a function of a program in php/."""

import os
import pathlib
import subprocess
import unittest

from support.case import ServerCase

HERE = pathlib.Path(__file__).parent / "php"


class Php(ServerCase):
    settings = {"unixsocket": "s.sock"}

    def check(self, program, name):
        environment = os.environ | {
            "LARDER_PORT": str(self.server.port), "LARDER_SOCKET": str(self.server.folder / "s.sock")}
        run = subprocess.run(
            ["php", HERE / program, name], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=60, check=False)
        self.assertEqual(run.returncode, 0, f"{program} {name}: {run.stdout}{run.stderr}")


def add_check(program, name):
    def test(self):
        self.check(program, name)

    setattr(Php, f"test_{pathlib.Path(program).stem}_{name}", test)


for program, names in {
    "phpredis.php": ("values", "many", "transactions", "serialized", "sessions", "messages"),
    "predis.php": ("values", "many", "transactions", "messages"),
}.items():
    for name in names:
        add_check(program, name)


if __name__ == "__main__":
    unittest.main()
