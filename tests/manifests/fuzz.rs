//! Hostile manifests: nothing panics, and no privileged container passes, however it is written.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::fs;

use common::mangle::{Mangler, base};
use holdpoint::decide::Config;
use holdpoint::gate::{ManifestsRequest, Paths, manifests};
use holdpoint::model::verdict::{Decision, Verdict};
use holdpoint::rules::kubernetes::PodSecurity;
use proptest::prelude::*;
use serde_json::{Value, json};

fn judge(bytes: &[u8]) -> Verdict {
    let away = common::scratch();
    let file = away.path().join("m.yaml");
    fs::write(&file, bytes).unwrap();
    manifests(&ManifestsRequest {
        paths: Paths { paths: &[file.display().to_string()], ..Paths::default() },
        rules: &[],
        pod_security: PodSecurity::default(),
        known: None,
        config: &Config::default(),
        today: jiff::civil::date(2026, 1, 1),
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_judged_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let verdict = judge(&bytes);
        // Noise holds no object, so there is nothing that could pass.
        prop_assert_ne!(verdict.decision, Decision::Pass);
    }

    #[test]
    fn any_text_is_judged_without_a_panic(text in "(?s)([a-c]: |- |[\\[\\]{},&*!|>?:'\"#%@`~<\\\\-]| |\t|\n|kind|apiVersion|v1|.){0,80}") {
        judge(text.as_bytes());
    }

    #[test]
    fn mangled_manifests_are_judged_without_a_panic(seed in any::<u64>()) {
        let mut mangler = Mangler::new(seed);
        let bases = base();
        let which = mangler.below(bases.len());
        let text = mangler.mangle(&bases[which]);
        judge(text.as_bytes());
    }

    #[test]
    fn a_privileged_container_is_seen_however_it_is_written(seed in any::<u64>()) {
        let mut writer = Writer { random: Mangler::new(seed), anchors: Vec::new() };
        let bytes = writer.stream();
        let verdict = judge(&bytes);
        let text = String::from_utf8_lossy(&bytes);
        prop_assert_ne!(verdict.decision, Decision::Pass, "{}", text);
        let seen = verdict.findings.iter().any(|finding| finding.rule == "container-privileged" && finding.blocks);
        prop_assert!(seen || !verdict.errors.is_empty(), "{}", text);
    }
}

#[test]
fn most_ways_of_writing_it_are_read() {
    let mut read = 0;
    for seed in 0..200 {
        let mut writer = Writer { random: Mangler::new(seed), anchors: Vec::new() };
        let verdict = judge(&writer.stream());
        read += usize::from(verdict.errors.is_empty());
    }
    // What is refused proves nothing about what is read.
    assert!(read > 150, "only {read} of 200 could be read");
}

/// Writes a privileged pod in an unusual way.
struct Writer {
    random: Mangler,
    anchors: Vec<String>,
}

impl Writer {
    fn chance(&mut self, one_in: usize) -> bool {
        self.random.below(one_in) == 0
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.random.below(of.len())]
    }

    /// An object that holds the pod.
    fn object(&mut self) -> Value {
        let list = self.pick(&["containers", "initContainers", "ephemeralContainers"]);
        let bad = json!({"name": "bad", "image": "registry.example.com/a:1", "securityContext": {"privileged": true}});
        let mut spec =
            json!({"containers": [{"name": "good", "image": "registry.example.com/a:1"}]});
        let items = spec[list].as_array().cloned().unwrap_or_default();
        spec[list] = items.into_iter().chain([bad]).collect();
        let template = json!({"metadata": {"labels": {"app": "a"}}, "spec": spec});
        let object = |api: &str, kind: &str, spec: Value| json!({"apiVersion": api, "kind": kind, "metadata": {"name": "a"}, "spec": spec});
        let templated = json!({"template": template});
        let made = match self.random.below(14) {
            0 => object("apps/v1", "Deployment", templated),
            1 => object("apps/v1", "StatefulSet", templated),
            2 => object("batch/v1", "Job", templated),
            3 => object(
                "batch/v1",
                "CronJob",
                json!({"schedule": "* * * * *", "jobTemplate": {"spec": templated}}),
            ),
            4 => {
                json!({"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "a"}, "template": template})
            }
            5 => object("argoproj.io/v1alpha1", "Rollout", templated),
            6 => object("serving.knative.dev/v1", "Service", templated),
            7 => object(
                "leaderworkerset.x-k8s.io/v1",
                "LeaderWorkerSet",
                json!({"leaderWorkerTemplate": {"workerTemplate": template}}),
            ),
            8 => object("example.com/v1", "Machine", json!({"parts": [{"deep": templated}]})),
            9 => object("apps/v2", "deployment", templated),
            10 => object(
                "argoproj.io/v1alpha1",
                "Workflow",
                json!({"templates": [{"name": "t", "container": {"image": "a:1", "securityContext": {"privileged": true}}}]}),
            ),
            11 => object(
                "tekton.dev/v1",
                "Task",
                json!({"steps": [{"name": "s", "image": "a:1", "securityContext": {"privileged": true}}]}),
            ),
            _ => object("v1", "Pod", spec),
        };
        match self.random.below(6) {
            0 => json!({"apiVersion": "v1", "kind": "List", "items": [made]}),
            1 => {
                json!({"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "v1", "kind": "List", "items": [made]}]})
            }
            2 => object("work.example.com/v1", "Work", json!({"manifests": [made]})),
            _ => made,
        }
    }

    /// A file: the object among others, in some encoding.
    fn stream(&mut self) -> Vec<u8> {
        let object = self.object();
        if self.chance(8) {
            let first = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}});
            return format!("{first}{}{object}\n", self.pick(&["", "\n", " \n\n "])).into_bytes();
        }
        let mut text = String::new();
        for _ in 0..self.random.below(3) {
            text += self.pick(&[
                "",
                "# nothing\n",
                "null\n",
                "a: b\n",
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n",
            ]);
            text += self.pick(&["---\n", "--- # next\n", "---   \n", "...\n---\n", "---\n---\n"]);
        }
        self.anchors.clear();
        let body = self.members(&object, 0, true);
        let anchors: String = self.anchors.concat();
        text += &anchors;
        text += &body;
        if self.chance(4) {
            text += self.pick(&["...\n", "---\n", "---\na: b\n", "---\n# end", "\n\n"]);
        }
        if self.chance(6) {
            text = text.replace('\n', "\r\n");
        }
        match self.random.below(8) {
            0 => format!("\u{feff}{text}").into_bytes(),
            1 => std::iter::once(0xfeff)
                .chain(text.encode_utf16())
                .flat_map(u16::to_le_bytes)
                .collect(),
            2 => std::iter::once(0xfeff)
                .chain(text.encode_utf16())
                .flat_map(u16::to_be_bytes)
                .collect(),
            _ => text.into_bytes(),
        }
    }

    /// The members of an object, a line each.
    fn members(&mut self, object: &Value, indent: usize, top: bool) -> String {
        let mut text = String::new();
        let pad = " ".repeat(indent);
        let merged = !top && object.get("privileged").is_some() && self.chance(4);
        if merged {
            let name = format!("m{}", self.anchors.len());
            let held = self.flow(object);
            self.anchors.push(format!("x{name}: &{name} {held}\n"));
            return format!("{pad}<<: *{name}\n");
        }
        for (key, value) in object.as_object().unwrap() {
            if self.chance(12) {
                text +=
                    &format!("{pad}# {}\n", self.pick(&["a comment", "privileged: false", "---"]));
            }
            let key = self.key(key);
            let explicit = self.chance(12);
            text +=
                &if explicit { format!("{pad}? {key}\n{pad}:") } else { format!("{pad}{key}:") };
            text += &self.value(value, indent, top);
        }
        text
    }

    /// What stands behind a key, with the end of the line.
    fn value(&mut self, value: &Value, indent: usize, top: bool) -> String {
        if !top && (value.is_object() || value.is_array()) && self.chance(10) {
            let name = format!("a{}", self.anchors.len());
            let held = self.flow(value);
            self.anchors.push(format!("x{name}: &{name} {held}\n"));
            return format!(" *{name}\n");
        }
        let deeper = indent + 1 + self.random.below(4);
        match value {
            Value::Object(_) if !self.chance(5) => {
                format!(
                    "{}\n{}",
                    self.pick(&["", " # below", " !!map"]),
                    self.members(value, deeper, false)
                )
            }
            Value::Array(items) if !self.chance(5) => {
                let pad = " ".repeat(if self.chance(2) && indent > 0 { indent } else { deeper });
                let mut text = "\n".to_owned();
                for item in items {
                    let inner = pad.len() + 2;
                    let body = self.members(item, inner, false);
                    text += &format!("{pad}- {}", &body.get(inner..).unwrap());
                }
                text
            }
            value => format!(" {}{}\n", self.flow(value), self.pick(&["", " # here", "  "])),
        }
    }

    /// In one line.
    fn flow(&mut self, value: &Value) -> String {
        match value {
            Value::Object(members) => {
                let mut parts = Vec::new();
                for (key, value) in members {
                    let key = self.key(key);
                    let value = self.flow(value);
                    parts.push(format!("{key}: {value}"));
                }
                let comma = self.pick(&[", ", " , ", ",  "]);
                format!("{{{}{}}}", parts.join(comma), self.pick(&["", ",", " "]))
            }
            Value::Array(items) => {
                let parts: Vec<String> = items.iter().map(|item| self.flow(item)).collect();
                format!("[{}{}]", parts.join(", "), self.pick(&["", ",", " "]))
            }
            Value::Bool(true) => self
                .pick(&[
                    "true",
                    "True",
                    "TRUE",
                    "yes",
                    "Yes",
                    "YES",
                    "on",
                    "On",
                    "ON",
                    "y",
                    "Y",
                    "!!bool \"true\"",
                    "!!bool yes",
                ])
                .to_owned(),
            Value::String(text) => match self.random.below(4) {
                0 => format!("'{text}'"),
                1 => format!("!!str {text:?}"),
                _ => format!("{text:?}"),
            },
            other => other.to_string(),
        }
    }

    fn key(&mut self, key: &str) -> String {
        match self.random.below(9) {
            0 => format!("'{key}'"),
            1 => format!("{key:?}"),
            2 => {
                let (first, rest) = key.split_at(1);
                format!("\"\\x{:02x}{rest}\"", first.as_bytes()[0])
            }
            3 => format!("!!str {key}"),
            _ => key.to_owned(),
        }
    }
}
