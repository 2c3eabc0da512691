//! holdpoint.toml: what is read, and what each mistake underlines.

use std::borrow::Cow;

use jiff::civil::date;

use super::{Config, Existing, Fault, SingleReference, Undetermined, Unjudged};
use crate::model::rule::{Meta, Param, ParamSpec, Text};
use crate::model::severity::Severity;

pub(super) fn meta(id: &'static str, severity: Severity) -> Meta {
    let spec =
        |name, default| ParamSpec { name: Text::Borrowed(name), help: "help".into(), default };
    Meta {
        id: id.into(),
        title: "a title".into(),
        severity,
        service: "EC2".into(),
        types: Cow::Owned(vec!["aws_a".into()]),
        what: "what".into(),
        why: "why".into(),
        fix: "First line\nof the fix.\n\nMore.".into(),
        references: Cow::Borrowed(&[]),
        frameworks: Cow::Borrowed(&[]),
        on_by_default: true,
        yields_to: Cow::Borrowed(&[]),
        params: Cow::Owned(vec![
            spec("ports", Param::Ints(Cow::Borrowed(&[22]))),
            spec("names", Param::Texts(Cow::Borrowed(&[]))),
            spec("tag", Param::Text("ManagedBy".into())),
            spec("limit", Param::Int(3)),
            spec("strict", Param::Bool(false)),
        ]),
        blames_secrets: false,
        covers: true,
        holds_narrower: false,
    }
}

fn parse(text: &str) -> Result<Config, Vec<Fault>> {
    let rules = [meta("port-open", Severity::Critical), meta("disk-plain", Severity::High)];
    Config::parse(text, &rules.iter().collect::<Vec<_>>(), date(2026, 3, 1))
}

/// What each mistake underlines, and its message and help.
fn faults(text: &str) -> Vec<(&str, String, String)> {
    parse(text)
        .unwrap_err()
        .into_iter()
        .map(|fault| (&text[fault.span], fault.message, fault.help.unwrap_or_default()))
        .collect()
}

const WAIVER: &str = r#"[[waiver]]
rule = "port-open"
address = "aws_a.b"
reason = "until the move"
ticket = "OPS-1"
owner = "me"
expires = 2026-05-01
"#;

#[test]
fn everything_is_read() {
    let config = parse(&format!(
        r#"
[gate]
undetermined = "warn"
existing = "block"
fail_on = "low"
max_waiver_days = 0x5A
[rules.port-open]
severity = "low"
enabled = false
ports = [22, 1_022]
names = ["a"]
tag = "Owner"
limit = 4
strict = true
[output]
formats = ["human", "sarif=out/holdpoint.sarif"]
[source]
dir = "infra"
{WAIVER}"#
    ))
    .unwrap();
    assert_eq!(config.gate.undetermined, Undetermined::Warn);
    assert_eq!(config.gate.existing, Existing::Block);
    assert_eq!(config.gate.fail_on, Severity::Low);
    assert_eq!(config.gate.max_waiver_days, 90);
    let rule = &config.rules["port-open"];
    assert_eq!((rule.severity, rule.enabled), (Some(Severity::Low), Some(false)));
    assert_eq!(rule.params["ports"], Param::Ints(vec![22, 1022].into()));
    assert_eq!(rule.params["limit"], Param::Int(4));
    assert_eq!(config.formats.len(), 2);
    assert_eq!(config.waivers[0].expires, date(2026, 5, 1));
    assert_eq!(parse("").unwrap(), Config::default());
}

