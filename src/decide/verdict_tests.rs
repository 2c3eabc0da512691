//! What blocks and what does not, row by row.

use std::sync::LazyLock;

use jiff::civil::{Date, date};
use rustc_hash::FxHashMap;

use super::parse_tests::meta;
use super::{
    Chosen, Config, Existing, Extent, Gap, Input, Judged, RuleConfig, Undetermined, Unjudged,
    Waiver, decide, undecided,
};
use crate::model::finding::{Answer, Change, Outcome};
use crate::model::raised::{Evaluation, Raised};
use crate::model::rule::Meta;
use crate::model::severity::Severity;
use crate::model::subject::{Mode, Origin, PlanOrigin, Subject, SubjectChange, SubjectId};
use crate::model::verdict::{Counted, Decision, Exit, Problem, Verdict};

const TODAY: Date = date(2026, 3, 1);

fn subject(id: u32, address: &str) -> Subject {
    Subject {
        id: SubjectId(id),
        address: address.to_owned(),
        kind: "aws_a".to_owned(),
        name: "b".to_owned(),
        change: SubjectChange::creation(),
        origin: Origin::Plan(PlanOrigin::new(Mode::Managed)),
    }
}

fn raised(rule: usize, subject: u32, change: Change, outcome: Outcome, path: &str) -> Raised {
    Raised {
        rule,
        subject: SubjectId(subject),
        change,
        answer: Answer {
            outcome,
            path: path.to_owned(),
            message: "it is open".to_owned(),
            detail: Some("tcp 22".to_owned()),
            place: None,
            reason: None,
            key: path.to_owned(),
            container: None,
        },
    }
}

fn violated(rule: usize, subject: u32, path: &str) -> Raised {
    raised(rule, subject, Change::Introduced, Outcome::Violated, path)
}

fn rules() -> [Meta; 4] {
    [
        meta("a-critical", Severity::Critical),
        meta("b-high", Severity::High),
        meta("c-medium", Severity::Medium),
        meta("d-low", Severity::Low),
    ]
}

fn run(config: &Config, addresses: &[&str], list: Vec<Raised>) -> Verdict {
    let subjects: Vec<Subject> =
        addresses.iter().zip(0..).map(|(address, id)| subject(id, address)).collect();
    let rules = config.choose(&rules());
    let evaluation = Evaluation { raised: list, checks: subjects.len() * rules.len() };
    verdict(config, &[evaluated("plan.json", &subjects, evaluation)], &rules)
}

fn evaluated<'a>(file: &'a str, subjects: &'a [Subject], evaluation: Evaluation) -> Judged<'a> {
    Judged { file, subjects: subjects.into(), evaluation, waived: FxHashMap::default() }
}

fn verdict(config: &Config, judged: &[Judged<'_>], rules: &[Chosen]) -> Verdict {
    decide(input(judged, rules), config, TODAY)
}

fn input<'a>(judged: &'a [Judged<'a>], rules: &'a [Chosen]) -> Input<'a> {
    static NAMES: LazyLock<[String; 1]> = LazyLock::new(|| ["plan.json".to_owned()]);
    Input {
        counted: Counted::Resources,
        names: &*NAMES,
        judged,
        rules,
        known: None,
        elsewhere: Vec::new(),
        gaps: Vec::new(),
        notices: Vec::new(),
        errors: Vec::new(),
    }
}

fn waiver(address: &str, expires: Date) -> Waiver {
    Waiver {
        container: None,
        rule: "a-critical".to_owned(),
        address: address.to_owned(),
        glob: address.contains('*'),
        path: None,
        reason: "until the move".to_owned(),
        ticket: "OPS-1".to_owned(),
        owner: "me".to_owned(),
        expires,
    }
}

