//! What the configuration declares besides resources, as subjects: the configurations of providers,
//! module calls, and the outputs of the root module.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::model::subject::{
    Action, Mode, Origin, PlanOrigin, Side, Subject, SubjectChange, SubjectId,
};
use crate::model::value::{Unknown, Value};
use crate::terraform::Plan;
use crate::terraform::configuration::references::Place;
use crate::terraform::configuration::refine::refine;
use crate::terraform::configuration::{Configuration, parsed};
use crate::terraform::read::change::{Change, present};
use crate::terraform::read::error::ReadError;
use crate::terraform::read::overlay::{Fields, has_mark, overlay};
use crate::terraform::read::recognise::reason;
use crate::terraform::read::subjects::{Slices, actions};

/// How deep documents in outputs may be made of documents.
const MAX_DOCUMENTS: u32 = 8;

/// Adds a subject for each of them, in a stable order.
pub(in crate::terraform) fn add<'p>(
    configuration: &Configuration<'p>,
    outputs: Option<&'p RawValue>,
    subjects: &mut Vec<Subject>,
    slices: &mut Vec<Slices<'p>>,
) -> Result<(), ReadError> {
    for (key, provider) in configuration.providers() {
        subjects.push(self::provider(subjects.len(), key, &provider.source));
        slices.push(Slices::default());
    }
    for (module, name) in configuration.calls() {
        subjects.push(call(subjects.len(), module, name));
        slices.push(Slices::default());
    }
    let outputs = Fields::read(outputs).map_err(|error| reason(&error))?;
    let mut names: Vec<&str> = outputs.names().collect();
    names.sort_unstable();
    for name in names {
        let raw = outputs.get(name).filter(|raw| *raw != "null");
        let change: Change<'p> = match raw.map(serde_json::from_str) {
            Some(Ok(change)) => change,
            Some(Err(error)) => return Err(reason(&error)),
            None => continue,
        };
        let (subject, slice) = output(subjects.len(), name, &change)?;
        subjects.push(subject);
        slices.push(slice);
    }
    Ok(())
}

fn declaration(
    id: usize,
    address: String,
    kind: String,
    name: &str,
    origin: PlanOrigin,
) -> Subject {
    Subject {
        id: SubjectId(u32::try_from(id).unwrap_or(u32::MAX)),
        address,
        kind,
        name: name.to_owned(),
        change: SubjectChange::none(),
        origin: Origin::Plan(origin),
    }
}

/// Turns the configuration of a provider into a subject that nothing is done to. `key` is that of
/// `provider_config`: `aws`, `aws.west`, `module.a:aws`.
fn provider(id: usize, key: &str, source: &str) -> Subject {
    let (module, own) = key.rsplit_once(':').unwrap_or(("", key));
    let (kind, alias) = own.split_once('.').unwrap_or((own, "default"));
    let prefix = if module.is_empty() { String::new() } else { format!("{module}.") };
    let address = format!("{prefix}provider.{own}");
    let kind = format!("provider.{kind}");
    let origin = PlanOrigin {
        module: module.to_owned(),
        provider: source.to_owned(),
        ..PlanOrigin::new(Mode::Provider)
    };
    declaration(id, address, kind, alias, origin)
}

/// A module call of the module at this path (`a.b`); one for all its instances.
fn call(id: usize, module: &str, name: &str) -> Subject {
    let steps = module.split('.').filter(|step| !step.is_empty());
    let module: Vec<String> = steps.map(|step| format!("module.{step}")).collect();
    let module = module.join(".");
    let dot = if module.is_empty() { "" } else { "." };
    let address = format!("{module}{dot}module.{name}");
    let origin = PlanOrigin { module, ..PlanOrigin::new(Mode::Module) };
    declaration(id, address, "module".to_owned(), name, origin)
}

