//! Ways to bring a privileged container past the gate: each must block, or end "no verdict".

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::fs;
use std::path::Path;

use common::{run, scratch};
use serde_json::Value;

/// Exit code and JSON report over one file of this text.
fn judge(text: &[u8], name: &str) -> (i32, Value) {
    let away = scratch();
    fs::write(away.path().join(name), text).unwrap();
    judge_folder(away.path(), &["."])
}

fn judge_folder(folder: &Path, args: &[&str]) -> (i32, Value) {
    let args: Vec<&str> = ["manifests", "--format", "json"].iter().chain(args).copied().collect();
    let run = run(folder, &args);
    let report = serde_json::from_str(&run.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr));
    (run.code.unwrap(), report)
}

fn rules(report: &Value) -> Vec<&str> {
    let found = report["findings"].as_array().unwrap().iter();
    found
        .filter(|finding| finding["blocks"] == true)
        .map(|finding| finding["rule"].as_str().unwrap())
        .collect()
}

fn codes(report: &Value) -> Vec<&str> {
    report["errors"].as_array().unwrap().iter().map(|e| e["code"].as_str().unwrap()).collect()
}

const PATCH: &str = r#"{"containers":[{"name":"main","securityContext":{"privileged":true}}]}"#;

const GOOD: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

const SPEC: &str = "{containers: [{name: a, image: \"x:1\", securityContext: {privileged: true}}]}";

