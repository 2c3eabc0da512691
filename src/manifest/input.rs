//! Which files there are: paths as the user names them, folders as git sees them.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use ignore::overrides::{Override, OverrideBuilder};

use super::error::Fault;
use super::git;
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
            .follow_links(true)
            .overrides(globs.clone())
            .filter_entry(|entry| entry.file_name() != ".git")
            .build()
    };
    let (mut seen, mut linked) = (Vec::new(), false);
    for entry in walk(true) {
        linked |= entry.as_ref().is_ok_and(ignore::DirEntry::path_is_symlink);
        match entry {
            Ok(entry) if is_manifest(entry.path()) => {
                seen.push((shown(entry.path()), entry.path().to_owned()));
            }
            Ok(_) => {}
            Err(error) if leads_nowhere(&error, None) => {}
            Err(error) => {
                let message = format!("cannot read all of `{path}`: {error}");
                listing
                    .faults
                    .push((path.to_owned(), Fault::whole("manifest::unreadable", message)));
            }
        }
    }
    seen.sort();
    if linked {
        // What several names lead to is judged once.
        let mut real = HashSet::new();
        seen.retain(|(_, path)| fs::canonicalize(path).map_or(true, |own| real.insert(own)));
    }
    let mut ignored = Vec::new();
    for entry in walk(false).flatten().filter(|entry| is_manifest(entry.path())) {
        let name = shown(entry.path());
        if seen.binary_search_by(|(own, _)| own.cmp(&name)).is_err() {
            ignored.push((name, entry.into_path()));
        }
    }
    if !ignored.is_empty() {
        match git::tracked(Path::new(path)) {
            Ok(tracked) => {
                let is_tracked =
                    |file: &Path| fs::canonicalize(file).is_ok_and(|file| tracked.contains(&file));
                let (own, other) = ignored.into_iter().partition(|(_, file)| is_tracked(file));
                ignored = other;
                seen.extend::<Vec<_>>(own);
            }
            Err(why) => {
                let message = format!("cannot tell which files of `{path}` git ignores: {why}");
                let fault = Fault::whole("manifest::unreadable", message);
                listing.faults.push((path.to_owned(), fault));
            }
        }
    }
    listing.ignored.extend(ignored.into_iter().map(|(name, _)| name));
    listing.ignored.sort();
    listing.files.extend(seen);
}

/// Whether it is a link to a folder above, which is read already, or one to nothing that is not
/// named like a manifest.
fn leads_nowhere(error: &ignore::Error, path: Option<&Path>) -> bool {
    match error {
        ignore::Error::Loop { .. } => true,
        ignore::Error::WithDepth { err, .. } => leads_nowhere(err, path),
        ignore::Error::WithPath { path, err } => leads_nowhere(err, Some(path)),
        ignore::Error::Io(error) => {
            error.kind() == std::io::ErrorKind::NotFound
                && path.is_some_and(|path| path.is_symlink() && !is_named(path))
        }
        _ => false,
    }
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
    is_named(path) && path.is_file()
}

fn is_named(path: &Path) -> bool {
    let ends = path.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase);
    let named = path.file_name().is_some_and(|name| name == "Kustomization");
    named || matches!(ends.as_deref(), Some("yaml" | "yml" | "json"))
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
