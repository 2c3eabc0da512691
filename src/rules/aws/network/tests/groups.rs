//! Security groups: every way of writing a rule.

use serde_json::{Value as Json, json};

use super::*;
use crate::model::rule::Param;
use crate::rules::testing::with_param;

#[test]
fn an_admin_port_from_the_world() {
    let open = ["0.0.0.0/0"];
    for (ingress, expected) in [
        (json!([block("tcp", 22, 22, &open)]), VIOLATED),
        (json!([block("TCP", "20", "25", &open)]), VIOLATED),
        (json!([block("6", 0, 65535, &open)]), VIOLATED),
        (json!([block("udp", 3389, 3389, &open)]), VIOLATED),
        (json!([block("-1", 0, 0, &open)]), VIOLATED),
        (json!([block("all", Json::Null, Json::Null, &open)]), VIOLATED),
        (json!([block("tcp", 443, 443, &open)]), None),
        (json!([block("tcp", 0, 0, &open)]), None),
        (json!([block("icmp", -1, -1, &open)]), None),
        (json!([block("icmp", 22, 22, &open)]), None),
        (json!([block("50", 0, 65535, &open)]), None),
        (json!([block("tcp", 22, 22, &["10.0.0.0/8", "100.64.0.0/10"])]), None),
        (json!([block("tcp", 22, 22, &["203.0.113.7/32", "8.8.8.8/32"])]), None),
        (json!([block("tcp", 22, 22, &["10.0.0.0/8", "0.0.0.0/0"])]), VIOLATED),
        (json!([block("tcp", 22, 22, &["0.0.0.0/1", "128.0.0.0/1"])]), VIOLATED),
        (json!([block("tcp", 22, 22, &["10.1.2.3/0"])]), VIOLATED),
        (json!([block("tcp", 22, 22, &["::/0"])]), VIOLATED),
        (json!([block("tcp", 22, 22, &["0.0.0.0"])]), UNDETERMINED),
        (json!([block("tcp", 30, 20, &open)]), UNDETERMINED),
        (json!([block("tcp", 443, 443, &open), block("tcp", 22, 22, &open)]), VIOLATED),
        (json!(block("tcp", 22, 22, &open)), VIOLATED),
        (Json::Null, None),
        (json!([]), None),
    ] {
        assert_eq!(worst(&group(ADMIN, ingress.clone())), expected, "{ingress}");
    }
}

#[test]
fn ranges_split_over_blocks_of_one_group_are_added_up() {
    let eighths: Vec<Json> = (0..7u32)
        .map(|i| block("tcp", 22, 22, &[format!("{}.0.0.0/3", i * 32).as_str()]))
        .collect();
    let answers = group(ADMIN, json!(eighths));
    assert_eq!(worst(&answers), VIOLATED);
    assert_eq!(answers.len(), 1, "one offence, one answer");
    let elsewhere: Vec<Json> = (0..7u32)
        .map(|i| block("tcp", 100 + i, 100 + i, &[format!("{}.0.0.0/3", i * 32).as_str()]))
        .collect();
    assert_eq!(worst(&group(ADMIN, json!(elsewhere))), None);
    let two = json!([block("tcp", 22, 22, &["0.0.0.0/1"]), block("tcp", 22, 22, &["128.0.0.0/1"])]);
    assert_eq!(worst(&group(ADMIN, two)), VIOLATED);
}