#[test]
fn the_table_of_what_blocks() {
    use Change::{Existing as Was, Introduced as New, Resolved as Gone};
    use Outcome::{Undetermined as Doubt, Violated as Wrong};
    let defaults = Config::default();
    let mut warn = Config::default();
    warn.gate.undetermined = Undetermined::Warn;
    let mut strict = Config::default();
    strict.gate.existing = Existing::Block;
    strict.gate.fail_on = Severity::Low;
    // rule (0 critical .. 3 low), change, outcome -> blocks with defaults, warn, strict
    let table = [
        (0, New, Wrong, [true, true, true]),
        (1, New, Wrong, [true, true, true]),
        (2, New, Wrong, [false, false, true]),
        (3, New, Wrong, [false, false, true]),
        (0, New, Doubt, [true, false, true]),
        (2, New, Doubt, [false, false, true]),
        (0, Was, Wrong, [false, false, true]),
        (0, Was, Doubt, [false, false, true]),
        (0, Gone, Wrong, [false, false, false]),
    ];
    for (rule, change, outcome, blocks) in table {
        for (config, blocks) in [&defaults, &warn, &strict].into_iter().zip(blocks) {
            let verdict = run(config, &["aws_a.b"], vec![raised(rule, 0, change, outcome, "p")]);
            assert_eq!(verdict.findings[0].blocks, blocks, "{rule} {change:?} {outcome:?}");
            let decision = if blocks { Decision::Block } else { Decision::Pass };
            assert_eq!(verdict.decision, decision);
        }
    }
}

#[test]
fn a_finding_says_what_and_how() {
    let verdict = run(&Config::default(), &["aws_a.b"], vec![violated(0, 0, "ingress[2].port")]);
    let finding = &verdict.findings[0];
    assert_eq!(finding.message, "it is open: tcp 22");
    assert_eq!(finding.fix, "First line of the fix.");
    assert_eq!((finding.location.file.as_str(), finding.location.line), ("plan.json", 1));
    assert_eq!(verdict.counts.checks, 4);
    assert_eq!(verdict.counts.changed, 1);
    assert_eq!(verdict.decision.exit(), Exit::Block);
}

#[test]
fn findings_are_sorted_and_named_independently_of_order() {
    let list = || {
        vec![
            violated(3, 0, "x"),
            violated(1, 1, "x"),
            violated(0, 1, "in[1].port"),
            violated(0, 1, "in[0].port"),
            violated(0, 0, "x"),
            raised(0, 0, Change::Resolved, Outcome::Violated, "in.port"),
        ]
    };
    let config = Config::default();
    let forwards = run(&config, &["aws_a.b", "aws_a.c"], list());
    let backwards = run(&config, &["aws_a.b", "aws_a.c"], list().into_iter().rev().collect());
    assert_eq!(forwards.findings, backwards.findings);
    let order: Vec<(&str, &str, &str)> = forwards
        .findings
        .iter()
        .map(|f| (f.rule.as_ref(), f.address.as_str(), f.path.as_str()))
        .collect();
    assert_eq!(
        order,
        [
            ("a-critical", "aws_a.b", "x"),
            ("a-critical", "aws_a.c", "in[0].port"),
            ("a-critical", "aws_a.c", "in[1].port"),
            ("b-high", "aws_a.c", "x"),
            ("a-critical", "aws_a.b", "in.port"),
            ("d-low", "aws_a.b", "x"),
        ]
    );
    let mut names: Vec<&str> = forwards.findings.iter().map(|f| f.fingerprint.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), forwards.findings.len());
}

#[test]
fn what_is_resolved_does_not_rename_what_stays() {
    let stays = raised(0, 0, Change::Introduced, Outcome::Violated, "in[1].port");
    let gone = raised(0, 0, Change::Resolved, Outcome::Violated, "in[0].port");
    let alone = run(&Config::default(), &["aws_a.b"], vec![stays.clone()]);
    let both = run(&Config::default(), &["aws_a.b"], vec![gone, stays]);
    assert_eq!(alone.findings[0].fingerprint, both.findings[0].fingerprint);
}

