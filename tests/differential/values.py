"""Values for arguments, by the names that these have: small, so that commands meet what others left.

What commands do must not depend on the millisecond in which they run: times to live are long.
"""

# Where the keys of a group lie, and one key of each type for all groups to stumble over.
KEYS_PER_GROUP = 6
STRANGERS = ["string:0", "list:0", "set:0", "hash:0", "sorted-set:0", "stream:0"]
KEYS_OF = {"bitmap": "string", "geo": "sorted-set", "generic": None}
GROUPS_WITH_KEYS = ["string", "list", "set", "hash", "sorted-set", "stream", "hyperloglog"]

INTEGERS = [0, 1, -1, 2, 7, 10, -10, 63, 64, 127, 128, 255, 256, 32767, 32768, 65536, -129, -32769, 2**31 - 1, 2**31,
            -2**31, 2**32, 2**53, 2**63 - 1, -2**63]
DOUBLES = ["0", "1", "-1", "0.5", "-0.25", "3.0", "1.5", "10", "1e3", "1e-3", "100.125", "-7.75", "1e20", "inf",
           "-inf", "+inf", "-0"]
POSITIONS = [0, 0, 1, 2, 3, 5, 8, 13, 40, 200, -1, -1, -2, -3, -5, -40, -200]
WORDS = ["a", "b", "c", "d", "e", "aa", "ab", "b:1", "B", "zz", "", "0x", "1a", "\x00", "\xc3\xa9", "\xff\xfe",
         "\x80", "\xc0", "with space", "m" * 63, "m" * 64, "m" * 65, "n" * 300]
LEX_BOUNDS = ["-", "+", "[a", "(a", "[b", "(c", "[aa", "(zz", "[", "("]
SCORE_BOUNDS = ["-inf", "+inf", "0", "1", "(1", "(0.5", "10", "(10", "-1", "100", "(100.125", "(-inf", "1e3"]
IDS = ["0", "0-1", "1", "1-1", "1-2", "2-1", "2", "3-0", "3-3", "5", "7-7", "9", "10-1"]
FAR_SECONDS = [2000000000, 3000000000, 4000000000, 33177117420]
PLACES = [("0", "0"), ("13.361389", "38.115556"), ("15.087269", "37.502669"), ("-122.4", "37.7"), ("180", "85"),
          ("-180", "-85.05"), ("13.4", "38.1"), ("2.35", "48.85"), ("2.36", "48.86"), ("139.7", "35.68")]


