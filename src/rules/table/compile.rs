//! Checks a rule file and turns it into what `judge.rs` runs; each error says where and what. Only
//! `build.rs` and tests do so: what the program holds is compiled.

use std::borrow::Cow;

use super::compiled::{Comparison, Cond, Entry, Leaf, Table, Test, version};
use super::language::{
    Bound, Condition, Document, Entry as Written, Judges, Literal, None as NoElement, OneOrMany,
    Unset,
};
use super::path::Path;
use crate::model::rule::{Meta, Param, ParamSpec, Text};

/// Checks a rule file.
///
/// # Errors
/// Where the mistake stands and what it is.
pub fn compile(document: Document) -> Result<(Meta, Table), String> {
    check_texts(&document)?;
    if document.references.is_empty() || document.resources.is_empty() {
        return Err("needs `references` and `resources`".to_owned());
    }
    let mut types: Vec<Text> = Vec::new();
    let mut entries = Vec::new();
    for (i, entry) in document.resources.into_iter().enumerate() {
        let entry = compile_entry(entry, &document.params)
            .and_then(|entry| check_judges(entry, document.judges))
            .map_err(|error| format!("resources[{i}].{error}"))?;
        types.extend(entry.types.iter().cloned().map(Text::Owned));
        entries.push(entry);
    }
    types.sort();
    types.dedup();
    let owned = |list: Vec<String>| list.into_iter().map(Text::Owned).collect::<Vec<_>>();
    let meta = Meta {
        id: document.id.into(),
        title: document.title.into(),
        severity: document.severity,
        service: document.service.into(),
        types: Cow::Owned(types),
        what: document.what.trim().to_owned().into(),
        why: document.why.trim().to_owned().into(),
        fix: document.fix.trim().to_owned().into(),
        references: Cow::Owned(owned(document.references)),
        frameworks: Cow::Owned(
            document
                .frameworks
                .into_iter()
                .map(|(name, controls)| (Text::Owned(name), Cow::Owned(owned(controls))))
                .collect(),
        ),
        on_by_default: document.on_by_default,
        yields_to: Cow::Owned(owned(document.yields_to)),
        params: Cow::Owned(document.params),
        blames_secrets: false,
        covers: true,
        holds_narrower: false,
    };
    Ok((meta, Table { entries }))
}

/// Whether an entry fits what its file judges.
fn check_judges(entry: Entry, judges: Judges) -> Result<Entry, String> {
    let when = entry.when.as_ref().is_some_and(|when| compares(when, Depth::Any));
    match judges {
        Judges::State if when || entry.created || compares(&entry.require, Depth::Any) => {
            Err("require: compares with the state before; needs `judges: change`".to_owned())
        }
        Judges::Change if !entry.each.is_empty() => {
            Err("each: a change is judged as a whole".to_owned())
        }
        // Only of the resource itself is it known what it was.
        Judges::Change if when || compares(&entry.require, Depth::Inside) => {
            Err("require: only the resource itself compares with the state before".to_owned())
        }
        _ => Ok(entry),
    }
}

/// Where a comparison with the state before the change is looked for.
#[derive(Clone, Copy, PartialEq)]
enum Depth {
    Any,
    /// Below an element, a document or another resource.
    Inside,
}

fn compares(cond: &Cond, depth: Depth) -> bool {
    let inside = |one: &Cond| compares(one, Depth::Any);
    match cond {
        Cond::Compare(..) => depth == Depth::Any,
        Cond::NotFewer(_, one) => depth == Depth::Any || one.as_deref().is_some_and(inside),
        Cond::EachKept(..) => depth == Depth::Any,
        Cond::All(list) | Cond::Any(list) => list.iter().any(|one| compares(one, depth)),
        Cond::Not(one) => compares(one, depth),
        Cond::Some(_, one) | Cond::Every(_, one) | Cond::Json(_, one, _) => inside(one),
        Cond::Linked(_, _, require) | Cond::Follow { require, .. } => {
            require.as_deref().is_some_and(inside)
        }
        Cond::CustomerKey(_) | Cond::Unknown(_) | Cond::Leaf(_) => false,
    }
}