#[test]
fn a_waiver_lets_pass_what_it_names_and_shows_it() {
    let config = Config { waivers: vec![waiver("aws_a.b", TODAY)], ..Config::default() };
    let list = vec![violated(0, 0, "x"), violated(0, 1, "x"), violated(1, 0, "x")];
    let verdict = run(&config, &["aws_a.b", "aws_a.c"], list);
    let waived: Vec<_> = verdict.findings.iter().filter(|f| f.waiver.is_some()).collect();
    assert_eq!(verdict.findings.len(), 3);
    assert_eq!(waived.len(), 1);
    assert_eq!((waived[0].address.as_str(), waived[0].blocks), ("aws_a.b", false));
    assert_eq!(verdict.decision, Decision::Block, "the other two");
    assert_eq!(
        verdict.notices,
        ["waiver of `a-critical` for `aws_a.b` expires on 2026-03-01, in 0 days (OPS-1, me)"]
    );
}

#[test]
fn an_expired_waiver_blocks_again_and_says_so() {
    let config =
        Config { waivers: vec![waiver("aws_a.b", date(2026, 2, 28))], ..Config::default() };
    let verdict = run(&config, &["aws_a.b"], vec![violated(0, 0, "x")]);
    assert_eq!(verdict.decision, Decision::Block);
    assert_eq!(verdict.findings[0].waiver, None);
    assert!(verdict.notices[0].contains("expired on 2026-02-28"), "{:?}", verdict.notices);
}

#[test]
fn unused_and_too_broad_waivers_are_reported() {
    let later = date(2026, 6, 1);
    let mut config = Config::default();
    config.gate.max_waiver_findings = 1;
    config.waivers = vec![
        waiver("aws_a.gone", later),
        waiver("aws_a.*", later),
        waiver("aws_a.b*", later),
        Waiver { path: Some("in.port".to_owned()), ..waiver("aws_a.c", later) },
    ];
    let list = vec![violated(0, 0, "x"), violated(0, 1, "in[3].port")];
    let verdict = run(&config, &["aws_a.b", "aws_a.c"], list.clone());
    assert_eq!(verdict.decision, Decision::Pass);
    assert_eq!(verdict.notices.len(), 2, "{:?}", verdict.notices);
    assert!(verdict.notices[0].contains("`aws_a.gone` matches nothing"));
    assert!(verdict.notices[1].contains("`aws_a.*` is too broad: it matches every address"));

    config.waivers = vec![waiver("aws_a.*", later)];
    let verdict = run(&config, &["aws_a.b", "aws_a.c", "module.m.aws_a.d"], list);
    assert!(verdict.notices[0].contains("covers 2 findings, more than 1"));
}

#[test]
fn a_resolved_finding_needs_no_waiver() {
    let config = Config { waivers: vec![waiver("aws_a.b", date(2026, 6, 1))], ..Config::default() };
    let gone = raised(0, 0, Change::Resolved, Outcome::Violated, "x");
    let verdict = run(&config, &["aws_a.b"], vec![gone]);
    assert_eq!(verdict.findings[0].waiver, None);
    assert!(verdict.notices[0].contains("matches nothing"));
}

#[test]
fn nothing_evaluated_is_no_pass() {
    let config = Config::default();
    let none = verdict(&config, &[], &[]);
    assert_eq!(
        (none.decision, none.errors[0].message.as_str()),
        (Decision::Undecided, "0 rules ran")
    );
    let unread = undecided(Counted::Objects, &["a".to_owned()], Vec::new());
    assert_eq!((unread.decision, unread.counts.inputs), (Decision::Undecided, 1));
}

fn gap(provider: Option<&str>, extent: Extent) -> Gap {
    Gap {
        file: Some("plan.json".to_owned()),
        provider: provider.map(str::to_owned),
        extent,
        message: "not covered".to_owned(),
        help: "look elsewhere".to_owned(),
    }
}

