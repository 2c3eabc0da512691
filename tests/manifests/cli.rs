//! `holdpoint manifests` from outside: what must end "no verdict", what must block, what must
//! pass, and that no file takes it down.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::fs;
use std::path::Path;

use common::{root, run, run_with_input, scratch};
use serde_json::Value;

const GOOD: &str = "apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec:
  serviceAccountName: web
  automountServiceAccountToken: false
  securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: app
      image: registry.example.com/shop/web:1.4.2
      resources: {requests: {cpu: 100m, memory: 64Mi}, limits: {memory: 128Mi}}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: {drop: [ALL]}
";

fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

/// The exit code and the JSON report over a folder with these files.
fn judge(files: &[(&str, &str)], args: &[&str]) -> (i32, Value) {
    let away = scratch();
    write(away.path(), files);
    let args: Vec<&str> = ["manifests", "--format", "json"].iter().chain(args).copied().collect();
    let run = run(away.path(), &args);
    let report = serde_json::from_str(&run.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr));
    (run.code.unwrap(), report)
}

fn codes(report: &Value) -> Vec<&str> {
    report["errors"].as_array().unwrap().iter().map(|e| e["code"].as_str().unwrap()).collect()
}

#[test]
fn a_sound_pod_passes_with_no_finding() {
    let (code, report) = judge(&[("a.yaml", GOOD)], &["."]);
    assert_eq!(code, 0, "{report}");
    // The policy of the namespace may stand elsewhere: low, and the only one.
    let found = report["findings"].as_array().unwrap();
    assert!(found.iter().all(|finding| finding["rule"] == "network-policy-missing"), "{report}");
    assert!(report["summary"]["checks"].as_u64().unwrap() >= 20);
}

#[test]
fn a_finding_names_object_container_check_file_line_and_column() {
    let bad = GOOD.replace("allowPrivilegeEscalation: false", "privileged: yes");
    let (code, report) = judge(&[("k8s/a.yaml", &bad)], &["k8s"]);
    assert_eq!(code, 1);
    let found = report["findings"].as_array().unwrap();
    let finding = found.iter().find(|f| f["rule"] == "container-privileged").unwrap();
    assert_eq!(finding["object"]["kind"], "Pod");
    assert_eq!(finding["object"]["api_version"], "v1");
    assert_eq!(finding["object"]["namespace"], "shop");
    assert_eq!(finding["object"]["name"], "web");
    assert_eq!(finding["container"], "app");
    assert_eq!(finding["pod_security"], "baseline");
    assert_eq!(finding["check"], "privileged");
    assert_eq!(finding["file"], "k8s/a.yaml");
    assert_eq!((finding["line"].as_u64(), finding["column"].as_u64()), (Some(13), Some(21)));
    assert_eq!(finding["path"], "spec.containers[0].securityContext.privileged");
}

#[test]
fn what_cannot_be_judged_is_no_pass() {
    let helm = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}\n";
    let quoted = GOOD.replace("registry.example.com/shop/web:1.4.2", "\"{{ .Values.image }}\"");
    for (files, code) in [
        (&[("a.yaml", "a: [")][..], "manifest::syntax"),
        (&[("a.yaml", helm)], "manifest::template"),
        (&[("a.yaml", &quoted)], "manifest::template"),
        (
            &[("c/Chart.yaml", "apiVersion: v2\nname: c\n"), ("c/templates/a.yaml", GOOD)],
            "manifest::template",
        ),
        (
            &[("kustomization.yaml", "resources: [a.yaml]\n"), ("a.yaml", GOOD)],
            "manifest::kustomize",
        ),
        (&[("a.yaml", "on: push\njobs: {}\n")], "manifest::nothing"),
        (&[("readme.txt", "nothing")], "manifest::nothing"),
        (&[("a.yaml", "")], "manifest::nothing"),
        (&[("a.yaml", "apiVersion: v1\nkind: Pod\nkind: List\n")], "manifest::duplicate-key"),
        (&[("a.yaml", "apiVersion: v1\nkind: List\nitems: [{a: 1}]\n")], "manifest::shape"),
        (
            &[(
                "a.yaml",
                "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: {a: b}}\n",
            )],
            "manifest::shape",
        ),
        (
            &[(
                "a.yaml",
                "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, securityContext: no}]}\n",
            )],
            "manifest::shape",
        ),
        (&[("a.yaml", &format!("{GOOD}# \u{2028}  hostPID: true\n"))], "manifest::line-break"),
    ] {
        let (exit, report) = judge(files, &["."]);
        assert_eq!(exit, 2, "{files:?}: {report}");
        assert!(codes(&report).contains(&code), "{files:?}: {report}");
        assert!(report["errors"][0]["help"].is_string(), "{report}");
    }
    let (exit, report) = judge(&[("a.yaml", GOOD)], &["a.yaml", "missing.yaml"]);
    assert_eq!((exit, codes(&report)[0]), (2, "manifest::unreadable"));
}