fn check_texts(document: &Document) -> Result<(), String> {
    let Document { id, title, service, what, why, fix, .. } = document;
    let kebab = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.is_empty() || !id.chars().all(kebab) {
        return Err(format!("id: `{id}` is not kebab-case"));
    }
    let texts =
        [("title", title), ("service", service), ("what", what), ("why", why), ("fix", fix)];
    for (name, text) in texts {
        if text.trim().is_empty() {
            return Err(format!("{name}: is empty"));
        }
    }
    if title.ends_with('.') || title.contains('\n') {
        return Err("title: must be one line without a full stop".to_owned());
    }
    Ok(())
}

fn compile_entry(entry: Written, params: &[ParamSpec]) -> Result<Entry, String> {
    if entry.types.is_empty() {
        return Err("types: is empty".to_owned());
    }
    let message = entry.message;
    if message.is_empty()
        || message.ends_with('.')
        || message.contains('\n')
        || is_sentence(&message)
    {
        return Err(format!("message: `{message}` must be lower case, without a full stop"));
    }
    let paths = |field: Option<OneOrMany<String>>, name: &str| {
        let list = field.map_or_else(Vec::new, OneOrMany::into_vec);
        let list: Result<Vec<Path>, String> = list.iter().map(|p| Path::parse(p)).collect();
        list.map_err(|error| format!("{name}: {error}"))
    };
    let each = paths(entry.each, "each")?;
    let identity = paths(entry.identity, "identity")?;
    if each.is_empty() && (entry.none.is_some() || !identity.is_empty()) {
        return Err("each: is needed for `none` and `identity`".to_owned());
    }
    let require = compile_condition(&entry.require, params, "require")?;
    let when =
        entry.when.as_ref().map(|when| compile_condition(when, params, "when")).transpose()?;
    let Condition { path: tested, customer_key, not_fewer, each_kept, .. } = &entry.require;
    let counted = not_fewer.as_ref().map(|blocks| blocks.within.clone());
    let paired = each_kept.as_ref().map(|blocks| blocks.within.clone());
    let of_blocks = counted.or(paired);
    let written = entry.path.or(tested.clone()).or(customer_key.clone()).or(of_blocks);
    let written = written.ok_or("path: must say which attribute is to blame")?;
    let path = Path::parse(&written).map_err(|error| format!("path: {error}"))?;
    let show_text = compared(&require, &path);
    let demanded = entry.none == Some(NoElement::Violated);
    let (types, created) = (entry.types, entry.created);
    Ok(Entry { types, when, each, demanded, identity, require, created, path, show_text, message })
}

/// Whether a text starts like a sentence; an abbreviation such as `IMDS` does not.
fn is_sentence(text: &str) -> bool {
    let mut chars = text.chars();
    let upper = chars.next().is_some_and(char::is_uppercase);
    upper && !chars.next().is_some_and(|c| c.is_uppercase() || c.is_ascii_digit())
}

/// Whether the condition compares the attribute with known texts.
fn compared(cond: &Cond, path: &Path) -> bool {
    match cond {
        Cond::All(list) | Cond::Any(list) => list.iter().any(|one| compared(one, path)),
        Cond::Not(one) => compared(one, path),
        Cond::CustomerKey(key) => key == path,
        Cond::Leaf(leaf) => leaf.path == *path && !matches!(leaf.test, Test::Set),
        Cond::Compare(own, Comparison::NotWeaker(_)) => own == path,
        _ => false,
    }
}

