//! From a path in an object to a line of its file, and whether that line may be quoted.

use crate::model::location::Location;
use crate::model::node::{Content, Node, Place};
use crate::model::object::Object;

/// Keys whose values are no secrets.
const HARMLESS: &[&str] = &["name", "image", "kind", "apiVersion", "namespace"];

pub(super) fn locate(file: &str, text: &str, object: &Object, path: &str) -> Location {
    let (place, node, _) = object.root.locate(path);
    let quotable = object.kind != "Secret" && may_quote(&object.root, place, node);
    let line = usize::try_from(place.line).unwrap_or(usize::MAX);
    let snippet = quotable.then(|| text.lines().nth(line.saturating_sub(1)).map(str::to_owned));
    Location {
        file: file.to_owned(),
        line: place.line.max(1),
        column: place.column.max(1),
        end_line: place.end_line.max(1),
        end_column: place.end_column.max(1),
        snippet: snippet.flatten(),
    }
}

/// A line is quoted when the only value on it is the blamed one, or one that is never a secret: a
/// manifest in one line holds everything on it.
fn may_quote(root: &Node, place: Place, blamed: &Node) -> bool {
    let own = blamed.is_scalar().then_some(blamed.place);
    only_harmless(root, place.line, own, false)
}

fn only_harmless(node: &Node, line: u32, own: Option<Place>, harmless: bool) -> bool {
    if line < node.place.line || line > node.place.end_line {
        return true;
    }
    match &node.content {
        Content::Map(entries) => entries.iter().all(|entry| {
            let harmless = HARMLESS.contains(&&*entry.key);
            only_harmless(&entry.value, line, own, harmless)
        }),
        Content::List(items) => items.iter().all(|item| only_harmless(item, line, own, false)),
        Content::Text(_) => harmless || own == Some(node.place),
        _ => true,
    }
}
