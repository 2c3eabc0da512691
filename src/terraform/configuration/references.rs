//! Follows references through `configuration`: resources, `each` and `count` instances, module
//! inputs and outputs, to any depth.

use std::cell::Cell;
use std::cmp::Ordering;

use crate::model::subject::{Key, Subject, SubjectId};
use crate::model::value::Unknown;
use crate::terraform::Plan;
use crate::terraform::configuration::address::{
    Reference, child, module_path, parent, parts, reference,
};

/// Chains of module inputs and outputs that are longer than this are not followed.
const MAX_DEPTH: u32 = 64;
/// One expression is followed through no more references than this: each output may stand for
/// several others.
const MAX_STEPS: u32 = 4096;

/// What may lead to more resources than this is not followed to each of them: where a thousand
/// instances may each belong to a thousand others, nobody reads a million pairs.
pub(in crate::terraform) const MANY: usize = 64;

/// Where an expression stands.
#[derive(Clone)]
pub(in crate::terraform) struct Place {
    /// The module instance's address.
    pub(in crate::terraform) module: String,
    /// The instance key of the resource or module call that holds the expression.
    pub(in crate::terraform) key: Option<Key>,
    /// What its `for_each` refers to.
    pub(in crate::terraform) for_each: Vec<String>,
}

/// What is left of the limits.
#[derive(Clone, Copy)]
struct Left<'a> {
    depth: u32,
    steps: &'a Cell<u32>,
}

impl Left<'_> {
    fn deeper(self) -> Self {
        Self { depth: self.depth.saturating_sub(1), ..self }
    }

    /// Whether one more reference may be followed.
    fn step(self) -> bool {
        self.steps.set(self.steps.get().saturating_sub(1));
        self.depth > 0 && self.steps.get() > 0
    }
}

/// What references lead to.
#[derive(Debug, Default)]
pub(in crate::terraform) struct Resolution {
    /// Subjects, and the attribute that is asked of each.
    pub(in crate::terraform) targets: Vec<(SubjectId, String)>,
    /// A reference that could not be followed to the end.
    pub(in crate::terraform) unresolved: Option<String>,
    /// A reference that leads to more than [`MANY`]; it is unresolved as well.
    many: Option<String>,
}

impl Resolution {
    fn add(&mut self, other: Resolution, rest: &str) {
        for (subject, own) in other.targets {
            self.target(subject, join(&own, rest));
        }
        self.unresolved = self.unresolved.take().or(other.unresolved);
        self.many = self.many.take().or(other.many);
    }

    fn too_many(&mut self, reference: &str) {
        self.targets.clear();
        self.unresolved.get_or_insert_with(|| reference.to_owned());
        self.many.get_or_insert_with(|| reference.to_owned());
    }

    fn target(&mut self, subject: SubjectId, attribute: String) {
        if !self.targets.iter().any(|(own, path)| *own == subject && *path == attribute) {
            self.targets.push((subject, attribute));
        }
    }
}

fn join(path: &str, rest: &str) -> String {
    match (path.is_empty(), rest.is_empty()) {
        (true, _) => rest.to_owned(),
        (_, true) => path.to_owned(),
        _ => format!("{path}.{rest}"),
    }
}

