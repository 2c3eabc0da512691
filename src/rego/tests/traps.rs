//! Every way in which a policy could silently say nothing is refused at load, with its place.

use super::*;

/// Code and underlined text of the only fault.
fn refused(policy: &str) -> (&'static str, String) {
    let fault = fault(policy);
    assert!(fault.help.is_some(), "{fault:?}");
    (fault.code, fault.underlined().unwrap_or_default().to_owned())
}

#[test]
fn functions_that_do_not_exist_also_where_nothing_leads() {
    let policy = "package main\ndeny contains \"x\" if { input.never; nosuch.thing(1) }\n";
    assert_eq!(refused(policy), ("rego::unknown-function", "nosuch.thing".to_owned()));
    let near =
        fault("package main\ndeny contains \"x\" if { input.never; startwith(\"a\", \"b\") }\n");
    assert_eq!(near.help.unwrap(), "did you mean `startswith`?");
    let arguments = "package main\ndeny contains \"x\" if { input.never; startswith(\"a\") }\n";
    assert_eq!(refused(arguments), ("rego::arguments", "startswith".to_owned()));
    let arity = "package main\nf(a, b) := a + b\ndeny contains \"x\" if { input.never; f(1) }\n";
    assert_eq!(refused(arity), ("rego::arguments", "f".to_owned()));
    let lib = "package main\nimport data.lib\ndeny contains \"x\" if { input.z; lib.f(1) }\n";
    assert_eq!(refused(lib), ("rego::unknown-function", "lib.f".to_owned()));
}

#[test]
fn the_network_the_environment_and_chance() {
    for (call, code) in [
        ("http.send({\"method\": \"get\", \"url\": \"x\"})", "rego::network"),
        ("net.lookup_ip_addr(\"x\")", "rego::network"),
        ("opa.runtime()", "rego::environment"),
        ("io.jwt.decode(\"x\")", "rego::unsupported"),
        ("rand.intn(\"x\", 3)", "rego::unsupported"),
        ("json.match_schema({}, {})", "rego::unsupported"),
    ] {
        let policy = format!("package main\ndeny contains \"x\" if {{ not {call} }}\n");
        let (refusal, at) = refused(&policy);
        assert_eq!(refusal, code, "{call}");
        assert!(call.starts_with(&at) && !at.is_empty(), "{call}: {at}");
    }
    let allowed = Options { environment: true, ..Options::default() };
    let policy = "package main\ndeny contains \"x\" if { opa.runtime().env.PATH }\n";
    assert_eq!(judge_with(policy, "{}", &allowed).unwrap().failures.len(), 1);
}

