//! Walking collections: `for` expressions, and what a splat or a dynamic block goes over.

use std::collections::BTreeMap;

use hcl_edit::expr::ForExpr;

use super::super::val::{Kind, Res, Stop, Val};
use super::{Eval, Frame, Names};
use crate::model::value::Unknown;

/// The entries of a collection, as far as they are known.
pub(super) struct Walk {
    /// Key and value.
    pub(super) entries: Vec<(Val, Val)>,
    /// Set when there may be more.
    pub(super) rest: Option<Unknown>,
}

/// Goes over a list by index, a set by value, an object by key.
pub(super) fn entries(collection: &Val) -> Res<Walk> {
    match collection {
        Val::List(seq) => {
            let doubt = match seq.kind {
                Kind::Unsure => {
                    Some(Unknown::because("depends on the order of a list or set in the plan"))
                }
                _ => seq.rest.clone(),
            };
            let key = |index: usize, item: &Val| match (seq.kind, &doubt) {
                (Kind::Set, _) => item.clone(),
                (_, Some(why)) => Val::Unknown(why.clone()),
                _ => Val::int(i64::try_from(index).unwrap_or(i64::MAX)),
            };
            Ok(Walk {
                entries: seq
                    .items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| (key(index, item), item.clone()))
                    .collect(),
                rest: seq.rest.clone(),
            })
        }
        Val::Object(map) => Ok(Walk {
            entries: map
                .entries
                .iter()
                .map(|(key, value)| (Val::text(key.as_str()), value.clone()))
                .collect(),
            rest: map.rest.clone(),
        }),
        other => match other.doubt() {
            Some(why) => Ok(Walk { entries: Vec::new(), rest: Some(why) }),
            None => Err(Stop::Fails),
        },
    }
}

impl Eval<'_> {
    pub(super) fn for_expr(&mut self, frame: Frame<'_>, expr: &ForExpr) -> Res {
        let collection = self.eval(frame, &expr.intro.collection_expr)?;
        let walk = entries(&collection)?;
        let mut found = Found { rest: walk.rest, ..Found::default() };
        for (key, value) in &walk.entries {
            self.charge(1)?;
            let names = Names { name: &expr.intro.value_var, value, next: frame.names };
            match &expr.intro.key_var {
                Some(key_name) => {
                    let names = Names { name: key_name, value: key, next: Some(&names) };
                    self.for_one(frame.with(&names), expr, &mut found)?;
                }
                None => self.for_one(frame.with(&names), expr, &mut found)?,
            }
        }
        let Found { items, entries, groups, rest } = found;
        if expr.key_expr.is_none() {
            return Val::seq(items, rest, Kind::List);
        }
        if !expr.grouping {
            return Val::map(entries, rest);
        }
        let groups = groups
            .into_iter()
            .map(|(key, items)| Ok((key, Val::seq(items, rest.clone(), Kind::List)?)))
            .collect::<Res<BTreeMap<_, _>>>()?;
        Val::map(groups, rest)
    }

    fn for_one(&mut self, frame: Frame<'_>, expr: &ForExpr, found: &mut Found) -> Res<()> {
        if let Some(cond) = &expr.cond {
            match self.eval(frame, &cond.expr)?.to_bool()? {
                Val::Bool(true) => {}
                Val::Bool(false) => return Ok(()),
                other => {
                    found.open(other.doubt().ok_or(Stop::Fails)?);
                    return Ok(());
                }
            }
        }
        let key = match &expr.key_expr {
            Some(key) => Some(self.eval(frame, key)?.to_text()?),
            None => None,
        };
        let value = self.eval(frame, &expr.value_expr)?;
        match key {
            None => found.items.push(value),
            Some(Val::String(key)) if expr.grouping => {
                found.groups.entry(key.to_string()).or_default().push(value);
            }
            Some(Val::String(key)) => {
                if found.entries.insert(key.to_string(), value).is_some() {
                    return Err(Stop::Fails);
                }
            }
            Some(other) => found.open(other.doubt().ok_or(Stop::Fails)?),
        }
        Ok(())
    }
}

/// What a `for` expression has made so far.
#[derive(Default)]
struct Found {
    items: Vec<Val>,
    entries: BTreeMap<String, Val>,
    groups: BTreeMap<String, Vec<Val>>,
    rest: Option<Unknown>,
}

impl Found {
    fn open(&mut self, why: Unknown) {
        self.rest.get_or_insert(why);
    }
}
