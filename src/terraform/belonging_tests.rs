//! A source that is not the plan's decides nothing: real plans beside their own source, beside
//! another, and beside their own after a change.

use std::path::{Path, PathBuf};

use super::*;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

fn trust<'s>(plan: &'s Plan<'_>, subject: &Subject) -> Option<&'s Source> {
    plan.trusted_source(&PlannedAttributes::open(plan, subject, Side::After))
}

fn read<'p>(text: &'p str, folder: &Path) -> Plan<'p> {
    Plan::read(text, false).unwrap().with_source(Source::open(folder, "").unwrap())
}

/// How many subjects the source is trusted for.
fn trusted(plan: &Plan<'_>) -> usize {
    plan.subjects.iter().filter(|subject| trust(plan, subject).is_some()).count()
}

#[expect(clippy::print_stderr, reason = "a test that did not run must say so")]
/// Folders with a plan and the source that it was made from.
fn pairs() -> Vec<(PathBuf, PathBuf)> {
    let mut pairs: Vec<(PathBuf, PathBuf)> = ["blocks", "forms", "instances", "json", "stale"]
        .iter()
        .map(|name| fixture("source").join(name))
        .map(|folder| (folder.join("plan.json"), folder))
        .collect();
    pairs.push((fixture("bench/plan.json"), fixture("bench/source")));
    let shared = std::env::var_os("HOLDPOINT_CASES").map(PathBuf::from);
    match shared.filter(|folder| folder.is_dir()) {
        Some(cases) => {
            for entry in std::fs::read_dir(cases).unwrap() {
                let folder = entry.unwrap().path();
                if folder.join("tfplan.json").is_file() {
                    pairs.push((folder.join("tfplan.json"), folder));
                }
            }
        }
        None => eprintln!("NOT RUN over the shared cases: name their folder in HOLDPOINT_CASES"),
    }
    pairs
}

#[test]
fn a_plan_and_its_own_source_belong_together() {
    for (file, folder) in pairs() {
        let text = std::fs::read_to_string(&file).unwrap();
        let plan = read(&text, &folder);
        let standing = plan.subjects.len();
        let apart: Vec<&str> = plan
            .subjects
            .iter()
            .filter(|subject| trust(&plan, subject).is_none())
            .map(|subject| subject.address.as_str())
            .collect();
        assert!(apart.is_empty(), "{}: {apart:?}\n{:?}", file.display(), plan.notices());
        let modules: std::collections::BTreeSet<&str> =
            plan.subjects.iter().map(|subject| subject.module()).collect();
        for module in modules {
            let (strange, all) = plan.source.as_ref().unwrap().strangers(&plan, module);
            assert!(strange.is_empty() && all > 0, "{}: {strange:?}", file.display());
        }
        assert!(standing > 2, "{}", file.display());
        // A deposed or deleted object may stand in no source, but none of these notices may come.
        let odd = plan.notices().into_iter().find(|notice| notice.contains("not the one"));
        assert_eq!(odd, None, "{}", file.display());
    }
}

#[test]
fn the_source_of_another_plan_is_not_taken() {
    let all = pairs();
    for (file, own) in &all {
        let text = std::fs::read_to_string(file).unwrap();
        for (_, folder) in all.iter().filter(|(_, folder)| folder != own) {
            let plan = read(&text, folder);
            for subject in &plan.subjects {
                let (kind, name) = (subject.kind.as_str(), subject.name.as_str());
                let source = plan.source.as_ref().unwrap();
                let here =
                    source.attribute_names(subject.module(), subject.mode().unwrap(), kind, name);
                assert!(
                    here.is_none() || trust(&plan, subject).is_none(),
                    "{} of {} is taken from {}",
                    subject.address,
                    file.display(),
                    folder.display(),
                );
                assert_eq!(plan.locate(subject, ""), None);
            }
        }
    }
}

/// The source of the fixture `stale`, changed.
struct Changed {
    folder: tempfile::TempDir,
    text: String,
}

impl Changed {
    fn new(file: &str, change: impl Fn(&str) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("m")).unwrap();
        for name in ["main.tf", "m/main.tf"] {
            let text = std::fs::read_to_string(fixture("source/stale").join(name)).unwrap();
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let path = folder.path().join(file);
        let before = std::fs::read_to_string(&path).unwrap_or_default();
        let after = change(&before);
        assert_ne!(before, after, "the change changes something");
        std::fs::write(path, after).unwrap();
        let text = std::fs::read_to_string(fixture("source/stale/plan.json")).unwrap();
        Self { folder, text }
    }

    fn with(file: &str, from: &str, to: &str) -> Self {
        Self::new(file, |text| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        })
    }

    fn plan(&self) -> Plan<'_> {
        read(&self.text, self.folder.path())
    }
}

