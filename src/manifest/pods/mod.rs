//! Where an object holds pods: a table for the kinds that are known, the shape for the others.

mod anchors;
mod loose;
mod shape;
mod workflow;

use std::collections::HashSet;

use super::error::Fault;
use crate::model::node::{Content, Node, push_index, push_key};
use crate::model::object::{LISTS, Object, Pod, Synthetic};

/// Groups, kind, and the paths of what has a pod's `metadata` and `spec` side by side. The last path
/// must be there; the others may.
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

/// Kinds that hold no pod, whatever their data looks like: they say what pods may be, or are data.
const NEVER: &[(&str, &str)] = &[
    ("", "ConfigMap"),
    ("", "Secret"),
    ("apiextensions.k8s.io", "CustomResourceDefinition"),
    ("policy", "PodSecurityPolicy"),
    ("extensions", "PodSecurityPolicy"),
];

/// The pods of an object; what cannot be walked is a fault.
pub(super) fn find(object: &Object, faults: &mut Vec<Fault>) -> Vec<Pod> {
    let mut search = Search::new(&object.root);
    search.object(&object.root, &object.api_version, &object.kind, "");
    let Search { mut pods, faults: found, .. } = search;
    faults.extend(found);
    let mut crowded = false;
    for pod in &pods {
        let (_, spec, _) = object.root.locate(&pod.spec);
        let spec = pod.synthetic.as_ref().map_or(spec, |synthetic| &synthetic.node);
        crowded |= LISTS
            .iter()
            .any(|list| spec.get(list).is_some_and(|list| list.items().len() > CONTAINERS));
        if pod.loose {
            continue;
        }
        shape::pod(spec, &pod.spec, faults);
        let (_, metadata, there) = object.root.locate(&pod.metadata);
        let metadata = match &pod.synthetic {
            Some(synthetic) => synthetic.metadata.as_ref(),
            None => (there && !pod.metadata.is_empty()).then_some(metadata),
        };
        if let Some(metadata) = metadata.filter(|node| node.content != Content::Null) {
            shape::metadata(metadata, &pod.metadata, faults);
        }
    }
    if crowded {
        let place = object.root.place;
        let message = format!("a pod has more than {CONTAINERS} containers");
        faults.push(Fault::at("manifest::too-large", place.line, place.column, message));
        pods.clear();
    }
    pods
}

/// Whether a document that says no kind has a pod's specification where objects have one.
pub(super) fn looks_like_one(node: &Node) -> bool {
    let holds = |node: &Node| {
        LISTS.iter().any(|list| {
            let items = node.get(list).map_or(&[][..], Node::items);
            items.iter().any(|item| item.get("image").is_some() || item.get("name").is_some())
        })
    };
    let paths: [&[&str]; 3] =
        [&["spec"], &["spec", "template", "spec"], &["spec", "jobTemplate", "spec", "template"]];
    paths.iter().any(|path| node.at(path).is_some_and(holds))
}

/// A walk over one object.
struct Search<'o> {
    root: &'o Node,
    pods: Vec<Pod>,
    faults: Vec<Fault>,
    /// The specifications of the pods, by where they are in memory: none is a pod twice.
    taken: HashSet<*const Node>,
}

impl<'o> Search<'o> {
    fn new(root: &'o Node) -> Self {
        Self { root, pods: Vec::new(), faults: Vec::new(), taken: HashSet::new() }
    }

    /// An object: the one that is judged, or one that stands inside another.
    fn object(&mut self, node: &Node, api_version: &str, kind: &str, path: &str) {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let never = NEVER.contains(&(group, kind));
        if never && path.is_empty() {
            return;
        }
        let known =
            TABLE.iter().find(|(groups, listed, _)| *listed == kind && groups.contains(&group));
        let mut rest: &[&str] = &[];
        if let Some((_, _, templates)) = known {
            self.templates(node, templates, kind, path);
        } else if group == "argoproj.io" && kind.contains("Workflow") {
            workflow::find(self, node, kind, path);
            rest = &["spec"];
        } else if !never {
            let skip = if group.ends_with("kyverno.io") { KYVERNO } else { &[] };
            return self.guess(node, &mut path.to_owned(), "", skip);
        } else {
            rest = &["openAPIV3Schema"];
        }
        // What stands inside another object need not be what it calls itself: nobody but the kind
        // around it knows what becomes of it.
        if !path.is_empty() {
            self.guess(node, &mut path.to_owned(), "", rest);
        }
    }

    fn templates(&mut self, node: &Node, templates: &[&str], kind: &str, path: &str) {
        let before = self.pods.len();
        for template in templates {
            let base = joined(path, template);
            let keys = template.split('.').filter(|key| !key.is_empty()).chain(["spec"]);
            let keys: Vec<&str> = keys.collect();
            let Some(spec) = node.at(&keys) else { continue };
            let pod = Pod {
                spec: joined(&base, "spec"),
                metadata: joined(&base, "metadata"),
                guessed: !path.is_empty(),
                loose: false,
                synthetic: None,
            };
            let whole = !spec.is_map()
                || spec
                    .get("containers")
                    .is_some_and(|list| !list.is_list() || !list.items().is_empty());
            match whole || !path.is_empty() {
                true => self.push(pod, spec),
                false => self.patch(node, kind, "names no container"),
            }
        }
        // A Rollout may borrow the template of a Deployment, which is judged where it stands.
        let borrows = kind == "Rollout" && node.at(&["spec", "workloadRef"]).is_some();
        let last = templates.last().map(|template| joined(&joined(path, template), "spec"));
        let there = self.pods.iter().skip(before).any(|pod| Some(&pod.spec) == last.as_ref());
        let silent = self.faults.is_empty();
        if path.is_empty() && !there && !borrows && silent {
            self.patch(node, kind, "has no pod template");
        }
    }

