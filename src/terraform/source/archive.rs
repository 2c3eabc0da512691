//! A source that comes as an archive (`tar.gz`), unpacked in memory: nothing is written, and nothing
//! outside of it can be meant.
//!
//! Source of the form: POSIX.1-2017, pax, "ustar Interchange Format" and "pax Header Block"; the long
//! names of GNU tar, in its manual under "Basic Tar Format".

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use flate2::read::MultiGzDecoder;

/// Most bytes that are unpacked.
const MAX_UNPACKED: u64 = 1 << 30;
/// Most bytes that are kept.
const MAX_KEPT: u64 = 128 << 20;
/// Largest file that is kept, in bytes; no larger one is ever read from a folder either.
const MAX_FILE: u64 = 8 << 20;
/// Most entries.
const MAX_ENTRIES: usize = 200_000;
/// Longest name, in bytes.
const MAX_NAME: u64 = 64 << 10;
/// The unit of an archive.
const BLOCK: usize = 512;

/// The files of an archive by their paths.
#[derive(Debug, Default)]
pub struct Archive(BTreeMap<PathBuf, Entry>);

#[derive(Debug)]
enum Entry {
    File(Vec<u8>),
    /// It is there, and this is why it cannot be read.
    Unreadable(String),
}

impl Archive {
    /// Unpacks an archive.
    ///
    /// # Errors
    /// What is wrong with it: it is none, it leads out of its folder, or it is too large.
    pub fn unpack(bytes: &[u8]) -> Result<Self, String> {
        let mut reader = Reader { inner: MultiGzDecoder::new(bytes), left: MAX_UNPACKED };
        let mut archive = Self::default();
        let (mut kept, mut long) = (0_u64, Long::default());
        for _ in 0..MAX_ENTRIES {
            let Some(header) = reader.header()? else { return Ok(archive) };
            match header.kind {
                b'x' | b'L' => {
                    let data = reader.take(header.size, MAX_NAME)?;
                    long.read(header.kind, &data)?;
                    continue;
                }
                // Of no meaning for a name or its content.
                b'g' | b'K' => {
                    reader.skip(header.size)?;
                    continue;
                }
                _ => {}
            }
            let long = std::mem::take(&mut long);
            let size = long.size.unwrap_or(header.size);
            let path = inside(&long.path.unwrap_or(header.name))?;
            let entry = match header.kind {
                b'5' => {
                    reader.skip(size)?;
                    continue;
                }
                b'0' | 0 if size > MAX_FILE => {
                    reader.skip(size)?;
                    Entry::Unreadable(format!("is larger than {} KiB", MAX_FILE >> 10))
                }
                b'0' | 0 => {
                    kept += size;
                    if kept > MAX_KEPT {
                        return Err(format!("holds more than {} MiB", MAX_KEPT >> 20));
                    }
                    Entry::File(reader.take(size, MAX_FILE)?)
                }
                // What a link leads to is not followed.
                b'1' | b'2' => {
                    reader.skip(size)?;
                    Entry::Unreadable("is a link".to_owned())
                }
                _ => return Err(format!("holds `{}`, which is no file", path.display())),
            };
            archive.0.insert(path, entry);
        }
        Err(format!("holds more than {MAX_ENTRIES} entries"))
    }

    /// The bytes of a file of at most `limit` bytes.
    pub(super) fn read(&self, path: &Path, limit: u64) -> Result<Vec<u8>, String> {
        match self.0.get(path) {
            Some(Entry::File(bytes)) if bytes.len() as u64 <= limit => Ok(bytes.clone()),
            Some(Entry::File(_)) => Err(format!("is larger than {} KiB", limit >> 10)),
            Some(Entry::Unreadable(why)) => Err(why.clone()),
            None => Err("is not there".to_owned()),
        }
    }

    /// The names of what stands in a folder, folders excepted; `None` when there is no such folder.
    pub(super) fn names(&self, folder: &Path) -> Option<Vec<std::ffi::OsString>> {
        let below = self.0.keys().filter_map(|path| path.strip_prefix(folder).ok());
        let mut is_there = folder.as_os_str().is_empty();
        let mut names = Vec::new();
        for path in below {
            is_there = true;
            let mut parts = path.components();
            if let (Some(Component::Normal(name)), None) = (parts.next(), parts.next()) {
                names.push(name.to_owned());
            }
        }
        is_there.then_some(names)
    }
}

/// A path that stays inside, without `.`.
pub(super) fn inside(name: &str) -> Result<PathBuf, String> {
    let mut path = PathBuf::new();
    for part in Path::new(name).components() {
        match part {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            _ => return Err("holds a path that leads out of it".to_owned()),
        }
    }
    Ok(path)
}

/// What a header says of an entry.
struct Header {
    name: String,
    size: u64,
    kind: u8,
}

