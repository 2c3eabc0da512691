//! The coverage of the account guard at the plan gate, where `[guard]` asks for it.

use rustc_hash::FxHashMap;

use super::plan_input::{Numbers, PlanInput, whole};
use super::stages::Log;
use crate::decide::{Config, GuardConfig, Judged};
use crate::guard::coverage::{Change, Coverage, Links, Settings, change, measure, rule};
use crate::guard::input::read_all;
use crate::model::finding::{self, Answer, Outcome};
use crate::model::raised::Raised;
use crate::model::rule::Meta;
use crate::model::severity::Severity;
use crate::model::subject::SubjectId;
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

/// Measures a plan, for the rules that run.
pub(super) fn ask(
    config: &GuardConfig,
    input: &PlanInput<'_>,
    numbers: &Numbers,
    judged: &mut Judged<'_>,
    log: &mut Log,
) {
    let PlanInput { name, text, plan } = input;
    let (low, lowered) = (numbers.get(LOW).copied(), numbers.get(LOWERED).copied());
    if low.is_none() && lowered.is_none() {
        return;
    }
    let (after, change) = match measured(config, text, plan) {
        Ok(measured) => measured,
        Err(why) => {
            log.errors.push(Problem {
                code: "guard::coverage".to_owned(),
                message: format!("cannot measure the coverage of the guard: {why}"),
                help: Some("remove `[guard]` from holdpoint.toml to check without it".to_owned()),
                file: Some((*name).to_owned()),
            });
            return;
        }
    };
    let sums = &after.sums;
    if sums.resources == 0 {
        log.notices.push(format!("`{name}` has no AWS resources whose coverage could be measured"));
        return;
    }
    let rules = usize::from(low.is_some()) + usize::from(lowered.is_some());
    judged.evaluation.checks += sums.resources * rules;
    if let (Some(rule), Some(min)) = (low, config.min_coverage)
        && !sums.reaches(f64::from(min))
    {
        let detail = format!(
            "{} % of {} resources are covered, {min} % are required",
            sums.percent(),
            sums.resources
        );
        let whole = whole(judged);
        let raised = raised(rule, whole, "coverage is too low", Some(detail));
        judged.evaluation.raised.push(raised);
    }
    if let (Some(rule), true) = (lowered, change.lowered) {
        let by_address: FxHashMap<&str, SubjectId> =
            plan.subjects().iter().map(|subject| (subject.address.as_str(), subject.id)).collect();
        for (list, message) in [
            (&change.loses, "the change removes it from the guard"),
            (&change.adds, "the guard does not cover this new resource"),
        ] {
            let found = list.iter().filter_map(|address| by_address.get(address.as_str()));
            judged.evaluation.raised.extend(found.map(|id| raised(rule, *id, message, None)));
        }
    }
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
