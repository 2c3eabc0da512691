//! Reads `[[waiver]]`: everything is required, and none lives for ever.

use jiff::civil::Date;
use toml::de::DeValue;

use crate::model::rule::Meta;

use super::config::REGO_PREFIX;
use super::fault::Fault;
use super::glob;
use super::parse_rules::known;
use super::table::{At, Table};
use super::waiver::{Waiver, latest_expiry};

/// All of `[[waiver]]`.
pub(super) fn read(
    top: &Table<'_>,
    rules: &[&Meta],
    today: Date,
    cap: u32,
    faults: &mut Vec<Fault>,
) -> Vec<Waiver> {
    let Some(value) = top.get("waiver") else {
        return Vec::new();
    };
    let DeValue::Array(items) = value.get_ref() else {
        faults.push(Fault {
            code: "config::wrong-type",
            message: "`waiver` must be a list of tables".to_owned(),
            help: Some("write each waiver under its own `[[waiver]]`".to_owned()),
            span: value.span(),
        });
        return Vec::new();
    };
    let tables = items.iter().filter_map(|item| Table::of("`[[waiver]]`", item, faults));
    let tables: Vec<Table<'_>> = tables.collect();
    tables.iter().filter_map(|table| waiver(table, rules, today, cap, faults)).collect()
}

fn waiver(
    table: &Table<'_>,
    rules: &[&Meta],
    today: Date,
    cap: u32,
    faults: &mut Vec<Fault>,
) -> Option<Waiver> {
    let keys =
        ["rule", "address", "glob", "path", "container", "reason", "ticket", "owner", "expires"];
    table.only(&keys, faults);
    let rule = required(table, "rule", faults);
    if let Some(rule) = rule.as_ref().filter(|rule| !rule.value.starts_with(REGO_PREFIX)) {
        known(rule.value, rule.span.clone(), rules, faults);
    }
    let address = required(table, "address", faults);
    let wild = table.flag("glob", faults).unwrap_or(false);
    if let Some(address) = &address {
        check_address(address, wild, faults);
    }
    let reason = required(table, "reason", faults);
    let ticket = required(table, "ticket", faults);
    let owner = required(table, "owner", faults);
    let expires = table.day("expires", faults);
    match &expires {
        None if table.get("expires").is_none() => missing(table, "expires", faults),
        None => {}
        Some(day) => check_lifetime(day, today, cap, faults),
    }
    let path = table.text("path", faults).map(|path| path.value.to_owned());
    let container = table.text("container", faults).map(|name| name.value.to_owned());
    Some(Waiver {
        container,
        rule: rule?.value.to_owned(),
        address: address?.value.to_owned(),
        glob: wild,
        path,
        reason: reason?.value.to_owned(),
        ticket: ticket?.value.to_owned(),
        owner: owner?.value.to_owned(),
        expires: expires?.value,
    })
}

/// A text that must be there and say something.
fn required<'t>(table: &Table<'t>, key: &str, faults: &mut Vec<Fault>) -> Option<At<&'t str>> {
    if table.get(key).is_none() {
        missing(table, key, faults);
        return None;
    }
    let text = table.text(key, faults)?;
    if text.value.trim().is_empty() {
        faults.push(Fault {
            code: "config::empty",
            message: format!("`{key}` of a waiver is empty"),
            help: Some("fill it in: auditors and reviewers rely on it".to_owned()),
            span: text.span,
        });
        return None;
    }
    Some(text)
}

fn missing(table: &Table<'_>, key: &str, faults: &mut Vec<Fault>) {
    faults.push(Fault {
        code: "config::incomplete-waiver",
        message: format!("this waiver has no `{key}`"),
        help: Some("a waiver needs rule, address, reason, ticket, owner and expires".to_owned()),
        span: table.span.clone(),
    });
}

fn check_address(address: &At<&str>, wild: bool, faults: &mut Vec<Fault>) {
    let (message, help) = if wild && glob::names_nothing(address.value) {
        (
            format!("the address `{}` is too broad: it names no resource", address.value),
            "name a module, a type or a resource; to disable a rule everywhere, write \
             `enabled = false` under `[rules.ID]`",
        )
    } else if !wild && glob::has_wildcard(address.value) {
        (
            format!("the address `{}` contains a `*`", address.value),
            "write the exact address, or add `glob = true`",
        )
    } else {
        return;
    };
    faults.push(Fault {
        code: "config::waiver-address",
        message,
        help: Some(help.to_owned()),
        span: address.span.clone(),
    });
}

fn check_lifetime(day: &At<Date>, today: Date, cap: u32, faults: &mut Vec<Fault>) {
    let last = latest_expiry(today, cap);
    if day.value > last {
        faults.push(Fault {
            code: "config::waiver-too-long",
            message: format!("this waiver lasts more than {cap} days"),
            help: Some(format!(
                "set it to expire by {last}, or raise `max_waiver_days` under `[gate]`"
            )),
            span: day.span.clone(),
        });
    }
}
