//! Who has what was found, on either side of the change: from the offence along attachments,
//! memberships and uses to whoever ends up with it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::table::{Danger, LINKS, Link, USES, Use, danger_of};
use crate::model::finding::Change;
use crate::model::raised::Raised;
use crate::model::rule::Params;
use crate::model::severity::Severity;
use crate::model::subject::{Side, Subject, SubjectId};
use crate::model::value::{Unknown, Value};
use crate::model::view::{Opened, Resources, View};
use crate::rules::Selected;
use crate::rules::answers::stem;

/// A resource of the plan, or one that is only named.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Node {
    /// One of the plan.
    Subject(SubjectId),
    /// One of this type that the plan does not hold.
    Named(&'static str, String),
}

/// A node that an attribute leads to, and why it may not be this one.
pub(super) type End = (Node, Option<Unknown>);

/// An offence that stood before the change and stands after it.
pub(super) struct Label {
    pub(super) rule: usize,
    pub(super) danger: Danger,
    pub(super) severity: Severity,
    key: String,
}

/// The offences that reach a node: for each label one finding that shows it, and why it may not.
pub(super) type Carried = Rc<BTreeMap<usize, (usize, Option<Unknown>)>>;

/// A use of another resource: the path of the attribute, and what it leads to.
pub(super) struct Used {
    pub(super) path: String,
    pub(super) by: &'static Use,
    pub(super) ends: Vec<End>,
}

/// A link that leads to a node.
pub(super) type Giver = (SubjectId, &'static Link, Option<Unknown>);

type Memo<T> = RefCell<FxHashMap<(SubjectId, Side), Rc<Vec<T>>>>;

/// The nodes and what they pass on.
pub(super) struct Graph<'r> {
    pub(super) resources: &'r dyn Resources,
    pub(super) raised: &'r [Raised],
    pub(super) labels: Vec<Label>,
    own: FxHashMap<SubjectId, Vec<(usize, usize)>>,
    givers: [FxHashMap<Node, Vec<Giver>>; 2],
    carried: RefCell<FxHashMap<(Node, Side), Carried>>,
    uses: Memo<Used>,
}

/// Attributes lie no deeper in blocks than this.
const DEPTH: usize = 8;

static NO_PARAMS: Params = Params(BTreeMap::new());

impl<'r> Graph<'r> {
    /// The graph of what stood before; `None` if nothing did that could be passed on.
    pub(super) fn new(
        resources: &'r dyn Resources,
        selected: &[Selected],
        raised: &'r [Raised],
    ) -> Option<Self> {
        let mut graph = Self {
            resources,
            raised,
            labels: Vec::new(),
            own: FxHashMap::default(),
            givers: Default::default(),
            carried: RefCell::default(),
            uses: RefCell::default(),
        };
        graph.label(selected);
        if graph.labels.is_empty() {
            return None;
        }
        graph.givers = [Side::Before, Side::After].map(|side| graph.index(side));
        Some(graph)
    }

    fn label(&mut self, selected: &[Selected]) {
        let mut known: FxHashMap<(usize, &str), usize> = FxHashMap::default();
        for (i, found) in self.raised.iter().enumerate() {
            let Some(rule) = selected.get(found.rule) else { continue };
            let severe = rule.severity >= Severity::High;
            let about_this = !rule.rule.meta.types.iter().any(|kind| kind == "*");
            if found.change != Change::Existing || !severe || !about_this {
                continue;
            }
            let Some(subject) = self.subject(found.subject) else { continue };
            let Some(danger) = danger_of(&subject.kind, &found.answer.path) else { continue };
            let next = self.labels.len();
            let label = *known.entry((found.rule, &found.answer.key)).or_insert(next);
            if label == next {
                let (rule, severity) = (found.rule, rule.severity);
                let key = found.answer.key.clone();
                self.labels.push(Label { rule, danger, severity, key });
            }
            self.own.entry(found.subject).or_default().push((label, i));
        }
    }

    fn index(&self, side: Side) -> FxHashMap<Node, Vec<Giver>> {
        let mut givers: FxHashMap<Node, Vec<Giver>> = FxHashMap::default();
        for subject in self.resources.subjects().iter().filter(|s| s.exists(side)) {
            for link in links(&subject.kind) {
                for (node, doubt) in self.ends(subject, link.to, link.takes, side) {
                    givers.entry(node).or_default().push((subject.id, link, doubt));
                }
            }
        }
        givers
    }