fn get(plan: &Plan<'_>, address: &str, attribute: &str) -> Value {
    let subject = plan.subjects.iter().find(|subject| subject.address == address).unwrap();
    plan.open(subject, Side::After).get(attribute)
}

/// The action that the policy at this address allows, when it is known.
fn action(plan: &Plan<'_>, address: &str) -> Option<String> {
    match get(plan, address, "policy") {
        Value::Json(document) => document.at("Statement[0].Action[0]").as_str().map(str::to_owned),
        _ => None,
    }
}

#[test]
fn the_unchanged_source_tells_what_the_plan_does_not() {
    let same = Changed::new("readme.md", |_| "x".to_owned());
    let plan = same.plan();
    assert_eq!(trusted(&plan), plan.subjects.len());
    assert_eq!(action(&plan, "aws_iam_policy.p").as_deref(), Some("s3:GetObject"));
    assert_eq!(action(&plan, "aws_iam_policy.q").as_deref(), Some("s3:PutObject"));
    let ingress = get(&plan, "aws_security_group.g[0]", "ingress");
    assert!(ingress.at("[0].cidr_blocks[0]").equals("0.0.0.0/0").is_false());
    // The bucket's ARN is an identifier, also behind a local and through a module.
    for address in ["aws_iam_policy.p", "aws_iam_policy.q"] {
        let Value::Json(document) = get(&plan, address, "policy") else { panic!("no document") };
        match document.at("Statement[0].Resource").as_ref() {
            Value::Unknown(why) => assert!(why.is_plain(), "{address}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_module_that_declares_other_things_is_not_taken() {
    let more = "resource \"aws_eip\" \"more\" {}\n";
    for changed in [
        Changed::new("more.tf", |_| more.to_owned()),
        Changed::new("more.tf.json", |_| r#"{"resource": {"aws_eip": {"more": {}}}}"#.to_owned()),
        Changed::new("#more.tf", |_| more.to_owned()),
        Changed::with("main.tf", "resource \"aws_eip\" \"e\" {}\n", ""),
        Changed::with("main.tf", "variable \"actions\"", "variable \"other\""),
        Changed::with("main.tf", "module \"m\"", "module \"n\""),
        Changed::new("copy.tf", |_| "resource \"aws_eip\" \"e\" {}\n".to_owned()),
        Changed::new("copy.tf", |_| "locals {\n  bucket = \"x\"\n}\n".to_owned()),
        Changed::new("main.tofu", |_| more.to_owned()),
        Changed::new("x_override.tf", |_| "resource {".to_owned()),
    ] {
        let plan = changed.plan();
        assert_eq!(trusted_with_source(&plan), 0, "{:?}", std::fs::read_dir(&changed.folder));
        assert_eq!(action(&plan, "aws_iam_policy.p"), None);
        assert!(!plan.notices().is_empty());
    }
}

/// How many subjects the source tells something about.
fn trusted_with_source(plan: &Plan<'_>) -> usize {
    let has = |subject: &&Subject| {
        trust(plan, subject).is_some_and(|source| {
            let Subject { kind, name, .. } = subject;
            let PlanOrigin { module, mode, .. } = subject.plan().unwrap();
            source.attribute_names(module, *mode, kind, name).is_some()
        })
    };
    plan.subjects.iter().filter(has).count()
}

#[test]
fn a_resource_that_refers_to_other_things_is_not_taken() {
    for (from, to) in [
        ("Action = var.actions", "Action = [\"s3:GetObject\"]"),
        ("Action = var.actions", "Action = [for a in local.bucket : a]"),
        ("Resource = local.bucket.arn", "Resource = aws_s3_bucket.b.arn"),
        ("  name = \"p\"\n", ""),
        ("  name = \"p\"\n", "  name = \"p\"\n  path = \"/\"\n"),
        ("  name = \"p\"\n", "  name = \"p\"\n  count = 1\n"),
        ("  name = \"p\"\n", "  name = \"other\"\n"),
    ] {
        let changed = Changed::with("main.tf", from, to);
        let plan = changed.plan();
        assert_eq!(action(&plan, "aws_iam_policy.p"), None, "{to}");
        // The others are as they were.
        assert!(action(&plan, "aws_iam_policy.q").is_some(), "{to}");
        assert_eq!(plan.notices().len(), 1, "{to} {:?}", plan.notices());
    }
    for (from, to) in [
        ("\"${aws_eip.e.public_ip}/32\"", "\"10.0.0.0/8\""),
        ("  ingress {\n    from_port   = 22", "  egress {\n    from_port   = 22"),
    ] {
        let changed = Changed::with("main.tf", from, to);
        let plan = changed.plan();
        let ingress = get(&plan, "aws_security_group.g[1]", "ingress");
        assert!(ingress.at("[0].cidr_blocks").doubt().is_some(), "{to}: {ingress:?}");
        assert!(!matches!(ingress, Value::Null), "{to}");
    }
}

#[test]
fn a_module_that_is_another_is_not_taken() {
    for changed in [
        Changed::with("main.tf", "\"./m\"", "\"./m/../m\""),
        Changed::with("main.tf", "bucket = aws_s3_bucket.b.arn", "bucket = aws_eip.e.id"),
        Changed::with("main.tf", "  source = \"./m\"\n", "  source = \"./m\"\n  count = 1\n"),
        Changed::with(
            "m/main.tf",
            "variable \"bucket\" {}",
            "variable \"bucket\" {}\nvariable \"x\" {}",
        ),
        Changed::with("m/main.tf", "Resource = var.bucket", "Resource = \"x\""),
    ] {
        let plan = changed.plan();
        assert_eq!(action(&plan, "aws_iam_policy.q"), None);
        assert_eq!(action(&plan, "aws_iam_policy.p").as_deref(), Some("s3:GetObject"));
    }
    // The plan holds the defaults too.
    let changed = Changed::with("m/main.tf", "\"s3:PutObject\"", "\"s3:ListBucket\"");
    assert_eq!(action(&changed.plan(), "aws_iam_policy.q").as_deref(), Some("s3:PutObject"));
    let changed = Changed::with("main.tf", "\"s3:GetObject\"", "\"s3:ListBucket\"");
    assert_eq!(action(&changed.plan(), "aws_iam_policy.p").as_deref(), Some("s3:GetObject"));
}

#[test]
fn a_variable_that_the_plan_does_not_show_has_no_value() {
    let same = Changed::new("readme.md", |_| "x".to_owned());
    let mut document: serde_json::Value = serde_json::from_str(&same.text).unwrap();
    document.as_object_mut().unwrap().remove("variables").unwrap();
    let text = document.to_string();
    let plan = read(&text, same.folder.path());
    let Value::Json(policy) = get(&plan, "aws_iam_policy.p", "policy") else { panic!("no JSON") };
    assert!(matches!(*policy.at("Statement[0].Action"), Value::Unknown(_)));
}

#[test]
fn a_plan_without_configuration_has_no_source() {
    let same = Changed::new("readme.md", |_| "x".to_owned());
    let mut document: serde_json::Value = serde_json::from_str(&same.text).unwrap();
    document.as_object_mut().unwrap().remove("configuration").unwrap();
    let text = document.to_string();
    assert_eq!(trusted_with_source(&read(&text, same.folder.path())), 0);
}

#[test]
fn only_an_identifier_itself_is_plain() {
    let is_plain = |expr: &str| {
        let changed = Changed::with(
            "main.tf",
            "Resource = local.bucket.arn",
            &format!("Resource = ({expr})"),
        );
        let plan = changed.plan();
        let Value::Json(policy) = get(&plan, "aws_iam_policy.p", "policy") else {
            panic!("{expr}: no document")
        };
        let resource = policy.at("Statement[0].Resource").into_owned();
        let first = resource.elements().first().cloned().unwrap_or(resource);
        match first {
            Value::Unknown(why) => why.is_plain(),
            Value::Template(pieces) => pieces.iter().any(
                |piece| matches!(piece, crate::model::value::Piece::Hole(why) if why.is_plain()),
            ),
            other => other.doubt().unwrap().is_plain(),
        }
    };
    for same in [
        "local.bucket.arn",
        "\"${local.bucket.arn}\"",
        "[local.bucket.arn]",
        "\"${local.bucket.arn}/*\"",
        "flatten([[local.bucket.arn]])",
        "compact([local.bucket.arn])",
        "local.bucket.id",
        "[for b in [local.bucket] : b.arn]",
        "format(\"%s/x\", local.bucket.arn)",
    ] {
        assert!(is_plain(same), "{same}");
    }
    for other in [
        "local.bucket.website_endpoint",
        "replace(local.bucket.arn, \"a\", \"*\")",
        "split(\":\", local.bucket.arn)[5]",
        "upper(local.bucket.arn)",
        "local.bucket.arn == \"x\" ? \"*\" : \"y\"",
        "try(local.bucket.arn, \"*\")",
        "coalesce(local.bucket.arn, \"*\")",
        "\"%{ if local.bucket.arn == \"x\" }*%{ endif }\"",
        "trimsuffix(local.bucket.arn, \"x\")",
        "[for x in [\"*\"] : x if local.bucket.arn == \"x\"]",
        "lookup({}, local.bucket.arn, \"*\")",
        "{ a = \"*\" }[local.bucket.arn]",
        "jsondecode(local.bucket.arn)",
        "local.bucket.arn[*]",
        "local.bucket.tags_all",
    ] {
        assert!(!is_plain(other), "{other}");
    }
}
