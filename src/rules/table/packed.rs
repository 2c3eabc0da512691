//! A rule file as it is embedded: texts that are borrowed from the program itself, and the table by
//! itself, which is unpacked when a resource of its types is judged. `build.rs` packs.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::model::rule::{Meta, Text};
use crate::model::severity::Severity;

/// What a rule says of itself, and its packed table. The fields are those of [`Meta`].
#[derive(Serialize, Deserialize)]
pub struct Packed<'p> {
    id: &'p str,
    title: &'p str,
    severity: Severity,
    service: &'p str,
    #[serde(borrow)]
    types: Vec<&'p str>,
    what: &'p str,
    why: &'p str,
    fix: &'p str,
    #[serde(borrow)]
    references: Vec<&'p str>,
    #[serde(borrow)]
    frameworks: Vec<(&'p str, Vec<&'p str>)>,
    on_by_default: bool,
    #[serde(borrow)]
    yields_to: Vec<&'p str>,
    /// As JSON, since their values tell their type; empty when there are none.
    params: &'p str,
    /// The table, packed.
    pub table: &'p [u8],
}

impl<'p> Packed<'p> {
    /// Packs; `params` are those of the rule as JSON.
    #[must_use]
    pub fn new(meta: &'p Meta, params: &'p str, table: &'p [u8]) -> Self {
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
            table,
        }
    }
}

impl Packed<'static> {
    /// What the rule says of itself.
    ///
    /// # Errors
    /// When the parameters are not what [`Packed::new`] was given.
    pub fn meta(&self) -> Result<Meta, serde_json::Error> {
        let texts = |list: &[&'static str]| -> Cow<'static, [Text]> {
            list.iter().map(|text| Text::Borrowed(text)).collect()
        };
        Ok(Meta {
            id: self.id.into(),
            title: self.title.into(),
            severity: self.severity,
            service: self.service.into(),
            types: texts(&self.types),
            what: self.what.into(),
            why: self.why.into(),
            fix: self.fix.into(),
            references: texts(&self.references),
            frameworks: self
                .frameworks
                .iter()
                .map(|(name, controls)| (Text::Borrowed(*name), texts(controls)))
                .collect(),
            on_by_default: self.on_by_default,
            yields_to: texts(&self.yields_to),
            params: match self.params {
                "" => Cow::Borrowed(&[]),
                json => serde_json::from_str(json)?,
            },
            blames_secrets: false,
            holds_narrower: false,
        })
    }
}
