//! What other objects say of an object: the part that no expression over one object can see.

use std::collections::{HashMap, HashSet};

use crate::model::node::{Content, Node};
use crate::model::object::{LISTS, Object};

/// All objects of a run, as far as rules look from one to another.
///
/// An object that names no namespace may end up in any: it counts as being where the other one is.
#[derive(Debug, Default)]
pub struct World<'o> {
    pods: Vec<Labelled<'o>>,
    policies: Vec<(Option<&'o str>, &'o Node)>,
    kinds: HashSet<&'o str>,
    places: HashMap<(&'o str, &'o str), Vec<Option<&'o str>>>,
}

#[derive(Debug)]
struct Labelled<'o> {
    namespace: Option<&'o str>,
    labels: Option<&'o Node>,
    spec: &'o Node,
}

fn together(a: Option<&str>, b: Option<&str>) -> bool {
    a.is_none() || b.is_none() || a == b
}

impl<'o> World<'o> {
    /// Looks over the objects once.
    #[must_use]
    pub fn new(objects: impl Iterator<Item = &'o Object>) -> Self {
        let mut world = Self::default();
        for object in objects {
            let namespace = object.namespace.as_deref();
            for pod in super::walk::pods(object).into_iter().filter(|pod| !pod.pod.loose) {
                let labels = pod.metadata.and_then(|metadata| metadata.get("labels"));
                world.pods.push(Labelled { namespace, labels, spec: pod.spec });
            }
            if object.kind == "NetworkPolicy"
                && let Some(selector) = object.root.at(&["spec", "podSelector"])
            {
                world.policies.push((namespace, selector));
            }
            let name = (object.kind.as_str(), object.name.as_str());
            world.kinds.insert(name.0);
            world.places.entry(name).or_default().push(namespace);
        }
        world
    }

    /// Whether a network policy selects the pod with this metadata.
    pub(super) fn is_isolated(&self, object: &Object, metadata: Option<&Node>) -> bool {
        let labels = metadata.and_then(|node| node.get("labels"));
        self.policies.iter().any(|(namespace, selector)| {
            together(*namespace, object.namespace.as_deref()) && selects(selector, labels)
        })
    }

    /// Whether the object's own selector picks a pod, 1 or 0; -1 where that cannot be told: it has
    /// none, or its namespace holds no pods here.
    pub(super) fn selected(&self, object: &Object) -> i64 {
        let spec = object.root.get("spec");
        let own = match object.kind.as_str() {
            "NetworkPolicy" => spec.and_then(|spec| spec.get("podSelector")),
            _ => spec.and_then(|spec| spec.get("selector")),
        };
        let Some(own) = own.filter(|own| !own.entries().is_empty()) else { return -1 };
        if self.near(object).next().is_none() {
            return -1;
        }
        i64::from(self.near(object).any(|pod| picks(object, own, pod.labels)))
    }

    fn near<'s>(&'s self, object: &'s Object) -> impl Iterator<Item = &'s Labelled<'o>> {
        self.pods.iter().filter(|pod| together(pod.namespace, object.namespace.as_deref()))
    }

    /// What the object refers to by name and nobody brings, where others of that kind are brought.
    pub(super) fn missing(&self, object: &Object) -> Vec<String> {
        let mut wanted: Vec<(&str, &str)> = Vec::new();
        let spec = object.root.get("spec");
        match object.kind.as_str() {
            "HorizontalPodAutoscaler" => {
                let target = spec.and_then(|spec| spec.get("scaleTargetRef"));
                let part = |key: &str| target.and_then(|target| target.text_of(key));
                wanted.extend(part("kind").zip(part("name")));
            }
            "Ingress" => {
                let rules = spec.and_then(|spec| spec.get("rules")).map_or(&[][..], Node::items);
                let paths = rules.iter().filter_map(|rule| rule.at(&["http", "paths"]));
                let backends = paths.flat_map(Node::items).filter_map(|path| path.get("backend"));
                let default = spec.and_then(|spec| spec.get("defaultBackend"));
                let services = backends
                    .chain(default)
                    .filter_map(|backend| backend.at(&["service", "name"])?.text());
                wanted.extend(services.map(|name| ("Service", name)));
            }
            "Service" => return self.ports(object),
            _ => {}
        }
        let absent = |(kind, name): &(&str, &str)| {
            let known = self.kinds.contains(kind);
            let places = self.places.get(&(*kind, *name)).map_or(&[][..], Vec::as_slice);
            known && !places.iter().any(|place| together(*place, object.namespace.as_deref()))
        };
        let absent = wanted.into_iter().filter(absent);
        absent.map(|(kind, name)| format!("{kind} {name}")).collect()
    }

    /// Named target ports of a Service that none of its pods has.
    fn ports(&self, object: &Object) -> Vec<String> {
        let Some(spec) = object.root.get("spec") else { return Vec::new() };
        let Some(own) = spec.get("selector").filter(|own| !own.entries().is_empty()) else {
            return Vec::new();
        };
        let pods: Vec<&Node> = self
            .near(object)
            .filter(|pod| picks(object, own, pod.labels))
            .map(|pod| pod.spec)
            .collect();
        if pods.is_empty() {
            return Vec::new();
        }
        let named: HashSet<&str> = pods
            .iter()
            .flat_map(|spec| LISTS.iter().filter_map(|list| spec.get(list)))
            .flat_map(Node::items)
            .filter_map(|container| container.get("ports"))
            .flat_map(Node::items)
            .filter_map(|port| port.text_of("name"))
            .collect();
        let wanted = spec.get("ports").map_or(&[][..], Node::items);
        let wanted = wanted.iter().filter_map(|port| port.text_of("targetPort"));
        wanted.filter(|name| !named.contains(name)).map(|name| format!("port {name}")).collect()
    }
}

/// A Service's selector is plain labels, that of the others a label selector.
fn picks(object: &Object, selector: &Node, labels: Option<&Node>) -> bool {
    match object.kind.as_str() {
        "Service" => selector.entries().iter().all(|entry| has(labels, &entry.key, &entry.value)),
        _ => selects(selector, labels),
    }
}

fn has(labels: Option<&Node>, key: &str, value: &Node) -> bool {
    labels.and_then(|labels| labels.get(key)).is_some_and(|own| same(own, value))
}

fn same(a: &Node, b: &Node) -> bool {
    matches!((&a.content, &b.content), (Content::Text(a), Content::Text(b)) if a == b)
}

/// Whether a label selector picks these labels.
fn selects(selector: &Node, labels: Option<&Node>) -> bool {
    let plain = selector.get("matchLabels").map_or(&[][..], Node::entries);
    let all = selector.get("matchExpressions").map_or(&[][..], Node::items);
    plain.iter().all(|entry| has(labels, &entry.key, &entry.value))
        && all.iter().all(|one| {
            let key = one.text_of("key").unwrap_or_default();
            let own = labels.and_then(|labels| labels.get(key));
            let values = one.get("values").map_or(&[][..], Node::items);
            let within = own.is_some_and(|own| values.iter().any(|value| same(own, value)));
            match one.text_of("operator") {
                Some("In") => within,
                Some("NotIn") => !within,
                Some("Exists") => own.is_some(),
                Some("DoesNotExist") => own.is_none(),
                _ => false,
            }
        })
}
