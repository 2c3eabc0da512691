//! READ and NORMALISE Kubernetes manifests: files become objects with places, as the API server
//! would read them.

mod error;
mod input;
mod locate;
mod objects;
mod pods;
pub mod read;
mod templates;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use rayon::prelude::*;

pub use error::Fault;
pub use input::Paths;

use crate::model::location::Location;
use crate::model::object::Object;
use crate::model::subject::{Origin, Subject, SubjectChange, SubjectId};
use locate::Lines;
use templates::Builder;

/// Everything that the paths lead to.
#[derive(Debug, Default)]
pub struct Manifests {
    /// The files that hold objects, sorted by name.
    pub files: Vec<File>,
    /// What could not be read or evaluated, with the file.
    pub faults: Vec<(String, Fault)>,
    /// What somebody should know.
    pub notices: Vec<String>,
    /// How many files were read.
    pub read: usize,
}

/// One file.
#[derive(Debug)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its text.
    text: String,
    /// Its objects, in order.
    pub objects: Vec<Object>,
    lines: OnceLock<Lines>,
}

impl Manifests {
    /// Reads everything. Problems are in [`Manifests::faults`].
    #[must_use]
    pub fn read(paths: &Paths<'_>) -> Self {
        let listing = input::list(paths);
        let mut all = Self { faults: listing.faults, ..Self::default() };
        let charts: Vec<&str> = listing
            .files
            .iter()
            .filter(|file| templates::builder(&file.name) == Some(Builder::Helm))
            .map(|file| file.name.rsplit_once('/').map_or("", |(folder, _)| folder))
            .collect();
        let mut waiting = vec![0usize; charts.len()];
        let mut files = Vec::new();
        // Which of the user's paths lead to something.
        let mut fruitful: BTreeSet<usize> = BTreeSet::new();
        for file in &listing.files {
            let name = &file.name;
            if templates::builder(name) == Some(Builder::Kustomize) {
                let message = "a kustomization is not a manifest: its result is not checked";
                all.faults.push((name.clone(), Fault::whole("manifest::kustomize", message)));
                fruitful.extend(&file.inputs);
                continue;
            }
            let chart = charts.iter().position(|folder| in_chart(name, folder));
            match chart.and_then(|i| waiting.get_mut(i)) {
                Some(count) => {
                    *count += 1;
                    fruitful.extend(&file.inputs);
                }
                None => files.push(file),
            }
        }
        for (folder, count) in charts.iter().zip(waiting) {
            let name = if folder.is_empty() { "." } else { folder };
            let files = if count == 1 { "1 file was" } else { &format!("{count} files were") };
            let message =
                format!("`{name}` is a Helm chart that has not been rendered: {files} not checked");
            all.faults.push((name.to_owned(), Fault::whole("manifest::template", message)));
        }
        all.read = files.len();
        let read: Vec<Read> = files.par_iter().map(|file| open(&file.name, &file.path)).collect();
        let (mut strangers, mut documents) = (Vec::new(), 0);
        for (listed, read) in files.iter().zip(read) {
            if !read.is_empty() {
                fruitful.extend(&listed.inputs);
            }
            if read.strangers > 0 {
                documents += read.strangers;
                strangers.push(read.file.name.clone());
            }
            all.faults.extend(read.faults.into_iter().map(|fault| (read.file.name.clone(), fault)));
            if !read.file.objects.is_empty() {
                all.files.push(read.file);
            }
        }
        if !strangers.is_empty() {
            let named = some(&strangers);
            let message = match documents {
                1 => "1 document is not a Kubernetes manifest".to_owned(),
                more => format!("{more} documents are not Kubernetes manifests"),
            };
            all.notices.push(format!("{message}: {named}"));
        }
        for (i, path) in paths.paths.iter().enumerate() {
            if !fruitful.contains(&i) && all.faults.iter().all(|(name, _)| name != path) {
                let message =
                    format!("`{path}` contains no manifest, so nothing in it was checked");
                all.faults.push((path.clone(), Fault::whole("manifest::nothing", message)));
            }
        }
        if !listing.passed.is_empty() {
            let named = some(&listing.passed);
            all.notices.push(format!("symbolic links that are broken or form a loop: {named}"));
        }
        if paths.gitignore {
            let text = "files ignored by `.gitignore` are not checked, though git may track them";
            all.notices.push(text.to_owned());
        }
        all.notices.extend(all.guesses());
        all
    }

    /// How many objects there are.
    #[must_use]
    pub fn objects(&self) -> usize {
        self.files.iter().map(|file| file.objects.len()).sum()
    }

