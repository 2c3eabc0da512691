//! Asks about the resources of a plan part by part, on all cores, where the answer about all of them
//! is the union of the answers about parts.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use regorus::Value;
use regorus::value::Object;

use super::ASKED;
use super::parts::with_part;
use crate::rego::Inner;
use crate::rego::document::Document;
use crate::rego::fault::Fault;
use crate::rego::value::{kind, text};
use crate::rego::watch::{STACK, time_limit};

/// The results of the parts so far, a namespace each: the elements by question.
type Collected = Vec<Vec<(Value, BTreeSet<Value>)>>;

/// The first part that failed, and how.
type Failed = Option<(usize, Box<Fault>)>;

impl Inner {
    /// What all questions answer of a plan in parts, a namespace each.
    pub(super) fn ask_in_parts(
        &self,
        document: &Document,
        parts: &[String],
        namespaces: &[String],
    ) -> Result<Vec<Value>, Box<Fault>> {
        let begun = Instant::now();
        let left = Mutex::new(parts.iter().enumerate());
        let failed: Mutex<Failed> = Mutex::new(None);
        let work = || {
            let mut collected: Collected = namespaces.iter().map(|_| Vec::new()).collect();
            let fail = |at: usize, fault: Box<Fault>| {
                let mut failed = failed.lock().unwrap_or_else(PoisonError::into_inner);
                if failed.as_ref().is_none_or(|(first, _)| at < *first) {
                    *failed = Some((at, fault));
                }
            };
            let mut engine = self.engine();
            if let Err(fault) = self.provide(&mut engine, document) {
                fail(0, fault);
                return collected;
            }
            loop {
                let next = left.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some((at, part)) = next else { return collected };
                // Parts are handed out in their order: those before the first failure all ran.
                if failed.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
                    return collected;
                }
                if begun.elapsed() > self.options.limits.time {
                    fail(at, Box::new(time_limit(self.options.limits)));
                    return collected;
                }
                let input = match with_part(&document.value, part) {
                    Ok(input) => input,
                    Err(why) => {
                        fail(at, Document::no_json(&document.name, &why));
                        return collected;
                    }
                };
                engine.set_input(input.clone());
                for (number, namespace) in namespaces.iter().enumerate() {
                    let answers = self.ask(&mut engine, namespace, &input);
                    let added = answers.and_then(|answers| {
                        collected
                            .get_mut(number)
                            .map_or(Ok(()), |collected| add(collected, &answers))
                    });
                    if let Err(fault) = added {
                        fail(at, fault);
                        return collected;
                    }
                }
            }
        };
        let all: Vec<Collected> = thread::scope(|scope| {
            let helpers = cores().min(parts.len()).saturating_sub(1);
            let spawn = |_| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).ok();
            let helpers: Vec<_> = (0..helpers).filter_map(spawn).collect();
            let mut all = vec![work()];
            for helper in helpers {
                match helper.join() {
                    Ok(collected) => all.push(collected),
                    Err(panic) => std::panic::resume_unwind(panic),
                }
            }
            all
        });
        if let Some((_, fault)) = failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
            return Err(fault);
        }
        let mut whole: Collected = namespaces.iter().map(|_| Vec::new()).collect();
        for collected in all {
            for (whole, collected) in whole.iter_mut().zip(collected) {
                collected
                    .into_iter()
                    .for_each(|(question, elements)| join(whole, question, elements));
            }
        }
        Ok(whole.into_iter().map(answers).collect())
    }
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// Adds what one part answers. Every question is about a set; another answer could not be joined
/// with those of other parts, and must not be lost.
fn add(collected: &mut Vec<(Value, BTreeSet<Value>)>, answers: &Value) -> Result<(), Box<Fault>> {
    let Value::Object(answers) = answers else {
        return Err(Box::new(Fault::new("rego::internal", "a part of the plan has no results")));
    };
    for (question, answer) in answers.iter() {
        match answer {
            Value::Set(elements) => {
                join(collected, question.clone(), elements.iter().cloned().collect());
            }
            _ if text(question) == Some(ASKED) => {}
            other => {
                let message = format!("the result for a part of the plan is {}", kind(other));
                return Err(Box::new(
                    Fault::new("rego::internal", message)
                        .with_help("this is a bug in holdpoint: please report it"),
                ));
            }
        }
    }
    Ok(())
}

fn join(collected: &mut Vec<(Value, BTreeSet<Value>)>, question: Value, elements: BTreeSet<Value>) {
    match collected.iter_mut().find(|(known, _)| *known == question) {
        Some((_, all)) => all.extend(elements),
        None => collected.push((question, elements)),
    }
}

fn answers(collected: Vec<(Value, BTreeSet<Value>)>) -> Value {
    let object: Object =
        collected.into_iter().map(|(question, all)| (question, Value::from(all))).collect();
    Value::from(object)
}
