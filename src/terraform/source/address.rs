//! Addresses and paths as text: module instances, attribute paths, folders.

use std::path::{Component, Path, PathBuf};

use crate::model::subject::Key;

/// The steps of `module.a["k"].module.b[0]`; `None` when it is no such address.
pub(super) fn module_steps(address: &str) -> Option<Vec<(String, Option<Key>)>> {
    let mut steps = Vec::new();
    let mut left = address;
    while !left.is_empty() {
        left = left.strip_prefix("module.")?;
        let end = left.find(['.', '[']).unwrap_or(left.len());
        let (name, tail) = left.split_at(end);
        left = tail;
        let key = match left.strip_prefix('[') {
            Some(inside) => {
                let (key, tail) = key(inside)?;
                left = tail.strip_prefix(']')?;
                Some(key)
            }
            None => None,
        };
        steps.push((name.to_owned(), key));
        if !left.is_empty() {
            left = left.strip_prefix('.')?;
        }
    }
    Some(steps)
}

/// Reads an instance key at the start of a text, and what follows it.
fn key(text: &str) -> Option<(Key, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(']')?;
        let (digits, tail) = text.split_at(end);
        return Some((Key::Index(digits.parse().ok()?), tail));
    };
    let mut escaped = false;
    for (at, c) in quoted.char_indices() {
        match c {
            '"' if !escaped => {
                let raw = quoted.get(..at)?;
                return Some((Key::Name(unescape(raw)), quoted.get(at + 1..)?));
            }
            '\\' if !escaped => escaped = true,
            _ => escaped = false,
        }
    }
    None
}

fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n') => text.push('\n'),
                Some('r') => text.push('\r'),
                Some('t') => text.push('\t'),
                Some(other) => text.push(other),
                None => {}
            },
            // Terraform writes `${` in a key as `$${`.
            '$' | '%'
                if chars.as_str().starts_with([c]) && chars.as_str().get(1..2) == Some("{") => {}
            c => text.push(c),
        }
    }
    text
}

/// One step of an attribute path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    Name(String),
    Index(usize),
}

/// The steps of `ingress[1].cidr_blocks`, or `tags["a.b"]`.
pub(super) fn path_steps(path: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut left = path;
    while !left.is_empty() {
        if let Some(inside) = left.strip_prefix('[') {
            let Some((key, tail)) = key(inside) else {
                break;
            };
            steps.push(match key {
                Key::Index(index) => Step::Index(usize::try_from(index).unwrap_or(usize::MAX)),
                Key::Name(name) => Step::Name(name),
            });
            left = tail.strip_prefix(']').unwrap_or_default();
        } else {
            let start = left.strip_prefix('.').unwrap_or(left);
            let end = start.find(['.', '[']).unwrap_or(start.len());
            let (name, tail) = start.split_at(end);
            if name.is_empty() && tail.is_empty() {
                break;
            }
            if !name.is_empty() {
                steps.push(Step::Name(name.to_owned()));
            }
            left = tail;
        }
    }
    steps
}

/// A folder below another, without `.` and with `..` taken back where it can be.
pub(super) fn join(dir: &Path, relative: &str) -> PathBuf {
    let mut joined = PathBuf::new();
    for component in dir.join(relative).components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => match joined.components().next_back() {
                Some(Component::Normal(_)) => {
                    joined.pop();
                }
                _ => joined.push(".."),
            },
            other => joined.push(other),
        }
    }
    joined
}

/// [`join`] for text with `/` between its parts; empty for the working directory itself.
pub(super) fn join_shown(dir: &str, relative: &str) -> String {
    join(Path::new(dir), relative).to_string_lossy().replace('\\', "/")
}

/// The address of a module instance below another.
pub(super) fn child(parent: &str, name: &str, key: Option<&Key>) -> String {
    let dot = if parent.is_empty() { "" } else { "." };
    match key {
        Some(key) => format!("{parent}{dot}module.{name}[{key}]"),
        None => format!("{parent}{dot}module.{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn module_addresses_come_apart() {
        let steps = module_steps(r#"module.a["k.]\"x"].module.b[0].module.c"#).unwrap();
        assert_eq!(
            steps,
            [
                ("a".to_owned(), Some(Key::Name("k.]\"x".to_owned()))),
                ("b".to_owned(), Some(Key::Index(0))),
                ("c".to_owned(), None),
            ]
        );
        assert_eq!(module_steps(""), Some(Vec::new()));
        for broken in ["aws_x.y", "module.a[", "module.a[\"x", "module.a[x]", "module.a.b"] {
            assert_eq!(module_steps(broken), None, "{broken}");
        }
    }

    #[test]
    fn attribute_paths_come_apart() {
        let name = |name: &str| Step::Name(name.to_owned());
        assert_eq!(
            path_steps("ingress[1].cidr_blocks[0]"),
            [name("ingress"), Step::Index(1), name("cidr_blocks"), Step::Index(0)]
        );
        assert_eq!(path_steps("tags[\"a.b\"]"), [name("tags"), name("a.b")]);
        for odd in ["", ".", "..", "[", "a[", "[]", "a..b", "é[0"] {
            let _ = path_steps(odd);
        }
    }

    #[test]
    fn folders_join() {
        assert_eq!(join_shown("envs/prod", "../../modules/x"), "modules/x");
        assert_eq!(join_shown("", "./m"), "m");
        assert_eq!(join_shown("", "../m/."), "../m");
        assert_eq!(join_shown("a", ".."), "");
    }
}
