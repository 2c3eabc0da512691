//! Manifests are read as Kubernetes reads them: compared with `kubectl label --local`, document by
//! document. Says loudly when kubectl is not there.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, its helpers too"
)]

use crate::common;

use std::fs;
use std::path::Path;
use std::process::Command;

use holdpoint::manifest::read;
use holdpoint::model::node::Node;
use serde_json::{Map, Value};

const HEAD: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: {x: z}}\n";

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        (a, b) => a == b,
    }
}

/// What kubectl makes of a text; `None` when it refuses it.
fn kubectl(folder: &Path, text: &[u8]) -> Option<Vec<Value>> {
    let file = folder.join("m.yaml");
    fs::write(&file, text).unwrap();
    let run = Command::new("kubectl")
        .args(["label", "--local", "--overwrite", "-o", "json", "-f"])
        .arg(&file)
        .args(["x=y"])
        .env("KUBECONFIG", folder.join("none"))
        .output()
        .unwrap();
    if !run.status.success() {
        return None;
    }
    let stream = serde_json::Deserializer::from_slice(&run.stdout).into_iter::<Value>();
    Some(stream.map(Result::unwrap).collect())
}

fn ours(text: &[u8]) -> Result<Vec<Value>, String> {
    let text = read::text(text.to_vec()).map_err(|fault| fault.to_string())?;
    let nodes = read::unambiguous(&text).map_err(|fault| fault.to_string())?;
    let mut values: Vec<Value> = nodes.iter().map(Node::to_json).collect();
    for value in &mut values {
        if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            let labels = metadata.entry("labels").or_insert_with(|| Value::Object(Map::new()));
            labels["x"] = Value::from("y");
        }
    }
    Ok(values)
}

const SCALARS: &str = "y Y n N yes Yes YES yEs no No NO on On ON oN off Off OFF true True TRUE tRUE \
    false False FALSE null Null NULL nUll ~ 0 1 -1 +1 00 07 08 09 0644 0o644 0O17 0x1F 0X1f 0xg 0b11 \
    0B11 -0b11 0b12 1_000 _1 1_ 0x_1F +5 -0 1e3 1E3 1e+3 1e-3 1.5e3 .5 5. -.5 +.5 1.2.3 1.0 10.0 \
    1e400 12:30:45 1:2 190:20:30 2020-01-01 2020-01-01T00:00:00Z 2001-12-14t21:59:43.10-05:00 \
    9223372036854775807 9223372036854775808 -9223372036854775808 -9223372036854775809 \
    18446744073709551615 18446744073709551616 0x7fffffffffffffff 0xffffffffffffffff 0.1 100m 1Gi \
    0777 0888 1.10 v1.0 1,000 0x 0b 0o - . .. + +- .e3 1e 1e+ e3 infinity nan NaN Inf inf = < > \
    a:b a#b http://x @x";

const DOCUMENTS: &[&str] = &[
    "data: {a: {b: 1, <<: {b: 2, c: 3}}}",
    "data:\n  <<: {x: 1}\n  x: 2",
    "data:\n  x: 1\n  <<: {x: 2}",
    "data: {<<: [{a: 1}, {a: 2, b: 3}]}",
    "b: &b {k: v, n: {m: 1}}\ndata:\n  c: {<<: *b, n: 2}\n  d: *b",
    "b: &b [1, 2]\ndata: [*b, *b, {x: *b}]",
    "k: &k key\ndata: {*k : 1}",
    "a: &a 1\nb: &a 2\nc: *a",
    "data: {yes: a, no: b}",
    "data: {1: b, 0x10: c, 1.5: d}",
    "data: {on: [y, n, 'y', \"n\"]}",
    "data: {\"<<\": 1}",
    "data: {? a : b, ? c}",
    "data: {a: }",
    "data: {a, b: c}",
    "data: [a: 1, b: 2]",
    "data: !!str 123",
    "data: !!int \"3\"",
    "data: !!float 3",
    "data: !!bool \"yes\"",
    "data: !!binary aGVsbG8=",
    "data: !custom 3",
    "data: ! 3",
    "data: !!null ''",
    "data: !!timestamp 2020-01-01",
    "data: |\n  a\n   b\n\n  c\n",
    "data: |-\n  a\n\n",
    "data: |+\n  a\n\n\nb: 1",
    "data: >\n  a\n  b\n\n  c\n   d\n  e\n",
    "data: |2\n    a\n   b\n",
    "data: >-\n\n  x\n  y\n",
    "data: a\n  b\n  c",
    "data: 'it''s\n  folded\n\n  text'",
    "data: \"a\\n\\t\\x41\\u00e9\\U0001F600\\/\\e\\_\\ \\\n   joined\"",
    "data: 'a: b # c'",
    "data: a # comment",
    "data: a#b",
    "data:\n- a\n-  - b\n   - c\n-   d: e\n    f: g",
    "data:\n  - - - 1",
    "data:\n-\n  a: 1\n-\n- b",
    "data: {a: [1, 2,], b: {c: d,},}",
    "data: [\n1,\n  2\n]",
    "data: {\"a\":1,\"b\":[true,null]}",
    "data: {a: -, b: --- x}",
    "data: '---'",
    "data:\n  k: |\n    ---\n    a: b\n",
    "\"data\": 1\n'e': 2",
    "data: \u{fc}\u{1f600}",
    "data: a\u{a0}b",
    "data: {name: \"a\\\\b\"}",
    "data: [0x1F, 010, '010', \"yes\", yes, 'null', null, ~]",
    "data:\t1",
    "data: # nothing\n  a: 1",
    "data: \"\"\ne: ''",
    "# comment\ndata: 1\n# end",
    "data: {a: *b}",
    "data: &a [*a]",
    "data: {~: 1}",
    "data: {[a]: 1}",
    "data: .inf",
    "data: .nan",
    "data: [1",
    "data: {a: b: c}",
    "data: \"x",
    "data: a: b",
    "  data: 1\n e: 2",
    "data: @x",
    "data: `x`",
    "data: %x",
    "data: !!int x",
    "data: <<",
    "data: {<<: 1}",
    "data: *",
    "data: x\u{1}y",
    "data: {{ .Values.x }}",
];

