//! Addresses and references: where one part ends and the next begins.

use crate::model::subject::Key;

/// Splits at the dots that stand outside of brackets and quotes: `a["x.y"].b` has two parts.
pub(in crate::terraform) fn parts(address: &str) -> Vec<&str> {
    let (mut list, mut start) = (Vec::new(), 0);
    let (mut quoted, mut escaped, mut depth) = (false, false, 0_u32);
    for (i, c) in address.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            '[' if !quoted => depth += 1,
            ']' if !quoted => depth = depth.saturating_sub(1),
            '.' if !quoted && depth == 0 => {
                list.push(address.get(start..i).unwrap_or_default());
                start = i + 1;
            }
            _ => {}
        }
    }
    list.push(address.get(start..).unwrap_or_default());
    list
}

/// A part's name, and the text of its first index without the brackets.
pub(in crate::terraform) fn name_and_index(part: &str) -> (&str, Option<&str>) {
    match part.split_once('[') {
        Some((name, rest)) => (name, Some(rest.split_once(']').map_or(rest, |(key, _)| key))),
        None => (part, None),
    }
}

/// The key that an index text stands for; `None` when it is an expression.
pub(in crate::terraform) fn key(index: &str) -> Option<Key> {
    if let Some(quoted) = index.strip_prefix('"') {
        return serde_json::from_str(&format!("\"{quoted}")).ok().map(Key::Name);
    }
    index.parse().ok().map(Key::Index)
}

/// The module's address without instance keys, as the configuration knows it: `a.b`.
pub(in crate::terraform) fn module_path(module: &str) -> String {
    if module.is_empty() {
        return String::new();
    }
    let mut path = String::new();
    for pair in parts(module).chunks(2) {
        if let [_, call] = pair {
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(name_and_index(call).0);
        }
    }
    path
}

/// The parent's address, the call's name and the instance key of a module instance.
pub(in crate::terraform) fn parent(module: &str) -> Option<(String, String, Option<Key>)> {
    let all = parts(module);
    let call = all.last().filter(|_| all.len() >= 2)?;
    let (name, index) = name_and_index(call);
    let parent = all.get(..all.len() - 2).unwrap_or_default().join(".");
    Some((parent, name.to_owned(), index.and_then(key)))
}

/// A child module's address.
pub(in crate::terraform) fn child(module: &str, call: &str, key: Option<&Key>) -> String {
    let mut address = String::with_capacity(module.len() + call.len() + 16);
    address.push_str(module);
    if !module.is_empty() {
        address.push('.');
    }
    address.push_str("module.");
    address.push_str(call);
    if let Some(key) = key {
        address.push_str(&format!("[{key}]"));
    }
    address
}

/// A reference as `configuration` lists it.
#[derive(Debug, PartialEq)]
pub(in crate::terraform) enum Reference<'r> {
    /// `aws_x.name[key].rest` or `data.aws_x.name`; the type has the prefix `data.`.
    Resource { kind: String, name: &'r str, key: Option<Key>, rest: String },
    /// `var.name.rest`
    Variable { name: &'r str, rest: String },
    /// `module.call[key].output.rest`
    Output { call: &'r str, key: Option<Key>, output: &'r str, rest: String },
    /// `each.key`, `each.value.rest`, `count.index`
    Instance { value: bool, rest: String },
    /// `local.x`, `path.module`, `terraform.workspace`, `self`, and what else there may be.
    Other,
}

/// Reads a reference.
pub(in crate::terraform) fn reference(text: &str) -> Reference<'_> {
    let all = parts(text);
    let rest = |from: usize| all.get(from..).unwrap_or_default().join(".");
    let at = |i: usize| all.get(i).copied().unwrap_or_default();
    match at(0) {
        "var" => Reference::Variable { name: name_and_index(at(1)).0, rest: rest(2) },
        "module" => {
            let (call, index) = name_and_index(at(1));
            let key = index.and_then(key);
            Reference::Output { call, key, output: name_and_index(at(2)).0, rest: rest(3) }
        }
        "each" => Reference::Instance { value: at(1) == "value", rest: rest(2) },
        "count" => Reference::Instance { value: false, rest: String::new() },
        "local" | "path" | "terraform" | "self" | "" => Reference::Other,
        "data" if all.len() >= 3 => {
            let (name, index) = name_and_index(at(2));
            let kind = format!("data.{}", at(1));
            Reference::Resource { kind, name, key: index.and_then(key), rest: rest(3) }
        }
        kind if all.len() >= 2 => {
            let (name, index) = name_and_index(at(1));
            let key = index.and_then(key);
            Reference::Resource { kind: kind.to_owned(), name, key, rest: rest(2) }
        }
        _ => Reference::Other,
    }
}

/// Drops references that only repeat the beginning of another: `aws_x.a` beside `aws_x.a.id`.
pub(in crate::terraform) fn longest(references: Vec<String>) -> Vec<String> {
    let repeated = |short: &String| {
        references.iter().any(|long| {
            long.len() > short.len()
                && long.starts_with(short.as_str())
                && long.get(short.len()..).is_some_and(|tail| tail.starts_with(['.', '[']))
        })
    };
    let mut kept: Vec<String> = Vec::with_capacity(references.len());
    for reference in &references {
        if !repeated(reference) && !kept.contains(reference) {
            kept.push(reference.clone());
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_in_keys_do_not_split() {
        assert_eq!(parts(r#"module.a["x.y"].aws_b.c["]\".d"]"#).len(), 4);
        assert_eq!(module_path(r#"module.a["x.y"].module.b[0]"#), "a.b");
        assert_eq!(
            parent(r#"module.a["x.y"].module.b[0]"#),
            Some((r#"module.a["x.y"]"#.into(), "b".into(), Some(Key::Index(0))))
        );
        assert_eq!(parent(""), None);
        assert_eq!(
            child("module.a", "b", Some(&Key::Name("k".into()))),
            r#"module.a.module.b["k"]"#
        );
    }

    #[test]
    fn references_are_told_apart() {
        assert_eq!(
            reference(r#"aws_s3_bucket.b["k"].id"#),
            Reference::Resource {
                kind: "aws_s3_bucket".into(),
                name: "b",
                key: Some(Key::Name("k".into())),
                rest: "id".into()
            }
        );
        assert_eq!(
            reference("data.aws_iam_policy_document.d.json"),
            Reference::Resource {
                kind: "data.aws_iam_policy_document".into(),
                name: "d",
                key: None,
                rest: "json".into()
            }
        );
        assert_eq!(
            reference("each.value.id"),
            Reference::Instance { value: true, rest: "id".into() }
        );
        assert_eq!(reference("local.x"), Reference::Other);
    }

    #[test]
    fn only_the_longest_reference_is_kept() {
        let list = ["aws_x.a.id", "aws_x.a", "aws_x.ab", "each.value.id", "each.value"];
        let kept = longest(list.iter().map(ToString::to_string).collect());
        assert_eq!(kept, ["aws_x.a.id", "aws_x.ab", "each.value.id"]);
    }
}
