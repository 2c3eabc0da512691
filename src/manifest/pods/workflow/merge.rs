//! A strategic merge, as Kubernetes patches pods and Argo fills in defaults.

use crate::model::node::{Content, Entry, Node};

/// What tells the elements of a list apart; a list of any other name is replaced as a whole.
fn key_of(list: &str) -> Option<&'static str> {
    match list {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "sidecars"
        | "volumes"
        | "env"
        | "imagePullSecrets"
        | "parameters"
        | "artifacts" => Some("name"),
        "ports" => Some("containerPort"),
        "volumeMounts" => Some("mountPath"),
        "volumeDevices" => Some("devicePath"),
        _ => None,
    }
}

/// The patch on top of the base: objects member by member, lists that have a key by that.
pub(super) fn merged(base: &Node, patch: &Node) -> Node {
    member("", base, patch)
}

fn member(name: &str, base: &Node, patch: &Node) -> Node {
    let content = match (&base.content, &patch.content) {
        (Content::Map(base), Content::Map(new)) => {
            let mut entries = base.clone();
            for entry in new {
                match entries.iter_mut().find(|known| known.key == entry.key) {
                    Some(known) => known.value = member(&entry.key, &known.value, &entry.value),
                    None => entries.push(entry.clone()),
                }
            }
            Content::Map(entries)
        }
        (Content::List(base), Content::List(new)) => match key_of(name) {
            None => return patch.clone(),
            Some(key) => Content::List(elements(key, base, new)),
        },
        _ => return patch.clone(),
    };
    Node { place: base.place, content }
}

fn elements(key: &str, base: &[Node], new: &[Node]) -> Vec<Node> {
    let mut items = base.to_vec();
    for item in new {
        let name = item.get(key);
        let twin = |known: &&mut Node| match (known.get(key), name) {
            (Some(known), Some(name)) => known.same(name),
            _ => false,
        };
        match items.iter_mut().find(twin) {
            Some(known) => *known = member("", known, item),
            None => items.push(item.clone()),
        }
    }
    items
}

/// Whether the patch holds words that say how to merge (`$patch: replace`): they take things away.
pub(super) fn has_directives(node: &Node) -> bool {
    match &node.content {
        Content::Map(entries) => {
            let directive =
                |entry: &Entry| entry.key.starts_with('$') || has_directives(&entry.value);
            entries.iter().any(directive)
        }
        Content::List(items) => items.iter().any(has_directives),
        _ => false,
    }
}

/// The same, standing where the text stands.
pub(super) fn placed(node: &Node, text: &Node) -> Node {
    let place = text.place;
    let content = match &node.content {
        Content::List(items) => {
            Content::List(items.iter().map(|item| placed(item, text)).collect())
        }
        Content::Map(entries) => {
            let moved = |entry: &Entry| Entry {
                key: entry.key.clone(),
                key_place: place,
                value: placed(&entry.value, text),
            };
            Content::Map(entries.iter().map(moved).collect())
        }
        other => other.clone(),
    };
    Node { place, content }
}
