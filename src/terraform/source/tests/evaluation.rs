//! What is left unknown, and what is kept of it.

use super::scope::Plan;
use super::{attribute, folder, json, open, output, value_in};
use crate::model::subject::{Key, Mode};
use crate::model::value::{Piece, Unknown, Value};

const MAIN: &str = r#"
variable "v" {}
variable "flag" {}
resource "aws_eip" "e" {}
resource "aws_s3_bucket" "b" {}
resource "aws_eip" "many" { count = 2 }
data "aws_caller_identity" "me" {}
"#;

/// A plan in which everything of these is unknown.
fn plan() -> Plan {
    let unknown = |name: &str| Value::Unknown(Unknown::waits_for([name]));
    Plan::default()
        .with("aws_eip", "e", Value::object([("public_ip".into(), unknown("aws_eip.e.public_ip"))]))
        .with("aws_s3_bucket", "b", Value::object([("arn".into(), unknown("aws_s3_bucket.b.arn"))]))
}

fn value(expr: &str) -> Value {
    value_in(MAIN, expr, &plan())
}

fn reason(value: &Value) -> &str {
    value.doubt().expect("a doubt").reason()
}

#[test]
fn a_template_keeps_its_known_end() {
    let value = value(r#""${aws_eip.e.public_ip}/32""#);
    let hole = Unknown::waits_for(["aws_eip.e.public_ip"]);
    assert_eq!(value, Value::Template(vec![Piece::Hole(hole), Piece::Known("/32".into())]));
}

#[test]
fn a_policy_keeps_its_known_action() {
    for expr in [
        r#"jsonencode({ Statement = [{ Action = "s3:*", Resource = aws_s3_bucket.b.arn }] })"#,
        "<<E\n{\"Statement\": [{\"Action\": \"s3:*\", \"Resource\": \"${aws_s3_bucket.b.arn}\"}]}\nE",
        r#""${jsonencode({ Statement = [{ Action = "s3:*", Resource = aws_s3_bucket.b.arn }] })}\n""#,
    ] {
        let Value::Json(document) = value(expr) else { panic!("{expr}: {:?}", value(expr)) };
        assert_eq!(document.at("Statement[0].Action").as_str(), Some("s3:*"), "{expr}");
        assert_eq!(
            *document.at("Statement[0].Resource"),
            Value::Unknown(Unknown::waits_for(["aws_s3_bucket.b.arn"]).plain()),
            "{expr}"
        );
    }
}

#[test]
fn one_text_joined_is_that_text() {
    let arn = value("aws_s3_bucket.b.arn");
    assert!(matches!(&arn, Value::Unknown(why) if why.is_plain()), "{arn:?}");
    assert_eq!(value(r#"join("", [aws_s3_bucket.b.arn])"#), arn);
    assert_eq!(value(r#"join(",", [aws_s3_bucket.b.*.arn][0])"#), arn);
    assert_eq!(value(r#"join(",", [7])"#), Value::from("7"));
    assert!(matches!(value(r#"join(",", [aws_s3_bucket.b.arn, "x"])"#), Value::Template(_)));
}

#[test]
fn base64_keeps_the_text_behind_it() {
    let encoded = value(r#"base64encode("curl ${aws_eip.e.public_ip}\n")"#);
    let Value::Base64(text) = &encoded else { panic!("{encoded:?}") };
    assert_eq!(text.equals("x"), crate::model::truth::Truth::False, "{text:?}");
    assert_eq!(reason(&encoded), "depends on `aws_eip.e.public_ip`");
    let back = value(r#"base64decode(base64encode("curl ${aws_eip.e.public_ip}"))"#);
    assert!(matches!(back, Value::Template(_)), "{back:?}");
    let inside = value(r#""a ${base64encode(aws_eip.e.public_ip)}""#);
    assert!(matches!(inside, Value::Template(_)), "{inside:?}");
    let document = value(r#"jsonencode({ a = base64encode("x ${aws_eip.e.public_ip}") })"#);
    assert!(matches!(document, Value::Json(_)), "{document:?}");
}

#[test]
fn what_is_known_in_part_is_not_null() {
    for some in [
        r#"["a", aws_eip.e.public_ip]"#,
        "{ a = aws_eip.e.public_ip }",
        r#""${aws_eip.e.public_ip}/32""#,
        "jsonencode([aws_eip.e.public_ip])",
        r#"base64encode("a${aws_eip.e.public_ip}")"#,
    ] {
        assert_eq!(value(&format!("{some} == null")), Value::Bool(false), "{some}");
        assert_eq!(value(&format!("null != {some}")), Value::Bool(true), "{some}");
    }
    assert!(matches!(value("aws_eip.e.public_ip == null"), Value::Unknown(_)));
    // As modules drop what nobody has set.
    let kept =
        value("{ for k, v in { a = [aws_eip.e.public_ip], b = null } : k => v if v != null }");
    let Value::Object(kept) = kept else { panic!("{kept:?}") };
    assert_eq!((kept.entries.len(), kept.rest), (1, None));
}

#[test]
fn a_hole_between_brackets_opens_the_list() {
    let Value::Json(document) = value(r#""{\"Action\": [\"a\", ${var.v}], \"B\": ${var.v}}""#)
    else {
        panic!("no document")
    };
    assert_eq!(document.get("Action").elements(), [Value::from("a")]);
    assert!(document.get("Action").rest().is_some());
    assert!(matches!(*document.get("B"), Value::Unknown(_)));
    // A hole that may be a key leaves the form of the document open.
    assert!(matches!(value(r#""{\"${var.v}\": 1}""#), Value::Template(_)));
}

#[test]
fn collections_keep_what_is_known_of_them() {
    let list = value(r#"concat(["a"], var.v, ["b"])"#);
    assert_eq!(list.elements(), [Value::from("a"), Value::from("b")]);
    assert_eq!(list.rest().unwrap().reason(), "depends on `var.v`");
    assert!(matches!(value(r#"concat(["a"], var.v, ["b"])[1]"#), Value::Unknown(_)));

    let object = value(r#"merge({ a = 1, b = 1 }, var.v, { b = 2 })"#);
    assert!(matches!(*object.get("a"), Value::Unknown(_)), "it may be overridden");
    assert_eq!(*object.get("b"), Value::from(2));
    assert!(matches!(*object.get("c"), Value::Unknown(_)));
    assert_eq!(*value("merge(var.v, { a = 1 })").get("a"), Value::from(1));

    let set = value("toset([var.v, \"a\"])");
    assert!(set.elements().contains(&Value::from("a")) && set.rest().is_some());
    assert!(matches!(value("length(toset([var.v, \"a\"]))"), Value::Unknown(_)));
    assert_eq!(value("length([var.v, \"a\"])"), Value::from(2));
    assert_eq!(value("contains([var.v, \"a\"], \"a\")"), Value::Bool(true));
    assert!(matches!(value("contains([var.v, \"a\"], \"b\")"), Value::Unknown(_)));
    assert!(value("flatten([[\"a\"], var.v])").rest().is_some());
    assert!(value("compact([\"a\", var.v])").rest().is_some());
    assert!(value("[for x in [\"a\", \"b\"] : x if var.flag]").rest().is_some());
    assert_eq!(value("{ (var.v) = 1 }").elements().len(), 1);
}

#[test]
fn conditions_decide_only_when_they_are_known() {
    assert_eq!(value(r#"var.flag ? "a" : "a""#), Value::from("a"));
    let either = value(r#"var.flag ? aws_eip.e.public_ip : "b""#);
    assert_eq!(reason(&either), "depends on `var.flag`, `aws_eip.e.public_ip`");
    assert_eq!(value("var.flag && false"), Value::Bool(false));
    assert!(matches!(value("var.flag && true"), Value::Unknown(_)));
    assert_eq!(value("true || var.flag"), Value::Bool(true));
    assert_eq!(value(r#""x${var.v}" == "y""#), Value::Bool(false));
    assert!(matches!(value(r#""x${var.v}" == "xy""#), Value::Unknown(_)));
    assert_eq!(value("[] == tolist([])"), Value::Bool(false), "a tuple is no list");
    assert_eq!(value("\"a%{if var.flag}b%{endif}\"").as_str(), None);
}

#[test]
fn try_does_not_settle_on_what_may_still_fail() {
    assert!(matches!(value("try(tonumber(var.v), 5)"), Value::Unknown(_)));
    assert!(matches!(value("try([tonumber(var.v)], [])"), Value::Unknown(_)));
    assert_eq!(
        value("try({ a = 1 }.b, var.nope, 2)").doubt().map(Unknown::reason),
        Some("depends on `var.nope`")
    );
    assert_eq!(value("try({ a = 1 }.b, 2)"), Value::from(2));
    // The value does not depend on what is not known, but whether it fails does: `var.v` may be
    // null, of which no text can be made.
    let keys = "{ for k, x in [var.v, \"x-${var.v}\"] : k => 1 }";
    assert!(matches!(value(&format!("can({keys})")), Value::Unknown(_)));
    assert!(matches!(value(&format!("try({keys}, 2)")), Value::Unknown(_)));
    assert_eq!(value("can({ for k, x in [1, 2] : k => 1 })"), Value::Bool(true));
    assert!(matches!(value("can(var.v.x)"), Value::Unknown(_)));
    // A condition that turns out to be no boolean fails, and `try` goes on.
    assert!(matches!(value("try(\"x-${var.v}\" ? null : null, 2)"), Value::Unknown(_)));
    assert!(matches!(value("try(var.v && false, 2)"), Value::Unknown(_)));
    assert_eq!(value("try(true && false, 2)"), Value::Bool(false));
}

#[test]
fn an_unsupported_function_is_named() {
    assert_eq!(
        reason(&value("sha256(\"x\")")),
        "calls `sha256`, which holdpoint does not evaluate"
    );
    assert_eq!(
        reason(&value("provider::aws::arn_parse(\"x\")")),
        "calls `provider::aws::arn_parse`, which holdpoint does not evaluate"
    );
}

#[test]
fn what_fails_in_terraform_is_unknown_not_an_error() {
    for expr in ["{ a = 1 }.b", "[1][5]", "tonumber(\"x\")", "1 / 0", "null.x", "lower()", "-true"]
    {
        assert!(matches!(value(expr), Value::Unknown(_)), "{expr}");
    }
}

#[test]
fn references_are_named_in_full() {
    assert_eq!(reason(&value("aws_nope.x.id")), "depends on `aws_nope.x`");
    assert_eq!(
        reason(&value("data.aws_caller_identity.me.account_id")),
        "depends on `data.aws_caller_identity.me.account_id`"
    );
    assert_eq!(reason(&value("aws_eip.many[1].id")), "depends on `aws_eip.many[1].id`");
    assert_eq!(value("aws_eip.many[*].id").elements().len(), 2);
    assert_eq!(reason(&value("terraform.workspace")), "depends on `terraform.workspace`");
}

#[test]
fn an_unknown_attribute_is_looked_up_in_the_source() {
    let main = r#"
        resource "aws_x" "a" { name = "pre-${aws_x.c.id}" }
        resource "aws_x" "c" {}
    "#;
    let unknown = || Value::Unknown(Unknown::after_apply());
    let plan = Plan::default()
        .with("aws_x", "a", Value::object([("name".into(), unknown())]))
        .with("aws_x", "c", Value::object([("id".into(), unknown())]));
    let value = value_in(main, "aws_x.a.name", &plan);
    assert!(value.equals("other").is_false(), "{value:?}");
}

#[test]
fn circles_end() {
    let main =
        "locals {\n a = local.b\n b = local.a\n}\nresource \"aws_x\" \"a\" { n = aws_x.a.n }";
    assert!(reason(&value_in(main, "local.a", &plan())).contains("refers to itself"));
    let unknown = Value::Unknown(Unknown::after_apply());
    let plan = Plan::default().with("aws_x", "a", Value::object([("n".into(), unknown)]));
    assert!(matches!(value_in(main, "aws_x.a.n", &plan), Value::Unknown(_)));
}

#[test]
fn dynamic_blocks_without_known_items_leave_the_list_open() {
    let folder = folder(&[(
        "main.tf",
        r#"
        variable "v" {}
        resource "aws_security_group" "g" {
          ingress { from_port = 22 }
          dynamic "ingress" {
            for_each = concat([80], var.v)
            content { from_port = ingress.value }
          }
        }
        "#,
    )]);
    let value =
        attribute(&open(folder.path()), &Plan::default(), "aws_security_group", "g", "ingress");
    assert_eq!(value.at("[1].from_port").as_i64(), Some(80));
    assert_eq!(value.elements().len(), 2);
    assert_eq!(value.rest().unwrap().reason(), "depends on `var.v`");
}

#[test]
fn module_inputs_follow_the_instance() {
    let folder = folder(&[
        (
            "main.tf",
            "variable \"v\" {}\nmodule \"m\" {\n source = \"./m\"\n for_each = { a = \"x\", b = var.v }\n name = \"${each.key}-${each.value}\"\n}\n",
        ),
        ("m/main.tf", "variable \"name\" {}\nresource \"aws_x\" \"r\" { name = var.name }\n"),
    ]);
    let source = open(folder.path());
    let plan = Plan::default();
    let name = |module| source.attribute(&plan, module, Mode::Managed, "aws_x", "r", None, "name");
    assert_eq!(name("module.m[\"a\"]"), Some(Value::from("a-x")));
    let partly = name("module.m[\"b\"]").unwrap();
    assert!(partly.equals("c-x").is_false() && partly.doubt().is_some());
    assert_eq!(name("module.gone"), None);
    assert_eq!(name("not an address"), None);
}

#[test]
fn a_registry_module_is_found_where_init_put_it() {
    let manifest = r#"{"Modules":[{"Key":"","Dir":"."},{"Key":"r","Source":"x/y/z","Dir":".terraform/modules/r"}]}"#;
    let folder = folder(&[
        (
            "main.tf",
            "module \"r\" { source = \"x/y/z\" }\nmodule \"far\" {\n source = \"git::https://token@host/x\"\n}\n",
        ),
        (".terraform/modules/modules.json", manifest),
        (".terraform/modules/r/main.tf", "resource \"aws_x\" \"r\" { name = \"n\" }\n"),
    ]);
    let source = open(folder.path());
    let plan = Plan::default();
    let find = |module| source.attribute(&plan, module, Mode::Managed, "aws_x", "r", None, "name");
    assert_eq!(find("module.r"), Some(Value::from("n")));
    assert_eq!(find("module.far"), None);
    let notices = source.notices().join("\n");
    assert!(notices.contains("module.far") && !notices.contains("token"), "{notices}");
}

#[test]
fn json_syntax_and_meta_arguments() {
    let folder = folder(&[(
        "main.tf.json",
        r#"{"resource": {"aws_x": {"r": {"count": 2, "name": "n-${count.index}", "depends_on": ["x.y"]}}}}"#,
    )]);
    let source = open(folder.path());
    let key = Key::Index(1);
    let get = |name| {
        source.attribute(&Plan::default(), "", Mode::Managed, "aws_x", "r", Some(&key), name)
    };
    assert_eq!(get("name"), Some(Value::from("n-1")));
    assert_eq!(get("depends_on"), None);
    assert_eq!(get("count"), None);
    let names = source.attribute_names("", Mode::Managed, "aws_x", "r").unwrap();
    assert_eq!(names, ["name"]);
}

#[test]
fn files_outside_of_the_source_are_not_read() {
    let files = [
        ("up", "../secret.txt"),
        ("git", ".git/config"),
        ("state", ".terraform/terraform.tfstate"),
        ("link", "link.txt"),
        ("own", "own.txt"),
        ("installed", ".terraform/modules/m/x.txt"),
    ];
    let main: String = files
        .iter()
        .map(|(name, path)| format!("output \"{name}\" {{ value = file(\"{path}\") }}\n"))
        .collect();
    let outer = folder(&[
        ("secret.txt", "secret"),
        ("in/main.tf", &main),
        ("in/.git/config", "secret"),
        ("in/.terraform/terraform.tfstate", "secret"),
        ("in/.terraform/modules/m/x.txt", "own"),
        ("in/own.txt", "own"),
    ]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("../secret.txt", outer.path().join("in/link.txt")).unwrap();
    let source = open(&outer.path().join("in"));
    for name in ["up", "git", "state", "link"] {
        assert!(matches!(output(&source, &Plan::default(), name), Value::Unknown(_)), "{name}");
    }
    for name in ["own", "installed"] {
        assert_eq!(output(&source, &Plan::default(), name), Value::from("own"));
    }
}

#[test]
fn a_module_beside_the_root_reads_its_own_files() {
    let outer = folder(&[
        ("secret.txt", "secret"),
        (
            "lib/main.tf",
            concat!(
                "output \"own\" { value = file(\"${path.module}/t/own.txt\") }\n",
                "output \"up\" { value = file(\"${path.module}/../secret.txt\") }\n",
                "output \"git\" { value = file(\"${path.module}/.git/config\") }\n",
            ),
        ),
        ("lib/t/own.txt", "own"),
        ("lib/.git/config", "secret"),
        (
            "live/main.tf",
            concat!(
                "module \"m\" { source = \"../lib\" }\n",
                "output \"own\" { value = module.m.own }\n",
                "output \"up\" { value = module.m.up }\n",
                "output \"git\" { value = module.m.git }\n",
                "output \"theirs\" { value = file(\"../lib/t/own.txt\") }\n",
            ),
        ),
    ]);
    let source = open(&outer.path().join("live"));
    assert_eq!(output(&source, &Plan::default(), "own"), Value::from("own"));
    for name in ["up", "git", "theirs"] {
        assert!(matches!(output(&source, &Plan::default(), name), Value::Unknown(_)), "{name}");
    }
}

#[test]
fn an_override_that_does_not_parse_takes_the_module_with_it() {
    let folder = folder(&[
        ("main.tf", "resource \"aws_x\" \"r\" { name = \"n\" }\n"),
        ("a_override.tf", "resource \"aws_x\" \"r\" {"),
    ]);
    let source = open(folder.path());
    assert_eq!(source.attribute_names("", Mode::Managed, "aws_x", "r"), None);
    assert!(source.notices().iter().any(|notice| notice.contains("a_override.tf")));
}

#[test]
fn a_folder_without_source_is_none_and_a_missing_one_an_error() {
    let empty = folder(&[("readme.md", "x")]);
    assert!(super::Source::open(empty.path(), "").unwrap().is_none());
    let error = super::Source::open(&empty.path().join("gone"), "gone").err().unwrap();
    assert!(error.to_string().contains("`gone`"));
}

#[test]
fn planned_sets_have_no_order() {
    let plan =
        Plan::default().with("aws_x", "a", Value::object([("ids".into(), json("[\"a\",\"b\"]"))]));
    let main = "resource \"aws_x\" \"a\" {}";
    assert_eq!(value_in(main, "[for id in aws_x.a.ids : upper(id)]", &plan), json("[\"A\",\"B\"]"));
    let keyed = value_in(main, "[for k, id in aws_x.a.ids : k]", &plan);
    assert!(keyed.elements().iter().all(|key| matches!(key, Value::Unknown(_))), "{keyed:?}");
}
