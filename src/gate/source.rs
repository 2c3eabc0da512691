//! The source beside a plan: the `.tf` files that it was made from.

use std::path::{Path, PathBuf};

use crate::model::verdict::Problem;
use crate::terraform::source::{Archive, Source};

/// What was found of a source.
pub enum Found {
    /// There is none.
    Nothing,
    /// It can be opened.
    Source(Box<Source>),
    /// There is one, and it cannot be used; the notice says why.
    Refused(String),
}

/// The source of a plan: the folder that the user names, else one that holds some.
pub(super) fn find(plan: &str, named: Option<&Path>) -> Result<Found, Problem> {
    let (folder, required) = match (named, Path::new(plan).parent()) {
        (Some(folder), _) => (folder.to_owned(), true),
        (None, Some(folder)) if plan != "-" && holds_source(folder) => (folder.to_owned(), false),
        (None, _) => (PathBuf::from("."), false),
    };
    let shown = relative(&folder).display().to_string().replace('\\', "/");
    let at = if folder.as_os_str().is_empty() { Path::new(".") } else { folder.as_path() };
    match Source::open(at, &shown) {
        Ok(None) if required => Err(Problem {
            code: "source::none".to_owned(),
            message: format!("the source folder `{shown}` contains no `.tf` or `.tf.json` files"),
            help: Some("name the folder of the root module with `--source`".to_owned()),
            file: Some(shown),
        }),
        Ok(Some(source)) => Ok(Found::Source(Box::new(source))),
        Ok(None) => Ok(Found::Nothing),
        // A folder that nobody asked for is no error; what may stand in it is not known.
        Err(error) if !required => Ok(Found::Refused(error.to_string())),
        Err(error) => Err(Problem {
            code: "source::unreadable".to_owned(),
            message: error.to_string(),
            help: Some("name the folder of the root module with `--source`".to_owned()),
            file: Some(shown),
        }),
    }
}

/// A source that a server was given with a plan.
#[derive(Debug, Default)]
pub enum GivenSource {
    /// None was offered.
    #[default]
    Nothing,
    /// An archive (`tar.gz`), and the folder of the root module in it.
    Archive(Vec<u8>, String),
    /// One was offered, and this is why it could not be had.
    Refused(String),
}

impl GivenSource {
    /// Opens it. What cannot be used is refused.
    pub(super) fn open(self) -> Found {
        let (bytes, folder) = match self {
            Self::Nothing => return Found::Nothing,
            Self::Refused(why) => return Found::Refused(format!("the source is not used: {why}")),
            Self::Archive(bytes, folder) => (bytes, folder),
        };
        let refused = |why: String| Found::Refused(format!("the source is not used: {why}"));
        let archive = match Archive::unpack(&bytes) {
            Ok(archive) => archive,
            Err(why) => return refused(format!("its archive {why}")),
        };
        match Source::in_archive(archive, folder.trim_matches('/')) {
            Ok(Some(source)) => Found::Source(Box::new(source)),
            Ok(None) => refused(format!("`{folder}` contains no `.tf` or `.tf.json` files")),
            Err(error) => refused(error.to_string()),
        }
    }
}

/// As it is printed: the same on every machine where it can be.
fn relative(folder: &Path) -> PathBuf {
    let here = std::env::current_dir().ok();
    let below = here.and_then(|here| Some(folder.strip_prefix(here).ok()?.to_owned()));
    below.unwrap_or_else(|| folder.to_owned())
}

fn holds_source(folder: &Path) -> bool {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    // A folder that is not there holds nothing.
    match Source::open(folder, "") {
        Ok(source) => source.is_some(),
        Err(_) => folder.exists(),
    }
}
