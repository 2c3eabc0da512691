//! Whether a value stands in the configuration, whatever expression it is written as: what the
//! source says when nothing that comes from outside is known, and what did come from outside.

use std::collections::BTreeSet;

use crate::model::subject::{Key, Mode, PlanOrigin, Side, Subject};
use crate::model::value::{Piece, Unknown, Value};
use crate::model::view::Attributes as _;
use crate::terraform::Plan;
use crate::terraform::attributes::PlannedAttributes;
use crate::terraform::configuration::refine::refine;
use crate::terraform::source::{Expected, Scope, Source};

/// Families of providers whose resources make or fetch secrets.
const GIVING: [&str; 5] = ["random", "tls", "vault", "external", "http"];

/// The resource and the attribute that only hand on their `input`.
pub(super) const HANDS_ON: (&str, &str) = ("terraform_data", "output");

/// References to what the configuration computes by itself, or lays between two places.
const INNER: [&str; 8] = [
    "local.",
    "each.",
    "count.",
    "path.",
    "terraform.",
    "module.",
    "terraform_data.",
    "null_resource.",
];

impl Plan<'_> {
    /// See [`View::constant`](crate::model::view::View::constant).
    pub(in crate::terraform) fn constants_of(&self, subject: &Subject, name: &str) -> Value {
        let written = self.written_by_hand(subject, name);
        if name == "provisioner" || !may_be_inner(&written) {
            return inner_only(written);
        }
        let found = self.of_source(subject, name);
        inner_only(found.map_or(written.clone(), |hint| refine(written, &hint)))
    }

    fn of_source(&self, subject: &Subject, name: &str) -> Option<Value> {
        let source = self.constants_source()?;
        let PlanOrigin { module, mode, key, .. } = subject.plan()?;
        let (kind, blind) = (&subject.kind, Constants(self));
        let fits = source.fits(&blind, module, *mode, kind, &subject.name);
        let key = key.as_ref();
        fits.then(|| source.attribute(&blind, module, *mode, kind, &subject.name, key, name))?
    }

    /// The source once more: what is worked out of constants alone is kept apart from the rest.
    fn constants_source(&self) -> Option<&Source> {
        let again = || self.source.as_ref().and_then(Source::reopened);
        self.constants_source.get_or_init(again).as_ref()
    }

    /// Whether a text came into the plan from outside of the configuration: as a variable that was
    /// set, or from what generates or fetches secrets.
    pub(in crate::terraform) fn comes_from_outside(&self, text: &str) -> bool {
        let escaped = serde_json::to_string(text).unwrap_or_default();
        let escaped = escaped.trim_matches('"');
        let given = self.given.get_or_init(|| self.all_given());
        given.iter().any(|given| given.contains(text) || given.contains(escaped))
    }

    fn all_given(&self) -> Vec<String> {
        let mut all = Vec::new();
        for (name, variable) in &self.variables().entries {
            let value = variable.get("value");
            if self.configuration.default_of("", name).as_ref() != Some(value.as_ref()) {
                texts(&value, &mut all);
            }
        }
        self.prior_data().values().for_each(|values| texts(values, &mut all));
        for subject in self.subjects.iter().filter(|subject| gives(subject)) {
            for side in [Side::Before, Side::After] {
                if subject.exists(side) {
                    let attributes = PlannedAttributes::open(self, subject, side);
                    for name in attributes.names() {
                        texts(&attributes.planned(&name), &mut all);
                    }
                }
            }
        }
        all
    }
}

fn gives(subject: &Subject) -> bool {
    let family = subject.kind.split('_').next().unwrap_or_default();
    subject.mode() == Some(Mode::Data) || GIVING.contains(&family)
}

fn is_inner(references: &[String]) -> bool {
    references.iter().all(|reference| INNER.iter().any(|start| reference.starts_with(start)))
}

/// Whether a value waits somewhere for nothing but what the configuration itself computes.
fn may_be_inner(value: &Value) -> bool {
    match value {
        Value::Unknown(why) => is_inner(why.references()),
        Value::List(list) => list.items.iter().any(may_be_inner),
        Value::Object(object) => object.entries.iter().any(|(_, value)| may_be_inner(value)),
        _ => false,
    }
}

/// The value, with null for what depends on something from outside.
fn inner_only(value: Value) -> Value {
    match value {
        Value::Unknown(why) if !is_inner(why.references()) => Value::Null,
        Value::List(list) => Value::list(list.items.into_iter().map(inner_only).collect()),
        Value::Object(object) => {
            Value::object(object.entries.into_iter().map(|(name, value)| (name, inner_only(value))))
        }
        other => other,
    }
}

/// All texts in a value that are long enough to be a secret.
fn texts(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::String(text) if text.len() > 3 => all.push(text.clone()),
        Value::Template(pieces) => all.extend(pieces.iter().filter_map(|piece| match piece {
            Piece::Known(text) => Some(text.clone()),
            Piece::Hole(_) => None,
        })),
        Value::Json(inner) | Value::Base64(inner) => texts(inner, all),
        Value::List(list) => list.items.iter().for_each(|item| texts(item, all)),
        Value::Object(object) => object.entries.iter().for_each(|(_, item)| texts(item, all)),
        _ => {}
    }
}

/// The plan, as one sees it who knows nothing but constants.
struct Constants<'a, 'p>(&'a Plan<'p>);

impl Scope for Constants<'_, '_> {
    fn root_variable(&self, name: &str) -> Option<Value> {
        let default = self.0.configuration.default_of("", name)?;
        let value = self.0.root_variable(name)?;
        (value == default).then_some(value)
    }

    fn resource(
        &self,
        module: &str,
        mode: Mode,
        kind: &str,
        name: &str,
        key: Option<&Key>,
        attribute: &str,
    ) -> Option<Value> {
        if mode != Mode::Managed {
            return None;
        }
        let waits = Value::Unknown(Unknown::waits_for([format!("{kind}.{name}.{attribute}")]));
        if (kind, attribute) != HANDS_ON {
            return Some(waits);
        }
        let all = self.0.instances(module, kind, name);
        let subject = all.iter().filter_map(|id| self.0.subject(*id)).find(|one| one.key() == key);
        Some(subject.map_or(waits, |subject| self.0.written_by_hand(subject, "input")))
    }

    fn instance_keys(&self, module: &str, mode: Mode, kind: &str, name: &str) -> Vec<Option<Key>> {
        self.0.instance_keys(module, mode, kind, name)
    }

    fn module_keys(&self, module: &str, call: &str) -> Vec<Option<Key>> {
        Plan::module_keys(self.0, module, call).to_vec()
    }

    fn declared(&self, route: &str) -> Option<BTreeSet<String>> {
        self.0.declared(route)
    }

    fn expected(&self, route: &str, declaration: &str) -> Option<Expected> {
        self.0.expected(route, declaration)
    }
}
