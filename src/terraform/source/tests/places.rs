//! Where findings point.

use super::super::Declaration;
use super::scope::Plan;
use super::{folder, json, open};
use crate::model::subject::Mode;

const MAIN: &str = r#"variable "secret" {}
resource "aws_security_group" "g" {
  name = "g"
  ingress {
    from_port   = 22
    cidr_blocks = ["10.0.0.0/8", "0.0.0.0/0"]
  }
  dynamic "ingress" {
    for_each = [80, 81]
    content {
      from_port = ingress.value
    }
  }
  tags = { Name = "x", "Other" = "y" }
}
resource "aws_iam_policy" "p" { policy = jsonencode({ Statement = [{ Action = "*" }] }) }
provider "aws" {
  alias = "west"
}
module "m" {
  source = "./m"
}
output "o" { value = 1 }
"#;

#[test]
fn paths_lead_to_their_deepest_part() {
    let folder =
        folder(&[("main.tf", MAIN), ("m/x.tf", "\n resource \"aws_x\" \"r\" { name = \"n\" }\n")]);
    let source = open(folder.path());
    let place = |kind: &str, name: &str, path: &str| {
        let place = source.locate("", Mode::Managed, kind, name, path).unwrap();
        (place.line, place.column, place.snippet.unwrap().trim().to_owned())
    };
    let group = |path| place("aws_security_group", "g", path);
    let head = (2, 1, "resource \"aws_security_group\" \"g\"".to_owned());
    assert_eq!(group(""), head);
    assert_eq!(group("encrypted"), head);
    assert_eq!(group("name"), (3, 3, "name = \"g\"".to_owned()));
    assert_eq!(group("ingress[0]"), (4, 3, "ingress".to_owned()));
    assert_eq!(group("ingress[0].from_port"), (5, 5, "from_port   = 22".to_owned()));
    assert_eq!(group("ingress[0].cidr_blocks[1]"), (6, 34, "\"0.0.0.0/0\"".to_owned()));
    assert_eq!(group("ingress[2].from_port"), (11, 7, "from_port = ingress.value".to_owned()));
    assert_eq!(group("ingress[0].self"), (4, 3, "ingress".to_owned()));
    assert_eq!(group("tags.Other"), (14, 24, "\"Other\" = \"y\"".to_owned()));
    let (line, _, snippet) = place("aws_iam_policy", "p", "policy.Statement[0].Action");
    assert_eq!((line, snippet.as_str()), (16, "Action = \"*\""));
    assert!(source.locate("", Mode::Managed, "aws_x", "gone", "").is_none());
    let deep = source.locate("module.m", Mode::Managed, "aws_x", "r", "name").unwrap();
    assert_eq!((deep.file.as_str(), deep.line, deep.column), ("m/x.tf", 2, 25));
}

#[test]
fn blocks_of_a_planned_set_are_found_by_what_they_say() {
    let folder = folder(&[("main.tf", MAIN)]);
    let source = open(folder.path());
    let planned = json(
        r#"[{"from_port": 80, "cidr_blocks": []},
            {"from_port": 22, "cidr_blocks": ["10.0.0.0/8", "0.0.0.0/0"]}]"#,
    );
    let line = |path| {
        source
            .locate_planned(
                &Plan::default(),
                "",
                Mode::Managed,
                "aws_security_group",
                "g",
                None,
                path,
                &planned,
            )
            .unwrap()
            .line
    };
    assert_eq!(line("ingress[0].from_port"), 11);
    assert_eq!(line("ingress[1].from_port"), 5);
}

#[test]
fn declarations_are_found() {
    let folder = folder(&[("main.tf", MAIN)]);
    let source = open(folder.path());
    for (what, line) in [
        (Declaration::Provider("aws.west"), 17),
        (Declaration::Module("m"), 20),
        (Declaration::Output("o"), 23),
    ] {
        assert_eq!(source.locate_declaration("", what).unwrap().line, line, "{what:?}");
    }
    assert!(source.locate_declaration("", Declaration::Output("none")).is_none());
}

#[test]
fn json_syntax_points_at_the_name() {
    let text = "{\n \"resource\": {\n  \"aws_x\": {\n   \"r\": {\n    \"name\": \"n\"\n   }}}}\n";
    let folder = folder(&[("main.tf.json", text)]);
    let source = open(folder.path());
    let place = source.locate("", Mode::Managed, "aws_x", "r", "name").unwrap();
    assert_eq!((place.line, place.column), (5, 5));
    assert_eq!(source.locate("", Mode::Managed, "aws_x", "r", "").unwrap().line, 4);
}

/// Where an element of a planned set stands.
fn planned(files: &[(&str, &str)], path: &str, value: &str) -> (u32, u32, String) {
    let folder = folder(files);
    let source = open(folder.path());
    let (kind, value) = ("aws_security_group", json(value));
    let place = source
        .locate_planned(&Plan::default(), "", Mode::Managed, kind, "g", None, path, &value)
        .unwrap();
    (place.line, place.column, place.snippet.unwrap().trim().to_owned())
}

const SORTED: &str = r#"[{"from_port": 22}, {"from_port": 443}]"#;

#[test]
fn an_element_of_a_list_is_found_by_what_it_says() {
    let text = "resource \"aws_security_group\" \"g\" {\n  ingress = [\n    { from_port = 443 },\n    \
                { from_port = 22 },\n  ]\n}\n";
    let place = |path| planned(&[("main.tf", text)], path, SORTED);
    assert_eq!(place("ingress[0].from_port"), (4, 7, "from_port = 22".to_owned()));
    assert_eq!(place("ingress[1].from_port"), (3, 7, "from_port = 443".to_owned()));
    let computed = text.replace("[\n", "concat([\n").replace("  ]\n", "  ])\n");
    let place = planned(&[("main.tf", &computed)], "ingress[0].from_port", SORTED);
    assert_eq!((place.0, place.1), (2, 3));
}

#[test]
fn json_syntax_is_walked_by_keys() {
    let text = r#"{"resource": {
  "aws_x": {"other": {"name": "aws_security_group", "g": "ingress"}},
  "aws_security_group": {"a": {"name": "g"}, "g": [{
    "name": "n",
    "ingress": [
      {"from_port": 443},
      {"from_port": 22}
    ],
    "dynamic": {"egress": {"for_each": [1], "content": {"from_port": "${egress.value}"}}}
  }]}}}"#;
    let place = |path| planned(&[("main.tf.json", text)], path, SORTED);
    assert_eq!(place("ingress[0].from_port"), (7, 8, "\"from_port\"".to_owned()));
    assert_eq!(place("ingress[1].from_port"), (6, 8, "\"from_port\"".to_owned()));
    assert_eq!(place(""), (3, 46, "\"g\"".to_owned()));
    assert_eq!(place("missing"), (3, 46, "\"g\"".to_owned()));
    let dynamic =
        planned(&[("main.tf.json", text)], "egress[0].from_port", r#"[{"from_port": 1}]"#);
    assert_eq!((dynamic.0, dynamic.2.as_str()), (9, "\"from_port\""));
}