#[test]
fn ranges_split_over_separate_rules_of_one_group_are_added_up() {
    let rule_of = |group: &str, cidr: &str| {
        json!({ "type": "ingress", "protocol": "tcp", "from_port": 22, "to_port": 22,
                "cidr_blocks": [cidr], "security_group_id": group })
    };
    for group in ["?aws_security_group.g.id", "sg-0123456789abcdef0"] {
        let mut fake = Fake::new([("aws_security_group.g", json!({}))]);
        for i in 0..3 {
            let cidr = format!("{}.0.0.0/4", 16 + i * 16);
            fake.add(&format!("aws_security_group_rule.r{i}"), Json::Null, rule_of(group, &cidr));
        }
        let ask = |fake: &Fake| worst(&fake.ask(rule(ADMIN), "aws_security_group_rule.r0"));
        assert_eq!(ask(&fake), None, "three sixteenths");
        let more = json!({ "ip_protocol": "tcp", "from_port": 22, "to_port": 22,
                           "cidr_ipv4": "64.0.0.0/3", "security_group_id": group });
        fake.add("aws_vpc_security_group_ingress_rule.v", Json::Null, more);
        assert_eq!(ask(&fake), VIOLATED);
        let mut other = Fake::new([("aws_security_group.g", json!({}))]);
        other.add("aws_security_group_rule.r0", Json::Null, rule_of(group, "64.0.0.0/3"));
        other.add("aws_security_group_rule.r1", Json::Null, rule_of("sg-other", "96.0.0.0/3"));
        assert_eq!(ask(&other), None, "another group's");
    }
}

#[test]
fn a_separate_rule_of_either_kind() {
    let fake = Fake::new([
        (
            "aws_security_group_rule.open",
            json!({ "type": "ingress", "protocol": "tcp",
            "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"], "prefix_list_ids": null }),
        ),
        (
            "aws_security_group_rule.egress",
            json!({ "type": "egress", "protocol": "tcp",
            "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"] }),
        ),
        (
            "aws_security_group_rule.kind",
            json!({ "type": "?", "protocol": "tcp",
            "from_port": 22, "to_port": 22, "cidr_blocks": ["0.0.0.0/0"] }),
        ),
        (
            "aws_security_group_rule.own",
            json!({ "type": "ingress", "protocol": "-1",
            "from_port": 0, "to_port": 0, "self": true, "source_security_group_id": "?" }),
        ),
        (
            "aws_vpc_security_group_ingress_rule.v4",
            json!({ "ip_protocol": "tcp",
            "from_port": 22, "to_port": 22, "cidr_ipv4": "0.0.0.0/0" }),
        ),
        (
            "aws_vpc_security_group_ingress_rule.v6",
            json!({ "ip_protocol": "-1",
            "from_port": null, "to_port": null, "cidr_ipv6": "::/0" }),
        ),
        (
            "aws_vpc_security_group_ingress_rule.group",
            json!({ "ip_protocol": "tcp",
            "from_port": 22, "to_port": 22, "referenced_security_group_id": "?a.b.id" }),
        ),
        (
            "aws_vpc_security_group_ingress_rule.eip",
            json!({ "ip_protocol": "tcp",
            "from_port": 22, "to_port": 22, "cidr_ipv4": "?aws_eip.e.public_ip/32" }),
        ),
        (
            "aws_vpc_security_group_ingress_rule.wait",
            json!({ "ip_protocol": "tcp",
            "from_port": 22, "to_port": 22, "cidr_ipv4": "?aws_eip.e.public_ip" }),
        ),
    ]);
    for (address, expected) in [
        ("aws_security_group_rule.open", VIOLATED),
        ("aws_security_group_rule.egress", None),
        ("aws_security_group_rule.kind", UNDETERMINED),
        ("aws_security_group_rule.own", None),
        ("aws_vpc_security_group_ingress_rule.v4", VIOLATED),
        ("aws_vpc_security_group_ingress_rule.v6", VIOLATED),
        ("aws_vpc_security_group_ingress_rule.group", None),
        ("aws_vpc_security_group_ingress_rule.eip", None),
        ("aws_vpc_security_group_ingress_rule.wait", UNDETERMINED),
    ] {
        assert_eq!(worst(&fake.ask(rule(ADMIN), address)), expected, "{address}");
    }
    let reason = &fake.ask(rule(ADMIN), "aws_vpc_security_group_ingress_rule.wait")[0];
    assert_eq!(reason.reason.as_deref(), Some("depends on `aws_eip.e.public_ip`"));
    assert_eq!(reason.path, "cidr_ipv4");
}

