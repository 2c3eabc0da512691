"""What a Linux program needs from the machine: its interpreter, its libraries, their versions."""
import struct

LOAD, DYNAMIC, INTERPRETER = 1, 2, 3
NEEDED, STRINGS, VERSIONS, VERSION_COUNT = 1, 5, 0x6FFFFFFE, 0x6FFFFFFF


class Needs:
    """`interpreter` is None and `libraries` is empty for a static program; `versions` holds the
    names of symbol versions, such as `GLIBC_2.34`."""

    def __init__(self, interpreter, libraries, versions):
        self.interpreter, self.libraries, self.versions = interpreter, libraries, versions

    @property
    def static(self):
        return self.interpreter is None and not self.libraries

    @property
    def glibc(self):
        """The newest version of glibc that a symbol is bound to, as (2, 34)."""
        names = [name[len("GLIBC_"):] for name in self.versions if name.startswith("GLIBC_2")]
        return max((tuple(map(int, name.split(".")))[:2] for name in names), default=None)


def needs(data):
    """Reads a 64-bit little-endian ELF file; None when it is something else."""
    if data[:6] != b"\x7fELF\x02\x01":
        return None
    offset, (size, count) = struct.unpack_from("<Q", data, 32)[0], struct.unpack_from("<HH", data, 54)
    segments = []
    for index in range(count):
        kind, _, start, address, _, length = struct.unpack_from("<IIQQQQ", data, offset + index * size)
        segments.append((kind, start, address, length))

    def place(address):
        for kind, start, base, length in segments:
            if kind == LOAD and base <= address < base + length:
                return start + address - base
        raise ValueError(f"no segment holds address {address:#x}")

    def text(at):
        return data[at : data.index(b"\0", at)].decode()

    interpreter = next((text(start) for kind, start, _, _ in segments if kind == INTERPRETER), None)
    entries = []
    for kind, start, _, length in segments:
        if kind == DYNAMIC:
            entries = list(struct.iter_unpack("<QQ", data[start : start + length // 16 * 16]))
    table = dict(reversed(entries))
    if STRINGS not in table:
        return Needs(interpreter, [], [])
    strings = place(table[STRINGS])
    libraries = [text(strings + value) for tag, value in entries if tag == NEEDED]
    versions, at = [], place(table[VERSIONS]) if VERSIONS in table else 0
    for _ in range(table.get(VERSION_COUNT, 0)):
        _, names, _, first, following = struct.unpack_from("<HHIII", data, at)
        entry = at + first
        for _ in range(names):
            _, _, _, name, step = struct.unpack_from("<IHHII", data, entry)
            versions.append(text(strings + name))
            entry += step
        at += following
    return Needs(interpreter, libraries, versions)
