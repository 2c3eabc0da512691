//! The engine of rules that are tables: `policies/CLOUD/<id>.yaml`, embedded by `build.rs`.
//!
//! `language.rs` is the words of a rule file, `compile.rs` checks them at build time, `judge.rs` asks them of a
//! resource, `change.rs` of a change, `test.rs` of one value, `key.rs` whether a key is the customer's own, `packed.rs` is the
//! form in which they are embedded. A rule that needs a word that is missing here gets the word,
//! not a Rust file, when a second rule could use it.

mod change;
#[cfg(test)]
mod compile;
mod compiled;
mod judge;
mod key;
pub mod language;
mod packed;
pub mod path;
mod test;

use std::sync::OnceLock;

use self::compiled::Table;
use super::{Answers, Check, Rule, Transition};
use crate::model::view::View;

/// Every rule file that is a table, packed.
pub(super) const EMBEDDED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/tables.bin"));

/// The rules that are tables.
#[must_use]
#[expect(clippy::expect_used, reason = "the build packed and checked them")]
pub fn rules() -> Vec<Rule> {
    let packed: Vec<packed::Packed<'static>> =
        postcard::from_bytes(EMBEDDED).expect("the embedded rules are readable");
    packed
        .iter()
        .map(|one| Rule {
            meta: one.meta().expect("the embedded rules are sound"),
            check: {
                let table = Lazy { packed: one.table, table: OnceLock::new() };
                if one.judges_change { Check::ChangeTable(table) } else { Check::Table(table) }
            },
        })
        .collect()
}

/// A table that is unpacked when it is first asked: a plan asks few of them.
pub struct Lazy {
    packed: &'static [u8],
    table: OnceLock<Table>,
}

impl Lazy {
    /// Judges a resource.
    pub fn judge(&self, view: &View<'_>, answers: &mut Answers) {
        self.table().judge(view, answers);
    }

    /// Judges a change.
    pub fn judge_change(&self, change: &Transition<'_>, answers: &mut Answers) {
        self.table().judge_change(change, answers);
    }

    #[expect(clippy::expect_used, reason = "the build packed it; a test unpacks every one")]
    fn table(&self) -> &Table {
        let unpack = || postcard::from_bytes(self.packed).expect("the embedded tables are sound");
        self.table.get_or_init(unpack)
    }
}

impl From<Table> for Lazy {
    fn from(table: Table) -> Self {
        Self { packed: &[], table: table.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_embedded_table_is_that_of_its_file() {
        for rule in rules() {
            let folders = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/policies"));
            let name = format!("{}.yaml", rule.meta.id);
            let mut files = folders.unwrap().map(|folder| folder.unwrap().path().join(&name));
            let file = files.find(|file| file.is_file()).unwrap();
            let written = std::fs::read_to_string(file).unwrap();
            let (meta, table) =
                compile::compile(serde_saphyr::from_str(&written).unwrap()).unwrap();
            let (Check::Table(lazy) | Check::ChangeTable(lazy)) = rule.check else {
                unreachable!()
            };
            let unpacked: Table = postcard::from_bytes(lazy.packed).unwrap();
            assert_eq!(format!("{unpacked:?}"), format!("{table:?}"), "{}", rule.meta.id);
            assert_eq!(rule.meta, meta);
        }
    }
}
