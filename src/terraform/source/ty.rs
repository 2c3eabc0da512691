//! The types of values, and how Terraform finds one type for several (go-cty, package `convert`).
//!
//! A value that the plan shows without its schema has a type that is not known; unification answers
//! with a doubt then.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashSet;

/// Most different types that are unified.
const MAX_TYPES: usize = 64;
/// Deepest type that is unified with another: each level may be looked at several times.
const MAX_DEPTH: u8 = 8;

/// An attribute of an object type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Attr {
    pub(super) ty: Ty,
    /// Only in the constraint of a variable: `optional(string)`.
    pub(super) optional: bool,
}

/// A type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Ty {
    /// The type of a literal `null`, and the constraint `any`.
    Any,
    Bool,
    Number,
    String,
    List(Arc<Ty>),
    Set(Arc<Ty>),
    Map(Arc<Ty>),
    Tuple(Arc<[Ty]>),
    Object(Arc<BTreeMap<String, Attr>>),
    /// It has a type that is not known here.
    Unsure,
}

/// What a question about types can be answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unified {
    To(Ty),
    /// Terraform refuses.
    Never,
    /// It depends on a type that is not known.
    Doubt,
}

/// Whether a conversion exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Converts {
    Yes,
    No,
    Doubt,
}

impl Converts {
    fn all(answers: impl Iterator<Item = Converts>) -> Converts {
        let mut all = Converts::Yes;
        for answer in answers {
            match answer {
                Converts::No => return Converts::No,
                Converts::Doubt => all = Converts::Doubt,
                Converts::Yes => {}
            }
        }
        all
    }
}

impl Ty {
    pub(super) fn list(element: Ty) -> Ty {
        Ty::List(Arc::new(element))
    }

    pub(super) fn set(element: Ty) -> Ty {
        Ty::Set(Arc::new(element))
    }

    pub(super) fn map(element: Ty) -> Ty {
        Ty::Map(Arc::new(element))
    }

    pub(super) fn is_primitive(&self) -> bool {
        matches!(self, Ty::Bool | Ty::Number | Ty::String)
    }

    /// Whether no part of it is unknown.
    pub(super) fn is_sure(&self) -> bool {
        match self {
            Ty::Unsure => false,
            Ty::Any | Ty::Bool | Ty::Number | Ty::String => true,
            Ty::List(inner) | Ty::Set(inner) | Ty::Map(inner) => inner.is_sure(),
            Ty::Tuple(items) => items.iter().all(Ty::is_sure),
            Ty::Object(attrs) => attrs.values().all(|attr| attr.ty.is_sure()),
        }
    }

    fn is_deeper_than(&self, levels: u8) -> bool {
        let Some(levels) = levels.checked_sub(1) else {
            return true;
        };
        match self {
            Ty::Unsure | Ty::Any | Ty::Bool | Ty::Number | Ty::String => false,
            Ty::List(inner) | Ty::Set(inner) | Ty::Map(inner) => inner.is_deeper_than(levels),
            Ty::Tuple(items) => items.iter().any(|item| item.is_deeper_than(levels)),
            Ty::Object(attrs) => attrs.values().any(|attr| attr.ty.is_deeper_than(levels)),
        }
    }

    pub(super) fn has_any(&self) -> bool {
        match self {
            Ty::Any => true,
            Ty::Unsure | Ty::Bool | Ty::Number | Ty::String => false,
            Ty::List(inner) | Ty::Set(inner) | Ty::Map(inner) => inner.has_any(),
            Ty::Tuple(items) => items.iter().any(Ty::has_any),
            Ty::Object(attrs) => attrs.values().any(|attr| attr.ty.has_any()),
        }
    }

    /// The type of values: nothing in it is optional.
    pub(super) fn of_values(&self) -> Ty {
        match self {
            Ty::List(inner) => Ty::list(inner.of_values()),
            Ty::Set(inner) => Ty::set(inner.of_values()),
            Ty::Map(inner) => Ty::map(inner.of_values()),
            Ty::Tuple(items) => Ty::Tuple(items.iter().map(Ty::of_values).collect()),
            Ty::Object(attrs) => Ty::Object(Arc::new(
                attrs
                    .iter()
                    .map(|(name, attr)| (name.clone(), Attr::required(attr.ty.of_values())))
                    .collect(),
            )),
            other => other.clone(),
        }
    }

