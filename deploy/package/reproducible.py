"""Archives whose bytes depend on their contents alone: sorted entries, one date, no owner."""
import gzip
import hashlib
import io
import os
import tarfile
import time
import zipfile

# The earliest date that a zip file can hold; any date will do, as long as it is always the same.
EARLIEST = 315532800


def epoch():
    """The date of every entry, in seconds: SOURCE_DATE_EPOCH, or 1980."""
    return max(int(os.environ.get("SOURCE_DATE_EPOCH", EARLIEST)), EARLIEST)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


class Entry:
    """A file in a package."""

    def __init__(self, data, executable=False):
        self.data = data if isinstance(data, bytes) else data.encode()
        self.mode = 0o755 if executable else 0o644


def tar(files):
    """The bytes of a tar archive with these files, by path, and the folders above them."""
    entries = dict(files)
    for path in files:
        parts = path.split("/")[:-1]
        for depth in range(len(parts)):
            entries.setdefault("/".join(parts[: depth + 1]), None)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(entries):
            entry, info = entries[path], tarfile.TarInfo(path)
            info.mtime = epoch()
            if entry is None:
                info.type, info.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(info)
            else:
                info.size, info.mode = len(entry.data), entry.mode
                archive.addfile(info, io.BytesIO(entry.data))
    return out.getvalue()


def compress(data, level):
    """The bytes of a gzip file without a name in it."""
    out = io.BytesIO()
    with gzip.GzipFile("", "wb", level, out, mtime=epoch()) as file:
        file.write(data)
    return out.getvalue()


def zipped(files, level):
    """The bytes of a zip file with these files, by path."""
    out = io.BytesIO()
    date = time.gmtime(epoch())[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for path in sorted(files):
            info = zipfile.ZipInfo(path, date)
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 3
            info.external_attr = (0o100000 | files[path].mode) << 16
            archive.writestr(info, files[path].data)
    return out.getvalue()
