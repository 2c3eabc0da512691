//! One module for many accounts: resources of one name are joined where they can meet, and nothing
//! depends on how many there are.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use holdpoint::model::finding::{Change, Outcome};
use holdpoint::model::rule::Params;
use holdpoint::model::subject::{Side, Subject};
use holdpoint::model::value::Value;
use holdpoint::model::view::{Attributes, Links, Namesakes, Resources, Shared};
use holdpoint::rules::{Selected, catalogue, evaluate};
use holdpoint::terraform::Plan;
use serde_json::{Value as Json, json};

const PASS: &str = "iam:PassRole";
const RUN: &str = "lambda:*";

fn selected(id: &str) -> Vec<Selected> {
    let rules = catalogue::all().iter().filter(|rule| id.is_empty() || rule.meta.id == id);
    let select = |rule| Selected {
        rule,
        params: Arc::new(Params::defaults(&rule.meta)),
        severity: rule.meta.severity,
        waived: false,
    };
    rules.map(select).collect()
}

/// A resource: module, type, name, provider, attributes, references; null attributes are unknown.
struct Resource(&'static str, &'static str, &'static str, &'static str, Json, Json);

/// A plan of resources that are created.
fn plan(providers: &Json, resources: &[Resource]) -> String {
    let mut changes = Vec::new();
    let mut modules: BTreeMap<&str, Vec<Json>> = BTreeMap::new();
    for Resource(module, kind, name, provider, after, references) in resources {
        let prefix = if module.is_empty() { String::new() } else { format!("module.{module}.") };
        let unknown: serde_json::Map<String, Json> = (after.as_object().unwrap().iter())
            .filter(|(_, value)| value.is_null())
            .map(|(key, _)| (key.clone(), json!(true)))
            .collect();
        let mut change = json!({
            "address": format!("{prefix}{kind}.{name}"), "mode": "managed", "type": kind,
            "name": name, "provider_name": "registry.terraform.io/hashicorp/aws",
            "change": {"actions": ["create"], "before": null, "after": after,
                "after_unknown": unknown, "before_sensitive": false, "after_sensitive": {}},
        });
        if !module.is_empty() {
            change["module_address"] = json!(format!("module.{module}"));
        }
        changes.push(change);
        let mut expressions = json!({});
        for (key, value) in after.as_object().unwrap() {
            expressions[key] = match references.get(key) {
                Some(reference) => json!({"references": [reference]}),
                None => json!({"constant_value": value}),
            };
        }
        modules.entry(module).or_default().push(json!({
            "address": format!("{kind}.{name}"), "mode": "managed", "type": kind, "name": name,
            "provider_config_key": provider, "expressions": expressions, "schema_version": 0,
        }));
    }
    let root = modules.remove("").unwrap_or_default();
    let calls: serde_json::Map<String, Json> = modules
        .into_iter()
        .map(|(name, resources)| (name.to_owned(), json!({"module": {"resources": resources}})))
        .collect();
    json!({
        "format_version": "1.2", "terraform_version": "1.11.4", "complete": true,
        "planned_values": {"root_module": {}}, "resource_changes": changes,
        "configuration": {
            "provider_config": providers,
            "root_module": {"resources": root, "module_calls": calls},
        },
    })
    .to_string()
}

fn provider(key: &str, expressions: &Json) -> (String, Json) {
    let full = "registry.terraform.io/hashicorp/aws";
    (key.to_owned(), json!({"name": "aws", "full_name": full, "expressions": expressions}))
}

fn providers(a: &Json, b: &Json) -> Json {
    Json::Object([provider("aws.a", a), provider("aws.b", b)].into_iter().collect())
}

fn document(action: &str) -> String {
    let statement = json!({"Effect": "Allow", "Action": action, "Resource": "*"});
    json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
}

fn role(module: &'static str, name: &'static str, provider: &'static str) -> Resource {
    let after = json!({"name": "app", "id": null, "arn": null, "assume_role_policy": "{}"});
    Resource(module, "aws_iam_role", name, provider, after, json!({}))
}

/// An inline policy of the role `app`; by reference, if one is given.
fn policy(
    module: &'static str,
    name: &'static str,
    provider: &'static str,
    action: &str,
    reference: Option<&str>,
) -> Resource {
    let after = json!({"name": name, "role": "app", "policy": document(action)});
    let references = reference.map_or(json!({}), |role| json!({"role": role}));
    Resource(module, "aws_iam_role_policy", name, provider, after, references)
}