    /// Whether Terraform converts values of this type to another one.
    pub(super) fn converts(&self, to: &Ty) -> Converts {
        if self == to {
            return Converts::Yes;
        }
        match (self, to) {
            (Ty::Unsure, _) | (_, Ty::Unsure) => Converts::Doubt,
            (_, Ty::Any) | (Ty::Any, _) => Converts::Yes,
            (Ty::Bool | Ty::Number, Ty::String) | (Ty::String, Ty::Bool | Ty::Number) => {
                Converts::Yes
            }
            (Ty::List(from) | Ty::Set(from), Ty::List(to) | Ty::Set(to))
            | (Ty::Map(from), Ty::Map(to)) => from.converts(to),
            (Ty::Tuple(from), Ty::Tuple(to)) if from.len() == to.len() => {
                Converts::all(from.iter().zip(to.iter()).map(|(from, to)| from.converts(to)))
            }
            (Ty::Tuple(from), Ty::List(to) | Ty::Set(to)) => each_converts(from.iter(), to, false),
            (Ty::Object(from), Ty::Map(to)) => {
                each_converts(from.values().map(|attr| &attr.ty), to, true)
            }
            (Ty::Object(from), Ty::Object(to)) => {
                Converts::all(to.iter().map(|(name, attr)| match from.get(name) {
                    Some(from) => from.ty.converts(&attr.ty),
                    None if attr.optional => Converts::Yes,
                    None => Converts::No,
                }))
            }
            (Ty::Map(from), Ty::Object(to)) => {
                Converts::all(to.values().map(|attr| match from.converts(&attr.ty) {
                    Converts::No if attr.optional => Converts::Doubt,
                    other => other,
                }))
            }
            _ => Converts::No,
        }
    }
}

impl Attr {
    pub(super) fn required(ty: Ty) -> Attr {
        Attr { ty, optional: false }
    }
}

/// Whether the elements of a tuple or object make a collection.
fn each_converts<'t>(
    from: impl Iterator<Item = &'t Ty> + Clone,
    to: &Ty,
    into_map: bool,
) -> Converts {
    if *to != Ty::Any {
        return Converts::all(from.map(|from| from.converts(to)));
    }
    let types: Vec<&Ty> = from.collect();
    if types.is_empty() {
        return Converts::Yes;
    }
    match unify(&types) {
        Unified::To(Ty::Any) if types.iter().all(|ty| **ty == Ty::Any) => Converts::Yes,
        Unified::To(Ty::Any) if into_map => Converts::Doubt,
        Unified::To(Ty::Any) | Unified::Never => Converts::No,
        Unified::To(to) => Converts::all(types.iter().map(|from| from.converts(&to))),
        Unified::Doubt => Converts::Doubt,
    }
}

/// The one type that values of these types are converted to.
pub(super) fn unify(types: &[&Ty]) -> Unified {
    let Some(first) = types.first() else {
        return Unified::Never;
    };
    if !types.iter().all(|ty| ty.is_sure()) {
        // Where it works, it works with a text: everything else that goes with one becomes one.
        let scalar = |ty: &Ty| ty.is_primitive() || matches!(ty, Ty::Any | Ty::Unsure);
        let texts = types.iter().any(|ty| **ty == Ty::String);
        return match texts && types.iter().all(|ty| scalar(ty)) {
            true => Unified::To(Ty::String),
            false => Unified::Doubt,
        };
    }
    if types.iter().all(|ty| ty == first) {
        return Unified::To((*first).clone());
    }
    let mut seen = FxHashSet::default();
    let types: Vec<&Ty> = types.iter().filter(|ty| seen.insert(**ty)).copied().collect();
    if types.len() > MAX_TYPES || types.iter().any(|ty| ty.is_deeper_than(MAX_DEPTH)) {
        return Unified::Doubt;
    }
    let types = types.as_slice();
    let count = |is: fn(&Ty) -> bool| types.iter().filter(|ty| is(ty)).count();
    let any = count(|ty| *ty == Ty::Any);
    let maps = count(|ty| matches!(ty, Ty::Map(_)));
    let lists = count(|ty| matches!(ty, Ty::List(_)));
    let sets = count(|ty| matches!(ty, Ty::Set(_)));
    let objects = count(|ty| matches!(ty, Ty::Object(_)));
    let tuples = count(|ty| matches!(ty, Ty::Tuple(_)));
    let all = types.len();
    if [maps, lists, sets, objects, tuples].iter().any(|count| *count > 0 && count + any == all) {
        if any > 0 {
            return Unified::To(Ty::Any);
        }
        return match () {
            () if maps > 0 => collections(types, Ty::map),
            () if lists > 0 => collections(types, Ty::list),
            () if sets > 0 => collections(types, Ty::set),
            () if objects > 0 => unify_objects(types),
            () => unify_tuples(types),
        };
    }
    let as_one = match () {
        () if maps > 0 && maps + objects + any == all => with_collections(types, Ty::map),
        () if lists > 0 && lists + tuples + any == all => with_collections(types, Ty::list),
        () if objects > 0 && tuples > 0 => return Unified::Never,
        () => Unified::Never,
    };
    match as_one {
        Unified::Never => preferred(types),
        // The conversions of Terraform pass through a type that is half known.
        Unified::To(ty) if ty.has_any() => Unified::Doubt,
        other => other,
    }
}