    /// Whether settings stand somewhere without a whole pod around them.
    #[must_use]
    pub fn has_loose_pods(&self) -> bool {
        let mut objects = self.files.iter().flat_map(|file| &file.objects);
        objects.any(|object| object.pods.iter().any(|pod| pod.loose))
    }

    fn guesses(&self) -> Option<String> {
        let objects = self.files.iter().flat_map(|file| &file.objects);
        let guessed = objects.filter(|object| object.pods.iter().any(|pod| pod.guessed));
        let mut kinds: Vec<String> =
            guessed.map(|object| format!("{} ({})", object.kind, object.api_version)).collect();
        kinds.sort();
        kinds.dedup();
        (!kinds.is_empty()).then(|| {
            format!("unknown kinds checked as pods because of their shape: {}", some(&kinds))
        })
    }
}

impl File {
    /// The comments that may be meant for holdpoint.
    #[must_use]
    pub fn comments(&self) -> Vec<read::Comment> {
        read::comments(&self.text)
    }

    /// The objects as subjects; an id is a position among [`File::objects`].
    #[must_use]
    pub fn subjects(&self) -> Vec<Subject> {
        let subject = |(i, object): (usize, &Object)| {
            let id = SubjectId(u32::try_from(i).unwrap_or(u32::MAX));
            Subject {
                id,
                address: object.address.clone(),
                kind: object.kind.clone(),
                name: object.name.clone(),
                change: SubjectChange::creation(),
                origin: Origin::Manifest(object.reference()),
            }
        };
        self.objects.iter().enumerate().map(subject).collect()
    }

    /// The object with this address, and where a path in it stands.
    #[must_use]
    pub fn locate(&self, address: &str, path: &str) -> Option<(&Object, Location)> {
        let lines = self.lines.get_or_init(|| Lines::new(&self.text, &self.objects));
        let object = self.objects.get(lines.object(address)?)?;
        Some((object, lines.locate(&self.name, &self.text, object, path)))
    }
}

/// What has the name of a file that was found, and where it is.
pub type Found = Vec<(String, PathBuf)>;

/// The files named like manifests in a folder and below, and what could not be listed.
#[must_use]
pub fn listed(folder: &str) -> (Found, Vec<(String, Fault)>) {
    let listing = input::list(&Paths { paths: &[folder.to_owned()], ..Paths::default() });
    let nowhere = |link: String| {
        let fault =
            Fault::whole("manifest::unreadable", "the symbolic link is broken or forms a loop");
        (link, fault)
    };
    let mut faults = listing.faults;
    faults.extend(listing.passed.into_iter().map(nowhere));
    (listing.files.into_iter().map(|file| (file.name, file.path)).collect(), faults)
}

/// The text of a file.
///
/// # Errors
/// When it cannot be read, is too long or no text.
pub fn text(path: &Path) -> Result<String, Fault> {
    input::read(path).and_then(read::text)
}

/// Whether a file is a template of the chart in that folder, or of a chart inside it.
fn in_chart(name: &str, folder: &str) -> bool {
    let below = match folder {
        "" => Some(name),
        folder => name.strip_prefix(folder).and_then(|tail| tail.strip_prefix('/')),
    };
    below.is_some_and(|tail| tail.starts_with("templates/"))
}

/// What one file held.
struct Read {
    file: File,
    strangers: usize,
    faults: Vec<Fault>,
}

impl Read {
    /// Whether the file held no document at all.
    fn is_empty(&self) -> bool {
        self.file.objects.is_empty() && self.strangers == 0 && self.faults.is_empty()
    }
}

fn open(name: &str, path: &Path) -> Read {
    let mut read = Read {
        file: File {
            name: name.to_owned(),
            text: String::new(),
            objects: Vec::new(),
            lines: OnceLock::new(),
        },
        strangers: 0,
        faults: Vec::new(),
    };
    let text = match self::text(path) {
        Ok(text) => text,
        Err(fault) => {
            read.faults.push(fault);
            return read;
        }
    };
    match read::unambiguous(&text) {
        Ok(documents) => {
            let found = objects::gather(documents, 0);
            read.file.objects = found.objects;
            read.strangers = found.strangers;
            read.faults = found.faults;
        }
        Err(fault) if templates::is_template(&text) => {
            let message = "this template has not been rendered";
            read.faults.push(Fault::at("manifest::template", fault.line, fault.column, message));
        }
        Err(fault) => read.faults.push(fault),
    }
    read.file.text = text;
    read
}

/// The first few of a list.
fn some(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(5).map(|name| format!("`{name}`")).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
