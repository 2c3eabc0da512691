//! The rules that judge: `deny`, `violation`, `warn` and `undetermined`, each definition by itself.

use std::collections::BTreeMap;
use std::ops::Range;

use regorus::unstable::{Expr, Rule, RuleHead};

use crate::model::severity::Severity;

use super::annotations::{Annotation, Scope};
use super::ast::{self, bytes};
use super::fault::Fault;
use super::module::Module;
use super::names::PREFIX;

/// What a rule's results are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `deny` and `violation`: failures.
    Failure,
    /// `warn`: warnings.
    Warning,
    /// `undetermined`, which only holdpoint has: it depends on something that nobody knows yet.
    Undetermined,
}

impl Kind {
    /// The kind of a rule of this name: `deny`, `deny_x`, `violation_x_y`, `warn`, as conftest has
    /// it; and `undetermined`, `undetermined_x`.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        [
            ("deny", Kind::Failure),
            ("violation", Kind::Failure),
            ("warn", Kind::Warning),
            ("undetermined", Kind::Undetermined),
        ]
        .into_iter()
        .find(|(word, _)| {
            let Some(rest) = name.strip_prefix(word) else { return false };
            rest.is_empty()
                || rest.strip_prefix('_').is_some_and(|rest| {
                    rest.split('_').all(|part| {
                        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric())
                    })
                })
        })
        .map(|(_, kind)| kind)
    }
}

/// One definition of a rule that judges.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// `rego/main/deny_public`: stable as long as the policy is; what SARIF and waivers name.
    pub id: String,
    /// The package, without `data`.
    pub namespace: String,
    /// The rule's name, `deny_public`.
    pub name: String,
    /// What its results are.
    pub kind: Kind,
    /// The title of its metadata.
    pub title: Option<String>,
    /// The description of its metadata.
    pub description: Option<String>,
    /// The severity of its metadata, `custom.severity`.
    pub severity: Option<Severity>,
    /// How to fix it, of its metadata, `custom.remediation`.
    pub remediation: Option<String>,
    /// Pages that its metadata names, `related_resources`.
    pub references: Vec<String>,
    /// Whether nothing can be decided when it speaks, of its metadata, `custom.undecided`.
    pub undecided: bool,
    /// The file that defines it.
    pub file: String,
    /// The line that it begins on, from 1.
    pub line: usize,
    /// The name that it is evaluated by.
    pub(super) unique_name: String,
    /// Position of its package among those of the modules.
    pub(super) package: Vec<String>,
}

/// One rule whose definitions are told apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Split {
    /// The bytes of the name in the head.
    pub(super) span: Range<usize>,
    /// The name that rules call it by.
    pub(super) name: String,
    /// The name that this definition gets.
    pub(super) unique_name: String,
}

/// Definitions, and by module the names that some of them get.
type Found = (Vec<Definition>, Vec<Vec<Split>>);

/// The definitions of all modules, and the names that some of them get.
pub(super) fn find(modules: &[Module]) -> Result<Found, Vec<Fault>> {
    let mut faults = Vec::new();
    let mut found = Vec::new();
    let mut heads: Vec<(usize, Range<usize>, bool)> = Vec::new();
    for (at, module) in modules.iter().enumerate() {
        for rule in module.rules() {
            match judge(module, rule) {
                Ok(Some((name, kind, span, set))) => {
                    found.push(definition(module, rule, &name, kind));
                    heads.push((at, span, set));
                }
                Ok(None) => {}
                Err(fault) => faults.push(*fault),
            }
        }
    }
    let mut same: BTreeMap<(String, String), usize> = BTreeMap::new();
    for definition in &found {
        *same.entry((definition.namespace.clone(), definition.name.clone())).or_default() += 1;
    }
    let mut splits: Vec<Vec<Split>> = modules.iter().map(|_| Vec::new()).collect();
    for (number, (definition, (at, span, set))) in found.iter_mut().zip(heads).enumerate() {
        let key = (definition.namespace.clone(), definition.name.clone());
        if same.get(&key).copied().unwrap_or_default() > 1 && set {
            definition.unique_name = format!("{PREFIX}{}_{number}", definition.name);
            if let Some(list) = splits.get_mut(at) {
                list.push(Split {
                    span,
                    name: definition.name.clone(),
                    unique_name: definition.unique_name.clone(),
                });
            }
        }
    }
    // Complete definitions of one name are one document: it is asked for once.
    let mut asked = std::collections::BTreeSet::new();
    let once =
        |definition: &Definition| (definition.namespace.clone(), definition.unique_name.clone());
    let found: Vec<Definition> =
        found.into_iter().filter(|definition| asked.insert(once(definition))).collect();
    let found = named(found);
    if faults.is_empty() { Ok((found, splits)) } else { Err(faults) }
}

