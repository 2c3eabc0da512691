"""The licences of everything in the program, as text for people: the notices that MIT and others
ask for wherever the program goes."""
import json
import pathlib
import re
import subprocess

NAMES = re.compile(r"(licen[cs]e|copying|notice|unlicense|copyright)", re.IGNORECASE)


def crates(root, target):
    """The crates that are built into the program: normal dependencies on this target, no others."""
    command = ["cargo", "metadata", "--locked", "--format-version=1", f"--filter-platform={target}"]
    read = json.loads(subprocess.run(command, cwd=root, check=True, stdout=subprocess.PIPE).stdout)
    nodes = {node["id"]: node for node in read["resolve"]["nodes"]}
    own = read["resolve"]["root"]
    found, open_ = set(), [own]
    while open_:
        for needed in nodes[open_.pop()]["deps"]:
            if any(kind["kind"] is None for kind in needed["dep_kinds"]) and needed["pkg"] not in found:
                found.add(needed["pkg"])
                open_.append(needed["pkg"])
    packages = [package for package in read["packages"] if package["id"] in found]
    return sorted(packages, key=lambda package: (package["name"], package["version"]))


def texts(package):
    """The licence files of a crate."""
    folder = pathlib.Path(package["manifest_path"]).parent
    for file in sorted(folder.iterdir()):
        if file.is_file() and NAMES.match(file.name) and file.suffix not in (".rs", ".toml", ".spdx"):
            text = file.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n")
            yield "\n".join(line.rstrip() for line in text.strip().splitlines())


def third_party(root, target):
    """The page: which crates under which licence, then each text once with the crates it is from."""
    lines = [
        "This program is built from the crates below. Each stands with its licence; the texts follow.",
        "The Rust standard library is under MIT OR Apache-2.0 as well.",
        "",
    ]
    by_text = {}
    for package in crates(root, target):
        name = f"{package['name']} {package['version']}"
        found = list(texts(package))
        missing = "" if found else "; the crate holds no text"
        lines.append(f"{name}: {package['license'] or 'see its text'}{missing}")
        for text in found:
            by_text.setdefault(text, []).append(name)
    for text, names in by_text.items():
        lines += ["", "-" * 80, f"of {', '.join(names)}:", "", text]
    return "\n".join(lines) + "\n"
