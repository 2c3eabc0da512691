//! What is no manifest yet: Helm templates and kustomizations, which must be rendered first.

use super::error::Fault;
use crate::model::node::{Content, Node};
use crate::model::object::Object;

/// Words that only a Helm template holds between its braces.
const HELM: &[&str] = &[
    ".Values",
    ".Release",
    ".Chart",
    ".Capabilities",
    ".Files",
    "include ",
    "toYaml",
    "tpl ",
    "template ",
    "lookup ",
    "fromYaml",
];

/// Whether a text that cannot be read is one because it is a template.
pub(super) fn is_template(text: &str) -> bool {
    // Asked of every key and value: looking for one brace first is the quick way.
    text.as_bytes().contains(&b'{') && text.contains("{{")
}

/// The file of a chart or of a kustomization, by its name.
pub(super) fn builder(name: &str) -> Option<Builder> {
    match name.rsplit('/').next().unwrap_or_default() {
        "Chart.yaml" | "Chart.yml" => Some(Builder::Helm),
        "kustomization.yaml" | "kustomization.yml" | "Kustomization" => Some(Builder::Kustomize),
        _ => None,
    }
}

/// What makes manifests of other files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Builder {
    Helm,
    Kustomize,
}

/// An object that reads well and still waits for its values.
pub(super) fn unrendered(object: &Object) -> Option<Fault> {
    if object.kind == "Kustomization" && object.group() == "kustomize.config.k8s.io" {
        let message = "a kustomization is not a manifest: its result is not checked";
        return Some(Fault::whole("manifest::kustomize", message));
    }
    let place = waiting(&object.root, object, true)?;
    let message = "this template has not been rendered: its object is not checked";
    Some(Fault::at("manifest::template", place.0, place.1, message))
}

fn waiting(node: &Node, object: &Object, top: bool) -> Option<(u32, u32)> {
    match &node.content {
        Content::Text(text) => {
            if !is_template(text) {
                return None;
            }
            let inside = text.split("{{").skip(1).map(|tail| tail.split("}}").next());
            let helm = |part: &str| HELM.iter().any(|word| part.contains(word));
            let found = inside.flatten().any(helm);
            found.then_some((node.place.line, node.place.column))
        }
        Content::List(items) => items.iter().find_map(|item| waiting(item, object, false)),
        Content::Map(entries) => entries.iter().find_map(|entry| {
            // Data may hold templates of others.
            let data = top && matches!(&*entry.key, "data" | "binaryData" | "stringData");
            let named = is_template(&entry.key)
                || (matches!(&*entry.key, "image" | "name" | "namespace" | "kind")
                    && entry.value.text().is_some_and(is_template));
            match data {
                true => None,
                // Argo fills in these braces inside the cluster.
                false if named && !object.group().contains("argoproj.io") => {
                    Some((entry.key_place.line, entry.key_place.column))
                }
                false => waiting(&entry.value, object, false),
            }
        }),
        _ => None,
    }
}