#[test]
fn deny_that_is_no_set() {
    for (rule, what) in [
        ("deny if { input.x }", "a boolean"),
        ("deny := true", "a boolean"),
        ("default deny := false", "a boolean"),
        ("deny := \"no\" if { input.x }", "a string"),
        ("deny[msg] if { msg := \"x\" }", "an object"),
        ("deny[\"k\"] := 1 if { input.x }", "an object"),
        ("deny := {\"msg\": \"x\"} if { input.x }", "an object"),
        ("deny(x) := 1 if { x }", "a function"),
        ("deny.x contains 1 if { input.x }", "an object"),
        ("warn_tags if { input.x }", "a boolean"),
    ] {
        let fault = fault(&format!("package main\n{rule}\n"));
        assert_eq!(fault.code, "rego::not-a-set", "{rule}");
        assert!(fault.message.contains(what), "{rule}: {}", fault.message);
        let word = if rule.contains("warn") { "warn_tags" } else { "deny" };
        assert_eq!(fault.underlined(), Some(word), "{rule}");
    }
    let old = fault("package main\ndeny { input.x }\n");
    assert_eq!(
        (old.code, old.help.unwrap().as_str()),
        ("rego::not-a-set", "write `deny[msg] { .. }`")
    );
    let late = judge("package main\ndeny := input.x\n", r#"{"x": "text"}"#).unwrap_err();
    assert_eq!((late.code, late.line()), ("rego::not-a-set", Some(2)));
    assert_eq!(
        failures("package main\ndeny := [m | some m in input.x]\n", r#"{"x":["b","a"]}"#),
        ["b", "a"]
    );
}

#[test]
fn data_in_the_place_of_rules() {
    let main = "package main\ndeny contains \"x\" if { input.x }\n";
    let with = |data: &str| {
        let found = policies(&[("p.rego", main), ("d.json", data)], &Options::default());
        found.map(|_| ()).map_err(|mut faults| Box::new(faults.remove(0)))
    };
    for data in [r#"{"main":{"deny":[]}}"#, r#"{"main":5}"#, r#"{"main":[]}"#] {
        let fault = with(data).unwrap_err();
        assert_eq!(fault.code, "rego::data-overlap", "{data}");
        assert!(fault.underlined().is_some(), "{data}");
    }
    assert_eq!(with(r#"{"main":{"config":{"a":1}},"other":1}"#), Ok(()));
    let ours = fault("package holdpoint\ndeny contains \"x\" if { input.x }\n");
    assert_eq!(ours.code, "rego::reserved-package");
    let mut twice = Sources::default();
    twice.add_data("a", &serde_json::json!({"a": {"b": 1}})).unwrap();
    twice.add_data("b", &serde_json::json!({"a": {"c": 1}})).unwrap();
    assert_eq!(
        twice.add_data("c", &serde_json::json!({"a": {"b": 2}})).unwrap_err().code,
        "rego::data-conflict"
    );
}

#[test]
fn rules_that_need_themselves() {
    let functions = "package main\nf(x) := g(x)\ng(x) := f(x)\ndeny contains \"x\" if { f(1) }\n";
    let (code, at) = refused(functions);
    assert_eq!(code, "rego::recursion");
    assert!(["f", "g"].contains(&at.as_str()));
    for rule in [
        "p if { q }\nq if { p }\n",
        "p contains x if { some x in data.main.p }\n",
        "p if { data.main[x] }\n",
        "p if { data[x].deny }\n",
        "f(x) := f(x - 1)\n",
    ] {
        let policy = format!("package main\n{rule}deny contains \"x\" if {{ input.x }}\n");
        assert_eq!(refused(&policy).0, "rego::recursion", "{rule}");
    }
    // A local variable of the same name is no circle.
    let local = "package main\nnames := {n | some names in input.x; n := names}\n\
                 deny contains n if { some n in names }\n";
    assert_eq!(failures(local, r#"{"x":["a"]}"#), ["a"]);
}

#[test]
fn what_cannot_be_parsed_is_told_with_its_place() {
    let (code, at) = refused("package main\ndeny contains msg if { msg := }\n");
    assert_eq!(code, "rego::syntax");
    assert!(!at.is_empty());
    let unsafe_ = fault("package main\ndeny contains \"m\" if { input.x == y }\n");
    assert_eq!((unsafe_.code, unsafe_.underlined()), ("rego::unsafe-variable", Some("y")));
    for rule in [
        "deny contains x if { input.a }",
        "deny contains {\"msg\": x} if { input.a }",
        "deny contains x if { input.a; count([x | x := 1]) > 0 }",
        "deny contains \"x\" if { input.a; y := x; y }",
        "deny contains \"x\" if { input.a; y := {\"k\": [x]}; y }",
        "deny contains sprintf(\"%s\", [x]) if { input.a }",
        "p[x] := 1 if { input.a }\ndeny contains \"x\" if { p.x }",
        "p := x if { input.a }\ndeny contains \"x\" if { p }",
        "f(a) := x if { a }\ndeny contains \"x\" if { f(1) }",
    ] {
        let fault = fault(&format!("package main\n{rule}\n"));
        assert_eq!((fault.code, fault.line()), ("rego::unsafe-variable", Some(2)), "{rule}");
    }
    let dollar = fault("package main\ndeny contains msg if { x := 1; msg := $\"a {x}\" }\n");
    assert!(dollar.help.unwrap().contains("sprintf"));
    let metadata =
        fault("package main\n# METADATA\n# title: [\ndeny contains \"x\" if { input.x }\n");
    assert_eq!(metadata.code, "rego::metadata");
}

#[test]
fn namespaces_and_folders_without_rules() {
    let policies = policies(
        &[
            ("a.rego", "package main\ndeny contains \"x\" if { input.x }\n"),
            ("b.rego", "package lib\nhelper := 1\n"),
            ("c.rego", "package main.sub\nwarn contains \"x\" if { input.x }\n"),
        ],
        &Options::default(),
    )
    .unwrap();
    let select = |patterns: &[&str]| {
        let patterns: Vec<String> = patterns.iter().map(|p| (*p).to_owned()).collect();
        policies.select(&patterns).map_err(|fault| fault.code)
    };
    assert_eq!(select(&[]), Ok(vec!["main".to_owned(), "main.sub".to_owned()]));
    assert_eq!(select(&["main*"]).unwrap().len(), 2);
    assert_eq!(select(&["m[a-c]in"]), Ok(vec!["main".to_owned()]));
    assert_eq!(select(&["ma?n.*"]), Ok(vec!["main.sub".to_owned()]));
    assert_eq!(select(&["main", "typo"]), Err("rego::no-rules"));
    assert_eq!(select(&["lib"]), Err("rego::no-rules"));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("readme.md"), "x").unwrap();
    let faults = Sources::read(&[folder.path().to_owned()], &[]).unwrap_err();
    assert_eq!(faults[0].code, "rego::no-policies");
    let missing = Sources::read(&[folder.path().join("nowhere")], &[]).unwrap_err();
    assert_eq!(missing[0].code, "rego::unreadable");
}

#[test]
fn functions_that_fail_are_no_pass() {
    let policy = "package main\ndeny contains \"x\" if { to_number(input.x) > 1 }\n";
    let fault = judge(policy, r#"{"x":"many"}"#).unwrap_err();
    assert_eq!((fault.code, fault.line()), ("rego::evaluation", Some(2)));
    assert_eq!(judge_with(policy, r#"{"x":"many"}"#, &compat()).unwrap().successes, 1);
    let ours = "package main\ndeny contains \"x\" if { net.cidr_merge([input.x]) }\n";
    assert_eq!(judge(ours, r#"{"x":"many"}"#).unwrap_err().code, "rego::evaluation");
    assert_eq!(judge_with(ours, r#"{"x":"many"}"#, &compat()).unwrap().successes, 1);
    let lookahead = "package main\ndeny contains \"x\" if { regex.match(`(?=a)`, input.x) }\n";
    assert_eq!(judge(lookahead, r#"{"x":"a"}"#).unwrap_err().code, "rego::evaluation");
}

#[test]
fn results_that_cannot_be_read_are_no_pass() {
    for result in ["{\"message\": \"x\"}", "{\"msg\": 1}", "3", "true", "null", "[\"x\"]", "\"\""] {
        let policy = format!("package main\ndeny contains r if {{ r := {result} }}\n");
        let fault = judge(&policy, "{}").unwrap_err();
        assert_eq!(fault.code, "rego::bad-result", "{result}");
        assert_eq!(fault.underlined(), Some("deny"), "{result}");
    }
}

#[test]
fn input_with_a_key_twice_is_refused() {
    let fault = Document::json("i", r#"{"a":1,"a":2}"#).unwrap_err();
    assert_eq!(fault.code, "rego::bad-input");
    assert!(Document::json("i", "").is_err());
}
