//! One entry of `resource_changes`, typed and borrowed.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// One entry of `resource_changes`.
#[derive(Deserialize)]
pub(in crate::terraform) struct ResourceChange<'p> {
    #[serde(borrow, default)]
    pub(in crate::terraform) address: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(in crate::terraform) previous_address: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(in crate::terraform) module_address: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(in crate::terraform) mode: Option<Cow<'p, str>>,
    #[serde(borrow, default, rename = "type")]
    pub(in crate::terraform) kind: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(in crate::terraform) name: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(in crate::terraform) index: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(in crate::terraform) provider_name: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(in crate::terraform) deposed: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(in crate::terraform) action_reason: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(in crate::terraform) change: Option<Change<'p>>,
}

/// The `change` of a resource.
#[derive(Deserialize)]
pub(in crate::terraform) struct Change<'p> {
    #[serde(borrow, default)]
    pub(in crate::terraform) actions: Vec<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(in crate::terraform) before: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(in crate::terraform) after: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(in crate::terraform) after_unknown: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(in crate::terraform) before_sensitive: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(in crate::terraform) after_sensitive: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(in crate::terraform) replace_paths: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(in crate::terraform) importing: Option<&'p RawValue>,
}

/// A part of the plan that is there and not null.
pub(in crate::terraform) fn present(raw: Option<&RawValue>) -> Option<&RawValue> {
    raw.filter(|raw| raw.get() != "null")
}
