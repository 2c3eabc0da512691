//! The gates. [`stages`] holds the pipeline that all of them share; each is one short file.

mod before;
mod covered;
mod facts;
mod guard_coverage;
mod inline_waivers;
mod manifest_rules;
mod manifests;
mod plan;
mod plan_input;
mod policies;
mod receipt;
mod source;
mod stages;

pub use crate::terraform::Digests;
pub use guard_coverage::guard_rules;
pub use manifest_rules::own_rules;
pub use manifests::{ManifestsRequest, Paths, manifests, manifests_at_last};
pub use plan::{PlanRequest, plan, plan_alone, plan_for_receipt};
pub use policies::Own;
pub use receipt::{digest, policy};
pub use source::GivenSource;
