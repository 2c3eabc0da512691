//! Argo Workflows: each template that runs something is a pod, written in Argo's terms.

mod inner;
mod merge;

use super::{Search, joined};
use crate::manifest::error::Fault;
use crate::manifest::read;
use crate::model::node::{Content, Entry, Node, push_index, push_key};
use crate::model::object::{Pod, Synthetic};
use merge::{has_directives, merged, placed};

/// What a template is: one that has none of these runs nothing.
const RUNS: [&str; 7] =
    ["container", "script", "containerSet", "resource", "data", "http", "plugin"];

/// What makes it run more, or otherwise.
const ADDS: [&str; 5] = ["container", "script", "sidecars", "initContainers", "podSpecPatch"];

/// What the template says, or the workflow says for all its templates.
const INHERITED: [&str; 3] =
    ["securityContext", "serviceAccountName", "automountServiceAccountToken"];

/// What one of the two sets is set: which of them Argo knows such a switch at differs.
const SWITCHES: [&str; 3] = ["hostNetwork", "hostPID", "hostIPC"];

/// The name that Argo gives the container of a template, whatever it is called there.
const MAIN: &str = "main";

/// Kinds that run the templates they contain, or borrow them.
const KINDS: [&str; 4] =
    ["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate", "CronWorkflow"];

/// Every template below the specification, wherever it stands: in the list, or written where it is
/// used.
pub(super) fn find(search: &mut Search<'_>, node: &Node, kind: &str, path: &str) {
    let top = path.is_empty() && KINDS.contains(&kind);
    let Some(spec) = node.get("spec") else {
        if top {
            search.patch(node, kind, "has no specification");
        }
        return;
    };
    let path = joined(path, "spec");
    let mut specs = vec![(spec, path.clone())];
    // A CronWorkflow has it; what else has one is no reason to look away from the rest.
    specs
        .extend(spec.get("workflowSpec").map(|workflow| (workflow, joined(&path, "workflowSpec"))));
    let faults = search.faults.len();
    let mut runs = false;
    for (spec, path) in specs {
        let defaults = spec.get("templateDefaults");
        let mut walk = Walk { search, spec, defaults, path: &path };
        if let Err(fault) = walk.all() {
            walk.search.faults.push(fault);
        }
        runs |= spec.get("templates").is_some_and(|templates| !templates.items().is_empty())
            || spec.get("workflowTemplateRef").is_some();
    }
    if top && !runs && search.faults.len() == faults {
        search.patch(node, kind, "has no templates");
    }
}

struct Walk<'w, 'o> {
    search: &'w mut Search<'o>,
    spec: &'w Node,
    defaults: Option<&'w Node>,
    path: &'w str,
}

impl Walk<'_, '_> {
    fn all(&mut self) -> Result<(), Fault> {
        object(self.spec, self.path)?;
        if let Some(defaults) = self.defaults {
            object(defaults, &joined(self.path, "templateDefaults"))?;
        }
        if let Some(templates) = self.spec.get("templates") {
            let path = joined(self.path, "templates");
            for (i, template) in list(templates, &path)?.iter().enumerate() {
                let path = format!("{path}[{i}]");
                object(template, &path)?;
                for key in RUNS {
                    template.get(key).map_or(Ok(()), |node| object(node, &joined(&path, key)))?;
                }
            }
        }
        let before = self.search.pods.len();
        self.below(self.spec, &mut self.path.to_owned(), true)?;
        // The pods of a template that is borrowed, and the agent's.
        let settings = self.settings()?;
        if self.search.pods.len() == before && !settings.entries().is_empty() {
            self.search.pods.push(made(Synthetic::of(settings), self.path, true));
        }
        // So is the pod of the collector: only what is patched into it stands here.
        if let Some(patch) = self.spec.at(&["artifactGC", "podSpecPatch"]) {
            let path = joined(self.path, "artifactGC.podSpecPatch");
            self.search.pods.push(made(Synthetic::of(parsed(patch)?), &path, true));
        }
        Ok(())
    }

