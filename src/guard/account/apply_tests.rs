//! Every change of every kind of plan, interrupted at every call, before it is made and after.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use super::apply::{Failure, InForce, Outcome, apply};
use super::atoms::{Atom, atoms};
use super::document::canonical;
use super::fake::{Death, Fake, Trouble};
use super::journal::Journal;
use super::layout::layout;
use super::plan::{Place, Plan};
use super::state::State;

fn place() -> Place {
    Place {
        vehicle: "managed-policy".to_owned(),
        name: "g".to_owned(),
        path: "/holdpoint/".to_owned(),
        account: "1".to_owned(),
        partition: "aws".to_owned(),
        endpoint: "here".to_owned(),
    }
}

fn deny(verbs: &[&str]) -> Value {
    let document = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "Drift", "Effect": "Deny", "Action": verbs, "Resource": "*"}]});
    canonical(&document.to_string()).unwrap()
}

fn plan(account: &Fake, packed: &[Value], limit: usize) -> Plan {
    let on = account.principals.iter().cloned().collect();
    let live = account.state();
    let wanted = layout(&live, packed, "g", limit, 10);
    Plan::new(place(), live, wanted, &on)
}

fn go(account: &mut Fake, plan: &Plan) -> Result<Outcome, Failure> {
    apply(account, plan, &mut Journal::nowhere(), &|| false)
}

/// What holds a principal. A document is taken apart once.
fn force(state: &State, principal: &str) -> BTreeSet<Atom> {
    thread_local! {
        static KNOWN: RefCell<HashMap<String, BTreeSet<Atom>>> = RefCell::default();
    }
    let on = state.parts.iter().filter(|part| part.attached.contains(principal));
    on.flat_map(|part| {
        KNOWN.with_borrow_mut(|known| {
            known.entry(part.document.to_string()).or_insert_with(|| atoms(&part.document)).clone()
        })
    })
    .collect()
}

/// At every moment what both deny is denied, and nothing that neither denies.
fn check(account: &Fake, plan: &Plan, name: &str) {
    for principal in &account.principals {
        let (old, new) = (force(&plan.before, principal), force(&plan.after, principal));
        let kept: BTreeSet<Atom> = old.intersection(&new).cloned().collect();
        let either: BTreeSet<Atom> = old.union(&new).cloned().collect();
        for (moment, state) in account.history.iter().enumerate() {
            let now = force(state, principal);
            assert!(kept.is_subset(&now), "{name}: at {moment} {principal} is free of what stays");
            assert!(now.is_subset(&either), "{name}: at {moment} {principal} is denied more");
        }
    }
}

const OLD: [&[&str]; 2] = [
    &["sqs:DeleteQueue", "sqs:TagQueue"],
    &["sns:DeleteTopic", "sns:TagResource", "sns:UntagResource"],
];

/// Guards that grow, shrink, move verbs between policies, and go.
fn wanted() -> Vec<(&'static str, Vec<Value>)> {
    vec![
        ("the same", vec![deny(OLD[0]), deny(OLD[1])]),
        (
            "one more verb",
            vec![deny(&[OLD[0], &["sqs:SetQueueAttributes"]].concat()), deny(OLD[1])],
        ),
        ("swapped", vec![deny(OLD[1]), deny(OLD[0])]),
        ("in one", vec![deny(&[OLD[0], OLD[1]].concat())]),
        (
            "a third",
            vec![deny(OLD[0]), deny(OLD[1]), deny(&["ec2:ModifyVpcAttribute", "ec2:DeleteVpc"])],
        ),
        ("other verbs", vec![deny(&["sqs:DeleteQueue", "ec2:DeleteVpc"]), deny(&["sns:Publish"])]),
        ("nothing", Vec::new()),
    ]
}

fn begun(versions: bool) -> Fake {
    let mut account = Fake::new(3);
    account.versions = versions;
    let first = plan(&account, &[deny(OLD[0]), deny(OLD[1])], 400);
    go(&mut account, &first).unwrap();
    account.again();
    account
}

#[test]
fn the_same_again_changes_nothing() {
    let mut account = begun(true);
    let again = plan(&account, &[deny(OLD[0]), deny(OLD[1])], 400);
    assert!(again.is_empty());
    let outcome = go(&mut account, &again).unwrap();
    assert_eq!((outcome.changed, account.changes), (false, 0));
}

