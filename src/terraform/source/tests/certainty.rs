//! What once differed from Terraform: each has Terraform's value now, or none.

use super::scope::Plan;
use super::{json, output, value_in};
use crate::model::value::Value;

const MAIN: &str = "resource \"aws_x\" \"a\" {}\nresource \"aws_x\" \"b\" {}\n";

fn plan() -> Plan {
    let shown = [
        ("ids".into(), json("[\"b\",\"a\"]")),
        ("ports".into(), json("[22]")),
        ("port".into(), json("22")),
        ("share".into(), json("0.5")),
        ("none".into(), Value::Null),
    ];
    Plan::default().with("aws_x", "a", Value::object(shown))
}

fn value(expr: &str) -> Value {
    value_in(MAIN, expr, &plan())
}

fn is_unknown(expr: &str) {
    let value = value(expr);
    assert!(matches!(value, Value::Unknown(_)), "{expr}: {value:?}");
}

#[test]
fn values_of_several_types_become_one() {
    for (expr, expected) in [
        ("true ? [1] : [\"a\"]", "[\"1\"]"),
        ("true ? { a = 1 } : { a = \"x\" }", "{\"a\":\"1\"}"),
        ("true ? 1 : \"a\"", "\"1\""),
        ("true ? null : [1]", "null"),
        ("tomap({ a = 1, b = \"x\" })", "{\"a\":\"1\",\"b\":\"x\"}"),
        ("tolist([1, \"a\", true])", "[\"1\",\"a\",\"true\"]"),
        ("compact([1, \"\"])", "[\"1\"]"),
        ("distinct([1, \"1\"])", "[\"1\"]"),
        ("concat(tolist([1]), tolist([\"a\"]))", "[\"1\",\"a\"]"),
        ("concat(tolist([1]), [\"a\"])", "[1,\"a\"]"),
        ("coalesce(null, 1, \"a\")", "\"1\""),
        ("lookup(tomap({ a = \"x\" }), \"b\", 1)", "\"1\""),
        ("[{ a = [1] }].*.a.0", "[1]"),
        ("toset([\"b\", \"a\", \"b\"])", "[\"a\",\"b\"]"),
        ("toset([{ n = \"b\" }, { n = \"a\" }])", "[{\"n\":\"a\"},{\"n\":\"b\"}]"),
        ("setunion([1], [\"a\"])", "[\"1\",\"a\"]"),
        ("chunklist([1, 2], 0)", "[[1,2]]"),
        ("substr(\"hello\", -2, 0)", "\"lo\""),
        ("title(\"don't\")", "\"Don'T\""),
    ] {
        assert_eq!(value(&format!("jsonencode({expr})")).as_str(), Some(expected), "{expr}");
    }
}

#[test]
fn what_is_not_certain_is_unknown() {
    for expr in [
        "coalesce(tolist([false]), toset([\"a\"]))",
        "upper(\"ß\")",
        "lower(\"İ\")",
        "title(\"ß\")",
        "strrev(\"🙂x\")",
        "length(\"a\\r\\n\")",
        "\"\\u0897\"",
        "pow(2, 0.5)",
        "-0",
        "0 * -1",
        "0.1 + 0.2",
        "0.1 == 0.1",
        "0.10000000000000000001",
        "100000000000000000000",
        "jsondecode(\"100000000000000000001\")",
        "jsondecode(\"{\\\"a\\\":1,\\\"a\\\":2}\")",
        "format(\"%v\", 1000000)",
        "element([1, 2], -1)",
        "true || {}.b",
        "cidrhost(\"010.0.0.0/8\", 1)",
    ] {
        is_unknown(expr);
    }
}

#[test]
fn what_terraform_refuses_fails() {
    for expr in [
        "concat(toset([]))",
        "sum([])",
        "join(\",\", \"a\")",
        "true ? [1] : { a = 1 }",
        "tolist([[1], 2])",
        "toset([1])[0]",
        "lower(null)",
        "format(\"%s\", null)",
        "parseint(10, 10)",
        "lookup(tomap({ a = 1 }), \"a\", \"x\")",
        "cidrsubnets(\"10.0.0.0/8\", 0)",
        "null + 1",
    ] {
        assert_eq!(value(&format!("try({expr}, \"refused\")")), Value::from("refused"), "{expr}");
        assert_eq!(value(&format!("can({expr})")), Value::Bool(false), "{expr}");
    }
    // No list, and no error either.
    assert_eq!(value("can(chunklist([1], 0))"), Value::Bool(true));
}