#[test]
fn a_file_that_is_excluded_by_name_is_not_asked_for() {
    let files = [
        ("kustomization.yaml", "resources: [a.yaml]\n"),
        ("a.yaml", GOOD),
        ("charts/x/Chart.yaml", "name: x\n"),
        ("charts/x/templates/a.yaml", "{{ x }}"),
        (".github/workflows/ci.yml", "on: push\n"),
        ("ignored/b.yaml", "a: ["),
        (".gitignore", "ignored/\n"),
    ];
    let args = ["--gitignore", "--exclude", "kustomization.yaml", "--exclude", "charts/**", "."];
    let (code, report) = judge(&files, &args);
    assert_eq!(code, 0, "{report}");
    let notices = report["notices"].to_string();
    assert!(notices.contains(".github/workflows/ci.yml"), "{notices}");
    assert!(notices.contains(".gitignore"), "{notices}");
    let (code, _) = judge(&files, &["--include", "/a.yaml", "."]);
    assert_eq!(code, 0);
}

#[test]
fn standard_input_is_read() {
    let away = scratch();
    let run = run_with_input(away.path(), &["manifests", "-"], GOOD.as_bytes());
    assert_eq!(run.code, Some(0), "{}{}", run.stdout, run.stderr);
    let twice = format!("{GOOD}---\n{}", GOOD.replace("runAsNonRoot: true, ", ""));
    let run = run_with_input(away.path(), &["manifests", "-"], twice.as_bytes());
    assert_eq!(run.code, Some(1), "{}", run.stdout);
    assert!(run.stdout.contains("Pod/shop/web (2)"), "{}", run.stdout);
}

#[test]
fn levels_waivers_and_baselines_decide() {
    let bad = GOOD.replace("runAsNonRoot: true, ", "");
    assert_eq!(judge(&[("a.yaml", &bad)], &["."]).0, 1);
    assert_eq!(judge(&[("a.yaml", &bad)], &["--pod-security", "baseline", "."]).0, 0);
    assert_eq!(judge(&[("a.yaml", &bad)], &["--pod-security", "restricted:v1.37", "."]).0, 1);
    let waiver = |name: &str| {
        format!(
            "[[waiver]]\nrule = \"container-may-run-as-root\"\naddress = \"Pod/shop/{name}\"\n\
             glob = true\ncontainer = \"app\"\nreason = \"r\"\nticket = \"t\"\nowner = \"o\"\n\
             expires = {}\n",
            jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date().tomorrow().unwrap()
        )
    };
    let (code, report) = judge(&[("a.yaml", &bad), ("holdpoint.toml", &waiver("w*"))], &["."]);
    assert_eq!(code, 0, "{report}");
    assert_eq!(report["summary"]["waived"], 1);
    assert_eq!(judge(&[("a.yaml", &bad), ("holdpoint.toml", &waiver("x*"))], &["."]).0, 1);

    let away = scratch();
    write(away.path(), &[("m/a.yaml", &bad)]);
    let first = run(away.path(), &["manifests", "--format", "json=known.json", "m"]);
    assert_eq!(first.code, Some(1));
    let again = run(away.path(), &["manifests", "--baseline", "known.json", "m"]);
    assert_eq!(again.code, Some(0), "{}", again.stdout);
    assert!(again.stdout.contains("2 existing"), "{}", again.stdout);
    write(away.path(), &[("m/b.yaml", &bad.replace("name: web", "name: other"))]);
    let more = run(away.path(), &["manifests", "--baseline", "known.json", "m"]);
    assert_eq!(more.code, Some(1), "{}", more.stdout);
    let none = run(away.path(), &["manifests", "--baseline", "m/a.yaml", "m"]);
    assert_eq!(none.code, Some(2), "{}", none.stderr);
}