fn compile_condition(written: &Condition, params: &[ParamSpec], at: &str) -> Result<Cond, String> {
    let boxed = |inner: &Condition, name: &str| {
        compile_condition(inner, params, &format!("{at}.{name}")).map(Box::new)
    };
    let optional = |inner: &Option<Box<Condition>>, name: &str| {
        inner.as_deref().map(|inner| boxed(inner, name)).transpose()
    };
    let list = |inner: &[Condition], name: &str| {
        if inner.is_empty() {
            return Err(format!("{at}.{name}: is empty"));
        }
        let part = |(i, one)| compile_condition(one, params, &format!("{at}.{name}[{i}]"));
        inner.iter().enumerate().map(part).collect::<Result<Vec<_>, String>>()
    };
    let path = |text: &str| Path::parse(text).map_err(|error| format!("{at}: {error}"));
    let mut found = Vec::new();
    if let Some(inner) = &written.all {
        found.push(Cond::All(list(inner, "all")?));
    }
    if let Some(inner) = &written.any {
        found.push(Cond::Any(list(inner, "any")?));
    }
    if let Some(inner) = &written.not {
        found.push(Cond::Not(boxed(inner, "not")?));
    }
    if let Some(some) = &written.some {
        found.push(Cond::Some(path(&some.within)?, boxed(&some.require, "some")?));
    }
    if let Some(every) = &written.every {
        found.push(Cond::Every(path(&every.within)?, boxed(&every.require, "every")?));
    }
    if let Some(linked) = &written.linked {
        let types = linked.types.clone().into_vec();
        let require = optional(&linked.require, "linked")?;
        found.push(Cond::Linked(types, linked.via.clone(), require));
    }
    if let Some(follow) = &written.follow {
        path(&follow.path)?;
        found.push(Cond::Follow {
            path: follow.path.clone(),
            types: follow.types.clone().into_vec(),
            require: optional(&follow.require, "follow")?,
            none: follow.none,
        });
    }
    if let Some(json) = &written.json {
        found.push(Cond::Json(path(&json.path)?, boxed(&json.require, "json")?, json.unset));
    }
    if let Some(key) = &written.customer_key {
        found.push(Cond::CustomerKey(path(key)?));
    }
    if let Some(reason) = &written.unknown {
        found.push(Cond::Unknown(reason.clone()));
    }
    if let Some(blocks) = &written.not_fewer {
        let require = optional(&blocks.require, "not_fewer")?;
        found.push(Cond::NotFewer(path(&blocks.within)?, require));
    }
    if let Some(blocks) = &written.each_kept {
        let require = boxed(&blocks.require, "each_kept")?;
        found.push(Cond::EachKept(path(&blocks.within)?, path(&blocks.by)?, require));
    }
    let compared = compile_comparison(written).map_err(|e| format!("{at}: {e}"))?;
    if let Some(comparison) = compared {
        found.push(comparison);
        if written.ci || written.unset.is_some() {
            return Err(format!("{at}: `ci` and `unset` belong to a test"));
        }
    }
    let is_leaf = written.path.is_some();
    if let Some(leaf) = compile_leaf(written, params).map_err(|e| format!("{at}: {e}"))? {
        found.push(Cond::Leaf(leaf));
    }
    if !is_leaf && (written.ci || written.unset.is_some()) {
        return Err(format!("{at}: `ci` and `unset` belong to a `path`"));
    }
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (None, _) => Err(format!("{at}: is no condition")),
        (Some(_), false) => Err(format!("{at}: several conditions in one; use `all` or `any`")),
    }
}

/// Whether the condition compares its own path with the state before the change.
fn compares_itself(written: &Condition) -> bool {
    let words = [written.kept, written.nothing_new];
    words.iter().any(Option::is_some)
        || written.not_lower.is_some()
        || written.not_higher.is_some()
        || written.not_weaker.is_some()
}

/// A comparison with the state before the change.
fn compile_comparison(written: &Condition) -> Result<Option<Cond>, String> {
    let bound = |bound: &Bound| {
        let plus = bound.plus.iter().map(|(path, weight)| Ok((Path::parse(path)?, *weight)));
        plus.collect::<Result<Vec<_>, String>>().map(|plus| (bound.clone(), plus))
    };
    let mut found = Vec::new();
    for (word, comparison) in
        [(written.kept, Comparison::Kept), (written.nothing_new, Comparison::NothingNew)]
    {
        match word {
            Some(true) => found.push(comparison),
            Some(false) => return Err("`kept` and `nothing_new` are `true` or not written".into()),
            None => {}
        }
    }
    if let Some(written) = &written.not_lower {
        let (bound, plus) = bound(written)?;
        found.push(Comparison::NotLower(bound, plus));
    }
    if let Some(written) = &written.not_higher {
        let (bound, plus) = bound(written)?;
        found.push(Comparison::NotHigher(bound, plus));
    }
    if let Some(levels) = &written.not_weaker {
        if levels.unset.as_ref().is_some_and(|unset| !levels.order.contains(unset)) {
            return Err("`unset` is none of the levels".to_owned());
        }
        found.push(Comparison::NotWeaker(levels.clone()));
    }
    let path = written.path.as_ref().ok_or("a comparison needs a `path`".to_owned());
    match (found.pop(), found.is_empty()) {
        (None, _) => Ok(None),
        (Some(only), true) => Ok(Some(Cond::Compare(Path::parse(path?)?, only))),
        (Some(_), false) => Err("several comparisons; use `all`".to_owned()),
    }
}