/// What the combined policies are found to be, by address.
fn combined(plan: &str) -> Vec<(String, Outcome)> {
    let plan = Plan::read(plan, false).unwrap();
    let found = evaluate::evaluate(&plan, &selected("iam-combined-escalation"));
    let mut all: Vec<(String, Outcome)> = (found.raised.iter())
        .filter(|raised| raised.change == Change::Introduced)
        .map(|r| (plan.subjects()[r.subject.0 as usize].address.clone(), r.answer.outcome))
        .collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    all
}

/// A role in one configuration of the provider, one of its policies in another.
fn across(a: &Json, b: &Json) -> Vec<Outcome> {
    let text = plan(
        &providers(a, b),
        &[
            role("", "app", "aws.a"),
            policy("", "pass", "aws.a", PASS, Some("aws_iam_role.app.name")),
            policy("", "run", "aws.b", RUN, None),
            // Somebody of that name is there, too.
            role("", "other", "aws.b"),
        ],
    );
    combined(&text).into_iter().map(|(_, outcome)| outcome).collect()
}

fn switched(account: &str) -> Json {
    let arn = format!("arn:aws:iam::{account}:role/deploy");
    json!({"assume_role": [{"role_arn": {"constant_value": arn}}]})
}

#[test]
fn two_configurations_of_one_account_meet() {
    let region = |name: &str| json!({"region": {"constant_value": name}});
    let both = [Outcome::Violated, Outcome::Violated];
    assert_eq!(across(&region("eu-west-1"), &region("us-east-1")), both);
    assert_eq!(across(&switched("111111111111"), &switched("111111111111")), both);
    let profile = json!({"profile": {"constant_value": "x"}, "region": {"references": ["var.r"]}});
    assert_eq!(across(&profile, &json!({"profile": {"constant_value": "x"}})), both);
}

#[test]
fn what_may_be_one_account_is_undetermined() {
    let both = [Outcome::Undetermined, Outcome::Undetermined];
    let profile = |name: &str| json!({"profile": {"constant_value": name}});
    assert_eq!(across(&profile("x"), &profile("y")), both);
    assert_eq!(across(&profile("x"), &switched("111111111111")), both);
    // The provider does not check the list.
    let mut unchecked = json!({"allowed_account_ids": {"constant_value": ["222222222222"]}});
    unchecked["skip_requesting_account_id"] = json!({"constant_value": true});
    assert_eq!(across(&unchecked, &switched("111111111111")), both);
    unchecked["skip_requesting_account_id"] = json!({"references": ["var.x"]});
    assert_eq!(across(&unchecked, &switched("111111111111")), both);
}

#[test]
fn accounts_that_are_known_to_differ_never_meet() {
    assert_eq!(across(&switched("111111111111"), &switched("222222222222")), []);
    let only = json!({"allowed_account_ids": {"constant_value": ["222222222222"]}});
    assert_eq!(across(&only, &switched("111111111111")), []);
}

#[test]
fn a_role_at_two_addresses_is_one_role() {
    let key = json!({});
    let text = plan(
        &providers(&key, &key),
        &[
            role("m", "app", "aws.a"),
            policy("m", "pass", "aws.a", PASS, Some("aws_iam_role.app.name")),
            role("n", "app", "aws.a"),
            policy("n", "run", "aws.a", RUN, Some("aws_iam_role.app.name")),
        ],
    );
    assert_eq!(
        combined(&text),
        [
            ("module.m.aws_iam_role.app".to_owned(), Outcome::Violated),
            ("module.n.aws_iam_role.app".to_owned(), Outcome::Violated),
        ]
    );
}

#[test]
fn a_reference_into_another_account_names_the_role_of_ones_own() {
    let text = plan(
        &providers(&switched("111111111111"), &switched("222222222222")),
        &[
            role("", "decoy", "aws.a"),
            role("", "app", "aws.b"),
            policy("", "pass", "aws.b", PASS, None),
            policy("", "run", "aws.b", RUN, Some("aws_iam_role.decoy.name")),
        ],
    );
    assert_eq!(combined(&text), [("aws_iam_role.app".to_owned(), Outcome::Violated)]);
}

#[test]
fn a_hundred_accounts_are_judged_as_one() {
    let copies = |count: usize, account: &dyn Fn(usize) -> Json| {
        let providers = (0..count).map(|i| provider(&format!("aws.p{i}"), &account(i)));
        let resources: Vec<Resource> = (0..count)
            .flat_map(|i| {
                let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
                let (module, key) = (leak(format!("m{i}")), leak(format!("aws.p{i}")));
                let arn = format!("arn:aws:s3:::bucket-{i}/*");
                let own = document("s3:GetObject").replace("\"*\"", &format!("\"{arn}\""));
                let mut read = policy(module, "read", key, RUN, None);
                read.4["policy"] = json!(own);
                [role(module, "app", key), read, policy(module, "run", key, RUN, None)]
            })
            .collect();
        combined(&plan(&Json::Object(providers.collect()), &resources))
    };
    let profile = |i: usize| json!({"profile": {"constant_value": format!("p{i}")}});
    assert_eq!(copies(100, &profile), []);
    assert_eq!(copies(100, &|i| switched(&format!("{i:012}"))), []);
    assert_eq!(copies(100, &|_| json!({})), []);
}