/// What stands before the header of an entry and replaces a part of it.
#[derive(Default)]
struct Long {
    path: Option<String>,
    size: Option<u64>,
}

impl Long {
    fn read(&mut self, kind: u8, data: &[u8]) -> Result<(), String> {
        if kind == b'L' {
            self.path = Some(text(data)?);
            return Ok(());
        }
        let mut left = data;
        while !left.is_empty() {
            // `LENGTH KEY=VALUE\n`, where the length is that of all of it.
            let space = left.iter().position(|byte| *byte == b' ').ok_or_else(broken)?;
            let length = left.get(..space).and_then(|digits| std::str::from_utf8(digits).ok());
            let length: usize = length.and_then(|text| text.parse().ok()).ok_or_else(broken)?;
            let record = left.get(space + 1..length.saturating_sub(1)).ok_or_else(broken)?;
            left = left.get(length..).ok_or_else(broken)?;
            let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(broken)?;
            let (key, value) = record.split_at(equals);
            let value = text(value.get(1..).unwrap_or_default())?;
            match key {
                b"path" => self.path = Some(value),
                b"size" => self.size = Some(value.parse().map_err(|_| broken())?),
                // A sparse file is not what stands in the archive.
                key if key.starts_with(b"GNU.sparse") => return Err(broken()),
                _ => {}
            }
        }
        Ok(())
    }
}

fn broken() -> String {
    "is no archive of the form tar".to_owned()
}

/// Text up to the first zero.
fn text(bytes: &[u8]) -> Result<String, String> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    let text = bytes.get(..end).unwrap_or_default();
    String::from_utf8(text.to_vec()).map_err(|_| "holds a name that is not UTF-8".to_owned())
}

/// Octal digits, or the bytes of a number with the first bit set.
fn number(bytes: &[u8]) -> Result<u64, String> {
    if let Some((first, rest)) = bytes.split_first()
        && first & 0x80 != 0
    {
        let high = rest.len().saturating_sub(8);
        let (zeros, low) = rest.split_at(high);
        if first & 0x7f != 0 || zeros.iter().any(|byte| *byte != 0) {
            return Err(broken());
        }
        return Ok(low.iter().fold(0, |sum, byte| sum << 8 | u64::from(*byte)));
    }
    let digits = text(bytes)?;
    match digits.trim() {
        "" => Ok(0),
        digits => u64::from_str_radix(digits, 8).map_err(|_| broken()),
    }
}

struct Reader<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Reader<R> {
    fn fill(&mut self, buffer: &mut [u8]) -> Result<(), String> {
        let size = buffer.len() as u64;
        self.left = self.left.checked_sub(size).ok_or_else(too_large)?;
        self.inner
            .read_exact(buffer)
            .map_err(|_| "is broken off, or is not packed by gzip".to_owned())
    }

    /// The next header; `None` at the end.
    fn header(&mut self) -> Result<Option<Header>, String> {
        let mut block = [0_u8; BLOCK];
        self.fill(&mut block)?;
        if block.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let part = |from: usize, size: usize| block.get(from..from + size).unwrap_or_default();
        let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
        let own: u64 = part(148, 8).iter().map(|byte| u64::from(*byte)).sum();
        if number(part(148, 8))? != sum - own + 8 * u64::from(b' ') {
            return Err(broken());
        }
        let mut name = text(part(0, 100))?;
        let prefix = text(part(345, 155))?;
        // GNU tar keeps times there, and says so by another magic.
        if part(257, 6) == b"ustar\0" && !prefix.is_empty() {
            name = format!("{prefix}/{name}");
        }
        let kind = part(156, 1).first().copied().unwrap_or_default();
        Ok(Some(Header { name, size: number(part(124, 12))?, kind }))
    }

    fn take(&mut self, size: u64, limit: u64) -> Result<Vec<u8>, String> {
        if size > limit {
            return Err(too_large());
        }
        // What is promised is not what is there: the buffer is bounded by the limit.
        let mut data = vec![0; usize::try_from(size).map_err(|_| too_large())?];
        self.fill(&mut data)?;
        self.pad(size)?;
        Ok(data)
    }

    fn skip(&mut self, size: u64) -> Result<(), String> {
        let mut buffer = [0_u8; 16 * BLOCK];
        let mut left = size;
        while left > 0 {
            let now = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
            self.fill(buffer.get_mut(..now).unwrap_or_default())?;
            left -= now as u64;
        }
        self.pad(size)
    }

    /// Passes over what fills the last block.
    fn pad(&mut self, size: u64) -> Result<(), String> {
        let over = usize::try_from(size % BLOCK as u64).unwrap_or_default();
        let mut rest = [0_u8; BLOCK];
        match over {
            0 => Ok(()),
            over => self.fill(rest.get_mut(over..).unwrap_or_default()),
        }
    }
}

fn too_large() -> String {
    format!("holds more than {} MiB", MAX_UNPACKED >> 20)
}
