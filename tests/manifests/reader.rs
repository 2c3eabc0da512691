//! Mangled manifests are read as Kubernetes' code reads them, or refused: compared text by text
//! with the program that `.ci/kubernetes/install` builds. `HOLDPOINT_KUBERNETES_PEERS` names its
//! folder; says loudly when it does not. `HOLDPOINT_FUZZ` is how many texts, `HOLDPOINT_SEED` which.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use common::mangle::{Mangler, base};
use holdpoint::manifest::read;
use holdpoint::model::node::Node;
use serde_json::Value;

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

/// Every object that Kubernetes reads is read, in its order; more may be.
fn covers(ours: &[Value], theirs: &[Value]) -> bool {
    let mut rest = ours.iter();
    let mut objects = theirs.iter().filter(|their| their.is_object() || their.is_array());
    objects.all(|their| rest.any(|our| same(our, their)))
}

#[test]
fn what_kubernetes_reads_is_read_the_same_or_refused() {
    let found = common::peers::below("kubernetes-reader", "HOLDPOINT_KUBERNETES_PEERS", "reader");
    let Some(reader) = found else { return };
    let count = usize::try_from(number("HOLDPOINT_FUZZ", 20_000)).unwrap();
    let mut mangler = Mangler::new(number("HOLDPOINT_SEED", 1));
    let bases = base();
    let texts: Vec<String> = (0..count).map(|i| mangler.mangle(&bases[i % bases.len()])).collect();
    let mut child =
        Command::new(reader).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let sent = texts.clone();
    let writer = std::thread::spawn(move || {
        for text in sent {
            input.write_all(format!("{}\n{text}", text.len()).as_bytes()).unwrap();
        }
    });
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let (mut wrong, mut compared, mut refused, mut answers) = (Vec::new(), 0, 0, 0);
    for (text, line) in texts.iter().zip(lines) {
        answers += 1;
        let answer: Value = serde_json::from_str(&line.unwrap()).unwrap();
        let theirs = answer["documents"].as_array().unwrap();
        let ours = read::text(text.clone().into_bytes())
            .and_then(|text| read::unambiguous(&text))
            .map(|nodes| nodes.iter().map(Node::to_json).collect::<Vec<_>>());
        let Ok(ours) = ours else {
            refused += 1;
            continue;
        };
        compared += usize::from(!theirs.is_empty());
        if !covers(&ours, theirs) {
            wrong.push(format!("{text:?}\n  ours   {ours:?}\n  theirs {theirs:?}"));
        }
    }
    writer.join().unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!(answers, count, "the reader left some out");
    wrong.sort_by_key(String::len);
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{refused} refused; {}", wrong.join("\n"));
    assert!(compared > count / 5, "only {compared} of {count} were readable");
}