    pub(super) fn subject(&self, id: SubjectId) -> Option<&'r Subject> {
        self.resources.subjects().get(id.0 as usize)
    }

    pub(super) fn view(&self, subject: &'r Subject, side: Side) -> View<'r> {
        let opened = Opened::new(self.resources, subject, side);
        View::new(self.resources, subject, side, &NO_PARAMS, opened)
    }

    /// What an attribute leads to.
    pub(super) fn ends(
        &self,
        subject: &'r Subject,
        path: &str,
        kinds: &[&'static str],
        side: Side,
    ) -> Vec<End> {
        if path.is_empty() || !subject.exists(side) {
            return Vec::new();
        }
        let view = self.view(subject, side);
        let links = view.follow(path);
        let mut found = Vec::new();
        let mut names: FxHashSet<String> = FxHashSet::default();
        for other in links.certain.iter().filter(|other| kinds.contains(&other.kind.as_str())) {
            found.push((Node::Subject(other.id), None));
            let other = view.look_at(other);
            let texts = ["id", "name", "arn"].map(|name| other.attribute(name));
            names.extend(texts.iter().filter_map(|text| text.as_str().map(str::to_owned)));
        }
        for (other, why) in &links.possible {
            if let Some(other) = other.filter(|other| kinds.contains(&other.kind.as_str())) {
                found.push((Node::Subject(other.id), Some(why.clone())));
            }
        }
        let value = view.at(path);
        let texts = value.elements().iter().filter_map(Value::as_str);
        for text in texts.filter(|text| !text.is_empty() && !names.contains(*text)) {
            found.extend(kinds.first().map(|kind| (Node::Named(kind, text.to_owned()), None)));
        }
        found
    }

    pub(super) fn froms(&self, subject: &'r Subject, link: &'static Link, side: Side) -> Vec<End> {
        self.ends(subject, link.from, link.gives, side)
    }

    pub(super) fn givers(&self, node: &Node, side: Side) -> &[Giver] {
        let [before, after] = &self.givers;
        let all = if side == Side::Before { before } else { after };
        all.get(node).map_or(&[], Vec::as_slice)
    }

    /// All identities and machines that links lead to.
    pub(super) fn nodes(&self) -> Vec<&Node> {
        let [before, _] = &self.givers;
        let mut nodes: Vec<&Node> = before.keys().collect();
        nodes.sort();
        nodes
    }

    /// The offences of a resource itself, of one sort or of all but trust.
    pub(super) fn own(&self, id: SubjectId, trust: bool) -> impl Iterator<Item = (usize, usize)> {
        let own = self.own.get(&id).map_or(&[][..], Vec::as_slice);
        let wanted = move |label: &usize| {
            self.labels.get(*label).is_some_and(|l| (l.danger == Danger::Trust) == trust)
        };
        own.iter().copied().filter(move |(label, _)| wanted(label))
    }

    /// What reaches a node on a side.
    pub(super) fn carried(&self, node: &Node, side: Side) -> Carried {
        let key = (node.clone(), side);
        if let Some(known) = self.carried.borrow().get(&key) {
            return Rc::clone(known);
        }
        // What leads back to the node brings nothing that it does not have.
        self.carried.borrow_mut().insert(key.clone(), Carried::default());
        let mut all = BTreeMap::new();
        if let Node::Subject(id) = node
            && let Some(subject) = self.subject(*id).filter(|subject| subject.exists(side))
        {
            all.extend(self.own(*id, false).map(|(label, shown)| (label, (shown, None))));
            for used in self.uses(subject, side).iter() {
                for (end, doubt) in &used.ends {
                    self.pass(&self.carried(end, side), doubt.as_ref(), Some(used.by), &mut all);
                }
            }
        }
        for (id, link, doubt) in self.givers(node, side) {
            let Some(subject) = self.subject(*id) else { continue };
            let given = self.through(subject, link, side);
            self.pass(&given, doubt.as_ref(), None, &mut all);
        }
        let all = Rc::new(all);
        self.carried.borrow_mut().insert(key, Rc::clone(&all));
        all
    }

    fn pass(
        &self,
        given: &BTreeMap<usize, (usize, Option<Unknown>)>,
        doubt: Option<&Unknown>,
        by: Option<&Use>,
        all: &mut BTreeMap<usize, (usize, Option<Unknown>)>,
    ) {
        for (label, (shown, why)) in given {
            if self.passes(by, *label) {
                let why = why.clone().or_else(|| doubt.cloned());
                match all.get(label) {
                    Some((_, None)) => {}
                    _ => _ = all.insert(*label, (*shown, why)),
                }
            }
        }
    }

    /// Whether a use passes an offence on; a link passes on all.
    pub(super) fn passes(&self, by: Option<&Use>, label: usize) -> bool {
        let label = self.labels.get(label);
        by.is_none_or(|by| label.is_some_and(|label| by.passes(label.danger, label.severity)))
    }

    /// What a link passes on.
    fn through(
        &self,
        subject: &'r Subject,
        link: &'static Link,
        side: Side,
    ) -> BTreeMap<usize, (usize, Option<Unknown>)> {
        let mut all: BTreeMap<usize, (usize, Option<Unknown>)> =
            self.own(subject.id, false).map(|(label, shown)| (label, (shown, None))).collect();
        for (end, doubt) in self.froms(subject, link, side) {
            self.pass(&self.carried(&end, side), doubt.as_ref(), None, &mut all);
        }
        all
    }

    /// What reaches a node both before and after the change, as it is after it.
    pub(super) fn lasting(&self, node: &Node) -> Vec<(usize, usize, Option<Unknown>)> {
        let before = self.carried(node, Side::Before);
        let after = self.carried(node, Side::After);
        let lasts = after.iter().filter(|(label, _)| before.contains_key(label));
        lasts.map(|(label, (shown, why))| (*label, *shown, why.clone())).collect()
    }

    /// The attributes by which a resource takes something upon itself.
    pub(super) fn uses(&self, subject: &'r Subject, side: Side) -> Rc<Vec<Used>> {
        let key = (subject.id, side);
        if let Some(known) = self.uses.borrow().get(&key) {
            return Rc::clone(known);
        }
        let mut paths = Vec::new();
        if subject.exists(side) {
            let view = self.view(subject, side);
            for name in view.names() {
                let value = view.attribute(&name);
                walk(&subject.kind, &value, &name, DEPTH, &mut paths);
            }
        }
        let lead = |(path, by): (String, &'static Use)| {
            let ends = self.ends(subject, &path, by.gives, side);
            Used { path, by, ends }
        };
        let uses: Rc<Vec<Used>> = Rc::new(paths.into_iter().map(lead).collect());
        self.uses.borrow_mut().insert(key, Rc::clone(&uses));
        uses
    }

    /// An offence's key, to see how far it goes.
    pub(super) fn key(&self, label: usize) -> &str {
        self.labels.get(label).map_or("", |label| &label.key)
    }
}

/// The links that a resource of this type is.
pub(super) fn links(kind: &str) -> impl Iterator<Item = &'static Link> {
    LINKS.iter().filter(move |link| link.kind == kind)
}

fn walk(
    kind: &str,
    value: &Value,
    path: &str,
    depth: usize,
    found: &mut Vec<(String, &'static Use)>,
) {
    let bare = stem(path);
    if !value.is_null() {
        let here = USES.iter().filter(|by| by.is_at(kind, &bare));
        found.extend(here.map(|by| (path.to_owned(), by)));
    }
    if depth == 0 {
        return;
    }
    match value {
        Value::List(list) => {
            for (i, item) in list.items.iter().enumerate() {
                if matches!(item, Value::Object(_)) {
                    walk_object(kind, item, &format!("{path}[{i}]"), depth, found);
                }
            }
        }
        object => walk_object(kind, object, path, depth, found),
    }
}

fn walk_object(
    kind: &str,
    value: &Value,
    path: &str,
    depth: usize,
    found: &mut Vec<(String, &'static Use)>,
) {
    if let Value::Object(object) = value {
        for (name, entry) in &object.entries {
            walk(kind, entry, &format!("{path}.{name}"), depth - 1, found);
        }
    }
}