impl Plan<'_> {
    /// The place of a subject's own expressions.
    pub(in crate::terraform) fn place(&self, subject: &Subject) -> Place {
        let module = module_path(subject.module());
        let for_each = self
            .configuration
            .resource(&module, &subject.kind, &subject.name)
            .map(crate::terraform::configuration::Resource::for_each)
            .unwrap_or_default();
        Place { module: subject.module().to_owned(), key: subject.key().cloned(), for_each }
    }

    /// Follows all references of one expression.
    pub(in crate::terraform) fn resolve(&self, references: &[String], place: &Place) -> Resolution {
        let steps = Cell::new(MAX_STEPS);
        self.resolve_to(references, place, Left { depth: MAX_DEPTH, steps: &steps })
    }

    fn resolve_to(&self, references: &[String], place: &Place, left: Left<'_>) -> Resolution {
        let mut found = Resolution::default();
        // `x[each.key]` is listed as `x` and `each.key`: then instances pair by key.
        let paired = references.iter().any(|r| r.starts_with("each.") || r == "count.index");
        for text in references {
            if found.many.is_some() {
                break;
            }
            if !left.step() {
                found.unresolved.get_or_insert_with(|| text.clone());
                continue;
            }
            match reference(text) {
                Reference::Resource { kind, name, key, rest } => {
                    let all = self.instances(&place.module, &kind, name);
                    if all.is_empty() && !kind.starts_with("data.") {
                        // A resource without instances has no value to wait for.
                        continue;
                    }
                    match self.choose(all, key.as_ref(), paired, place) {
                        few if few.len() <= MANY => {
                            few.iter().for_each(|id| found.target(*id, rest.clone()));
                        }
                        _ => found.too_many(text),
                    }
                }
                Reference::Variable { name, rest } => match self.argument(name, place, left) {
                    Some(argument) => found.add(argument, &rest),
                    None => _ = found.unresolved.get_or_insert_with(|| text.clone()),
                },
                Reference::Output { call, key, output, rest } => {
                    match self.output(call, key.as_ref(), output, paired, place, left) {
                        Some(output) => found.add(output, &rest),
                        None => _ = found.unresolved.get_or_insert_with(|| text.clone()),
                    }
                }
                Reference::Instance { value: true, rest } if !place.for_each.is_empty() => {
                    let mut each = place.for_each.clone();
                    each.push("each.key".to_owned());
                    let outer = Place { for_each: Vec::new(), ..place.clone() };
                    found.add(self.resolve_to(&each, &outer, left.deeper()), &rest);
                }
                Reference::Instance { .. } => {}
                Reference::Other => {
                    let plain = ["path.", "terraform."].iter().any(|p| text.starts_with(p));
                    if !plain {
                        found.unresolved.get_or_insert_with(|| text.clone());
                    }
                }
            }
            if found.targets.len() > MANY {
                found.too_many(text);
            }
        }
        found
    }

    /// What a module input refers to. Root variables hold values, and refer to nothing.
    fn argument(&self, name: &str, place: &Place, left: Left<'_>) -> Option<Resolution> {
        let Some((outer, call, key)) = parent(&place.module) else {
            return Some(Resolution::default());
        };
        let call = self.configuration.call(&module_path(&outer), &call)?;
        // An input that is left out has its default, a constant.
        let references = call.argument(name).unwrap_or_default();
        let place = Place { module: outer, key, for_each: call.for_each() };
        Some(self.resolve_to(&references, &place, left.deeper()))
    }

    fn output(
        &self,
        call: &str,
        key: Option<&Key>,
        output: &str,
        paired: bool,
        place: &Place,
        left: Left<'_>,
    ) -> Option<Resolution> {
        let path = module_path(&child(&place.module, call, None));
        let references = self.configuration.output(&path, output)?;
        let keys = self.module_keys(&place.module, call);
        let wanted = key.or(if paired { place.key.as_ref() } else { None });
        let same = wanted.map(|wanted| equal(keys, |key| key.as_ref().cmp(&Some(wanted))));
        let chosen = same.filter(|same| !same.is_empty()).unwrap_or(keys);
        let mut found = Resolution::default();
        if chosen.len() > MANY {
            found.too_many(&format!("module.{call}.{output}"));
            return Some(found);
        }
        for key in chosen {
            if found.many.is_some() || found.targets.len() > MANY {
                break;
            }
            let module = child(&place.module, call, key.as_ref());
            let inner = Place { module, key: None, for_each: Vec::new() };
            found.add(self.resolve_to(&references, &inner, left.deeper()), "");
        }
        Some(found)
    }

    /// Those of a resource's instances that a reference with this key, or in this place, means.
    fn choose<'a>(
        &self,
        all: &'a [SubjectId],
        key: Option<&Key>,
        paired: bool,
        place: &Place,
    ) -> &'a [SubjectId] {
        match (key, &place.key) {
            (Some(key), _) => self.with_key(all, key),
            (None, Some(own)) if paired && all.len() > 1 => match self.with_key(all, own) {
                [] => all,
                same => same,
            },
            _ => all,
        }
    }

    fn with_key<'a>(&self, instances: &'a [SubjectId], key: &Key) -> &'a [SubjectId] {
        let own = |id: &SubjectId| self.subject(*id).and_then(Subject::key);
        equal(instances, |id| own(id).cmp(&Some(key)))
    }

    /// The instances of a resource in one module instance, in the order of their keys.
    pub(in crate::terraform) fn instances(
        &self,
        module: &str,
        kind: &str,
        name: &str,
    ) -> &[SubjectId] {
        let place = |id: &SubjectId| {
            self.subject(*id)
                .map(|s| (s.module(), s.kind.as_str(), s.name.as_str()))
                .unwrap_or_default()
        };
        equal(self.by_name(), |id| place(id).cmp(&(module, kind, name)))
    }

    /// The instance keys of a module call that hold any subject, sorted.
    pub(in crate::terraform) fn module_keys(&self, module: &str, call: &str) -> &[Option<Key>] {
        let keys = self.calls().get(&(module.to_owned(), call.to_owned()));
        keys.map_or(&[][..], Vec::as_slice)
    }

    /// The subject that a full reference names, `module.a["k"].aws_x.b[0].id`, and the attribute.
    /// None when it could be any of more than [`MANY`].
    pub(in crate::terraform) fn absolute(&self, text: &str) -> Vec<(SubjectId, String)> {
        let all = parts(text);
        let mut module_parts = 0;
        while all.get(module_parts) == Some(&"module") && all.len() >= module_parts + 4 {
            module_parts += 2;
        }
        let module = all.get(..module_parts).unwrap_or_default().join(".");
        let rest = all.get(module_parts..).unwrap_or_default().join(".");
        let Reference::Resource { kind, name, key, rest } = reference(&rest) else {
            return Vec::new();
        };
        let all = self.instances(&module, &kind, name);
        let named = key.as_ref().map_or(all, |key| self.with_key(all, key));
        match named {
            few if few.len() <= MANY => few.iter().map(|id| (*id, rest.clone())).collect(),
            _ => Vec::new(),
        }
    }

    /// Why an expression with these references is not known.
    pub(in crate::terraform) fn doubt(&self, references: &[String], place: &Place) -> Unknown {
        let resolution = self.resolve(references, place);
        if let Some(many) = resolution.many {
            return Unknown::because(format!("depends on one of many instances of `{many}`"));
        }
        if resolution.targets.is_empty() {
            return Unknown::waits_for(references);
        }
        let mut names: Vec<String> = resolution
            .targets
            .iter()
            .filter_map(|(id, attribute)| {
                self.subject(*id).map(|subject| join(&subject.address, attribute))
            })
            .collect();
        names.extend(resolution.unresolved);
        Unknown::waits_for(names)
    }
}

