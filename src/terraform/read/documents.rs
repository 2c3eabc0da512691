//! Documents that data sources composed while planning: subjects of their own, and which of them are
//! nobody's in this plan.
//!
//! `resource_changes` holds only the data sources that are read during apply; the others stand in
//! `prior_state`. A document that a resource of the plan holds is judged there.

use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};

use rustc_hash::FxHashSet;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::clouds;
use crate::clouds::documents::{self, Document};
use crate::model::subject::{Mode, Origin, PlanOrigin, Side, Subject, SubjectChange, SubjectId};
use crate::terraform::Plan;
use crate::terraform::read::change::present;
use crate::terraform::read::skim::{self, Cursor};
use crate::terraform::read::subjects::{Slices, key};

/// What is read of a resource of `prior_state`; texts with their quotes.
#[derive(Default)]
struct Resource<'p> {
    address: &'p str,
    mode: &'p str,
    kind: &'p str,
    name: &'p str,
    index: &'p str,
    provider: &'p str,
    values: &'p str,
    sensitive: &'p str,
}

/// The documents of `prior_state`. It is optional knowledge: what cannot be read is left out.
pub(in crate::terraform) fn read<'p>(
    raw: Option<&'p RawValue>,
    first: usize,
    known: &FxHashSet<&str>,
) -> Vec<(Subject, Slices<'p>)> {
    // Most of a large state is of no interest here, and reading it costs.
    let may_hold = |raw: &&RawValue| kinds().any(|kind| may_name(raw.get(), kind));
    let Some(raw) = raw.filter(may_hold) else { return Vec::new() };
    let mut found = Vec::new();
    let mut cursor = Cursor::new(raw);
    below(&mut cursor, "values", &mut |cursor| {
        below(cursor, "root_module", &mut |cursor| module(cursor, &mut found));
    });
    let mut subjects = Vec::new();
    for (module, resource) in found {
        let id = SubjectId(u32::try_from(first + subjects.len()).unwrap_or(u32::MAX));
        let Some(subject) = subject(id, module, &resource) else { continue };
        if !subject.address.is_empty() && !known.contains(subject.address.as_str()) {
            subjects.push((subject, slices(&resource)));
        }
    }
    subjects
}

/// Whether a word of small letters and `_` stands in a text of JSON, or may stand there with escapes.
fn may_name(text: &str, word: &str) -> bool {
    let escaped = ["\\u006", "\\u007", "\\u005f", "\\u005F"];
    text.contains(word) || escaped.iter().any(|start| text.contains(start))
}

/// Whether a value is this text, however it is written.
fn is(value: &str, text: &str) -> bool {
    skim::text(value).as_deref() == Some(text)
}

/// The types of data sources that compose a document, or look one up.
fn kinds() -> impl Iterator<Item = &'static str> {
    let lookups = clouds::all().flat_map(|cloud| cloud.lookups).copied();
    documents::all().map(|document| document.kind).chain(lookups)
}

/// Whether a value is the type of such a data source.
fn is_document(kind: &str) -> bool {
    skim::text(kind).is_some_and(|kind| kinds().any(|known| known == kind))
}

/// Goes into the members of this name.
fn below<'p>(cursor: &mut Cursor<'p>, name: &str, into: &mut dyn FnMut(&mut Cursor<'p>)) {
    if !cursor.enter(b'{') {
        cursor.value();
        return;
    }
    while let Some(key) = cursor.key() {
        if key.is(name) {
            into(cursor);
        } else {
            cursor.value();
        }
    }
}

/// The documents of the modules in a module, and then its own, each with its module's address. A plan nests no deeper than `recognise` allows.
fn module<'p>(cursor: &mut Cursor<'p>, found: &mut Vec<(&'p str, Resource<'p>)>) {
    let (mut address, mut own) = ("", Vec::new());
    if !cursor.enter(b'{') {
        cursor.value();
        return;
    }
    while let Some(key) = cursor.key() {
        match key.text().as_deref() {
            Some("address") => address = cursor.value(),
            Some("resources") if cursor.enter(b'[') => {
                while cursor.item() {
                    let resource = resource(cursor);
                    if is(resource.mode, "data") && is_document(resource.kind) {
                        own.push(resource);
                    }
                }
            }
            Some("child_modules") if cursor.enter(b'[') => {
                while cursor.item() {
                    module(cursor, found);
                }
            }
            _ => _ = cursor.value(),
        }
    }
    found.extend(own.into_iter().map(|resource| (address, resource)));
}

fn resource<'p>(cursor: &mut Cursor<'p>) -> Resource<'p> {
    let mut resource = Resource::default();
    if !cursor.enter(b'{') {
        cursor.value();
        return resource;
    }
    while let Some(key) = cursor.key() {
        let value = cursor.value();
        match key.text().as_deref() {
            Some("address") => resource.address = value,
            // Most are managed, and of no interest.
            Some("mode") if !is(value, "data") => {
                cursor.leave();
                return Resource::default();
            }
            Some("mode") => resource.mode = value,
            Some("type") => resource.kind = value,
            Some("name") => resource.name = value,
            Some("index") => resource.index = value,
            Some("provider_name") => resource.provider = value,
            Some("values") => resource.values = value,
            Some("sensitive_values") => resource.sensitive = value,
            _ => {}
        }
    }
    resource
}

