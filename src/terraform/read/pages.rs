//! Bytes of large files in huge pages: a plan of 40 MB is ten thousand page faults otherwise, a tenth
//! of the time that judging it takes.

use std::fs::{self, File};
use std::io::{self, Read};
use std::ops::Deref;
use std::path::Path;

use memmap2::MmapMut;

/// Below this a mapping of its own is not worth it, in bytes.
const LARGE: u64 = 4 << 20;

/// What was read. Never the file itself: that may change or shrink while it is judged.
pub(in crate::terraform) enum Bytes {
    /// As everything else is kept.
    Heap(Vec<u8>),
    /// In memory that asks for huge pages.
    Pages(MmapMut),
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Heap(bytes) => bytes,
            Self::Pages(bytes) => bytes,
        }
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Heap(bytes)
    }
}

/// Reads a whole file.
///
/// # Errors
/// As [`fs::read`].
pub(in crate::terraform) fn read(path: &Path) -> io::Result<Bytes> {
    // What has no size, changes it meanwhile or finds no memory is left to the library.
    match in_pages(path) {
        Ok(Some(pages)) => Ok(Bytes::Pages(pages)),
        Ok(None) | Err(_) => fs::read(path).map(Bytes::Heap),
    }
}

fn in_pages(path: &Path) -> io::Result<Option<MmapMut>> {
    let mut file = File::open(path)?;
    let about = file.metadata()?;
    let Ok(size) = usize::try_from(about.len()) else { return Ok(None) };
    if !about.is_file() || about.len() < LARGE {
        return Ok(None);
    }
    let mut pages = MmapMut::map_anon(size)?;
    // A wish: without it the pages are small ones.
    #[cfg(target_os = "linux")]
    let _ = pages.advise(memmap2::Advice::HugePage);
    file.read_exact(&mut pages)?;
    let ended = file.read(&mut [0])? == 0;
    Ok(ended.then_some(pages))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_and_small_files_are_read_to_their_last_byte() {
        let folder = tempfile::tempdir().unwrap();
        let large = usize::try_from(LARGE).unwrap();
        for size in [0, 1, large - 1, large, large + 1, 3 * large + 7] {
            let path = folder.path().join("plan.json");
            let whole: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
            fs::write(&path, &whole).unwrap();
            let bytes = read(&path).unwrap();
            assert!(*bytes == *whole, "{size}");
            assert_eq!(matches!(bytes, Bytes::Pages(_)), size >= large, "{size}");
        }
    }

    #[test]
    fn what_is_no_file_is_refused_as_ever() {
        let folder = tempfile::tempdir().unwrap();
        assert!(read(folder.path()).is_err());
        let none = read(&folder.path().join("none")).err().unwrap();
        assert_eq!(none.kind(), io::ErrorKind::NotFound);
    }
}