#[test]
fn texts_have_one_normal_form() {
    assert_eq!(value("\"e\u{301}\" == \"é\""), Value::Bool(true));
    assert_eq!(value("{ \"e\u{301}\" = 1 }[\"é\"]"), Value::from(1));
    assert_eq!(value("join(\"\", [\"e\", \"\u{301}\"])"), Value::from("é"));
    assert_eq!(value("lower(\"Σας ÅÉ 日本\")"), Value::from("σας åé 日本"));
    // The mark may melt into what stands before it.
    is_unknown("startswith(\"${aws_x.b.id}\u{301}\", \"e\")");
}

/// A plan shows values, and not their types.
#[test]
fn a_type_that_the_plan_does_not_show_is_a_doubt() {
    for expr in [
        "true ? 1 : aws_x.b.id",
        "tolist([1, aws_x.b.id])[0]",
        "can(concat([], aws_x.a.ids))",
        "try(aws_x.a.ids[0], \"x\")",
        "aws_x.a.ids == [\"b\", \"a\"]",
        "jsonencode(true ? [\"b\", \"a\"] : aws_x.a.ids) == \"x\"",
        "aws_x.a.share",
    ] {
        is_unknown(expr);
    }
    for (expr, expected) in [
        ("concat(aws_x.a.ids, [\"c\"])", "[\"b\",\"a\",\"c\"]"),
        ("aws_x.a.ids[0]", "\"b\""),
        ("true ? \"a\" : aws_x.b.id", "\"a\""),
        ("true ? [\"a\"] : aws_x.b.ids", "[\"a\"]"),
        ("true ? aws_x.a.port : 1", "22"),
        ("aws_x.a.port == 22", "true"),
        ("coalesce(aws_x.a.none, \"x\")", "\"x\""),
        ("toset(aws_x.a.ids)", "[\"a\",\"b\"]"),
    ] {
        assert_eq!(value(expr), json(expected), "{expr}");
    }
}

#[test]
fn variables_have_the_type_of_their_constraint() {
    for (constraint, given, expected) in [
        ("map(any)", "{ a = 1, b = \"x\" }", "{\"a\":\"1\",\"b\":\"x\"}"),
        ("list(any)", "[1, \"a\"]", "[\"1\",\"a\"]"),
        ("set(any)", "[\"a\", 1]", "[\"1\",\"a\"]"),
        ("any", "[1, \"a\"]", "[1,\"a\"]"),
        ("object({ a = any })", "{ a = [1, \"x\"], b = 1 }", "{\"a\":[1,\"x\"]}"),
        (
            "set(object({ a = string }))",
            "[{ a = \"b\" }, { a = \"a\" }]",
            "[{\"a\":\"a\"},{\"a\":\"b\"}]",
        ),
        ("list(set(string))", "[[\"b\", \"a\"]]", "[[\"a\",\"b\"]]"),
        (
            "list(object({ p = number, c = optional(string, \"x\") }))",
            "[{ p = \"22\" }]",
            "[{\"c\":\"x\",\"p\":22}]",
        ),
        (
            "object({ a = optional(object({ x = optional(string, \"y\") }), {}) })",
            "{}",
            "{\"a\":{\"x\":\"y\"}}",
        ),
        ("map(string)", "{ for k in [\"b\", \"a\"] : k => 1 }", "{\"a\":\"1\",\"b\":\"1\"}"),
        ("string", "1.50", "\"1.5\""),
        ("number", "\"1e3\"", "1000"),
    ] {
        let main = format!("module \"m\" {{\n source = \"./m\"\n v = {given}\n}}\n");
        let module = format!(
            "variable \"v\" {{ type = {constraint} }}\noutput \"o\" {{ value = jsonencode(var.v) }}\n"
        );
        let main = format!("{main}output \"o\" {{ value = module.m.o }}\n");
        let folder = super::folder(&[("main.tf", &main), ("m/main.tf", &module)]);
        let source = super::open(folder.path());
        assert_eq!(output(&source, &plan(), "o").as_str(), Some(expected), "{constraint}");
    }
}
