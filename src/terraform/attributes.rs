//! The attributes of one subject: the plan first, then what source and configuration add to it.

use std::cell::OnceCell;

use serde_json::value::RawValue;

use crate::clouds;
use crate::clouds::blocks::{Block, Children};
use crate::clouds::documents::{self, Document};
use crate::model::subject::{Mode, PlanOrigin, Side, Subject};
use crate::model::value::{Unknown, Value};
use crate::model::view::Attributes;
use crate::terraform::Plan;
use crate::terraform::configuration::references::Place;
use crate::terraform::configuration::refine::refine;
use crate::terraform::configuration::{Resource, is_empty_block, is_expression};
use crate::terraform::dynamic;
use crate::terraform::read::error::ReadError;
use crate::terraform::read::overlay::{Fields, has_mark, marked_at, overlay};
use crate::terraform::read::recognise::reason;
use crate::terraform::read::subjects::Slices;
use crate::terraform::standing::Standing;

/// How deep documents may be made of documents.
const MAX_DOCUMENTS: u32 = 8;

/// A subject's attributes on one side of the change.
pub(super) struct PlannedAttributes<'a, 'p> {
    plan: &'a Plan<'p>,
    subject: &'a Subject,
    side: Side,
    known: Fields<'p>,
    unknown: Fields<'p>,
    sensitive: OnceCell<Value>,
    depth: u32,
}

impl<'a, 'p> PlannedAttributes<'a, 'p> {
    /// Opens a subject. What cannot be read is noted as a problem, which makes the verdict
    /// undecided.
    pub(super) fn open(plan: &'a Plan<'p>, subject: &'a Subject, side: Side) -> Self {
        Self::open_at(plan, subject, side, MAX_DOCUMENTS)
    }

    fn open_at(plan: &'a Plan<'p>, subject: &'a Subject, side: Side, depth: u32) -> Self {
        let slices = plan.slices(subject.id);
        let read = |raw: Option<&'p RawValue>| match Fields::read(raw) {
            Ok(fields) => fields,
            Err(error) => {
                plan.note(unreadable(&error, subject));
                Fields::default()
            }
        };
        let (known, unknown) = match (side, slices) {
            (_, None) => Default::default(),
            // Its value may be an object, and is no list of attributes.
            _ if subject.mode() == Some(Mode::Output) => Default::default(),
            (Side::Before, Some(slices)) => (read(slices.before), Fields::default()),
            (Side::After, Some(slices)) => (read(slices.after), read(slices.after_unknown)),
        };
        Self { plan, subject, side, known, unknown, sensitive: OnceCell::new(), depth }
    }

    pub(super) fn subject(&self) -> &'a Subject {
        self.subject
    }

    fn parse(&self, raw: &str) -> Value {
        serde_json::from_str(raw).unwrap_or_else(|error| {
            self.plan.note(unreadable(&error, self.subject));
            Value::Unknown(Unknown::because("the plan contains a value here that cannot be parsed"))
        })
    }

    /// What the plan itself says, with holes.
    pub(super) fn planned(&self, name: &str) -> Value {
        let known = self.known.get(name).map_or(Value::Null, |raw| self.parse(raw));
        match self.unknown.get(name).map(|raw| self.parse(raw)) {
            Some(marks) if has_mark(&marks) => overlay(known, &marks, &Unknown::after_apply()),
            _ => known,
        }
    }

    /// Fills the holes of an attribute from the source, else from the configuration.
    fn refined(&self, name: &str, planned: Value) -> Value {
        let subject = self.subject;
        let standing = self.plan.standing(self);
        if let (Standing::Read(source), Some(origin)) = (standing, subject.plan()) {
            let Subject { kind, name: own, .. } = subject;
            let PlanOrigin { module, mode, key, .. } = origin;
            let names = source.attribute_names(module, *mode, kind, own).unwrap_or_default();
            if !names.iter().any(|n| n == name) {
                // Only the provider fills it in: the author did not ask for it.
                return if matches!(planned, Value::Unknown(_)) { Value::Null } else { planned };
            }
            let scope: &dyn crate::terraform::source::Scope = self.plan;
            let hint = source.attribute(scope, module, *mode, kind, own, key.as_ref(), name);
            if let Some(hint) = hint {
                return refine(planned, &hint);
            }
        }
        let module = crate::terraform::configuration::address::module_path(subject.module());
        let Some(resource) =
            self.plan.configuration.resource(&module, &subject.kind, &subject.name)
        else {
            return planned;
        };
        self.configured(resource, name, planned, standing)
    }

    fn configured(
        &self,
        resource: &Resource<'p>,
        name: &str,
        planned: Value,
        standing: Standing<'_>,
    ) -> Value {
        let kind = &self.subject.kind;
        let block = match planned {
            // What is known needs no hint.
            Value::Null | Value::String(_) => None,
            _ => clouds::of(kind).blocks.of(kind).get(name),
        };
        let unknown = matches!(planned, Value::Unknown(_));
        match (resource.expression(name), block) {
            // The configuration leaves out what a dynamic block sets.
            (None, Some(block)) if unknown && self.is_written(block, standing) => {
                Value::Unknown(dynamic::why(name, standing))
            }
            // Only the provider fills it in: the author did not ask for it.
            (None, _) if unknown => Value::Null,
            (None, _) => planned,
            (Some(node), block) => {
                let place = self.plan.place(self.subject);
                let mut hint = match block {
                    Some(block) => self.plan.block_hint(&node, block.inner, &place, self.depth),
                    None => self.plan.hint(&node, &place, self.depth),
                };
                if let Some(block) = block {
                    dynamic::opened(&[&planned], &mut hint, block, standing);
                }
                refine(planned, &hint)
            }
        }
    }

    fn is_written(&self, block: Block, standing: Standing<'_>) -> bool {
        let change = &self.subject.change;
        // What the author leaves out stays as it is while the object does.
        let kept = change.exists_before && change.exists_after && !change.actions.destroys();
        dynamic::is_written(block, standing, kept)
    }
}

