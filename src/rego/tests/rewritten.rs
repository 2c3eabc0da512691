//! Where the evaluator reads Rego otherwise than OPA, the policy is written anew: same answers.

use super::*;

const TREE: &str = r#"{"x":{"y":1},"list":[{"y":2}],"none":null}"#;

#[test]
fn walk_finds_what_it_finds_in_opa() {
    for rule in [
        "deny contains m if { [path, value] := walk(input); value == 1; m := path[0] }",
        "deny contains m if { [path, value] = walk(input); value == 1; m := path[0] }",
        "deny contains m if { [path, 1] := walk(input); m := path[0] }",
        "deny contains m if { pair := walk(input); pair[1] == 1; m := pair[0][0] }",
        "deny contains m if { walk(input, [path, value]); value == 1; m := path[0] }",
        "deny contains m if { some path, value\n [path, value] = walk(input)\n value == 1; m := path[0] }",
        "deny contains m if { all := {p[0] | [p, v] := walk(input); v == 1}; some m in all }",
        "deny contains m if { [_, value] := walk(input); value.y == 1; m := \"x\" }",
        "deny contains m if {\n [path,\n value] := walk(\n input\n )\n value == 1; m := path[0] }",
        "deny contains m if { count([1 | [deny, value] := walk(input); value == 1; deny[0]]) == 1; m := \"x\" }",
    ] {
        assert_eq!(failures(&format!("package main\n{rule}\n"), TREE), ["x"], "{rule}");
    }
    let old = "package main\ndeny[m] { [path, value] := walk(input); value == 1; m := path[0] }\n";
    assert_eq!(failures(old, TREE), ["x"]);
    let value = fault("package main\ndeny contains m if { m := walk(input)[0] }\n");
    assert_eq!((value.code, value.underlined()), ("rego::walk", Some("walk(input)")));
}

#[test]
fn nothing_is_no_collection() {
    for rule in [
        "deny contains m if { some x in input.none; m := x }",
        "deny contains m if { some k, v in input.none; m := k }",
        "deny contains m if { some x in input.x.y; m := \"no\" }",
        "deny contains m if { some x in input.missing; m := x }",
    ] {
        assert_eq!(failures(&format!("package main\n{rule}\n"), TREE), Vec::<String>::new());
    }
    let not = "package main\ndeny contains \"m\" if { not has }\nhas if { some x in input.none }\n";
    assert_eq!(failures(not, TREE), ["m"]);
}

#[test]
fn local_names_may_be_those_of_rules_and_imports() {
    let policy = "package main\n\
        import data.lib.tags\n\
        resource(kind) := [resource | some resource in input.r; resource.kind == kind]\n\
        name := \"global\"\n\
        deny contains name if { some name in [r.name | some r in resource(\"a\")] }\n\
        deny_two contains sprintf(\"%s %s\", [name, other]) if { some other in [1 | true]; other == 1 }\n\
        deny_tags contains tags if { some tags in input.tags }\n\
        deny_every contains \"e\" if { every name in input.tags { name != \"q\" } }\n";
    let all = policies(
        &[("p.rego", policy), ("l.rego", "package lib\ntags := 1\n")],
        &Options::default(),
    )
    .unwrap();
    let input = r#"{"r":[{"kind":"a","name":"one"},{"kind":"b","name":"two"}],"tags":["t"]}"#;
    let document = Document::json("i", input).unwrap();
    let judgement = all.judge(&document, &["main".to_owned()]).unwrap().remove(0);
    let msgs: Vec<&str> = judgement.failures.iter().map(|hit| hit.msg.as_str()).collect();
    assert_eq!(msgs, ["one", "global %!s(int64=1)", "t", "e"]);
}

#[test]
fn metadata_and_places_are_those_of_the_rule() {
    let policy = "# METADATA\n# title: whole\npackage main\n\n# METADATA\n# title: ours\n# custom:\n#   code: 7\n\
        deny contains m if { m := sprintf(\"%s %d\", [rego.metadata.rule().title, rego.metadata.rule().custom.code]) }\n\
        warn contains m if { chain := rego.metadata.chain(); m := concat(\" \", [c.annotations.title | some c in chain; c.annotations.title]) }\n";
    let judgement = judge(policy, "{}").unwrap();
    assert_eq!(judgement.failures[0].msg, "ours 7");
    assert_eq!(judgement.warnings[0].msg, "whole");
}

