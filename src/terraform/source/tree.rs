//! Where the files of a source stand: in a folder, or in an archive in memory.

use std::ffi::OsString;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use super::address;
use super::archive::Archive;

/// Folders that may hold credentials; what `terraform init` installs as modules is source.
const CLOSED: [&str; 2] = [".git", ".terraform"];
const INSTALLED: &str = ".terraform/modules";

/// Where the files of a source stand.
#[derive(Debug)]
pub(super) enum Tree {
    Folder,
    Archive(Archive),
}

impl Tree {
    /// The text of a file of at most `limit` bytes, without a byte order mark.
    pub(super) fn read(&self, path: &Path, limit: u64) -> Result<String, String> {
        match self {
            Self::Folder => read(path, limit),
            Self::Archive(archive) => text(archive.read(path, limit)?),
        }
    }

    /// The names in a folder; those of folders may be among them.
    pub(super) fn names(&self, folder: &Path) -> std::io::Result<Vec<OsString>> {
        match self {
            Self::Folder => {
                let entries = std::fs::read_dir(folder)?;
                entries.map(|entry| Ok(entry?.file_name())).collect()
            }
            Self::Archive(archive) => {
                archive.names(folder).ok_or_else(|| std::io::ErrorKind::NotFound.into())
            }
        }
    }

    /// The text of a file below `folder`, wherever links lead. The path is relative to `root`.
    pub(super) fn read_inside(
        &self,
        root: &Path,
        folder: &Path,
        path: &str,
        limit: u64,
    ) -> Option<String> {
        let (path, folder) = match self {
            Self::Folder => {
                let path = root.canonicalize().ok()?.join(path).canonicalize().ok()?;
                (path, folder.canonicalize().ok()?)
            }
            // An archive has no links.
            Self::Archive(_) => (address::join(root, path), folder.to_owned()),
        };
        let inside = path.strip_prefix(&folder).ok()?;
        let own = inside.strip_prefix(INSTALLED).unwrap_or(inside);
        let closed =
            |part: std::path::Component<'_>| CLOSED.iter().any(|name| part.as_os_str() == *name);
        if own.components().any(closed) {
            return None;
        }
        self.read(&path, limit).ok()
    }
}

/// Reads a regular file of at most `limit` bytes as UTF-8, without a byte order mark.
fn read(path: &Path, limit: u64) -> Result<String, String> {
    let kind = std::fs::metadata(path).map_err(|error| error.to_string())?;
    if !kind.is_file() {
        return Err("is not a regular file".to_owned());
    }
    if kind.len() > limit {
        return Err(format!("is larger than {} KiB", limit >> 10));
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|error| error.to_string())?;
    text(bytes)
}

/// Bytes as UTF-8, without a byte order mark.
fn text(bytes: Vec<u8>) -> Result<String, String> {
    let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8 text".to_owned())?;
    Ok(match text.strip_prefix('\u{feff}') {
        Some(tail) => tail.to_owned(),
        None => text,
    })
}
