//! Where the files of a source stand: in a folder, or in an archive in memory.

use std::ffi::OsString;
use std::path::Path;

use super::address;
use super::archive::Archive;
use super::file;

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
            Self::Folder => file::read(path, limit),
            Self::Archive(archive) => file::text(archive.read(path, limit)?),
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
