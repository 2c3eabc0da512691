#!/usr/bin/env python3
"""Writes two tables of the catalogue.

    catalogue/update-networks.py ipv6-unicast-address-assignments.xml

`ipv6-unicast.tsv`: the assignments of IANA's registry of that name, whose file the PyPI package
`netaddr` holds below `netaddr/ip/`. `security-groups.tsv`: the attributes by which resources of AWS hold
security groups, from fixtures/schemas/aws.txt.gz. The same input gives the same bytes.
"""
import gzip
import pathlib
import re
import sys
import xml.etree.ElementTree as xml

ROOT = pathlib.Path(__file__).resolve().parent.parent
IANA = "{http://www.iana.org/assignments}"
# Names of attributes that put a resource behind security groups.
HOLDS = re.compile(r"(vpc_|custom_|additional_\w+_|emr_managed_\w+_)?security_group(s|_id|_ids|_id_list|s_ids)?")
# Security groups themselves, their rules, and what only tells of them.
APART = re.compile(r"data\.|aws_(default_|db_|elasticache_|redshift_)?security_group|aws_vpc_security_group|aws_ec2_network_insights")


def assignments(file):
    registry = xml.parse(file).getroot()
    yield f"# IANA, IPv6 Global Unicast Address Assignments, as of {registry.findtext(IANA + 'updated')}:"
    yield "# what IANA has allocated to the regional registries. Made by update-networks.py."
    yield "# prefix\tto\tsince"
    for record in registry.iter(IANA + "record"):
        if record.findtext(IANA + "status") == "ALLOCATED":
            yield "\t".join(record.findtext(IANA + name) or "" for name in ("prefix", "description", "date"))


def holders():
    yield "# Resource type, and the attribute by which it holds security groups. Made by update-networks.py from"
    yield "# the schemas of the AWS provider, v3 to v6; the first block where there may be several."
    stack = []
    with gzip.open(ROOT / "fixtures/schemas/aws.txt.gz", "rt") as lines:
        for line in lines:
            if line.startswith("#"):
                continue
            depth = len(line) - len(line.lstrip(" "))
            stack = [*stack[:depth], line.split()[0].rstrip("^")]
            if depth and HOLDS.fullmatch(stack[-1]) and not APART.match(stack[0]):
                path = "[0].".join(stack[1:])
                yield f"{stack[0]}\t{path}"


def write(name, lines):
    (ROOT / "catalogue" / name).write_text("\n".join(lines) + "\n")


write("ipv6-unicast.tsv", assignments(sys.argv[1]))
write("security-groups.tsv", holders())