#[test]
fn what_is_unknown_matters_only_where_it_could_change_the_answer() {
    let with = |field: &str, value: Json, cidrs: Json| {
        let mut block = block("tcp", 22, 22, &[]);
        block["cidr_blocks"] = cidrs;
        block[field] = value;
        json!([block])
    };
    let world = json!(["0.0.0.0/0"]);
    for (ingress, expected) in [
        (with("self", json!("?"), world.clone()), VIOLATED),
        (with("security_groups", json!("?"), json!([])), None),
        (with("to_port", json!("?"), world.clone()), VIOLATED),
        (with("from_port", json!("?"), world.clone()), VIOLATED),
        (with("protocol", json!("?"), world.clone()), UNDETERMINED),
        (with("protocol", json!("?"), json!(["10.0.0.0/8"])), None),
        (with("to_port", json!("?"), json!("?")), UNDETERMINED),
        (with("self", json!(true), json!("?")), UNDETERMINED),
        (with("self", json!(true), json!(["10.0.0.0/8", "..."])), UNDETERMINED),
        (with("self", json!(true), json!(["10.0.0.0/8", "?"])), UNDETERMINED),
        (with("self", json!(true), json!(["0.0.0.0/0", "?"])), VIOLATED),
        (with("self", json!(true), json!(["0.0.0.0/0", "..."])), VIOLATED),
        (with("self", json!(true), json!(["?aws_eip.e.public_ip/32"])), None),
        (with("from_port", json!(23), json!("?")), UNDETERMINED),
        (json!("?"), UNDETERMINED),
        (json!(["..."]), UNDETERMINED),
        (json!(["?"]), UNDETERMINED),
        (json!([block("tcp", 22, 22, &["0.0.0.0/0"]), "..."]), VIOLATED),
    ] {
        // from_port 23 above to_port 22 is refused by AWS; the ports are in doubt then.
        assert_eq!(worst(&group(ADMIN, ingress.clone())), expected, "{ingress}");
    }
    let mut elsewhere = block("tcp", 443, 443, &[]);
    elsewhere["cidr_blocks"] = json!("?");
    assert_eq!(worst(&group(ADMIN, json!([elsewhere]))), None);
    let mut beyond = block("tcp", 4000, 4000, &["0.0.0.0/0"]);
    beyond["to_port"] = json!("?");
    assert_eq!(worst(&group(ADMIN, json!([beyond]))), None);
}

