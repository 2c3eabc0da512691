"""A container image as an archive in the OCI layout, made without a container engine.

What the image runs, as whom and where is read from deploy/Dockerfile, so that both say the same.
"""
import datetime
import json
import pathlib
import re
import shlex
import subprocess
import tempfile

import elf
from reproducible import Entry, compress, epoch, sha256, tar

MACHINES = {"x86_64": "amd64", "aarch64": "arm64"}
CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"
LICENCES = "usr/share/doc/holdpoint"


def settings(dockerfile):
    """The configuration that the last stage of a Dockerfile describes."""
    lines = re.sub(r"\\\n\s*", " ", dockerfile.read_text()).splitlines()
    start = max(number for number, line in enumerate(lines) if line.startswith("FROM "))
    config = {}
    for line in lines[start + 1 :]:
        word, _, rest = line.partition(" ")
        if word in ("LABEL", "ENV"):
            pairs = shlex.split(rest)
            if word == "ENV":
                config.setdefault("Env", []).extend(pairs)
            else:
                config.setdefault("Labels", {}).update(pair.split("=", 1) for pair in pairs)
        elif word == "EXPOSE":
            config["ExposedPorts"] = {f"{port}/tcp": {} for port in rest.split()}
        elif word == "USER":
            config["User"] = rest
        elif word in ("ENTRYPOINT", "CMD"):
            config[word.title() if word == "CMD" else "Entrypoint"] = json.loads(rest)
    return config


def libraries(binary):
    """The libraries of a dynamic program where its loader finds them on this machine, by path."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(binary)
        file.flush()
        listed = subprocess.run(["ldd", file.name], check=True, capture_output=True, text=True).stdout
    found = re.findall(r"(?:=> )?(/\S+) \(0x", listed)
    return {path.lstrip("/"): Entry(pathlib.Path(path).read_bytes(), executable=True) for path in found}


def build(project, target, binary, licences, dockerfile, certificates, with_libraries, level):
    """The name and the bytes of the archive; no image for a program that does not run on Linux."""
    if "-linux-" not in target:
        return None
    machine, needs = MACHINES[target.split("-")[0]], elf.needs(binary)
    base = {CERTIFICATES: Entry(certificates.read_bytes())}
    if not needs.static:
        if not with_libraries:
            raise SystemExit(
                f"error: the program needs {', '.join(needs.libraries)}, which an empty image does not hold\n"
                "  help: build it for a musl target; to try out an image with this machine's libraries, "
                "add `--libraries`; to make everything but the image, add `--no-image`"
            )
        base |= libraries(binary)
    top = {"holdpoint": Entry(binary, executable=True)}
    top |= {f"{LICENCES}/{name}": Entry(text) for name, text in licences.items()}

    date = datetime.datetime.fromtimestamp(epoch(), datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    blobs, layers, diffs = {}, [], []

    def blob(kind, data):
        digest = sha256(data)
        blobs[f"blobs/sha256/{digest}"] = Entry(data)
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": f"sha256:{digest}", "size": len(data)}

    for files in (base, top):
        layer = tar(files)
        diffs.append(f"sha256:{sha256(layer)}")
        layers.append(blob("layer.v1.tar+gzip", compress(layer, level)))
    config = settings(dockerfile)
    config["Labels"]["org.opencontainers.image.version"] = project["version"]
    image = {
        "created": date,
        "architecture": machine,
        "os": "linux",
        "config": config,
        "rootfs": {"type": "layers", "diff_ids": diffs},
        "history": [
            {"created": date, "created_by": text}
            for text in ("certificates", f"{project['name']} {project['version']}")
        ],
    }
    as_json = lambda value: json.dumps(value, sort_keys=True).encode()
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob("config.v1+json", as_json(image)),
        "layers": layers,
    }
    entry = blob("manifest.v1+json", as_json(manifest))
    entry["platform"] = {"architecture": machine, "os": "linux"}
    name = f"{project['name']}:{project['version']}"
    entry["annotations"] = {
        # The first is what the layout defines, the second what containerd and Docker name it by.
        "org.opencontainers.image.ref.name": project["version"],
        "io.containerd.image.name": f"docker.io/library/{name}",
    }
    index = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [entry],
    }
    blobs["index.json"] = Entry(as_json(index))
    blobs["oci-layout"] = Entry('{"imageLayoutVersion": "1.0.0"}')
    return f"{project['name']}-{project['version']}-image-{machine}.tar", tar(blobs)
