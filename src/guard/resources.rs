//! The resources of a state or a plan, as far as the guard asks about them.

use serde_json::{Map, Value};

/// What a file turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A state: what is there.
    State,
    /// A plan: what will be there.
    Plan,
}

/// A managed resource of the AWS provider.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// `module.a.aws_vpc.b["c"]`.
    pub address: String,
    /// The Terraform type.
    pub kind: String,
    /// Its attributes, as far as they are known.
    pub attributes: Map<String, Value>,
    /// Attributes that are known only after apply, wholly or in part.
    pub unknown: Vec<String>,
}

/// What a resource says of a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tag {
    /// It has it, with this value.
    Value(String),
    /// It does not have it.
    Absent,
    /// That is known only after apply.
    Unknown,
}

impl Resource {
    /// A text attribute that is known and not empty.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name)?.as_str().filter(|text| !text.is_empty())
    }

    /// A tag, from `tags_all`, where the provider's default tags are in, else from `tags`. A block
    /// per tag, as groups of instances have them, counts too.
    #[must_use]
    pub fn tag(&self, key: &str) -> Tag {
        for name in ["tags_all", "tags"] {
            match self.attributes.get(name) {
                Some(Value::Object(tags)) => {
                    return match tags.get(key) {
                        Some(Value::String(value)) => Tag::Value(value.clone()),
                        Some(_) => Tag::Unknown,
                        None if self.is_unknown(name) => Tag::Unknown,
                        None => Tag::Absent,
                    };
                }
                _ if self.is_unknown(name) => return Tag::Unknown,
                _ => {}
            }
        }
        let blocks = self.attributes.get("tag").and_then(Value::as_array);
        let named = blocks
            .into_iter()
            .flatten()
            .find(|block| block.get("key").and_then(Value::as_str) == Some(key));
        match named.and_then(|block| block.get("value")) {
            Some(Value::String(value)) => Tag::Value(value.clone()),
            Some(_) => Tag::Unknown,
            None if self.is_unknown("tag") => Tag::Unknown,
            None => Tag::Absent,
        }
    }

    fn is_unknown(&self, name: &str) -> bool {
        self.unknown.iter().any(|own| own == name)
    }
}

/// Reads a state (`terraform.tfstate`, or `terraform show -json` of one) or a plan
/// (`terraform show -json`).
///
/// # Errors
/// What is neither, in words for a report.
pub fn read(text: &str) -> Result<(Source, Vec<Resource>), String> {
    let value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| format!("it is not JSON: {error}"))?;
    let mut found = Vec::new();
    if let Some(changes) = value.get("resource_changes") {
        let changes = changes.as_array().ok_or("its `resource_changes` are no list")?;
        for change in changes {
            found.extend(read_change(change)?);
        }
        return Ok((Source::Plan, found));
    }
    if let Some(list) = value.get("resources").filter(|_| value.get("lineage").is_some()) {
        match value.get("version").and_then(Value::as_u64) {
            Some(4) => {}
            _ => return Err("its version of the state format is not 4".to_owned()),
        }
        for resource in list.as_array().ok_or("its `resources` are no list")? {
            read_state(resource, &mut found)?;
        }
        return Ok((Source::State, found));
    }
    if value.get("format_version").is_some() && value.get("planned_values").is_none() {
        if let Some(module) = value.pointer("/values/root_module") {
            read_module(module, &mut found)?;
        }
        return Ok((Source::State, found));
    }
    Err("it is neither a state nor a plan".to_owned())
}

fn word<'v>(value: &'v Value, name: &str) -> Result<&'v str, String> {
    value.get(name).and_then(Value::as_str).ok_or_else(|| format!("a resource has no `{name}`"))
}

fn is_ours(value: &Value) -> Result<bool, String> {
    let managed = value.get("mode").and_then(Value::as_str) == Some("managed");
    Ok(managed && word(value, "type")?.starts_with("aws_"))
}

fn read_change(value: &Value) -> Result<Option<Resource>, String> {
    if !is_ours(value)? {
        return Ok(None);
    }
    let change = value.get("change").ok_or("a change has no `change`")?;
    let Some(Value::Object(after)) = change.get("after") else { return Ok(None) };
    let unknown = match change.get("after_unknown") {
        Some(Value::Object(marks)) => marks
            .iter()
            .filter(|(_, mark)| holds_true(mark))
            .map(|(name, _)| name.clone())
            .collect(),
        _ => Vec::new(),
    };
    let mut attributes = after.clone();
    // What is not replaced keeps its identity.
    if let Some(Value::Object(before)) = change.get("before") {
        let replaced = change
            .get("actions")
            .and_then(Value::as_array)
            .is_some_and(|actions| actions.iter().any(|action| action == "delete"));
        for name in ["arn", "id"] {
            if let (false, None, Some(own)) = (replaced, attributes.get(name), before.get(name)) {
                attributes.insert(name.to_owned(), own.clone());
            }
        }
    }
    Ok(Some(Resource {
        address: word(value, "address")?.to_owned(),
        kind: word(value, "type")?.to_owned(),
        attributes,
        unknown,
    }))
}

