//! Argo Workflows: each template that runs something is a pod, written in words of its own.

use super::{Search, joined};
use crate::manifest::error::Fault;
use crate::manifest::objects::shape as misshapen;
use crate::manifest::read;
use crate::model::node::{Content, Entry, Node, push_index, push_key};
use crate::model::object::{Pod, Synthetic};

/// What the template does not say, the workflow says for all its pods.
const INHERITED: [&str; 8] = [
    "securityContext",
    "volumes",
    "hostNetwork",
    "hostPID",
    "hostIPC",
    "serviceAccountName",
    "automountServiceAccountToken",
    "hostUsers",
];

/// The name that Argo gives the container of a template.
const MAIN: &str = "main";

/// Every template below the specification, wherever it stands: in the list, or written where it is
/// used.
pub(super) fn find(search: &mut Search<'_>, node: &Node, path: &str) {
    let (spec, path) = match (node.at(&["spec", "workflowSpec"]), node.get("spec")) {
        (Some(spec), _) => (spec, joined(path, "spec.workflowSpec")),
        (None, Some(spec)) => (spec, joined(path, "spec")),
        (None, None) => return,
    };
    let defaults = spec.get("templateDefaults");
    let mut walk = Walk { search, spec, defaults };
    walk.below(spec, &mut path.clone(), true);
}

struct Walk<'w, 'o> {
    search: &'w mut Search<'o>,
    spec: &'w Node,
    defaults: Option<&'w Node>,
}

impl Walk<'_, '_> {
    fn below(&mut self, node: &Node, path: &mut String, top: bool) {
        let before = path.len();
        match &node.content {
            Content::Map(entries) => {
                if !top && let Err(fault) = self.template(node, path) {
                    self.search.faults.push(fault);
                }
                for entry in entries {
                    // A default is no template: it is taken into each.
                    if top && &*entry.key == "templateDefaults" {
                        continue;
                    }
                    push_key(path, &entry.key);
                    self.below(&entry.value, path, false);
                    path.truncate(before);
                }
            }
            Content::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    push_index(path, i);
                    self.below(item, path, false);
                    path.truncate(before);
                }
            }
            _ => {}
        }
    }

    fn template(&mut self, template: &Node, path: &str) -> Result<(), Fault> {
        if let Some(manifest) = template.at(&["resource", "manifest"]) {
            self.manifest(manifest, &format!("{path}.resource.manifest"))?;
        }
        let mut containers: Vec<(Node, String)> = Vec::new();
        for single in ["container", "script"] {
            if let Some(node) = template.get(single).filter(|node| node.get("image").is_some()) {
                let default = self.defaults.and_then(|own| own.get(single));
                let node = default.map_or(node.clone(), |own| merged(own, node));
                containers.push((with_name(node), format!("{path}.{single}")));
            }
        }
        for (list, steps) in [
            ("sidecars", &["sidecars"][..]),
            ("containerSet.containers", &["containerSet", "containers"]),
        ] {
            let items = template.at(steps).map_or(&[][..], Node::items);
            let items = items.iter().enumerate();
            containers.extend(items.map(|(i, n)| (n.clone(), format!("{path}.{list}[{i}]"))));
        }
        let init = template.get("initContainers").map_or(&[][..], Node::items);
        let init = init.iter().enumerate();
        let init: Vec<(Node, String)> =
            init.map(|(i, n)| (n.clone(), format!("{path}.initContainers[{i}]"))).collect();
        if containers.is_empty() && init.is_empty() {
            return Ok(());
        }
        let place = template.place;
        let (containers, mut paths): (Vec<Node>, Vec<String>) = containers.into_iter().unzip();
        let (init, init_paths): (Vec<Node>, Vec<String>) = init.into_iter().unzip();
        let list = |of: Vec<Node>| Node { place, content: Content::List(of) };
        let entry = |key: &str, value: Node| Entry { key: key.into(), key_place: place, value };
        let mut entries =
            vec![entry("containers", list(containers)), entry("initContainers", list(init))];
        for key in INHERITED {
            let own = template.get(key).or_else(|| self.defaults.and_then(|own| own.get(key)));
            if let Some(node) = own.or_else(|| self.spec.get(key)) {
                entries.push(entry(key, node.clone()));
            }
        }
        let mut node = Node { place, content: Content::Map(entries) };
        for patch in [Some(self.spec), self.defaults, Some(template)].into_iter().flatten() {
            if let Some(patch) = patch.get("podSpecPatch") {
                node = merged(&node, &parsed(patch)?);
            }
        }
        let count = node.get("containers").map_or(0, |list| list.items().len());
        paths.resize(count, path.to_owned());
        let synthetic = Synthetic { node, init: init_paths, containers: paths };
        let pod = Pod {
            spec: path.to_owned(),
            metadata: format!("{path}.metadata"),
            guessed: false,
            loose: false,
            synthetic: Some(Box::new(synthetic)),
        };
        self.search.push(pod, template);
        Ok(())
    }

    /// A manifest inside the workflow: the pods of its objects.
    fn manifest(&mut self, text: &Node, path: &str) -> Result<(), Fault> {
        let wrong = |what: &str| misshapen(text.place, format!("`{path}` {what}"));
        let inner = text.text().ok_or_else(|| wrong("is no text"))?;
        let documents = read::unambiguous(inner)
            .map_err(|_| wrong("cannot be read: its object is not judged"))?;
        for node in documents {
            let (Some(api), Some(kind)) = (node.text_of("apiVersion"), node.text_of("kind")) else {
                return Err(wrong("has no `apiVersion` or no `kind`"));
            };
            let mut inside = Search { root: &node, pods: Vec::new(), faults: Vec::new() };
            inside.object(&node, api, kind, "");
            if !inside.faults.is_empty() {
                return Err(wrong("cannot be read: its object is not judged"));
            }
            for pod in inside.pods {
                let (_, spec, _) = node.locate(&pod.spec);
                let spec = pod.synthetic.as_ref().map_or(spec, |own| &own.node);
                let many = |list: &str| spec.get(list).map_or(0, |list| list.items().len());
                let synthetic = Synthetic {
                    init: vec![path.to_owned(); many("initContainers")],
                    containers: vec![
                        path.to_owned();
                        many("containers").max(many("ephemeralContainers"))
                    ],
                    node: placed(spec, text),
                };
                self.search.pods.push(Pod {
                    spec: path.to_owned(),
                    metadata: String::new(),
                    synthetic: Some(Box::new(synthetic)),
                    ..pod
                });
            }
        }
        Ok(())
    }
}

