//! What must hold for every input.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

const RULES: [&str; 4] = [ADMIN, ALL, DATA, WIDE];

fn cidr() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => (any::<u8>(), 0u8..=32).prop_map(|(octet, prefix)| format!("{octet}.0.0.0/{prefix}")),
        1 => Just("10.0.0.0/8".to_owned()),
        1 => (0u16..=0xffff, 0u8..=128).prop_map(|(word, prefix)| format!("{word:x}::/{prefix}")),
        1 => Just("?aws_eip.e.public_ip/32".to_owned()),
    ]
}

fn one_block() -> impl Strategy<Value = Json> {
    let ports =
        prop_oneof![Just((22i64, 22i64)), Just((443, 443)), (0i64..4000).prop_map(|p| (p, p + 30))];
    let protocol = prop::sample::select(vec!["tcp", "udp", "6", "-1", "all", "icmp"]);
    (protocol, ports, prop::collection::vec(cidr(), 0..4)).prop_map(|(protocol, ports, cidrs)| {
        let cidrs: Vec<&str> = cidrs.iter().map(String::as_str).collect();
        block(protocol, ports.0, ports.1, &cidrs)
    })
}

fn acl_entry() -> impl Strategy<Value = Json> {
    let action = prop::sample::select(vec!["allow", "deny"]);
    let ports = prop::sample::select(vec![(22, 22), (0, 65535), (443, 443), (3389, 3389)]);
    let range = prop::sample::select(vec![
        "0.0.0.0/0",
        "0.0.0.0/1",
        "128.0.0.0/1",
        "64.0.0.0/3",
        "10.0.0.0/8",
    ]);
    let protocol = prop::sample::select(vec!["tcp", "udp", "-1"]);
    (action, protocol, ports, range).prop_map(|(action, protocol, (from, to), range)| {
        json!({ "action": action, "protocol": protocol, "from_port": from, "to_port": to,
                "cidr_block": range, "ipv6_cidr_block": "" })
    })
}

fn acl(entries: &[Json]) -> Vec<Answer> {
    let fake = Fake::new([("aws_network_acl.a", json!({ "ingress": entries }))]);
    fake.ask(rule(ACL), "aws_network_acl.a")
}

/// The keys and outcomes, without order and position.
fn gist(answers: &[Answer]) -> Vec<(Outcome, String)> {
    let mut gist: Vec<_> = answers.iter().map(|a| (a.outcome, a.key.clone())).collect();
    gist.sort();
    gist
}

/// Whether an answer is as bad or worse: satisfied is the best.
fn rank(outcome: Option<Outcome>) -> u8 {
    match outcome {
        None => 0,
        Some(_) => 1,
    }
}

