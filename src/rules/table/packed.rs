//! A rule file as it is embedded: texts that are borrowed from the program itself, and the table by
//! itself, which is unpacked when a resource of its types is judged. `pack.rs` packs.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use crate::model::rule::{Meta, Text};
use crate::model::severity::Severity;

/// What a rule says of itself, and its packed table. The fields are those of [`Meta`].
#[derive(Serialize, Deserialize)]
pub struct Packed<'p> {
    pub(super) id: &'p str,
    pub(super) title: &'p str,
    pub(super) severity: Severity,
    pub(super) service: &'p str,
    #[serde(borrow)]
    pub(super) types: Vec<&'p str>,
    pub(super) what: &'p str,
    pub(super) why: &'p str,
    pub(super) fix: &'p str,
    #[serde(borrow)]
    pub(super) references: Vec<&'p str>,
    #[serde(borrow)]
    pub(super) frameworks: Vec<(&'p str, Vec<&'p str>)>,
    pub(super) on_by_default: bool,
    #[serde(borrow)]
    pub(super) yields_to: Vec<&'p str>,
    /// As JSON, since their values tell their type; empty when there are none.
    pub(super) params: &'p str,
    /// Whether it judges changes.
    pub judges_change: bool,
    /// The table, packed.
    pub table: &'p [u8],
}

impl Packed<'static> {
    /// What the rule says of itself.
    ///
    /// # Errors
    /// When the parameters are not what was packed.
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
            covers: true,
            holds_narrower: false,
        })
    }
}
