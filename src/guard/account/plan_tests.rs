//! Plans, their files, what they say of whom, who would be locked out, and unlocks.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Value, json};

use super::diff::{What, diff};
use super::document::{canonical, minified, statements};
use super::effects::{effects, exempt};
use super::lockout::{Found, Watched, check};
use super::plan::{Place, Plan, Standing};
use super::state::{Part, State};
use super::unlock::{Unlock, close, open, unlocks};
use crate::guard::action_patterns::Style;
use crate::guard::pack::pack;
use crate::guard::prove::place;
use crate::guard::scope::Scope;
use crate::guard::statements::{Bind, Spec, Vehicle};
use crate::iam::evaluate::{Caller, Context, Decision, Request, Target, evaluate};

const TERRAFORM: &str = "arn:aws:iam::123456789012:role/ci/Terraform";
const ONCALL: &str = "arn:aws:iam::123456789012:role/emergency/OnCall";

fn at(vehicle: Vehicle) -> Place {
    Place {
        vehicle: vehicle.name().to_owned(),
        name: "g".to_owned(),
        path: "/holdpoint/".to_owned(),
        account: "123456789012".to_owned(),
        partition: "aws".to_owned(),
        endpoint: "here".to_owned(),
    }
}

fn guard(vehicle: Vehicle, bind: Bind, services: &[&str]) -> Vec<Value> {
    let spec = Spec {
        vehicle,
        bind,
        tag_key: "ManagedBy".to_owned(),
        tag_values: vec!["Terraform".to_owned()],
        exempt: vec![TERRAFORM.to_owned()],
        partition: "aws".to_owned(),
        path: "/holdpoint/".to_owned(),
        style: Style::Words,
    };
    let names: Vec<String> = services.iter().map(|name| (*name).to_owned()).collect();
    let guard = spec.guard(&Scope::services(&names).unwrap());
    let packed = pack(&guard, vehicle.limit()).unwrap();
    packed.iter().map(|document| canonical(&document.minified()).unwrap()).collect()
}

fn state(documents: &[Value], on: &[&str]) -> State {
    let part = |(i, document): (usize, &Value)| Part {
        name: super::state::part_name("g", i),
        id: format!("id{i}"),
        version: None,
        document: document.clone(),
        attached: on.iter().map(|target| (*target).to_owned()).collect(),
    };
    State { parts: documents.iter().enumerate().map(part).collect() }
}

#[test]
fn a_file_is_read_back_and_a_changed_one_is_refused() {
    let old = state(&guard(Vehicle::Scp, Bind::All, &["sqs"]), &["ou-1"]);
    let new = state(&guard(Vehicle::Scp, Bind::All, &["sqs", "sns"]), &["ou-1", "ou-2"]);
    let plan = Plan::between(at(Vehicle::Scp), old, new);
    let text = plan.text();
    assert_eq!(Plan::read(&text).as_ref(), Ok(&plan));
    for (from, to) in [("sns:DeleteTopic", "sns:Publish"), ("ou-2", "ou-3"), ("Deny", "Allow")] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        assert_eq!(Plan::read(&changed), Err("it was modified after it was created".to_owned()));
    }
    assert!(Plan::read("{}").unwrap_err().starts_with("not a plan"));
}

#[test]
fn what_moved_is_named() {
    let old = state(&guard(Vehicle::Scp, Bind::All, &["sqs"]), &["ou-1", "ou-2"]);
    let new = state(&guard(Vehicle::Scp, Bind::All, &["sns"]), &["ou-1", "ou-2"]);
    let plan = Plan::between(at(Vehicle::Scp), old.clone(), new.clone());
    let all = |_: &str| true;
    assert_eq!(plan.standing(&old, &all), Standing::Before);
    assert_eq!(plan.standing(&new, &all), Standing::After);
    let mut live = old.clone();
    live.parts[0].attached.insert("ou-9".to_owned());
    live.parts[0].attached.remove("ou-2");
    let expected = ["`g` was attached to `ou-9`", "`g` was detached from `ou-2`"];
    let Standing::Moved(lines) = plan.standing(&live, &all) else { panic!() };
    assert_eq!(lines, expected);
    // Who is gone counts for nobody.
    let mut live = new;
    live.parts[0].attached.remove("ou-2");
    assert_eq!(plan.standing(&live, &|target| target != "ou-2"), Standing::After);
}