class Values:
    """Draws values of arguments for the commands of one group."""

    def __init__(self, random, group):
        self.random = random
        self.group = group
        chosen = KEYS_OF.get(group, group)
        own = [chosen] if chosen else GROUPS_WITH_KEYS
        self.keys = [f"{prefix}:{number}" for prefix in own for number in range(KEYS_PER_GROUP)]

    def key(self):
        return self._choose(STRANGERS if self.random.random() < 0.04 else self.keys)

    def draw(self, command, argument):
        by_name = getattr(self, "_" + argument.name.replace("-", "_"), None)
        if argument.type == "key":
            return self.key()
        if by_name:
            return by_name(command)
        return self._by_type(argument.type)

    def word(self):
        kind = self.random.randrange(10)
        if kind < 5:
            return self._choose(WORDS[:14])
        if kind < 8:
            return self.random.randint(-20, 200)
        return self._choose(INTEGERS) if kind == 8 else self._choose(WORDS)

    def _choose(self, options):
        return self.random.choice(options)

    def _by_type(self, kind):
        if kind == "integer":
            return self._choose(INTEGERS) if self.random.random() < 0.2 else self.random.randint(-20, 200)
        if kind == "double":
            return self._choose(DOUBLES)
        if kind == "pattern":
            return self._choose(["*", "a*", "?", "[a-c]*", "*1*", "nothing", "\\*"])
        if kind == "unix-time":
            return self._choose(FAR_SECONDS)
        return self.word()

    # --- what SORT looks up for each element
    def _by_pattern(self, _):
        return self._choose(["nothing", "string:*", "string:*", "hash:*->a", "hash:*->b", "*", "list:*", "#"])

    def _get_pattern(self, _):
        return self._choose(["#", "#", "string:*", "hash:*->a", "hash:*->1", "fixed", "hash:*->"])

    # --- counts and positions
    def _small(self, _):
        return self._choose([0, 1, 1, 2, 3, 5, 10, 100, 1000, -1, -2, -5])

    _count = _num_matches = _limit = _len = _small

    def _offset(self, command):
        return self._choose([0, 1, 6, 7, 8, 31, 64, 100, 1000]) if command.group in ("bitmap", "string") else \
            self._small(command)

    def _index(self, _):
        return self._choose(POSITIONS)

    def _rank(self, _):
        return self._choose([1, 2, 3, -1, -2, 0])

    def _cursor(self, _):
        return 0

    def _destination_db(self, _):
        return self._choose([0, 0, 1])

    _db = _destination_db

    # --- ranges: of positions, scores, texts or ids
    def _bound(self, command):
        name = command.name
        if command.group == "stream":
            return self._choose([*IDS, "-", "+", "(1-1"])
        if "LEX" in name:
            return self._choose(LEX_BOUNDS)
        if "SCORE" in name or name in ("ZCOUNT",):
            return self._choose(SCORE_BOUNDS)
        if name in ("ZRANGE", "ZRANGESTORE"):
            return self._choose(self._choose([POSITIONS, POSITIONS, SCORE_BOUNDS, LEX_BOUNDS]))
        return self._choose(POSITIONS)

    _start = _stop = _end = _min = _max = _bound

    # --- numbers and texts
    def _value(self, command):
        if command.name == "SETBIT":
            return self._choose([0, 1])
        if command.name == "BITFIELD":  # redis-server takes the least integers for overflows to the other side
            return self._choose([number for number in INTEGERS if number > -2**63])
        if self.random.random() < 0.3:
            return self._choose(DOUBLES)
        return self.word()

    def _increment(self, command):
        is_double = "FLOAT" in command.name or command.name == "ZINCRBY"
        return self._choose(DOUBLES) if is_double else self._by_type("integer")

    def _bit(self, _):
        return self._choose([0, 1])

    def _score(self, _):
        return self._choose(DOUBLES) if self.random.random() < 0.4 else self.random.randint(-10, 10)

    def _weight(self, _):
        return self._choose(["1", "2", "-1", "0", "0.5", "1e3"])

    def _encoding(self, _):
        return self._choose(["u", "i"]) + str(self._choose([1, 2, 5, 8, 16, 31, 32, 63]))

    def _type(self, _):
        return self._choose(["string", "list", "set", "zset", "hash", "stream"])

    # --- times
    def _seconds(self, _):
        return self.random.randint(1000, 100000)

    def _milliseconds(self, _):
        return self.random.randint(1000000, 90000000)

    def _unix_time_seconds(self, _):
        return self._choose([*FAR_SECONDS, 1])

    def _unix_time_milliseconds(self, _):
        return self._choose([*(seconds * 1000 + 7 for seconds in FAR_SECONDS), 1])

    def _timeout(self, _):
        return self._choose(["0.01", "0.02", "1", "0"])

    # --- places
    def _longitude(self, _):
        return self._choose(PLACES)[0]

    def _latitude(self, _):
        return self._choose(PLACES)[1]

    def _radius(self, _):
        return self._choose(["0", "1", "200", "2000.5", "20000", "1e7"])

    _width = _height = _radius

    # --- streams
    def _id(self, command):
        if command.name == "XADD":
            return f"{self.random.randint(1, 60)}-{self._choose(['*', '0', '1', '2', '3'])}"
        special = {"XREADGROUP": [">", ">"], "XREAD": ["$"]}.get(command.name, [])
        return self._choose([*IDS, *special])

    def _lastid(self, _):
        return self._choose(IDS)

    _max_deleted_id = _lastid

    def _last_id(self, _):
        return self._choose(["100-1", "101"])

    def _threshold(self, _):
        return self._choose([*IDS, "100", "20"])

    def _entries_read(self, _):
        return self._choose([-1, 0, 1, 2, 5, 100])

    _entries_added = _entries_read

    def _min_idle_time(self, _):
        return self._choose([0, 0, 100000000])

    _ms = _min_idle_time

    def _group(self, _):
        return self._choose(["g", "h"])

    def _consumer(self, _):
        return self._choose(["alice", "bob"])