fn collections(types: &[&Ty], make: fn(Ty) -> Ty) -> Unified {
    let elements: Vec<&Ty> = types
        .iter()
        .filter_map(|ty| match ty {
            Ty::List(inner) | Ty::Set(inner) | Ty::Map(inner) => Some(inner.as_ref()),
            _ => None,
        })
        .collect();
    match unify(&elements) {
        Unified::To(element) => Unified::To(make(element)),
        other => other,
    }
}

/// Tuples beside lists, or objects beside maps: they are taken for lists or maps if that is
/// possible.
fn with_collections(types: &[&Ty], make: fn(Ty) -> Ty) -> Unified {
    let structural: Vec<&Ty> =
        types.iter().filter(|ty| matches!(ty, Ty::Tuple(_) | Ty::Object(_))).copied().collect();
    let one = match to_collection(&structural, make) {
        Unified::To(one) => one,
        other => return other,
    };
    let replaced: Vec<&Ty> = types
        .iter()
        .map(|ty| if matches!(ty, Ty::Tuple(_) | Ty::Object(_)) { &one } else { *ty })
        .collect();
    match unify(&replaced) {
        Unified::To(ty @ (Ty::List(_) | Ty::Map(_))) => Unified::To(ty),
        Unified::To(_) => Unified::Never,
        other => other,
    }
}

/// One list for tuples, or one map for objects, of all their elements.
fn to_collection(types: &[&Ty], make: fn(Ty) -> Ty) -> Unified {
    let mut elements: Vec<&Ty> = Vec::new();
    for ty in types {
        match ty {
            Ty::Tuple(items) => elements.extend(items.iter()),
            Ty::Object(attrs) => elements.extend(attrs.values().map(|attr| &attr.ty)),
            _ => {}
        }
    }
    let to = match unify(&elements) {
        Unified::To(element) => make(element),
        other => return other,
    };
    match Converts::all(types.iter().map(|ty| ty.converts(&to))) {
        Converts::Yes => Unified::To(to),
        Converts::No => Unified::Never,
        Converts::Doubt => Unified::Doubt,
    }
}

fn unify_objects(types: &[&Ty]) -> Unified {
    let all: Vec<&BTreeMap<String, Attr>> = types
        .iter()
        .filter_map(|ty| match ty {
            Ty::Object(attrs) => Some(attrs.as_ref()),
            _ => None,
        })
        .collect();
    let Some((first, others)) = all.split_first() else {
        return Unified::Never;
    };
    if others.iter().any(|other| !other.keys().eq(first.keys())) {
        return to_collection(types, Ty::map);
    }
    let mut attrs = BTreeMap::new();
    for name in first.keys() {
        let across: Vec<&Ty> =
            all.iter().filter_map(|own| own.get(name)).map(|attr| &attr.ty).collect();
        match unify(&across) {
            Unified::To(ty) => attrs.insert(name.clone(), Attr::required(ty)),
            other => return other,
        };
    }
    settled(types, Ty::Object(Arc::new(attrs)), Ty::map)
}

