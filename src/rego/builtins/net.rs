//! Networks beside `net.cidr_contains`: what intersects, what contains which, what merges.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use regorus::Value;
use regorus::value::{Array, Set};

use super::{Answer, argument, text, unfit};

/// A network; an address alone is a network of one.
fn network(text: &str) -> Result<IpNet, String> {
    IpNet::from_str(text)
        .map(|net| net.trunc())
        .or_else(|_| IpAddr::from_str(text).map(IpNet::from))
        .map_err(|_| "a string is neither a network nor an address".to_owned())
}

pub(super) fn intersects(arguments: &[Value]) -> Answer {
    let (a, b) = (network(text(arguments, 0)?)?, network(text(arguments, 1)?)?);
    Ok(Value::Bool(a.contains(&b) || b.contains(&a)))
}

pub(super) fn contains(arguments: &[Value]) -> Answer {
    let (a, b) = (network(text(arguments, 0)?)?, network(text(arguments, 1)?)?);
    Ok(Value::Bool(a.contains(&b)))
}

/// Pairs of keys: whose network on the left contains whose on the right.
pub(super) fn contains_matches(arguments: &[Value]) -> Answer {
    let (left, right) = (networks(argument(arguments, 0)?)?, networks(argument(arguments, 1)?)?);
    let mut found = Set::new();
    for (a, outer) in &left {
        for (b, inner) in &right {
            if outer.contains(inner) {
                found.insert(Value::from(Array::from(vec![a.clone(), b.clone()])));
            }
        }
    }
    Ok(found.into())
}

/// Networks with what names each: its index, its key, or itself.
fn networks(value: &Value) -> Result<Vec<(Value, IpNet)>, String> {
    let parse = |item: &Value| match item {
        Value::String(text) => network(text),
        Value::Array(tuple) => match tuple.first() {
            Some(Value::String(text)) => network(text),
            _ => Err("a tuple must start with a network".to_owned()),
        },
        other => Err(unfit("network", other)),
    };
    match value {
        Value::String(text) => Ok(vec![(value.clone(), network(text)?)]),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| Ok((Value::from(index), parse(item)?)))
            .collect(),
        Value::Set(items) => items.iter().map(|item| Ok((item.clone(), parse(item)?))).collect(),
        Value::Object(entries) => {
            entries.iter_sorted().map(|(key, item)| Ok((key.clone(), parse(item)?))).collect()
        }
        other => Err(unfit("string, array, set or object", other)),
    }
}

/// The smallest set of networks that covers the same addresses.
pub(super) fn merge(arguments: &[Value]) -> Answer {
    let texts: Vec<&Value> = match argument(arguments, 0)? {
        Value::Array(items) => items.iter().collect(),
        Value::Set(items) => items.iter().collect(),
        other => return Err(unfit("array or set", other)),
    };
    let (mut v4, mut v6): (Vec<Ipv4Net>, Vec<Ipv6Net>) = Default::default();
    for item in texts {
        match network(text(std::slice::from_ref(item), 0)?)? {
            IpNet::V4(net) => v4.push(net),
            IpNet::V6(net) => v6.push(net),
        }
    }
    let v4 = Ipv4Net::aggregate(&v4).into_iter().map(|net| net.to_string());
    let v6 = Ipv6Net::aggregate(&v6).into_iter().map(|net| net.to_string());
    Ok(v4.chain(v6).map(Value::from).collect::<Set>().into())
}
