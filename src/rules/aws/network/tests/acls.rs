//! Network ACLs: the lowest number that fits decides.

use serde_json::{Value as Json, json};

use super::*;

fn entry(
    number: impl Into<Json>,
    action: &str,
    protocol: &str,
    ports: [i64; 2],
    cidr: &str,
) -> Json {
    json!({ "rule_no": number.into(), "action": action, "protocol": protocol,
            "from_port": ports[0], "to_port": ports[1], "cidr_block": cidr, "ipv6_cidr_block": "" })
}

fn acl(entries: Json) -> Option<Outcome> {
    let fake = Fake::new([("aws_network_acl.a", json!({ "ingress": entries }))]);
    worst(&fake.ask(rule(ACL), "aws_network_acl.a"))
}

const WORLD: &str = "0.0.0.0/0";

#[test]
fn an_allow_for_the_world_on_an_admin_port() {
    for (one, expected) in [
        (entry(100, "allow", "tcp", [22, 22], WORLD), VIOLATED),
        (entry(100, "ALLOW", "-1", [0, 0], WORLD), VIOLATED),
        (entry(100, "allow", "all", [0, 0], WORLD), VIOLATED),
        (entry(100, "allow", "6", [0, 65535], "128.0.0.0/1"), VIOLATED),
        (entry(100, "allow", "tcp", [443, 443], WORLD), None),
        (entry(100, "allow", "tcp", [22, 22], "10.0.0.0/8"), None),
        (entry(100, "deny", "tcp", [22, 22], WORLD), None),
        (entry(100, "allow", "icmp", [0, 0], WORLD), None),
        (entry(100, "?", "tcp", [22, 22], WORLD), UNDETERMINED),
        (entry(100, "allow", "tcp", [22, 22], "?"), UNDETERMINED),
        (entry(100, "allow", "tcp", [22, 22], "10.0.0.0"), UNDETERMINED),
    ] {
        assert_eq!(acl(json!([one])), expected, "{one}");
    }
    let v6 = json!({ "rule_no": 1, "action": "allow", "protocol": "tcp", "from_port": 22,
                     "to_port": 22, "cidr_block": "", "ipv6_cidr_block": "::/0" });
    assert_eq!(acl(json!([v6])), VIOLATED);
    assert_eq!(acl(Json::Null), None);
    assert_eq!(acl(json!("?")), UNDETERMINED);
}

#[test]
fn a_lower_deny_wins_where_it_covers() {
    let allow = entry(100, "allow", "-1", [0, 0], WORLD);
    let deny = |number: i64, protocol: &str, ports, cidr: &str| {
        entry(number, "deny", protocol, ports, cidr)
    };
    let both = |number| {
        [deny(number, "-1", [0, 0], "0.0.0.0/1"), deny(number + 1, "-1", [0, 0], "128.0.0.0/1")]
    };
    let [low, high] = both(10);
    assert_eq!(acl(json!([allow, low, high])), None);
    assert_eq!(acl(json!([high, allow, low])), None, "the order of blocks means nothing");
    assert_eq!(acl(json!([allow, low])), VIOLATED, "half of the world is left");
    let [low, high] = both(200);
    assert_eq!(acl(json!([allow, low, high])), VIOLATED, "the allow comes first");
    let tcp = [deny(10, "tcp", [22, 22], WORLD), deny(20, "tcp", [3389, 3389], WORLD)];
    assert_eq!(acl(json!([allow, tcp[0], tcp[1]])), VIOLATED, "udp is left");
    let narrow = entry(100, "allow", "tcp", [0, 65535], WORLD);
    assert_eq!(acl(json!([narrow, tcp[0], tcp[1]])), None);
    assert_eq!(acl(json!([narrow, tcp[0]])), VIOLATED);
    let unknown = entry("?", "deny", "tcp", [0, 65535], WORLD);
    assert_eq!(acl(json!([narrow, unknown])), UNDETERMINED);
    assert_eq!(acl(json!([narrow, deny(10, "?", [0, 0], WORLD)])), UNDETERMINED);
    assert_eq!(acl(json!([narrow, deny(10, "tcp", [0, 65535], "?")])), UNDETERMINED);
    assert_eq!(acl(json!([narrow, deny(110, "tcp", [0, 65535], "?")])), VIOLATED);
    assert_eq!(acl(json!([narrow, deny(10, "tcp", [0, 65535], "10.0.0.0/8")])), VIOLATED);
}

