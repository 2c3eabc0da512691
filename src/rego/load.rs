//! Finds and reads what the user names: files of Rego, and data as OPA's loader nests it.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use regorus::Value;
use regorus::value::Object;

use super::fault::Fault;
use super::module::Version;
use super::value::{from_json, from_yaml, kind};
use super::watch::Limits;

/// How policies are read and run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The dialect of all files; else each file tells by itself.
    pub version: Option<Version>,
    /// Whether a function that fails only makes its rule say nothing, as in conftest. Otherwise
    /// the evaluation fails: a rule that says nothing because of an error is no pass.
    pub compat_builtin_errors: bool,
    /// Whether variables and imports that nothing uses are mistakes.
    pub strict: bool,
    /// Whether policies see the environment, `opa.runtime().env`.
    pub environment: bool,
    /// What one evaluation may take.
    pub limits: Limits,
}

/// A file that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// As it is named in messages: below the path that the user gave, with `/`.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// What policies are made of.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The files of Rego, in the order of their names.
    pub files: Vec<File>,
    /// The data.
    pub(super) data: Data,
}

/// Data documents.
#[derive(Debug, Clone)]
pub(super) struct Data(pub(super) Value);

impl Default for Data {
    fn default() -> Self {
        Self(Value::new_object())
    }
}

/// No file of a policy set is this long.
const LONGEST: u64 = 256 << 20;
/// No folder is this deep; what is, is a circle of links.
const DEEPEST: usize = 64;

impl Sources {
    /// Reads files and folders of policies, and files and folders of data. Below a folder of data
    /// the folders' names are keys, the files' names are not.
    ///
    /// # Errors
    /// Everything that cannot be read; a policy path without any Rego.
    pub fn read(policies: &[PathBuf], data: &[PathBuf]) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut sources = Self::default();
        for path in policies {
            let mut found = Vec::new();
            if let Err(fault) = files(path, &["rego"], 0, &mut found) {
                faults.push(*fault);
                continue;
            }
            if found.is_empty() {
                let message = format!("`{}` contains no Rego files", shown(path));
                faults.push(
                    Fault::new("rego::no-policies", message)
                        .with_help("name the folder that contains the `.rego` files"),
                );
            }
            for path in found {
                match text(&path) {
                    // Named twice is loaded once.
                    Ok(text) if sources.files.iter().all(|file| file.name != shown(&path)) => {
                        sources.files.push(File { name: shown(&path), text });
                    }
                    Ok(_) => {}
                    Err(fault) => faults.push(*fault),
                }
            }
        }
        for path in data {
            let mut found = Vec::new();
            match files(path, &["json", "yaml", "yml"], 0, &mut found) {
                Ok(()) => {}
                Err(fault) => faults.push(*fault),
            }
            for file in found {
                if let Err(fault) = sources.add_data_file(path, &file) {
                    faults.push(*fault);
                }
            }
        }
        if faults.is_empty() { Ok(sources) } else { Err(faults) }
    }

    /// Adds a data document at the root.
    ///
    /// # Errors
    /// When it is no object, or gives a key another value than it has already.
    #[cfg(test)]
    pub(super) fn add_data(
        &mut self,
        name: &str,
        value: &serde_json::Value,
    ) -> Result<(), Box<Fault>> {
        self.merge(name, &[], super::value::of_json(value))
    }

    fn add_data_file(&mut self, root: &Path, file: &Path) -> Result<(), Box<Fault>> {
        let name = shown(file);
        let text = text(file)?;
        let json = file.extension().is_some_and(|end| end == "json");
        let read = if json { from_json(&text) } else { from_yaml(&text) };
        let value = read.map_err(|why| {
            let what = if json { "JSON" } else { "YAML" };
            Box::new(
                Fault::new("rego::bad-data", format!("this data file is not valid {what}: {why}"))
                    .in_file(&name)
                    .with_help("fix the file, or remove it from the data folder"),
            )
        })?;
        let folder = file.parent().and_then(|folder| folder.strip_prefix(root).ok());
        let keys: Vec<String> = folder
            .map(|folder| folder.iter().map(|part| part.to_string_lossy().into_owned()).collect())
            .unwrap_or_default();
        self.merge(&name, &keys, value)
    }

    fn merge(&mut self, name: &str, keys: &[String], value: Value) -> Result<(), Box<Fault>> {
        if keys.is_empty() && !matches!(value, Value::Object(_)) {
            let message = format!("data must be an object, found {}", kind(&value));
            return Err(Box::new(
                Fault::new("rego::bad-data", message)
                    .in_file(name)
                    .with_help("put it under a key, or in a folder named after the key"),
            ));
        }
        let nested = keys
            .iter()
            .rev()
            .fold(value, |value, key| super::value::object([(key.clone(), value)]));
        let Value::Object(new) = nested else { return Ok(()) };
        let Value::Object(all) = &mut self.data.0 else { return Ok(()) };
        let mut path = Vec::new();
        merge(regorus::Rc::make_mut(all), &new, &mut path).map_err(|()| {
            let message = format!("`data.{}` is set twice with different values", path.join("."));
            Box::new(
                Fault::new("rego::data-conflict", message)
                    .in_file(name)
                    .with_help("set it in one file only"),
            )
        })
    }
}

