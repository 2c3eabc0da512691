//! A Kubernetes object that a manifest brings, and the pods it is about.

use serde::Serialize;

use super::node::Node;

/// What identifies a Kubernetes object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectRef {
    /// `apps/v1`
    pub api_version: String,
    /// `Deployment`
    pub kind: String,
    /// As the manifest writes it.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// One object.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// `apps/v1`
    pub api_version: String,
    /// `Deployment`
    pub kind: String,
    /// As written; none for cluster-wide objects or those placed at deploy time.
    pub namespace: Option<String>,
    /// The name; that of `generateName` ends in `*`.
    pub name: String,
    /// `Kind/namespace/name`, without the namespace where none is written; unique in its file.
    pub address: String,
    /// Position of its file.
    pub file: usize,
    /// Position of its document in the file, from 1.
    pub document: usize,
    /// All of it.
    pub root: Node,
    /// The pods that it is, or that it creates.
    pub pods: Vec<Pod>,
}

impl Object {
    /// What identifies it.
    #[must_use]
    pub fn reference(&self) -> ObjectRef {
        ObjectRef {
            api_version: self.api_version.clone(),
            kind: self.kind.clone(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
        }
    }
}

/// A pod, or the template of one, inside an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Pod {
    /// The path of the pod's specification, `spec.template.spec`.
    pub spec: String,
    /// The path of the pod's metadata; empty when it has no place for any.
    pub metadata: String,
    /// Whether it was recognised as a pod only by its shape, because the kind is unknown.
    pub guessed: bool,
    /// Whether it is only part of a pod, in an object of an unknown kind: fields that are set are
    /// checked, missing ones are not.
    pub loose: bool,
    /// The pod that the object stands for, where it does not write one as Kubernetes does.
    pub synthetic: Option<Box<Synthetic>>,
}

/// A pod put together from an object that describes pods in other words.
#[derive(Debug, Clone, PartialEq)]
pub struct Synthetic {
    /// The specification, with `containers` and `initContainers`.
    pub node: Node,
    /// The metadata, if it has any.
    pub metadata: Option<Node>,
    /// The paths of its init containers in the object, as far as they stand somewhere else than the
    /// path of the specification says.
    pub init: Vec<String>,
    /// The same of its containers.
    pub containers: Vec<String>,
}

impl Synthetic {
    /// A specification and nothing else.
    #[must_use]
    pub fn of(node: Node) -> Self {
        Self { node, metadata: None, init: Vec::new(), containers: Vec::new() }
    }
}

/// Where a pod names its containers, in the order in which the reference implementation of the standards visits them.
pub const LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];

impl Object {
    /// The group of the API, empty for the core.
    #[must_use]
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }
}
