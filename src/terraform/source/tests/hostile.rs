//! Sources that are out to crash, to hang, or to fill the memory.

use proptest::prelude::*;
use std::fmt::Write as _;

use super::super::functions::unbase64;
use super::scope::Plan;
use super::{folder, open, output, value_in};
use crate::model::subject::Mode;
use crate::model::value::Value;

/// Runs on the stack of a worker thread.
fn on_a_small_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().unwrap();
}

#[test]
fn a_chain_of_doublings_is_stopped() {
    on_a_small_stack(|| {
        for step in [
            "[local.a{}, local.a{}]",
            "\"${local.a{}}${local.a{}}\"",
            "concat(local.a{}, local.a{})",
        ] {
            let mut main =
                String::from("locals {\n a0 = [\"0123456789012345678901234567890123456789\"]\n");
            for i in 1..60 {
                let _ = writeln!(
                    main,
                    " a{i} = {}",
                    step.replace("{}", &(i - 1).to_string()).replace("$local", "${local")
                );
            }
            main.push('}');
            let value = value_in(&main, "local.a59", &Plan::default());
            assert!(value.doubt().is_some(), "{step}");
        }
    });
}

#[test]
fn a_long_chain_of_locals_is_stopped() {
    on_a_small_stack(|| {
        let mut main = String::from("locals {\n a0 = [1]\n");
        for i in 1..5000 {
            let _ = writeln!(main, " a{i} = [local.a{}]", i - 1);
        }
        main.push_str("}\n");
        // Asked from the start, each is found ready; the value itself must stay shallow.
        for i in 0..200 {
            let _ = writeln!(main, "output \"o{i}\" {{ value = local.a{} }}", i * 25);
        }
        let folder = folder(&[("main.tf", &main)]);
        let source = open(folder.path());
        for i in 0..200 {
            let _ = output(&source, &Plan::default(), &format!("o{i}"));
        }
        assert!(output(&source, &Plan::default(), "o199").doubt().is_some());
        assert!(output(&source, &Plan::default(), "o1").doubt().is_none());
    });
}

#[test]
fn huge_results_are_unknown() {
    on_a_small_stack(|| {
        for expr in [
            "range(1000000000)",
            "[for a in range(1000) : [for b in range(1000) : [for c in range(1000) : c]]]",
            "setproduct(range(1000), range(1000), range(1000))",
            "replace(join(\"\", [for i in range(1000) : \"0123456789\"]), \"\", join(\"\", [for i in range(1000) : \"0123456789\"]))",
            "indent(1000000000, \"\\n\")",
            "format(\"%1000000000d\", 1)",
            "pow(2, 1000000)",
            "9223372036854775807 + 1",
            "-9223372036854775808 / -1",
            "element([1], 9223372036854775807) == 2 ? 1 : cidrhost(\"::/0\", -1) == \"x\" ? 1 : sha1(\"\")",
            "cidrsubnet(\"0.0.0.0/0\", 40, 1)",
            "aws_x.many[*].id",
        ] {
            let main = "resource \"aws_x\" \"many\" { count = 1000000000 }";
            let value = value_in(main, expr, &Plan::default());
            assert!(matches!(value, Value::Unknown(_)), "{expr}: {}", value.kind());
        }
    });
}

#[test]
fn the_deepest_source_that_parses_evaluates_on_a_small_stack() {
    on_a_small_stack(|| {
        let nest = |open: &str, inner: &str, close: &str, times: usize| {
            format!("{}{inner}{}", open.repeat(times), close.repeat(times))
        };
        for expr in [
            nest("[", "1", "]", 60),
            nest("upper(", "\"a\"", ")", 60),
            nest("{ a = ", "1", "}", 60),
            nest("\"${", "1", "}\"", 60),
            nest("[for a in [1] : ", "a", "]", 30),
            nest("(true ? ", "1", " : 2)", 30),
            nest("\"%{if true}${", "1", "}%{endif}\"", 20),
            format!("1{}", " + 1".repeat(120)),
            format!("[[1]]{}", "[*]".repeat(2000)),
            format!("{{}}{}", ".a".repeat(2000)),
        ] {
            let _ = value_in("", &expr, &Plan::default());
        }
        // Chains that cross locals, each as deep as a file may nest.
        let mut main = String::from("locals {\n a0 = \"x\"\n");
        for i in 1..100 {
            let _ =
                writeln!(main, " a{i} = {}", nest("upper(", &format!("local.a{}", i - 1), ")", 50));
        }
        main.push('}');
        assert!(matches!(value_in(&main, "local.a99", &Plan::default()), Value::Unknown(_)));
        let blocks =
            format!("resource \"aws_x\" \"r\" {{\n{}{}}}\n", "b {\n".repeat(60), "}\n".repeat(60));
        let folder = folder(&[("main.tf", &blocks)]);
        let source = open(folder.path());
        let _ = source.attribute(&Plan::default(), "", Mode::Managed, "aws_x", "r", None, "b");
    });
}

