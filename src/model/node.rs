//! A tree of values that know where they were written: what a manifest is read into.

use std::collections::HashMap;
use std::sync::Arc;

/// The position of something in its file. Lines and columns count from 1; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
    /// The last line.
    pub end_line: u32,
    /// The column after the last character.
    pub end_column: u32,
}

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it is; the target of an alias is where its anchor is.
    pub place: Place,
    /// What it is.
    pub content: Content,
}

/// A value as Kubernetes types it.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// Nothing.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer that fits 64 bits.
    Int(i64),
    /// Any other number; never infinite, never NaN.
    Float(f64),
    /// A string.
    Text(Box<str>),
    /// A list.
    List(Vec<Node>),
    /// An object; its keys are unique.
    Map(Vec<Entry>),
}

/// One member of an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key; equal keys share one allocation, since manifests repeat few keys often.
    pub key: Arc<str>,
    /// Where the key is.
    pub key_place: Place,
    /// The value.
    pub value: Node,
}

/// One step of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'p> {
    /// A member of an object.
    Key(&'p str),
    /// An element of a list, from 0.
    Index(usize),
}

impl Node {
    /// The members; none if it is not an object.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.content {
            Content::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The elements; none if it is not a list.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// The entry of that key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| &*entry.key == key)
    }

    /// The member of that key; what is null counts as absent, as it does for Kubernetes.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value).filter(|node| node.content != Content::Null)
    }

    /// The member at the end of some keys.
    #[must_use]
    pub fn at(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The string, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The string value of a member.
    #[must_use]
    pub fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key)?.text()
    }

    /// Whether both are the same value, regardless of position.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        match (&self.content, &other.content) {
            (Content::List(a), Content::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b))
            }
            (Content::Map(a), Content::Map(b)) => {
                let twins: HashMap<&str, &Node> =
                    b.iter().map(|entry| (entry.key.as_ref(), &entry.value)).collect();
                let twin = |entry: &Entry| twins.get(entry.key.as_ref());
                a.len() == b.len()
                    && a.iter().all(|entry| twin(entry).is_some_and(|b| entry.value.same(b)))
            }
            (a, b) => a == b,
        }
    }

    /// Whether it is an object.
    #[must_use]
    pub fn is_map(&self) -> bool {
        matches!(self.content, Content::Map(_))
    }

    /// Whether it is a list.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(self.content, Content::List(_))
    }

    /// Whether it is a scalar that can be underlined: not null, not a list, not an object.
    #[must_use]
    pub fn is_scalar(&self) -> bool {
        !matches!(self.content, Content::Null | Content::List(_) | Content::Map(_))
    }

    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.content {
            Content::Null => Value::Null,
            Content::Bool(flag) => Value::Bool(*flag),
            Content::Int(number) => Value::from(*number),
            Content::Float(number) => Value::from(*number),
            Content::Text(text) => Value::from(text.as_ref()),
            Content::List(items) => items.iter().map(Node::to_json).collect(),
            Content::Map(entries) => {
                entries.iter().map(|entry| (entry.key.to_string(), entry.value.to_json())).collect()
            }
        }
    }

    /// What to underline for a path, as far as the path leads: the value of a scalar, the key of
    /// anything larger. The flag says whether the path was followed to its end.
    #[must_use]
    pub fn locate(&self, path: &str) -> (Place, &Node, bool) {
        let (mut place, mut node) = (self.head(), self);
        for step in steps(path) {
            let next = match step {
                Step::Key(key) => node.entry(key).map(|entry| {
                    let shown =
                        if entry.value.is_scalar() { entry.value.place } else { entry.key_place };
                    (shown, &entry.value)
                }),
                Step::Index(index) => node.items().get(index).map(|item| (item.head(), item)),
            };
            match next {
                Some((at, below)) => (place, node) = (at, below),
                None => return (place, node, false),
            }
        }
        (place, node, true)
    }

    /// Its first line: of an object the first entry, as far as it stands on one line.
    fn head(&self) -> Place {
        match self.entries().first() {
            Some(first) if first.value.is_scalar() => {
                let (key, value) = (first.key_place, first.value.place);
                if value.line == key.line && value.end_line == key.line {
                    Place { end_line: value.end_line, end_column: value.end_column, ..key }
                } else {
                    key
                }
            }
            Some(first) => first.key_place,
            None => self.place,
        }
    }
}

/// Appends a key to a path: `.key`, or `["key"]` if it is not a plain name.
pub fn push_key(path: &mut String, key: &str) {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(plain) {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(key);
    } else {
        path.push_str("[\"");
        path.push_str(key);
        path.push_str("\"]");
    }
}

/// Appends an index to a path.
pub fn push_index(path: &mut String, index: usize) {
    path.push_str(&format!("[{index}]"));
}

/// The steps of a path as [`push_key`] and [`push_index`] write it. A key with `"]` in it ends
/// early there: the place shown is then that of what it stands in.
pub fn steps(path: &str) -> impl Iterator<Item = Step<'_>> {
    let mut rest = path;
    std::iter::from_fn(move || {
        rest = rest.strip_prefix('.').unwrap_or(rest);
        if rest.is_empty() {
            return None;
        }
        if let Some(inner) = rest.strip_prefix("[\"") {
            let (key, tail) = inner.split_once("\"]").unwrap_or((inner, ""));
            rest = tail;
            return Some(Step::Key(key));
        }
        if let Some(inner) = rest.strip_prefix('[') {
            let (index, tail) = inner.split_once(']').unwrap_or((inner, ""));
            rest = tail;
            return Some(index.parse().map_or(Step::Key(index), Step::Index));
        }
        let cut = rest.find(['.', '[']).unwrap_or(rest.len());
        let (key, tail) = rest.split_at(cut);
        rest = tail;
        Some(Step::Key(key))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_read_as_it_is_written() {
        let mut path = String::new();
        push_key(&mut path, "metadata");
        push_key(&mut path, "annotations");
        push_key(&mut path, "a.b/c");
        push_index(&mut path, 3);
        push_key(&mut path, "x");
        assert_eq!(path, "metadata.annotations[\"a.b/c\"][3].x");
        let read: Vec<Step<'_>> = steps(&path).collect();
        let expected = [
            Step::Key("metadata"),
            Step::Key("annotations"),
            Step::Key("a.b/c"),
            Step::Index(3),
            Step::Key("x"),
        ];
        assert_eq!(read, expected);
        assert_eq!(steps("").count(), 0);
    }
}