#[test]
fn interrupted_anywhere_it_goes_on_and_is_never_half() {
    let mut interrupted = 0;
    for versions in [true, false] {
        for (name, packed) in wanted() {
            for first in [true, false] {
                let mut start = if first { Fake::new(6) } else { begun(versions) };
                start.versions = versions;
                let plan = plan(&start, &packed, 400);
                let mut whole = start.clone();
                go(&mut whole, &plan).unwrap();
                check(&whole, &plan, name);
                let changes = whole.changes;
                for death in (1..=changes).flat_map(|n| [Death::Before(n), Death::After(n)]) {
                    let name = format!("{name}, {death:?} of {changes}");
                    let mut account = start.clone();
                    account.death = death;
                    let failure = go(&mut account, &plan);
                    // A death behind the last change may go unnoticed.
                    assert!(failure.is_err() || death == Death::After(changes), "{name}");
                    check(&account, &plan, &name);
                    account.again();
                    let outcome = go(&mut account, &plan).unwrap_or_else(|e| panic!("{name}: {e}"));
                    check(&account, &plan, &name);
                    assert!(outcome.failed.is_empty());
                    let same = |a: &State, b: &State| {
                        a.documents() == b.documents() && a.attached() == b.attached()
                    };
                    assert!(same(&account.state(), &whole.state()), "{name}");
                    assert_eq!(account.counts(), whole.counts(), "{name}: nothing doubled");
                    account.again();
                    assert!(!go(&mut account, &plan).unwrap().changed, "{name}");
                    interrupted += 1;
                }
            }
        }
    }
    assert!(interrupted > 300, "{interrupted}");
}

#[test]
fn many_are_bound_in_batches_and_none_is_forgotten() {
    let start = Fake::new(45);
    let plan = plan(&start, &[deny(OLD[0]), deny(OLD[1])], 400);
    for death in [3, 22, 43, 60, 92] {
        let mut account = start.clone();
        account.death = Death::After(death);
        let _ = go(&mut account, &plan);
        account.again();
        go(&mut account, &plan).unwrap();
        assert_eq!(account.state().attached().len(), 45, "{death}");
        assert!(account.state().parts.iter().all(|part| part.attached.len() == 45));
    }
}

#[test]
fn what_cannot_be_switched_is_put_back() {
    for trouble in [Trouble::Switch("g-2".to_owned()), Trouble::Deaf("g-2".to_owned())] {
        let mut account = begun(true);
        let other =
            [deny(&["sqs:DeleteQueue"]), deny(&["sns:DeleteTopic"]), deny(&["ec2:DeleteVpc"])];
        let plan = plan(&account, &other, 200);
        assert!(plan.order.contains(&"g-2".to_owned()), "{:?}", plan.order);
        account.trouble = trouble.clone();
        let failure = go(&mut account, &plan).unwrap_err();
        assert_eq!(failure.in_force, InForce::Old, "{trouble:?}: {failure}");
        let now = account.state();
        assert_eq!(now.documents(), plan.before.documents(), "{trouble:?}");
        assert_eq!(now.attached(), plan.before.attached());
        check(&account, &plan, "put back");
    }
}

#[test]
fn one_that_cannot_be_bound_is_named_and_the_others_are() {
    let mut account = Fake::new(4);
    let plan = plan(&account, &[deny(OLD[0])], 400);
    account.trouble = Trouble::Attach("arn:aws:iam::1:role/r2".to_owned());
    let outcome = go(&mut account, &plan).unwrap();
    assert_eq!(outcome.attached, 3);
    assert_eq!(outcome.failed.len(), 1);
    assert_eq!(outcome.failed[0].0, "arn:aws:iam::1:role/r2");
}

#[test]
fn stopping_leaves_the_old_guard() {
    let mut account = begun(true);
    let new = plan(&account, &[deny(&["ec2:DeleteVpc"])], 400);
    let failure = apply(&mut account, &new, &mut Journal::nowhere(), &|| true).unwrap_err();
    assert!(matches!(failure.in_force, InForce::Old | InForce::OldOnMore), "{failure}");
    assert_eq!(account.state().documents(), new.before.documents());
    account.again();
    assert!(go(&mut account, &new).unwrap().changed);
}

