//! NORMALISE: documents become objects; lists are opened, at any depth.

use super::error::Fault;
use super::{pods, templates};
use crate::model::node::{Content, Node};
use crate::model::object::Object;

/// How deep lists may stand in lists.
const LISTS: usize = 16;

/// How many members an object may have: rules look from one to another. The API server refuses
/// objects of more than 1.5 MB, which is less.
const WIDEST: usize = 10_000;

/// What the documents of a file hold.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) objects: Vec<Object>,
    /// Documents that are no Kubernetes objects.
    pub(super) strangers: usize,
    pub(super) faults: Vec<Fault>,
}

/// What an item of a list takes from the list when it says nothing itself.
struct Default_<'a> {
    api_version: &'a str,
    kind: &'a str,
}

/// Opens the documents of a file.
pub(super) fn gather(documents: Vec<Node>, file: usize) -> Found {
    let mut found = Found::default();
    for (i, node) in documents.into_iter().enumerate() {
        take(node, file, i + 1, None, 0, &mut found);
    }
    number(&mut found.objects);
    found
}

fn take(
    mut node: Node,
    file: usize,
    document: usize,
    default: Option<&Default_<'_>>,
    depth: usize,
    found: &mut Found,
) {
    let stated = |key: &str| node.text_of(key).filter(|text| !text.is_empty()).map(str::to_owned);
    let (api_version, kind) = match (stated("apiVersion"), stated("kind"), default) {
        (Some(api_version), Some(kind), _) => (api_version, kind),
        (api_version, None, Some(default)) => {
            (api_version.unwrap_or(default.api_version.to_owned()), default.kind.to_owned())
        }
        (None, Some(kind), Some(default)) => (default.api_version.to_owned(), kind),
        _ if depth == 0 => return stranger(&node, found),
        _ => {
            found.faults.push(Fault::shape(
                node.place,
                "an item of a list has no `apiVersion` or no `kind`",
            ));
            return;
        }
    };
    if !is_name(&kind, "") || !is_version(&api_version) {
        let message = "no Kubernetes API has this `apiVersion` or `kind`";
        return found.faults.push(Fault::shape(node.place, message));
    }
    let listed = node.get("items").is_some_and(|items| !items.is_list());
    if listed && kind.ends_with("List") {
        return found.faults.push(Fault::shape(node.place, "`items` of a list must be a list"));
    }
    let items = items(&mut node);
    let is_list = kind.ends_with("List") && items.is_some();
    if let Some(items) = items {
        if depth >= LISTS {
            found.faults.push(Fault::shape(node.place, "lists are nested too deeply"));
            return;
        }
        let single = kind.strip_suffix("List").unwrap_or_default();
        let typed = Default_ { api_version: &api_version, kind: single };
        let typed = (is_list && !single.is_empty()).then_some(&typed);
        for item in items {
            take(item, file, document, typed, depth + 1, found);
        }
    }
    // What else stands in it is no part of the list, and nobody reads it, or is an object after all.
    let alone = |key: &str| matches!(key, "apiVersion" | "kind" | "metadata" | "items");
    if is_list && node.entries().iter().all(|entry| alone(&entry.key)) {
        return;
    }
    object(node, api_version, kind, file, document, found);
}

/// A document without `apiVersion` or `kind`: no manifest, unless it is one that went wrong.
fn stranger(node: &Node, found: &mut Found) {
    let has = |key: &str| node.get(key).is_some();
    let alike = |key: &str, wanted: &str| key != wanted && key.trim().eq_ignore_ascii_case(wanted);
    let misspelt = |wanted: &str| node.entries().iter().any(|entry| alike(&entry.key, wanted));
    let upper =
        node.text_of("kind").is_some_and(|kind| kind.starts_with(|c: char| c.is_uppercase()));
    let message = if has("apiVersion") {
        "the document has an `apiVersion` but no `kind`"
    } else if upper || (has("kind") && (has("metadata") || has("spec"))) {
        "the document has a `kind` but no `apiVersion`"
    } else if misspelt("apiVersion") && (misspelt("kind") || has("kind")) {
        "`apiVersion` or `kind` is misspelt: the API is case-sensitive"
    } else if pods::looks_like_one(node) {
        "the document contains a pod but has neither `apiVersion` nor `kind`"
    } else if node
        .items()
        .iter()
        .any(|item| item.text_of("apiVersion").is_some() && item.text_of("kind").is_some())
    {
        "the document is a bare list of objects: write them under `items` of a `List`"
    } else {
        found.strangers += 1;
        return;
    };
    found.faults.push(Fault::shape(node.place, message));
}

/// A word that may name a kind or a part of a version.
fn is_name(text: &str, more: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
}

/// `v1`, `apps/v1`
fn is_version(text: &str) -> bool {
    let (group, version) = text.split_once('/').unwrap_or(("v1", text));
    is_name(group, ".-") && is_name(version, "-")
}

/// The items of a list: kubectl takes everything that has a list of that name for one.
fn items(node: &mut Node) -> Option<Vec<Node>> {
    let Content::Map(entries) = &mut node.content else { return None };
    let entry = entries.iter_mut().find(|entry| &*entry.key == "items")?;
    match &mut entry.value.content {
        Content::List(items) => Some(std::mem::take(items)),
        _ => None,
    }
}

fn object(
    root: Node,
    api_version: String,
    kind: String,
    file: usize,
    document: usize,
    found: &mut Found,
) {
    let metadata = root.get("metadata");
    let text = |key: &str| metadata.and_then(|node| node.get(key)).and_then(written);
    let namespace = text("namespace").filter(|text| !text.is_empty());
    let name = text("name")
        .or_else(|| text("generateName").map(|prefix| format!("{prefix}*")))
        .unwrap_or_default();
    let address = match &namespace {
        Some(namespace) => format!("{kind}/{namespace}/{name}"),
        None => format!("{kind}/{name}"),
    };
    let mut object = Object {
        api_version,
        kind,
        namespace,
        name,
        address,
        file,
        document,
        root,
        pods: Vec::new(),
    };
    found.faults.extend(templates::unrendered(&object));
    if is_wide(&object.root) {
        found.faults.push(Fault::at(
            "manifest::too-large",
            object.root.place.line,
            object.root.place.column,
            format!("an object has more than {WIDEST} fields at one level"),
        ));
        return;
    }
    object.pods = pods::find(&object, &mut found.faults);
    found.objects.push(object);
}

fn is_wide(node: &Node) -> bool {
    match &node.content {
        Content::Map(entries) => {
            entries.len() > WIDEST || entries.iter().any(|entry| is_wide(&entry.value))
        }
        Content::List(items) => items.iter().any(is_wide),
        _ => false,
    }
}

/// A scalar as a text.
fn written(node: &Node) -> Option<String> {
    match &node.content {
        Content::Text(text) => Some(text.to_string()),
        Content::Int(number) => Some(number.to_string()),
        Content::Bool(flag) => Some(flag.to_string()),
        Content::Float(number) => Some(number.to_string()),
        Content::Null | Content::List(_) | Content::Map(_) => None,
    }
}

/// Gives the same object, written twice, two addresses.
fn number(objects: &mut [Object]) {
    let mut seen = std::collections::HashMap::new();
    for object in objects {
        let times = seen.entry(object.address.clone()).or_insert(0u32);
        *times += 1;
        if *times > 1 {
            object.address = format!("{} ({times})", object.address);
        }
    }
}
