//! The coverage of the account guard at the plan gate, where `[guard]` asks for it.

use rustc_hash::FxHashMap;

use super::policies::as_subject;
use crate::decide::{Config, GuardConfig};
use crate::guard::coverage::{Change, Coverage, Links, Settings, change, measure, rule};
use crate::guard::resources::read_all;
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
            (LOW, "the guard would hold less of the plan's resources than is asked for"),
            Severity::High,
            "Whether `min_coverage` of `[guard]` is reached after the apply.",
            "`holdpoint guard coverage PLAN` lists what is not held, with the smallest fix of each.",
        ),
        rule(
            (
                LOWERED,
                "the change takes a resource out of the guard, or adds one that it does not hold",
            ),
            Severity::High,
            "Whether the plan lowers coverage: `lowering = \"block\"` of `[guard]`.",
            "Keep or add the tag; `holdpoint guard coverage PLAN` says what each resource lacks.",
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

/// What is said of one plan.
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
                message: format!("the coverage of the guard cannot be measured: {why}"),
                help: Some("take `[guard]` out of holdpoint.toml to judge without it".to_owned()),
                file: Some(name.to_owned()),
            });
            return said;
        }
    };
    if after.sums.resources == 0 {
        said.notices
            .push(format!("`{name}` has no resource of AWS whose coverage could be measured"));
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
            "{} % of {} resources are held, {min} % are asked for",
            sums.percent(),
            sums.resources
        );
        said.evaluation.raised.push(raised(rule, id, "too little of it is held", Some(detail)));
    }
    if let (Some(rule), true) = (lowered, change.lowered) {
        let by_address: FxHashMap<&str, SubjectId> =
            plan.subjects().iter().map(|own| (own.address.as_str(), own.id)).collect();
        for (list, message) in [
            (&change.loses, "the change takes it out of the guard"),
            (&change.adds, "it is added, and the guard does not hold it"),
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
