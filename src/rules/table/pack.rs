//! Packs a rule for the program to hold; only `build.rs` does so.

use super::packed::Packed;
use crate::model::rule::{Meta, Text};

impl<'p> Packed<'p> {
    /// Packs; `params` are those of the rule as JSON.
    #[must_use]
    pub fn new(meta: &'p Meta, params: &'p str, judges_change: bool, table: &'p [u8]) -> Self {
        let texts = |list: &'p [Text]| list.iter().map(AsRef::as_ref).collect::<Vec<&str>>();
        Self {
            id: &meta.id,
            title: &meta.title,
            severity: meta.severity,
            service: &meta.service,
            types: texts(&meta.types),
            what: &meta.what,
            why: &meta.why,
            fix: &meta.fix,
            references: texts(&meta.references),
            frameworks: meta
                .frameworks
                .iter()
                .map(|(name, controls)| (name.as_ref(), texts(controls)))
                .collect(),
            on_by_default: meta.on_by_default,
            yields_to: texts(&meta.yields_to),
            params,
            judges_change,
            table,
        }
    }
}
