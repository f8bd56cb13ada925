"""How replies are compared, and the short list of differences from redis-server 7.0 that are meant."""

from support import resp

# Two servers run a command at different instants.
TIME_SLACK_S = 2
TIMES_PER_S = {b"TTL": 1, b"EXPIRETIME": 1, b"PTTL": 1000, b"PEXPIRETIME": 1000}
ANY_ORDER = {b"KEYS", b"SMEMBERS", b"SINTER", b"SUNION", b"SDIFF", b"HKEYS", b"HVALS"}
ANY_ORDER_OF_PAIRS = {b"HGETALL"}
TAKING_MEMBERS = {b"TTL", b"PTTL", b"EXPIRETIME", b"PEXPIRETIME", b"PERSIST"}  # Larder's do
SCANS = {b"SSCAN": 1, b"HSCAN": 2, b"ZSCAN": 2}  # and how many elements belong together
BY_CHANCE = {b"SPOP", b"SRANDMEMBER", b"HRANDFIELD", b"ZRANDMEMBER", b"RANDOMKEY"}
PLACES = {b"GEORADIUS", b"GEORADIUS_RO", b"GEORADIUSBYMEMBER", b"GEORADIUSBYMEMBER_RO", b"GEOSEARCH"}

# What Redis 7.2 and Valkey 8 pack too, and what 7.0 calls it. What is made of many arguments they do not pack, be they
# the same ones. SORT makes redis-server unpack the sorted set that it reads.
OTHER_ENCODINGS = [
    (b"listpack", b"hashtable"), (b"listpack", b"quicklist"), (b"skiplist", b"listpack"), (b"listpack", b"skiplist")]

# Beginnings of errors that newer servers put in other words, or find later.
OTHER_WORDS = [
    (b"ERR timeout is out of range", b"ERR timeout is negative"),
    (b"ERR Unbalanced 'xread", b"ERR Unbalanced XREAD"),
    (b"ERR The ID specified in XADD is equal", b"ERR Elements are too large"),
    (b"ERR The ID specified in XSETID", b"ERR The ID specified in XSETID"),
    (b"ERR syntax error", b"ERR wrong number of arguments for 'zrank' command"),  # since WITHSCORE
    (b"ERR syntax error", b"ERR wrong number of arguments for 'zrevrank' command"),
]

# Fields of XINFO that tell how a stream is kept, or a time.
UNCOMPARED_FIELDS = {b"radix-tree-keys", b"radix-tree-nodes", b"idle", b"inactive", b"seen-time", b"active-time"}

THIS_CENTURY_MS = range(1_600_000_000_000, 4_000_000_000_000)


def is_meant(command, larder, redis):
    """Whether a reply differs from redis-server 7.0's because newer servers do so too."""
    name = command[0].upper()
    is_refused = isinstance(larder, resp.Error)
    if name in (b"BITCOUNT", b"BITPOS") and is_refused and (isinstance(redis, int) or redis.startswith(b"WRONGTYPE")):
        return True  # newer ones read all arguments before they look for the key
    if name == b"BITCOUNT" and len(command) == 3 and redis == resp.Error(b"ERR syntax error"):
        return True  # newer ones take a start without an end
    if name == b"BITCOUNT" and is_refused and isinstance(redis, resp.Error):
        return len(command) == 5  # newer ones read the unit before the end
    if name == b"SCAN" and is_refused and larder.startswith(b"ERR unknown type name"):
        return True  # older ones find nothing
    if name in TAKING_MEMBERS and len(command) == 3:
        return isinstance(redis, resp.Error)
    if name.startswith(b"X") and _is_meant_of_streams(name, command, larder, redis):
        return True
    if is_refused and isinstance(redis, resp.Error) and any(b"\0" in argument for argument in command):
        if larder[:20] == redis[:20]:
            return True  # what redis-server quotes ends at its first zero byte
    if larder == b"ERR invalid cursor" and is_refused:
        return True  # newer ones read cursors strictly
    if is_refused and isinstance(redis, resp.Error):
        return any(larder.startswith(ours) and redis.startswith(theirs) for ours, theirs in OTHER_WORDS)
    return isinstance(larder, bytes) and (larder, redis) in OTHER_ENCODINGS


def _is_meant_of_streams(name, command, larder, redis):
    if name in (b"XREAD", b"XREADGROUP") and b"+" in command:
        return True  # newer ones have the id "+"
    if name == b"XGROUP" and (larder, redis) == (0, 1):
        return command[1].upper() == b"CREATECONSUMER"  # newer ones made it when it first asked
    return name == b"XSETID" and isinstance(larder, resp.Error) and b"max_deleted" in larder  # newer ones ask for that


