//! The types by which AWS opens networks: security groups, network ACLs, prefix lists, and machines
//! that have a firewall of their own.

/// Security groups: their rules stand in blocks.
pub const GROUPS: [&str; 2] = ["aws_security_group", "aws_default_security_group"];

/// One rule of a security group, of either direction.
pub const RULE: &str = "aws_security_group_rule";

/// One rule for traffic to a machine, with one source.
pub const INGRESS_RULE: &str = "aws_vpc_security_group_ingress_rule";

/// One rule for traffic from a machine, with one destination.
pub const EGRESS_RULE: &str = "aws_vpc_security_group_egress_rule";

/// All types that are one rule of a security group.
pub const RULES: [&str; 3] = [RULE, INGRESS_RULE, EGRESS_RULE];

/// The attribute by which such a rule names its group.
pub const GROUP_OF_RULE: &str = "security_group_id";

/// How many rules bind one network interface at most: AWS multiplies the rules of a group by the
/// groups of an interface.
pub const MOST_RULES: usize = 1_000;

/// Resource types that hold security groups, each with the attribute, by tabs.
pub const HOLDERS: &str = include_str!("../../../catalogue/security-groups.tsv");

/// Resources that add a security group to another: the attributes that name the group and the other.
pub const ADDERS: [(&str, &str, &str); 2] = [
    ("aws_network_interface_sg_attachment", "security_group_id", "network_interface_id"),
    ("aws_vpc_endpoint_security_group_association", "security_group_id", "vpc_endpoint_id"),
];

/// What ties a network interface to its machine: the type, and the attributes that name either; an
/// empty one is the resource itself.
pub const TIES: [(&str, &str, &str); 4] = [
    ("aws_network_interface_attachment", "network_interface_id", "instance_id"),
    ("aws_network_interface", "", "attachment[0].instance"),
    ("aws_instance", "network_interface[0].network_interface_id", ""),
    ("aws_instance", "primary_network_interface[0].network_interface_id", ""),
];

/// The attribute that holds the IPv6 network of one of [`OWN_NETWORKS`].
pub const OWN_V6: &str = ".ipv6_cidr_block";

/// The types that have such a network: one that AWS gives out or checks, at most of prefix length 44.
/// Source: Amazon VPC User Guide, "VPC CIDR blocks" and "Subnet CIDR blocks".
pub const OWN_NETWORKS: [&str; 2] = ["aws_vpc", "aws_subnet"];

/// Network ACLs: their rules stand in blocks.
pub const ACLS: [&str; 2] = ["aws_network_acl", "aws_default_network_acl"];

/// Ephemeral ports that AWS names for return traffic through a network ACL, as far as they hold a port of
/// administration. Source: Amazon VPC User Guide, "Ephemeral ports".
pub const EPHEMERAL: [(i64, i64); 2] = [(1024, 65_535), (1025, 5_000)];

/// The types that are one rule of a network ACL.
pub const ACL_RULES: [&str; 1] = ["aws_network_acl_rule"];

/// The attribute by which such a rule names its ACL.
pub const ACL_OF_RULE: &str = "network_acl_id";

/// More rules than a network ACL holds: AWS lets one hold 40 a direction.
pub const MOST_ACL_RULES: usize = 200;

/// A prefix list of the customer.
pub const PREFIX_LIST: &str = "aws_ec2_managed_prefix_list";

/// One entry of such a list.
pub const PREFIX_LIST_ENTRY: &str = "aws_ec2_managed_prefix_list_entry";

/// The attribute by which such an entry names its list.
pub const LIST_OF_ENTRY: &str = "prefix_list_id";

/// A prefix list that was looked up, of the customer or of a service.
pub const FOUND_PREFIX_LIST: &str = "data.aws_ec2_managed_prefix_list";

/// What names the prefix list of a service of AWS.
pub const SERVICE_LISTS: [&str; 2] = ["data.aws_prefix_list", "aws_vpc_endpoint"];

/// The open ports of a Lightsail instance.
pub const LIGHTSAIL: &str = "aws_lightsail_instance_public_ports";

/// A fleet of GameLift, with its open ports.
pub const GAMELIFT: &str = "aws_gamelift_fleet";
