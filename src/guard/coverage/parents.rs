//! What a resource without tags of its own belongs to.

use rustc_hash::FxHashMap;

use crate::guard::resources::Resource;
use crate::guard::terraform::{self, Mapping};
use crate::model::subject::Side;
use crate::model::view::Resources;
use crate::terraform::Plan;

/// The parents that the references of a plan's configuration lead to, by the child's address;
/// `None` in a list stands for one that could not be followed.
#[derive(Debug, Clone, Default)]
pub struct Links {
    by_child: FxHashMap<String, Vec<Option<String>>>,
}

impl Links {
    /// Those of a plan, for the children whose parents it does not know by name yet.
    ///
    /// # Errors
    /// What is no whole plan, in words for a report.
    pub fn of_plan(text: &str, resources: &[Resource]) -> Result<Self, String> {
        // Reading a plan a second time costs more than all else here.
        if waiting(resources).next().is_none() {
            return Ok(Self::default());
        }
        // Whether it is whole is for whoever reads the resources.
        let plan = Plan::read(text.trim_start_matches('\u{feff}'), true)
            .map_err(|error| error.to_string())?;
        Ok(Self::among(&plan, resources))
    }

    /// Takes in those of another file.
    pub fn extend(&mut self, other: Self) {
        self.by_child.extend(other.by_child);
    }

    /// The same of a plan that was read.
    #[must_use]
    pub fn among(plan: &Plan<'_>, resources: &[Resource]) -> Self {
        if waiting(resources).next().is_none() {
            return Self::default();
        }
        let by_address: FxHashMap<&str, _> =
            plan.subjects().iter().map(|subject| (subject.address.as_str(), subject)).collect();
        let mut parents = Self::default();
        for (child, name) in waiting(resources) {
            let Some(subject) = by_address.get(child.address.as_str()) else { continue };
            let links = plan.follow(subject, Side::After, name);
            let certain = links.certain.iter().map(|subject| Some(subject.address.clone()));
            let possible = links.possible.iter();
            let possible =
                possible.map(|(subject, _)| subject.map(|subject| subject.address.clone()));
            parents.by_child.insert(child.address.clone(), certain.chain(possible).collect());
        }
        parents
    }
}

/// The children whose parents are not known by name yet, and the attribute that will name them.
fn waiting(resources: &[Resource]) -> impl Iterator<Item = (&Resource, &'static str)> {
    resources.iter().filter_map(|resource| {
        let name = terraform::mapping(&resource.kind)?.parent?;
        resource.texts(name).next().is_none().then_some((resource, name))
    })
}

/// Finds parents among resources.
pub(super) struct Parents<'r> {
    by_name: FxHashMap<&'r str, Vec<usize>>,
    by_address: FxHashMap<&'r str, Vec<usize>>,
    mappings: Vec<Option<&'static Mapping>>,
    links: &'r Links,
}

/// Attributes by which others name a resource.
const NAMES: [&str; 11] = [
    "arn",
    "bucket",
    "cluster_name",
    "function_name",
    "id",
    "identifier",
    "key_id",
    "name",
    "repository",
    "url",
    "zone_id",
];

/// What one name may mean: more are not looked at, and then nothing is known.
const MANY: usize = 64;

impl<'r> Parents<'r> {
    pub(super) fn new(
        resources: &'r [Resource],
        mappings: &[Option<&'static Mapping>],
        links: &'r Links,
    ) -> Self {
        let mut index = Self {
            by_name: FxHashMap::default(),
            by_address: FxHashMap::default(),
            mappings: mappings.to_vec(),
            links,
        };
        for (i, resource) in resources.iter().enumerate() {
            index.by_address.entry(resource.address.as_str()).or_default().push(i);
            // What has a parent itself is nobody's parent.
            if index.mapping(i).is_none_or(|mapping| mapping.parent.is_some()) {
                continue;
            }
            for name in NAMES.iter().filter_map(|name| resource.text(name)) {
                let list = index.by_name.entry(name).or_default();
                if list.last() != Some(&i) {
                    list.push(i);
                }
            }
        }
        index
    }

    fn mapping(&self, place: usize) -> Option<&'static Mapping> {
        self.mappings.get(place).copied().flatten()
    }

    /// The places of all that a child may belong to; `None` stands for what is not there.
    pub(super) fn of(&self, child: &Resource, mapping: &Mapping) -> Vec<Option<usize>> {
        let Some(attribute) = mapping.parent else { return Vec::new() };
        let mut found = Vec::new();
        for name in child.texts(attribute) {
            let before = found.len();
            let candidates = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
            let fit = candidates.iter().filter(|place| self.fits(**place, mapping));
            found.extend(fit.take(MANY + 1).map(|place| Some(*place)));
            if found.len() == before || found.len() > MANY {
                found.push(None);
            }
        }
        if !found.is_empty() {
            return found;
        }
        for address in self.links.by_child.get(&child.address).into_iter().flatten() {
            let known = address.as_deref().and_then(|address| self.by_address.get(address));
            // Two files may have the same address: then it is not known which is meant.
            let known = known.filter(|list| list.len() == 1);
            let known = known.and_then(|list| list.first()).copied();
            found.push(known.filter(|place| self.fits(*place, mapping)));
        }
        found
    }

    /// Whether it is of a type that a child of this mapping belongs to.
    fn fits(&self, place: usize, child: &Mapping) -> bool {
        self.mapping(place).is_some_and(|mapping| {
            mapping.parent.is_none()
                && (child.is_any
                    || (mapping.service == child.service
                        && mapping.kinds.iter().any(|kind| child.kinds.contains(kind))))
        })
    }
}
