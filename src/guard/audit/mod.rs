//! What is wrong with a policy that somebody else wrote: checked against the catalogue, and asked
//! of the evaluator.

mod actions;
mod conditions;
mod holes;
mod statement;

use serde::Serialize;
use serde_json::Value;

use self::statement::Statement;
use super::statements::Vehicle;

/// How bad it is; the worse first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// It does not do what it says.
    Wrong,
    /// There is a way around it.
    Hole,
    /// Worth knowing.
    Note,
}

impl Level {
    /// The name in outputs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Wrong => "wrong",
            Self::Hole => "hole",
            Self::Note => "note",
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// A stable name, `dead-prefix`.
    pub code: &'static str,
    /// How bad it is.
    pub level: Level,
    /// The statement, by its `Sid` or its place (`#2`); empty for the policy as a whole.
    pub statement: String,
    /// What it is; lower case, no full stop.
    pub message: String,
    /// What it is about: actions, keys, ARNs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<String>,
    /// What to do.
    pub help: String,
}

/// What an audit says of one document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// How many statements it has.
    pub statements: usize,
    /// How many characters it has without spaces, as it is counted.
    pub characters: usize,
    /// How many it may have.
    pub limit: usize,
    /// Findings, the worse first, in the order of statements.
    pub findings: Vec<Finding>,
}

impl Audit {
    /// Whether there is more than notes.
    #[cfg(test)]
    fn is_bad(&self) -> bool {
        self.findings.iter().any(|finding| finding.level != Level::Note)
    }
}

/// Reads the documents of a text: one, a list of them, or what AWS's `describe-policy` and
/// `get-policy-version` print.
///
/// # Errors
/// What is no policy, in words for a report.
pub fn documents(text: &str) -> Result<Vec<Value>, String> {
    let value =
        once(text.trim_start_matches('\u{feff}')).map_err(|error| format!("not JSON: {error}"))?;
    let list = match value {
        Value::Array(list) => list,
        single => vec![single],
    };
    let list: Vec<Value> = list.into_iter().map(unwrapped).collect::<Result<_, _>>()?;
    match list.iter().all(|document| document.get("Statement").is_some()) {
        true if !list.is_empty() => Ok(list),
        _ => Err("not a policy document: it has no `Statement`".to_owned()),
    }
}

/// Reads JSON in which no key stands twice: which of two `Statement`s counts, readers do not agree.
fn once(text: &str) -> Result<Value, serde_json::Error> {
    serde_json::from_str::<crate::model::value::Value>(text)?;
    serde_json::from_str(text)
}

fn unwrapped(value: Value) -> Result<Value, String> {
    let inner = ["/Policy/Content", "/PolicyVersion/Document"];
    match inner.iter().find_map(|path| value.pointer(path)) {
        Some(Value::String(text)) => {
            once(text).map_err(|error| format!("its document is not JSON: {error}"))
        }
        Some(other) => Ok(other.clone()),
        None => Ok(value),
    }
}

/// Audits a document that stands as this kind, beside others on the same target: what they deny is
/// no way around it.
#[must_use]
pub fn audit(document: &Value, beside: &[&Value], vehicle: Vehicle, limit: usize) -> Audit {
    let statements = statement::read(document);
    let mut findings = Vec::new();
    if statements.is_empty() {
        findings.push(Finding {
            code: "no-statement",
            level: Level::Wrong,
            statement: String::new(),
            message: "the policy has no statement: it denies nothing, and AWS rejects it"
                .to_owned(),
            items: Vec::new(),
            help: "check that this is the right document".to_owned(),
        });
    }
    for statement in &statements {
        actions::check(statement, &mut findings);
        conditions::check(statement, &mut findings);
    }
    holes::check(document, beside, &statements, vehicle, &mut findings);
    twice(&statements, &mut findings);
    let characters = document.to_string().chars().count();
    room(characters, vehicle, limit, &mut findings);
    findings.sort_by_key(|finding| finding.level);
    Audit { statements: statements.len(), characters, limit, findings }
}

fn room(characters: usize, vehicle: Vehicle, limit: usize, findings: &mut Vec<Finding>) {
    let kind = vehicle.name();
    findings.push(if characters > limit {
        Finding {
            code: "too-large",
            level: Level::Wrong,
            statement: String::new(),
            message: format!("{characters} characters exceed the {limit} of a {kind}"),
            items: Vec::new(),
            help: "split it, or shorten its lists of actions".to_owned(),
        }
    } else {
        Finding {
            code: "room",
            level: Level::Note,
            statement: String::new(),
            message: format!(
                "{characters} of the {limit} characters of a {kind}, {} left",
                limit - characters
            ),
            items: Vec::new(),
            help: "minify it: in an SCP, spaces count too".to_owned(),
        }
    });
}

fn twice(statements: &[Statement], findings: &mut Vec<Finding>) {
    let mut seen = std::collections::BTreeSet::new();
    for statement in statements.iter().filter(|statement| !statement.label.starts_with('#')) {
        if !seen.insert(statement.label.as_str()) {
            findings.push(Finding {
                code: "sid-twice",
                level: Level::Wrong,
                statement: statement.label.clone(),
                message: "two statements have this `Sid`: IAM rejects such a policy".to_owned(),
                items: Vec::new(),
                help: "give each statement its own `Sid`".to_owned(),
            });
        }
    }
}

#[cfg(test)]
mod tests;
