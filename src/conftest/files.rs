//! The files that are meant by the paths of the command line, in conftest's order.

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::path::{Component, Path, PathBuf};

use regex::Regex;

use crate::model::verdict::Problem;

use super::parsers::{Parser, instead};

/// No folder is this deep; what is, is a circle of links.
const DEEPEST: usize = 64;

/// The files that the paths name, each once: folders with all below them that conftest has a parser
/// for, without what fits `ignore`. With `forced` every file has a parser that is named. With `compat`
/// a folder may hold nothing as long as another path does, as in conftest.
///
/// # Errors
/// When something cannot be read, when a folder holds a file for a parser that is not here, and when
/// nothing is left.
pub fn list(
    paths: &[String],
    ignore: Option<&str>,
    forced: bool,
    compat: bool,
) -> Result<Vec<String>, Vec<Problem>> {
    let ignore = ignore.filter(|pattern| !pattern.is_empty()).map(pattern).transpose();
    let ignore = ignore.map_err(|problem| vec![problem])?;
    let ignored = |path: &str| ignore.as_ref().is_some_and(|pattern| pattern.is_match(path));
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for path in paths.iter().filter(|path| !path.is_empty()) {
        if path == "-" {
            found.push(path.clone());
            continue;
        }
        match fs::metadata(path) {
            Ok(about) if about.is_dir() => {
                let before = found.len();
                let mut walk = Walk {
                    ignored: &ignored,
                    forced,
                    compat,
                    found: &mut found,
                    visited: BTreeSet::new(),
                    left_out: false,
                };
                let walked = walk.folder(Path::new(path), 0);
                let left_out = walk.left_out;
                match walked {
                    Err(more) => problems.extend(more),
                    // Who names a folder wants it judged; who leaves all of it out has said so.
                    Ok(()) if found.len() == before && !left_out && !compat => {
                        problems.push(no_files(path));
                    }
                    Ok(()) => {}
                }
            }
            Ok(_) if ignored(path) => {}
            Ok(_) => found.push(path.clone()),
            Err(error) => problems.push(unread(path, &error)),
        }
    }
    let mut seen = BTreeSet::new();
    found.retain(|path| seen.insert(path.clone()));
    if found.is_empty() && problems.is_empty() {
        problems.push(no_files(&paths.join("`, `")));
    }
    if problems.is_empty() { Ok(found) } else { Err(problems) }
}

fn no_files(path: &str) -> Problem {
    Problem {
        code: "conftest::no-files".to_owned(),
        message: format!("no files found in `{path}`"),
        help: Some("name JSON or YAML files, folders that contain some, or `-`".to_owned()),
        file: None,
    }
}

fn pattern(text: &str) -> Result<Regex, Problem> {
    Regex::new(text).map_err(|error| {
        let why = error.to_string();
        let last = why.lines().last().unwrap_or_default().trim_start_matches("error: ");
        Problem {
            code: "conftest::ignore".to_owned(),
            message: format!("`--ignore {text}` is not a regular expression: {last}"),
            help: Some("escape special characters, as in `\\.`".to_owned()),
            file: None,
        }
    })
}

/// Why a path cannot be read.
pub(super) fn unread(path: &str, error: &std::io::Error) -> Problem {
    let why = match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        std::io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
        _ => error.to_string(),
    };
    Problem {
        code: "conftest::unreadable".to_owned(),
        message: format!("cannot read `{path}`: {why}"),
        help: Some("check the path and its permissions".to_owned()),
        file: Some(path.to_owned()),
    }
}

struct Walk<'w> {
    ignored: &'w dyn Fn(&str) -> bool,
    forced: bool,
    compat: bool,
    found: &'w mut Vec<String>,
    visited: BTreeSet<PathBuf>,
    /// Whether `ignore` took something away.
    left_out: bool,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, depth: usize) -> Result<(), Vec<Problem>> {
        // A link may lead to a folder above: each is walked once.
        if !self.visited.insert(folder.to_owned()) {
            return Ok(());
        }
        if depth > DEEPEST {
            return Err(vec![Problem {
                code: "conftest::unreadable".to_owned(),
                message: format!("`{}` is nested more than {DEEPEST} folders deep", shown(folder)),
                help: Some(
                    "check for a symbolic link to a parent folder, or name the deep folder"
                        .to_owned(),
                ),
                file: Some(shown(folder)),
            }]);
        }
        let failed = |error: std::io::Error| vec![unread(&shown(folder), &error)];
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(failed)? {
            names.push(entry.map_err(failed)?.file_name());
        }
        names.sort();
        let mut problems = Vec::new();
        for name in names {
            if let Err(more) = self.entry(&clean(&folder.join(name)), depth) {
                problems.extend(more);
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn entry(&mut self, path: &Path, depth: usize) -> Result<(), Vec<Problem>> {
        let failed = |error: std::io::Error| vec![unread(&shown(path), &error)];
        let about = fs::symlink_metadata(path).map_err(failed)?;
        if about.is_dir() {
            return self.folder(path, depth + 1);
        }
        if (self.ignored)(&shown(path)) {
            self.left_out = true;
            return Ok(());
        }
        if !about.is_symlink() {
            return self.file(path, &about);
        }
        // conftest names what a link leads to, not the link.
        let target = fs::read_link(path).map_err(failed)?;
        let target = clean(&path.parent().unwrap_or(Path::new("")).join(target));
        let about = fs::metadata(&target).map_err(failed)?;
        if about.is_dir() {
            return self.folder(&target, depth + 1);
        }
        let reads = |path: &Path| Parser::of(&shown(path)).is_some();
        if !self.compat && !reads(&target) && reads(path) {
            // It would be left out although its own name promises that it is read.
            return if about.is_file() {
                self.found.push(shown(&target));
                Ok(())
            } else {
                Err(vec![no_file(&shown(path))])
            };
        }
        self.file(&target, &about)
    }

    fn file(&mut self, path: &Path, about: &Metadata) -> Result<(), Vec<Problem>> {
        let path = shown(path);
        match Parser::of(&path) {
            None => Ok(()),
            Some(Parser::Other(parser)) if !self.forced => Err(vec![not_here(&path, parser)]),
            // A pipe that nobody writes to, a device without end.
            Some(_) if !about.is_file() => Err(vec![no_file(&path)]),
            Some(_) => {
                self.found.push(path);
                Ok(())
            }
        }
    }
}

fn no_file(path: &str) -> Problem {
    Problem {
        code: "conftest::unreadable".to_owned(),
        message: format!("`{path}` is not a file"),
        help: Some("skip it with --ignore, or name it explicitly".to_owned()),
        file: Some(path.to_owned()),
    }
}

/// A file that only another parser reads.
pub(super) fn not_here(path: &str, parser: &str) -> Problem {
    Problem {
        code: "conftest::parser".to_owned(),
        message: format!(
            "`{path}` needs conftest's parser `{parser}`, which holdpoint does not have"
        ),
        help: Some(instead(parser).to_owned()),
        file: Some(path.to_owned()),
    }
}

fn shown(path: &Path) -> String {
    path.display().to_string().replace('\\', "/")
}

/// Without `.` and with `..` taken back, as Go's paths are.
fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir
                if out.file_name().is_some() && !out.ends_with(Component::ParentDir) =>
            {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_tidied_as_go_does() {
        for (path, tidy) in [
            ("./a/./b", "a/b"),
            ("a/../b", "b"),
            ("../a", "../a"),
            ("../../a", "../../a"),
            ("/a/../b", "/b"),
        ] {
            assert_eq!(shown(&clean(Path::new(path))), tidy, "{path}");
        }
    }
}