/// How many definitions there are in each namespace, as conftest counts them.
pub(super) fn counts(modules: &[Module]) -> BTreeMap<String, usize> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for module in modules {
        let counts_there = |rule: &&Rule| {
            judge(module, rule)
                .is_ok_and(|judge| judge.is_some_and(|(_, kind, _, _)| kind != Kind::Undetermined))
        };
        let judges = module.rules().filter(counts_there);
        *counts.entry(module.namespace()).or_default() += judges.count();
    }
    counts
}

/// What a rule is as one that judges: name, kind, bytes of the name, and whether it is a set.
type Judge = (String, Kind, Range<usize>, bool);

fn judge(module: &Module, rule: &Rule) -> Result<Option<Judge>, Box<Fault>> {
    let head = ast::head(rule);
    let (root, depth) = root(head);
    let Some((name, kind)) = ast::variable(root).and_then(|name| Some((name, Kind::of(name)?)))
    else {
        return Ok(None);
    };
    let span = bytes(root.span());
    let no_set = |what: &str| {
        let message = format!("`{name}` is {what}, not a set, so its results would be ignored");
        let help = match module.version {
            super::module::Version::V1 => format!("write `{name} contains msg if {{ .. }}`"),
            super::module::Version::V0 => format!("write `{name}[msg] {{ .. }}`"),
        };
        Err(Box::new(module.fault("rego::not-a-set", message, span.clone()).with_help(help)))
    };
    let value = match rule {
        Rule::Spec { head: RuleHead::Set { .. }, .. } if depth == 0 => {
            return Ok(Some((name.to_owned(), kind, span, true)));
        }
        Rule::Spec { head: RuleHead::Func { .. }, .. } => return no_set("a function"),
        _ if depth > 0 => return no_set("an object"),
        Rule::Default { value, .. } => Some(value.as_ref()),
        Rule::Spec { head: RuleHead::Compr { assign, .. }, .. } => {
            assign.as_ref().map(|assign| assign.value.as_ref())
        }
        Rule::Spec { head: RuleHead::Set { .. }, .. } => None,
    };
    match value {
        None | Some(Expr::Bool { .. }) => no_set("a boolean"),
        Some(Expr::String { .. } | Expr::RawString { .. }) => no_set("a string"),
        Some(Expr::Number { .. }) => no_set("a number"),
        Some(Expr::Null { .. }) => no_set("null"),
        Some(Expr::Object { .. } | Expr::ObjectCompr { .. }) => no_set("an object"),
        Some(_) => Ok(Some((name.to_owned(), kind, span, false))),
    }
}

/// The variable that a reference begins with, and how many steps follow.
fn root(mut head: &Expr) -> (&Expr, usize) {
    let mut depth = 0;
    while let Expr::RefDot { refr, .. } | Expr::RefBrack { refr, .. } = head {
        head = refr;
        depth += 1;
    }
    (head, depth)
}

