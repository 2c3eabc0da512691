//! What an expression can name: `object`, `variables`, `container`, `it`.

use cel::common::types::{CelBool, CelInt, CelList, CelMap, CelMapKey, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;

use super::value::{list, val};
use super::world::World;
use crate::model::node::Node;
use crate::model::object::{LISTS, Object};
use crate::model::rule::{Param, Params};

/// Where a rule is asked.
pub(super) struct Scene<'n> {
    /// The object.
    pub(super) object: &'n Object,
    /// The other objects, when they are looked at.
    pub(super) world: Option<&'n World<'n>>,
    /// The pod, if the rule is about one.
    pub(super) pod: Option<PodScene<'n>>,
    /// The container.
    pub(super) container: Option<&'n Node>,
    /// What `each` leads to.
    pub(super) it: Option<It<'n>>,
    /// The minor version of Kubernetes.
    pub(super) minor: u32,
    /// The rule's parameters.
    pub(super) params: &'n Params,
}

/// A pod as an expression sees it.
#[derive(Clone, Copy)]
pub(super) struct PodScene<'n> {
    /// `variables.pod`
    pub(super) spec: &'n Node,
    /// `variables.podMetadata`
    pub(super) metadata: Option<&'n Node>,
}

/// What `it` is.
#[derive(Clone, Copy)]
pub(super) enum It<'n> {
    /// A value.
    Node(&'n Node),
    /// A key.
    Key(&'n str),
}

/// Every name that an expression may use; `variables` only with one of [`VARIABLES`] behind it.
pub(super) const NAMES: [&str; 4] = ["object", "variables", "container", "it"];

/// What stands behind `variables`.
pub(super) const VARIABLES: [&str; 5] = ["pod", "podMetadata", "containers", "minor", "params"];

/// The same, for what only other objects tell; no ValidatingAdmissionPolicy has these.
pub(super) const AROUND: [&str; 3] = ["isolated", "selected", "missing"];

impl VariableResolver for Scene<'_> {
    fn resolve<'b>(&'b self, name: &str) -> Option<CowVal<'b, 'b>> {
        let owned = |value: Box<dyn Val + 'b>| Some(CowVal::Owned(value));
        match name {
            "object" => owned(val(&self.object.root)),
            "container" => owned(val(self.container?)),
            "it" => match self.it? {
                It::Node(node) => owned(val(node)),
                It::Key(key) => owned(Box::new(CelString::from(key))),
            },
            "variables.pod" => owned(val(self.pod?.spec)),
            "variables.podMetadata" => match self.pod?.metadata {
                Some(node) => owned(val(node)),
                None => owned(Box::<CelMap<'_>>::default()),
            },
            "variables.containers" => {
                let spec = self.pod?.spec;
                let all = LISTS.iter().filter_map(|name| spec.get(name));
                owned(list(all.flat_map(|list| list.items())))
            }
            "variables.minor" => owned(Box::new(CelInt::from(i64::from(self.minor)))),
            "variables.isolated" => {
                let isolated = self.world?.is_isolated(self.object, self.pod?.metadata);
                owned(Box::new(CelBool::from(isolated)))
            }
            "variables.selected" => {
                owned(Box::new(CelInt::from(self.world?.selected(self.object))))
            }
            "variables.missing" => {
                let names = self.world?.missing(self.object).into_iter();
                let names = names.map(|name| Box::new(CelString::from(name)) as Box<dyn Val>);
                owned(Box::new(CelList::from(names.collect::<Vec<_>>())))
            }
            "variables.params" => {
                let entries = self.params.0.iter().map(|(name, param)| {
                    (CelMapKey::String(CelString::from(name.as_str())), value(param))
                });
                owned(Box::new(CelMap::from(entries.collect::<std::collections::HashMap<_, _>>())))
            }
            _ => None,
        }
    }
}

fn value(param: &Param) -> Box<dyn Val + '_> {
    let all = |items: Vec<Box<dyn Val>>| Box::new(CelList::from(items));
    match param {
        Param::Bool(flag) => Box::new(CelBool::from(*flag)),
        Param::Int(number) => Box::new(CelInt::from(*number)),
        Param::Text(text) => Box::new(CelString::from(text.as_ref())),
        Param::Ints(items) => {
            all(items.iter().map(|item| Box::new(CelInt::from(*item)) as Box<dyn Val>).collect())
        }
        Param::Texts(items) => {
            let texts = items.iter().map(|item| CelString::from(item.to_string()));
            all(texts.map(|text| Box::new(text) as Box<dyn Val>).collect())
        }
    }
}
