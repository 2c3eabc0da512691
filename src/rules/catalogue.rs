//! All rules, in the order of their ids.

use std::sync::OnceLock;

use super::Rule;
use super::declare::Declared;
use super::{any, aws, kubernetes, table};
use crate::model::rule::Meta;

/// All rules about plans that holdpoint ships, sorted by id.
#[must_use]
pub fn all() -> &'static [Rule] {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    RULES.get_or_init(|| {
        let mut rules: Vec<Rule> = table::rules();
        rules.extend(declared().map(Declared::build));
        rules.sort_by(|a, b| a.meta.id.cmp(&b.meta.id));
        rules
    })
}

/// What every rule says of itself, those about manifests too, sorted by id.
pub fn metas() -> impl Iterator<Item = &'static Meta> + Clone {
    static METAS: OnceLock<Vec<&'static Meta>> = OnceLock::new();
    let metas = METAS.get_or_init(|| {
        let manifests = kubernetes::rules().iter().map(|rule| &rule.meta);
        let mut metas: Vec<&Meta> = all().iter().map(|rule| &rule.meta).chain(manifests).collect();
        metas.sort_by(|a, b| a.id.cmp(&b.id));
        metas
    });
    metas.iter().copied()
}

/// The rules in Rust, cloud after cloud.
fn declared() -> impl Iterator<Item = &'static Declared> {
    [any::DECLARED, aws::DECLARED].into_iter().flatten().copied()
}

/// The rule of this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Rule> {
    all().iter().find(|rule| rule.meta.id == id)
}

/// Bytes that are others when a built-in table or what a rule says of itself is another: for
/// digests. What a rule in Rust does is fixed by holdpoint's version.
#[must_use]
pub fn everything() -> Vec<u8> {
    let mut all = table::EMBEDDED.to_vec();
    all.extend(kubernetes::EMBEDDED.as_bytes());
    all.extend(declared().flat_map(|rule| format!("{:?}\n", rule.build().meta).into_bytes()));
    all
}
