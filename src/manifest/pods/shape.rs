//! What a pod must be shaped like, for a rule to see what is below.

use crate::manifest::error::Fault;
use crate::model::node::{Content, Node, push_index, push_key};

/// What a member of a pod must be, for a rule to see what is below it.
enum Shape {
    Map(&'static [(&'static str, Shape)]),
    List(&'static Shape),
    Any,
}

use Shape::{Any, List, Map};

const HANDLER: Shape = Map(&[("httpGet", Map(&[])), ("tcpSocket", Map(&[]))]);

const CONTAINER: Shape = Map(&[
    (
        "securityContext",
        Map(&[
            ("capabilities", Map(&[("add", List(&Any)), ("drop", List(&Any))])),
            ("seLinuxOptions", Map(&[])),
            ("seccompProfile", Map(&[])),
            ("appArmorProfile", Map(&[])),
            ("windowsOptions", Map(&[])),
        ]),
    ),
    ("ports", List(&Map(&[]))),
    ("env", List(&Map(&[("valueFrom", Map(&[]))]))),
    ("envFrom", List(&Map(&[]))),
    ("resources", Map(&[("limits", Map(&[])), ("requests", Map(&[]))])),
    ("livenessProbe", HANDLER),
    ("readinessProbe", HANDLER),
    ("startupProbe", HANDLER),
    ("lifecycle", Map(&[("postStart", HANDLER), ("preStop", HANDLER)])),
]);

const METADATA: Shape = Map(&[("annotations", Map(&[])), ("labels", Map(&[]))]);

const POD: Shape = Map(&[
    ("containers", List(&CONTAINER)),
    ("initContainers", List(&CONTAINER)),
    ("ephemeralContainers", List(&CONTAINER)),
    ("volumes", List(&Map(&[]))),
    ("os", Map(&[])),
    (
        "securityContext",
        Map(&[
            ("sysctls", List(&Map(&[]))),
            ("seLinuxOptions", Map(&[])),
            ("seccompProfile", Map(&[])),
            ("appArmorProfile", Map(&[])),
            ("windowsOptions", Map(&[])),
        ]),
    ),
]);

/// The API server refuses a pod that is not shaped so; here it would hide what is below.
pub(super) fn pod(spec: &Node, path: &str, faults: &mut Vec<Fault>) {
    fits(spec, &POD, &mut path.to_owned(), faults);
}

/// The same for the metadata: annotations are asked about.
pub(super) fn metadata(node: &Node, path: &str, faults: &mut Vec<Fault>) {
    fits(node, &METADATA, &mut path.to_owned(), faults);
}

fn fits(node: &Node, shape: &Shape, path: &mut String, faults: &mut Vec<Fault>) {
    let before = path.len();
    match (shape, &node.content) {
        (Any, _) => {}
        (Map(members), Content::Map(_)) => {
            for (name, shape) in *members {
                if let Some(below) = node.get(name) {
                    push_key(path, name);
                    fits(below, shape, path, faults);
                    path.truncate(before);
                }
            }
        }
        (List(shape), Content::List(items)) => {
            for (i, item) in items.iter().enumerate() {
                push_index(path, i);
                fits(item, shape, path, faults);
                path.truncate(before);
            }
        }
        (Map(_), _) => faults.push(Fault::shape(node.place, format!("`{path}` must be an object"))),
        (List(_), _) => faults.push(Fault::shape(node.place, format!("`{path}` must be a list"))),
    }
}
