//! Settings of a pod or a container in an object of an unknown kind, without a pod around them that
//! could be evaluated as a whole: what is written there is asked about, what is missing is not.

use super::Search;
use crate::model::node::{Entry, Node};
use crate::model::object::{LISTS, Pod, Synthetic};

const HOST: [&str; 3] = ["hostNetwork", "hostPID", "hostIPC"];

/// Takes in what the members of an object set for some pod.
pub(super) fn find(search: &mut Search<'_>, node: &Node, path: &str) {
    let some =
        |key: &str| node.get(key).is_some_and(|node| node.entries().len() + node.items().len() > 0);
    let lists = LISTS
        .iter()
        .any(|list| node.get(list).is_some_and(|list| list.items().iter().any(Node::is_map)));
    let host = HOST.iter().any(|key| node.get(key).is_some());
    let volumes = node.get("volumes").map_or(&[][..], Node::items);
    let mounts = volumes.iter().any(|volume| volume.get("hostPath").is_some());
    if lists || host || mounts || some("securityContext") {
        search.push(pod(path.to_owned(), None), node);
    }
    // Charts name them after what they are for: `podSecurityContext`, `containerSecurityContext`.
    for entry in node.entries() {
        let named = entry.key.len() > "securityContext".len()
            && entry.key.to_ascii_lowercase().ends_with("securitycontext");
        if named && !entry.value.entries().is_empty() {
            let mut below = path.to_owned();
            crate::model::node::push_key(&mut below, &entry.key);
            search.push(pod(below, Some(around(entry))), &entry.value);
        }
    }
}

fn pod(spec: String, synthetic: Option<Box<Synthetic>>) -> Pod {
    Pod { spec, metadata: String::new(), guessed: true, loose: true, synthetic }
}

/// A pod, and a container, that has nothing but this.
fn around(entry: &Entry) -> Box<Synthetic> {
    let context = Entry { key: "securityContext".into(), ..entry.clone() };
    let place = entry.value.place;
    let node = Node { place, content: crate::model::node::Content::Map(vec![context]) };
    Box::new(Synthetic::of(node))
}