#[test]
fn prefix_lists_are_followed_to_their_entries() {
    let with = |ids: Json| {
        let mut block = block("tcp", 22, 22, &[]);
        block["prefix_list_ids"] = ids;
        json!({ "ingress": [block] })
    };
    let fake = Fake::new([
        (
            "aws_ec2_managed_prefix_list.world",
            json!({ "address_family": "IPv4", "entry": [{ "cidr": "0.0.0.0/0" }] }),
        ),
        (
            "aws_ec2_managed_prefix_list.office",
            json!({ "address_family": "IPv4", "entry": [{ "cidr": "8.8.8.0/24" }] }),
        ),
        ("aws_ec2_managed_prefix_list.wait", json!({ "entry": [{ "cidr": "?a.b.c" }] })),
        ("aws_ec2_managed_prefix_list.bare", json!({ "address_family": "IPv6" })),
        (
            "aws_ec2_managed_prefix_list_entry.e",
            json!({ "cidr": "2000::/3",
            "prefix_list_id": "?aws_ec2_managed_prefix_list.bare.id" }),
        ),
        ("data.aws_ec2_managed_prefix_list.s3", json!({ "name": "com.amazonaws.eu-west-1.s3" })),
        ("data.aws_ec2_managed_prefix_list.x", json!({ "name": "ours", "entries": "?" })),
        ("aws_vpc_endpoint.s3", json!({})),
        ("aws_security_group.world", with(json!(["?aws_ec2_managed_prefix_list.world.id"]))),
        ("aws_security_group.whole", with(json!("?aws_ec2_managed_prefix_list.world.id"))),
        ("aws_security_group.office", with(json!(["?aws_ec2_managed_prefix_list.office.id"]))),
        ("aws_security_group.part", with(json!("?aws_ec2_managed_prefix_list.office.id"))),
        ("aws_security_group.wait", with(json!(["?aws_ec2_managed_prefix_list.wait.id"]))),
        ("aws_security_group.separate", with(json!(["?aws_ec2_managed_prefix_list.bare.id"]))),
        ("aws_security_group.s3", with(json!(["?data.aws_ec2_managed_prefix_list.s3.id"]))),
        ("aws_security_group.x", with(json!(["?data.aws_ec2_managed_prefix_list.x.id"]))),
        ("aws_security_group.endpoint", with(json!(["?aws_vpc_endpoint.s3.prefix_list_id"]))),
        ("aws_security_group.aws", with(json!(["pl-63a5400a"]))),
        ("aws_security_group.foreign", with(json!(["pl-0123456789abcdef0"]))),
        ("aws_security_group.lost", with(json!(["?module.x.id"]))),
    ]);
    for (name, expected) in [
        ("world", VIOLATED),
        ("whole", VIOLATED),
        ("office", None),
        ("part", UNDETERMINED),
        ("wait", UNDETERMINED),
        ("separate", VIOLATED),
        ("s3", None),
        ("x", UNDETERMINED),
        ("endpoint", None),
        ("aws", None),
        ("foreign", UNDETERMINED),
        ("lost", UNDETERMINED),
    ] {
        let address = format!("aws_security_group.{name}");
        assert_eq!(worst(&fake.ask(rule(ADMIN), &address)), expected, "{name}");
    }
    let single = |id: &str| json!({ "ip_protocol": "tcp", "from_port": 22, "to_port": 22, "prefix_list_id": id });
    let mut fake = fake;
    for (name, id, expected) in [
        ("world", "?aws_ec2_managed_prefix_list.world.id", VIOLATED),
        ("office", "?aws_ec2_managed_prefix_list.office.id", None),
        ("wait", "?aws_ec2_managed_prefix_list.wait.id", UNDETERMINED),
        ("aws", "pl-63a5400a", None),
        ("foreign", "pl-0123456789abcdef0", UNDETERMINED),
        ("lost", "?", UNDETERMINED),
    ] {
        let address = format!("aws_vpc_security_group_ingress_rule.{name}");
        fake.add(&address, Json::Null, single(id));
        assert_eq!(worst(&fake.ask(rule(ADMIN), &address)), expected, "{name}");
    }
    let answer = &fake.ask(rule(ADMIN), "aws_security_group.world")[0];
    assert_eq!(answer.path, "ingress[0].prefix_list_ids");
    let shown = "tcp 22 from prefix list `aws_ec2_managed_prefix_list.world` (22 SSH)";
    assert_eq!(answer.detail.as_deref(), Some(shown));
}

#[test]
fn data_ports_and_all_traffic() {
    let open = ["0.0.0.0/0"];
    for (protocol, from, to, data, all) in [
        ("tcp", 5432, 5432, VIOLATED, None),
        ("tcp", 6379, 6380, VIOLATED, None),
        ("udp", 11211, 11211, VIOLATED, None),
        ("tcp", 44, 443, VIOLATED, None),
        ("tcp", 443, 443, None, None),
        ("tcp", 0, 65535, VIOLATED, None),
        ("-1", 0, 0, VIOLATED, VIOLATED),
        ("icmp", -1, -1, None, None),
    ] {
        let ingress = json!([block(protocol, from, to, &open)]);
        assert_eq!(worst(&group(DATA, ingress.clone())), data, "{protocol} {from}-{to}");
        assert_eq!(worst(&group(ALL, ingress)), all, "{protocol} {from}-{to}");
    }
    let detail = group(DATA, json!([block("tcp", 2375, 2383, &open)]))[0].detail.clone();
    let shown = "tcp 2375-2383 from 0.0.0.0/0 (2375 Docker, 2376 Docker TLS, 2379 etcd client, \
                 2380 etcd peer, 2382 SQL Server Analysis browser, 2383 SQL Server Analysis)";
    assert_eq!(detail.as_deref(), Some(shown));
}