/// The patch, which is written as a text.
fn parsed(patch: &Node) -> Result<Node, Fault> {
    let wrong = || {
        misshapen(patch.place, "`podSpecPatch` cannot be read: the pod that it makes is not judged")
    };
    let mut documents = read::unambiguous(patch.text().ok_or_else(wrong)?).map_err(|_| wrong())?;
    match (documents.pop(), documents.is_empty()) {
        (Some(node), true) if node.is_map() => Ok(placed(&node, patch)),
        _ => Err(wrong()),
    }
}

/// The same, standing where the text stands.
fn placed(node: &Node, text: &Node) -> Node {
    let place = text.place;
    let content = match &node.content {
        Content::List(items) => {
            Content::List(items.iter().map(|item| placed(item, text)).collect())
        }
        Content::Map(entries) => {
            let moved = |entry: &Entry| Entry {
                key: entry.key.clone(),
                key_place: place,
                value: placed(&entry.value, text),
            };
            Content::Map(entries.iter().map(moved).collect())
        }
        other => other.clone(),
    };
    Node { place, content }
}

fn with_name(mut node: Node) -> Node {
    if node.text_of("name").is_none()
        && let Content::Map(entries) = &mut node.content
    {
        let place = node.place;
        let value = Node { place, content: Content::Text(MAIN.into()) };
        entries.push(Entry { key: "name".into(), key_place: place, value });
    }
    node
}

/// A strategic merge: objects member by member, lists of named things by name, all else replaced.
fn merged(base: &Node, patch: &Node) -> Node {
    let content = match (&base.content, &patch.content) {
        (Content::Map(own), Content::Map(new)) => {
            let mut entries = own.clone();
            for entry in new {
                match entries.iter_mut().find(|own| own.key == entry.key) {
                    Some(own) => own.value = merged(&own.value, &entry.value),
                    None => entries.push(entry.clone()),
                }
            }
            Content::Map(entries)
        }
        (Content::List(own), Content::List(new))
            if new.iter().all(|item| item.text_of("name").is_some()) =>
        {
            let mut items = own.clone();
            for item in new {
                let name = item.text_of("name");
                match items.iter_mut().find(|own| own.text_of("name") == name) {
                    Some(own) => *own = merged(own, item),
                    None => items.push(item.clone()),
                }
            }
            Content::List(items)
        }
        _ => return patch.clone(),
    };
    Node { place: base.place, content }
}