fn definition(module: &Module, rule: &Rule, name: &str, kind: Kind) -> Definition {
    let line = rule.span().line as usize;
    let direct = metadata(module, rule);
    let shared = || {
        // The annotations of the document stand above any of its definitions.
        let ends: Vec<usize> = module
            .rules()
            .filter(|other| ast::variable(root(ast::head(other)).0) == Some(name))
            .map(|other| other.span().line as usize)
            .collect();
        module.annotations.iter().find(|annotation| {
            annotation.scope("") == Scope::Document && ends.contains(&annotation.end)
        })
    };
    let metadata = direct.or_else(shared);
    let text = |key: &str| metadata.and_then(|annotation| annotation.text(key)).map(str::to_owned);
    let severity = text("severity").and_then(|text| severity(&text));
    Definition {
        id: text("id").map(|id| slug(&id)).unwrap_or_default(),
        namespace: module.namespace(),
        name: name.to_owned(),
        kind,
        title: text("title"),
        description: text("description"),
        severity,
        remediation: text("remediation").or_else(|| text("recommendation")),
        references: metadata.map(references).unwrap_or_default(),
        undecided: metadata.is_some_and(|annotation| annotation.says("undecided")),
        file: module.file.clone(),
        line,
        unique_name: name.to_owned(),
        package: module.package.clone(),
    }
}

/// The metadata that stands above a rule and is about it alone.
pub(super) fn metadata<'m>(module: &'m Module, rule: &Rule) -> Option<&'m Annotation> {
    let line = rule.span().line as usize;
    module
        .annotations
        .iter()
        .find(|annotation| annotation.end == line && annotation.scope("") == Scope::Rule)
}

/// The metadata of the package.
pub(super) fn package_metadata(module: &Module) -> Option<&Annotation> {
    let line = module.package_line();
    module.annotations.iter().find(|annotation| {
        let about = annotation.scope(if annotation.end == line { "package" } else { "" });
        matches!(about, Scope::Package | Scope::Subpackages)
    })
}

/// The words that people use.
fn severity(text: &str) -> Option<Severity> {
    match text.to_ascii_lowercase().as_str() {
        "info" | "informational" | "note" | "warning" => Some(Severity::Low),
        "error" => Some(Severity::High),
        other => other.parse().ok(),
    }
}

fn references(annotation: &Annotation) -> Vec<String> {
    use super::value::{entry, text};
    let Some(regorus::Value::Array(list)) = entry(&annotation.content, "related_resources") else {
        return Vec::new();
    };
    let url = |item: &regorus::Value| {
        text(item).or_else(|| entry(item, "ref").and_then(text)).map(str::to_owned)
    };
    list.iter().filter_map(url).collect()
}

/// Gives every definition its id: the one that its metadata says, else the rule's name, with the
/// title where the name is shared, with a number where that does not tell them apart either.
fn named(mut found: Vec<Definition>) -> Vec<Definition> {
    let mut shared: BTreeMap<(String, String), usize> = BTreeMap::new();
    for definition in &found {
        *shared.entry((definition.namespace.clone(), definition.name.clone())).or_default() += 1;
    }
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for definition in &mut found {
        let alone =
            shared.get(&(definition.namespace.clone(), definition.name.clone())) == Some(&1);
        let last = match (&definition.id, &definition.title) {
            (id, _) if !id.is_empty() => id.clone(),
            (_, Some(title)) if !alone => format!("{}-{}", definition.name, slug(title)),
            _ => definition.name.clone(),
        };
        let id = format!("rego/{}/{last}", definition.namespace);
        let times = taken.entry(id.clone()).or_default();
        *times += 1;
        definition.id = if *times == 1 { id } else { format!("{id}-{times}") };
    }
    found
}

/// Lower case, with `-` for all that is neither letter nor digit.
fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            c if c.is_ascii_alphanumeric() || c == '_' || c == '.' => {
                out.push(c.to_ascii_lowercase());
            }
            _ if !out.is_empty() && !out.ends_with('-') => out.push('-'),
            _ => {}
        }
    }
    out.trim_end_matches('-').chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_as_in_conftest() {
        for (name, kind) in [
            ("deny", Some(Kind::Failure)),
            ("deny_a_B2", Some(Kind::Failure)),
            ("violation_x", Some(Kind::Failure)),
            ("warn", Some(Kind::Warning)),
            ("undetermined_x", Some(Kind::Undetermined)),
            ("deny_", None),
            ("denyx", None),
            ("deny__x", None),
            ("warning", None),
            ("exception", None),
        ] {
            assert_eq!(Kind::of(name), kind, "{name}");
        }
        assert_eq!(slug("No public  S3 (ever)!"), "no-public-s3-ever");
    }
}