/// Two `/16` for one port are too wide together; when the port of one is not known, they still may
/// be.
#[test]
fn ports_that_are_not_known_may_be_the_same() {
    let sure = json!([block("6", 22, 22, &["11.0.0.0/16"]), block("tcp", 22, 22, &["1.0.0.0/16"])]);
    assert_eq!(worst(&group(WIDE, sure.clone())), VIOLATED);
    for field in ["from_port", "to_port", "protocol"] {
        let mut less = sure.clone();
        less[0][field] = json!("?");
        assert_eq!(worst(&group(WIDE, less)), Some(Outcome::Undetermined), "{field}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn the_order_of_blocks_and_ranges_never_matters(
        (list, shuffled) in prop::collection::vec(one_block(), 0..5)
            .prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
    ) {
        let mut turned = shuffled;
        for block in &mut turned {
            block["cidr_blocks"].as_array_mut().unwrap().reverse();
        }
        for id in RULES {
            prop_assert_eq!(gist(&group(id, json!(list))), gist(&group(id, json!(turned))));
        }
    }

    #[test]
    fn less_knowledge_never_satisfies(
        list in prop::collection::vec(one_block(), 1..4),
        pick in any::<prop::sample::Index>(),
        field in prop::sample::select(vec![
            "cidr_blocks", "cidr_blocks[]", "cidr_blocks...", "from_port", "to_port", "protocol",
            "block", "blocks", "all",
        ]),
    ) {
        let mut less = json!(list);
        let at = pick.index(list.len());
        match field {
            "cidr_blocks[]" => {
                if let Some(last) = less[at]["cidr_blocks"].as_array_mut().unwrap().last_mut() {
                    *last = json!("?");
                }
            }
            "cidr_blocks..." => {
                let cidrs = less[at]["cidr_blocks"].as_array_mut().unwrap();
                cidrs.pop();
                cidrs.push(json!("..."));
            }
            "block" => less[at] = json!("?"),
            "blocks" => {
                let blocks = less.as_array_mut().unwrap();
                blocks.remove(at);
                blocks.push(json!("..."));
            }
            "all" => less = json!("?"),
            field => less[at][field] = json!("?"),
        }
        for id in RULES {
            let (more, less) = (worst(&group(id, json!(list))), worst(&group(id, less.clone())));
            // A world that other rules report is no longer certain, so `wide` may begin to speak.
            prop_assert!(rank(less) >= rank(more), "{id}: {more:?} became {less:?}");
            if id != WIDE {
                prop_assert!(less != VIOLATED || more == VIOLATED, "{id}: {more:?} became {less:?}");
            }
        }
    }

    #[test]
    fn splitting_a_list_over_blocks_never_satisfies(list in prop::collection::vec(cidr(), 1..6)) {
        let texts: Vec<&str> = list.iter().map(String::as_str).collect();
        let one = json!([block("tcp", 22, 22, &texts)]);
        let split: Vec<Json> = texts.iter().map(|text| block("tcp", 22, 22, &[text])).collect();
        let (whole, parts) = (worst(&group(ADMIN, one.clone())), worst(&group(ADMIN, json!(split))));
        prop_assert_eq!(whole, parts);
        // A list that is the world as a whole is not `wide`, and a part of it may be.
        let (whole, parts) = (worst(&group(WIDE, one)), worst(&group(WIDE, json!(split))));
        prop_assert!(rank(parts) >= rank(whole), "{whole:?} became {parts:?}");
    }

    #[test]
    fn an_acl_is_judged_by_its_numbers_alone(
        (list, shuffled) in prop::collection::vec(acl_entry(), 1..5)
            .prop_map(|mut list| {
                for (number, entry) in list.iter_mut().enumerate() {
                    entry["rule_no"] = json!(number);
                }
                list
            })
            .prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
        pick in any::<prop::sample::Index>(),
        field in prop::sample::select(vec!["cidr_block", "action", "rule_no", "protocol", "to_port"]),
    ) {
        let known = acl(&list);
        prop_assert_eq!(gist(&known), gist(&acl(&shuffled)));
        let mut less = list.clone();
        less[pick.index(list.len())][field] = json!("?");
        let (more, less) = (worst(&known), worst(&acl(&less)));
        prop_assert!(rank(less) >= rank(more), "{field}: {more:?} became {less:?}");
        prop_assert!(less != VIOLATED || more == VIOLATED, "{field}: {more:?} became {less:?}");
    }

    #[test]
    fn no_text_makes_it_panic(protocol in ".{0,6}", from in any::<i64>(), to in any::<i64>(), cidr in ".{0,20}") {
        for id in RULES {
            group(id, json!([block(&protocol, from, to, &[&cidr])]));
        }
    }
}

#[test]
fn a_hundred_thousand_ranges_and_blocks_stay_fast() {
    let cidrs: Vec<String> = (0..100_000u32)
        .map(|i| format!("{}.{}.{}.0/24", 1 + i / 65_536, i / 256 % 256, i % 256))
        .collect();
    let texts: Vec<&str> = cidrs.iter().map(String::as_str).collect();
    assert_eq!(worst(&group(WIDE, json!([block("tcp", 22, 22, &texts)]))), VIOLATED);
    let blocks: Vec<Json> =
        texts.iter().take(20_000).map(|text| block("tcp", 22, 22, &[text])).collect();
    assert_eq!(worst(&group(ADMIN, json!(blocks))), None);
    let open: Vec<Json> = (0..20_000).map(|_| block("tcp", 0, 65535, &["0.0.0.0/0"])).collect();
    assert_eq!(group(DATA, json!(open)).len(), 20_000);
}
