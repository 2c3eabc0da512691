//! Data sources that only compose a document: what they compose is known before they are read.

use crate::model::value::Value;

/// Such a data source.
pub struct Document {
    /// Its type.
    pub kind: &'static str,
    /// The attributes that hold the composed text, the usual one first.
    pub texts: &'static [&'static str],
    /// The attributes that hold documents from which this one is composed.
    pub sources: &'static [&'static str],
    /// The other attributes that are no block.
    pub plain: &'static [&'static str],
    /// The block of which there may be any number.
    pub block: &'static str,
    /// A word that every such document holds.
    pub marker: &'static str,
    /// Composes, as far as the arguments are known.
    pub compose: fn(&Value) -> Value,
}

/// The data sources of all clouds.
pub fn all() -> impl Iterator<Item = &'static Document> {
    super::all().flat_map(|cloud| cloud.documents)
}

/// The data source of this type, which has the prefix `data.` that subjects have.
#[must_use]
pub fn of(kind: &str) -> Option<&'static Document> {
    let bare = kind.strip_prefix("data.")?;
    all().find(|document| document.kind == bare)
}
