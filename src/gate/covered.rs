//! What of a plan's changes running rules cover, provider by provider and type by type.
//!
//! Each provider is judged by itself: a rule about one says nothing about another that happens to be
//! in the same plan. Whether a gap blocks is for [`decide`](crate::decide) to say.

use std::collections::{BTreeMap, BTreeSet};

use super::stages::Log;
use crate::clouds;
use crate::decide::{Chosen, Extent, Gap, Judged};
use crate::model::subject::{Mode, Subject};
use crate::model::verdict::Problem;

/// How many types a message names.
const NAMED: usize = 12;

/// The changes of one provider.
#[derive(Default)]
struct Provider<'s> {
    /// Whether a rule covers one of the changed types.
    covered: bool,
    /// The changed types that no rule covers, and how many resources of each change.
    uncovered: BTreeMap<&'s str, usize>,
}

/// What no running rule covers in the changes of a plan. `has_policies`: whether policies of the
/// user's own judged the plan; they see all of it, so then no gap is whole.
pub(super) fn gaps(
    judged: &Judged<'_>,
    rules: &[Chosen],
    has_policies: bool,
    log: &mut Log,
) -> Vec<Gap> {
    let Judged { file, subjects, evaluation, .. } = judged;
    let claimed = |subject: &Subject| rules.iter().any(|rule| claims(rule, subject));
    if evaluation.checks == 0 && subjects.iter().any(claimed) {
        log.errors.push(Problem {
            code: "decide::internal".to_owned(),
            message: "rules cover resources of this input, but no check was made".to_owned(),
            help: Some("this is a bug in holdpoint: please report it".to_owned()),
            file: Some((*file).to_owned()),
        });
    }
    let gaps = by_provider(file, subjects, rules, has_policies);
    let resources = || subjects.iter().filter(|subject| subject.is_resource());
    let count = resources().count();
    if gaps.is_empty() && count > 0 && !resources().any(claimed) {
        log.notices.push(format!("no rule covers any of the {count} resources in `{file}`"));
    }
    gaps
}

/// The gaps of each provider.
fn by_provider(file: &str, subjects: &[Subject], rules: &[Chosen], has_policies: bool) -> Vec<Gap> {
    let covering = rules.iter().filter(|rule| rule.meta.covers);
    let covered: BTreeSet<&str> =
        covering.flat_map(|rule| rule.meta.types.iter()).map(AsRef::as_ref).collect();
    let mut providers: BTreeMap<&str, Provider<'_>> = BTreeMap::new();
    for (name, subject) in subjects.iter().filter_map(|subject| Some((changed(subject)?, subject)))
    {
        let provider = providers.entry(name).or_default();
        match covered.contains(subject.kind.as_str()) {
            true => provider.covered = true,
            false => *provider.uncovered.entry(&subject.kind).or_default() += 1,
        }
    }
    let with_gaps = providers.into_iter().filter(|(_, provider)| !provider.uncovered.is_empty());
    with_gaps
        .map(|(name, provider)| {
            let is_part = provider.covered || has_policies;
            gap(file, name, &provider.uncovered, if is_part { Extent::Part } else { Extent::Whole })
        })
        .collect()
}

/// The provider of a resource that the plan changes and that something could be said about.
fn changed(subject: &Subject) -> Option<&str> {
    let changes = subject.mode() == Some(Mode::Managed) && !subject.actions().is_no_op();
    let address = subject.provider();
    let name = clouds::provider_name(address, &subject.kind);
    let is_neutral = clouds::is_neutral(if address.is_empty() { name } else { address });
    (changes && !is_neutral).then_some(name)
}

fn gap(file: &str, provider: &str, types: &BTreeMap<&str, usize>, extent: Extent) -> Gap {
    let list = listed(types);
    Gap {
        file: Some(file.to_owned()),
        provider: Some(provider.to_owned()),
        extent,
        message: match extent {
            Extent::Whole => format!(
                "no rule covers any resource of provider `{provider}` that the plan changes: {list}"
            ),
            Extent::Part => {
                format!("no rule covers these changes of provider `{provider}`: {list}")
            }
        },
        help: format!(
            "check them with another tool, or accept this with `{provider} = \"report\"` under \
             `[gate.unjudged]`"
        ),
    }
}

/// `2 google_compute_firewall, 1 google_storage_bucket and 3 more types`, the most frequent first.
fn listed(types: &BTreeMap<&str, usize>) -> String {
    let mut types: Vec<(&str, usize)> = types.iter().map(|(kind, count)| (*kind, *count)).collect();
    types.sort_by(|(a_kind, a), (b_kind, b)| (b, a_kind).cmp(&(a, b_kind)));
    let named: Vec<String> =
        types.iter().take(NAMED).map(|(kind, count)| format!("{count} `{kind}`")).collect();
    let named = named.join(", ");
    match types.len().saturating_sub(NAMED) {
        0 => named,
        1 => format!("{named} and 1 more type"),
        more => format!("{named} and {more} more types"),
    }
}

