#!/usr/bin/env python3
"""Writes aws-blocks.txt: which blocks each resource type has, and which of them the provider may
fill in when nobody writes them.

    catalogue/blocks.py PROVIDER... > catalogue/aws-blocks.txt

Each PROVIDER is the program of one version of terraform-provider-aws. It is asked for its schema
(by `terraform providers schema`) and then, over the plugin protocol, to plan every type with nothing
configured, and with one element of each block: a block that comes back unknown is one that it fills
in. It gets fake credentials and a proxy that does not exist, so it reaches nothing. Block names of
other versions come from fixtures/schemas/aws.txt.gz; what was not asked counts as filled in.

Needs terraform, and the Python packages grpcio and msgpack. Run it after a new provider version.
"""

import datetime
import gzip
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import grpc
import msgpack

HERE = pathlib.Path(__file__).resolve().parent
UNKNOWN = msgpack.ExtType(0, b"\0")
# Where types repeat themselves ten levels down.
DEEPEST = 4
SHALLOW = re.compile("aws_(wafv2_(rule_group|web_acl)|quicksight_(analysis|dashboard|template))$")
DOCUMENT = "data.aws_iam_policy_document"
ENV = {
    **os.environ,
    # The handshake of Terraform's plugins; version 5 of the protocol.
    "TF_PLUGIN_MAGIC_COOKIE": "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
    "PLUGIN_PROTOCOL_VERSIONS": "5", "AWS_EC2_METADATA_DISABLED": "true",
    "HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9",
}


def varint(number):
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def dynamic(value):
    return field(1, msgpack.packb(value, use_bin_type=True))


def fields(data):
    at, out = 0, {}

    def number():
        nonlocal at
        shift = value = 0
        while True:
            byte, at = data[at], at + 1
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7

    while at < len(data):
        key = number()
        if key & 7 == 2:
            size = number()
            out.setdefault(key >> 3, data[at:at + size])
            at += size
        else:
            out.setdefault(key >> 3, number())
    return out


def body(block, path=(), computed=False, required=False):
    """The value of a block in which only the blocks of a path are written."""
    out = {}
    for name, own in block.get("attributes", {}).items():
        hole = computed and own.get("computed") or required and own.get("required")
        out[name] = UNKNOWN if hole else None
    for name, own in block.get("block_types", {}).items():
        mode = own["nesting_mode"]
        if path and path[0] == name:
            inner = body(own["block"], path[1:], computed, required)
            out[name] = inner if mode in ("single", "group") else {"k": inner} if mode == "map" else [inner]
        elif mode == "group":
            out[name] = body(own["block"], (), computed, required)
        else:
            out[name] = None if mode == "single" else {} if mode == "map" else []
    return out