#[test]
fn a_module_that_calls_itself_ends() {
    on_a_small_stack(|| {
        let folder = folder(&[(
            "main.tf",
            "module \"m\" { source = \"./.\" }\noutput \"o\" { value = [module.m.o, module.m.o] }\n",
        )]);
        let source = open(folder.path());
        let _ = output(&source, &Plan::default(), "o");
        let deep = vec!["module.m"; 500].join(".");
        assert!(source.attribute_names(&deep, Mode::Managed, "a", "b").is_none());
    });
}

#[test]
fn many_keys_in_one_object_are_refused_fast() {
    on_a_small_stack(|| {
        let mut main = String::from("locals {\n a = {\n");
        for i in 0..200_000 {
            let _ = writeln!(main, "k{i} = 1");
        }
        main.push_str("}\n}\n");
        let folder = folder(&[("main.tf", &main)]);
        let source = open(folder.path());
        assert!(source.attribute_names("", Mode::Managed, "a", "b").is_none());
        assert_eq!(source.notices().len(), 1);
    });
}

/// Pieces of source that are likely to be taken for one another.
fn fragment() -> impl Strategy<Value = String> {
    let words = [
        "resource",
        "\"a\"",
        "x",
        "{",
        "}",
        "[",
        "]",
        "(",
        ")",
        "=",
        "\n",
        ":",
        "?",
        ",",
        ".",
        "*",
        "\"",
        "${",
        "%{",
        "~}",
        "<<E\n",
        "\nE\n",
        "for",
        "in",
        "if",
        "each",
        "var",
        "local",
        "dynamic",
        "content",
        "for_each",
        "jsonencode",
        "merge",
        "...",
        "=>",
        "1",
        "-",
        "!",
        "é",
        "\u{0}",
        "\r\n",
        "#",
        "/*",
        "*/",
        "\\",
        "$$",
        "null",
        "true",
        "[*]",
        "count",
        "module",
    ];
    prop::collection::vec(prop::sample::select(words.to_vec()), 0..60)
        .prop_map(|words| words.join(" "))
}

/// An expression over `var.v`, whose value may be taken away.
fn expression() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        "var.v",
        "var.w",
        "1",
        "\"a\"",
        "true",
        "null",
        "[]",
        "[\"a\", \"b\"]",
        "{ a = 1 }",
        "\"x-${var.v}\"",
        "[var.v]",
        "{ k = var.v }",
        "local.l",
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 3, |inner| {
        let one = inner.clone();
        let two = (inner.clone(), inner.clone());
        let three = (inner.clone(), inner.clone(), inner);
        prop_oneof![
            (
                prop::sample::select(vec![
                    "length",
                    "upper",
                    "jsonencode",
                    "keys",
                    "values",
                    "toset",
                    "tolist",
                    "flatten",
                    "compact",
                    "distinct",
                    "sort",
                    "reverse",
                    "try",
                    "can",
                    "tostring",
                    "tonumber",
                    "one",
                    "trimspace",
                    "jsondecode",
                    "base64encode",
                    "title",
                    "sum",
                    "alltrue",
                ]),
                one.clone()
            )
                .prop_map(|(name, a)| format!("{name}({a})")),
            (
                prop::sample::select(vec![
                    "concat",
                    "merge",
                    "contains",
                    "coalesce",
                    "join",
                    "split",
                    "setunion",
                    "setsubtract",
                    "zipmap",
                    "element",
                    "try",
                    "coalescelist",
                    "startswith",
                    "setproduct",
                    "setintersection",
                    "lookup",
                    "formatlist",
                    "trimsuffix",
                    "max",
                ]),
                two.clone()
            )
                .prop_map(|(name, (a, b))| format!("{name}({a}, {b})")),
            (prop::sample::select(vec!["+", "==", "!=", "<", "&&", "||"]), two.clone())
                .prop_map(|(operator, (a, b))| format!("({a} {operator} {b})")),
            three.clone().prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
            two.clone().prop_map(|(a, b)| format!("[{a}, {b}]")),
            two.clone().prop_map(|(a, b)| format!("{{ p = {a}, q = {b} }}")),
            one.clone().prop_map(|a| format!("\"<${{{a}}}>\"")),
            two.clone().prop_map(|(a, b)| format!("[for x in {a} : [x, {b}]]")),
            two.clone().prop_map(|(a, b)| format!("{{ for k, x in {a} : k => {b} }}")),
            two.prop_map(|(a, b)| format!("[for x in {a} : x if {b}]")),
            one.clone().prop_map(|a| format!("({a})[*]")),
            one.clone().prop_map(|a| format!("({a})[0]")),
            one.prop_map(|a| format!("({a}).k")),
        ]
    })
}