/// Whether a running rule claims a subject.
fn claims(rule: &Chosen, subject: &Subject) -> bool {
    let is_provider = subject.mode() == Some(Mode::Provider);
    rule.meta
        .types
        .iter()
        .any(|kind| kind == "*" || *kind == subject.kind || (is_provider && kind == "provider.*"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decide::Config;
    use crate::model::raised::Evaluation;
    use crate::model::rule::{Meta, Text};
    use crate::model::subject::{Action, Actions, Origin, PlanOrigin, SubjectChange, SubjectId};
    use crate::rules::catalogue;

    /// A resource of a provider of HashiCorp's, or of another namespace's.
    fn subject(provider: &str, kind: &str, mode: Mode, action: Action) -> Subject {
        let provider = match provider.contains('/') {
            true => format!("registry.terraform.io/{provider}"),
            false if provider.is_empty() => String::new(),
            false => format!("registry.terraform.io/hashicorp/{provider}"),
        };
        Subject {
            id: SubjectId(0),
            address: format!("{kind}.x"),
            kind: kind.to_owned(),
            name: "x".to_owned(),
            change: SubjectChange { actions: Actions(vec![action]), ..SubjectChange::none() },
            origin: Origin::Plan(PlanOrigin { provider, ..PlanOrigin::new(mode) }),
        }
    }

    fn created(provider: &str, kind: &str) -> Subject {
        subject(provider, kind, Mode::Managed, Action::Create)
    }

    /// A rule about these types.
    fn rule(types: &[&str], covers: bool) -> Chosen {
        let mut meta: Meta = catalogue::all().first().unwrap().meta.clone();
        meta.types = types.iter().map(|kind| Text::Owned((*kind).to_owned())).collect();
        meta.covers = covers;
        meta.on_by_default = true;
        Config::default().choose([&meta]).remove(0)
    }

    /// What is uncovered: provider, whether all of it is, and the list.
    fn found(subjects: &[Subject], rules: &[Chosen], has_policies: bool) -> Vec<(String, bool)> {
        let gaps = by_provider("plan.json", subjects, rules, has_policies);
        gaps.into_iter()
            .map(|gap| {
                let list = gap.message.split_once(": ").unwrap().1.to_owned();
                let provider = gap.provider.unwrap();
                (format!("{provider}: {list}"), gap.extent == Extent::Whole)
            })
            .collect()
    }

    #[test]
    fn each_provider_is_covered_by_rules_about_it_alone() {
        let rules = [rule(&["google_a"], true)];
        let plan = [
            created("google", "google_a"),
            created("google", "google_b"),
            created("google", "google_c"),
            created("google", "google_c"),
            created("azurerm", "azurerm_a"),
        ];
        let expected = [
            ("azurerm: 1 `azurerm_a`".to_owned(), true),
            ("google: 2 `google_c`, 1 `google_b`".to_owned(), false),
        ];
        assert_eq!(found(&plan, &rules, false), expected);
        assert!(found(&plan, &rules, true).iter().all(|(_, whole)| !whole));
        assert_eq!(found(&plan[..1], &rules, false), []);
    }

    #[test]
    fn rules_that_ask_anything_of_anybody_cover_nothing() {
        let plan = [created("google", "google_a")];
        let whole = [("google: 1 `google_a`".to_owned(), true)];
        for types in [["*"], ["module"], ["output"], ["provider.*"], ["provider.google"]] {
            assert_eq!(found(&plan, &[rule(&types, true)], false), whole, "{types:?}");
        }
        assert_eq!(found(&plan, &[rule(&["google_a"], false)], false), whole);
        for id in ["secret-in-plain-text", "secret-in-output", "module-source-unpinned"] {
            assert!(!catalogue::find(id).unwrap().meta.covers, "{id}");
        }
    }

    #[test]
    fn what_does_not_change_or_holds_nothing_is_no_gap() {
        let plan = [
            subject("google", "google_a", Mode::Managed, Action::NoOp),
            subject("google", "data.google_b", Mode::Data, Action::Read),
            subject("google", "provider.google", Mode::Provider, Action::NoOp),
            created("random", "random_id"),
            created("", "null_resource"),
            Subject::whole(SubjectId(0), "(plan)", "plan"),
        ];
        assert_eq!(found(&plan, &[], false), []);
        for action in [Action::Update, Action::Delete, Action::Forget] {
            let plan = [subject("google", "google_a", Mode::Managed, action)];
            assert_eq!(found(&plan, &[], false).len(), 1, "{action:?}");
        }
    }

    #[test]
    fn a_provider_is_known_by_its_address() {
        let plan = [created("evil/random", "random_id"), created("google-beta", "google_a")];
        let expected = [
            ("google-beta: 1 `google_a`".to_owned(), true),
            ("random: 1 `random_id`".to_owned(), true),
        ];
        assert_eq!(found(&plan, &[], false), expected);
        let nameless = [created("", "google_a")];
        assert_eq!(found(&nameless, &[], false)[0].0, "google: 1 `google_a`");
    }

    #[test]
    fn a_long_list_is_cut() {
        let kinds: Vec<String> = (0..NAMED + 3).map(|i| format!("google_{i:02}")).collect();
        let plan: Vec<Subject> = kinds.iter().map(|kind| created("google", kind)).collect();
        let (text, _) = found(&plan, &[], false).remove(0);
        assert!(text.ends_with("1 `google_11` and 3 more types"), "{text}");
        let (text, _) = found(&plan[..=NAMED], &[], false).remove(0);
        assert!(text.ends_with("1 `google_11` and 1 more type"), "{text}");
    }

    #[test]
    fn a_plan_that_no_rule_was_asked_about_is_an_error_or_a_notice() {
        let plan = [created("random", "random_id")];
        let judged = Judged {
            file: "plan.json",
            subjects: plan.as_slice().into(),
            evaluation: Evaluation::default(),
            waived: rustc_hash::FxHashMap::default(),
        };
        let mut log = Log::default();
        assert_eq!(gaps(&judged, &[rule(&["random_id"], true)], false, &mut log), []);
        assert_eq!((log.errors.len(), log.notices.len()), (1, 0));
        let mut log = Log::default();
        assert_eq!(gaps(&judged, &[], false, &mut log), []);
        assert_eq!(log.notices, ["no rule covers any of the 1 resources in `plan.json`"]);
        assert!(log.errors.is_empty());
    }
}
