//! From a path in an object to a line of its file, and whether that line may be quoted.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::location::Location;
use crate::model::node::{Content, Node, Place};
use crate::model::object::Object;

/// Keys whose values are no secrets.
const HARMLESS: &[&str] = &["name", "image", "kind", "apiVersion", "namespace"];

/// What is worked out once for all findings in a file.
#[derive(Debug)]
pub(super) struct Lines {
    /// Where each line begins, in bytes.
    starts: Vec<usize>,
    /// The text that stands on a line and might be a secret; `None` where there are several.
    texts: FxHashMap<u32, Option<Place>>,
    /// Positions of the objects.
    objects: FxHashMap<String, usize>,
}

impl Lines {
    pub(super) fn new(text: &str, objects: &[Object]) -> Self {
        let behind = text.match_indices('\n').map(|(at, _)| at + 1);
        let mut lines = Self {
            starts: std::iter::once(0).chain(behind).collect(),
            texts: FxHashMap::default(),
            objects: FxHashMap::default(),
        };
        // What an alias brings stands once in the file.
        let mut seen = FxHashSet::default();
        for (i, object) in objects.iter().enumerate() {
            lines.note(&object.root, false, &mut seen);
            lines.objects.insert(object.address.clone(), i);
        }
        lines
    }

    fn note(&mut self, node: &Node, harmless: bool, seen: &mut FxHashSet<(u32, u32)>) {
        match &node.content {
            Content::Map(entries) => {
                for entry in entries {
                    self.note(&entry.value, HARMLESS.contains(&&*entry.key), seen);
                }
            }
            Content::List(items) => items.iter().for_each(|item| self.note(item, false, seen)),
            Content::Text(_) if !harmless => {
                let place = node.place;
                if seen.insert((place.line, place.column)) {
                    for line in place.line..=place.end_line {
                        self.texts
                            .entry(line)
                            .and_modify(|only| *only = None)
                            .or_insert(Some(place));
                    }
                }
            }
            _ => {}
        }
    }

    /// The position of the object with this address.
    pub(super) fn object(&self, address: &str) -> Option<usize> {
        self.objects.get(address).copied()
    }

    pub(super) fn locate(&self, file: &str, text: &str, object: &Object, path: &str) -> Location {
        let (place, node, _) = object.root.locate(path);
        let quoted = object.kind != "Secret" && self.may_quote(place, node);
        Location {
            file: file.to_owned(),
            line: place.line.max(1),
            column: place.column.max(1),
            end_line: place.end_line.max(1),
            end_column: place.end_column.max(1),
            snippet: quoted.then(|| self.line(text, place.line)).flatten(),
        }
    }

    fn line(&self, text: &str, line: u32) -> Option<String> {
        let start = *self.starts.get(usize::try_from(line).ok()?.checked_sub(1)?)?;
        text.get(start..)?.lines().next().map(str::to_owned)
    }

    /// A line is quoted when the only value on it is the blamed one, or one that is never a secret:
    /// a manifest in one line holds everything on it.
    fn may_quote(&self, place: Place, blamed: &Node) -> bool {
        match self.texts.get(&place.line) {
            None => true,
            Some(Some(only)) => blamed.is_scalar() && *only == blamed.place,
            Some(None) => false,
        }
    }
}