fn slices<'p>(resource: &Resource<'p>) -> Slices<'p> {
    let raw = |text: &'p str| present(serde_json::from_str::<&'p RawValue>(text).ok());
    let (values, sensitive) = (raw(resource.values), raw(resource.sensitive));
    Slices {
        before: values,
        after: values,
        after_unknown: None,
        before_sensitive: sensitive,
        after_sensitive: sensitive,
    }
}

fn subject(id: SubjectId, module: &str, resource: &Resource<'_>) -> Option<Subject> {
    let text = |text: &str| match text {
        "" => Some(String::new()),
        text => serde_json::from_str(text).ok(),
    };
    let key = serde_json::from_str::<&RawValue>(resource.index).ok().and_then(key);
    Some(Subject {
        id,
        address: text(resource.address)?,
        kind: format!("data.{}", text(resource.kind)?),
        name: text(resource.name)?,
        change: SubjectChange { exists_before: true, ..SubjectChange::none() },
        origin: Origin::Plan(PlanOrigin {
            module: text(module)?,
            key,
            provider: text(resource.provider)?,
            ..PlanOrigin::new(Mode::Data)
        }),
    })
}

impl Plan<'_> {
    /// Whether a resource holds this JSON document, or another document is made of it.
    pub(in crate::terraform) fn is_held(&self, text: &str) -> bool {
        let held = self.held.get_or_init(|| self.collect_held());
        held.sum(text).is_some_and(|sum| held.sums.contains(&sum))
    }

    fn collect_held(&self) -> Held {
        let mut held = Held::default();
        for subject in self.subjects.iter().filter(|s| s.is_resource() && s.exists(Side::After)) {
            let document = documents::of(&subject.kind);
            let Some(slices) = self.slices(subject.id) else { continue };
            // Most hold no document, and looking for the word costs less than taking them apart.
            if slices.after.is_none_or(|raw| !is_marked(raw.get())) {
                continue;
            }
            for (key, raw) in slices.after.into_iter().flat_map(skim::entries) {
                let holds = |own: &Document| own.sources.iter().any(|name| key.is(name));
                if document.is_some_and(|own| !holds(own)) || !is_marked(raw) {
                    continue;
                }
                match skim::text(raw) {
                    Some(text) => held.note(&text),
                    None => serde_json::from_str(raw).iter().for_each(|value| held.add(value)),
                }
            }
        }
        held
    }
}

/// Whether a text may hold a document.
fn is_marked(text: &str) -> bool {
    documents::all().any(|document| text.contains(document.marker))
}

/// The documents that resources hold, by sums that white space does not change nor, since the
/// provider sorts them, the order of keys. The sums are keyed anew in every run: nobody can write
/// two documents of one sum.
#[derive(Default)]
pub(in crate::terraform) struct Held {
    key: RandomState,
    sums: FxHashSet<u64>,
}

impl Held {
    fn add(&mut self, value: &serde_json::Value) {
        match value {
            serde_json::Value::String(text) => self.note(text),
            serde_json::Value::Array(items) => items.iter().for_each(|item| self.add(item)),
            serde_json::Value::Object(entries) => entries.values().for_each(|item| self.add(item)),
            _ => {}
        }
    }

    fn note(&mut self, text: &str) {
        let sum = self.sum(text);
        self.sums.extend(sum);
    }

    /// The sum of a JSON object; `None` for every other text.
    fn sum(&self, text: &str) -> Option<u64> {
        if !text.trim_start().starts_with('{') {
            return None;
        }
        let mut reader = serde_json::Deserializer::from_str(text);
        let sum = Sum(&self.key).deserialize(&mut reader).ok()?;
        reader.end().ok()?;
        Some(sum)
    }
}

/// Adds up a JSON value without making one.
#[derive(Clone, Copy)]
struct Sum<'k>(&'k RandomState);

impl<'de> DeserializeSeed<'de> for Sum<'_> {
    type Value = u64;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<u64, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Sum<'_> {
    type Value = u64;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }
    fn visit_unit<E>(self) -> Result<u64, E> {
        Ok(self.0.hash_one(0_u8))
    }
    fn visit_bool<E>(self, value: bool) -> Result<u64, E> {
        Ok(self.0.hash_one((1_u8, value)))
    }
    fn visit_u64<E>(self, value: u64) -> Result<u64, E> {
        Ok(self.0.hash_one((2_u8, value)))
    }
    fn visit_i64<E>(self, value: i64) -> Result<u64, E> {
        Ok(self.0.hash_one((3_u8, value)))
    }
    fn visit_f64<E>(self, value: f64) -> Result<u64, E> {
        Ok(self.0.hash_one((4_u8, value.to_bits())))
    }
    fn visit_str<E>(self, text: &str) -> Result<u64, E> {
        Ok(self.0.hash_one((5_u8, text)))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<u64, A::Error> {
        let mut all = self.0.build_hasher();
        all.write_u8(6);
        while let Some(item) = list.next_element_seed(self)? {
            all.write_u64(item);
        }
        Ok(all.finish())
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<u64, A::Error> {
        let mut entries: Vec<(u64, u64)> = Vec::new();
        while let Some(key) = map.next_key_seed(self)? {
            entries.push((key, map.next_value_seed(self)?));
        }
        entries.sort_unstable();
        Ok(self.0.hash_one((7_u8, entries)))
    }
}
