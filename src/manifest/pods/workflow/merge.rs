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
        (Content::Map(own), Content::Map(new)) => {
            let mut entries = own.clone();
            for entry in new {
                match entries.iter_mut().find(|own| own.key == entry.key) {
                    Some(own) => own.value = member(&entry.key, &own.value, &entry.value),
                    None => entries.push(entry.clone()),
                }
            }
            Content::Map(entries)
        }
        (Content::List(own), Content::List(new)) => match key_of(name) {
            None => return patch.clone(),
            Some(key) => Content::List(elements(key, own, new)),
        },
        _ => return patch.clone(),
    };
    Node { place: base.place, content }
}

fn elements(key: &str, own: &[Node], new: &[Node]) -> Vec<Node> {
    let mut items = own.to_vec();
    for item in new {
        let name = item.get(key);
        let twin = |own: &&mut Node| match (own.get(key), name) {
            (Some(own), Some(name)) => own.same(name),
            _ => false,
        };
        match items.iter_mut().find(twin) {
            Some(own) => *own = member("", own, item),
            None => items.push(item.clone()),
        }
    }
    items
}

/// Whether the patch holds words that say how to merge (`$patch: replace`): they take things away.
pub(super) fn has_directives(node: &Node) -> bool {
    match &node.content {
        Content::Map(entries) => {
            let said = |entry: &Entry| entry.key.starts_with('$') || has_directives(&entry.value);
            entries.iter().any(said)
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