    /// What the API server would refuse by itself, and takes as a change to something that it has.
    fn patch(&mut self, node: &Node, kind: &str, lacks: &str) {
        let message = format!("this {kind} {lacks}: it is a patch, and its result is not checked");
        let (line, column) = (node.place.line, node.place.column);
        self.faults.push(Fault::at("manifest::patch", line, column, message));
    }

    /// Keeps a pod whose path leads back to it.
    fn push(&mut self, pod: Pod, spec: &Node) {
        let (_, found, whole) = self.root.locate(&pod.spec);
        if pod.synthetic.is_some() || (whole && std::ptr::eq(found, spec)) {
            self.taken.insert(std::ptr::from_ref(spec));
            return self.pods.push(pod);
        }
        self.faults
            .push(Fault::shape(spec.place, "a pod is nested below a key that contains a quote"));
    }

    /// What stands anywhere below an object.
    fn walk(&mut self, node: &Node, path: &mut String, metadata: &str, skip: &[&str]) {
        let before = path.len();
        match &node.content {
            Content::Map(entries) => {
                if let (Some(api), Some(kind)) = (node.text_of("apiVersion"), node.text_of("kind"))
                    && entries.len() > 2
                {
                    let path = path.clone();
                    return self.object(node, api, kind, &path);
                }
                self.guess(node, path, metadata, skip);
            }
            Content::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    push_index(path, i);
                    self.walk(item, path, "", skip);
                    path.truncate(before);
                }
            }
            _ => {}
        }
    }

    /// Everything in the object that has containers as a pod has them.
    fn guess(&mut self, node: &Node, path: &mut String, metadata: &str, skip: &[&str]) {
        let before = path.len();
        let whole = LISTS.iter().any(|list| {
            let items = node.get(list).map_or(&[][..], Node::items);
            items.iter().any(|item| item.get("image").is_some())
        });
        if self.taken.contains(&std::ptr::from_ref(node)) {
            // A template of the object around it.
        } else if whole {
            let pod = Pod {
                spec: path.clone(),
                metadata: metadata.to_owned(),
                guessed: true,
                loose: false,
                synthetic: None,
            };
            self.push(pod, node);
        } else {
            loose::find(self, node, path);
        }
        let metadata = joined(path, "metadata");
        for entry in node.entries() {
            let key = entry.key.as_ref();
            let pattern = !KYVERNO.contains(&key) || path.contains("validate");
            if (skip.contains(&key) && pattern) || (whole && LISTS.contains(&key)) {
                continue;
            }
            if skip == KYVERNO && key == "mutate" && anchors::any(&entry.value) {
                push_key(path, key);
                anchors::find(self, &entry.value, path);
                path.truncate(before);
                continue;
            }
            let beside = key == "spec" && node.get("metadata").is_some();
            push_key(path, key);
            self.walk(&entry.value, path, if beside { &metadata } else { "" }, skip);
            path.truncate(before);
        }
    }
}

/// A pod found in `inside`, as one of the object around it, where `inside` is not written as it is:
/// its paths go on into it, and its nodes stand where `stands` puts them.
fn moved(pod: Pod, inside: &Node, path: &str, stands: &dyn Fn(&Node) -> Node) -> Pod {
    let found = |path: &str| {
        let (_, found, whole) = inside.locate(path);
        whole.then(|| stands(found))
    };
    let below = |tail: &String| joined(path, tail);
    let synthetic = match pod.synthetic.map(|synthetic| *synthetic) {
        Some(synthetic) => Synthetic {
            node: stands(&synthetic.node),
            metadata: synthetic.metadata.map(|metadata| stands(&metadata)),
            init: synthetic.init.iter().map(below).collect(),
            containers: synthetic.containers.iter().map(below).collect(),
        },
        None => Synthetic {
            metadata: Some(&pod.metadata)
                .filter(|path| !path.is_empty())
                .and_then(|path| found(path)),
            ..Synthetic::of(found(&pod.spec).unwrap_or_else(|| stands(inside)))
        },
    };
    Pod {
        spec: below(&pod.spec),
        metadata: below(&pod.metadata),
        synthetic: Some(Box::new(synthetic)),
        ..pod
    }
}

/// Where policies of Kyverno write what they look for: no pod comes of it.
const KYVERNO: &[&str] = &["pattern", "anyPattern"];

fn joined(path: &str, tail: &str) -> String {
    match (path, tail) {
        ("", tail) => tail.to_owned(),
        (path, "") => path.to_owned(),
        (path, tail) => format!("{path}.{tail}"),
    }
}