fn output<'p>(
    id: usize,
    name: &str,
    change: &Change<'p>,
) -> Result<(Subject, Slices<'p>), ReadError> {
    let address = format!("output.{name}");
    let actions = actions(&change.actions)
        .ok_or_else(|| ReadError::BadChange(address.clone(), "has no known `actions`"))?;
    let gone = actions.destroys() && !actions.has(Action::Create);
    let slices = Slices {
        before: present(change.before),
        after: present(change.after),
        after_unknown: present(change.after_unknown),
        before_sensitive: present(change.before_sensitive),
        after_sensitive: present(change.after_sensitive),
    };
    let origin = PlanOrigin::new(Mode::Output);
    let subject = Subject {
        change: SubjectChange {
            actions,
            exists_before: slices.before.is_some(),
            exists_after: !gone,
        },
        ..declaration(id, address, "output".to_owned(), name, origin)
    };
    Ok((subject, slices))
}

impl Plan<'_> {
    /// An attribute of an output: its `value`, and whether it is `sensitive`.
    pub(in crate::terraform) fn output_attribute(
        &self,
        subject: &Subject,
        side: Side,
        name: &str,
    ) -> Value {
        match name {
            "value" => self.output_value(subject, side),
            "sensitive" => {
                let marked = has_mark(&self.output_marks(subject, side));
                let declared = || self.configuration.output_is_sensitive(&subject.name);
                Value::Bool(marked || (side == Side::After && declared()))
            }
            _ => Value::Null,
        }
    }

    fn output_value(&self, subject: &Subject, side: Side) -> Value {
        let Some(slices) = self.slices(subject.id) else { return Value::Null };
        let read = |raw: Option<&RawValue>| match raw.map(|raw| serde_json::from_str(raw.get())) {
            Some(Ok(value)) => value,
            Some(Err(_)) => {
                let what = "contains values that cannot be parsed";
                self.note(ReadError::BadChange(subject.address.clone(), what));
                Value::Unknown(Unknown::because("the plan contains a value that cannot be parsed"))
            }
            None => Value::Null,
        };
        if side == Side::Before {
            return read(slices.before);
        }
        let (known, marks) = (read(slices.after), read(slices.after_unknown));
        if !has_mark(&marks) {
            return known;
        }
        let planned = overlay(known, &marks, &Unknown::after_apply());
        let Some(node) = self.configuration.output_expression(&subject.name) else {
            return planned;
        };
        let place = Place { module: String::new(), key: None, for_each: Vec::new() };
        refine(planned, &self.hint(&parsed(node.get()), &place, MAX_DOCUMENTS))
    }

    /// What of an output is marked sensitive; what cannot be read is.
    pub(in crate::terraform) fn output_marks(&self, subject: &Subject, side: Side) -> Value {
        let raw = self.slices(subject.id).and_then(|slices| match side {
            Side::Before => slices.before_sensitive,
            Side::After => slices.after_sensitive,
        });
        raw.map_or(Value::Null, |raw| serde_json::from_str(raw.get()).unwrap_or(Value::Bool(true)))
    }

    /// An attribute of a module call: what it writes for `source` and `version`.
    pub(in crate::terraform) fn call_attribute(&self, subject: &Subject, name: &str) -> Value {
        let module = crate::terraform::configuration::address::module_path(subject.module());
        let Some(call) = self.configuration.call(&module, &subject.name) else {
            return Value::Null;
        };
        let text = match name {
            "source" => Some(call.source.as_ref()).filter(|source| !source.is_empty()),
            "version" => call.version.as_deref(),
            _ => None,
        };
        text.map_or(Value::Null, Value::from)
    }

    /// The version constraint that the configuration states for a provider.
    pub(in crate::terraform) fn constraint_of(&self, subject: &Subject) -> Value {
        let constraint: Option<&Cow<'_, str>> =
            self.provider(subject).and_then(|provider| provider.constraint.as_ref());
        constraint.map_or(Value::Null, |text| Value::from(text.as_ref()))
    }
}