#[test]
fn a_difference_is_said_by_statement_and_by_whom() {
    let old = state(&guard(Vehicle::Scp, Bind::All, &["sqs", "ecr"]), &[]);
    let new = state(&guard(Vehicle::Scp, Bind::All, &["sqs", "sns"]), &[]);
    let changes = diff(&old, &new);
    assert_eq!((changes.len(), changes[0].what), (1, What::Changed));
    let drift = &changes[0].statements[0];
    assert_eq!(drift.statement, "Drift");
    assert!(drift.verbs_added.iter().all(|verb| verb.starts_with("sns:")));
    assert!(drift.verbs_removed.iter().all(|verb| verb.starts_with("ecr:")));
    let effects = effects(Vehicle::Scp, "aws", &old, &new).unwrap();
    let engineer = &effects["an engineer"];
    assert!(engineer.loses.contains("sns:DeleteTopic"));
    assert!(engineer.gains.contains("ecr:DeleteRepository"));
    assert!(!engineer.loses.iter().chain(&engineer.gains).any(|verb| verb.starts_with("sqs:")));
    assert!(!effects.keys().any(|name| name.contains(TERRAFORM)), "{:?}", effects.keys());
}

fn watched(found: Found, caller: &str) -> Watched {
    Watched {
        exempt: vec![(TERRAFORM.to_owned(), found)],
        caller: caller.to_owned(),
        caller_is_beyond: false,
    }
}

#[test]
fn who_must_go_on_is_not_locked_out() {
    for vehicle in [Vehicle::Scp, Vehicle::ManagedPolicy, Vehicle::Boundary] {
        let documents = guard(vehicle, Bind::All, &["sqs", "iam"]);
        let all: Vec<&Value> = documents.iter().collect();
        let target = at(vehicle);
        assert_eq!(check(&target, &all, &watched(Found::Yes, TERRAFORM)), Vec::<String>::new());
        assert_eq!(check(&target, &all, &watched(Found::NotAsked, TERRAFORM)).len(), 0);
        for wrong in [Found::No, Found::OtherPath] {
            assert_eq!(check(&target, &all, &watched(wrong, TERRAFORM)).len(), 1);
        }
        // An SCP does not keep its changes from anybody; the others do.
        let locked = check(&target, &all, &watched(Found::Yes, ONCALL)).len();
        assert_eq!(locked, usize::from(vehicle != Vehicle::Scp), "{vehicle:?}");
    }
}

#[test]
fn an_exemption_without_its_path_is_seen() {
    let documents = guard(Vehicle::Scp, Bind::All, &["sqs"]);
    let wrong: Vec<Value> = documents
        .iter()
        .map(|document| {
            canonical(&minified(document).replace("role/ci/Terraform", "role/Terraform")).unwrap()
        })
        .collect();
    let all: Vec<&Value> = wrong.iter().collect();
    let faults = check(&at(Vehicle::Scp), &all, &watched(Found::Yes, TERRAFORM));
    assert!(faults[0].contains("would be denied"), "{faults:?}");
}

/// Whether a caller is denied to delete a managed queue at a moment.
fn is_denied(documents: &[Value], caller: &str, at: &str) -> bool {
    let texts: Vec<String> = documents.iter().map(minified).collect();
    let target = Target::new("arn:aws:sqs:eu-central-1:123456789012:q")
        .with(Context::new().with("aws:ResourceTag/ManagedBy", "Terraform"));
    let request = Request {
        caller: Caller::parse(caller).unwrap(),
        action: "sqs:DeleteQueue".to_owned(),
        targets: vec![target],
        context: Context::new().with("aws:CurrentTime", at),
    };
    let policies = place(Vehicle::Scp, &texts).unwrap();
    evaluate(&request, &policies).decision == Decision::ExplicitlyDenied
}

