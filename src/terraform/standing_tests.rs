//! A source that is spoiled makes nothing known that it hides: the same plan beside its source,
//! beside none, and beside one that is made unreadable in every way that a change could.

use std::path::{Path, PathBuf};

use super::*;

const INTERFACES: &str = "network_interfaces";

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/source/refused")
}

fn text() -> String {
    std::fs::read_to_string(fixture().join("plan.json")).unwrap()
}

fn plan<'p>(text: &'p str, folder: Option<&Path>) -> Plan<'p> {
    let source = folder.and_then(|folder| Source::open(folder, "").unwrap());
    Plan::read(text, false).unwrap().with_source(source)
}

fn get(plan: &Plan<'_>, address: &str, name: &str) -> Value {
    let subject = plan.subjects.iter().find(|subject| subject.address == address).unwrap();
    PlannedAttributes::open(plan, subject, Side::After).get(name)
}

/// Whether it may be anything.
fn is_open(value: &Value) -> bool {
    matches!(value, Value::Unknown(_)) || value.rest().is_some()
}

fn is_absent(value: &Value) -> bool {
    value.elements().is_empty() && !is_open(value)
}

/// How many resources an attachment certainly leads to.
fn certain(plan: &Plan<'_>) -> usize {
    let address = "aws_iam_user_policy_attachment.linked";
    let subject = plan.subjects.iter().find(|subject| subject.address == address).unwrap();
    plan.follow(subject, Side::After, "policy_arn").certain.len()
}

#[test]
fn a_source_that_is_read_tells() {
    let text = text();
    let plan = plan(&text, Some(&fixture()));
    assert!(matches!(get(&plan, "aws_iam_policy.plain", "policy"), Value::Json(_)));
    assert!(!matches!(get(&plan, "aws_iam_policy.replaced", "policy"), Value::Json(_)));
    assert!(is_open(&get(&plan, "aws_s3_bucket.granted", "grant")));
    assert!(is_open(&get(&plan, "aws_launch_template.dynamic", INTERFACES)));
    assert!(is_open(&get(&plan, "aws_launch_template.both", INTERFACES)));
    assert!(is_absent(&get(&plan, "aws_launch_template.silent", INTERFACES)));
    assert!(is_absent(&get(&plan, "aws_security_group.silent", "ingress")));
    assert!(get(&plan, "aws_security_group.dynamic", "ingress").doubt().is_some());
    assert_eq!(plan.notices(), Vec::<String>::new());
}

#[test]
fn without_a_source_a_single_reference_and_a_dynamic_block_are_unknown() {
    let text = text();
    let plan = plan(&text, None);
    for address in ["aws_iam_policy.plain", "aws_iam_policy.replaced"] {
        assert!(is_open(&get(&plan, address, "policy")), "{address}");
    }
    assert!(is_open(&get(&plan, "aws_launch_template.dynamic", INTERFACES)));
    let both = get(&plan, "aws_launch_template.both", INTERFACES);
    assert!(both.elements().len() == 1 && both.rest().is_some(), "{both:?}");
    let statement = get(&plan, "data.aws_iam_policy_document.trust", "statement");
    assert!(matches!(*statement.at("[0].principals"), Value::Unknown(_)), "{statement:?}");
    assert!(get(&plan, "aws_security_group.dynamic", "ingress").doubt().is_some());
    // What nobody writes is not there, and an identity stays one.
    assert!(is_absent(&get(&plan, "aws_launch_template.silent", INTERFACES)));
    assert!(is_absent(&get(&plan, "aws_security_group.silent", "ingress")));
    assert!(is_absent(&get(&plan, "aws_iam_role.r", "inline_policy")));
    assert_eq!(certain(&plan), 1);
    let notices = plan.notices();
    assert!(notices.iter().any(|notice| notice.contains("`--source`")), "{notices:?}");
}

#[test]
fn who_trusts_single_references_gets_documents_unless_the_source_is_spoiled() {
    let text = text();
    let trusting = plan(&text, None).trusting_references(true);
    assert!(matches!(get(&trusting, "aws_iam_policy.plain", "policy"), Value::Json(_)));
    let refused = Plan::read(&text, false)
        .unwrap()
        .trusting_references(true)
        .with_refused_source("the source is not used".to_owned());
    assert_refused(&refused, "given");
    assert_eq!(refused.notices(), ["the source is not used"]);
}

fn assert_refused(plan: &Plan<'_>, way: &str) {
    for address in ["aws_iam_policy.plain", "aws_iam_policy.replaced"] {
        assert!(is_open(&get(plan, address, "policy")), "{way}: {address}");
    }
    assert!(is_open(&get(plan, "aws_s3_bucket.granted", "grant")), "{way}");
    for address in ["aws_launch_template.dynamic", "aws_launch_template.both"] {
        assert!(is_open(&get(plan, address, INTERFACES)), "{way}: {address}");
    }
    assert!(is_open(&get(plan, "aws_security_group.silent", "ingress")), "{way}");
    assert_eq!(certain(plan), 0, "{way}");
    assert!(!plan.notices().is_empty(), "{way}");
}

#[test]
fn however_the_source_is_spoiled_it_tells_nothing() {
    type Spoil = fn(&Path);
    let write = |folder: &Path, name: &str, text: &[u8]| {
        std::fs::write(folder.join(name), text).unwrap();
    };
    let ways: [(&str, &str, Spoil); 9] = [
        ("a file of OpenTofu", "OpenTofu", |f| std::fs::write(f.join("x.tofu"), "").unwrap()),
        ("only files of OpenTofu", "OpenTofu", |f| {
            std::fs::rename(f.join("main.tf"), f.join("main.tofu")).unwrap();
        }),
        ("nesting", "main.tf", |f| {
            let deep = format!("{}1{}", "(".repeat(80), ")".repeat(80));
            let text = std::fs::read_to_string(f.join("main.tf")).unwrap();
            std::fs::write(f.join("main.tf"), format!("{text}\nlocals {{\n a = {deep}\n}}\n"))
                .unwrap();
        }),
        ("many files", "2000", |f| {
            (0..2_001).for_each(|n| std::fs::write(f.join(format!("{n}.tf")), "").unwrap());
        }),
        ("a large file", "main.tf", |f| {
            let file = std::fs::OpenOptions::new().append(true).open(f.join("main.tf")).unwrap();
            file.set_len(5 << 20).unwrap();
        }),
        ("no UTF-8", "main.tf", |f| {
            let mut bytes = std::fs::read(f.join("main.tf")).unwrap();
            bytes.extend_from_slice(b"# \xff\n");
            std::fs::write(f.join("main.tf"), bytes).unwrap();
        }),
        ("a broken override", "x_override.tf", |f| {
            std::fs::write(f.join("x_override.tf"), "resource {").unwrap();
        }),
        ("a folder as an override", "override.tf", |f| {
            std::fs::create_dir(f.join("override.tf")).unwrap();
        }),
        ("another resource", "aws_eip.more", |f| {
            std::fs::write(f.join("more.tf"), "resource \"aws_eip\" \"more\" {}\n").unwrap();
        }),
    ];
    let text = text();
    for (way, named, spoil) in ways {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "main.tf", &std::fs::read(fixture().join("main.tf")).unwrap());
        spoil(folder.path());
        let plan = plan(&text, Some(folder.path())).trusting_references(true);
        assert_refused(&plan, way);
        let notices = plan.notices();
        assert!(notices.iter().any(|notice| notice.contains(named)), "{way}: {notices:?}");
    }
}