#[test]
fn prints_keep_their_lines() {
    let policy = "package main\n\ndeny contains \"a\" if {\n\tprint(\"here\", input.x)\n}\n\ndeny contains \"b\" if { print(\"there\") }\n";
    let judgement = judge(policy, r#"{"x":1}"#).unwrap();
    assert_eq!(judgement.outputs, ["p.rego:4: here 1", "p.rego:7: there"]);
}

#[test]
fn functions_that_conftest_and_old_opa_have() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("c.yaml"), "port: 22\n").unwrap();
    let policy = "package main\n\
        deny contains \"re\" if { re_match(`^a+$`, \"aaa\") }\n\
        deny contains \"any\" if { any([false, true]); all([true]) }\n\
        deny contains \"cast\" if { cast_set([\"a\"]) == {\"a\"}; cast_array({1}) == [1] }\n\
        deny contains \"sha\" if { crypto.sha256(\"a\") == \"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb\" }\n\
        deny contains \"md5\" if { crypto.md5(\"a\") == \"0cc175b9c0f1b6a831c399e269772661\"; crypto.sha1(\"a\") == \"86f7e437faa5a7fce15d1ddcb9eaeaea377667b8\" }\n\
        deny contains \"hmac\" if { crypto.hmac.sha256(\"a\", \"k\") == \"78da91511e675587f5b9df78bedebaf5560da2abb88162ee875dcdf744951d9e\" }\n\
        deny contains \"cidr\" if { net.cidr_intersects(\"10.0.0.0/8\", \"10.1.0.0/16\"); not net.cidr_intersects(\"10.0.0.0/8\", \"11.0.0.0/8\") }\n\
        deny contains \"merge\" if { net.cidr_merge([\"10.0.0.0/9\", \"10.128.0.0/9\"]) == {\"10.0.0.0/8\"} }\n\
        deny contains \"matches\" if { net.cidr_contains_matches(\"1.1.1.0/24\", [\"1.1.1.128\", \"2.2.2.2\"]) == {[\"1.1.1.0/24\", 0]} }\n\
        deny contains \"patch\" if { json.patch({\"a\": 1}, [{\"op\": \"replace\", \"path\": \"/a\", \"value\": 2}]).a == 2 }\n\
        deny contains \"template\" if { strings.render_template(\"{{ .a }}!\", {\"a\": \"x\"}) == \"x!\" }\n\
        deny contains \"parse\" if { parse_config(\"yaml\", \"a: 1\").a == 1; parse_config_file(\"c.yaml\").port == 22 }\n\
        deny contains \"combined\" if { parse_combined_config_files([\"c.yaml\"])[0].contents.port == 22 }\n\
        deny contains \"iam\" if { holdpoint.iam.allows_all(`{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}`); not holdpoint.iam.allows_all({\"Statement\": [{\"Effect\": \"Allow\", \"Action\": \"s3:GetObject\", \"Resource\": \"*\"}]}) }\n\
        deny contains \"world\" if { holdpoint.cidr.is_world([\"0.0.0.0/1\", \"128.0.0.0/1\"]); holdpoint.cidr.is_world(\"::/0\"); not holdpoint.cidr.is_world([\"10.0.0.0/8\"]) }\n";
    let name = folder.path().join("p.rego").display().to_string();
    let all = policies(&[(&name, policy)], &Options::default()).unwrap();
    let document = Document::json("i", "{}").unwrap();
    let judgement = all.judge(&document, &["main".to_owned()]).unwrap().remove(0);
    let mut msgs: Vec<&str> = judgement.failures.iter().map(|hit| hit.msg.as_str()).collect();
    msgs.sort_unstable();
    let expected = [
        "any", "cast", "cidr", "combined", "hmac", "iam", "matches", "md5", "merge", "parse",
        "patch", "re", "sha", "template", "world",
    ];
    assert_eq!(msgs, expected);
}

