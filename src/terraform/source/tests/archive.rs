//! A source in an archive: read as a folder is, bounded, and never outside of itself.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::super::{Archive, Source};
use super::*;

/// One entry: its name, its type, its content.
type Item<'a> = (&'a str, u8, &'a [u8]);

/// A header as POSIX describes it, with a size of its own.
fn header(name: &str, kind: u8, size: u64) -> [u8; 512] {
    let mut block = [0_u8; 512];
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    block[148..156].copy_from_slice(b"        ");
    block[156] = kind;
    block[257..263].copy_from_slice(b"ustar\0");
    let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block
}

fn tar(items: &[Item<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, kind, content) in items {
        bytes.extend_from_slice(&header(name, *kind, content.len() as u64));
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn unpacked(items: &[Item<'_>]) -> Result<Archive, String> {
    Archive::unpack(&gzip(&tar(items)))
}

#[test]
fn the_folder_of_the_root_module_is_read_with_what_it_calls() {
    let main = b"module \"m\" {\n source = \"../modules/m\"\n}\nresource \"aws_x\" \"t\" {\n \
                 name = file(\"${path.module}/name\")\n other = file(\"../secret\")\n}\n";
    let module = b"resource \"aws_x\" \"y\" {\n name = \"n\"\n}\n";
    let archive = unpacked(&[
        ("./", b'5', b""),
        ("infra/main.tf", b'0', main),
        ("infra/name", 0, b"from a file"),
        ("./modules/m/main.tf", b'0', module),
        ("secret", b'0', b"s"),
        ("link.tf", b'2', b""),
    ])
    .unwrap();
    let plan = Plan::default();
    let source = Source::in_archive(archive, "infra").unwrap().unwrap();
    let get = |module: &str, name: &str, attribute: &str| {
        source.attribute(&plan, module, Mode::Managed, "aws_x", name, None, attribute).unwrap()
    };
    assert_eq!(get("module.m", "y", "name").as_str(), Some("n"));
    assert_eq!(get("", "t", "name").as_str(), Some("from a file"));
    assert!(get("", "t", "other").doubt().is_some(), "outside of the folder of the module");
}

#[test]
fn a_working_folder_that_is_not_there_is_an_error() {
    for folder in ["other", "../infra", "main.tf"] {
        let archive = unpacked(&[("infra/main.tf", b'0', b"")]).unwrap();
        assert!(Source::in_archive(archive, folder).is_err(), "{folder}");
    }
    let empty = unpacked(&[("readme.md", b'0', b"")]).unwrap();
    assert!(Source::in_archive(empty, "").unwrap().is_none());
}

#[test]
fn long_names_are_read() {
    let long = format!("{}/main.tf", "a".repeat(150));
    let record = |text: String| format!("{} {text}", text.len() + 4);
    let pax = record(format!("path={long}\n"));
    for before in [("x", b'x', pax.as_bytes()), ("././@LongLink", b'L', long.as_bytes())] {
        let archive = unpacked(&[before, ("short", b'0', b"locals {}\n")]).unwrap();
        assert!(Source::in_archive(archive, &"a".repeat(150)).unwrap().is_some(), "{}", before.0);
    }
}

#[test]
fn what_leads_out_or_is_no_file_is_refused() {
    for (name, kind) in [
        ("/etc/main.tf", b'0'),
        ("../main.tf", b'0'),
        ("a/../../main.tf", b'0'),
        ("a/../main.tf", b'0'),
        ("/", b'5'),
        ("main.tf", b'3'),
        ("main.tf", b'4'),
        ("main.tf", b'6'),
        ("main.tf", b'S'),
    ] {
        assert!(unpacked(&[(name, kind, b"")]).is_err(), "{name} {}", kind as char);
    }
    for link in [b'1', b'2'] {
        let archive = unpacked(&[("main.tf", link, b""), ("b.tf", b'0', b"locals {}\n")]).unwrap();
        let source = Source::in_archive(archive, "").unwrap().unwrap();
        assert!(source.attribute_names("", Mode::Managed, "aws_x", "y").is_none());
        assert!(source.notices().iter().any(|notice| notice.contains("is a link")));
    }
}

#[test]
fn bombs_and_broken_archives_are_refused() {
    // What a header promises is not reserved, and what is packed well is not unpacked for ever.
    for size in [u64::from(u32::MAX), 0o77_777_777_777] {
        assert!(Archive::unpack(&gzip(&header("main.tf", b'0', size))).is_err(), "{size}");
    }
    let large = vec![0_u8; 9 << 20];
    let archive = unpacked(&[("main.tf", b'0', &large), ("b.tf", b'0', b"")]).unwrap();
    let source = Source::in_archive(archive, "").unwrap().unwrap();
    assert!(source.attribute_names("", Mode::Managed, "aws_x", "y").is_none());
    assert!(source.notices().iter().any(|notice| notice.contains("is larger than")));
    let part = vec![0_u8; 8 << 20];
    let names: Vec<String> = (0..17).map(|n| format!("{n}")).collect();
    let many: Vec<Item<'_>> = names.iter().map(|name| (name.as_str(), b'0', &part[..])).collect();
    assert!(unpacked(&many).unwrap_err().contains("more than"));
    let whole = gzip(&tar(&[("main.tf", b'0', b"locals {}\n")]));
    for cut in [0, 1, 10, whole.len() / 2] {
        assert!(Archive::unpack(&whole[..cut]).is_err(), "{cut}");
    }
    assert!(Archive::unpack(b"main.tf").is_err());
    let mut sum = header("main.tf", b'0', 0);
    sum[0] = b'n';
    assert!(Archive::unpack(&gzip(&sum)).is_err());
}
