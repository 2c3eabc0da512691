//! Which files there are: paths as the user names them, folders as git sees them.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use ignore::overrides::{Override, OverrideBuilder};

use super::error::Fault;
use super::read::LONGEST;

/// What to read.
#[derive(Debug, Clone, Copy)]
pub struct Paths<'a> {
    /// Files, folders, `-` for standard input.
    pub paths: &'a [String],
    /// Globs: in folders only what fits one of them.
    pub include: &'a [String],
    /// Globs: in folders nothing that fits one of them.
    pub exclude: &'a [String],
}

/// The files to read.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// With the name that is printed, sorted, none twice.
    pub(super) files: Vec<(String, PathBuf)>,
    /// Files that git does not see, and that are left out therefore.
    pub(super) ignored: Vec<String>,
    /// What could not be listed.
    pub(super) faults: Vec<(String, Fault)>,
}

/// Lists the files.
pub(super) fn list(request: &Paths<'_>) -> Listing {
    let mut listing = Listing::default();
    for path in request.paths {
        if path == "-" {
            listing.files.push((path.clone(), PathBuf::from("-")));
            continue;
        }
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => folder(path, request, &mut listing),
            Ok(_) => listing.files.push((shown(Path::new(path)), PathBuf::from(path))),
            Err(error) => {
                let message = format!("cannot read `{path}`: {}", reason(&error));
                listing.faults.push((path.clone(), Fault::whole("manifest::unreadable", message)));
            }
        }
    }
    // In the order of the names: what is found does not depend on the file system.
    listing.files.sort();
    listing.files.dedup_by(|a, b| a.1 == b.1);
    listing
}

fn folder(path: &str, request: &Paths<'_>, listing: &mut Listing) {
    let globs = match overrides(path, request) {
        Ok(globs) => globs,
        Err(fault) => return listing.faults.push((path.to_owned(), fault)),
    };
    let walk = |as_git: bool| {
        WalkBuilder::new(path)
            .hidden(false)
            .ignore(false)
            .git_global(false)
            .git_exclude(false)
            .git_ignore(as_git)
            .parents(as_git)
            .require_git(false)
            .overrides(globs.clone())
            .filter_entry(|entry| entry.file_name() != ".git")
            .build()
    };
    let mut seen = Vec::new();
    for entry in walk(true) {
        match entry {
            Ok(entry) if is_manifest(entry.path()) => {
                seen.push((shown(entry.path()), entry.path().to_owned()));
            }
            Ok(_) => {}
            Err(error) => {
                let message = format!("cannot read all of `{path}`: {error}");
                listing
                    .faults
                    .push((path.to_owned(), Fault::whole("manifest::unreadable", message)));
            }
        }
    }
    seen.sort();
    for entry in walk(false).flatten().filter(|entry| is_manifest(entry.path())) {
        let name = shown(entry.path());
        if seen.binary_search_by(|(own, _)| own.cmp(&name)).is_err() {
            listing.ignored.push(name);
        }
    }
    listing.ignored.sort();
    listing.files.extend(seen);
}

fn overrides(path: &str, request: &Paths<'_>) -> Result<Override, Fault> {
    let mut builder = OverrideBuilder::new(path);
    let wrong = |glob: &str| {
        Fault::whole("manifest::glob", format!("`{glob}` is no glob, such as `charts/**`"))
    };
    for glob in request.include {
        builder.add(glob).map_err(|_| wrong(glob))?;
    }
    for glob in request.exclude {
        builder.add(&format!("!{glob}")).map_err(|_| wrong(glob))?;
    }
    builder.build().map_err(|_| wrong(path))
}

/// The files that `kubectl apply -R -f FOLDER` takes, and the one that kustomize knows besides.
fn is_manifest(path: &Path) -> bool {
    let ends = path.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase);
    let named = path.file_name().is_some_and(|name| name == "Kustomization");
    (named || matches!(ends.as_deref(), Some("yaml" | "yml" | "json"))) && path.is_file()
}

/// The bytes of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    let failed = |error: std::io::Error| {
        let message = format!("cannot be read: {}", reason(&error));
        Fault::whole("manifest::unreadable", message)
    };
    let mut bytes = Vec::new();
    let source: Box<dyn Read> = if path == Path::new("-") {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(File::open(path).map_err(failed)?)
    };
    source.take(LONGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LONGEST {
        let message = format!("the file is longer than {} MiB", LONGEST >> 20);
        return Err(Fault::whole("manifest::too-large", message));
    }
    Ok(bytes)
}

/// As it is printed: with `/` between its parts, without `./` in front.
fn shown(path: &Path) -> String {
    let text = path.display().to_string().replace('\\', "/");
    text.strip_prefix("./").map_or(text.clone(), str::to_owned)
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        kind => kind.to_string(),
    }
}
