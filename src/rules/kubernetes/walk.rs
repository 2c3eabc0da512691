//! Where in an object a rule is asked: its pods, their containers, and what lies below.

use super::path::Step;
use crate::model::node::{Content, Entry, Node, push_index, push_key};
use crate::model::object::{LISTS, Object, Pod};

/// A pod of an object, opened.
pub(super) struct PodPlace<'o> {
    pub(super) pod: &'o Pod,
    pub(super) spec: &'o Node,
    pub(super) metadata: Option<&'o Node>,
    pub(super) containers: Vec<ContainerPlace<'o>>,
}

/// A container of a pod.
pub(super) struct ContainerPlace<'o> {
    pub(super) node: &'o Node,
    pub(super) path: String,
    /// Whether it runs as long as the pod.
    pub(super) main: bool,
}

impl ContainerPlace<'_> {
    pub(super) fn name(&self) -> Option<&str> {
        self.node.text_of("name")
    }
}

/// The pods of an object with their containers, in the order of the standards' own visitor.
pub(super) fn pods<'o>(object: &'o Object) -> Vec<PodPlace<'o>> {
    let open = |pod: &'o Pod| {
        let Pod { spec, metadata, synthetic, .. } = pod;
        let (_, found, whole) = object.root.locate(spec);
        let found = synthetic.as_ref().map_or(found, |own| &own.node);
        let (_, meta, there) = object.root.locate(metadata);
        let metadata = match synthetic {
            Some(own) => own.metadata.as_ref(),
            None => (there && !metadata.is_empty()).then_some(meta),
        };
        let metadata = metadata.filter(|node| node.is_map());
        (whole || synthetic.is_some()).then(|| PodPlace {
            pod,
            spec: found,
            metadata,
            containers: containers(found, pod),
        })
    };
    object.pods.iter().filter_map(open).collect()
}

fn containers<'o>(spec: &'o Node, pod: &'o Pod) -> Vec<ContainerPlace<'o>> {
    let mut all = Vec::new();
    // Whether it is a pod's or a container's, its kind does not say.
    if pod.loose && spec.get("securityContext").is_some() {
        all.push(ContainerPlace { node: spec, path: pod.spec.clone(), main: false });
    }
    for list in LISTS {
        let Some(node) = spec.get(list) else { continue };
        for (i, node) in node.items().iter().enumerate() {
            let known = pod.synthetic.as_ref().and_then(|own| match list {
                "initContainers" => own.init.get(i),
                "containers" => own.containers.get(i),
                _ => None,
            });
            let path = known.cloned().unwrap_or_else(|| {
                let mut path = pod.spec.clone();
                push_key(&mut path, list);
                push_index(&mut path, i);
                path
            });
            let sidecar = node.text_of("restartPolicy") == Some("Always");
            let main = list == "containers" || (list == "initContainers" && sidecar);
            all.push(ContainerPlace { node, path, main });
        }
    }
    all
}

/// A value that cannot be walked as a rule asks.
pub(super) struct Misshapen<'o>(pub(super) &'o Node);

/// Whether a value may be, or hold below it, a member of one of these names: as it stands, or as a
/// text that somebody fills in. Without names: whether there is anything.
pub(super) fn may_hold(node: &Node, names: &[&str]) -> bool {
    match &node.content {
        Content::Text(_) => true,
        Content::List(items) if names.is_empty() => !items.is_empty(),
        Content::Map(entries) if names.is_empty() => !entries.is_empty(),
        Content::List(items) => items.iter().any(|item| may_hold(item, names)),
        Content::Map(_) => has_below(node, names),
        _ => names.is_empty(),
    }
}

fn has_below(node: &Node, names: &[&str]) -> bool {
    let named = |entry: &Entry| names.contains(&&*entry.key) || has_below(&entry.value, names);
    node.entries().iter().any(named) || node.items().iter().any(|item| has_below(item, names))
}

/// Every value at the end of a path. What is absent or null is passed over; what is no object or no
/// list where the path goes on is a mistake.
pub(super) fn each<'o>(
    node: &'o Node,
    steps: &[Step],
    path: &mut String,
    found: &mut dyn FnMut(Result<&'o Node, Misshapen<'o>>, &str),
) {
    let before = path.len();
    match steps.split_first() {
        None => found(Ok(node), path),
        Some((Step::Key(key), rest)) => match &node.content {
            Content::Map(_) => {
                if let Some(below) = node.get(key) {
                    push_key(path, key);
                    each(below, rest, path, found);
                }
            }
            _ => found(Err(Misshapen(node)), path),
        },
        Some((Step::Every, rest)) => match &node.content {
            Content::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    push_index(path, i);
                    each(item, rest, path, found);
                    path.truncate(before);
                }
            }
            _ => found(Err(Misshapen(node)), path),
        },
    }
    path.truncate(before);
}
