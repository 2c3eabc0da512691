//! Reads what AWS calls security groups, network ACLs and prefix lists into openings.

pub mod acl;
pub mod each;
pub mod group;
pub mod machine;
pub mod opening;
pub mod prefix;

#[cfg(test)]
mod tests;