#[test]
fn rules_of_ones_own_are_asked() {
    let files = [("a.yaml", GOOD), ("rules/team-label-missing.yaml", CUSTOM_RULE)];
    let (code, report) = judge(&files, &["--rules", "rules", "a.yaml"]);
    assert_eq!(code, 1, "{report}");
    assert_eq!(report["findings"][0]["rule"], "team-label-missing");
    for (from, to, says) in [
        ("has(variables.podMetadata.labels)", "now() > 0", "not support the function `now`"),
        ("has(variables.podMetadata.labels)", "request.user == 'x'", "unknown name `request`"),
        ("has(variables.podMetadata.labels)", "(((", "expression"),
        ("scope: pod", "scope: node", "one of the values"),
        ("id: team-label-missing", "id: other", "its file is named `team-label-missing`"),
    ] {
        let broken = CUSTOM_RULE.replace(from, to);
        let files = [("a.yaml", GOOD), ("rules/team-label-missing.yaml", broken.as_str())];
        let (code, report) = judge(&files, &["--rules", "rules", "a.yaml"]);
        assert_eq!(code, 2, "{to}: {report}");
        assert!(report["errors"].to_string().contains(says), "{to}: {report}");
    }
}

#[test]
fn no_rule_of_ones_own_is_skipped() {
    let pod = ("a.yaml", GOOD);
    for name in
        ["team-label-missing.YAML", "team-label-missing.yml", "below/team-label-missing.yaml"]
    {
        let name = format!("rules/{name}");
        let files = [pod, ("rules/readme.md", "nothing"), (name.as_str(), CUSTOM_RULE)];
        let (code, report) = judge(&files, &["--rules", "rules", "a.yaml"]);
        assert_eq!(code, 1, "{name}: {report}");
        assert_eq!(report["findings"][0]["rule"], "team-label-missing", "{name}");
    }
    let (merge, named) =
        (format!("x: &x {{scope: pod}}\n{CUSTOM_RULE}<<: *x\n"), "rules/team-label-missing.yaml");
    let twice = CUSTOM_RULE.replace("scope: pod\n", "scope: pod\n\"scope\": container\n");
    let wide =
        CUSTOM_RULE.replace("message:", "message:\u{a0}").replace("scope: pod", "? scope\n:\tpod");
    for text in
        [merge.as_str(), &twice, &wide, "a: [", "", &format!("{CUSTOM_RULE}---\n{CUSTOM_RULE}")]
    {
        let files = [pod, (named, text)];
        let (code, report) = judge(&files, &["--rules", "rules", "a.yaml"]);
        assert_eq!((code, codes(&report)), (2, vec!["rule::invalid"]), "{text}: {report}");
    }
    let two = [pod, (named, CUSTOM_RULE), ("rules/below/team-label-missing.yaml", CUSTOM_RULE)];
    let (code, report) = judge(&two, &["--rules", "rules", "a.yaml"]);
    assert_eq!(code, 2, "{report}");
}

