"""Bencode: integers, bytes, lists, and dictionaries with bytes as keys."""


def encode(value):
    if isinstance(value, int):
        return b"i%de" % value
    if isinstance(value, str):
        value = value.encode()
    if isinstance(value, bytes):
        return b"%d:%s" % (len(value), value)
    if isinstance(value, list):
        return b"l" + b"".join(encode(item) for item in value) + b"e"
    entries = sorted((key.encode() if isinstance(key, str) else key, item) for key, item in value.items())
    return b"d" + b"".join(encode(key) + encode(item) for key, item in entries) + b"e"


def decode(data):
    """The value that `data` begins with."""
    return _decode(data, 0)[0]


def _decode(data, at):
    kind = data[at : at + 1]
    if kind == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1 : end]), end + 1
    if kind == b"l":
        at, items = at + 1, []
        while data[at : at + 1] != b"e":
            item, at = _decode(data, at)
            items.append(item)
        return items, at + 1
    if kind == b"d":
        at, entries = at + 1, {}
        while data[at : at + 1] != b"e":
            key, at = _decode(data, at)
            entries[key], at = _decode(data, at)
        return entries, at + 1
    colon = data.index(b":", at)
    end = colon + 1 + int(data[at:colon])
    if end > len(data):
        raise ValueError("a text ends beyond its frame")
    return data[colon + 1 : end], end
