//! Rules about AWS that need logic: one file each, named like the rule.
//!
//! A new rule is a new file, a `mod` line and an entry in [`DECLARED`]; a test walks the folder
//! and refuses a file that is missing here.

pub mod default_security_group_open;
pub mod network_acl_admin_port_open;
pub mod security_group_admin_port_open;
pub mod security_group_all_traffic_open;
pub mod security_group_data_port_open;
pub mod security_group_wide_cidr;

use super::declare::Declared;

/// The rules of this folder.
pub static DECLARED: &[&Declared] = &[
    &default_security_group_open::RULE,
    &network_acl_admin_port_open::RULE,
    &security_group_admin_port_open::RULE,
    &security_group_all_traffic_open::RULE,
    &security_group_data_port_open::RULE,
    &security_group_wide_cidr::RULE,
];