#[test]
fn an_unlock_ends_by_itself() {
    const OTHER: &str = "arn:aws:iam::123456789012:role/app";
    let documents = guard(Vehicle::Scp, Bind::All, &["sqs"]);
    let all: Vec<&Value> = documents.iter().collect();
    let unlock = Unlock { principal: ONCALL.to_owned(), until: "2026-11-24T12:00:00Z".to_owned() };
    let (mut opened, twins) = open(&all, &unlock).unwrap();
    opened.push(super::document::of(twins));
    let (before, after) = ("2026-11-24T11:59:59Z", "2026-11-24T12:00:01Z");
    assert!(is_denied(&documents, ONCALL, before));
    assert!(!is_denied(&opened, ONCALL, before), "it is open until then");
    assert!(is_denied(&opened, ONCALL, after), "and closed from then on");
    for moment in [before, after] {
        assert!(is_denied(&opened, OTHER, moment));
        assert!(!is_denied(&opened, TERRAFORM, moment));
    }
    let opened: Vec<&Value> = opened.iter().collect();
    assert_eq!(unlocks(&opened), std::slice::from_ref(&unlock));
    // Once more, for longer, is one unlock; closed it is the old guard.
    let longer = Unlock { until: "2026-11-24T18:00:00Z".to_owned(), ..unlock.clone() };
    let (mut again, twins) = open(&opened, &longer).unwrap();
    again.push(super::document::of(twins));
    assert_eq!(unlocks(&again.iter().collect::<Vec<_>>()), [longer]);
    assert_eq!(close(&again.iter().collect::<Vec<_>>(), |_| true), documents);
    // Who is exempt for ever needs none.
    let terraform = Unlock { principal: TERRAFORM.to_owned(), ..unlock };
    assert!(open(&all, &terraform).unwrap_err().contains("permanently exempt"));
}

#[test]
fn whoever_is_let_in_is_not_taken_for_exempt() {
    const SECOND: &str = "arn:aws:iam::123456789012:role/emergency/Second";
    for vehicle in [Vehicle::Scp, Vehicle::ManagedPolicy, Vehicle::Boundary] {
        let mut documents = guard(vehicle, Bind::All, &["sqs"]);
        let plain = exempt(&documents.iter().collect::<Vec<_>>());
        for principal in [ONCALL, SECOND] {
            let until = "2026-11-24T12:00:00Z".to_owned();
            let unlock = Unlock { principal: principal.to_owned(), until };
            let (mut opened, twins) = open(&documents.iter().collect::<Vec<_>>(), &unlock).unwrap();
            opened.push(super::document::of(twins));
            documents = opened;
            let all: Vec<&Value> = documents.iter().collect();
            assert_eq!(exempt(&all), plain, "{vehicle:?}");
            // Both until the same second; whichever policy they go to, AWS takes each name once.
            let names: Vec<_> = all
                .iter()
                .flat_map(|document| statements(document))
                .map(|statement| &statement["Sid"])
                .collect();
            let each: HashSet<_> = names.iter().collect();
            assert_eq!(each.len(), names.len(), "{names:?}");
            // A second unlock, and a rollback into one, are checked as this is.
            let exempt = exempt(&all).into_iter().map(|arn| (arn, Found::Yes)).collect();
            let watched = Watched { exempt, caller: TERRAFORM.to_owned(), caller_is_beyond: false };
            assert_eq!(check(&at(vehicle), &all, &watched), Vec::<String>::new(), "{vehicle:?}");
        }
    }
}

#[test]
fn who_is_not_bound_is_not_unlocked() {
    // Its end would bind a workload that was free before.
    let documents = guard(Vehicle::Scp, Bind::Humans, &["sqs"]);
    let all: Vec<&Value> = documents.iter().collect();
    let until = "2026-11-24T12:00:00Z".to_owned();
    let workload = Unlock { principal: ONCALL.to_owned(), until: until.clone() };
    assert!(open(&all, &workload).unwrap_err().contains("does not apply"));
    let user = Unlock { principal: "arn:aws:iam::123456789012:user/ann".to_owned(), until };
    assert!(open(&all, &user).is_ok());
}

#[test]
fn the_hash_is_of_what_it_says_and_whom_it_binds() {
    let original = state(&guard(Vehicle::Scp, Bind::All, &["sqs"]), &["ou-1"]);
    let mut version_changed = original.clone();
    version_changed.parts[0].version = Some("v7".to_owned());
    assert_eq!(original.hash(), version_changed.hash());
    version_changed.parts[0].attached = BTreeSet::new();
    assert_ne!(original.hash(), version_changed.hash());
    let mut document_changed = original.clone();
    document_changed.parts[0].document = json!({});
    assert_ne!(original.hash(), document_changed.hash());
}
