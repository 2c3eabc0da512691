//! The keys of Kyverno's patches: `+(hostNetwork): true` sets `hostNetwork` where it is missing.
//!
//! <https://kyverno.io/docs/policy-types/cluster-policy/mutate/>

use super::{Search, moved};
use crate::manifest::error::Fault;
use crate::model::node::{Content, Entry, Node};

/// The key that an anchor stands around, and what stands before its parenthesis.
fn split(key: &str) -> Option<(&str, &str)> {
    let (anchor, rest) = key.split_once('(')?;
    let inner = rest.strip_suffix(')')?;
    ["", "+", "=", "^", "<", "X"].contains(&anchor).then_some((anchor, inner))
}

/// Whether a key anywhere in it has an anchor.
pub(super) fn any(node: &Node) -> bool {
    let below = |entry: &Entry| split(&entry.key).is_some() || any(&entry.value);
    node.entries().iter().any(below) || node.items().iter().any(any)
}

/// The pods of a patch, with the keys as they are set.
pub(super) fn find(search: &mut Search<'_>, patch: &Node, path: &str) {
    let bare = match bare(patch) {
        Ok(bare) => bare,
        Err(fault) => return search.faults.push(fault),
    };
    let mut inside = Search::new(&bare);
    inside.walk(&bare, &mut String::new(), "", &[]);
    search.faults.append(&mut inside.faults);
    search.pods.extend(inside.pods.into_iter().map(|pod| moved(pod, &bare, path, &Node::clone)));
}

/// The patch without anchors. A value that is only compared, `(image): "*:latest"`, sets nothing.
fn bare(node: &Node) -> Result<Node, Fault> {
    let content = match &node.content {
        Content::List(items) => Content::List(items.iter().map(bare).collect::<Result<_, _>>()?),
        Content::Map(entries) => {
            let mut kept: Vec<Entry> = Vec::new();
            for entry in entries {
                let (anchor, key) = split(&entry.key).unwrap_or(("+", &entry.key));
                let compared = !entry.value.is_map() && !entry.value.is_list();
                if ["", "<", "X"].contains(&anchor) && compared {
                    continue;
                }
                if kept.iter().any(|other| *other.key == *key) {
                    let message = format!("`{key}` is set twice, with an anchor and without");
                    return Err(Fault::shape(entry.key_place, message));
                }
                kept.push(Entry {
                    key: key.into(),
                    key_place: entry.key_place,
                    value: bare(&entry.value)?,
                });
            }
            Content::Map(kept)
        }
        other => other.clone(),
    };
    Ok(Node { place: node.place, content })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::read;

    fn patch(text: &str) -> Node {
        read::documents(text).unwrap().remove(0)
    }

    #[test]
    fn a_patch_sets_what_its_anchors_stand_around() {
        let node = patch(
            "metadata: {annotations: {+(a): b}}\n\
             spec: {(serviceAccountName): x, containers: [{(image): \"*\", +(image): b, +(tty): true}]}\n",
        );
        let mut search = Search::new(&node);
        find(&mut search, &node, "spec.mutate");
        assert_eq!(search.faults, []);
        let pod = search.pods.pop().unwrap();
        assert_eq!((pod.spec.as_str(), pod.loose), ("spec.mutate.spec", false));
        let synthetic = pod.synthetic.unwrap();
        let spec = r#"{"containers":[{"image":"b","tty":true}]}"#;
        assert_eq!(synthetic.node.to_json().to_string(), spec);
        let metadata = synthetic.metadata.unwrap().to_json().to_string();
        assert_eq!(metadata, r#"{"annotations":{"a":"b"}}"#);
        assert!(search.pods.is_empty());
    }

    #[test]
    fn a_key_with_an_anchor_and_without_is_refused() {
        let node = patch("spec: {hostNetwork: false, +(hostNetwork): true}\n");
        let mut search = Search::new(&node);
        find(&mut search, &node, "spec.mutate");
        assert_eq!(search.faults.len(), 1);
        assert!(search.pods.is_empty());
    }
}
