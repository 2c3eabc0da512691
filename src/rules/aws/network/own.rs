//! The IPv6 network of the VPC itself: not known before apply, and certainly one network.

use std::borrow::Cow;

use crate::clouds::aws::network::{OWN_NETWORKS, OWN_V6};
use crate::model::value::{Unknown, Value};

/// The same list without the networks of VPCs and subnets of this input: whoever is in there is not the
/// internet. What only depends on such a network stays: a function may make anything of it.
#[must_use]
pub fn without(value: &Value) -> Cow<'_, Value> {
    match value {
        Value::Unknown(why) if is_network(why) => Cow::Owned(Value::Null),
        Value::List(list) if list.items.iter().any(is_own) => {
            let mut list = list.clone();
            list.items.retain(|item| !is_own(item));
            Cow::Owned(Value::List(list))
        }
        _ => Cow::Borrowed(value),
    }
}

fn is_own(value: &Value) -> bool {
    matches!(value, Value::Unknown(why) if is_network(why))
}

fn is_network(why: &Unknown) -> bool {
    let [only] = why.references() else { return false };
    let Some(resource) = only.strip_suffix(OWN_V6).filter(|_| why.is_plain()) else { return false };
    OWN_NETWORKS.iter().any(|kind| {
        let own = resource.rsplit_once(&format!("{kind}."));
        own.is_some_and(|(before, _)| before.is_empty() || before.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_network(reference: &str, plain: bool) -> bool {
        let why = Unknown::waits_for([reference]);
        let why = if plain { why.plain() } else { why };
        let list = Value::list(vec![Value::Unknown(why)]);
        without(&list).elements().is_empty()
    }

    #[test]
    fn the_network_of_a_vpc_is_one_and_what_is_made_of_it_is_anything() {
        assert!(is_network("aws_vpc.main.ipv6_cidr_block", true));
        assert!(is_network("module.net[\"a.b\"].aws_vpc.main[0].ipv6_cidr_block", true));
        assert!(is_network("aws_subnet.a.ipv6_cidr_block", true));
        assert!(!is_network("aws_vpc.main.ipv6_cidr_block", false));
        assert!(!is_network("aws_vpc.main.cidr_block", true));
        assert!(!is_network("my_aws_vpc.main.ipv6_cidr_block", true));
    }
}
