//! Which files there are: paths as the user names them, folders as `kubectl apply -R` sees them.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use ignore::overrides::{Override, OverrideBuilder};
use ignore::{DirEntry, WalkBuilder};

use super::error::Fault;
use super::read::LONGEST;
use super::templates;

/// What to read.
#[derive(Debug, Clone, Copy, Default)]
pub struct Paths<'a> {
    /// Files, folders, `-` for standard input.
    pub paths: &'a [String],
    /// Globs: in folders only what fits one of them.
    pub include: &'a [String],
    /// Globs: in folders nothing that fits one of them.
    pub exclude: &'a [String],
    /// Whether what `.gitignore` names is left out of folders. kubectl knows no such file.
    pub gitignore: bool,
}

/// A file to read.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Listed {
    /// The name that is printed.
    pub(super) name: String,
    /// Where it is.
    pub(super) path: PathBuf,
    /// The paths of the user that lead to it, by their positions.
    pub(super) inputs: Vec<usize>,
}

/// The files to read.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Sorted by name, none twice.
    pub(super) files: Vec<Listed>,
    /// What could not be listed.
    pub(super) faults: Vec<(String, Fault)>,
    /// Links that lead to nothing which could be read.
    pub(super) passed: Vec<String>,
}

/// Standard input, as it is named.
const STDIN: &str = "-";

/// Lists the files.
pub(super) fn list(request: &Paths<'_>) -> Listing {
    let mut listing = Listing::default();
    for (number, path) in request.paths.iter().enumerate() {
        let listed = |name| Listed { name, path: PathBuf::from(path), inputs: vec![number] };
        if path == STDIN {
            listing.files.push(listed(path.clone()));
            continue;
        }
        match fs::metadata(path) {
            Ok(found) if found.is_dir() => folder(number, path, request, &mut listing),
            Ok(_) => listing.files.push(listed(shown(Path::new(path)))),
            Err(error) => {
                let message = format!("cannot read `{path}`: {}", reason(&error));
                listing.unreadable(path, message);
            }
        }
    }
    // In the order of the names: what is found does not depend on the file system.
    listing.files.sort();
    once(&mut listing.files);
    listing.passed.sort();
    listing
}

impl Listing {
    fn unreadable(&mut self, path: &str, message: String) {
        self.faults.push((path.to_owned(), Fault::whole("manifest::unreadable", message)));
    }
}

/// What several names lead to is read once, by the first of them.
fn once(files: &mut Vec<Listed>) {
    let mut first: HashMap<PathBuf, usize> = HashMap::new();
    let mut kept: Vec<Listed> = Vec::with_capacity(files.len());
    for file in files.drain(..) {
        let resolved = match file.path == Path::new(STDIN) {
            true => file.path.clone(),
            false => fs::canonicalize(&file.path).unwrap_or_else(|_| file.path.clone()),
        };
        match first.entry(resolved) {
            // That a folder is a chart is known by the name of its file: the name must stay.
            Entry::Occupied(known) if templates::builder(&file.name).is_none() => {
                if let Some(known) = kept.get_mut(*known.get()) {
                    known.inputs.extend(file.inputs);
                }
            }
            entry => {
                entry.or_insert(kept.len());
                kept.push(file);
            }
        }
    }
    *files = kept;
}

fn folder(number: usize, path: &str, request: &Paths<'_>, listing: &mut Listing) {
    let globs = match overrides(path, request) {
        Ok(globs) => globs,
        Err(fault) => return listing.faults.push((path.to_owned(), fault)),
    };
    let walk = WalkBuilder::new(path)
        .hidden(false)
        .ignore(false)
        .git_global(false)
        .git_exclude(false)
        .git_ignore(request.gitignore)
        .parents(request.gitignore)
        .require_git(false)
        .follow_links(true)
        .overrides(globs)
        .build();
    for entry in walk {
        match entry {
            Ok(entry) => {
                // A `.gitignore` that cannot be understood.
                if let Some(error) = entry.error() {
                    listing.unreadable(path, format!("cannot read all of `{path}`: {error}"));
                }
                take(number, &entry, listing);
            }
            Err(error) => match leads_nowhere(&error, None) {
                Some(link) => listing.passed.push(shown(&link)),
                None => listing.unreadable(path, format!("cannot read all of `{path}`: {error}")),
            },
        }
    }
}

fn take(number: usize, entry: &DirEntry, listing: &mut Listing) {
    let (path, kind) = (entry.path(), entry.file_type());
    if !is_named(path) || kind.is_some_and(|kind| kind.is_dir()) {
        return;
    }
    let name = shown(path);
    if kind.is_some_and(|kind| kind.is_file()) {
        listing.files.push(Listed { name, path: path.to_owned(), inputs: vec![number] });
    } else {
        // To open a pipe is to wait for somebody who writes.
        listing.unreadable(&name, format!("`{name}` is named like a manifest but is not a file"));
    }
}

/// The link, when it leads to a folder above, which is read already, or to nothing and is not named
/// like a manifest.
fn leads_nowhere(error: &ignore::Error, path: Option<&Path>) -> Option<PathBuf> {
    match error {
        ignore::Error::Loop { child, .. } => Some(child.clone()),
        ignore::Error::WithDepth { err, .. } => leads_nowhere(err, path),
        ignore::Error::WithPath { path, err } => leads_nowhere(err, Some(path)),
        ignore::Error::Io(error) if error.kind() == std::io::ErrorKind::NotFound => {
            path.filter(|path| path.is_symlink() && !is_named(path)).map(Path::to_owned)
        }
        _ => None,
    }
}

fn overrides(path: &str, request: &Paths<'_>) -> Result<Override, Fault> {
    let mut builder = OverrideBuilder::new(path);
    let wrong = |glob: &str| {
        Fault::whole("manifest::glob", format!("`{glob}` is not a valid glob, such as `charts/**`"))
    };
    for glob in request.include {
        builder.add(glob).map_err(|_| wrong(glob))?;
    }
    for glob in request.exclude {
        builder.add(&format!("!{glob}")).map_err(|_| wrong(glob))?;
    }
    builder.build().map_err(|_| wrong(path))
}

/// What `kubectl apply -R -f FOLDER` takes, and the file that kustomize knows besides.
fn is_named(path: &Path) -> bool {
    let ends = path.extension().and_then(|end| end.to_str()).map(str::to_ascii_lowercase);
    let named = path.file_name().is_some_and(|name| name == "Kustomization");
    named || matches!(ends.as_deref(), Some("yaml" | "yml" | "json"))
}

/// The bytes of a file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Fault> {
    let failed = |error: std::io::Error| {
        let message = format!("cannot read the file: {}", reason(&error));
        Fault::whole("manifest::unreadable", message)
    };
    let mut bytes = Vec::new();
    let source: Box<dyn Read> = if path == Path::new(STDIN) {
        Box::new(std::io::stdin().lock())
    } else {
        Box::new(File::open(path).map_err(failed)?)
    };
    source.take(LONGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LONGEST {
        let message = format!("the file is larger than {} MiB", LONGEST >> 20);
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
        std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        kind => kind.to_string(),
    }
}