fn holds_true(value: &Value) -> bool {
    match value {
        Value::Bool(flag) => *flag,
        Value::Array(items) => items.iter().any(holds_true),
        Value::Object(fields) => fields.values().any(holds_true),
        _ => false,
    }
}

fn read_state(value: &Value, found: &mut Vec<Resource>) -> Result<(), String> {
    if !is_ours(value)? {
        return Ok(());
    }
    let (kind, name) = (word(value, "type")?, word(value, "name")?);
    let module = value.get("module").and_then(Value::as_str);
    let base = module.map_or_else(String::new, |module| format!("{module}."));
    let instances = value.get("instances").and_then(Value::as_array);
    for instance in instances.ok_or("a resource has no `instances`")? {
        // A deposed object is on its way out.
        if instance.get("deposed").is_some() {
            continue;
        }
        let index = match instance.get("index_key") {
            Some(Value::String(key)) => format!("[{}]", Value::from(key.as_str())),
            Some(Value::Number(number)) => format!("[{number}]"),
            _ => String::new(),
        };
        let Some(Value::Object(attributes)) = instance.get("attributes") else {
            return Err(format!("`{base}{kind}.{name}{index}` has no attributes"));
        };
        found.push(Resource {
            address: format!("{base}{kind}.{name}{index}"),
            kind: kind.to_owned(),
            attributes: attributes.clone(),
            unknown: Vec::new(),
        });
    }
    Ok(())
}

fn read_module(module: &Value, found: &mut Vec<Resource>) -> Result<(), String> {
    let list = |name: &str| module.get(name).and_then(Value::as_array).into_iter().flatten();
    for resource in list("resources") {
        if !is_ours(resource)? {
            continue;
        }
        let values = resource.get("values").and_then(Value::as_object);
        found.push(Resource {
            address: word(resource, "address")?.to_owned(),
            kind: word(resource, "type")?.to_owned(),
            attributes: values.cloned().ok_or("a resource has no `values`")?,
            unknown: Vec::new(),
        });
    }
    for child in list("child_modules") {
        read_module(child, found)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_file() {
        let text = r#"{"version":4,"lineage":"x","resources":[
            {"mode":"data","type":"aws_region","name":"r","instances":[]},
            {"module":"module.m","mode":"managed","type":"aws_vpc","name":"v","instances":[
                {"index_key":"a","attributes":{"arn":"arn:x","tags":null,"tags_all":{"ManagedBy":"Terraform"}}},
                {"deposed":"1","attributes":{}}]},
            {"mode":"managed","type":"random_id","name":"r","instances":[{"attributes":{}}]}]}"#;
        let (source, found) = read(text).unwrap();
        assert_eq!((source, found.len()), (Source::State, 1));
        assert_eq!(found[0].address, "module.m.aws_vpc.v[\"a\"]");
        assert_eq!(found[0].tag("ManagedBy"), Tag::Value("Terraform".into()));
        assert_eq!(found[0].tag("managedby"), Tag::Absent);
    }

    #[test]
    fn a_plan() {
        let text = r#"{"format_version":"1.2","planned_values":{},"resource_changes":[
            {"address":"aws_vpc.v","mode":"managed","type":"aws_vpc","change":{"actions":["create"],
             "before":null,"after":{"tags":{}},"after_unknown":{"arn":true,"tags":{},"tags_all":true}}},
            {"address":"aws_vpc.w","mode":"managed","type":"aws_vpc","change":{"actions":["delete"],
             "before":{},"after":null}}]}"#;
        let (source, found) = read(text).unwrap();
        assert_eq!((source, found.len()), (Source::Plan, 1));
        assert_eq!(found[0].tag("ManagedBy"), Tag::Unknown);
        assert_eq!(found[0].text("arn"), None);
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in ["", "[]", "{}", r#"{"version":3,"lineage":"x","resources":[]}"#] {
            assert!(read(text).is_err(), "{text}");
        }
        let no_attributes = r#"{"version":4,"lineage":"x","resources":[{"mode":"managed",
            "type":"aws_vpc","name":"v","instances":[{}]}]}"#;
        assert!(read(no_attributes).is_err());
    }
}