const CUSTOM_RULE: &str = "id: team-label-missing
title: A workload has no team
severity: high
service: Ours
what: Every pod has the label that names its team.
why: Nobody knows whom to ask when it fails at night.
fix: Set the label `team` on the pod.
references: [https://example.com/]
scope: pod
expression: has(variables.podMetadata.labels) && 'team' in variables.podMetadata.labels
blame: ''
message: the pod has no team
";

#[test]
fn the_configuration_names_rules_level_and_baseline() {
    let root = GOOD.replace("runAsNonRoot: true, ", "");
    let config = "[manifests]\nrules = \"custom\"\npod_security = \"baseline:v1.34\"\n\
                  [rules.team-label-missing]\nseverity = \"critical\"\n";
    let files = [
        ("m/a.yaml", root.as_str()),
        ("custom/team-label-missing.yaml", CUSTOM_RULE),
        ("holdpoint.toml", config),
    ];
    let (code, report) = judge(&files, &["m"]);
    assert_eq!(code, 1, "{report}");
    let blocking: Vec<&Value> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|finding| finding["blocks"] == true)
        .collect();
    assert_eq!(blocking.len(), 1, "{report}");
    assert_eq!(blocking[0]["rule"], "team-label-missing");
    assert_eq!(blocking[0]["severity"], "critical");
    assert!(report["notices"].to_string().contains("baseline:v1.34"), "{report}");
    // The command line wins.
    let (code, report) = judge(&files, &["--pod-security", "restricted", "m"]);
    let rules = report["findings"].to_string();
    assert!(code == 1 && rules.contains("container-may-run-as-root"), "{report}");
    let twice = [files.as_slice(), &[("more/team-label-missing.yaml", CUSTOM_RULE)]].concat();
    let (code, report) = judge(&twice, &["--rules", "more", "m"]);
    assert!(code == 2 && report["errors"].to_string().contains("two rules"), "{report}");
    for (from, to, says) in [
        ("baseline:v1.34", "strict", "is not one of"),
        ("\"custom\"", "\"nowhere\"", "no such file or folder"),
        ("rules = ", "rule = ", "did you mean"),
        ("[rules.team-label-missing]", "[rules.team-label]", "team-label"),
    ] {
        let config = config.replace(from, to);
        let files = [files[0], files[1], ("holdpoint.toml", config.as_str())];
        let (code, report) = judge(&files, &["m"]);
        assert!(code == 2 && report["errors"].to_string().contains(says), "{to}: {report}");
    }

    let away = scratch();
    write(away.path(), &[("m/a.yaml", &root)]);
    let first = run(away.path(), &["manifests", "--format", "json=known.json", "m"]);
    assert_eq!(first.code, Some(1));
    write(away.path(), &[("holdpoint.toml", "[manifests]\nbaseline = \"known.json\"\n")]);
    let again = run(away.path(), &["manifests", "m"]);
    assert_eq!(again.code, Some(0), "{}{}", again.stdout, again.stderr);
    assert!(again.stdout.contains("container-may-run-as-root"), "it is printed: {}", again.stdout);
}

#[test]
fn a_baseline_knows_containers_by_name() {
    let two = |first: &str, second: &str| {
        let container = |name: &str, privileged: &str| {
            format!(
                "{{name: {name}, image: \"a:1\", securityContext: {{privileged: {privileged}}}}}"
            )
        };
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{}, {}]}}\n",
            container("one", first),
            container("two", second)
        )
    };
    let away = scratch();
    let exit_code = |text: &str, more: &[&str]| {
        write(away.path(), &[("m/a.yaml", text)]);
        run(away.path(), &[&["manifests", "--pod-security", "baseline"], more, &["m"]].concat())
            .code
    };
    assert_eq!(exit_code(&two("true", "false"), &["--format", "json=known.json"]), Some(1));
    let known = ["--baseline", "known.json"];
    assert_eq!(exit_code(&two("true", "false"), &known), Some(0));
    assert_eq!(exit_code(&two("false", "true"), &known), Some(1), "another container");
    assert_eq!(exit_code(&two("true", "true"), &known), Some(1), "one more");
}

