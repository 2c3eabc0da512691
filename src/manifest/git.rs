//! Which files git tracks: `.gitignore` means nothing to those, and a change may bring both.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The tracked files below a folder's repository, as the paths that `folder` leads to; none outside
/// of one.
///
/// # Errors
/// When the repository's index cannot be read.
pub(super) fn tracked(folder: &Path) -> Result<HashSet<PathBuf>, &'static str> {
    let Ok(start) = fs::canonicalize(folder) else { return Ok(HashSet::new()) };
    let Some((root, git)) = start.ancestors().find_map(|at| Some((at, repository(at)?))) else {
        return Ok(HashSet::new());
    };
    let config = fs::read_to_string(common(&git).join("config")).unwrap_or_default();
    let words: String = config.split_whitespace().collect::<String>().to_ascii_lowercase();
    let hash = if words.contains("objectformat=sha256") { 32 } else { 20 };
    let index = match fs::read(git.join("index")) {
        Ok(index) => index,
        // Nothing was ever added.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(HashSet::new()),
        Err(_) => return Err("the index of git cannot be read"),
    };
    let names = entries(&index, hash).ok_or("the index of git cannot be understood")?;
    Ok(names.into_iter().map(|name| root.join(name)).collect())
}

/// The folder that git keeps its data in: `.git`, or what a file of that name leads to.
fn repository(folder: &Path) -> Option<PathBuf> {
    let git = folder.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let text = fs::read_to_string(&git).ok()?;
    Some(folder.join(text.strip_prefix("gitdir:")?.trim()))
}

/// Of several working trees, the folder that they share.
fn common(git: &Path) -> PathBuf {
    match fs::read_to_string(git.join("commondir")) {
        Ok(text) => git.join(text.trim()),
        Err(_) => git.to_owned(),
    }
}

/// The paths in an index of version 2, 3 or 4.
fn entries(index: &[u8], hash: usize) -> Option<Vec<String>> {
    let number = |at: usize| -> Option<u32> {
        Some(u32::from_be_bytes(index.get(at..at + 4)?.try_into().ok()?))
    };
    let version = number(4)?;
    if index.get(..4)? != b"DIRC" || !(2..=4).contains(&version) {
        return None;
    }
    let mut names: Vec<String> = Vec::new();
    let mut before: Vec<u8> = Vec::new();
    let mut at = 12;
    for _ in 0..number(8)? {
        let start = at;
        // Times, device, inode, mode, owner and size; the object; two bytes of flags.
        let flags = 40 + hash;
        let extended = version >= 3 && index.get(start + flags)? & 0x40 != 0;
        at = start + flags + if extended { 4 } else { 2 };
        if version == 4 {
            let cut = varint(index, &mut at)?;
            before.truncate(before.len().checked_sub(cut)?);
        } else {
            before.clear();
        }
        let length = index.get(at..)?.iter().position(|byte| *byte == 0)?;
        before.extend_from_slice(index.get(at..at + length)?);
        at += length + 1;
        if version < 4 {
            // Entries are padded to a multiple of eight bytes.
            at = start + (at - start).div_ceil(8) * 8;
        }
        names.push(String::from_utf8_lossy(&before).into_owned());
    }
    Some(names)
}

/// A number as git packs offsets.
fn varint(bytes: &[u8], at: &mut usize) -> Option<usize> {
    let mut value = 0usize;
    loop {
        let byte = *bytes.get(*at)?;
        *at += 1;
        value = value.checked_mul(128)?.checked_add(usize::from(byte & 0x7f))?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
        value = value.checked_add(1)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_that_is_none_is_refused() {
        for bytes in [&b""[..], b"DIRC", b"DIRC\0\0\0\x02\0\0\0\x01", b"XXXX\0\0\0\x02\0\0\0\0"] {
            assert_eq!(entries(bytes, 20), None);
        }
        assert_eq!(entries(b"DIRC\0\0\0\x02\0\0\0\0", 20), Some(Vec::new()));
        let mut at = 0;
        assert_eq!(varint(&[0x80, 0x00], &mut at), Some(128));
    }
}