/// Counts what rules ask of a plan.
struct Counted<'p> {
    plan: Plan<'p>,
    work: AtomicUsize,
}

impl Counted<'_> {
    fn links<'l>(&self, links: Links<'l>) -> Links<'l> {
        let found = links.certain.len() + links.possible.len();
        self.work.fetch_add(1 + found, Ordering::Relaxed);
        links
    }
}

impl Resources for Counted<'_> {
    fn subjects(&self) -> &[Subject] {
        self.plan.subjects()
    }
    fn open(&self, subject: &Subject, side: Side) -> Box<dyn Attributes + '_> {
        self.work.fetch_add(1, Ordering::Relaxed);
        self.plan.open(subject, side)
    }
    fn pointing_at(&self, subject: &Subject, side: Side, kind: &str, by: &str) -> Links<'_> {
        self.links(self.plan.pointing_at(subject, side, kind, by))
    }
    fn follow(&self, subject: &Subject, side: Side, path: &str) -> Links<'_> {
        self.links(self.plan.follow(subject, side, path))
    }
    fn namesakes(&self, subject: &Subject, side: Side, name: &str) -> Namesakes {
        self.plan.namesakes(subject, side, name)
    }
    fn shared(&self) -> Option<&Shared> {
        self.plan.shared()
    }
    fn is_managed_key(&self, key: &str) -> bool {
        self.plan.is_managed_key(key)
    }
    fn is_held(&self, text: &str) -> bool {
        self.plan.is_held(text)
    }
    fn default_tags(&self, subject: &Subject) -> Value {
        self.plan.default_tags(subject)
    }
    fn written(&self, subject: &Subject, name: &str) -> Value {
        self.plan.written(subject, name)
    }
}

/// The plan of fixtures/bench in so many modules, with the same names inside.
fn same_names(copies: usize) -> String {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/bench/plan.json");
    let one: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let mut changes = Vec::new();
    let mut calls = serde_json::Map::new();
    for i in 0..copies {
        for change in one["resource_changes"].as_array().unwrap() {
            let mut change = change.clone();
            for key in ["address", "module_address"] {
                let mut text = format!("module.c{i}");
                if let Some(own) = change[key].as_str() {
                    _ = write!(text, ".{own}");
                }
                change[key] = json!(text);
            }
            changes.push(change);
        }
        let module = one["configuration"]["root_module"].clone();
        calls.insert(format!("c{i}"), json!({"source": "./c", "module": module}));
    }
    let providers = &one["configuration"]["provider_config"];
    json!({
        "format_version": "1.2", "terraform_version": "1.11.4", "complete": true,
        "planned_values": {"root_module": {}}, "resource_changes": changes,
        "configuration": {"provider_config": providers, "root_module": {"module_calls": calls}},
    })
    .to_string()
}

/// What is found in so many copies, by rule, outcome and change, and the work.
fn judged(copies: usize) -> (BTreeMap<(String, String), usize>, usize) {
    let text = same_names(copies);
    let counted = Counted { plan: Plan::read(&text, false).unwrap(), work: AtomicUsize::default() };
    let rules = selected("");
    let mut found = BTreeMap::new();
    for raised in evaluate::evaluate(&counted, &rules).raised {
        if !counted.subjects()[raised.subject.0 as usize].is_resource() {
            continue;
        }
        let id = rules[raised.rule].rule.meta.id.to_string();
        let class = format!("{:?} {:?}", raised.answer.outcome, raised.change);
        *found.entry((id, class)).or_default() += 1;
    }
    (found, counted.work.load(Ordering::Relaxed))
}

#[test]
fn the_same_names_in_many_modules_are_judged_alike_and_in_one_pass() {
    let (one, few, many) = (judged(1), judged(10), judged(80));
    for ((key, count), copies) in
        few.0.iter().map(|found| (found, 10)).chain(many.0.iter().map(|found| (found, 80)))
    {
        assert_eq!(one.0.get(key).map(|one| one * copies), Some(*count), "{key:?}");
    }
    assert_eq!(one.0.len(), many.0.len());
    assert!(many.1 <= few.1 * 12, "{} at 80 copies, {} at 10", many.1, few.1);
}