#[test]
fn what_a_negation_needs_is_found_before_as_in_opa() {
    // What OPA 1.22 says of each, with `{"z": 1, "obj": {"a": 1}}`.
    for (statement, want) in [
        ("not startswith(input.q, \"x\")", false),
        ("not startswith(lower(input.q), \"x\")", false),
        ("not f(g(input.q))", false),
        ("not f(input.obj.q)", false),
        ("x := obj; not f(x.q)", false),
        ("not input.q > 1", false),
        ("not input.q != 1", false),
        ("not input.q + 1 == 2", false),
        ("not input.q in {1}", false),
        ("not 1 in input.q", false),
        ("not \"a\" in [input.q]", false),
        ("not f([input.q])", false),
        ("not f({\"a\": input.q})", false),
        ("not [input.q] == [1]", false),
        ("not 1 == count(input.q)", false),
        ("not obj[input.q]", false),
        ("not obj[lower(input.q)]", false),
        ("not f(nothing)", false),
        ("not f(nothing); every nothing in [1] { nothing == 1 }", false),
        ("not f(data.nope.x)", false),
        ("every y in [1] { not f(input.q[y]) }", false),
        ("count([1 | not f(input.q)]) == 1", false),
        ("not startswith(input.q,\n\t\t\"x\")", false),
        ("not startswith(input.obj[lower(\n\"Q\")], \"x\")", false),
        ("not input.q", true),
        ("not input.q == 1", true),
        ("x := obj; not x.q == 1", true),
        ("not nothing == 1", true),
        ("not input.q = 1", true),
        ("not input.q == count([1])", true),
        ("not f([x | x := input.q])", true),
        ("k := \"zz\"; not obj[k]", true),
        ("x := obj; y := x.a; not f(y)", true),
        ("not f(input.z)", true),
        ("some k in [\"a\"]; not f(input.obj[k])", true),
    ] {
        let rest =
            "f(x) if count([1 | x]) > 5\ng(x) := x\nobj := input.obj\nnothing := 1 if input.nope\n";
        for policy in [
            format!("package main\ndeny contains \"x\" if {{\n\t{statement}\n}}\n{rest}"),
            format!("package main\ndeny contains \"x\" if {{ true; {statement}; true }}\n{rest}"),
        ] {
            let messages = failures(&policy, r#"{"z": 1, "obj": {"a": 1}}"#);
            assert_eq!(!messages.is_empty(), want, "{policy}");
        }
        if !statement.contains([';', '\n']) {
            let policy = format!("package main\ndeny contains \"x\" if {statement}\n{rest}");
            assert_eq!(
                !failures(&policy, r#"{"z": 1, "obj": {"a": 1}}"#).is_empty(),
                want,
                "{policy}"
            );
        }
    }
    let old = "package main\ndeny[\"x\"] { not re_match(\"a\", input.q.name) }\n";
    assert!(failures(old, "{}").is_empty());
    assert_eq!(failures(old, r#"{"q": {"name": "b"}}"#).len(), 1);
}

#[test]
fn variables_may_be_declared_behind_a_loop() {
    let input =
        r#"{"r": [{"n": "a", "t": ["x", "y"]}, {"n": "b", "t": ["y"]}, {"n": "c", "t": []}]}"#;
    for body in [
        "r := input.r[_]; some i; r.t[i] == \"y\"",
        "r := input.r[_]\n\tsome i, j\n\tr.t[i] == \"y\"; r.t[j] == \"y\"",
        "r := input.r[_]; some k, v; r[k] = v; v[_] == \"y\"",
        "r := input.r[_]; [path, v] := walk(r); v == \"y\"",
        "r := input.r[_]; [path, v] := walk(r); v == \"y\"; [other, w] := walk(input); w == \"y\"",
        "r := input.r[_]; some deny; r.t[deny] == \"y\"",
        "r := input.r[_]; count([1 | t := r.t[_]; some u; [\"y\"][u] == t]) > 0",
        "r := input.r[_]; holds(r, is); is == true",
        "r := input.r[_]; data.lib.holds(r, true)",
        "r := input.r[_]; l.holds(\n\t\tr,\n\t\tis,\n\t); is",
    ] {
        let policy = format!(
            "package main\nimport data.lib as l\ndeny contains r.n if {{\n\t{body}\n}}\nholds(r) := \"y\" in r.t\n"
        );
        let lib = "package lib\nholds(r) := \"y\" in r.t\n";
        let files = [("p.rego", policy.as_str()), ("lib.rego", lib)];
        let policies = policies(&files, &Options::default()).unwrap_or_else(|f| panic!("{f:?}"));
        let document = Document::json("i", input).unwrap();
        let judgements = policies
            .judge(&document, &["main".to_owned()])
            .unwrap_or_else(|f| panic!("{body}: {f:?}"));
        let messages: Vec<&str> =
            judgements[0].failures.iter().map(|hit| hit.msg.as_str()).collect();
        assert_eq!(messages, ["a", "b"], "{body}");
    }
    let bare = "package main\ndeny contains \"x\" if [p, 7] := walk(input)\n";
    assert_eq!(failures(bare, r#"{"a": 7}"#), ["x"]);
}

#[test]
fn what_is_given_out_may_go_over_nothing() {
    for (rule, want) in [
        ("deny contains input.list[_].y", vec!["2"]),
        ("deny contains input.none[_].y", vec![]),
        ("deny contains input.missing[_]", vec![]),
        ("deny contains input.list[_].y if { input.x }", vec!["2"]),
        ("deny contains input.none[_].y if { input.x }", vec![]),
        ("deny contains input.x.y[_] if input.x", vec![]),
        ("deny contains m if { some m in [input.missing[_] | true] }", vec![]),
        ("deny contains m if { some m in {input.none[_] | some x in input.list; x.y} }", vec![]),
        ("deny contains m if { some m in [input.list[_].y | some x in input.list] }", vec!["2"]),
        (
            "deny contains m if { some m in [[input.list[_].y | true][_] | some x in input.list] }",
            vec!["2"],
        ),
    ] {
        // `if` without braces is left as it is: an error, no pass.
        let bare = rule.ends_with("if input.x");
        let policy = format!("package main\n{}\n", rule.replace(".y", ".n"));
        let result = judge(&policy, r#"{"x":{"n":1},"list":[{"n":"2"}],"none":null}"#);
        match result {
            Err(fault) => assert!(bare, "{rule}: {fault:?}"),
            Ok(judgement) => {
                let messages: Vec<String> =
                    judgement.failures.into_iter().map(|hit| hit.msg).collect();
                assert_eq!(messages, want, "{rule}");
            }
        }
    }
    let old = "package main\ndeny[input.pod.volumes[_]]\n";
    assert!(failures(old, "{}").is_empty());
    assert_eq!(failures(old, r#"{"pod": {"volumes": ["v"]}}"#), ["v"]);
}

/// What a head gives out may be undefined in one round of the body and not in another.
#[test]
fn a_round_that_gives_nothing_takes_nothing_back() {
    let input = r#"{"l": [{"y": 1}, {"x": "1"}, {"y": 1}, {"x": "2"}, {"y": 1}]}"#;
    for rules in [
        "deny contains t.x if { some t in input.l }",
        "deny contains t.x if some t in input.l",
        "deny contains input.l[_].x",
        "deny contains input.l[i].x if i >= 0",
        "deny contains {\"msg\": t.x} if { some t in input.l }",
        "deny contains {\n\t# {\n\t\"msg\": t.x, # why\n\t\"k\": `a`,\n} if {\n\tsome t in input.l\n}",
        "deny contains {\"msg\": t.x, \"k\": 1} if { some t in input.l }",
        "deny contains sprintf(\"%s\", [t.x]) if { some t in input.l; 1 == 1 }",
        "deny contains sprintf(\"%s\", [t.x]) if { some t in input.l; \"a\" == \"a\" }",
        "a contains t.x if { some t in input.l }\ndeny contains x if some x in a",
        "a[t] := t.x if { some t in input.l }\ndeny contains x if some x in a",
        "a[t.x] := 1 if { some t in input.l }\ndeny contains x if some x, _ in a",
        "a[t.x] contains 1 if { some t in input.l }\ndeny contains x if some x, _ in a",
        "f(t) := t.x if { some _ in [1, 2] }\ndeny contains f(t) if some t in input.l",
        "f(t) := t.x if { t.x == \"9\" } else := t.x if { true }\ndeny contains f(t) if some t in input.l",
        "f(t) := t.z if { true } else := t.x\ndeny contains f(t) if some t in input.l",
    ] {
        let messages = failures(&format!("package main\n{rules}\n"), input);
        assert_eq!(messages, ["1", "2"], "{rules}");
    }
    let old = "package main\ndeny[t.x] { t := input.l[_] }\n";
    assert_eq!(failures(old, input), ["1", "2"]);
    let old = "package main\ndeny[{\"msg\": m}] { m := input.l[_].x; \"a\" == \"a\" }\n";
    assert_eq!(failures(old, input), ["1", "2"]);
    let policy = "package main\na := t.x if { some t in input.l; t.x != \"2\" }\ndeny contains a\n";
    assert_eq!(failures(policy, r#"{"l": [{"x": "1"}, {"y": 1}]}"#), ["1"]);
    let policy = "package main\na = input.l[_].x\ndeny[a] { true }\n";
    assert_eq!(failures(policy, r#"{"l": [{"x": "1"}, {"y": 1}]}"#), ["1"]);
}

/// The parser leaves the quotes of a text out of its place.
#[test]
fn what_is_put_beside_a_text_is_not_put_into_it() {
    let input = r#"{"a": "x", "l": [{"t": ["y"]}, {"t": []}], "n": {"b": 1}}"#;
    for rules in [
        "deny contains \"said\" if not lower(input.a) == \"y\"",
        "deny contains \"said\" if { \"x\" == input.a; some i; input.l[i].t[_] == \"y\" }",
        "deny contains \"said\" if { r := input.l[_]; some i; r.t[i] == \"y\" }",
        "deny contains \"said\" if { count([t.t[_] | some t in input.l; input.a == \"x\"]) == 1 }",
        "deny contains \"said\" if { f(\"x\", is); is }\nf(x) := x == \"x\"",
        "deny contains \"said\" if { f(\"x\", \"x\") }\nf(x) := x",
        "deny contains \"said\" if { not some_in }\nsome_in if { some x in \"abc\"; x }",
        "deny contains \"said\" if `x` == input.a",
    ] {
        assert_eq!(failures(&format!("package main\n{rules}\n"), input), ["said"], "{rules}");
    }
}

/// The parser lets the query of an `else` begin at that word.
#[test]
fn what_stands_behind_else_is_rewritten_too() {
    let input = r#"{"a": {"b": "x"}, "l": [{"x": "1"}]}"#;
    for rules in [
        "p = 1 { input.z } else = 2 { not f(input.a.b) }\nf(v) { v == \"y\" }\ndeny[\"said\"] { p == 2 }",
        "p = 1 { input.z } else = output { output = input.a.b }\ndeny[\"said\"] { p == \"x\" }",
        "p = 1 { input.z } else = 2 { some i; t := input.l[_]; some j; t[j] == \"1\" }\ndeny[\"said\"] { p == 2 }",
    ] {
        assert_eq!(failures(&format!("package main\n{rules}\n"), input), ["said"], "{rules}");
    }
    let new = "package main\np := 1 if input.z\nelse := 2 if not f(input.a.b)\nf(v) if v == \"y\"\n\
               deny contains \"said\" if p == 2\n";
    assert_eq!(failures(new, input), ["said"]);
}

#[test]
fn an_object_in_a_pattern_fits_objects_with_these_keys_only() {
    let input = r#"{"o":{"a":"v","b":1},"l":[{"a":"p"},{"a":"q","b":2},{"a":"r","b":1}]}"#;
    // What OPA 1.22 says of each.
    for (body, want) in [
        ("{\"a\": m} = input.o", &[][..]),
        ("{\"a\": m, \"b\": _} = input.o", &["v"]),
        ("input.o = {\"a\": m}", &[]),
        ("input.o = {\"a\": m, \"b\": 1}", &["v"]),
        ("x := input.o; {\"a\": m} := x", &[]),
        ("{\"a\": m, \"b\": _} := input.o", &["v"]),
        ("{\"a\": m} := input.l[_]", &["p"]),
        ("{\"a\": m, \"b\": _} = input.l[_]", &["q", "r"]),
        ("some {\"a\": m} in input.l", &["p"]),
        ("some i, {\"a\": m, \"b\": _} in input.l; i > 1", &["r"]),
        ("some {\"a\": \"v\"} in [input.o]; m := \"x\"", &[]),
        ("some {} in [input.o]; m := \"x\"", &[]),
        ("[m, {\"a\": \"v\"}] = [\"x\", input.o]", &[]),
        ("[m, {\"a\": \"v\", \"b\": 1}] = [\"x\", input.o]", &["x"]),
        ("walk(input.l, [_, {\"a\": m}])", &["p"]),
        ("[_, {\"a\": m, \"b\": 2}] = walk(input)", &["q"]),
        ("all[{\"a\": m}]", &["p"]),
        ("all[{\"a\": m, \"b\": 1}]", &["r", "v"]),
        (
            "all[{\"a\": m, \"b\": 1}] with input as {\"l\": [], \"o\": {\"a\": \"w\", \"b\": 1}}",
            &["w"],
        ),
        ("object.union(input.o, {}, {\"a\": m})", &[]),
        ("m := [x | {\"a\": x} = input.l[_]][_]", &["p"]),
        (
            "m := {\n\t\tx |\n\t\tsome {\n\t\t\t\"a\": x, # which\n\t\t} in input.l\n\t\t}[_]",
            &["p"],
        ),
        ("f(input.o); m := \"x\"", &[]),
        ("m := g(input.l[_])", &["p", "q"]),
        ("h({\"a\": input.l[_].a}); m := \"x\"", &["x"]),
        ("not f(input.o); m := \"x\"", &["x"]),
        ("a := \"v\"; not {\"a\": a} = input.o; m := \"x\"", &["x"]),
        ("not within; m := \"x\"", &["x"]),
        (
            "r = {\"a\": \"x\", \"b\": [y | {\"a\": y} = input.l[_]]}; count(r.b) == 1; m := r.a",
            &["x"],
        ),
    ] {
        let rest = "\nall contains x if some x in input.l\nall contains input.o\nf({\"a\": \"v\"}) if true\n\
                    g({\"a\": x}) := x if x != \"z\"\ng({\"a\": x, \"b\": 1}) := \"r\" if x == \"q\" else := x if false\n\
                    g({\"a\": x, \"b\": 2}) := \"z\" if x == \"z\" else := x\nh({\"a\": x}) := x\nwithin if {\"a\": _} = input.o\n";
        let policy = format!("package main\n\ndeny contains m if {{\n\t{body}\n}}\n{rest}");
        assert_eq!(failures(&policy, input), want, "{body}");
        if !body.contains([';', '\n']) && !body.contains("with") {
            let policy = format!("package main\n\ndeny contains m if {body}\n{rest}");
            assert_eq!(failures(&policy, input), want, "{body}");
        }
    }
    let old = "package main\n\nok({\"a\": \"v\"}) { true }\n\nok({\"a\": \"w\", \"b\": _})\n\ndeny[\"no\"] {\n\tnot ok(input.o)\n}\n";
    assert_eq!(failures(old, input), ["no"]);
    for body in [
        "not {\"a\": _} = input.o",
        "not object.union(input.o, {}, {\"a\": \"v\"})",
        "all[{\"a\": x, \"b\": lower(input.y)}] with input as {}; x",
    ] {
        let policy = format!(
            "package main\n\ndeny contains \"x\" if {{\n\t{body}\n}}\n\nall contains input.o\n"
        );
        assert_eq!(fault(&policy).code, "rego::object-pattern", "{body}");
    }
}