/// Whole files.
const STREAMS: &[&str] = &[
    "---\nHEAD---\nHEADdata: 1\n---\n",
    "---\n\n---\n# nothing\n---\nHEAD",
    "--- # comment\nHEAD",
    "HEAD---\r\nHEAD",
    "HEAD...\n---\nHEAD",
    "%YAML 1.1\n---\nHEAD",
    "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"}}",
    "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"},\"data\":{\"a\":1.0,\"b\":1e2,\"c\":-0.5,\"d\":\"\\u00e9\\ud83d\\ude00\\/\",\"e\":[],\"f\":{}}}\n{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"b\"}}",
    "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"}}{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"b\"}}",
    "  \n {\"apiVersion\":\"v1\",\n\t\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"a\"}}  \n",
    "HEAD---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: f}}\n",
    "\u{feff}HEAD",
];

#[test]
fn documents_are_read_as_kubectl_reads_them() {
    if common::peers::program("kubectl").is_none() {
        return;
    }
    let mut texts: Vec<String> = Vec::new();
    for scalar in SCALARS.split_whitespace() {
        texts.push(format!("{HEAD}data: {scalar}\n"));
        texts.push(format!("{HEAD}data: [{scalar}, {{a: {scalar}}}]\n"));
        texts.push(format!("{HEAD}data:\n  {scalar}: 'x'\n  z: '{scalar}'\n"));
    }
    texts.extend(DOCUMENTS.iter().map(|text| format!("{HEAD}{text}\n")));
    texts.extend(STREAMS.iter().map(|text| text.replace("HEAD", HEAD)));
    texts.extend(DOCUMENTS.iter().map(|text| format!("{HEAD}{text}\n").replace('\n', "\r\n")));
    assert!(texts.len() >= 300, "{}", texts.len());
    let (mut wrong, mut refused, mut strict, mut merges) = (Vec::new(), 0, 0, 0);
    let folders: Vec<_> = (0..4).map(|_| tempfile::tempdir().unwrap()).collect();
    let chunk = texts.len().div_ceil(folders.len());
    let answers: Vec<Option<Vec<Value>>> = std::thread::scope(|scope| {
        let runs: Vec<_> = texts
            .chunks(chunk)
            .zip(&folders)
            .map(|(part, folder)| {
                scope.spawn(move || {
                    let ask = |text: &String| kubectl(folder.path(), text.as_bytes());
                    part.iter().map(ask).collect::<Vec<_>>()
                })
            })
            .collect();
        runs.into_iter().flat_map(|run| run.join().unwrap()).collect()
    });
    for (text, theirs) in texts.iter().zip(answers) {
        match (ours(text.as_bytes()), theirs) {
            (Ok(ours), Some(theirs)) => {
                let right =
                    ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(a, b)| same(a, b));
                if !right {
                    wrong.push(format!("{text:?}\n  ours   {ours:?}\n  theirs {theirs:?}"));
                }
            }
            // The parser takes a lone dash in `[-]` for the beginning of a list, as YAML 1.2 does.
            (Err(fault), Some(_)) if fault.contains("cannot start with '-'") => strict += 1,
            // kustomize and others read it otherwise than kubectl.
            (Err(fault), Some(_)) if fault.contains("which it would replace") => merges += 1,
            (Err(fault), Some(theirs)) => {
                wrong.push(format!("{text:?}\n  ours   {fault}\n  theirs {theirs:?}"));
            }
            // Reading what kubectl refuses is no way past the gate.
            (_, None) => refused += 1,
        }
    }
    assert!(strict <= 3, "{strict}");
    assert_eq!(merges, 4, "each of two, with both kinds of line breaks");
    assert!(refused < texts.len() / 5, "kubectl refused {refused} of {}", texts.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), texts.len(), wrong.join("\n"));
}