fn compile_leaf(written: &Condition, params: &[ParamSpec]) -> Result<Option<Leaf>, String> {
    let known = |literal: &Literal| match literal {
        Literal::Param { param } if !params.iter().any(|p| p.name == *param) => {
            Err(format!("`{param}` is not one of the rule's `params`"))
        }
        literal => Ok(literal.clone()),
    };
    let many = |list: &OneOrMany<Literal>| -> Result<Vec<Literal>, String> {
        list.clone().into_vec().iter().map(known).collect()
    };
    // The test, whether it is negated, and whether *not set* could be meant to pass it.
    let mut tests: Vec<(Test, bool, bool)> = Vec::new();
    if let Some(value) = &written.is {
        let off = match value {
            Literal::Bool(false) => true,
            Literal::Param { param } => {
                params.iter().any(|p| p.name == *param && p.default == Param::Bool(false))
            }
            _ => false,
        };
        tests.push((Test::OneOf(vec![known(value)?]), false, off));
    }
    if let Some(value) = &written.is_not {
        tests.push((Test::OneOf(vec![known(value)?]), true, true));
    }
    if let Some(list) = &written.one_of {
        tests.push((Test::OneOf(many(list)?), false, false));
    }
    if let Some(list) = &written.none_of {
        tests.push((Test::OneOf(many(list)?), true, true));
    }
    if let Some(value) = &written.at_least {
        tests.push((Test::AtLeast(known(value)?), false, false));
    }
    if let Some(value) = &written.at_most {
        tests.push((Test::AtMost(known(value)?), false, true));
    }
    if let Some(text) = &written.version_at_least {
        let version = version(text).ok_or_else(|| format!("`{text}` is no version"))?;
        tests.push((Test::Version(version), false, false));
    }
    if let Some(list) = &written.matches {
        tests.push((Test::Matches(list.clone().into_vec()), false, false));
    }
    if let Some(list) = &written.not_matches {
        tests.push((Test::Matches(list.clone().into_vec()), true, true));
    }
    if let Some(list) = &written.contains {
        tests.push((Test::Contains(many(list)?), false, false));
    }
    if let Some(list) = &written.contains_any {
        tests.push((Test::ContainsAny(many(list)?), false, false));
    }
    if let Some(list) = &written.lacks {
        tests.push((Test::ContainsAny(many(list)?), true, true));
    }
    if let Some(set) = written.set {
        tests.push((Test::Set, !set, false));
    }
    let (test, negate, needs_unset) = match (written.path.as_ref(), tests.pop(), tests.len()) {
        (None, None, _) => return Ok(None),
        (None, Some(_), _) => return Err("a test needs a `path`".to_owned()),
        (Some(_), None, _) if compares_itself(written) => return Ok(None),
        (Some(path), None, _) => return Err(format!("`{path}` has no test")),
        (Some(path), Some(_), 1..) => {
            return Err(format!("`{path}` has several tests; use `all`"));
        }
        (Some(_), Some(test), 0) => test,
    };
    let written_path = written.path.clone().unwrap_or_default();
    if matches!(test, Test::Set) && written.unset.is_some() {
        return Err("`set` says already what not set means".to_owned());
    }
    if needs_unset && written.unset.is_none() {
        return Err(format!("`{written_path}` must say what `unset` means to this test"));
    }
    Ok(Some(Leaf {
        path: Path::parse(&written_path)?,
        written: written_path,
        test,
        negate,
        ci: written.ci,
        unset: written.unset.unwrap_or(Unset::Fails),
    }))
}