class Provider:
    def __init__(self, program):
        self.program, self.process = str(pathlib.Path(program).resolve()), None
        self.version = re.search(r"_v(\d+\.\d+\.\d+)", program).group(1)
        self.schema = self.read_schema()

    def read_schema(self):
        with tempfile.TemporaryDirectory() as work:
            folder = f"{work}/m/registry.terraform.io/hashicorp/aws/{self.version}/linux_amd64"
            os.makedirs(folder)
            shutil.copy(self.program, folder)
            pathlib.Path(work, "rc").write_text(
                f'provider_installation {{\n filesystem_mirror {{\n  path = "{work}/m"\n }}\n}}\n')
            pathlib.Path(work, "main.tf").write_text(
                'terraform {\n required_providers {\n  aws = { source = "hashicorp/aws" }\n }\n}\n')
            env = {**os.environ, "TF_CLI_CONFIG_FILE": f"{work}/rc"}
            subprocess.run(["terraform", "init", "-input=false"], cwd=work, env=env, check=True, capture_output=True)
            shown = subprocess.run(["terraform", "providers", "schema", "-json"], cwd=work, env=env, check=True, capture_output=True)
        return next(iter(json.loads(shown.stdout)["provider_schemas"].values()))

    def start(self):
        if self.process:
            self.process.kill()
        self.process = subprocess.Popen([self.program], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENV, text=True)
        parts = self.process.stdout.readline().strip().split("|")
        self.channel = grpc.insecure_channel(("unix:" if parts[2] == "unix" else "") + parts[3])
        block = self.schema["provider"]["block"]
        given = {"region": "us-east-1", "access_key": "test", "secret_key": "test"}
        for name, own in block["attributes"].items():
            if name.startswith("skip_"):
                given[name] = "true" if own["type"] == "string" else True
        self.call("Configure", field(1, b"1.11.4") + field(2, dynamic({**body(block), **given})))

    def call(self, method, request):
        return self.channel.unary_unary(f"/tfplugin5.Provider/{method}")(request, timeout=10)

    def plan(self, name, block, path):
        """What it plans for the blocks of a path; None when it refuses."""
        for required in (False, True):
            request = field(1, name.encode()) + field(2, dynamic(None))
            request += field(3, dynamic(body(block, path, True, required)))
            request += field(4, dynamic(body(block, path, False, required)))
            try:
                if not self.process:
                    self.start()
                answer = fields(self.call("PlanResourceChange", request)).get(1)
                value = answer and msgpack.unpackb(fields(answer)[1], raw=False, strict_map_key=False)
            except grpc.RpcError:
                self.start()
                continue
            for step in path:
                value = value and value.get(step)
                value = next(iter(value.values() if isinstance(value, dict) and "k" in value else value if isinstance(value, list) else [value]), None) if value is not None and value != UNKNOWN else None
            if isinstance(value, dict):
                return value
        return None

    def blocks(self, name, whole, block, path, into):
        children = block.get("block_types", {})
        if not children or len(path) >= (1 if SHALLOW.match(name) else DEEPEST):
            return
        planned = self.plan(name, whole, path)
        for child, own in children.items():
            entry = into.setdefault(child, {"filled": False, "inner": {}})
            entry["filled"] |= planned is None or planned.get(child) == UNKNOWN
            self.blocks(name, whole, own["block"], (*path, child), entry["inner"])

    def all(self, into):
        for name, own in sorted(self.schema["resource_schemas"].items()):
            block, here = own["block"], into.setdefault(name, {})
            self.blocks(name, block, block, (), here)
            for attribute, spec in block.get("attributes", {}).items():
                # A list or set of objects may be written as blocks too.
                kind = spec.get("type")
                objects = isinstance(kind, list) and kind[0] in ("list", "set") and isinstance(kind[1], list) and kind[1][0] == "object"
                if objects and spec.get("optional"):
                    entry = here.setdefault(attribute, {"filled": False, "inner": {}})
                    entry["filled"] |= bool(spec.get("computed"))

        # What only composes a text fills in no blocks.
        def written(block, into):
            for child, own in block.get("block_types", {}).items():
                written(own["block"], into.setdefault(child, {"filled": False, "inner": {}})["inner"])
        written(self.schema["data_source_schemas"][DOCUMENT[5:]]["block"], into.setdefault(DOCUMENT, {}))
        self.process.kill()


def add_other_versions(into):
    """Top-level blocks that only other versions have."""
    kind = name = None
    with gzip.open(HERE.parent / "fixtures/schemas/aws.txt.gz", "rt") as lines:
        for line in lines:
            depth = len(line) - len(line.lstrip(" "))
            word = line.split()[0].rstrip("^…") if line.strip() else "#"
            if word.startswith("#") or depth == 0:
                kind = word if depth == 0 and word.startswith("aws_") else None
            elif depth == 1:
                name = word
            elif depth == 2 and kind and word != "%" and name not in into.setdefault(kind, {}):
                into[kind][name] = {"filled": True, "inner": {}}


def shown(blocks):
    names = []
    for name, own in sorted(blocks.items()):
        inner = f"({shown(own['inner'])})" if own["inner"] else ""
        names.append(f"{name}{'?' if own['filled'] else ''}{inner}")
    return " ".join(names)


def main():
    into, versions = {}, []
    for program in sys.argv[1:]:
        provider = Provider(program)
        versions.append(provider.version)
        provider.all(into)
    add_other_versions(into)
    print("# Blocks of the resource types of the AWS provider, each with those in it.")
    print("# `?`: the provider may fill it in when nobody writes it. Only names are kept;")
    print("# terraform-provider-aws is under the MPL-2.0.")
    print(f"# {datetime.date.today()}, catalogue/blocks.py, versions {' '.join(versions)}")
    for name, blocks in sorted(into.items()):
        if blocks:
            print(f"{name} {shown(blocks)}")


main()