/// The part of a sorted list that compares as equal.
fn equal<T>(sorted: &[T], order: impl Fn(&T) -> Ordering) -> &[T] {
    let start = sorted.partition_point(|one| order(one) == Ordering::Less);
    let tail = sorted.get(start..).unwrap_or_default();
    tail.get(..tail.partition_point(|one| order(one) == Ordering::Equal)).unwrap_or_default()
}

/// The instance keys of module calls, by the parent's address and the call's name.
pub(in crate::terraform) type Calls = rustc_hash::FxHashMap<(String, String), Vec<Option<Key>>>;

/// All module calls that hold any of these module instances.
pub(in crate::terraform) fn calls<'s>(modules: impl Iterator<Item = &'s str>) -> Calls {
    let mut calls = Calls::default();
    let mut seen = rustc_hash::FxHashSet::default();
    for module in modules {
        let mut here = module.to_owned();
        while let Some((outer, call, key)) = parent(&here) {
            if !seen.insert(here) {
                break;
            }
            calls.entry((outer.clone(), call)).or_default().push(key);
            here = outer;
        }
    }
    calls.values_mut().for_each(|keys| keys.sort());
    calls
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_module_instance_is_found_once() {
        let modules = [r#"module.a["x"].module.b"#, r#"module.a["y"]"#, r#"module.a["x"]"#];
        let calls = calls(modules.into_iter());
        let a = calls.get(&(String::new(), "a".to_owned())).unwrap();
        assert_eq!(a.len(), 2);
        assert_eq!(calls.get(&(r#"module.a["x"]"#.to_owned(), "b".to_owned())).unwrap(), &[None]);
    }
}
