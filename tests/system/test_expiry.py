"""Keys past their deadline leave memory by themselves, many at once as well as few."""

import unittest

from support.case import ServerCase, only_larder


class MassExpiry(ServerCase):
    @only_larder
    def test_keys_that_expire_together_are_gone_soon_after(self):
        keys = 300_000
        connection = self.connect()
        connection.send_raw(b"".join(b"SET key:%d x PX 1\r\n" % i for i in range(keys)))
        for _ in range(keys):
            connection.read()
        # One step of housekeeping each tick of the timer would take ten times as long.
        self.wait_until("all keys are gone", lambda: connection.call("DBSIZE") == 0, timeout_s=3)
        self.assertEqual(self.info("stats")["expired_keys"], str(keys))

    @only_larder
    def test_the_effort_changes_at_run_time(self):
        connection = self.connect()
        connection.call("CONFIG", "SET", "active-expire-effort", "10")
        self.assertEqual(connection.call("CONFIG", "GET", "active-expire-effort"), [b"active-expire-effort", b"10"])


if __name__ == "__main__":
    unittest.main()
