//! Which attributes a rule file names, and of which resource type each of them is.

use std::fs;

use holdpoint::rules::table::language::{Condition, Document, Entry};
use holdpoint::rules::table::path::{Path, Step};

use crate::common::root;

/// An attribute that a rule file names.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    /// Whether a resource of the entry's own types holds it, and not one that it is linked with.
    pub(crate) own: bool,
    /// The resource type.
    pub(crate) kind: String,
    /// From the resource; several where the entry judges the elements of several blocks: one of them
    /// must have it.
    pub(crate) paths: Vec<Vec<Step>>,
}

/// The rule files.
pub(crate) fn documents() -> Vec<Document> {
    let folder = root().join("policies/aws");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let read = |file: &std::path::PathBuf| {
        serde_saphyr::from_str(&fs::read_to_string(file).unwrap()).unwrap()
    };
    files.iter().map(read).collect()
}

/// Every attribute that the entry names, of each of its types.
pub(crate) fn named(entry: &Entry) -> Vec<Named> {
    let mut found = Vec::new();
    for kind in &entry.types {
        named_of(entry, kind, &mut found);
    }
    found
}

fn named_of(entry: &Entry, kind: &str, found: &mut Vec<Named>) {
    let each: Vec<Vec<Step>> = entry
        .each
        .clone()
        .map_or_else(Vec::new, |each| each.into_vec())
        .iter()
        .map(|path| steps(path))
        .collect();
    let scope = Scope {
        own: true,
        kind: kind.to_owned(),
        bases: if each.is_empty() { vec![Vec::new()] } else { each },
    };
    if entry.each.is_some() {
        // Each of the blocks must be there, whatever is read in it.
        for base in &scope.bases {
            found.push(Named { own: true, kind: kind.to_owned(), paths: vec![base.clone()] });
        }
    }
    let identity = entry.identity.clone().map_or_else(Vec::new, |list| list.into_vec());
    for path in identity.iter().chain(&entry.path) {
        found.extend(scope.named(path));
    }
    for condition in entry.when.iter().chain([&entry.require]) {
        scope.collect(condition, found);
    }
}

fn steps(path: &str) -> Vec<Step> {
    Path::parse(path).unwrap().steps
}

/// Where paths start.
struct Scope {
    own: bool,
    kind: String,
    bases: Vec<Vec<Step>>,
}

impl Scope {
    fn named(&self, path: &str) -> Option<Named> {
        let parsed = Path::parse(path).unwrap();
        let root = [Vec::new()];
        let bases = if parsed.from_root { root.as_slice() } else { &self.bases };
        let paths =
            bases.iter().map(|base| base.iter().chain(&parsed.steps).cloned().collect()).collect();
        Some(Named { own: self.own, kind: self.kind.clone(), paths })
    }

    fn within(&self, path: &str) -> Self {
        let bases = self.named(path).unwrap().paths;
        Self { own: self.own, kind: self.kind.clone(), bases }
    }

    fn collect(&self, condition: &Condition, found: &mut Vec<Named>) {
        found.extend(condition.path.iter().filter_map(|path| self.named(path)));
        found.extend(condition.customer_key.iter().filter_map(|path| self.named(path)));
        let lists = condition.all.iter().chain(&condition.any).flatten();
        for one in lists.chain(condition.not.as_deref()) {
            self.collect(one, found);
        }
        let bounds = condition.not_lower.iter().chain(&condition.not_higher);
        for path in bounds.flat_map(|bound| bound.plus.keys()) {
            found.extend(self.named(path));
        }
        if let Some(counted) = &condition.not_fewer {
            found.extend(self.named(&counted.within));
            let inside = self.within(&counted.within);
            counted.require.iter().for_each(|one| inside.collect(one, found));
        }
        if let Some(kept) = &condition.each_kept {
            found.extend(self.named(&kept.within));
            let inside = self.within(&kept.within);
            found.extend(inside.named(&kept.by));
            inside.collect(&kept.require, found);
        }
        for one in condition.some.iter().chain(&condition.every) {
            found.extend(self.named(&one.within));
            self.within(&one.within).collect(&one.require, found);
        }
        if let Some(json) = &condition.json {
            found.extend(self.named(&json.path));
            // What is inside the document is not the provider's.
            let mut inside = Vec::new();
            self.within(&json.path).collect(&json.require, &mut inside);
        }
        if let Some(follow) = &condition.follow {
            found.push(Named {
                own: self.own,
                kind: self.kind.clone(),
                paths: vec![steps(&follow.path)],
            });
            for kind in follow.types.clone().into_vec() {
                let other = Scope { own: false, kind, bases: vec![Vec::new()] };
                found.push(Named { own: false, kind: other.kind.clone(), paths: vec![Vec::new()] });
                follow.require.iter().for_each(|one| other.collect(one, found));
            }
        }
        if let Some(linked) = &condition.linked {
            for kind in linked.types.clone().into_vec() {
                let other = Scope { own: false, kind, bases: vec![Vec::new()] };
                found.extend(other.named(&linked.via));
                linked.require.iter().for_each(|one| other.collect(one, found));
            }
        }
    }
}
