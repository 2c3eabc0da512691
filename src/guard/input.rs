//! Reads states and plans, and keeps of each resource only what the guard asks about.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::resources::{Found, Resource, Source};
use super::terraform;

/// Reads a state (`terraform.tfstate`, or `terraform show -json` of one) or a plan
/// (`terraform show -json`).
///
/// # Errors
/// What is neither, in words for a report.
pub fn read(text: &str) -> Result<(Source, Vec<Resource>), String> {
    let found = read_all(text)?;
    Ok((found.source, found.after))
}

/// The same, with what was there before.
///
/// # Errors
/// What is neither, in words for a report.
pub fn read_all(text: &str) -> Result<Found, String> {
    let file: File<'_> = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| format!("not the JSON of a state or plan: {error}"))?;
    let mut found = Found {
        source: Source::State,
        before: Vec::new(),
        after: Vec::new(),
        others: 0,
        partial: file.complete == Some(false)
            || file.deferred_changes.as_ref().is_some_and(|list| !list.is_empty()),
    };
    if let Some(changes) = &file.resource_changes {
        if file.errored == Some(true) {
            return Err("the plan is from a failed run, so it may be missing resources".into());
        }
        found.source = Source::Plan;
        for change in changes {
            read_change(change, &mut found)?;
        }
    } else if let (Some(list), Some(_)) = (&file.resources, &file.lineage) {
        if file.version != Some(4) {
            return Err("its state format version is not 4".to_owned());
        }
        for resource in list {
            read_state(resource, &mut found)?;
        }
    } else if file.format_version.is_some() && file.planned_values.is_none() {
        if let Some(module) = file.values.as_ref().and_then(|values| values.root_module.as_ref()) {
            read_module(module, &mut found)?;
        }
    } else {
        return Err("it is neither a state nor a plan".to_owned());
    }
    Ok(found)
}

fn read_change(change: &Change<'_>, found: &mut Found) -> Result<(), String> {
    if !is_ours(&change.mode, &change.kind, found) {
        return Ok(());
    }
    let resource = |attributes: Map<String, Value>, unknown: Vec<String>| Resource {
        address: change.address.clone().into_owned(),
        kind: change.kind.clone().into_owned(),
        attributes,
        unknown,
        file: 0,
    };
    let before = attributes(&change.kind, change.change.before)?;
    if let Some(mut after) = attributes(&change.kind, change.change.after)? {
        let marks = attributes(&change.kind, change.change.after_unknown)?.unwrap_or_default();
        let unknown =
            marks.iter().filter(|(_, mark)| holds_true(mark)).map(|(name, _)| name.clone());
        let unknown: Vec<String> = unknown.collect();
        // What is not replaced keeps its identity.
        let replaced = change.change.actions.iter().any(|action| action == "delete");
        for name in ["arn", "id"] {
            let known = before.as_ref().and_then(|before| before.get(name));
            if let (false, None, Some(known)) = (replaced, after.get(name), known) {
                after.insert(name.to_owned(), known.clone());
            }
        }
        found.after.push(resource(after, unknown));
    }
    if let Some(before) = before {
        found.before.push(resource(before, Vec::new()));
    }
    Ok(())
}

fn holds_true(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::Array(items) => items.iter().any(holds_true),
        Value::Object(fields) => fields.values().any(holds_true),
        _ => false,
    }
}

fn read_state(resource: &Stored<'_>, found: &mut Found) -> Result<(), String> {
    if !is_ours(&resource.mode, &resource.kind, found) {
        return Ok(());
    }
    let (kind, name) = (&resource.kind, &resource.name);
    let base = resource.module.as_ref().map_or_else(String::new, |module| format!("{module}."));
    for instance in &resource.instances {
        // A deposed object is on its way out.
        if instance.deposed.is_some() {
            continue;
        }
        let index = match &instance.index_key {
            Some(Value::String(key)) => format!("[{}]", Value::from(key.as_str())),
            Some(Value::Number(number)) => format!("[{number}]"),
            _ => String::new(),
        };
        let address = format!("{base}{kind}.{name}{index}");
        let Some(attributes) = attributes(kind, instance.attributes)? else {
            return Err(format!("`{address}` has no attributes"));
        };
        let kind = kind.clone().into_owned();
        found.after.push(Resource { address, kind, attributes, unknown: Vec::new(), file: 0 });
    }
    Ok(())
}

fn read_module(module: &Module<'_>, found: &mut Found) -> Result<(), String> {
    for resource in &module.resources {
        if !is_ours(&resource.mode, &resource.kind, found) {
            continue;
        }
        let Some(attributes) = attributes(&resource.kind, resource.values)? else {
            return Err(format!("`{}` has no values", resource.address));
        };
        found.after.push(Resource {
            address: resource.address.clone().into_owned(),
            kind: resource.kind.clone().into_owned(),
            attributes,
            unknown: Vec::new(),
            file: 0,
        });
    }
    module.child_modules.iter().try_for_each(|child| read_module(child, found))
}

