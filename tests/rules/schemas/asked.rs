//! What the rules in Rust ask a resource, seen from outside: they judge a resource that writes down
//! each attribute that is asked for: with nothing set, with everything unknown, and with one of each
//! block.

use std::collections::BTreeSet;
use std::sync::Mutex;

use holdpoint::model::rule::Params;
use holdpoint::model::subject::{
    Action, Actions, Mode, Origin, PlanOrigin, Side, Subject, SubjectChange, SubjectId,
};
use holdpoint::model::value::{Unknown, Value};
use holdpoint::model::view::{Attributes, Links, Opened, Resources, View};
use holdpoint::rules::table::path::Path;
use holdpoint::rules::{Answers, Check, Rule, Transition, catalogue};

use super::provider::{Node, aws};

/// Questions, each a type and a path.
type Asked = BTreeSet<(String, String)>;

#[derive(Clone, Copy)]
enum Filled {
    Null,
    Unknown,
    /// One of each block, with unknown attributes.
    Blocks,
}

/// A plan with one resource.
struct Blank {
    subject: Vec<Subject>,
    filled: Filled,
    asked: Mutex<Asked>,
}

struct Recorder<'b>(&'b Blank);

impl Blank {
    fn new(kind: &str, filled: Filled) -> Self {
        let data = kind.starts_with("data.");
        let subject = Subject {
            id: SubjectId(0),
            address: format!("{kind}.x"),
            kind: kind.to_owned(),
            name: "x".to_owned(),
            change: SubjectChange {
                actions: Actions(vec![Action::Delete, Action::Create]),
                exists_before: true,
                exists_after: true,
            },
            origin: Origin::Plan(PlanOrigin {
                provider: "registry.terraform.io/hashicorp/aws".to_owned(),
                ..PlanOrigin::new(if data { Mode::Data } else { Mode::Managed })
            }),
        };
        Self { subject: vec![subject], filled, asked: Mutex::default() }
    }

    fn note(&self, kind: &str, attribute: &str) {
        self.asked.lock().unwrap().insert((kind.to_owned(), attribute.to_owned()));
    }

    fn judge(self, rule: &Rule) -> Asked {
        let subject = self.subject.first().unwrap();
        let params = Params::defaults(&rule.meta);
        let mut answers = Answers::default();
        let view =
            |side| View::new(&self, subject, side, &params, Opened::new(&self, subject, side));
        match &rule.check {
            Check::State(check) => check(&view(Side::After), &mut answers),
            Check::Change(check) => check(&both(&view), &mut answers),
            Check::ChangeTable(table) => table.judge_change(&both(&view), &mut answers),
            Check::Table(table) => table.judge(&view(Side::After), &mut answers),
        }
        self.asked.into_inner().unwrap()
    }
}

fn both<'v>(view: &impl Fn(Side) -> View<'v>) -> Transition<'v> {
    Transition { before: Some(view(Side::Before)), after: Some(view(Side::After)) }
}

impl Resources for Blank {
    fn subjects(&self) -> &[Subject] {
        &self.subject
    }

    fn open(&self, _: &Subject, _: Side) -> Box<dyn Attributes + '_> {
        Box::new(Recorder(self))
    }

    fn pointing_at(&self, _: &Subject, _: Side, kind: &str, attribute: &str) -> Links<'_> {
        self.note(kind, attribute);
        Links::default()
    }

    fn follow(&self, subject: &Subject, _: Side, path: &str) -> Links<'_> {
        self.note(&subject.kind, path);
        Links::default()
    }
}

impl Attributes for Recorder<'_> {
    fn get(&self, name: &str) -> Value {
        let kind = &self.0.subject.first().unwrap().kind;
        self.0.note(kind, name);
        let unknown = Value::Unknown(Unknown::after_apply());
        match self.0.filled {
            Filled::Null => Value::Null,
            Filled::Unknown => unknown,
            Filled::Blocks => match aws().types.get(kind).and_then(|node| node.inside.get(name)) {
                Some(node) => block(node),
                None => Value::Null,
            },
        }
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }

    fn is_sensitive(&self, _: &str) -> bool {
        false
    }
}

fn block(node: &Node) -> Value {
    if node.inside.is_empty() {
        return Value::Unknown(Unknown::after_apply());
    }
    let inside = node.inside.iter().map(|(name, inner)| (name.clone(), block(inner)));
    Value::list(vec![Value::object(inside)])
}

/// Whether a block of it, at any depth, has an attribute of this name.
fn has_below(node: &Node, name: &str) -> bool {
    node.inside.values().any(|inner| inner.inside.contains_key(name) || has_below(inner, name))
}

/// A rule may ask all its types for what only some of them or of their blocks have, but none for
/// what none has, and a type that it is linked with only for what that has.
#[test]
fn every_attribute_that_a_rule_asks_for_exists_in_some_version_of_the_provider() {
    let mut wrong = BTreeSet::new();
    let mut counted = BTreeSet::new();
    for rule in catalogue::all() {
        let of_aws = |kind: &&str| kind.trim_start_matches("data.").starts_with("aws_");
        let kinds: Vec<&str> = rule.meta.types.iter().map(AsRef::as_ref).filter(of_aws).collect();
        for kind in &kinds {
            if !aws().types.contains_key(*kind) {
                wrong.insert(format!("{}: {kind}", rule.meta.id));
                continue;
            }
            for filled in [Filled::Null, Filled::Unknown, Filled::Blocks] {
                for (of, path) in Blank::new(kind, filled).judge(rule) {
                    let table = matches!(rule.check, Check::Table(_) | Check::ChangeTable(_));
                    let own = of == *kind && !table;
                    let mut steps = Path::parse(&path).unwrap().steps;
                    if table {
                        // What is inside is held where the table is written. Here the unknown block
                        // may stand for one that it holds.
                        steps.truncate(1);
                    }
                    let has = |kind: &&str| {
                        aws().types.get(*kind).is_some_and(|node| node.at(&steps) != 0)
                    };
                    let nested = |kind: &&str| {
                        aws().types.get(*kind).is_some_and(|node| has_below(node, &path))
                    };
                    let other = || kinds.iter().any(has) || kinds.iter().any(nested);
                    if !(has(&of.as_str()) || own && other()) {
                        wrong.insert(format!("{}: {of} {path}", rule.meta.id));
                    }
                    counted.insert((of, path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "of no version:\n{}", Vec::from_iter(wrong).join("\n"));
    // So many that the recorder cannot have missed whole rules.
    assert!(counted.len() > 600, "{}", counted.len());
}