#[test]
fn allows_are_added_up() {
    let eighth = |i: i64| entry(i, "allow", "tcp", [22, 22], &format!("{}.0.0.0/3", i * 32));
    assert_eq!(acl(json!([eighth(1)])), None);
    assert_eq!(acl(json!([eighth(1), eighth(2), eighth(3)])), VIOLATED);
}

#[test]
fn separate_rules_see_their_relatives() {
    let entry = |number: i64, action: &str, egress: Json, acl: &str| {
        json!({ "rule_number": number, "rule_action": action, "egress": egress, "protocol": "tcp",
                "from_port": 22, "to_port": 22, "cidr_block": "0.0.0.0/0", "network_acl_id": acl })
    };
    let a = "?aws_network_acl.a.id";
    let fake = Fake::new([
        ("aws_network_acl.a", json!({})),
        ("aws_network_acl.b", json!({})),
        ("aws_network_acl_rule.behind", entry(200, "allow", json!(false), a)),
        ("aws_network_acl_rule.deny", entry(100, "deny", Json::Null, a)),
        ("aws_network_acl_rule.before", entry(50, "allow", Json::Null, a)),
        ("aws_network_acl_rule.other", entry(200, "allow", json!(false), "?aws_network_acl.b.id")),
        ("aws_network_acl_rule.literal", entry(200, "allow", json!(false), "acl-1")),
        ("aws_network_acl_rule.egress", entry(50, "allow", json!(true), a)),
        ("aws_network_acl_rule.which", entry(50, "allow", json!("?"), a)),
    ]);
    for (name, expected) in [
        ("behind", None),
        ("deny", None),
        ("before", VIOLATED),
        ("other", VIOLATED),
        ("literal", VIOLATED),
        ("egress", None),
        ("which", UNDETERMINED),
    ] {
        let address = format!("aws_network_acl_rule.{name}");
        assert_eq!(worst(&fake.ask(rule(ACL), &address)), expected, "{name}");
    }
}

#[test]
fn a_hostile_acl_stays_fast() {
    let entries: Vec<Json> = (0..4_000)
        .map(|i| {
            let action = if i % 2 == 0 { "allow" } else { "deny" };
            entry(i, action, "tcp", [22, 22], &format!("{}.{}.0.0/16", 1 + i / 250, i % 250))
        })
        .collect();
    let _ = acl(json!(entries));
}

#[test]
fn a_deny_of_some_ports_leaves_an_opening_for_the_rest() {
    let ask = |id: &str, entries: &Json| {
        let fake = Fake::new([("aws_network_acl.a", json!({ "ingress": entries }))]);
        worst(&fake.ask(rule(id), "aws_network_acl.a"))
    };
    let all = entry(100, "allow", "-1", [0, 0], WORLD);
    let some = json!([entry(90, "deny", "tcp", [0, 65535], WORLD), all]);
    let every = json!([entry(90, "deny", "-1", [0, 0], WORLD), all]);
    let late = json!([entry(110, "deny", "-1", [0, 0], WORLD), all]);
    for id in ["network-acl-ingress-open", "network-acl-all-traffic-open"] {
        assert_eq!(ask(id, &some), VIOLATED, "{id}");
        assert_eq!(ask(id, &every), None, "{id}");
        assert_eq!(ask(id, &late), VIOLATED, "{id}");
    }
    assert_eq!(ask("network-acl-ftp-open", &some), None);
    let web = json!([entry(100, "allow", "tcp", [443, 443], WORLD)]);
    assert_eq!(ask("network-acl-ingress-open", &web), VIOLATED);
    assert_eq!(ask("network-acl-all-traffic-open", &web), None);
}