/// Whether a value with doubts can be this one.
fn allows(partial: &Value, whole: &Value) -> bool {
    match (partial, whole) {
        (Value::Unknown(_), _) => true,
        (Value::List(partial), Value::List(whole)) => {
            let each = |(a, b): (&Value, &Value)| allows(a, b);
            match &partial.rest {
                None => {
                    partial.items.len() == whole.items.len()
                        && partial.items.iter().zip(&whole.items).all(each)
                }
                // More may stand anywhere between those that are sure.
                Some(_) => partial
                    .items
                    .iter()
                    .all(|item| whole.items.iter().any(|whole| allows(item, whole))),
            }
        }
        (Value::Object(partial), Value::Object(whole)) => {
            (partial.rest.is_some() || partial.entries.len() == whole.entries.len())
                && partial
                    .entries
                    .iter()
                    .all(|(key, value)| whole.find(key).is_some_and(|whole| allows(value, whole)))
        }
        (Value::Template(_), Value::String(text)) => !partial.equals(text).is_false(),
        (Value::Json(partial), Value::String(text)) => {
            serde_json::from_str::<Value>(text).is_ok_and(|whole| allows(partial, &whole))
        }
        (Value::Base64(partial), Value::String(text)) => unbase64(text)
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .is_some_and(|text| allows(partial, &Value::String(text))),
        // The elements of a collection get one type, once all of theirs are known.
        (Value::Number(_) | Value::Bool(_), Value::String(text)) => partial.equals(text).is_true(),
        (partial, whole) => partial == whole,
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 400,
        max_global_rejects: 100_000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn any_text_is_read_without_a_panic(text in prop_oneof![fragment(), ".{0,200}"]) {
        let folder = folder(&[
            ("main.tf", &text),
            ("b.tf", &format!("locals {{\n l = {text}\n}}\nresource \"a\" \"b\" {{\n c = {text}\n}}\n")),
            ("c.tf.json", &format!("{{\"locals\": {{\"j\": {}}}}}", serde_json::to_string(&text).unwrap())),
        ]);
        let source = open(folder.path());
        let plan = Plan::default();
        for name in source.attribute_names("", Mode::Managed, "a", "b").unwrap_or_default() {
            let _ = source.attribute(&plan, "", Mode::Managed, "a", "b", None, &name);
            let _ = source.locate("", Mode::Managed, "a", "b", &name);
        }
        let _ = source.locate("", Mode::Managed, "a", "b", &text);
        let _ = source.attribute(&plan, &text, Mode::Managed, "a", "b", None, "c");
    }

    #[test]
    fn less_knowledge_only_makes_doubt(
        expr in expression(),
        known in prop::sample::select(vec![
            "\"a\"", "\"\"", "5", "true", "false", "null", "[]", "[\"a\"]", "[\"b\", \"a\"]",
            "{}", "{\"a\": 2}", "{\"k\": \"b\"}", "[[\"a\"], []]", "\"{\\\"a\\\":1}\"",
        ]),
    ) {
        let main = "variable \"v\" {}\nvariable \"w\" {}\nlocals {\n l = merge({ a = 1 }, { z = var.v })\n}\n";
        let mut plan = Plan::default();
        plan.variables.insert("v".to_owned(), serde_json::from_str(known).unwrap());
        plan.variables.insert("w".to_owned(), Value::from("a"));
        let whole = value_in(main, &expr, &plan);
        // What fails in Terraform has no value to compare with.
        prop_assume!(whole.doubt().is_none());
        plan.variables.remove("v");
        let partial = value_in(main, &expr, &plan);
        prop_assert!(allows(&partial, &whole), "{expr}: {partial:?} cannot be {whole:?}");
    }
}