fn unify_tuples(types: &[&Ty]) -> Unified {
    let all: Vec<&[Ty]> = types
        .iter()
        .filter_map(|ty| match ty {
            Ty::Tuple(items) => Some(items.as_ref()),
            _ => None,
        })
        .collect();
    let Some((first, others)) = all.split_first() else {
        return Unified::Never;
    };
    if others.iter().any(|other| other.len() != first.len()) {
        return to_collection(types, Ty::list);
    }
    let mut items = Vec::with_capacity(first.len());
    for at in 0..first.len() {
        let across: Vec<&Ty> = all.iter().filter_map(|own| own.get(at)).collect();
        match unify(&across) {
            Unified::To(ty) => items.push(ty),
            other => return other,
        }
    }
    settled(types, Ty::Tuple(items.into()), Ty::list)
}

/// The type that was found by parts, if all convert to it.
fn settled(types: &[&Ty], found: Ty, make: fn(Ty) -> Ty) -> Unified {
    match Converts::all(types.iter().map(|ty| ty.converts(&found))) {
        Converts::Yes => Unified::To(found),
        Converts::No => to_collection(types, make),
        Converts::Doubt => Unified::Doubt,
    }
}

/// The most general of types of several kinds that all others convert to.
fn preferred(types: &[&Ty]) -> Unified {
    for at in in_order(types) {
        let Some(wanted) = types.get(at) else { continue };
        match Converts::all(types.iter().map(|ty| ty.converts(wanted))) {
            Converts::Yes => return Unified::To((*wanted).clone()),
            Converts::No => {}
            Converts::Doubt => return Unified::Doubt,
        }
    }
    Unified::Never
}

/// Positions of the types, the more general first (a topological order).
fn in_order(types: &[&Ty]) -> Vec<usize> {
    let mut edges: Vec<Vec<usize>> = vec![Vec::new(); types.len()];
    let mut before: Vec<usize> = vec![0; types.len()];
    for (i, a) in types.iter().enumerate() {
        for (j, b) in types.iter().enumerate().skip(i + 1) {
            let (from, to) = match generality(a, b) {
                order if order < 0 => (i, j),
                order if order > 0 => (j, i),
                _ => continue,
            };
            if let (Some(edges), Some(count)) = (edges.get_mut(from), before.get_mut(to)) {
                edges.push(to);
                *count += 1;
            }
        }
    }
    let free = before.iter().enumerate().filter(|(_, count)| **count == 0).map(|(at, _)| at);
    let mut order: Vec<usize> = free.collect();
    let mut next = 0;
    while let Some(at) = order.get(next).copied() {
        next += 1;
        for to in edges.get(at).cloned().unwrap_or_default() {
            if let Some(count) = before.get_mut(to) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    order.push(to);
                }
            }
        }
    }
    order
}

/// Below zero when the first type is the more general one.
fn generality(a: &Ty, b: &Ty) -> i8 {
    match (a, b) {
        (Ty::Any, Ty::Any) => 0,
        (Ty::Any, _) => 1,
        (_, Ty::Any) => -1,
        (Ty::String, Ty::Bool | Ty::Number) => -1,
        (Ty::Bool | Ty::Number, Ty::String) => 1,
        (Ty::List(a), Ty::List(b)) | (Ty::Set(a), Ty::Set(b)) | (Ty::Map(a), Ty::Map(b)) => {
            generality(a, b)
        }
        (Ty::Tuple(_) | Ty::List(_), Ty::Set(_)) => -1,
        (Ty::Set(_), Ty::Tuple(_) | Ty::List(_)) => 1,
        (Ty::List(_), Ty::Tuple(_)) | (Ty::Map(_), Ty::Object(_)) => -1,
        (Ty::Tuple(_), Ty::List(_)) | (Ty::Object(_), Ty::Map(_)) => 1,
        (Ty::Tuple(a), Ty::Tuple(b)) if a.len() == b.len() => {
            of_parts(a.iter().zip(b.iter()).map(|(a, b)| generality(a, b)))
        }
        (Ty::Object(a), Ty::Object(b)) if a.keys().eq(b.keys()) => {
            of_parts(a.values().zip(b.values()).map(|(a, b)| generality(&a.ty, &b.ty)))
        }
        _ => 0,
    }
}

fn of_parts(parts: impl Iterator<Item = i8>) -> i8 {
    let (mut first, mut second) = (false, false);
    for part in parts {
        first |= part < 0;
        second |= part > 0;
    }
    i8::from(second && !first) - i8::from(first && !second)
}
