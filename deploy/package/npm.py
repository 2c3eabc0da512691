"""npm packages: one for each platform that holds the program, and one that starts it.

`holdpoint` names the others as optional dependencies, and npm installs the one whose `os` and `cpu`
are those of the machine. Nothing is downloaded by a script, so `--ignore-scripts` does no harm.
"""
import json
import pathlib

import elf
from reproducible import Entry, compress, tar

PLATFORMS = {
    "x86_64-unknown-linux": ("linux", "x64"),
    "aarch64-unknown-linux": ("linux", "arm64"),
    "x86_64-apple-darwin": ("darwin", "x64"),
    "aarch64-apple-darwin": ("darwin", "arm64"),
    "x86_64-pc-windows": ("win32", "x64"),
}


def packed(package, files, licences, level):
    files = {**files, **{name: Entry(text) for name, text in licences.items()}}
    files["package.json"] = Entry(json.dumps(package, indent=2) + "\n")
    return compress(tar({f"package/{path}": entry for path, entry in files.items()}), level)


def described(project, name, description):
    return {
        "name": name,
        "version": project["version"],
        "description": description,
        "license": project["license"],
        "repository": {"type": "git", "url": f"git+{project['repository']}.git"},
    }


def program(project, target, binary, licences, level):
    """The name and the bytes of the package of one platform."""
    system, cpu = next(
        (found for start, found in PLATFORMS.items() if target.startswith(start)), (None, None)
    )
    if system is None:
        raise SystemExit(f"error: no platform of npm is known for `{target}`")
    name, ending = project["name"], ".exe" if system == "win32" else ""
    package = described(project, f"@{name}/{system}-{cpu}", f"The program of {name} for {system}-{cpu}")
    package |= {"os": [system], "cpu": [cpu], "preferUnplugged": True}
    needs = elf.needs(binary)
    if needs and not needs.static:
        package["libc"] = ["glibc"]
    files = {f"bin/{name}{ending}": Entry(binary, executable=True)}
    file = f"{name}-{system}-{cpu}-{project['version']}.tgz"
    return file, packed(package, files, licences, level)


def launcher(project, licences, level):
    """The name and the bytes of the package that people install."""
    name, version = project["name"], project["version"]
    package = described(project, name, project["description"])
    package |= {
        "keywords": project["keywords"],
        "bin": {name: f"bin/{name}.js"},
        "engines": {"node": ">=18"},
        "optionalDependencies": {
            f"@{name}/{system}-{cpu}": version for system, cpu in sorted(set(PLATFORMS.values()))
        },
    }
    script = (pathlib.Path(__file__).parent / "launcher.js").read_bytes()
    files = {f"bin/{name}.js": Entry(script, executable=True), "README.md": Entry(project["text"])}
    return f"{name}-{version}.tgz", packed(package, files, licences, level)