#[test]
fn five_versions_and_the_oldest_goes() {
    let mut account = begun(true);
    let verbs = [
        "ec2:DeleteVpc",
        "ec2:DeleteSubnet",
        "ec2:DeleteRoute",
        "ec2:DeleteTags",
        "sqs:AddPermission",
    ];
    for n in 1..=verbs.len() {
        let packed = [deny(&[OLD[0], &verbs[..n]].concat()), deny(OLD[1])];
        let plan = plan(&account, &packed, 400);
        go(&mut account, &plan).unwrap();
        account.again();
    }
    assert_eq!(account.counts(), [5, 1]);
    assert_eq!(account.pruned, [1], "only when there is no room");
    // Back to the one before: it is there, and nothing is written.
    let now = account.state();
    let packed = [deny(&[OLD[0], &verbs[..4]].concat()), deny(OLD[1])];
    let back = plan(&account, &packed, 400);
    go(&mut account, &back).unwrap();
    assert_eq!((account.counts(), account.changes), (vec![5, 1], 1));
    assert_ne!(account.state().documents(), now.documents());
}

#[test]
fn what_somebody_else_changed_is_left_alone() {
    let mut account = begun(true);
    let new = plan(&account, &[deny(&["ec2:DeleteVpc"])], 400);
    account.meddle("g", &deny(&["s3:PutBucketPolicy"]));
    let before = account.state();
    let failure = go(&mut account, &new).unwrap_err();
    assert!(failure.message.contains("`g` was changed"), "{failure}");
    assert_eq!((account.state(), account.changes), (before, 0));
}

#[test]
fn a_principal_that_is_gone_does_not_stop_it() {
    let mut account = begun(true);
    let new = plan(&account, &[deny(&["ec2:DeleteVpc"]), deny(OLD[1])], 400);
    let gone = account.principals.pop().unwrap();
    account.trouble = Trouble::Attach(gone.clone());
    go(&mut account, &new).unwrap();
    assert!(account.state().documents().contains(&&deny(&["ec2:DeleteVpc"])));
}

#[test]
fn a_boundary_that_came_meanwhile_is_left_alone() {
    let mut account = Fake::new(3);
    let mut plan = plan(&account, &[deny(OLD[0])], 400);
    plan.place.vehicle = "boundary".to_owned();
    let (stricter, other) = (account.principals[1].clone(), "arn:aws:iam::1:policy/theirs");
    account.boundaries.insert(stricter.clone(), other.to_owned());
    let outcome = go(&mut account, &plan).unwrap();
    assert_eq!((outcome.attached, outcome.failed.len()), (2, 1));
    assert_eq!(outcome.failed[0].0, stricter);
    assert!(!account.state().attached().contains(stricter.as_str()));
}

#[test]
fn what_somebody_writes_while_it_is_put_on_many_is_not_overwritten() {
    for versions in [true, false] {
        let mut account = begun(versions);
        account.principals.push("arn:aws:iam::1:role/new".to_owned());
        let new = plan(&account, &[deny(&["ec2:DeleteVpc"]), deny(OLD[1])], 400);
        let theirs = deny(&["s3:PutBucketPolicy"]);
        account.trouble = Trouble::Meanwhile("g".to_owned(), theirs.clone());
        let failure = go(&mut account, &new).unwrap_err();
        assert!(failure.message.contains("`g` was changed"), "{failure}");
        assert_eq!(account.state().part("g").unwrap().document, theirs);
    }
}

#[test]
fn nobody_who_is_bound_is_set_free_for_want_of_room() {
    for versions in [true, false] {
        let mut account = begun(versions);
        // Verbs move into a third policy, which one cannot take.
        let moved = [deny(&["sqs:DeleteQueue"]), deny(OLD[1]), deny(&["sqs:TagQueue"])];
        let mut new = plan(&account, &[deny(OLD[0]), deny(OLD[1])], 400);
        let named = ["g", "g-2", "g-3"].map(str::to_owned).into_iter().zip(moved).collect();
        let on = account.principals.iter().cloned().collect();
        new = Plan::new(new.place, account.state(), named, &on);
        let full = account.principals[1].clone();
        account.trouble = Trouble::Attach(full.clone());
        let failure = go(&mut account, &new).unwrap_err();
        assert_eq!(failure.in_force, InForce::OldOnMore, "{failure}");
        assert!(failure.message.contains("cannot attach the whole guard"), "{failure}");
        check(&account, &new, "no room");
        assert!(force(&account.state(), &full).is_superset(&force(&new.before, &full)));
        // With room it goes on.
        account.again();
        go(&mut account, &new).unwrap();
        assert_eq!(account.state().documents(), new.after.documents());
    }
}

