//! The guard's statements, put into policies under the size limit of where they stand.

use serde::Serialize;

use super::statements::{Guard, Statement, Texts, Vehicle};

/// A policy document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Document {
    /// `2012-10-17`.
    pub version: &'static str,
    /// Its statements.
    pub statement: Vec<Statement>,
}

impl Document {
    fn new() -> Self {
        Self { version: "2012-10-17", statement: Vec::new() }
    }

    /// The document without a space, as its size is counted.
    #[must_use]
    pub fn minified(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// How many characters it has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.minified().chars().count()
    }
}

/// Why the guard cannot be put under the limits; for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooLarge {
    /// The statement, or the number of policies.
    pub what: String,
    /// What to do.
    pub help: &'static str,
}

/// Puts a guard into as few policies as it takes.
///
/// # Errors
/// A single statement, or all of it, is too large for where it is to stand.
pub fn pack(guard: &Guard, limit: usize) -> Result<Vec<Document>, TooLarge> {
    let mut documents = vec![Document::new()];
    for statement in &guard.fixed {
        for part in parts(statement, limit)? {
            place(&mut documents, part, limit);
        }
    }
    drift(guard, &mut documents, limit)?;
    documents.retain(|document| !document.statement.is_empty());
    let most = guard.spec.vehicle.most();
    if guard.spec.vehicle == Vehicle::Boundary && documents.len() > most {
        let all = pack(guard, usize::MAX)?;
        return Err(TooLarge {
            what: format!(
                "the guard needs {} characters, but a boundary is a single policy of at most {limit}",
                all.first().map_or(0, Document::size)
            ),
            help: "render it from a state or for fewer services, or use service control policies or \
                managed policies: the guard can be split into up to ten of those",
        });
    }
    if documents.len() > most {
        return Err(TooLarge {
            what: format!(
                "the guard needs {} policies of {limit} characters, but `{}` allows only {most}",
                documents.len(),
                guard.spec.vehicle.name()
            ),
            help: "render it from a state or for fewer services, or as service control policies",
        });
    }
    Ok(documents)
}

/// Cuts a statement whose resources do not fit into one policy.
fn parts(statement: &Statement, limit: usize) -> Result<Vec<Statement>, TooLarge> {
    let alone = |statement: &Statement| {
        Document { version: "2012-10-17", statement: vec![statement.clone()] }.size()
    };
    if alone(statement) <= limit {
        return Ok(vec![statement.clone()]);
    }
    let list = statement.resource.list();
    let (head, tail) = list.split_at(list.len() / 2);
    if head.is_empty() {
        return Err(TooLarge {
            what: format!("the statement `{}` is larger than {limit} characters", statement.sid),
            help: "exempt fewer principals, with a wildcard below a dedicated path",
        });
    }
    let mut packed = Vec::new();
    for (half, sid) in [(head, "a"), (tail, "b")] {
        let mut part = statement.clone();
        part.sid.push_str(sid);
        part.resource = Texts::of(half.to_vec());
        packed.extend(parts(&part, limit)?);
    }
    Ok(packed)
}

fn place(documents: &mut Vec<Document>, statement: Statement, limit: usize) {
    for document in documents.iter_mut() {
        document.statement.push(statement.clone());
        if document.size() <= limit {
            return;
        }
        document.statement.pop();
    }
    documents.push(Document { version: "2012-10-17", statement: vec![statement] });
}

/// S1: as many of its actions as fit into each policy.
fn drift(guard: &Guard, documents: &mut Vec<Document>, limit: usize) -> Result<(), TooLarge> {
    let mut left = guard.actions.as_slice();
    let (mut at, mut number) = (0, 1);
    while !left.is_empty() {
        if documents.len() == at {
            documents.push(Document::new());
        }
        let Some(document) = documents.get_mut(at) else { break };
        let mut statement = guard.drift.clone();
        if number > 1 {
            statement.sid = format!("{}{number}", statement.sid);
        }
        document.statement.push(statement);
        let was_empty = document.statement.len() == 1;
        // Each action costs its characters, two quotes and a comma; `[` and `]` come on top.
        let room = limit.saturating_sub(document.size());
        let (mut used, mut count) = (0, 0);
        for action in left {
            used += action.chars().count() + 3;
            if used > room + 1 {
                break;
            }
            count += 1;
        }
        let (now, later) = left.split_at(count);
        if now.is_empty() {
            document.statement.pop();
            if was_empty {
                return Err(TooLarge {
                    what: format!("the statement `Drift` does not fit into {limit} characters"),
                    help: "exempt fewer principals, with a wildcard below a dedicated path",
                });
            }
        } else {
            if let Some(statement) = document.statement.last_mut() {
                statement.action = Texts::of(now.to_vec());
            }
            left = later;
            number += 1;
        }
        at += 1;
    }
    Ok(())
}
