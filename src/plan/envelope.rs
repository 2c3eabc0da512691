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

use super::subjects::Subjects;

/// The top level.
#[derive(Deserialize)]
pub(super) struct Envelope<'p> {
    #[serde(borrow, default)]
    pub(super) format_version: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(super) variables: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(super) planned_values: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(super) resource_changes: Option<Subjects<'p>>,
    #[serde(borrow, default)]
    pub(super) output_changes: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(super) deferred_changes: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(super) prior_state: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(super) configuration: Option<&'p RawValue>,
    #[serde(default)]
    pub(super) errored: Option<bool>,
    #[serde(default)]
    pub(super) complete: Option<bool>,
    // What tells other files of Terraform's apart from a plan.
    #[serde(default)]
    pub(super) lineage: Option<IgnoredAny>,
    #[serde(default)]
    pub(super) values: Option<IgnoredAny>,
    #[serde(default, rename = "@level")]
    pub(super) level: Option<IgnoredAny>,
    #[serde(default)]
    pub(super) remote_plan_format: Option<IgnoredAny>,
}

/// One entry of `resource_changes`.
#[derive(Deserialize)]
pub(super) struct ResourceChange<'p> {
    #[serde(borrow, default)]
    pub(super) address: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(super) previous_address: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(super) module_address: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(super) mode: Option<Cow<'p, str>>,
    #[serde(borrow, default, rename = "type")]
    pub(super) kind: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(super) name: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(super) index: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(super) provider_name: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(super) deposed: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(super) action_reason: Option<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(super) change: Option<Change<'p>>,
}

/// The `change` of a resource.
#[derive(Deserialize)]
pub(super) struct Change<'p> {
    #[serde(borrow, default)]
    pub(super) actions: Vec<Cow<'p, str>>,
    #[serde(borrow, default)]
    pub(super) before: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(super) after: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(super) after_unknown: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(super) before_sensitive: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(super) after_sensitive: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(super) replace_paths: Option<&'p RawValue>,
    #[serde(borrow, default)]
    pub(super) importing: Option<&'p RawValue>,
}

/// A part of the plan that is there and not null.
pub(super) fn present(raw: Option<&RawValue>) -> Option<&RawValue> {
    raw.filter(|raw| raw.get() != "null")
}