    fn below(&mut self, node: &Node, path: &mut String, top: bool) -> Result<(), Fault> {
        let before = path.len();
        match &node.content {
            Content::Map(entries) => {
                if !top {
                    self.template(node, path)?;
                }
                for entry in entries {
                    // A default is no template: it is taken into each. The other is walked by itself.
                    if top && matches!(&*entry.key, "templateDefaults" | "workflowSpec") {
                        continue;
                    }
                    push_key(path, &entry.key);
                    self.below(&entry.value, path, false)?;
                    path.truncate(before);
                }
            }
            Content::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    push_index(path, i);
                    self.below(item, path, false)?;
                    path.truncate(before);
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn template(&mut self, template: &Node, path: &str) -> Result<(), Fault> {
        // An artifact may have a text of such a name.
        let runs = RUNS.iter().any(|key| template.get(key).is_some_and(Node::is_map));
        if !runs && !ADDS.iter().any(|key| template.get(key).is_some()) {
            return Ok(());
        }
        let filled = self.defaults.map_or(template.clone(), |defaults| merged(defaults, template));
        if let Some(resource) = template.get("resource").and(filled.get("resource")) {
            let path = format!("{path}.resource");
            if resource.get("manifestFrom").is_some() {
                let message =
                    format!("`{path}.manifestFrom` refers to a manifest that is not in the input");
                return Err(Fault::shape(resource.place, message));
            }
            if let Some(manifest) = resource.get("manifest") {
                inner::manifest(self.search, manifest, &format!("{path}.manifest"))?;
            }
        }
        let mut containers: Vec<(Node, String)> = Vec::new();
        for single in ["container", "script"] {
            // A default changes no template's type.
            if let Some(node) = template.get(single).and(filled.get(single)) {
                object(node, &format!("{path}.{single}"))?;
                containers.push((with_name(node), format!("{path}.{single}")));
            }
        }
        containers.extend(self.items(template, &filled, path, &["sidecars"])?);
        if template.get("containerSet").is_some() {
            containers.extend(self.items(
                template,
                &filled,
                path,
                &["containerSet", "containers"],
            )?);
        }
        let init = self.items(template, &filled, path, &["initContainers"])?;
        let (containers, paths): (Vec<Node>, Vec<String>) = containers.into_iter().unzip();
        let (init, init_paths): (Vec<Node>, Vec<String>) = init.into_iter().unzip();
        let place = template.place;
        let whole = !containers.is_empty() || !init.is_empty();
        let mut entries = Vec::new();
        if whole {
            let all = |of: Vec<Node>| Node { place, content: Content::List(of) };
            entries.push(entry("containers", all(containers)));
            entries.push(entry("initContainers", all(init)));
        }
        entries.extend(self.inherited(&filled));
        let mut node = Node { place, content: Content::Map(entries) };
        for patch in
            [self.spec, &filled].into_iter().filter_map(|source| source.get("podSpecPatch"))
        {
            node = merged(&node, &parsed(patch)?);
        }
        let metadata = [self.spec.get("podMetadata"), filled.get("metadata")];
        let metadata = metadata.into_iter().flatten().cloned();
        let metadata = metadata.reduce(|base, patch| merged(&base, &patch));
        // Without a container in the template the pod runs one of Argo's, which is not written here.
        let synthetic = Synthetic { node, metadata, init: init_paths, containers: paths };
        self.search.pods.push(made(synthetic, path, !whole));
        Ok(())
    }

    /// The containers of a list, with their paths: in the template, or in the defaults.
    fn items(
        &self,
        template: &Node,
        filled: &Node,
        path: &str,
        keys: &[&str],
    ) -> Result<Vec<(Node, String)>, Fault> {
        let name = keys.join(".");
        let Some(node) = filled.at(keys) else { return Ok(Vec::new()) };
        let position = |of: Option<&Node>, item: &Node| {
            let known = of.and_then(|of| of.at(keys)).map_or(&[][..], Node::items);
            known.iter().position(|container| container.text_of("name") == item.text_of("name"))
        };
        let place = |item: &Node| match position(Some(template), item) {
            Some(i) => format!("{path}.{name}[{i}]"),
            None => match position(self.defaults, item) {
                Some(i) => format!("{}.templateDefaults.{name}[{i}]", self.path),
                None => path.to_owned(),
            },
        };
        let items = list(node, &format!("{path}.{name}"))?;
        Ok(items.iter().map(|item| (item.clone(), place(item))).collect())
    }

    /// What a template has of the workflow besides its containers.
    fn inherited(&self, template: &Node) -> Vec<Entry> {
        let mut entries = Vec::new();
        for key in INHERITED {
            let found = template.get(key).or_else(|| self.spec.get(key));
            entries.extend(found.map(|node| entry(key, node.clone())));
        }
        for key in SWITCHES {
            let all = [template.get(key), self.spec.get(key)].into_iter().flatten();
            let set = all.max_by_key(|node| node.content != Content::Bool(false));
            entries.extend(set.map(|node| entry(key, node.clone())));
        }
        // Those of both are there to be mounted.
        let all = [self.spec.get("volumes"), template.get("volumes")].into_iter().flatten();
        let all = all.cloned().reduce(|base, more| match (base.content, more.content) {
            (Content::List(base), Content::List(added)) => {
                Node { content: Content::List([base, added].concat()), ..more }
            }
            // What is no list is held up by its shape.
            (Content::List(_), odd) | (odd, _) => Node { place: base.place, content: odd },
        });
        entries.extend(all.map(|node| entry("volumes", node)));
        entries
    }

    /// What the workflow says for all its pods, also for those that are not written here.
    fn settings(&self) -> Result<Node, Fault> {
        let place = self.spec.place;
        let empty = Node { place, content: Content::Map(Vec::new()) };
        let defaults = self.defaults.unwrap_or(&empty);
        let node = Node { place, content: Content::Map(self.inherited(defaults)) };
        let patches = [self.spec, defaults].into_iter();
        patches
            .filter_map(|source| source.get("podSpecPatch"))
            .try_fold(node, |node, patch| Ok(merged(&node, &parsed(patch)?)))
    }
}

fn made(synthetic: Synthetic, path: &str, loose: bool) -> Pod {
    Pod {
        spec: path.to_owned(),
        metadata: joined(path, "metadata"),
        guessed: false,
        loose,
        synthetic: Some(Box::new(synthetic)),
    }
}

fn entry(key: &str, value: Node) -> Entry {
    Entry { key: key.into(), key_place: value.place, value }
}

fn object(node: &Node, path: &str) -> Result<(), Fault> {
    let message = || format!("`{path}` must be an object");
    if node.is_map() { Ok(()) } else { Err(Fault::shape(node.place, message())) }
}

fn list<'n>(node: &'n Node, path: &str) -> Result<&'n [Node], Fault> {
    let message = || format!("`{path}` must be a list");
    if node.is_list() { Ok(node.items()) } else { Err(Fault::shape(node.place, message())) }
}

/// The patch, which is written as a text.
fn parsed(patch: &Node) -> Result<Node, Fault> {
    let wrong = |why: &str| {
        let message = format!("`podSpecPatch` {why}: the resulting pod is not checked");
        Fault::shape(patch.place, message)
    };
    let text = patch.text().ok_or_else(|| wrong("is not a string"))?;
    inner::filled(text, "podSpecPatch", patch.place)?;
    let mut documents = read::unambiguous(text).map_err(|_| wrong("cannot be parsed"))?;
    match (documents.pop(), documents.is_empty()) {
        (Some(node), true) if node.is_map() => match has_directives(&node) {
            true => Err(wrong("contains merge directives")),
            false => Ok(placed(&node, patch)),
        },
        _ => Err(wrong("is not an object")),
    }
}

fn with_name(node: &Node) -> Node {
    let place = node.place;
    let name = Node { place, content: Content::Text(MAIN.into()) };
    let name = Node { place, content: Content::Map(vec![entry("name", name)]) };
    merged(node, &name)
}
