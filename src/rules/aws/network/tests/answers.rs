//! What the answers look like: where they point, which rule speaks, what a change introduces.

use serde_json::{Value as Json, json};

use super::*;
use crate::model::finding::Change;
use crate::rules::evaluate::evaluate;
use crate::rules::testing::selected;

#[test]
fn answers_point_at_the_attribute_and_hold_values_only_in_the_detail() {
    let answers = group(
        ADMIN,
        json!([
            block("tcp", 443, 443, &["0.0.0.0/0"]),
            block("tcp", 20, 25, &["1.2.3.4/32", "0.0.0.0/0"]),
        ]),
    );
    assert_eq!(answers.len(), 1);
    let answer = &answers[0];
    assert_eq!(answer.path, "ingress[1].cidr_blocks");
    assert_eq!(answer.detail.as_deref(), Some("tcp 20-25 from 0.0.0.0/0, 1.2.3.4/32 (22 SSH)"));
    assert!(!answer.message.chars().any(|c| c.is_ascii_digit()));
    let hidden = json!({ "ingress": [block("tcp", 22, 22, &["0.0.0.0/0"])],
                         "sensitive": ["ingress[0].from_port"] });
    let fake = Fake::new([("aws_security_group.g", hidden)]);
    assert_eq!(fake.ask(rule(ADMIN), "aws_security_group.g")[0].detail, None);
}

#[test]
fn one_line_has_one_answer_and_switching_a_rule_off_loses_none() {
    let ids = |rules: &[&str], ingress: Json| {
        let fake = Fake::new([("aws_security_group.g", json!({ "ingress": ingress }))]);
        let chosen = selected(rules.iter().map(|id| rule(id)));
        let raised = evaluate(&fake, &chosen).raised;
        raised.iter().map(|r| chosen[r.rule].rule.meta.id.to_string()).collect::<Vec<_>>()
    };
    let every = json!([block("-1", 0, 0, &["0.0.0.0/0"])]);
    let all = [ADMIN, ALL, DATA, WIDE];
    assert_eq!(ids(&all, every.clone()), [ALL]);
    assert_eq!(ids(&[ADMIN, DATA, WIDE], every.clone()), [ADMIN]);
    assert_eq!(ids(&[DATA, WIDE], every), [DATA]);
    let tcp = json!([block("tcp", 0, 65535, &["0.0.0.0/0"])]);
    assert_eq!(ids(&all, tcp), [ADMIN]);
    let two =
        json!([block("tcp", 22, 22, &["0.0.0.0/0"]), block("tcp", 3306, 3306, &["0.0.0.0/0"])]);
    assert_eq!(ids(&all, two), [ADMIN, DATA]);
    let mut unknown = block("?", 22, 22, &["0.0.0.0/0"]);
    unknown["protocol"] = json!("?");
    assert_eq!(ids(&all, json!([unknown])), [ALL]);
}

#[test]
fn what_the_change_makes_worse_is_introduced() {
    let class = |before: Json, after: Json| {
        let mut fake = Fake::default();
        let group = |ingress| json!({ "ingress": ingress });
        fake.add("aws_security_group.g", group(before), group(after));
        let raised = evaluate(&fake, &selected([rule(ADMIN)])).raised;
        raised.into_iter().map(|r| r.change).collect::<Vec<_>>()
    };
    let ssh = || block("tcp", 22, 22, &["0.0.0.0/0"]);
    let rdp = || block("tcp", 3389, 3389, &["0.0.0.0/0"]);
    let web = || block("tcp", 443, 443, &["0.0.0.0/0"]);
    let range = || block("tcp", 20, 25, &["0.0.0.0/0"]);
    assert_eq!(class(json!([ssh()]), json!([ssh()])), [Change::Existing]);
    assert_eq!(class(json!([ssh(), web()]), json!([web(), ssh()])), [Change::Existing]);
    assert_eq!(class(json!([web()]), json!([ssh()])), [Change::Introduced]);
    assert_eq!(class(json!([ssh()]), json!([range()])), [Change::Introduced]);
    assert_eq!(class(json!([range()]), json!([ssh()])), [Change::Existing]);
    let half = block("tcp", 22, 22, &["0.0.0.0/1"]);
    assert_eq!(class(json!([half]), json!([ssh()])), [Change::Introduced]);
    assert_eq!(class(json!([ssh()]), json!([half])), [Change::Existing]);
    assert_eq!(class(json!([ssh()]), json!([web()])), [Change::Resolved]);
    assert_eq!(
        class(json!([ssh()]), json!([ssh(), rdp()])),
        [Change::Existing, Change::Introduced]
    );
    assert_eq!(class(json!([ssh()]), json!("?")), [Change::Introduced]);
}
