//! The coverage of the account guard at the plan gate, where `[guard]` asks for it.

use rustc_hash::FxHashMap;

use super::policies::as_subject;
use crate::decide::{Config, GuardConfig};
use crate::guard::coverage::{Change, Coverage, Links, Settings, change, measure, rule};
use crate::guard::input::read_all;
use crate::model::finding::{self, Answer, Outcome};
use crate::model::raised::{Evaluation, Raised};
use crate::model::rule::Meta;
use crate::model::severity::Severity;
use crate::model::subject::{Subject, SubjectId};
use crate::model::verdict::Problem;
use crate::model::view::Resources;
use crate::terraform::Plan;

const LOW: &str = "guard-coverage-low";
const LOWERED: &str = "guard-coverage-lowered";

/// The rules that `[guard]` may switch on, as configuration and waivers name them.
#[must_use]
pub fn guard_rules() -> Vec<Meta> {
    vec![
        rule(
            (LOW, "the guard would cover fewer of the plan's resources than required"),
            Severity::High,
            "Whether coverage reaches `min_coverage` of `[guard]` after the apply.",
            "`holdpoint guard coverage PLAN` lists the resources that are not covered, with the smallest fix for each.",
        ),
        rule(
            (
                LOWERED,
                "the change removes a resource from the guard, or adds one that the guard does not cover",
            ),
            Severity::High,
            "Whether the plan lowers coverage; set by `lowering` in `[guard]`.",
            "Keep or add the tag; `holdpoint guard coverage PLAN` shows what each resource lacks.",
        ),
    ]
}

/// Those that the configuration asks for.
pub(super) fn wanted(config: &Config) -> Vec<Meta> {
    let asks = |meta: &Meta| match meta.id.as_ref() {
        LOW => config.guard.min_coverage.is_some(),
        _ => config.guard.lowering,
    };
    guard_rules().into_iter().filter(asks).collect()
}

/// What is reported about one plan.
#[derive(Default)]
pub(super) struct Said {
    pub(super) evaluation: Evaluation,
    /// The plan as a whole, when it is blamed.
    pub(super) whole: Option<Subject>,
    pub(super) notices: Vec<String>,
    pub(super) errors: Vec<Problem>,
}

/// Measures a plan. `numbers` are those of the rules that run, by id.
pub(super) fn ask(
    config: &GuardConfig,
    name: &str,
    text: &str,
    plan: &Plan<'_>,
    numbers: &FxHashMap<String, usize>,
) -> Said {
    let mut said = Said::default();
    let (low, lowered) = (numbers.get(LOW).copied(), numbers.get(LOWERED).copied());
    if low.is_none() && lowered.is_none() {
        return said;
    }
    let (after, change) = match measured(config, text, plan) {
        Ok(measured) => measured,
        Err(why) => {
            said.errors.push(Problem {
                code: "guard::coverage".to_owned(),
                message: format!("cannot measure the coverage of the guard: {why}"),
                help: Some("remove `[guard]` from holdpoint.toml to check without it".to_owned()),
                file: Some(name.to_owned()),
            });
            return said;
        }
    };
    if after.sums.resources == 0 {
        said.notices
            .push(format!("`{name}` has no AWS resources whose coverage could be measured"));
        return said;
    }
    let rules = usize::from(low.is_some()) + usize::from(lowered.is_some());
    said.evaluation.checks = after.sums.resources * rules;
    if let (Some(rule), Some(min)) = (low, config.min_coverage)
        && !after.sums.reaches(f64::from(min))
    {
        let id = SubjectId(u32::try_from(plan.subjects().len()).unwrap_or(u32::MAX));
        said.whole = Some(as_subject(id));
        let sums = &after.sums;
        let detail = format!(
            "{} % of {} resources are covered, {min} % are required",
            sums.percent(),
            sums.resources
        );
        said.evaluation.raised.push(raised(rule, id, "coverage is too low", Some(detail)));
    }
    if let (Some(rule), true) = (lowered, change.lowered) {
        let by_address: FxHashMap<&str, SubjectId> =
            plan.subjects().iter().map(|own| (own.address.as_str(), own.id)).collect();
        for (list, message) in [
            (&change.loses, "the change removes it from the guard"),
            (&change.adds, "the guard does not cover this new resource"),
        ] {
            let found = list.iter().filter_map(|address| by_address.get(address.as_str()));
            said.evaluation.raised.extend(found.map(|id| raised(rule, *id, message, None)));
        }
    }
    said
}

fn measured(
    config: &GuardConfig,
    text: &str,
    plan: &Plan<'_>,
) -> Result<(Coverage, Change), String> {
    let defaults = Settings::default();
    let settings = Settings {
        tag_key: config.tag_key.clone().unwrap_or(defaults.tag_key),
        tag_values: match config.tag_values.is_empty() {
            true => defaults.tag_values,
            false => config.tag_values.clone(),
        },
        by_arn: config.by_arn,
        partition: defaults.partition,
    };
    let found = read_all(text)?;
    let links = Links::among(plan, &found.after);
    let after = measure(&found.after, &links, &settings);
    let before = measure(&found.before, &Links::default(), &settings);
    let change = change(&before, &after);
    Ok((after, change))
}

fn raised(rule: usize, subject: SubjectId, message: &str, detail: Option<String>) -> Raised {
    Raised {
        rule,
        subject,
        // A floor is a floor: it does not matter who dug below it.
        change: finding::Change::Introduced,
        answer: Answer {
            outcome: Outcome::Violated,
            path: String::new(),
            key: message.to_owned(),
            message: message.to_owned(),
            detail,
            reason: None,
            place: None,
            container: None,
        },
    }
}
