//! The plan's JSON, typed and borrowed: what no rule asks for stays an unparsed slice.
//!
//! The format is described at
//! <https://developer.hashicorp.com/terraform/internals/json-format#plan-representation>.
//! Unknown keys are skipped, since minor versions add some; a known key that stands twice is an
//! error of serde's derived readers.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::terraform::read::subjects::Subjects;

/// The top level.
#[derive(Deserialize)]
pub(in crate::terraform) struct Envelope<'p> {
    #[serde(borrow, default)]
    pub(in crate::terraform) format_version: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(in crate::terraform) variables: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(in crate::terraform) planned_values: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(in crate::terraform) resource_changes: Option<Subjects<'p>>,
    #[serde(borrow, default)]
    pub(in crate::terraform) output_changes: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(in crate::terraform) deferred_changes: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(in crate::terraform) prior_state: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(in crate::terraform) configuration: Option<&'p RawValue>,
    #[serde(default)]
    pub(in crate::terraform) errored: Option<bool>,
    #[serde(default)]
    pub(in crate::terraform) complete: Option<bool>,
    // What tells other files of Terraform's apart from a plan.
    #[serde(default)]
    pub(in crate::terraform) lineage: Option<IgnoredAny>,
    #[serde(default)]
    pub(in crate::terraform) values: Option<IgnoredAny>,
    #[serde(default, rename = "@level")]
    pub(in crate::terraform) level: Option<IgnoredAny>,
    #[serde(default)]
    pub(in crate::terraform) remote_plan_format: Option<IgnoredAny>,
}

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
