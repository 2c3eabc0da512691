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
    /// Which of several files it is from; for whoever reads them.
    pub file: usize,
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

    /// The texts of an attribute that is known: one, or a list of them.
    pub fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        let value = self.attributes.get(name);
        let list = value.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let texts = list.iter().chain(value).filter_map(Value::as_str);
        texts.filter(|text| !text.is_empty())
    }

    /// A tag, from `tags_all`, where the provider's default tags are in, or from `tags`, which wins
    /// over them. A block per tag, as groups of instances have them, counts too. The key's case
    /// does not matter, as it does not in conditions; the same case is preferred.
    #[must_use]
    pub fn tag(&self, key: &str) -> Tag {
        let mut unknown = false;
        for name in ["tags", "tags_all"] {
            let value = self.attributes.get(name);
            match value.and_then(Value::as_object).and_then(|tags| find(tags, key)) {
                Some(Value::String(value)) => return Tag::Value(value.clone()),
                Some(_) => return Tag::Unknown,
                None => unknown |= self.is_unknown(name),
            }
        }
        // Groups of instances have had both: blocks, and a list of objects.
        for name in ["tag", "tags"] {
            let blocks = self.attributes.get(name).and_then(Value::as_array).into_iter().flatten();
            let is_it = |block: &&Value| {
                let tag_key = block.get("key").and_then(Value::as_str);
                tag_key.is_some_and(|tag_key| tag_key.eq_ignore_ascii_case(key))
            };
            match blocks.filter(is_it).find_map(|block| block.get("value")) {
                Some(Value::String(value)) => return Tag::Value(value.clone()),
                Some(_) => return Tag::Unknown,
                None => unknown |= self.is_unknown(name),
            }
        }
        if unknown { Tag::Unknown } else { Tag::Absent }
    }

    /// Whether the provider has an attribute of this name for it.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.attributes.contains_key(name) || self.is_unknown(name)
    }

    fn is_unknown(&self, name: &str) -> bool {
        self.unknown.iter().any(|unknown| unknown == name)
    }
}

fn find<'t>(tags: &'t Map<String, Value>, key: &str) -> Option<&'t Value> {
    let other = || tags.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(key)).map(|(_, v)| v);
    tags.get(key).or_else(other)
}

/// What a file says of the AWS provider's resources.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// What the file is.
    pub source: Source,
    /// What was there before the plan; nothing for a state.
    pub before: Vec<Resource>,
    /// What is there, or will be.
    pub after: Vec<Resource>,
    /// How many managed resources are of other providers.
    pub others: usize,
    /// Whether Terraform itself says that the plan is not whole.
    pub partial: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::input::{read, read_all};

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
        assert_eq!(found[0].tag("managedby"), Tag::Value("Terraform".into()));
        assert_eq!(found[0].tag("Owner"), Tag::Absent);
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
    fn both_sides_of_a_plan() {
        let text = r#"{"format_version":"1.2","planned_values":{},"complete":false,"resource_changes":[
            {"address":"aws_vpc.v","mode":"managed","type":"aws_vpc","change":{"actions":["update"],
             "before":{"arn":"arn:v","tags":{"ManagedBy":"Terraform"},"big":"x"},
             "after":{"tags":{}},"after_unknown":{}}},
            {"address":"random_id.r","mode":"managed","type":"random_id",
             "change":{"actions":["no-op"],"before":{},"after":{}}}]}"#;
        let found = read_all(text).unwrap();
        assert_eq!((found.before.len(), found.after.len(), found.others), (1, 1, 1));
        assert!(found.partial);
        assert_eq!(found.before[0].tag("ManagedBy"), Tag::Value("Terraform".into()));
        assert_eq!(found.after[0].tag("ManagedBy"), Tag::Absent);
        assert_eq!(found.after[0].text("arn"), Some("arn:v"), "an update keeps its identity");
        assert!(!found.before[0].has("big"), "what nobody asks for is not kept");
        let failed = text.replace("\"complete\":false", "\"errored\":true");
        assert!(read_all(&failed).is_err());
    }

    #[test]
    fn tags_in_blocks_and_half_known() {
        let of = |attributes: Value, unknown: &[&str]| Resource {
            address: "a".into(),
            kind: "aws_x".into(),
            attributes: attributes.as_object().unwrap().clone(),
            unknown: unknown.iter().map(|name| (*name).to_owned()).collect(),
            file: 0,
        };
        let value = Tag::Value("Terraform".into());
        let block = serde_json::json!({"tag": [{"key": "ManagedBy", "value": "Terraform"}]});
        assert_eq!(of(block, &[]).tag("ManagedBy"), value);
        // What is written beside an unknown default is known.
        let attributes = serde_json::json!({"tags": {"ManagedBy": "Terraform"}});
        assert_eq!(of(attributes.clone(), &["tags_all"]).tag("ManagedBy"), value);
        assert_eq!(of(attributes, &["tags_all"]).tag("Owner"), Tag::Unknown);
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