#[test]
fn a_baseline_knows_neither_what_is_waived_nor_more_than_a_doubt() {
    let tomorrow =
        jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date().tomorrow().unwrap();
    let bad = GOOD.replace("runAsNonRoot: true, ", "");
    let waiver = format!(
        "[[waiver]]\nrule = \"container-may-run-as-root\"\naddress = \"Pod/shop/web\"\n\
         reason = \"r\"\nticket = \"t\"\nowner = \"o\"\nexpires = {tomorrow}\n"
    );
    let away = scratch();
    write(away.path(), &[("m/a.yaml", &bad), ("holdpoint.toml", &waiver)]);
    let first = run(away.path(), &["manifests", "--format", "json=known.json", "m"]);
    assert_eq!(first.code, Some(0), "{}", first.stdout);
    fs::remove_file(away.path().join("holdpoint.toml")).unwrap();
    let again = run(away.path(), &["manifests", "--baseline", "known.json", "m"]);
    assert_eq!(again.code, Some(1), "the waiver is gone: {}", again.stdout);

    let capability =
        |text: &str| GOOD.replace("{drop: [ALL]}", &format!("{{drop: [ALL], add: [{text}]}}"));
    let exit_code = |text: &str, more: &[&str]| {
        write(away.path(), &[("m/a.yaml", text)]);
        let args = [&["manifests", "--pod-security", "baseline"], more, &["m"]].concat();
        run(away.path(), &args).code
    };
    let known = ["--baseline", "known.json"];
    let path = away.path().join("known.json");
    assert_eq!(exit_code(&capability("SYS_ADMIN"), &["--format", "json=known.json"]), Some(1));
    assert_eq!(exit_code(&capability("SYS_ADMIN"), &known), Some(0));
    let doubt = fs::read_to_string(&path).unwrap().replace("\"violated\",", "\"undetermined\",");
    fs::write(&path, doubt).unwrap();
    assert_eq!(exit_code(&capability("SYS_ADMIN"), &known), Some(1), "a doubt was known");
}

#[test]
fn a_comment_waives_where_the_configuration_allows_it() {
    let day = |days: i64| {
        let today = jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date();
        today.checked_add(jiff::Span::new().days(days)).unwrap().to_string()
    };
    let allow =
        format!("# holdpoint:allow container-privileged until {}: the agent needs it", day(9));
    let bad = GOOD.replace(
        "        allowPrivilegeEscalation: false\n",
        &format!("        allowPrivilegeEscalation: false\n        privileged: true  {allow}\n"),
    );
    let above = GOOD.replace(
        "        allowPrivilegeEscalation: false\n",
        &format!(
            "        allowPrivilegeEscalation: false\n        {allow}\n        # why: it is so\n        \
             privileged: true\n"
        ),
    );
    let config = ("holdpoint.toml", "[manifests]\ninline_waivers = true\n");
    for text in [&bad, &above] {
        let (code, report) = judge(&[("m/a.yaml", text)], &["m"]);
        assert_eq!(code, 1, "{report}");
        assert!(report["notices"].to_string().contains("waiver comments are ignored"), "{report}");
        let (code, report) = judge(&[("m/a.yaml", text), config], &["m"]);
        assert_eq!(code, 0, "{report}");
        let waived = report["findings"].as_array().unwrap().iter();
        let waived: Vec<&Value> = waived.filter(|finding| !finding["waiver"].is_null()).collect();
        assert_eq!(waived.len(), 1, "{report}");
        assert_eq!(waived[0]["waiver"]["reason"], "the agent needs it");
        assert!(waived[0]["waiver"]["ticket"].as_str().unwrap().starts_with("m/a.yaml:"));
    }
    let in_a_text = GOOD.replace(
        "        allowPrivilegeEscalation: false\n",
        &format!("        allowPrivilegeEscalation: false\n        privileged: true\n        x: |\n          {allow}\n"),
    );
    for (text, says) in [
        (bad.replace(&day(9), &day(-1)), "expired"),
        (bad.replace(&day(9), &day(400)), "more than 180 days"),
        (bad.replace(": the agent needs it", ""), "a waiver comment has the form"),
        (bad.replace("# holdpoint:allow", "# Holdpoint: allow"), "a waiver comment has the form"),
        (bad.replace("# holdpoint:allow", "# holdpoint-ignore"), "a waiver comment has the form"),
        (bad.replace("allow container-privileged", "allow pod-host-namespace"), "matches nothing"),
        (bad.replace("allow container-privileged", "allow *"), "names an unknown rule"),
        (in_a_text, ""),
    ] {
        let (code, report) = judge(&[("m/a.yaml", &text), config], &["m"]);
        assert_eq!(code, 1, "{says}: {report}");
        assert!(report["notices"].to_string().contains(says), "{says}: {report}");
    }
}

