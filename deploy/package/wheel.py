"""A Python wheel that puts the program on the path of an environment; no Python code in it."""
import base64
import hashlib

import elf
from reproducible import Entry, zipped

# The libraries that every manylinux system has (PEP 600), as far as Rust programs use them.
COMMON = {
    "libc.so.6", "libdl.so.2", "libgcc_s.so.1", "libm.so.6", "libpthread.so.0", "librt.so.1",
    "ld-linux-x86-64.so.2", "ld-linux-aarch64.so.1",
}
# What rustc builds for when nobody says otherwise.
OTHERS = {
    "x86_64-apple-darwin": "macosx_10_12_x86_64",
    "aarch64-apple-darwin": "macosx_11_0_arm64",
    "x86_64-pc-windows-msvc": "win_amd64",
    "aarch64-pc-windows-msvc": "win_arm64",
}


def platform(target, program):
    """The platform tag: where pip may install the wheel.

    On Linux the program itself says it. A static one runs anywhere, with glibc or with musl. One
    that needs glibc runs where glibc is at least as new as the newest symbol that it is bound to.
    One that needs a library that not every system has promises nothing: `linux_*`, which a package
    index refuses and pip installs only by file name.
    """
    if target in OTHERS:
        return OTHERS[target]
    machine, needs = target.split("-")[0], elf.needs(program)
    if "-linux-" not in target or needs is None:
        raise SystemExit(f"error: no platform tag of a wheel is known for `{target}`")
    if needs.static:
        return f"manylinux_2_17_{machine}.musllinux_1_1_{machine}"
    if needs.glibc and set(needs.libraries) <= COMMON:
        major, minor = max(needs.glibc, (2, 17))
        return f"manylinux_{major}_{minor}_{machine}"
    return f"linux_{machine}"


def digest(data):
    text = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
    return f"sha256={text}"


def build(project, target, program, licences, level):
    """The name and the bytes of the wheel."""
    name, version = project["name"], project["version"]
    tag, info = platform(target, program), f"{name}-{version}.dist-info"
    ending = ".exe" if "-windows-" in target else ""
    metadata = [
        "Metadata-Version: 2.4", f"Name: {name}", f"Version: {version}",
        f"Summary: {project['description']}", f"License-Expression: {project['license']}",
        *[f"License-File: {file}" for file in sorted(licences)],
        f"Keywords: {','.join(project['keywords'])}", "Requires-Python: >=3.8",
        f"Project-URL: Repository, {project['repository']}",
        "Description-Content-Type: text/markdown",
    ]
    tags = [f"Tag: py3-none-{part}" for part in tag.split(".")]
    wheel = ["Wheel-Version: 1.0", "Generator: holdpoint deploy/package", "Root-Is-Purelib: false", *tags]
    files = {
        f"{name}-{version}.data/scripts/{name}{ending}": Entry(program, executable=True),
        f"{info}/METADATA": Entry("\n".join(metadata) + "\n\n" + project["text"]),
        f"{info}/WHEEL": Entry("\n".join(wheel) + "\n"),
        **{f"{info}/licenses/{file}": Entry(text) for file, text in licences.items()},
    }
    record = [f"{path},{digest(files[path].data)},{len(files[path].data)}" for path in sorted(files)]
    files[f"{info}/RECORD"] = Entry("\n".join([*record, f"{info}/RECORD,,"]) + "\n")
    return f"{name}-{version}-py3-none-{tag}.whl", zipped(files, level)
