//! Prefix lists: the ranges behind the id that a rule names.
//!
//! A list of the same plan is followed to its entries, inline and separate. A list that AWS keeps
//! for a service (S3, CloudFront) holds that service's own addresses and is never the world. Any
//! other list holds what its owner puts there, which the plan does not show: that is a doubt.

use crate::clouds::aws::network::{
    FOUND_PREFIX_LIST, LIST_OF_ENTRY, PREFIX_LIST, PREFIX_LIST_ENTRY, SERVICE_LISTS,
};
use crate::model::subject::Subject;
use crate::model::value::{Unknown, Value};
use crate::model::view::View;
use crate::rules::net::cidr::Family;
use crate::rules::net::sources::Sources;

/// The addresses of the prefix list that an attribute names by its one id.
#[must_use]
pub fn read_one(view: &View<'_>, path: &str, id: &Value) -> Sources {
    let mut sources = Sources::new(path.to_owned(), None);
    match id {
        Value::Null => {}
        Value::String(text) if text.is_empty() => {}
        id => resolve(view, &mut sources, path, id),
    }
    sources
}

/// The addresses of the prefix lists that an attribute names by a list of ids.
#[must_use]
pub fn read(view: &View<'_>, path: String, value: &Value) -> Sources {
    let mut sources = Sources::new(path.clone(), None);
    let is_list = matches!(value, Value::List(_));
    let elements = value.elements();
    for (i, element) in elements.iter().enumerate() {
        let at = if is_list { format!("{path}[{i}]") } else { path.clone() };
        resolve(view, &mut sources, &at, element);
    }
    if let Some(why) = value.rest() {
        // The references say which lists are among them, not that there are no others: a literal
        // id beside a reference leaves no trace in a plan.
        for list in view.follow(&path).certain {
            add_list(view, &mut sources, list);
        }
        sources.doubt(why);
    }
    sources
}

fn resolve(view: &View<'_>, sources: &mut Sources, path: &str, id: &Value) {
    let links = view.follow(path);
    let mut found = false;
    for list in &links.certain {
        found |= add_list(view, sources, list);
    }
    match (found, links.doubt(), id) {
        (true, Some(why), _) => sources.doubt(why),
        (true, None, _) => {}
        (false, _, Value::String(id)) if is_kept_by_aws(id) => {}
        (false, _, Value::String(_)) => {
            sources.doubt(&Unknown::because("the prefix list is not in the plan"));
        }
        (false, doubt, id) => {
            let why = id.doubt().or(doubt).cloned();
            let none = || Unknown::because("the prefix list cannot be found");
            sources.doubt(&why.unwrap_or_else(none));
        }
    }
}

/// Eight hexadecimal digits: ids of that form were only given to AWS's own lists. Lists of
/// customers, and a few young ones of AWS, have seventeen.
fn is_kept_by_aws(id: &str) -> bool {
    id.strip_prefix("pl-")
        .is_some_and(|digits| digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// Adds the entries of a list; `false` when the subject is no prefix list.
fn add_list<'v>(view: &View<'v>, sources: &mut Sources, subject: &'v Subject) -> bool {
    match subject.kind.as_str() {
        PREFIX_LIST => {
            let list = view.look_at(subject);
            add_managed(sources, &list, false);
        }
        FOUND_PREFIX_LIST => {
            let list = view.look_at(subject);
            let is_aws = |name: &str| {
                list.attribute(name).as_str().is_some_and(|name| name.starts_with("com.amazonaws."))
            };
            if is_aws("name") {
                return true;
            }
            let entries = list.attribute("entries");
            if entries.is_null() {
                sources.doubt(&Unknown::waits_for([subject.address.as_str()]));
            }
            add_entries(sources, &list, &entries, false);
        }
        // Both name the list of an AWS service.
        kind if SERVICE_LISTS.contains(&kind) => return true,
        _ => return false,
    }
    sources.show(0, &format!("prefix list `{}`", subject.address));
    true
}

/// The addresses that a managed prefix list itself holds.
#[must_use]
pub fn of_list(list: &View<'_>, path: String) -> Sources {
    let mut sources = Sources::new(path, None);
    add_managed(&mut sources, list, true);
    sources
}

fn add_managed(sources: &mut Sources, list: &View<'_>, show: bool) {
    add_entries(sources, list, &list.attribute("entry"), show);
    let separate = list.pointing_here(PREFIX_LIST_ENTRY, LIST_OF_ENTRY);
    let family = family(list);
    for entry in &separate.certain {
        sources.add([&*list.look_at(entry).attribute("cidr")], family, show);
    }
    if let Some(why) = separate.doubt() {
        sources.doubt(why);
    }
}

fn add_entries(sources: &mut Sources, list: &View<'_>, entries: &Value, show: bool) {
    let family = family(list);
    let ranges: Vec<_> = entries.elements().iter().map(|entry| entry.get("cidr")).collect();
    sources.add(ranges.iter().map(AsRef::as_ref), family, show);
    if let Some(why) = entries.rest() {
        sources.doubt(why);
    }
}

fn family(list: &View<'_>) -> Option<Family> {
    match list.attribute("address_family").as_str() {
        Some("IPv4") => Some(Family::V4),
        Some("IPv6") => Some(Family::V6),
        _ => None,
    }
}