/// What must be seen for what it is: the finding is there.
fn seen() -> Vec<(&'static str, String)> {
    let spec = SPEC;
    let object = |api: &str, kind: &str, rest: &str| {
        format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: a}}\n{rest}\n")
    };
    let workflow =
        |spec: &str| object("argoproj.io/v1alpha1", "Workflow", &format!("spec: {{{spec}}}"));
    let pod = object("v1", "Pod", &format!("spec: {spec}"));
    let privileged = |value: &str| pod.replace("privileged: true", value);
    vec![
        ("unknown version", object("v2", "Pod", &format!("spec: {spec}"))),
        ("unknown version of apps", object("apps/v9", "Deployment", &format!("spec: {{template: {{spec: {spec}}}}}"))),
        ("core deployment", object("v1", "Deployment", &format!("spec: {{template: {{spec: {spec}}}}}"))),
        ("lower case", object("v1", "pod", &format!("spec: {spec}"))),
        ("upper case group", object("APPS/v1", "Deployment", &format!("spec: {{template: {{spec: {spec}}}}}"))),
        ("pod of apps", object("apps/v1", "Pod", &format!("spec: {spec}"))),
        ("template of openshift", object("template.openshift.io/v1", "Template", &format!("objects: [{{apiVersion: v1, kind: Pod, metadata: {{name: b}}, spec: {spec}}}]"))),
        ("manifest work", object("work.open-cluster-management.io/v1", "ManifestWork", &format!("spec: {{workload: {{manifests: [{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: b}}, spec: {{template: {{spec: {spec}}}}}}}]}}}}"))),
        ("sensor", object("argoproj.io/v1alpha1", "Sensor", &format!("spec: {{triggers: [{{template: {{k8s: {{source: {{resource: {{apiVersion: v1, kind: Pod, metadata: {{name: b}}, spec: {spec}}}}}}}}}}}]}}"))),
        ("sensor with a workflow", object("argoproj.io/v1alpha1", "Sensor", "spec: {triggers: [{source: {resource: {apiVersion: argoproj.io/v1alpha1, kind: Workflow, metadata: {name: b}, spec: {templates: [{name: t, container: {image: x, securityContext: {privileged: true}}}]}}}}]}")),
        ("controller revision", object("apps/v1", "ControllerRevision", &format!("data: {{spec: {{template: {{spec: {spec}}}}}}}\nrevision: 1"))),
        ("list of list", format!("apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: List\n  items: [{{apiVersion: v1, kind: Pod, metadata: {{name: a}}, spec: {spec}}}]\n")),
        ("list of a kind", format!("apiVersion: v1\nkind: PodList\nitems: [{{metadata: {{name: a}}, spec: {spec}}}]\n")),
        ("list that is a kind", format!("apiVersion: example.com/v1\nkind: AllowList\nmetadata: {{name: a}}\nitems: []\nspec: {spec}\n")),
        ("pod with items", format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {spec}\nitems: []\n")),
        ("inner pod behind a harmless one", object("example.com/v1", "Thing", &format!("spec: {{containers: [{{name: a, image: \"x:1\"}}], more: {{spec: {spec}}}}}"))),
        ("containers at the root", "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\ncontainers: [{image: x, securityContext: {privileged: true}}]\n".to_owned()),
        ("containers without an image", object("monitoring.coreos.com/v1", "Prometheus", "spec: {containers: [{name: a, securityContext: {privileged: true}}]}")),
        ("ephemeral in a custom kind", object("example.com/v1", "Thing", "spec: {ephemeralContainers: [{name: a, image: x, securityContext: {privileged: true}}]}")),
        ("an unknown kind in an unknown one", object("example.com/v1", "Thing", &format!("spec: {{a: {{apiVersion: example.com/v1, kind: Other, spec: {{b: {{apiVersion: example.com/v1, kind: Third, spec: {spec}}}}}}}}}"))),
        ("steps", object("tekton.dev/v1", "Task", "spec: {steps: [{name: a, image: x, securityContext: {privileged: true}}]}")),
        ("step template", object("tekton.dev/v1", "Task", "spec: {stepTemplate: {securityContext: {privileged: true}}}")),
        ("values of a chart", object("helm.toolkit.fluxcd.io/v2", "HelmRelease", "spec: {values: {web: {containerSecurityContext: {privileged: true}}}}")),
        ("patch of kyverno where it is missing", object("kyverno.io/v1", "ClusterPolicy", "spec: {rules: [{mutate: {patchStrategicMerge: {spec: {containers: [{(image): \"a\", securityContext: {+(privileged): true}}]}}}}]}")),
        ("patch of kyverno under conditions", object("kyverno.io/v1", "ClusterPolicy", "spec: {rules: [{mutate: {foreach: [{patchStrategicMerge: {spec: {template: {spec: {(containers): [{(name): \"*\", +(securityContext): {+(privileged): true}}]}}}}}]}}]}")),
        ("patch of kyverno", object("kyverno.io/v1", "ClusterPolicy", "spec: {rules: [{mutate: {patchStrategicMerge: {spec: {containers: [{(name): \"*\", securityContext: {privileged: true}}]}}}}]}")),
        ("key with a dot", object("example.com/v1", "Thing", &format!("spec: {{\"a.b[0]\": {{spec: {spec}}}}}"))),
        ("workflow step written in place", object("argoproj.io/v1alpha1", "Workflow", "spec: {templates: [{name: m, steps: [[{name: s, inline: {container: {image: x, securityContext: {privileged: true}}}}]]}]}")),
        ("workflow patch", object("argoproj.io/v1alpha1", "Workflow", "spec: {podSpecPatch: '{\"containers\":[{\"name\":\"main\",\"securityContext\":{\"privileged\":true}}]}', templates: [{name: m, container: {image: x}}]}")),
        ("workflow defaults", object("argoproj.io/v1alpha1", "Workflow", "spec: {templateDefaults: {container: {securityContext: {privileged: true}}}, templates: [{name: m, container: {image: x}}]}")),
        ("secret inside", object("x.io/v1", "T", &format!("spec: {{t: {{apiVersion: v1, kind: Secret, metadata: {{name: q}}, spec: {spec}}}}}"))),
        ("beside a deployment", object("x.io/v1", "T", &format!("spec: {{t: {{apiVersion: apps/v1, kind: Deployment, metadata: {{name: q}}, spec: {spec}}}}}"))),
        ("beside a workflow", object("x.io/v1", "T", &format!("spec: {{t: {{apiVersion: argoproj.io/v1alpha1, kind: Workflow, metadata: {{name: q}}, template: {spec}}}}}"))),
        ("generated by a policy", object("kyverno.io/v1", "ClusterPolicy", &format!("spec: {{rules: [{{name: r, generate: {{apiVersion: v1, kind: Pod, name: z, data: {{pattern: {spec}}}}}}}]}}"))),
        ("workflow with a decoy", workflow("workflowSpec: {}, templates: [{name: m, container: {image: x, securityContext: {privileged: true}}}]")),
        ("workflow with its image in the defaults", workflow("templateDefaults: {container: {image: x}}, templates: [{name: m, container: {securityContext: {privileged: true}}}]")),
        ("workflow without an image", workflow("templates: [{name: m, container: {securityContext: {privileged: true}}}]")),
        ("workflow sidecar in the defaults", workflow("templateDefaults: {sidecars: [{name: s, image: x, securityContext: {privileged: true}}]}, templates: [{name: m, container: {image: x}}]")),
        ("workflow init container in the defaults", workflow("templateDefaults: {initContainers: [{name: s, image: x, securityContext: {privileged: true}}]}, templates: [{name: m, container: {image: x}}]")),
        ("workflow sidecar of a resource", workflow("templateDefaults: {sidecars: [{name: s, image: x, securityContext: {privileged: true}}]}, templates: [{name: m, resource: {action: get}}]")),
        ("workflow patch in the defaults", workflow(&format!("templateDefaults: {{podSpecPatch: '{PATCH}'}}, templates: [{{name: m, resource: {{action: get}}}}]"))),
        ("workflow patch of a resource", workflow(&format!("templates: [{{name: m, resource: {{action: get}}, podSpecPatch: '{PATCH}'}}]"))),
        ("workflow patch of a template elsewhere", workflow(&format!("workflowTemplateRef: {{name: x}}, podSpecPatch: '{PATCH}'"))),
        ("workflow patch of the collector", workflow(&format!("artifactGC: {{podSpecPatch: '{PATCH}'}}, templates: [{{name: m, container: {{image: x}}}}]"))),
        ("workflow container under another name", workflow(&format!("podSpecPatch: '{PATCH}', templates: [{{name: m, container: {{name: z, image: x}}}}]"))),
        ("workflow manifest", object("argoproj.io/v1alpha1", "Workflow", &format!("spec: {{templates: [{{name: m, resource: {{action: create, manifest: \"{{apiVersion: v1, kind: Pod, metadata: {{name: b}}, spec: {}}}\"}}}}]}}", spec.replace('"', "")))),
        ("cron workflow", object("argoproj.io/v1alpha1", "CronWorkflow", "spec: {workflowSpec: {templates: [{name: m, script: {image: x, securityContext: {privileged: true}}}]}}")),
        ("merge key", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nx: &x {privileged: true}\nspec: {containers: [{name: a, image: x, securityContext: {<<: *x}}]}\n".to_owned()),
        ("alias of a list", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nx: &x [{name: a, image: x, securityContext: {privileged: true}}]\nspec: {containers: *x}\n".to_owned()),
        ("alias of a key", "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {a: &k privileged}}\nspec: {containers: [{name: a, image: x, securityContext: {*k : true}}]}\n".to_owned()),
        ("yes", privileged("privileged: yes")),
        ("On", privileged("privileged: On")),
        ("tag", privileged("privileged: !!bool \"true\"")),
        ("a text", privileged("privileged: \"true\"")),
        ("one", privileged("privileged: 1")),
        ("a template that reads as a text", privileged("privileged: \"${PRIVILEGED}\"")),
        ("a quoted key", privileged("\"privileged\": true")),
        ("an escaped key", privileged("\"\\x70rivileged\": true")),
        ("a key of its own", privileged("? privileged\n : true")),
        ("a binary key", privileged("!!binary cHJpdmlsZWdlZA==: true")),
        ("behind nothing", format!("---\n---\n# nothing\n---\nnull\n---\n~\n---\n{pod}")),
        ("behind the end", format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\n...\n---\n{pod}")),
        ("behind the end, without a new beginning", format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\n...\n{pod}")),
        ("with a comment on the line between", format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\n--- # next\n{pod}")),
        ("lines of another system", format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\n---\n{pod}").replace('\n', "\r\n")),
        ("lines of an old system", format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\n---\n{pod}").replace('\n', "\r")),
        ("two texts of JSON", "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"}}{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\"},\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"x\",\"securityContext\":{\"privileged\":true}}]}}".to_owned()),
        ("a byte order mark", format!("\u{feff}{pod}")),
        ("a version directive", format!("%YAML 1.1\n---\n{pod}")),
        ("a tag directive", format!("%TAG !y! tag:yaml.org,2002:\n---\n{}", privileged("privileged: !y!bool \"yes\""))),
    ]
}

#[test]
fn each_trick_is_seen_through() {
    let mut wrong = Vec::new();
    for (name, text) in seen() {
        let (code, report) = judge(text.as_bytes(), "a.yaml");
        if code != 1 || !rules(&report).contains(&"container-privileged") {
            wrong.push(format!("{name}: exit {code}, {:?}, {}", rules(&report), report["errors"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_widths_of_an_encoding_change_nothing() {
    let pod = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {SPEC}\n");
    let wide = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        std::iter::once(0xfeff).chain(pod.encode_utf16()).flat_map(order).collect()
    };
    for text in [wide(u16::to_le_bytes), wide(u16::to_be_bytes)] {
        let (code, report) = judge(&text, "a.yaml");
        assert!(code == 1 && rules(&report).contains(&"container-privileged"), "{report}");
    }
    let unmarked: Vec<u8> = pod.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(judge(&unmarked, "a.yaml").0, 2);
}

#[test]
fn what_readers_differ_on_is_refused() {
    let pod = |rest: &str| format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\n{rest}\n");
    let context = |text: &str| {
        pod(&format!(
            "x: &x {{privileged: false}}\nspec: {{containers: [{{name: a, image: x, securityContext: {text}}}]}}"
        ))
    };
    let with = |from: &str, to: &str| pod(&format!("spec: {SPEC}")).replace(from, to);
    let cases = [
        ("key twice", context("{privileged: true, privileged: false}"), "manifest::duplicate-key"),
        ("key twice, once quoted", context("{privileged: true, \"privileged\": false}"), "manifest::duplicate-key"),
        ("key twice, once tagged", context("{privileged: true, !!str privileged: false}"), "manifest::duplicate-key"),
        ("key twice in JSON", "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"kind\":\"Pod\"}".to_owned(), "manifest::duplicate-key"),
        ("document in two", "apiVersion: v1\nkind: Pod\nspec: 1\nspec: 2\n".to_owned(), "manifest::duplicate-key"),
        ("merge behind", context("{privileged: true, <<: *x}"), "manifest::merge-order"),
        ("kind in upper case", with("kind:", "Kind:"), "manifest::shape"),
        ("version in lower case", with("apiVersion:", "apiversion:"), "manifest::shape"),
        ("both in upper case", with("apiVersion:", "APIVersion:").replace("kind:", "Kind:"), "manifest::shape"),
        ("no version", with("apiVersion: v1\n", ""), "manifest::shape"),
        ("no kind", with("kind: Pod\n", ""), "manifest::shape"),
        ("neither", with("apiVersion: v1\nkind: Pod\n", ""), "manifest::shape"),
        ("kind is null", with("kind: Pod", "kind: null"), "manifest::shape"),
        ("kind is a number", with("kind: Pod", "kind: 5"), "manifest::shape"),
        ("kind is a list", with("kind: Pod", "kind: [Pod]"), "manifest::shape"),
        ("kind is a placeholder", with("kind: Pod", "kind: ${KIND}"), "manifest::shape"),
        ("kind with a space", with("kind: Pod", "kind: \"Pod \""), "manifest::shape"),
        ("version is a placeholder", with("apiVersion: v1", "apiVersion: $API"), "manifest::shape"),
        ("version with two slashes", with("apiVersion: v1", "apiVersion: a/b/v1"), "manifest::shape"),
        ("objects in a bare list", format!("- apiVersion: v1\n  kind: Pod\n  metadata: {{name: a}}\n  spec: {SPEC}\n"), "manifest::shape"),
        ("items that are no list", format!("apiVersion: v1\nkind: List\nitems: {{a: {{apiVersion: v1, kind: Pod, spec: {SPEC}}}}}\n"), "manifest::shape"),
        ("an item that is a text", "apiVersion: v1\nkind: List\nitems: [a]\n".to_owned(), "manifest::shape"),
        ("pod without containers", pod("spec: {hostPID: false}"), "manifest::patch"),
        ("pod without a spec", pod("data: 1"), "manifest::patch"),
        ("empty containers", pod("spec: {containers: []}"), "manifest::patch"),
        ("a patch of a deployment", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {replicas: 2}\n".to_owned(), "manifest::patch"),
        ("a spec that is a text", pod("spec: ${SPEC}"), "manifest::shape"),
        ("containers that are a text", pod("spec: {containers: \"${C}\"}"), "manifest::shape"),
        ("init containers in an object", pod("spec: {containers: [{name: a, image: x}], initContainers: {a: {privileged: true}}}"), "manifest::shape"),
        ("annotations that are a text", "apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: x}\nspec: {containers: [{name: a, image: x}]}\n".to_owned(), "manifest::shape"),
        ("a patch that is a template", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a}\nspec: {podSpecPatch: '{{inputs.parameters.p}}', templates: [{name: m, container: {image: x}}]}\n".to_owned(), "manifest::filled"),
        ("a patch with a gap", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a}\nspec: {podSpecPatch: '{\"priorityClassName\":\"{{inputs.parameters.p}}\"}', templates: [{name: m, container: {image: x}}]}\n".to_owned(), "manifest::filled"),
        ("a patch that takes away", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a}\nspec: {podSpecPatch: '{\"securityContext\":{\"$patch\":\"replace\"}}', templates: [{name: m, container: {image: x}}]}\n".to_owned(), "manifest::shape"),
        ("a manifest with a gap", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a}\nspec: {templates: [{name: m, resource: {manifest: '{apiVersion: v1, kind: ConfigMap, metadata: {name: \"{{inputs.parameters.p}}\"}}'}}]}\n".to_owned(), "manifest::filled"),
        ("a manifest from elsewhere", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a}\nspec: {templates: [{name: m, resource: {action: create, manifestFrom: {artifact: {name: a}}}}]}\n".to_owned(), "manifest::shape"),
        ("templates that are a text", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a}\nspec: {templates: \"${T}\"}\n".to_owned(), "manifest::shape"),
        ("a template that is a text", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a}\nspec: {templates: [\"${T}\"]}\n".to_owned(), "manifest::shape"),
        ("a container of a template that is a text", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a}\nspec: {templates: [{name: m, container: \"${T}\"}]}\n".to_owned(), "manifest::shape"),
        ("sidecars that are a text", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a}\nspec: {templates: [{name: m, container: {image: x}, sidecars: \"${T}\"}]}\n".to_owned(), "manifest::shape"),
        ("a resource that is a text", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a}\nspec: {templates: [{name: m, resource: \"${T}\"}]}\n".to_owned(), "manifest::shape"),
        ("a workflow that is a patch", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a}\nspec: {hostNetwork: false}\n".to_owned(), "manifest::patch"),
        ("a workflow without templates", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a}\nspec: {templates: []}\n".to_owned(), "manifest::patch"),
        ("a manifest that is a template", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a}\nspec: {templates: [{name: m, resource: {manifest: '{{inputs.parameters.p}}'}}]}\n".to_owned(), "manifest::filled"),
        ("a pod below a strange key", format!("apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: a}}\nspec: {{'a\"]b': {{spec: {SPEC}}}}}\n"), "manifest::shape"),
        ("a merge by its long name", context("{!!merge <<: *x}"), "manifest::value"),
        ("an anchor with a colon", "apiVersion: v1\n&x:y a: 1\nkind: ConfigMap\n".to_owned(), "manifest::alias"),
        ("a colon before a text", context("{!x :privileged true}"), "manifest::syntax"),
        ("a colon before a comma", context("{privileged:, a: b}"), "manifest::syntax"),
        ("a colon before a brace", context("{é: [é], privileged:}"), "manifest::syntax"),
        ("a colon before a bracket", context("{capabilities: {drop: [ALL:]}}"), "manifest::syntax"),
        ("a question mark", context("{?privileged: true}"), "manifest::syntax"),
        ("a separator with a comment stuck to it", "~\n---#\n{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}\n---\napiVersion: v1\nkind: ConfigMap\n".to_owned(), "manifest::syntax"),
        ("a separator with a wide space", "~\n--- \u{a0}\n{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}\n---\napiVersion: v1\nkind: ConfigMap\n".to_owned(), "manifest::syntax"),
        ("a wide space before JSON", "\u{a0}{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}\n---\napiVersion: v1\nkind: ConfigMap\n".to_owned(), "manifest::syntax"),
        ("a tag that takes the comma", context("{a: [!!str, privileged]}"), "manifest::syntax"),
        ("an unknown alias", context("*y"), "manifest::syntax"),
        ("a separator with a text", format!("{}---x\n", pod("data: 1")), "manifest::syntax"),
        ("a mark in the middle", format!("{}\u{feff}---\n", pod("data: 1")), "manifest::encoding"),
        ("a line break of YAML 1.1", context("{privileged: false} #\u{85}\n"), "manifest::line-break"),
        ("a null byte", context("{privileged: false} #\0\n"), "manifest::encoding"),
        ("infinity", context("{runAsUser: .inf}"), "manifest::value"),
        ("a bad tag", context("{runAsUser: !!int x}"), "manifest::value"),
    ];
    let mut wrong = Vec::new();
    for (name, text, code) in cases {
        let (exit, report) = judge(text.as_bytes(), "a.yaml");
        if exit != 2 || !codes(&report).contains(&code) {
            wrong.push(format!("{name}: exit {exit}, {}", report["errors"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_number_is_the_one_that_the_api_reads() {
    let user = |number: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{{name: a, image: x, \
             securityContext: {{runAsUser: {number}}}}}]}}\n"
        )
    };
    for root in [
        "0",
        "-0",
        "+0",
        "00",
        "0x0",
        "0b0",
        "0o0",
        "0_0",
        "0.0",
        "-0.0",
        ".0",
        "0e5",
        "!!int \"0\"",
        "!!float 0",
    ] {
        let (code, report) = judge(user(root).as_bytes(), "a.yaml");
        assert!(code == 1 && rules(&report).contains(&"user-is-root"), "{root}: {report}");
    }
    // What the API refuses blocks, and does not pass for something else.
    for odd in ["\"0\"", "18446744073709551616", "1e400", "0x", "[0]", "99999999999999999999999999"]
    {
        assert_ne!(judge(user(odd).as_bytes(), "a.yaml").0, 0, "{odd}");
    }
}

#[test]
fn strangers_are_named_and_policies_are_no_pods() {
    let away = scratch();
    let quiet = [
        ("ci.yml", "on: push\njobs: {a: {container: {image: x}}}\n"),
        ("drone.yml", "kind: pipeline\ntype: docker\nsteps: [{image: x}]\n"),
        ("azure.yml", "resources: {containers: [{container: a, image: x}]}\n"),
        ("compose.yaml", "services: {a: {image: x, privileged: true}}\n"),
        ("list.yaml", "- hosts: all\n"),
        (
            "policy.yaml",
            "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: a}\nspec: {rules: [{validate: {pattern: {spec: {containers: [{image: \"!*:latest\", securityContext: {privileged: true}}]}}}}]}\n",
        ),
        (
            "psp.yaml",
            "apiVersion: policy/v1beta1\nkind: PodSecurityPolicy\nmetadata: {name: a}\nspec: {hostNetwork: true, privileged: true}\n",
        ),
        (
            "vm.yaml",
            "apiVersion: kubevirt.io/v1\nkind: VirtualMachine\nmetadata: {name: a}\nspec: {template: {spec: {volumes: [{containerDisk: {image: x}}]}}}\n",
        ),
        (
            "release.yaml",
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a}\nspec: {values: {securityContext: {runAsUser: 1000}, ports: {http: 80}, volumes: {}}}\n",
        ),
    ];
    for (name, text) in quiet {
        fs::write(away.path().join(name), text).unwrap();
    }
    let (code, report) = judge_folder(away.path(), &["."]);
    assert_eq!(code, 0, "{:?} {}", rules(&report), report["errors"]);
    let notices = report["notices"].to_string();
    assert!(notices.contains("5 documents are not Kubernetes manifests"), "{notices}");
    assert!(notices.contains("azure.yml") && notices.contains("list.yaml"), "{notices}");
}

#[test]
fn a_workflow_is_judged_as_argo_makes_its_pods() {
    let sound = "securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}";
    let rules_of = |more: &str, template: &str| {
        let text = format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {{name: a}}\nspec:\n  \
             securityContext: {{runAsNonRoot: true, seccompProfile: {{type: RuntimeDefault}}}}\n  \
             {more}\n  templates: [{{name: m, {template}, container: {{image: 'x:1', {sound}, ports: \
             [{{containerPort: 1, hostPort: 2}}]}}}}]\n"
        );
        let (code, report) = judge(text.as_bytes(), "a.yaml");
        assert_ne!(code, 2, "{more} {template}: {report}");
        rules(&report).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let plain = rules_of("", "a: 1");
    assert!(plain.contains(&"container-host-port".to_owned()), "{plain:?}");
    for (more, template, rule) in [
        // A member that Argo does not know there says nothing.
        ("hostNetwork: true", "hostNetwork: false", "pod-host-namespace"),
        ("hostUsers: false", "securityContext: {runAsNonRoot: false}", "pod-may-run-as-root"),
        // Volumes of both can be mounted.
        ("volumes: [{name: v, hostPath: {path: /}}]", "volumes: []", "volume-type-restricted"),
        (
            "podMetadata: {annotations: {container.apparmor.security.beta.kubernetes.io/main: unconfined}}",
            "metadata: {labels: {a: b}}",
            "app-armor-annotation-forbidden",
        ),
        (
            "templateDefaults: {metadata: {annotations: {container.apparmor.security.beta.kubernetes.io/main: unconfined}}}",
            "a: 1",
            "app-armor-annotation-forbidden",
        ),
        // A list without a key is replaced.
        (
            "podSpecPatch: '{\"containers\":[{\"name\":\"main\",\"securityContext\":{\"capabilities\":{\"drop\":[]}}}]}'",
            "a: 1",
            "capabilities-not-dropped",
        ),
        ("podSpecPatch: '{\"securityContext\":null}'", "a: 1", "seccomp-profile-missing"),
    ] {
        assert!(!plain.contains(&rule.to_owned()), "{plain:?}");
        let found = rules_of(more, template);
        assert!(found.contains(&rule.to_owned()), "{more} {template}: {found:?}");
    }
    // Ports are told apart by their number: one more is no other.
    let patch =
        "podSpecPatch: '{\"containers\":[{\"name\":\"main\",\"ports\":[{\"containerPort\":2}]}]}'";
    assert!(rules_of(patch, "a: 1").contains(&"container-host-port".to_owned()));
    // What stands in a text has its metadata too.
    let text = "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nmetadata: {name: a}\nspec: {templates: [{name: m, resource: {action: create, manifest: '{apiVersion: v1, kind: Pod, metadata: {name: b, annotations: {container.apparmor.security.beta.kubernetes.io/a: unconfined}}, spec: {containers: [{name: a, image: x}]}}'}}]}\n";
    let (_, report) = judge(text.as_bytes(), "a.yaml");
    assert!(rules(&report).contains(&"app-armor-annotation-forbidden"), "{report}");
}

#[test]
fn settings_without_a_pod_block_where_they_cannot_be_read() {
    let thing = |spec: &str| {
        let text =
            format!("apiVersion: x.io/v1\nkind: T\nmetadata: {{name: a}}\nspec: {{{spec}}}\n");
        judge(text.as_bytes(), "a.yaml")
    };
    for (spec, rule) in [
        ("hostNetwork: '${H}'", "pod-host-namespace"),
        ("hostPID: yes please", "pod-host-namespace"),
        ("securityContext: {privileged: '${P}'}", "container-privileged"),
        ("securityContext: {capabilities: {add: '${C}'}}", "container-capability-added"),
        ("securityContext: {a: b}, ports: {http: {hostPort: 80}}", "container-host-port"),
        ("securityContext: {a: b}, volumes: '${V}'", "volume-host-path"),
    ] {
        let (code, report) = thing(spec);
        assert!(code == 1 && rules(&report).contains(&rule), "{spec}: {report}");
    }
    // What cannot hold it is nothing of a pod.
    for spec in ["ports: {http: 80}", "ports: [80]", "volumes: {}, ports: 8", "volumes: [{a: b}]"] {
        let (code, report) = thing(&format!("securityContext: {{runAsUser: 1000}}, {spec}"));
        assert_eq!(code, 0, "{spec}: {report}");
    }
}

#[test]
fn no_finding_is_taken_for_another() {
    let privileged =
        |report: &Value| rules(report).iter().filter(|r| **r == "container-privileged").count();
    let pod = "{containers: [{name: one, image: \"x:1\", securityContext: {privileged: true}}, \
               {name: two, image: \"x:1\", securityContext: {privileged: true}}]}";
    let beside = "securityContext: {privileged: true}";
    let inner = format!(
        "apiVersion: v1\\nkind: Pod\\nmetadata: {{name: b}}\\nspec: {}",
        pod.replace('"', "\\\"")
    );
    let workflow = format!(
        "{{apiVersion: argoproj.io/v1alpha1, kind: Workflow, spec: {{templates: [{{name: m, \
         resource: {{manifest: \"{inner}\"}}}}]}}}}"
    );
    for (spec, count) in [
        (format!("{{a: {pod}, z: {{{beside}}}}}"), 3),
        (format!("{{a: {workflow}}}"), 2),
        (format!("{{a: {workflow}, z: {{{beside}}}}}"), 3),
        (format!("{{a: {{{beside}}}}}"), 1),
    ] {
        let text = format!("apiVersion: x.io/v1\nkind: T\nmetadata: {{name: a}}\nspec: {spec}\n");
        let (code, report) = judge(text.as_bytes(), "a.yaml");
        assert_eq!((code, privileged(&report)), (1, count), "{text}: {report}");
    }
}

#[test]
fn what_git_ignores_is_judged_unless_somebody_asks_for_less() {
    let away = scratch();
    let folder = away.path();
    let pod = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {SPEC}\n");
    fs::create_dir_all(folder.join("m/.git")).unwrap();
    fs::write(folder.join("m/evil.yaml"), &pod).unwrap();
    fs::write(folder.join("m/a.yaml"), GOOD).unwrap();
    fs::write(folder.join("m/.gitignore"), "evil.yaml\n").unwrap();
    let (code, report) = judge_folder(folder, &["m"]);
    assert!(code == 1 && rules(&report).contains(&"container-privileged"), "{report}");
    // Nor is there a folder that kubectl would read and this would not.
    fs::rename(folder.join("m/evil.yaml"), folder.join("m/.git/evil.yaml")).unwrap();
    assert_eq!(judge_folder(folder, &["m"]).0, 1);
    assert_eq!(judge_folder(folder, &["--exclude", ".git", "m"]).0, 0);
    fs::rename(folder.join("m/.git/evil.yaml"), folder.join("m/evil.yaml")).unwrap();

    let (code, report) = judge_folder(folder, &["--gitignore", "m"]);
    assert_eq!(code, 0, "{report}");
    assert!(report["notices"].to_string().contains(".gitignore"), "{report}");
    fs::write(folder.join("holdpoint.toml"), "[manifests]\ngitignore = true\n").unwrap();
    assert_eq!(judge_folder(folder, &["m"]).0, 0);
    fs::write(folder.join("m/.gitignore"), "evil.yaml\n{a\n").unwrap();
    let (code, report) = judge_folder(folder, &["m"]);
    assert_eq!(code, 2, "a line that cannot be understood: {report}");
    assert_eq!(codes(&report), ["manifest::unreadable"]);
}

#[test]
fn what_is_named_and_holds_nothing_is_an_error_beside_others() {
    let away = scratch();
    let folder = away.path();
    fs::create_dir(folder.join("empty")).unwrap();
    fs::write(folder.join("a.yaml"), GOOD).unwrap();
    fs::write(folder.join("nil.yaml"), "# nothing\n---\n~\n").unwrap();
    fs::write(folder.join("list.yaml"), "apiVersion: v1\nkind: List\nitems: []\n").unwrap();
    assert_eq!(judge_folder(folder, &["a.yaml"]).0, 0);
    for name in ["empty", "nil.yaml", "list.yaml", "-"] {
        // Standard input is empty here.
        let (code, report) = judge_folder(folder, &["a.yaml", name]);
        assert_eq!((code, codes(&report)), (2, vec!["manifest::nothing"]), "{name}: {report}");
        assert_eq!(report["errors"][0]["file"], name, "{report}");
    }
    // A folder may hold empty files; and what two paths lead to is there for both.
    assert_eq!(judge_folder(folder, &[".", "./a.yaml"]).0, 0);
}

#[cfg(unix)]
#[test]
fn links_are_followed_and_lead_no_round() {
    use std::os::unix::fs::symlink;
    let away = scratch();
    let folder = away.path();
    let pod = format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {SPEC}\n");
    fs::create_dir_all(folder.join("m/below")).unwrap();
    fs::create_dir(folder.join("away")).unwrap();
    fs::write(folder.join("away/evil.yaml"), pod).unwrap();
    fs::write(folder.join("m/a.yaml"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
        .unwrap();
    symlink("..", folder.join("m/below/up")).unwrap();
    symlink("nothing", folder.join("m/readme")).unwrap();
    let (code, report) = judge_folder(folder, &["m"]);
    assert_eq!(code, 0, "{report}");
    let notices = report["notices"].to_string();
    assert!(notices.contains("m/readme") && notices.contains("m/below/up"), "{notices}");
    symlink("../away", folder.join("m/elsewhere")).unwrap();
    for paths in [&["m"][..], &["m", "away"], &["./away", "m/elsewhere/evil.yaml", "m", "away"]] {
        let (code, report) = judge_folder(folder, paths);
        assert_eq!(code, 1, "{report}");
        let found = report["findings"].to_string();
        assert_eq!(found.matches("container-privileged").count(), 1, "{paths:?}: {report}");
    }
    fs::remove_file(folder.join("m/elsewhere")).unwrap();
    symlink("nothing", folder.join("m/b.yaml")).unwrap();
    assert_eq!(judge_folder(folder, &["m"]).0, 2);
}
