//! CIDR arithmetic, as Terraform's `cidr*` functions do it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::super::ty::Ty;
use super::super::val::{Kind, Val};
use super::{FAILS, Halt, Out, int, text};
use crate::model::value::Unknown;

pub(super) fn call(name: &str, args: &[Val]) -> Out {
    match name {
        "cidrhost" => cidrhost(args),
        "cidrnetmask" => {
            let net = Net::parse(&text(args, 0)?)?;
            if net.width != 32 {
                return Err(FAILS);
            }
            Ok(Val::text(net.show(net.mask())))
        }
        "cidrsubnet" => {
            let net = Net::parse(&text(args, 0)?)?;
            Ok(Val::text(net.subnet(int(args, 1)?, int(args, 2)?)?.to_string()))
        }
        "cidrsubnets" => cidrsubnets(args),
        _ => Err(Halt::NoSuchFunction),
    }
}

fn unusual() -> Halt {
    Halt::Unknown(Unknown::because("is an address in a form that holdpoint does not compute with"))
}

/// A network: its first address as a number, its prefix, and the width of its addresses.
#[derive(Clone, Copy)]
struct Net {
    first: u128,
    prefix: u32,
    width: u32,
}

impl Net {
    fn parse(text: &str) -> Out<Net> {
        let (address, prefix) = text.split_once('/').ok_or(FAILS)?;
        if !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(FAILS);
        }
        let prefix: u32 = prefix.parse().map_err(|_| FAILS)?;
        let (first, width) = match address.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => (u128::from(u32::from(address)), 32),
            // Go writes some of the lowest addresses as those of IPv4.
            Ok(IpAddr::V6(address)) if address.segments().iter().take(5).all(|s| *s == 0) => {
                return Err(unusual());
            }
            Ok(IpAddr::V6(address)) => (u128::from(address), 128),
            // Terraform still reads zeros in front, which are no part of an address any more.
            Err(_) => {
                let of_address = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':');
                let usual = address.is_empty() || !address.chars().all(of_address);
                return Err(if usual { FAILS } else { unusual() });
            }
        };
        if prefix > width {
            return Err(FAILS);
        }
        let net = Net { first, prefix, width };
        Ok(Net { first: first & net.mask(), ..net })
    }

    fn full(&self) -> u128 {
        if self.width == 32 { u128::from(u32::MAX) } else { u128::MAX }
    }

    fn mask(&self) -> u128 {
        let host = self.width - self.prefix;
        let ones = self.full();
        ones & ones.checked_shl(host).unwrap_or(0)
    }

    fn subnet(&self, new_bits: i64, number: i64) -> Out<Net> {
        let new_bits = u32::try_from(new_bits).map_err(|_| FAILS)?;
        let prefix = self.prefix.checked_add(new_bits).filter(|p| *p <= self.width).ok_or(FAILS)?;
        let number = u128::try_from(number).map_err(|_| unusual())?;
        if new_bits < 64 && number >= 1 << new_bits {
            return Err(FAILS);
        }
        let shifted = number.checked_shl(self.width - prefix).unwrap_or(0);
        Ok(Net { first: self.first | shifted, prefix, width: self.width })
    }

    fn show(&self, address: u128) -> String {
        if self.width == 32 {
            Ipv4Addr::from(u32::try_from(address).unwrap_or_default()).to_string()
        } else {
            Ipv6Addr::from(address).to_string()
        }
    }
}

impl std::fmt::Display for Net {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.show(self.first), self.prefix)
    }
}

fn cidrhost(args: &[Val]) -> Out {
    let net = Net::parse(&text(args, 0)?)?;
    let number = int(args, 1)?;
    let host = net.full() & !net.mask();
    let offset = u128::from(number.unsigned_abs());
    if offset > host {
        return Err(FAILS);
    }
    let address = if number < 0 {
        // From the end: -1 is the last address.
        net.first | host.wrapping_add(1).wrapping_sub(offset) & host
    } else {
        net.first | offset
    };
    Ok(Val::text(net.show(address)))
}

fn cidrsubnets(args: &[Val]) -> Out {
    let net = Net::parse(&text(args, 0)?)?;
    // Terraform begins with the network before this one; before the first of all, there is none.
    if net.first == 0 && args.len() > 1 {
        return Err(unusual());
    }
    let mut next = net.first;
    let mut nets = Vec::new();
    for at in 1..args.len() {
        let bits = u32::try_from(int(args, at)?).ok();
        let bits = bits.filter(|bits| (1..=32).contains(bits)).ok_or(FAILS)?;
        let prefix = net.prefix.checked_add(bits).filter(|p| *p <= net.width).ok_or(FAILS)?;
        let size = 1_u128.checked_shl(net.width - prefix).ok_or(FAILS)?;
        // The next free network of this size begins at a multiple of it.
        let first = next.checked_add(size - 1).ok_or(FAILS)? & !(size - 1);
        if first & net.mask() != net.first {
            return Err(FAILS);
        }
        nets.push(Val::text(Net { first, prefix, width: net.width }.to_string()));
        next = first.checked_add(size).ok_or(FAILS)?;
    }
    Ok(Val::seq(nets, None, Kind::List(Ty::String))?)
}
