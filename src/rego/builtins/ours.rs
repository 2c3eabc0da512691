//! holdpoint's functions: what a policy cannot say well by itself.

use std::net::IpAddr;
use std::str::FromStr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use regorus::Value;

use super::{Answer, argument, text, unfit};
use crate::iam::Document;
use crate::rego::value::{entry, to_json};

/// What `holdpoint.unknown(path)` becomes: what is unknown comes first.
pub(crate) const UNKNOWN: &str = "holdpoint__unknown";

/// Whether an IAM policy document, a text or an object, certainly allows every action on every
/// resource.
pub(super) fn allows_all(arguments: &[Value]) -> Answer {
    let value = match argument(arguments, 0)? {
        Value::String(text) => crate::model::value::Value::String(text.to_string()),
        value @ Value::Object(_) => {
            serde_json::from_value(to_json(value)).map_err(|error| error.to_string())?
        }
        Value::Null => return Ok(Value::Bool(false)),
        other => return Err(unfit("policy document", other)),
    };
    let Some(document) = Document::read(&value) else { return Ok(Value::Bool(false)) };
    let all = document.statements.iter().any(|statement| statement.grants_everything().is_true());
    match document.doubt() {
        // What AWS would refuse, or what cannot be read, is no document without rights.
        Some(why) if !all => Err(why.to_string()),
        _ => Ok(Value::Bool(all)),
    }
}

/// Whether CIDR ranges, one or many, together hold every IPv4 or every IPv6 address.
pub(super) fn is_world(arguments: &[Value]) -> Answer {
    let items: Vec<&Value> = match argument(arguments, 0)? {
        Value::Array(items) => items.iter().collect(),
        Value::Set(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        single => vec![single],
    };
    let (mut v4, mut v6): (Vec<Ipv4Net>, Vec<Ipv6Net>) = Default::default();
    for item in items {
        let text = text(std::slice::from_ref(item), 0)?;
        let net = IpNet::from_str(text).or_else(|_| IpAddr::from_str(text).map(IpNet::from));
        match net.map_err(|_| "a string is not a CIDR range".to_owned())? {
            IpNet::V4(net) => v4.push(net.trunc()),
            IpNet::V6(net) => v6.push(net.trunc()),
        }
    }
    let world = Ipv4Net::aggregate(&v4).iter().any(|net| net.prefix_len() == 0)
        || Ipv6Net::aggregate(&v6).iter().any(|net| net.prefix_len() == 0);
    Ok(Value::Bool(world))
}

/// Whether the plan does not know what stands at a path, `aws_instance.x.tags.Name`, wholly or in
/// part. The first argument is `data.holdpoint.unknown`: paths by address.
pub(super) fn unknown(arguments: &[Value]) -> Answer {
    let (known, path) = (argument(arguments, 0)?, text(arguments, 1)?);
    // An address may hold dots in its keys: the longest that is known counts.
    let cuts = [path.len()].into_iter().chain(path.rmatch_indices('.').map(|(at, _)| at));
    let mut found = cuts.filter_map(|at| {
        let (address, rest) = path.split_at_checked(at)?;
        Some((entry(known, address)?, rest.trim_start_matches('.')))
    });
    let Some((paths, attribute)) = found.next() else {
        return Err(format!("there is no resource at `{path}`"));
    };
    let Value::Array(paths) = paths else { return Err(unfit("array", paths)) };
    let within = |outer: &str, inner: &str| {
        outer.is_empty()
            || inner.strip_prefix(outer).is_some_and(|rest| {
                rest.is_empty() || rest.starts_with('.') || rest.starts_with('[')
            })
    };
    let touches = |item: &Value| match item {
        Value::String(path) => within(path, attribute) || within(attribute, path),
        _ => false,
    };
    Ok(Value::Bool(paths.iter().any(touches)))
}