def same(command, larder, redis, kind=None, lag_s=0):
    """Whether replies say the same; `kind` is the type of the command's key, where it is known, and `lag_s` how far
    apart the servers may have run a command that set a time."""
    if larder == redis and type(larder) is type(redis):
        return True
    if type(larder) is not type(redis) or isinstance(larder, resp.Error):
        return False
    name = command[0].upper()
    if name in TIMES_PER_S and isinstance(larder, int):
        slack = (TIME_SLACK_S + lag_s) * TIMES_PER_S[name]
        return abs(larder - redis) <= slack and (larder < 0) == (redis < 0)
    if name == b"DBSIZE" and isinstance(larder, int):  # redis-server counts expired keys that it has not met yet
        return larder <= redis
    if name in BY_CHANCE:
        return not isinstance(larder, list) or len(larder) == len(redis)
    if isinstance(larder, list) and name in (b"SORT", b"SORT_RO"):
        return _same_sorted(command[2:], larder, redis, kind)
    if isinstance(larder, list):
        return _same_lists(name, command, larder, redis)
    return _same_number(larder, redis)


def _same_lists(name, command, larder, redis):
    if name in ANY_ORDER:
        return sorted(larder) == sorted(redis)
    if name in ANY_ORDER_OF_PAIRS:
        return _chunks(larder, 2) == _chunks(redis, 2)
    if name in SCANS:
        if larder[0] != b"0" or redis[0] != b"0":
            return True  # only some of the elements
        found = [list(map(_plain_number, reply[1])) if name == b"ZSCAN" else reply[1] for reply in (larder, redis)]
        return _chunks(found[0], SCANS[name]) == _chunks(found[1], SCANS[name])
    if name in PLACES:
        return _same_places({word.upper() for word in command}, larder, redis)
    if name == b"XPENDING":
        larder, redis = _without_idle_times(larder), _without_idle_times(redis)
    if name == b"XINFO":
        larder, redis = _comparable_fields(larder), _comparable_fields(redis)
    return _alike(larder, redis)


def _same_places(words, larder, redis):
    """The order of places that are equally far is open, and so is which of them COUNT leaves out."""
    is_cut = b"COUNT" in words
    if len(larder) != len(redis) or b"ANY" in words:
        return len(larder) == len(redis)
    if b"WITHDIST" not in words or not words & {b"ASC", b"DESC", b"COUNT"}:
        return is_cut or _chunks(larder, 1) == _chunks(redis, 1)
    if [row[1] for row in larder] != [row[1] for row in redis]:
        return False
    farthest = redis[-1][1] if redis and is_cut else None
    larder, redis = ([row for row in rows if row[1] != farthest] for rows in (larder, redis))
    return _chunks(larder, 1) == _chunks(redis, 1)


def _same_sorted(options, larder, redis, kind):
    """The order is open among texts that are equal up to their first zero byte, and in a set that is not sorted."""
    words = [option.upper() for option in options]
    unsorted = any(word == b"BY" and b"*" not in options[at + 1] for at, word in enumerate(words[:-1]))
    is_open = kind == b"set" if unsorted else b"ALPHA" in words
    if not is_open:
        return False
    if b"LIMIT" in words:
        return len(larder) == len(redis)
    is_plain = not unsorted and not {b"BY", b"GET"} & set(words)
    if is_plain and [item.split(b"\0")[0] for item in larder] != [item.split(b"\0")[0] for item in redis]:
        return False
    columns = max(1, words.count(b"GET"))
    return _chunks(larder, columns) == _chunks(redis, columns)


def _chunks(items, size):
    if isinstance(items, resp.Map) or size == 1:
        return sorted(map(repr, items))
    return sorted(repr(items[at:at + size]) for at in range(0, len(items), size))


def _alike(larder, redis):
    """Equal but for the text of numbers: newer servers print the shortest one, 8.7 and not 8.6999999999999993."""
    if isinstance(larder, (list, tuple)) and isinstance(redis, (list, tuple)):
        return len(larder) == len(redis) and all(map(_alike, larder, redis))
    return larder == redis or _same_number(larder, redis)


def _plain_number(text):
    """Only redis-server's skiplists know the negative zero, and SORT makes it one of what it reads."""
    try:
        return float(text) + 0.0
    except ValueError:
        return text


def _same_number(larder, redis):
    try:
        return isinstance(larder, bytes) and isinstance(redis, bytes) and float(larder) == float(redis)
    except ValueError:
        return False


def _without_idle_times(reply):
    return [entry[:2] + entry[3:] if isinstance(entry, list) and len(entry) == 4 else entry for entry in reply]


def _comparable_fields(reply):
    if isinstance(reply, resp.Map):
        reply = [item for pair in reply for item in pair]
    if isinstance(reply, int) and reply in THIS_CENTURY_MS:
        return "when it was delivered"
    if not isinstance(reply, list):
        return reply
    kept, items = [], iter(reply)
    for item in items:
        if isinstance(item, bytes) and item in UNCOMPARED_FIELDS:
            next(items, None)
        elif item == b"consumers" and b"entries" not in reply:
            item = next(items, None)
            kept.append(_comparable_fields(item) if isinstance(item, list) else None)
        else:
            kept.append(_comparable_fields(item))
    return [item for item in kept if not _is_idle_consumer(item)]


def _is_idle_consumer(fields):
    """Of one that nothing is pending for: newer servers make it when it first asks, 7.0 when it first gets something."""
    return isinstance(fields, list) and fields[:1] == [b"name"] and fields[2:4] in ([b"pending", 0], [b"pel-count", 0])