fn unreadable(error: &serde_json::Error, subject: &Subject) -> ReadError {
    match reason(error) {
        // The position would be within the slice, not within the file.
        ReadError::DuplicateKey(..) => {
            ReadError::BadChange(subject.address.clone(), "has a duplicate key in an object")
        }
        ReadError::TooDeep => ReadError::TooDeep,
        _ => ReadError::BadChange(subject.address.clone(), "contains values that cannot be parsed"),
    }
}

impl Attributes for PlannedAttributes<'_, '_> {
    fn get(&self, name: &str) -> Value {
        match self.subject.mode() {
            Some(Mode::Managed | Mode::Data) | None => {}
            Some(Mode::Provider | Mode::Module) => {
                return self.plan.written_by_hand(self.subject, name);
            }
            Some(Mode::Output) => return self.plan.output_attribute(self.subject, self.side, name),
        }
        let planned = self.planned(name);
        match planned.doubt() {
            Some(_) if self.side == Side::After => self.refined(name, planned),
            _ => self.plan.preimage(self.subject, name, planned),
        }
    }

    fn names(&self) -> Vec<String> {
        match self.subject.mode() {
            Some(Mode::Managed | Mode::Data) | None => {}
            Some(Mode::Provider) => return self.plan.provider_arguments(self.subject),
            Some(Mode::Module) => return vec!["source".to_owned(), "version".to_owned()],
            Some(Mode::Output) => return vec!["value".to_owned(), "sensitive".to_owned()],
        }
        let mut names: Vec<String> = self.known.names().map(str::to_owned).collect();
        for name in self.unknown.names() {
            if !names.iter().any(|own| own == name) {
                names.push(name.to_owned());
            }
        }
        names
    }

    fn is_sensitive(&self, path: &str) -> bool {
        match self.subject.mode() {
            Some(Mode::Managed | Mode::Data) | None => {}
            // An argument of a provider may be a credential, the source of a module may hold one.
            Some(Mode::Provider | Mode::Module) => return true,
            Some(Mode::Output) => {
                let tail = path.strip_prefix("value").unwrap_or(path);
                return marked_at(&self.plan.output_marks(self.subject, self.side), tail)
                    || self.get("sensitive") == Value::Bool(true);
            }
        }
        let marks = self.sensitive.get_or_init(|| {
            let slices = self.plan.slices(self.subject.id);
            let raw = slices.and_then(|slices: &Slices<'_>| match self.side {
                Side::Before => slices.before_sensitive,
                Side::After => slices.after_sensitive,
            });
            // What cannot be read is taken for sensitive.
            raw.map_or(Value::Null, |raw| {
                serde_json::from_str(raw.get()).unwrap_or(Value::Bool(true))
            })
        });
        marked_at(marks, path)
    }
}