fn is_ours(mode: &str, kind: &str, found: &mut Found) -> bool {
    let managed = mode == "managed";
    let ours = kind.starts_with("aws_");
    found.others += usize::from(managed && !ours);
    managed && ours
}

/// The attributes that the guard asks about, of an object; `None` for null.
fn attributes(kind: &str, raw: Option<&RawValue>) -> Result<Option<Map<String, Value>>, String> {
    let Some(raw) = raw.filter(|raw| raw.get() != "null") else { return Ok(None) };
    let wanted = Wanted { parent: terraform::mapping(kind).and_then(|mapping| mapping.parent) };
    let mut json = serde_json::Deserializer::from_str(raw.get());
    wanted.deserialize(&mut json).map(Some).map_err(|error| format!("a `{kind}`: {error}"))
}

/// The attributes that name a resource or say how it is tagged. The others may be megabytes.
const ASKED: [&str; 15] = [
    "abac_status",
    "arn",
    "bucket",
    "cluster_name",
    "function_name",
    "id",
    "identifier",
    "key_id",
    "name",
    "repository",
    "tag",
    "tags",
    "tags_all",
    "url",
    "zone_id",
];

/// Reads an object and keeps what is asked for.
struct Wanted {
    parent: Option<&'static str>,
}

impl Wanted {
    fn has(&self, name: &str) -> bool {
        self.parent == Some(name) || ASKED.contains(&name)
    }
}

impl<'de> DeserializeSeed<'de> for Wanted {
    type Value = Map<String, Value>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Wanted {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of attributes")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut attributes = Map::new();
        while let Some(name) = map.next_key::<Name<'de>>()? {
            if self.has(&name.0) {
                attributes.insert(name.0.into_owned(), map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(attributes)
    }
}

#[derive(Deserialize)]
struct Name<'t>(#[serde(borrow)] Cow<'t, str>);

#[derive(Deserialize)]
struct File<'t> {
    #[serde(borrow)]
    resource_changes: Option<Vec<Change<'t>>>,
    #[serde(borrow)]
    resources: Option<Vec<Stored<'t>>>,
    lineage: Option<IgnoredAny>,
    version: Option<u64>,
    format_version: Option<IgnoredAny>,
    planned_values: Option<IgnoredAny>,
    errored: Option<bool>,
    complete: Option<bool>,
    deferred_changes: Option<Vec<IgnoredAny>>,
    #[serde(borrow)]
    values: Option<Values<'t>>,
}

#[derive(Deserialize)]
struct Change<'t> {
    #[serde(borrow)]
    address: Cow<'t, str>,
    #[serde(borrow)]
    mode: Cow<'t, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'t, str>,
    #[serde(borrow)]
    change: Delta<'t>,
}

#[derive(Deserialize)]
struct Delta<'t> {
    #[serde(borrow)]
    actions: Vec<Cow<'t, str>>,
    #[serde(borrow)]
    before: Option<&'t RawValue>,
    #[serde(borrow)]
    after: Option<&'t RawValue>,
    #[serde(borrow)]
    after_unknown: Option<&'t RawValue>,
}

#[derive(Deserialize)]
struct Stored<'t> {
    #[serde(borrow)]
    module: Option<Cow<'t, str>>,
    #[serde(borrow)]
    mode: Cow<'t, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'t, str>,
    #[serde(borrow)]
    name: Cow<'t, str>,
    #[serde(borrow)]
    instances: Vec<Instance<'t>>,
}

#[derive(Deserialize)]
struct Instance<'t> {
    index_key: Option<Value>,
    deposed: Option<IgnoredAny>,
    #[serde(borrow)]
    attributes: Option<&'t RawValue>,
}

#[derive(Deserialize)]
struct Values<'t> {
    #[serde(borrow)]
    root_module: Option<Module<'t>>,
}

#[derive(Deserialize)]
struct Module<'t> {
    #[serde(borrow, default)]
    resources: Vec<Shown<'t>>,
    #[serde(borrow, default)]
    child_modules: Vec<Module<'t>>,
}

#[derive(Deserialize)]
struct Shown<'t> {
    #[serde(borrow)]
    address: Cow<'t, str>,
    #[serde(borrow)]
    mode: Cow<'t, str>,
    #[serde(borrow, rename = "type")]
    kind: Cow<'t, str>,
    #[serde(borrow)]
    values: Option<&'t RawValue>,
}