#[test]
fn wide_ranges_short_of_the_world() {
    for (ingress, expected) in [
        (json!([block("tcp", 22, 22, &["3.0.0.0/8"])]), VIOLATED),
        (json!([block("tcp", 8080, 8080, &["3.0.0.0/15"])]), VIOLATED),
        (json!([block("tcp", 8080, 8080, &["3.0.0.0/16"])]), None),
        (json!([block("tcp", 8080, 8080, &["3.0.0.0/16", "3.1.0.0/16"])]), VIOLATED),
        (json!([block("tcp", 8080, 8080, &["10.0.0.0/8", "172.16.0.0/12"])]), None),
        (json!([block("tcp", 443, 443, &["3.0.0.0/8"])]), None),
        (json!([block("tcp", 80, 81, &["3.0.0.0/8"])]), VIOLATED),
        (json!([block("tcp", 22, 22, &["0.0.0.0/0"])]), None),
        (json!([block("icmp", -1, -1, &["3.0.0.0/8"])]), None),
        (json!([block("-1", 0, 0, &["3.0.0.0/8"])]), VIOLATED),
        (json!([block("tcp", 22, 22, &["2a00::/16"])]), VIOLATED),
        (json!([block("tcp", 22, 22, &["2a00:1450::/32"])]), None),
        (
            json!([block("tcp", 22, 22, &["3.0.0.0/16"]), block("tcp", 22, 22, &["4.0.0.0/16"])]),
            VIOLATED,
        ),
        (
            json!([block("tcp", 22, 22, &["3.0.0.0/16"]), block("tcp", 23, 23, &["4.0.0.0/16"])]),
            None,
        ),
        (
            json!([{ "protocol": "tcp", "from_port": 9999, "to_port": 9999, "cidr_blocks": "?" }]),
            UNDETERMINED,
        ),
        (
            json!([{ "protocol": "tcp", "from_port": 9999, "to_port": 9999,
                  "cidr_blocks": ["?aws_eip.e.public_ip/32"] }]),
            None,
        ),
    ] {
        assert_eq!(worst(&group(WIDE, ingress.clone())), expected, "{ingress}");
    }
    let fake = Fake::new([(
        "aws_security_group.g",
        json!({
        "ingress": [block("tcp", 22, 22, &["3.0.0.0/8"])] }),
    )]);
    let params = with_param(rule(WIDE), "widest_ipv4", Param::Int(8));
    assert!(fake.ask_with(rule(WIDE), "aws_security_group.g", &params).is_empty());
}

#[test]
fn a_default_group_that_lets_the_world_through() {
    let ask = |attributes: Json| {
        let fake = Fake::new([("aws_default_security_group.d", attributes)]);
        worst(&fake.ask(rule(DEFAULT), "aws_default_security_group.d"))
    };
    let own = json!({ "protocol": "-1", "from_port": 0, "to_port": 0, "self": true });
    assert_eq!(ask(json!({})), None);
    assert_eq!(ask(json!({ "ingress": [own] })), None);
    assert_eq!(ask(json!({ "egress": [block("-1", 0, 0, &["0.0.0.0/0"])] })), VIOLATED);
    assert_eq!(ask(json!({ "ingress": [block("icmp", -1, -1, &["0.0.0.0/0"])] })), VIOLATED);
    assert_eq!(ask(json!({ "ingress": [block("tcp", 443, 443, &["10.0.0.0/8"])] })), None);
    assert_eq!(ask(json!({ "ingress": "?" })), UNDETERMINED);
    let fake = Fake::new([
        ("aws_default_security_group.d", json!({ "ingress": [own] })),
        ("aws_vpc.v", json!({})),
        ("aws_security_group.g", json!({})),
        (
            "aws_security_group_rule.d",
            json!({ "type": "egress", "protocol": "-1",
            "cidr_blocks": ["0.0.0.0/0"], "security_group_id": "?aws_vpc.v.default_security_group_id" }),
        ),
        (
            "aws_vpc_security_group_egress_rule.d",
            json!({ "ip_protocol": "-1",
            "cidr_ipv6": "::/0", "security_group_id": "?aws_default_security_group.d.id" }),
        ),
        (
            "aws_security_group_rule.g",
            json!({ "type": "egress", "protocol": "-1",
            "cidr_blocks": ["0.0.0.0/0"], "security_group_id": "?aws_security_group.g.id" }),
        ),
    ]);
    for (address, expected) in [
        ("aws_security_group_rule.d", VIOLATED),
        ("aws_vpc_security_group_egress_rule.d", VIOLATED),
        ("aws_security_group_rule.g", None),
    ] {
        assert_eq!(worst(&fake.ask(rule(DEFAULT), address)), expected, "{address}");
    }
    let empty = rule("default-security-group-not-empty");
    assert_eq!(worst(&fake.ask(empty, "aws_default_security_group.d")), VIOLATED);
}