#[test]
fn a_gap_blocks_unless_it_is_a_part_or_accepted() {
    let mut google = Config::default();
    google.gate.unjudged.providers.insert("google".to_owned(), Unjudged::Report);
    let mut all = Config::default();
    all.gate.unjudged.default = Unjudged::Report;
    // provider, extent -> decided with defaults, with google accepted, with all accepted
    let table = [
        (Some("google"), Extent::Whole, [false, true, true]),
        (Some("azurerm"), Extent::Whole, [false, false, true]),
        (None, Extent::Whole, [false, false, true]),
        (Some("azurerm"), Extent::Part, [true, true, true]),
    ];
    for (provider, extent, decided) in table {
        for (config, decided) in [&Config::default(), &google, &all].into_iter().zip(decided) {
            let rules = config.choose(&rules());
            let gaps = vec![gap(provider, extent)];
            let verdict = decide(Input { gaps, ..input(&[], &rules) }, config, TODAY);
            let (told, decision) = match decided {
                true => (verdict.notices.first().cloned(), Decision::Pass),
                false => (verdict.errors.first().map(|p| p.message.clone()), Decision::Undecided),
            };
            assert_eq!(verdict.decision, decision, "{provider:?} {extent:?}");
            assert_eq!(told.as_deref(), Some("not covered"));
        }
    }
}

#[test]
fn an_error_outranks_every_finding() {
    let subjects = [subject(0, "aws_a.b")];
    let evaluation = Evaluation { raised: vec![violated(0, 0, "x")], checks: 4 };
    let config = Config::default();
    let names = ["a".to_owned(), "b".to_owned()];
    let problem = Problem {
        code: "plan::truncated".to_owned(),
        message: "it ends too soon".to_owned(),
        help: None,
        file: Some("b".to_owned()),
    };
    let (evaluated, rules) = ([evaluated("a", &subjects, evaluation)], config.choose(&rules()));
    let input = Input { names: &names, errors: vec![problem], ..input(&evaluated, &rules) };
    let verdict = decide(input, &config, TODAY);
    assert_eq!(verdict.decision.exit(), Exit::Undecided);
    assert_eq!(verdict.findings.len(), 1);
    assert!(verdict.findings[0].blocks);
}

#[test]
fn an_answer_about_nothing_is_an_error() {
    let verdict = run(&Config::default(), &["aws_a.b"], vec![violated(9, 0, "x")]);
    assert_eq!(verdict.decision, Decision::Undecided);
    let verdict = run(&Config::default(), &["aws_a.b"], vec![violated(0, 7, "x")]);
    assert_eq!(verdict.decision, Decision::Undecided);
}

#[test]
fn the_configuration_chooses_rules_and_what_it_weakens_is_told() {
    let mut config = Config::default();
    let off = RuleConfig { enabled: Some(false), ..RuleConfig::default() };
    let low = RuleConfig { severity: Some(Severity::Low), ..RuleConfig::default() };
    config.rules.insert("a-critical".to_owned(), off);
    config.rules.insert("b-high".to_owned(), low);
    config.rules.insert("d-low".to_owned(), RuleConfig::default());
    let mut rules = rules();
    rules[2].on_by_default = false;
    rules[3].on_by_default = false;
    let chosen = config.choose(&rules);
    let names: Vec<(usize, &str, Severity)> =
        chosen.iter().map(|c| (c.index, c.meta.id.as_ref(), c.meta.severity)).collect();
    assert_eq!(names, [(1, "b-high", Severity::Low), (3, "d-low", Severity::Low)]);
    assert_eq!(
        config.weakened(&rules),
        [
            "rules disabled by the configuration: `a-critical`",
            "severities lowered by the configuration: `b-high` to low"
        ]
    );
    config.gate.undetermined = Undetermined::Warn;
    config.gate.fail_on = Severity::Critical;
    assert_eq!(config.weakened(&rules).len(), 4);
}
