//! Where an object holds pods: a table for the kinds that are known, the shape for the others.

use super::error::Fault;
use super::objects::shape;
use crate::model::node::{Content, Node, push_index, push_key};
use crate::model::object::{Object, Pod, Synthetic};

/// Groups, kind, and the paths of what has a pod's `metadata` and `spec` side by side.
const TABLE: &[(&[&str], &str, &[&str])] = &[
    (&[""], "Pod", &[""]),
    (&[""], "PodTemplate", &["template"]),
    (&[""], "ReplicationController", &["spec.template"]),
    (&["apps", "extensions"], "Deployment", &["spec.template"]),
    (&["apps", "extensions"], "ReplicaSet", &["spec.template"]),
    (&["apps", "extensions"], "DaemonSet", &["spec.template"]),
    (&["apps"], "StatefulSet", &["spec.template"]),
    (&["batch"], "Job", &["spec.template"]),
    (&["batch"], "CronJob", &["spec.jobTemplate.spec.template"]),
    (&["argoproj.io"], "Rollout", &["spec.template"]),
    (&["serving.knative.dev"], "Service", &["spec.template"]),
    (&["serving.knative.dev"], "Configuration", &["spec.template"]),
    (&["serving.knative.dev"], "Revision", &[""]),
    (
        &["leaderworkerset.x-k8s.io"],
        "LeaderWorkerSet",
        &["spec.leaderWorkerTemplate.leaderTemplate", "spec.leaderWorkerTemplate.workerTemplate"],
    ),
];

/// How many containers a pod may have in one list; no node runs as many.
const CONTAINERS: usize = 1_000;

/// Kinds that hold no pod, whatever their data looks like.
const NEVER: &[(&str, &str)] =
    &[("", "ConfigMap"), ("", "Secret"), ("apiextensions.k8s.io", "CustomResourceDefinition")];

/// The pods of an object; what cannot be walked is a fault.
pub(super) fn find(object: &Object, faults: &mut Vec<Fault>) -> Vec<Pod> {
    let group = object.group();
    let known =
        TABLE.iter().find(|(groups, kind, _)| *kind == object.kind && groups.contains(&group));
    let mut pods = Vec::new();
    if let Some((_, _, paths)) = known {
        pods.extend(paths.iter().filter_map(|path| template(object, path)));
    } else if group == "argoproj.io" && object.kind.contains("Workflow") {
        pods.extend(workflow(object));
    } else if !NEVER.contains(&(group, object.kind.as_str())) {
        guess(&object.root, &mut String::new(), "", &mut pods);
    }
    let mut crowded = false;
    for pod in &pods {
        let (_, spec, _) = object.root.locate(&pod.spec);
        let spec = pod.synthetic.as_ref().map_or(spec, |own| &own.node);
        check(spec, &pod.spec, faults);
        crowded |= ["initContainers", "containers", "ephemeralContainers"]
            .iter()
            .any(|list| spec.get(list).is_some_and(|list| list.items().len() > CONTAINERS));
    }
    if crowded {
        let place = object.root.place;
        let message = format!("a pod with more than {CONTAINERS} containers");
        faults.push(Fault::at("manifest::too-large", place.line, place.column, message));
        pods.clear();
    }
    pods
}

