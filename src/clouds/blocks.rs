//! Which blocks a resource type has: what the plan's configuration leaves out where a `dynamic`
//! block makes them.

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

/// The blocks of all types of a provider: a line for each, `aws_x rule(filter?) logging?`.
pub struct Blocks {
    text: &'static str,
    by_kind: OnceLock<FxHashMap<&'static str, &'static str>>,
}

/// The blocks that stand side by side, in a type or in another block.
#[derive(Debug, Clone, Copy)]
pub struct Children(&'static str);

/// One block.
#[derive(Debug, Clone, Copy)]
pub struct Block {
    /// Its name.
    pub name: &'static str,
    /// Whether the provider may fill it in when nobody writes it, or that is not known.
    pub filled_in: bool,
    /// The blocks in it.
    pub inner: Children,
}

impl Blocks {
    /// A table, in the form of `catalogue/aws-blocks.txt`.
    #[must_use]
    pub const fn new(text: &'static str) -> Self {
        Self { text, by_kind: OnceLock::new() }
    }

    /// The blocks of a type; of a data source with its prefix `data.`.
    #[must_use]
    pub fn of(&self, kind: &str) -> Children {
        let lines = self.by_kind.get_or_init(|| {
            let lines = self.text.lines().filter(|line| !line.starts_with('#'));
            lines.filter_map(|line| line.split_once(' ')).collect()
        });
        Children(lines.get(kind).copied().unwrap_or_default())
    }
}

impl Children {
    /// The block of a name.
    #[must_use]
    pub fn get(self, name: &str) -> Option<Block> {
        self.iter().find(|block| block.name == name)
    }

    /// All of them.
    pub fn iter(self) -> impl Iterator<Item = Block> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            left = left.trim_start();
            let end = left.find(['?', '(', ' ']).unwrap_or(left.len());
            let (name, tail) = left.split_at(end);
            let (filled_in, tail) = match tail.strip_prefix('?') {
                Some(tail) => (true, tail),
                None => (false, tail),
            };
            let (inner, tail) = enclosed(tail);
            left = tail;
            (!name.is_empty()).then_some(Block { name, filled_in, inner: Children(inner) })
        })
    }
}

/// What stands between the parenthesis at the start and its partner, and what follows.
fn enclosed(text: &'static str) -> (&'static str, &'static str) {
    let Some(inner) = text.strip_prefix('(') else { return ("", text) };
    let mut depth = 1_u32;
    for (at, byte) in inner.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let (inner, tail) = inner.split_at(at);
            return (inner, tail.strip_prefix(')').unwrap_or(tail));
        }
    }
    (inner, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_whole() {
        static BLOCKS: Blocks = Blocks::new("# about\naws_x a?(b(c? d) e) f\naws_y g\n");
        let x = BLOCKS.of("aws_x");
        let shown = |all: Children| -> Vec<(&str, bool)> {
            all.iter().map(|block| (block.name, block.filled_in)).collect()
        };
        assert_eq!(shown(x), [("a", true), ("f", false)]);
        let a = x.get("a").unwrap().inner;
        assert_eq!(shown(a), [("b", false), ("e", false)]);
        assert_eq!(shown(a.get("b").unwrap().inner), [("c", true), ("d", false)]);
        assert!(shown(x.get("f").unwrap().inner).is_empty());
        assert!(x.get("g").is_none() && BLOCKS.of("aws_z").get("a").is_none());
    }
}