#[test]
fn a_misspelt_key_or_rule_is_underlined() {
    for (text, under, help) in [
        ("[gates]\n", "gates", "did you mean `gate`?"),
        ("[gate]\nfail-on = 'high'\n", "fail-on", "did you mean `fail_on`?"),
        ("[rules.port-opn]\n", "port-opn", "did you mean `port-open`?"),
        ("[rules.port-open]\nport = [1]\n", "port", "did you mean `ports`?"),
        ("[gate]\nfail_on = 'hihg'\n", "'hihg'", "did you mean `high`?"),
        ("[gate]\nexisting = 'never'\n", "'never'", "choose one of `report`, `block`"),
        (
            "[zzz]\n",
            "zzz",
            "known keys are `gate`, `guard`, `manifests`, `output`, `rego`, `rules`, `run_task`, `source`, `waiver`",
        ),
    ] {
        let found = faults(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!((found[0].0, found[0].2.as_str()), (under, help), "{text}");
    }
}

#[test]
fn single_references_are_trusted_only_on_request() {
    let config = parse("[gate]\nsingle_reference = 'trust'\n").unwrap();
    assert_eq!(config.gate.single_reference, SingleReference::Trust);
    assert_eq!(Config::default().gate.single_reference, SingleReference::Undetermined);
}

#[test]
fn what_no_rule_covers_is_accepted_at_once_or_by_provider() {
    let config = parse("[gate]\nunjudged = 'report'\n").unwrap();
    assert_eq!(config.gate.unjudged.of(Some("google")), Unjudged::Report);
    assert_eq!(config.gate.unjudged.to_string(), "report");
    let table = "[gate.unjudged]\ngoogle = 'report'\n\"google-beta\" = 'block'\n";
    let unjudged = parse(table).unwrap().gate.unjudged;
    assert_eq!(unjudged.of(Some("google")), Unjudged::Report);
    for other in [Some("google-beta"), Some("azurerm"), None] {
        assert_eq!(unjudged.of(other), Unjudged::Block, "{other:?}");
    }
    assert_eq!(unjudged.to_string(), "block; google = report; google-beta = block");
    for (text, under, help) in [
        ("[gate]\nunjudged = 'reprot'\n", "'reprot'", "did you mean `report`?"),
        ("[gate.unjudged]\ngoogle = 'reprot'\n", "'reprot'", "did you mean `report`?"),
        ("[gate.unjudged]\ngoogle = 'never'\n", "'never'", "choose one of `block`, `report`"),
        (
            "[gate.unjudged]\n\"registry.terraform.io/hashicorp/google\" = 'report'\n",
            "\"registry.terraform.io/hashicorp/google\"",
            "use the last segment of its source address, `google`",
        ),
        ("[gate.unjudged]\ngoogle = true\n", "true", ""),
        ("[gate]\nunjudged = true\n", "true", ""),
    ] {
        let found = faults(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!((found[0].0, found[0].2.as_str()), (under, help), "{text}");
    }
}

#[test]
fn a_wrong_type_is_underlined() {
    for (text, under) in [
        ("[rules.port-open]\nports = 22\n", "22"),
        ("[rules.port-open]\nports = [1, 'x']\n", "'x'"),
        ("[rules.port-open]\nlimit = 1.5\n", "1.5"),
        ("[rules.port-open]\nstrict = 'yes'\n", "'yes'"),
        ("[rules]\nport-open = true\n", "true"),
        ("[gate]\nmax_waiver_days = 0\n", "0"),
        ("waiver = 3\n", "3"),
        ("[output]\nformats = ['json=../x']\n", "'json=../x'"),
        ("[output]\nformats = ['json=/x']\n", "'json=/x'"),
    ] {
        let found = faults(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert_eq!(found[0].0, under, "{text}");
    }
    assert_eq!(parse("[gate\n").unwrap_err()[0].code, "config::syntax");
    assert_eq!(parse("[gate]\n[gate]\n").unwrap_err()[0].code, "config::syntax");
}

#[test]
fn a_waiver_needs_everything() {
    for key in ["rule", "address", "reason", "ticket", "owner", "expires"] {
        let without: String = WAIVER
            .lines()
            .filter(|line| !line.starts_with(key))
            .map(|line| format!("{line}\n"))
            .collect();
        let found = faults(&without);
        assert_eq!(found.len(), 1, "{key}: {found:?}");
        assert_eq!(found[0].1, format!("this waiver has no `{key}`"));
    }
    let empty = WAIVER.replace("OPS-1", "  ");
    assert_eq!(faults(&empty)[0].0, "\"  \"");
}

#[test]
fn a_waiver_ends() {
    assert!(parse(&WAIVER.replace("2026-05-01", "2026-08-28")).is_ok(), "180 days");
    let long = WAIVER.replace("2026-05-01", "2026-08-29");
    assert_eq!(faults(&long)[0].0, "2026-08-29");
    assert!(faults(&long)[0].2.contains("2026-08-28"));
    assert!(parse(&WAIVER.replace("2026-05-01", "2020-01-01")).is_ok(), "expired is no mistake");
    for bad in ["\"2026-02-30\"", "2026-05-01T10:00:00Z", "\"soon\"", "\"2026-5-1\""] {
        let text = WAIVER.replace("2026-05-01", bad);
        assert_eq!(parse(&text).unwrap_err()[0].code, "config::bad-date", "{bad}");
    }
}

#[test]
fn a_wildcard_must_be_asked_for_and_name_something() {
    let star = WAIVER.replace("aws_a.b", "aws_a.*");
    assert_eq!(faults(&star)[0].0, "\"aws_a.*\"");
    let globbed = |address| WAIVER.replace("aws_a.b", address) + "glob = true\n";
    assert!(parse(&globbed("aws_a.*")).is_ok());
    let all = globbed("*.*");
    assert_eq!(faults(&all)[0].0, "\"*.*\"");
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let text = "[gate]\nfail_on = 'x'\nmax_waiver_days = -1\n[rules.nope]\n[[waiver]]\n";
    assert_eq!(faults(text).len(), 3 + 6);
}