fn template(object: &Object, path: &str) -> Option<Pod> {
    let under = |name: &str| match path {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    let spec = under("spec");
    let (_, node, whole) = object.root.locate(&spec);
    let there = whole && node.content != Content::Null;
    there.then(|| Pod { spec, metadata: under("metadata"), guessed: false, synthetic: None })
}

/// Everything in the object that has containers as a pod has them.
fn guess(node: &Node, path: &mut String, metadata: &str, pods: &mut Vec<Pod>) {
    let before = path.len();
    match &node.content {
        Content::Map(entries) => {
            let containers = ["containers", "initContainers"].iter().any(|list| {
                let items = node.get(list).map_or(&[][..], Node::items);
                items.iter().any(|item| item.get("image").is_some())
            });
            if containers && !path.is_empty() {
                return pods.push(Pod {
                    spec: path.clone(),
                    metadata: metadata.to_owned(),
                    guessed: true,
                    synthetic: None,
                });
            }
            for entry in entries.iter().filter(|entry| holds_values(&entry.value)) {
                let beside = entry.key.as_ref() == "spec" && node.get("metadata").is_some();
                let own = match (beside, path.as_str()) {
                    (false, _) => String::new(),
                    (true, "") => "metadata".to_owned(),
                    (true, path) => format!("{path}.metadata"),
                };
                push_key(path, &entry.key);
                guess(&entry.value, path, &own, pods);
                path.truncate(before);
            }
        }
        Content::List(items) => {
            for (i, item) in items.iter().enumerate().filter(|(_, item)| holds_values(item)) {
                push_index(path, i);
                guess(item, path, "", pods);
                path.truncate(before);
            }
        }
        _ => {}
    }
}

fn holds_values(node: &Node) -> bool {
    node.is_map() || node.is_list()
}

/// An Argo Workflow: each template that runs something is a pod, written in words of its own.
fn workflow(object: &Object) -> Vec<Pod> {
    let spec = match object.kind.as_str() {
        "CronWorkflow" => "spec.workflowSpec",
        _ => "spec",
    };
    let (_, node, whole) = object.root.locate(spec);
    if !whole {
        return Vec::new();
    }
    let mut pods = Vec::new();
    for (i, template) in node.get("templates").map_or(&[][..], Node::items).iter().enumerate() {
        let path = format!("{spec}.templates[{i}]");
        pods.extend(workflow_pod(node, template, path));
    }
    pods
}

fn workflow_pod(workflow: &Node, template: &Node, path: String) -> Option<Pod> {
    let mut containers: Vec<(&Node, String)> = Vec::new();
    for single in ["container", "script"] {
        containers.extend(template.get(single).map(|node| (node, format!("{path}.{single}"))));
    }
    for (list, steps) in [
        ("sidecars", &["sidecars"][..]),
        ("containerSet.containers", &["containerSet", "containers"]),
    ] {
        let items = template.at(steps).map_or(&[][..], Node::items);
        containers
            .extend(items.iter().enumerate().map(|(i, n)| (n, format!("{path}.{list}[{i}]"))));
    }
    let init = template.get("initContainers").map_or(&[][..], Node::items);
    let init: Vec<(&Node, String)> =
        init.iter().enumerate().map(|(i, n)| (n, format!("{path}.initContainers[{i}]"))).collect();
    if containers.is_empty() && init.is_empty() {
        return None;
    }
    let place = template.place;
    let list = |of: &[(&Node, String)]| Node {
        place,
        content: Content::List(of.iter().map(|(node, _)| (*node).clone()).collect()),
    };
    let mut entries = Vec::new();
    let mut put = |key: &str, value: Node| {
        entries.push(crate::model::node::Entry { key: key.into(), key_place: place, value });
    };
    put("containers", list(&containers));
    put("initContainers", list(&init));
    // What the template does not say, the workflow says for all its pods.
    for key in [
        "securityContext",
        "volumes",
        "hostNetwork",
        "serviceAccountName",
        "automountServiceAccountToken",
    ] {
        if let Some(node) = template.get(key).or_else(|| workflow.get(key)) {
            put(key, node.clone());
        }
    }
    let node = Node { place, content: Content::Map(entries) };
    let paths = |of: Vec<(&Node, String)>| of.into_iter().map(|(_, path)| path).collect();
    let synthetic = Synthetic { node, init: paths(init), containers: paths(containers) };
    let metadata = format!("{path}.metadata");
    Some(Pod { spec: path, metadata, guessed: false, synthetic: Some(Box::new(synthetic)) })
}

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
fn check(spec: &Node, path: &str, faults: &mut Vec<Fault>) {
    fits(spec, &POD, &mut path.to_owned(), faults);
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
        (Map(_), _) => faults.push(self::shape(node.place, format!("`{path}` must be an object"))),
        (List(_), _) => faults.push(self::shape(node.place, format!("`{path}` must be a list"))),
    }
}
