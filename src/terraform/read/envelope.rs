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
