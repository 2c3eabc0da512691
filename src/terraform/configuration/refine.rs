//! Fills the holes of a planned value from what its expression says.
//!
//! `hint` is what the configuration or the source knows: poorer or richer than the plan, never
//! stronger. What the plan knows stays; only what it does not know is taken from the hint.

use crate::model::value::{List, Object, Piece, Unknown, Value};
use crate::terraform::source::contradicts;

/// Fills what is unknown in `planned` from `hint`.
pub(in crate::terraform) fn refine(planned: Value, hint: &Value) -> Value {
    match (planned, hint) {
        (Value::Unknown(_), hint) => hint.clone(),
        (planned, Value::Unknown(why)) => explain(planned, why),
        (Value::Object(object), Value::Object(hint)) => Value::Object(refine_object(object, hint)),
        (Value::List(list), hint) => Value::List(refine_list(list, hint)),
        (planned, _) => planned,
    }
}

fn refine_object(object: Object, hint: &Object) -> Object {
    let entries = object
        .entries
        .into_iter()
        .map(|(key, value)| {
            let value = match value.doubt() {
                None => value,
                Some(_) => refine(value, &hint.get(&key)),
            };
            (key, value)
        })
        .collect();
    Object { entries, rest: object.rest }
}

fn refine_list(list: List, hint: &Value) -> List {
    let doubtful = list.items.iter().any(|item| item.doubt().is_some());
    if !doubtful {
        return list;
    }
    match pair(&list.items, hint.elements()) {
        Some(partners) if hint.rest().is_none() => {
            let items = list
                .items
                .into_iter()
                .zip(partners)
                .map(|(item, partner)| match hint.elements().get(partner) {
                    Some(hint) if item.doubt().is_some() => refine(item, hint),
                    _ => item,
                })
                .collect();
            List { items, rest: list.rest }
        }
        _ => match hint.doubt() {
            Some(why) => List {
                items: list.items.into_iter().map(|item| explain(item, why)).collect(),
                rest: list.rest,
            },
            None => list,
        },
    }
}

/// Gives every hole without a reason of its own this one.
fn explain(value: Value, why: &Unknown) -> Value {
    match value {
        Value::Unknown(own) if own.references().is_empty() => Value::Unknown(why.derived()),
        Value::Object(object) => Value::Object(Object {
            entries: object.entries.into_iter().map(|(k, v)| (k, explain(v, why))).collect(),
            rest: object.rest,
        }),
        Value::List(list) => Value::List(List {
            items: list.items.into_iter().map(|item| explain(item, why)).collect(),
            rest: list.rest,
        }),
        other => other,
    }
}

/// Which hint belongs to which planned element: a set stands in another order in the plan than in
/// the source. `None` when that is not clear.
pub(in crate::terraform) fn pair(planned: &[Value], hints: &[Value]) -> Option<Vec<usize>> {
    if planned.len() != hints.len() {
        return None;
    }
    let straight = planned.iter().zip(hints).all(|(item, hint)| !contradicts(hint, item));
    if straight && (planned.len() < 2 || all_alike(planned)) {
        return Some((0..planned.len()).collect());
    }
    // Quadratic only for lists that no plan holds.
    if planned.len() > 256 {
        return straight.then(|| (0..planned.len()).collect());
    }
    let mut taken = vec![false; hints.len()];
    let mut partners = Vec::with_capacity(planned.len());
    for (i, item) in planned.iter().enumerate() {
        let fits = |j: usize| {
            taken.get(j) == Some(&false)
                && hints.get(j).is_some_and(|hint| !contradicts(hint, item))
        };
        let partner =
            if straight && fits(i) { Some(i) } else { (0..hints.len()).find(|j| fits(*j)) };
        let partner = partner?;
        if let Some(slot) = taken.get_mut(partner) {
            *slot = true;
        }
        partners.push(partner);
    }
    Some(partners)
}

fn all_alike(items: &[Value]) -> bool {
    items.windows(2).all(|two| two.first() == two.last())
}

/// All references that the holes of a value wait for, and whether some hole names none.
pub(in crate::terraform) fn waits(value: &Value) -> (Vec<String>, Option<Unknown>) {
    fn note(why: &Unknown, all: &mut Vec<String>, silent: &mut Option<Unknown>) {
        if why.references().is_empty() {
            silent.get_or_insert_with(|| why.clone());
        }
        all.extend(why.references().iter().cloned());
    }
    fn collect(value: &Value, all: &mut Vec<String>, silent: &mut Option<Unknown>) {
        match value {
            Value::Unknown(why) => note(why, all, silent),
            Value::Template(pieces) => pieces.iter().for_each(|piece| {
                if let Piece::Hole(why) = piece {
                    note(why, all, silent);
                }
            }),
            Value::Json(inner) | Value::Base64(inner) => collect(inner, all, silent),
            Value::List(list) => {
                list.items.iter().for_each(|item| collect(item, all, silent));
                list.rest.iter().for_each(|why| note(why, all, silent));
            }
            Value::Object(object) => {
                object.entries.iter().for_each(|(_, item)| collect(item, all, silent));
                object.rest.iter().for_each(|why| note(why, all, silent));
            }
            _ => {}
        }
    }
    let (mut all, mut silent) = (Vec::new(), None);
    collect(value, &mut all, &mut silent);
    all.sort();
    all.dedup();
    (all, silent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Value {
        serde_json::from_str(text).unwrap()
    }

    fn hole(reference: &str) -> Value {
        Value::Unknown(Unknown::waits_for([reference]))
    }

    #[test]
    fn a_set_is_paired_by_what_is_known_of_its_elements() {
        let planned = Value::list(vec![
            Value::object([("port".into(), 22.into()), ("cidr".into(), hole("x"))]),
            Value::object([("port".into(), 80.into()), ("cidr".into(), "10.0.0.0/8".into())]),
        ]);
        let hint =
            json(r#"[{"port": 80, "cidr": "10.0.0.0/8"}, {"port": "22", "cidr": "0.0.0.0/0"}]"#);
        let refined = refine(planned, &hint);
        assert_eq!(refined.at("[0].cidr").as_str(), Some("0.0.0.0/0"));
        assert_eq!(refined.at("[1].cidr").as_str(), Some("10.0.0.0/8"));
    }

    #[test]
    fn what_the_plan_knows_is_never_replaced() {
        let planned = json(r#"{"a": "x", "b": [1, 2]}"#);
        assert_eq!(refine(planned.clone(), &json(r#"{"a": "y", "b": [3, 4]}"#)), planned);
    }
}
