//! The source beside a plan: the `.tf` files that it was made from.

use std::path::{Path, PathBuf};

use crate::model::verdict::Problem;
use crate::terraform::source::Source;

/// The source of a plan: the folder that the user names, else one that holds some.
pub(super) fn find(plan: &str, named: Option<&Path>) -> Result<Option<Source>, Problem> {
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
        Ok(source) => Ok(source),
        // A folder that nobody asked for is no error.
        Err(_) if !required => Ok(None),
        Err(error) => Err(Problem {
            code: "source::unreadable".to_owned(),
            message: error.to_string(),
            help: Some("name the folder of the root module with `--source`".to_owned()),
            file: Some(shown),
        }),
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
    matches!(Source::open(folder, ""), Ok(Some(_)))
}