/// Merges objects; leaves where both say something else in `path`.
fn merge(into: &mut Object, new: &Object, path: &mut Vec<String>) -> Result<(), ()> {
    for (key, value) in new.iter() {
        path.push(match key {
            Value::String(text) => text.to_string(),
            other => other.to_string(),
        });
        match (into.get_mut(key), value) {
            (None, value) => {
                into.insert(key.clone(), value.clone());
            }
            (Some(Value::Object(present)), Value::Object(value)) => {
                merge(regorus::Rc::make_mut(present), value, path)?;
            }
            (Some(present), value) if present == value => {}
            (Some(_), _) => return Err(()),
        }
        path.pop();
    }
    Ok(())
}

/// The files below a path that end so, sorted; a file that is named itself counts always.
fn files(
    path: &Path,
    ends: &[&str],
    depth: usize,
    found: &mut Vec<PathBuf>,
) -> Result<(), Box<Fault>> {
    let unread = |error: &std::io::Error| {
        let why = match error.kind() {
            std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
            std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
            _ => error.to_string(),
        };
        Box::new(
            Fault::new("rego::unreadable", format!("cannot read `{}`: {why}", shown(path)))
                .with_help("check the path and its permissions"),
        )
    };
    let about = fs::metadata(path).map_err(|error| unread(&error))?;
    let fits = || path.extension().and_then(|end| end.to_str()).is_some_and(|e| ends.contains(&e));
    if !about.is_dir() {
        // Below a folder a pipe that nobody writes to, or a device without end, would be read.
        if depth > 0 && fits() && !about.is_file() {
            let message = format!("`{}` is not a file", shown(path));
            return Err(Box::new(
                Fault::new("rego::unreadable", message)
                    .with_help("remove it from the folder, or name it explicitly"),
            ));
        }
        if depth == 0 || fits() {
            found.push(path.to_owned());
        }
        return Ok(());
    }
    if depth > DEEPEST {
        let message = format!("`{}` is nested more than {DEEPEST} folders deep", shown(path));
        return Err(Box::new(
            Fault::new("rego::unreadable", message)
                .with_help("check for a symbolic link to a parent folder"),
        ));
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| unread(&error))? {
        entries.push(entry.map_err(|error| unread(&error))?.path());
    }
    entries.sort();
    for entry in entries {
        // Mounted volumes hold each file twice: once in a folder `..DATE` behind a link `..data`.
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.starts_with("..") && name != ".git" {
            files(&entry, ends, depth + 1, found)?;
        }
    }
    Ok(())
}

fn text(path: &Path) -> Result<String, Box<Fault>> {
    let name = shown(path);
    let fault = |why: String| {
        Box::new(
            Fault::new("rego::unreadable", format!("cannot read `{name}`: {why}"))
                .in_file(&name)
                .with_help("policies and data must be UTF-8 text"),
        )
    };
    let mut bytes = Vec::new();
    // Not by the length that the system tells: a device has none, and a pipe neither.
    fs::File::open(path)
        .and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| fault(error.to_string()))?;
    if bytes.len() as u64 > LONGEST {
        return Err(fault("it is too large".to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|_| fault("it is not UTF-8 text".to_owned()))?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// With `/` between its parts, on every system.
fn shown(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}
