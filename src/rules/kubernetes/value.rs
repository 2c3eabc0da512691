//! Values of a manifest as CEL sees them: read where they stand, nothing is copied but what an
//! expression looks at. What is null is absent, as it is for the API server.

use std::sync::OnceLock;

use cel::ExecutionError;
use cel::common::traits::{self, Container, Indexer, Iterable, Sizer};
use cel::common::types::{
    CelBool, CelDouble, CelInt, CelList, CelMap, CelMapKey, CelNull, CelString, MAP_TYPE, Type,
};
use cel::common::value::{CowVal, Val};

use crate::model::node::{Content, Node};

/// The value of a node.
pub(super) fn val(node: &Node) -> Box<dyn Val + '_> {
    match &node.content {
        Content::Null => Box::new(CelNull),
        Content::Bool(flag) => Box::new(CelBool::from(*flag)),
        Content::Int(number) => Box::new(CelInt::from(*number)),
        Content::Float(number) => Box::new(CelDouble::from(*number)),
        Content::Text(text) => Box::new(CelString::from(text.as_ref())),
        Content::List(items) => list(items),
        Content::Map(_) => Box::new(Object { node, keys: OnceLock::new() }),
    }
}

/// A list of nodes as a value.
pub(super) fn list<'n>(items: impl IntoIterator<Item = &'n Node>) -> Box<dyn Val + 'n> {
    let items: Vec<Box<dyn Val + 'n>> = items.into_iter().map(val).collect();
    Box::new(CelList::from(items))
}

/// An object, opened where an expression asks.
#[derive(Debug)]
struct Object<'n> {
    node: &'n Node,
    /// Its keys as values: CEL iterates over references.
    keys: OnceLock<Vec<CelString<'n>>>,
}

impl<'n> Object<'n> {
    fn keys(&self) -> &[CelString<'n>] {
        self.keys.get_or_init(|| {
            let there = self.node.entries().iter().filter(|e| e.value.content != Content::Null);
            there.map(|entry| CelString::from(entry.key.as_ref())).collect()
        })
    }

    fn find(&self, key: &dyn Val) -> Option<&'n Node> {
        self.node.get(key.downcast_ref::<CelString<'_>>()?.inner())
    }
}

impl Val for Object<'_> {
    fn get_type(&self) -> &Type {
        &MAP_TYPE
    }

    fn cel_type() -> &'static Type {
        &MAP_TYPE
    }

    fn as_container(&self) -> Option<&dyn Container> {
        Some(self)
    }

    fn as_indexer<'b, 'v>(&'b self) -> Option<&'b (dyn Indexer + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_iterable<'b, 'v>(&'b self) -> Option<&'b (dyn Iterable + 'v)>
    where
        Self: 'v,
    {
        Some(self)
    }

    fn as_sizer(&self) -> Option<&dyn Sizer> {
        Some(self)
    }

    fn equals(&self, other: &dyn Val) -> bool {
        let Some(literal) = other.downcast_ref::<CelMap<'_>>() else { return false };
        let same = |key: &CelString<'_>| {
            let wanted = literal.inner().get(&CelMapKey::String(CelString::from(key.inner())));
            let own = self.node.get(key.inner());
            matches!((own, wanted), (Some(own), Some(wanted)) if val(own).equals(wanted.as_ref()))
        };
        literal.inner().len() == self.keys().len() && self.keys().iter().all(same)
    }

    fn clone_as_boxed<'v>(&self) -> Box<dyn Val + 'v>
    where
        Self: 'v,
    {
        Box::new(Object { node: self.node, keys: OnceLock::new() })
    }
}

impl Container for Object<'_> {
    fn contains(&self, key: &dyn Val) -> Result<bool, ExecutionError> {
        Ok(self.find(key).is_some())
    }
}

impl Indexer for Object<'_> {
    fn get<'b, 'v>(&'b self, key: &dyn Val) -> Result<CowVal<'b, 'v>, ExecutionError>
    where
        Self: 'v,
    {
        match self.find(key) {
            Some(node) => Ok(CowVal::Owned(val(node))),
            None => Err(ExecutionError::no_such_key("it is not set")),
        }
    }

    fn steal<'v>(self: Box<Self>, key: &dyn Val) -> Result<Box<dyn Val + 'v>, ExecutionError>
    where
        Self: 'v,
    {
        match self.find(key) {
            Some(node) => Ok(val(node)),
            None => Err(ExecutionError::no_such_key("it is not set")),
        }
    }
}

impl Sizer for Object<'_> {
    fn size(&self) -> CelInt {
        CelInt::from(i64::try_from(self.keys().len()).unwrap_or(i64::MAX))
    }
}

impl Iterable for Object<'_> {
    fn iter<'b, 'v>(&'b self) -> Box<dyn traits::Iterator<'b, 'v> + 'b>
    where
        Self: 'v,
    {
        Box::new(Keys(self.keys().iter()))
    }
}

struct Keys<'b, 'n>(std::slice::Iter<'b, CelString<'n>>);

impl<'b, 'v, 'n: 'v> traits::Iterator<'b, 'v> for Keys<'b, 'n> {
    fn next(&mut self) -> Option<&'b (dyn Val + 'v)> {
        self.0.next().map(|key| key as &'b (dyn Val + 'v))
    }
}