impl<'p> Plan<'p> {
    /// What a node of `configuration` tells of a value: constants are known, expressions wait for
    /// what they refer to, and the only reference to a policy document is that document.
    pub(super) fn hint(&self, node: &Value, place: &Place, depth: u32) -> Value {
        match node {
            Value::Object(object) if is_expression(object) => {
                if let Some(constant) = object.find("constant_value") {
                    return constant.clone();
                }
                let references = crate::terraform::configuration::references(node);
                self.document(&references, place, depth)
                    .unwrap_or_else(|| Value::Unknown(self.doubt(&references, place)))
            }
            Value::Object(object) => Value::object(
                object.entries.iter().map(|(k, v)| (k.clone(), self.hint(v, place, depth))),
            ),
            Value::List(list) => {
                let hint = |item: &Value| match is_empty_block(item) {
                    true => item.clone(),
                    false => self.hint(item, place, depth),
                };
                Value::list(list.items.iter().map(hint).collect())
            }
            other => other.clone(),
        }
    }

    /// The same of a block, or of all blocks of a name: one without arguments is no expression.
    fn block_hint(&self, node: &Value, inner: Children, place: &Place, depth: u32) -> Value {
        match node {
            Value::List(list) => {
                let items = list.items.iter();
                Value::list(items.map(|item| self.block_hint(item, inner, place, depth)).collect())
            }
            Value::Object(object) if object.entries.is_empty() || !is_expression(object) => {
                let entries = object.entries.iter().map(|(name, node)| {
                    let hint = match inner.get(name) {
                        Some(block) => self.block_hint(node, block.inner, place, depth),
                        None => self.hint(node, place, depth),
                    };
                    (name.clone(), hint)
                });
                Value::object(entries)
            }
            other => self.hint(other, place, depth),
        }
    }

    /// The policy document that an expression with this one reference stands for, if that is to be
    /// trusted: it may as well be any function of the document.
    fn document(&self, references: &[String], place: &Place, depth: u32) -> Option<Value> {
        let [only] = references else { return None };
        let depth = depth.checked_sub(1)?;
        if !self.trusts_references() {
            self.note_untrusted(only);
            return None;
        }
        let resolution = self.resolve(references, place);
        if resolution.unresolved.is_some() {
            return None;
        }
        match resolution.targets.as_slice() {
            [(id, attribute)] => {
                let subject = self.subject(*id)?;
                let document = composed(&subject.kind, attribute)?;
                Some(self.read_document(document, subject, depth))
            }
            [] => self.configured_document(only, place, depth),
            _ => None,
        }
    }

    /// A policy document, as far as it is known before the apply.
    pub(super) fn document_of(&self, subject: &Subject) -> Option<Value> {
        let document = documents::of(&subject.kind)?;
        Some(self.read_document(document, subject, MAX_DOCUMENTS - 1))
    }

    fn read_document(&self, document: &Document, subject: &Subject, depth: u32) -> Value {
        let attributes = PlannedAttributes::open_at(self, subject, Side::After, depth);
        // One that was read while planning.
        let text = document.texts.first().map(|name| attributes.planned(name));
        if let Some(text @ Value::String(_)) = text {
            return text;
        }
        let all = Value::object(
            attributes
                .names()
                .into_iter()
                .filter(|name| name != "id" && !document.texts.contains(&name.as_str()))
                .map(|name| {
                    let value = attributes.get(&name);
                    (name, value)
                }),
        );
        Value::Json(Box::new((document.compose)(&all)))
    }

    /// A policy document that stands in the configuration only. Dynamic blocks do not show there,
    /// so there may be more of them.
    fn configured_document(&self, reference: &str, place: &Place, depth: u32) -> Option<Value> {
        use crate::terraform::configuration::address::Reference;
        let Reference::Resource { kind, name, rest, .. } =
            crate::terraform::configuration::address::reference(reference)
        else {
            return None;
        };
        let document = composed(&kind, &rest)?;
        let module = crate::terraform::configuration::address::module_path(&place.module);
        let resource = self.configuration.resource(&module, &kind, name)?;
        let inner =
            Place { module: place.module.clone(), key: None, for_each: resource.for_each() };
        let why = self.doubt(&[reference.to_owned()], place);
        let names = document.sources.iter().chain(document.plain);
        let mut all: Vec<(String, Value)> = names
            .filter_map(|name| Some(((*name).to_owned(), resource.expression(name)?)))
            .map(|(name, node)| (name, self.hint(&node, &inner, depth)))
            .collect();
        let blocks = match resource.expression(document.block) {
            Some(node) => self.hint(&node, &inner, depth).elements().to_vec(),
            None => Vec::new(),
        };
        let open = crate::model::value::List { items: blocks, rest: Some(why) };
        all.push((document.block.to_owned(), Value::List(open)));
        Some(Value::Json(Box::new((document.compose)(&Value::object(all)))))
    }
}

/// The data source that composes this attribute, if it is one that only composes.
fn composed(kind: &str, attribute: &str) -> Option<&'static Document> {
    documents::of(kind).filter(|document| document.texts.contains(&attribute))
}