/// What an earlier run took away already is put back too, or nobody says that it is.
#[test]
fn the_old_guard_is_in_force_only_when_it_is_whole() {
    let names = ["g", "g-2", "g-3"].map(str::to_owned);
    for at in 1..=12 {
        let mut account = begun(true);
        let third = [deny(OLD[0]), deny(OLD[1]), deny(&["ec2:DeleteVpc"])];
        let on = account.principals.iter().cloned().collect();
        let third = names.iter().cloned().zip(third).collect();
        let more = Plan::new(place(), account.state(), third, &on);
        go(&mut account, &more).unwrap();
        account.again();
        // Everything in one, and one principal less.
        let all = deny(&[OLD[0], OLD[1], &["ec2:DeleteVpc", "ec2:ModifyVpcAttribute"]].concat());
        let on = account.principals.iter().skip(1).cloned().collect();
        let new = Plan::new(place(), account.state(), vec![("g".to_owned(), all)], &on);
        account.death = Death::After(at);
        let _ = go(&mut account, &new);
        account.again();
        // It goes on, and somebody else writes before it is read back.
        account.trouble = Trouble::AtRead(2, "g".to_owned(), deny(&["s3:PutBucketPolicy"]));
        let Err(failure) = go(&mut account, &new) else { continue };
        match failure.in_force {
            InForce::Old => {
                let now = account.state();
                assert_eq!(
                    now.parts.iter().map(|part| part.name.clone()).collect::<Vec<_>>(),
                    names
                );
                assert_eq!(now.documents(), new.before.documents(), "{at}: {failure}");
                assert_eq!(now.attached(), new.before.attached(), "{at}: {failure}");
            }
            // It was seen before anything was overwritten.
            InForce::Unknown => {
                assert!(failure.message.contains("`g` was changed"), "{at}: {failure}");
            }
            other => panic!("{at}: {other:?}: {failure}"),
        }
    }
}

#[test]
fn what_was_written_and_cannot_be_read_is_left_as_it_is() {
    let mut account = begun(true);
    let new = plan(&account, &[deny(&["sqs:DeleteQueue"]), deny(OLD[1])], 200);
    // Read once to begin, once before the first switch, and then no more.
    account.trouble = Trouble::Blind(3);
    let failure = go(&mut account, &new).unwrap_err();
    assert_eq!(failure.in_force, InForce::Written, "{failure}");
    assert!(failure.to_string().contains("could not be read back"), "{failure}");
    assert_eq!(account.state().documents(), new.after.documents(), "nothing is undone");
    account.again();
    go(&mut account, &new).unwrap();
}

/// No message claims more than is so, wherever a run dies and the next one cannot look or write.
#[test]
fn what_is_said_to_be_in_force_is() {
    let mut outcomes = BTreeSet::new();
    for (name, packed) in wanted() {
        let mut start = begun(true);
        start.principals.push("arn:aws:iam::1:role/new".to_owned());
        let new = plan(&start, &packed, 400);
        let mut whole = start.clone();
        go(&mut whole, &new).unwrap();
        let both = (0..=whole.changes).flat_map(|at| (1..=whole.changes).map(move |n| (at, n)));
        for (at, n) in both {
            let mut account = start.clone();
            account.death = Death::After(at);
            let _ = go(&mut account, &new);
            account.again();
            account.death = Death::Before(n);
            let Err(failure) = go(&mut account, &new) else { continue };
            let now = account.state();
            let old_stands = new.before.parts.iter().all(|old| {
                now.part(&old.name).is_some_and(|now| {
                    now.document == old.document && now.attached.is_superset(&old.attached)
                })
            });
            let new_stands =
                new.after.parts.iter().all(|part| {
                    now.part(&part.name).is_some_and(|now| now.document == part.document)
                });
            let is_true = match failure.in_force {
                InForce::Old | InForce::OldOnMore => old_stands,
                InForce::Both => !old_stands,
                InForce::New => new_stands,
                InForce::Unknown => true,
                InForce::Untouched | InForce::Written => false,
            };
            assert!(is_true, "{name}, {at}: {:?}: {failure}", failure.in_force);
            outcomes.insert(format!("{:?}", failure.in_force));
        }
    }
    assert!(outcomes.len() >= 3, "{outcomes:?}");
}