#[test]
fn waivers_of_the_other_gate_are_no_news() {
    let waiver = |rule: &str, address: &str| {
        format!(
            "[[waiver]]\nrule = \"{rule}\"\naddress = \"{address}\"\nreason = \"r\"\nticket = \"t\"\n\
             owner = \"o\"\nexpires = {}\n",
            jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date().tomorrow().unwrap()
        )
    };
    let config = format!(
        "{}{}[manifests]\nrules = \"custom\"\n",
        waiver("container-privileged", "Pod/a"),
        waiver("team-label-missing", "Pod/a")
    );
    let away = scratch();
    let plan = "{\"format_version\":\"1.2\",\"terraform_version\":\"1.9.0\",\"planned_values\":{\"root_module\":{}},\
                \"resource_changes\":[],\"configuration\":{\"root_module\":{}},\"complete\":true,\"errored\":false}";
    write(
        away.path(),
        &[
            ("plan.json", plan),
            ("holdpoint.toml", &config),
            ("custom/team-label-missing.yaml", CUSTOM_RULE),
        ],
    );
    let plan = run(away.path(), &["plan", "--format", "json", "plan.json"]);
    let report: Value = serde_json::from_str(&plan.stdout).unwrap();
    let notices = report["notices"].to_string();
    assert!(!notices.contains("matches nothing"), "{notices}");
    assert!(!report["errors"].to_string().contains("team-label-missing"), "{report}");
    let config = format!(
        "{}{}",
        waiver("security-group-admin-port-open", "aws_security_group.a"),
        waiver("container-privileged", "Pod/a")
    );
    let (_, report) = judge(&[("m/a.yaml", GOOD), ("holdpoint.toml", &config)], &["m"]);
    let notices = report["notices"].to_string();
    assert!(!notices.contains("security-group-admin-port-open"), "{notices}");
    assert!(notices.contains("waiver of `container-privileged`"), "{notices}");
}

#[test]
fn no_secret_leaves() {
    let flow = "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"p\"}, \"spec\": \
        {\"hostPID\": true, \"containers\": [{\"name\": \"a\", \"image\": \"x\", \"args\": [\"--key=correct-horse\"], \
        \"env\": [{\"name\": \"DB_PASSWORD\", \"value\": \"correct-horse\"}]}]}}";
    let block = GOOD.replace(
        "      resources:",
        "      env: [{name: DB_PASSWORD, value: correct-horse}]\n      resources:",
    );
    let config =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {password: correct-horse}\n";
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: c}\nstringData: {password: correct-horse}\nitems: 3\n";
    let away = scratch();
    write(
        away.path(),
        &[("m/a.json", flow), ("m/b.yaml", &block), ("m/c.yaml", config), ("m/d.yaml", secret)],
    );
    for format in ["human", "json", "sarif", "junit", "github", "gitlab", "markdown"] {
        let run = run(away.path(), &["-v", "manifests", "--format", format, "m"]);
        assert_eq!(run.code, Some(1), "{}", run.stderr);
        let all = format!("{}{}", run.stdout, run.stderr);
        assert!(!all.contains("correct-horse"), "{format}: {all}");
    }
}

#[test]
fn the_fixtures_are_read_without_an_error() {
    let run = run(root(), &["manifests", "fixtures/kubernetes", "--format", "json"]);
    assert_eq!(run.code, Some(1), "{}", run.stderr);
}
