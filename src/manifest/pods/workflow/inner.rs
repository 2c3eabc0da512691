//! A manifest that stands in a workflow as a text: the pods of its objects.

use super::super::{Search, moved};
use super::merge::placed;
use crate::manifest::error::Fault;
use crate::manifest::read;
use crate::model::node::{Node, Place};

/// What Argo fills in by itself, and what cannot hold more than a name.
const NAMES: [&str; 6] = [
    "workflow.name",
    "workflow.namespace",
    "workflow.uid",
    "workflow.serviceAccountName",
    "pod.name",
    "node.name",
];

/// Argo puts values into texts before anybody reads them: a value may bring a quote and whatever
/// stands behind it.
///
/// # Errors
/// When something is filled in that is none of [`NAMES`]. `path` is where the text stands.
pub(super) fn filled(text: &str, path: &str, place: Place) -> Result<(), Fault> {
    for tail in text.split("{{").skip(1) {
        let name = tail.split("}}").next().unwrap_or_default().trim();
        if !NAMES.contains(&name) {
            let name: String = name.chars().take(80).collect();
            let message =
                format!("`{path}` is filled in from `{name}`: the resulting pod is not checked");
            return Err(Fault::at("manifest::filled", place.line, place.column, message));
        }
    }
    Ok(())
}

pub(super) fn manifest(search: &mut Search<'_>, text: &Node, path: &str) -> Result<(), Fault> {
    let wrong = |what: &str| Fault::shape(text.place, format!("`{path}` {what}"));
    let inner = text.text().ok_or_else(|| wrong("is not a string"))?;
    filled(inner, path, text.place)?;
    let documents = read::unambiguous(inner)
        .map_err(|_| wrong("cannot be parsed: its object is not checked"))?;
    for node in documents {
        let (Some(api), Some(kind)) = (node.text_of("apiVersion"), node.text_of("kind")) else {
            return Err(wrong("has no `apiVersion` or no `kind`"));
        };
        let mut inside = Search::new(&node);
        inside.object(&node, api, kind, "");
        if !inside.faults.is_empty() {
            return Err(wrong("cannot be parsed: its object is not checked"));
        }
        let stands = |node: &Node| placed(node, text);
        search.pods.extend(inside.pods.into_iter().map(|pod| moved(pod, &node, path, &stands)));
    }
    Ok(())
}
