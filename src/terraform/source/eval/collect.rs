//! Walking collections: `for` expressions, and what a splat or a dynamic block goes over.

use std::collections::BTreeMap;

use hcl_edit::expr::{Expression, ForExpr};

use super::super::ty::Ty;
use super::super::val::{Kind, Res, Stop, Val, unordered};
use super::{Eval, Frame, Names};
use crate::model::value::Unknown;

/// The entries of a collection, as far as they are known.
pub(super) struct Walk {
    /// Key and value.
    pub(super) entries: Vec<(Val, Val)>,
    /// Set when there may be more.
    pub(super) rest: Option<Unknown>,
    /// Perhaps in another order.
    pub(super) unordered: bool,
}

/// Goes over a list by index, a set by value, an object by key.
pub(super) fn entries(collection: &Val) -> Res<Walk> {
    match collection {
        Val::List(seq) => {
            let doubt = match seq.kind {
                Kind::Unsure => {
                    Some(Unknown::because("depends on the order of a list or set in the plan"))
                }
                _ => seq.rest.clone().or_else(|| seq.unordered.then(unordered)),
            };
            let key = |index: usize, item: &Val| match (&seq.kind, &doubt) {
                (Kind::Set(_), _) => item.clone(),
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
                unordered: seq.unordered,
            })
        }
        Val::Object(map) => Ok(Walk {
            entries: map
                .entries
                .iter()
                .map(|(key, value)| (Val::text(key.as_str()), value.clone()))
                .collect(),
            rest: map.rest.clone(),
            unordered: false,
        }),
        other => match other.doubt() {
            Some(why) => Ok(Walk { entries: Vec::new(), rest: Some(why), unordered: false }),
            None => Err(Stop::Fails),
        },
    }
}

impl Eval<'_> {
    pub(super) fn for_expr(&mut self, frame: Frame<'_>, expr: &ForExpr) -> Res {
        let collection = self.eval(frame, &expr.intro.collection_expr)?;
        let walk = entries(&collection)?;
        if let Some(cond) = &expr.cond {
            self.check_condition(frame, expr, &cond.expr)?;
        }
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
            return Val::perhaps_ordered(items, rest, Kind::Tuple, walk.unordered);
        }
        if !expr.grouping {
            return Val::object(entries, rest);
        }
        let groups = groups
            .into_iter()
            .map(|(key, items)| {
                let items = Val::perhaps_ordered(items, rest.clone(), Kind::Tuple, walk.unordered)?;
                Ok((key, items))
            })
            .collect::<Res<BTreeMap<_, _>>>()?;
        Val::object(groups, rest)
    }

    /// Terraform evaluates the condition once for an element that it does not know, and refuses the
    /// expression when that fails, even where there is no element at all.
    fn check_condition(&mut self, frame: Frame<'_>, expr: &ForExpr, cond: &Expression) -> Res<()> {
        let some = Val::unknown("is some element");
        let names = Names { name: &expr.intro.value_var, value: &some, next: frame.names };
        let outer = self.met.take();
        let outcome = match &expr.intro.key_var {
            Some(key) => {
                let names = Names { name: key, value: &some, next: Some(&names) };
                self.eval(frame.with(&names), cond)
            }
            None => self.eval(frame.with(&names), cond),
        };
        self.met = outer;
        match outcome.and_then(|value| value.convert(&Ty::Bool)) {
            // Whether it fails there too is not certain.
            Err(Stop::Fails) | Ok(Val::Null(_)) => {
                self.meets("has a condition that may fail");
                Ok(())
            }
            Err(Stop::TooMuch) => Err(Stop::TooMuch),
            _ => Ok(()),
        }
    }

    fn for_one(&mut self, frame: Frame<'_>, expr: &ForExpr, found: &mut Found) -> Res<()> {
        if let Some(cond) = &expr.cond {
            match self.eval(frame, &cond.expr)?.convert(&Ty::Bool)? {
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