#[test]
fn egress_is_judged_by_its_own_rules() {
    let fake = Fake::new([(
        "aws_security_group.g",
        json!({ "ingress": [block("tcp", 443, 443, &["0.0.0.0/0"])],
                "egress": [block("tcp", 443, 443, &["0.0.0.0/1"]), block("tcp", 443, 443, &["128.0.0.0/1"])] }),
    )]);
    let ask = |id: &str| fake.ask(rule(id), "aws_security_group.g");
    assert_eq!(worst(&ask("security-group-egress-open")), VIOLATED);
    assert_eq!(worst(&ask("security-group-egress-all-traffic-open")), None);
    assert_eq!(worst(&ask("security-group-ingress-open")), VIOLATED);
    let detail = ask("security-group-egress-open").remove(0).detail.expect("a detail");
    assert_eq!(detail, "tcp 443 to 0.0.0.0/1");
}

#[test]
fn another_port_beyond_the_list_is_another_offence() {
    let keys = |ports: &[i64]| -> Vec<String> {
        let blocks = ports.iter().map(|port| block("tcp", *port, *port, &["0.0.0.0/0"]));
        let answers = group("security-group-unlisted-port-open", blocks.collect());
        answers.into_iter().map(|answer| answer.key).collect()
    };
    let (one, two) = (keys(&[8080]), keys(&[8080, 9090]));
    assert_eq!((one.len(), two.len()), (1, 2));
    assert!(two.contains(&one[0]) && two[0] != two[1], "{two:?}");
    assert_eq!(keys(&[80, 443]), Vec::<String>::new());
}

#[test]
fn members_of_a_group_may_reach_each_other_on_every_protocol() {
    const EVERY: &str = "security-group-ingress-all-protocols";
    let own = json!({ "protocol": "-1", "from_port": 0, "to_port": 0, "self": true });
    let mut wider = own.clone();
    wider["security_groups"] = json!(["sg-0123456789abcdef0"]);
    assert_eq!(worst(&group(EVERY, json!([own]))), None);
    assert_eq!(worst(&group(EVERY, json!([wider]))), VIOLATED);
    assert_eq!(worst(&group(EVERY, json!([block("-1", 0, 0, &["10.0.0.0/8"])]))), VIOLATED);
    let of = |other: &str| {
        json!({ "ip_protocol": "-1", "security_group_id": "?aws_security_group.g.id",
                "referenced_security_group_id": other })
    };
    let fake = Fake::new([
        ("aws_security_group.g", json!({})),
        ("aws_security_group.h", json!({})),
        ("aws_vpc_security_group_ingress_rule.own", of("?aws_security_group.g.id")),
        ("aws_vpc_security_group_ingress_rule.other", of("?aws_security_group.h.id")),
    ]);
    for (name, expected) in [("own", None), ("other", VIOLATED)] {
        let address = format!("aws_vpc_security_group_ingress_rule.{name}");
        assert_eq!(worst(&fake.ask(rule(EVERY), &address)), expected, "{name}");
    }
}
