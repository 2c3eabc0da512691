//! Reads what AWS calls security groups, network ACLs and prefix lists into openings.

pub(crate) mod acl;
mod beside;
pub(crate) mod each;
pub(crate) mod exposure;
mod fields;
mod group;
mod machine;
pub(crate) mod opening;
mod own;
pub(crate) mod prefix;

#[cfg(test)]
mod tests;
