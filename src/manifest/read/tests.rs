//! The composer: what it must read, what it must refuse.

use super::*;
use crate::model::node::Content;

fn single(text: &str) -> Node {
    let mut all = documents(text).unwrap();
    assert_eq!(all.len(), 1, "{text}");
    all.remove(0)
}

fn refused(text: &str) -> Fault {
    documents(text).unwrap_err()
}

fn at(node: &Node, keys: &[&str]) -> Content {
    node.at(keys).map_or(Content::Null, |node| node.content.clone())
}

#[test]
fn merge_keys_go_by_the_order_of_the_file_as_in_kubernetes() {
    let node = single("a: {b: 1, <<: {b: 2, c: 3}}\nd:\n  <<: {x: 1}\n  x: 2\n");
    assert_eq!(at(&node, &["a", "b"]), Content::Int(2));
    assert_eq!(at(&node, &["a", "c"]), Content::Int(3));
    assert_eq!(at(&node, &["d", "x"]), Content::Int(2));
    let node = single("x: &x {k: 1}\ny: &y {k: 2}\nz: {<<: [*x, *y]}\n");
    assert_eq!(at(&node, &["z", "k"]), Content::Int(1));
    assert_eq!(at(&single("{\"<<\": 1}"), &["<<"]), Content::Int(1));
    assert_eq!(refused("<<: 1\n").code, "manifest::syntax");
}

#[test]
fn a_key_that_stands_twice_is_named_with_its_place() {
    let fault = refused("a: 1\nb: 2\na: 3\n");
    assert_eq!((fault.code, fault.line, fault.column), ("manifest::duplicate-key", 3, 1));
    assert_eq!(refused("{\"a\": 1,\n \"a\": 2}").line, 2);
    assert_eq!(refused("yes: 1\ntrue: 2\n").code, "manifest::duplicate-key");
    let many: String = (0..40).map(|i| format!("k{i}: {i}\n")).collect();
    assert_eq!(refused(&format!("{many}k30: 1\n")).line, 41);
}

#[test]
fn many_documents_are_all_read() {
    assert_eq!(documents("---\na: 1\n---\n---\n# nothing\n---\nb: 2\n...\n").unwrap().len(), 2);
    assert_eq!(documents("{\"a\": 1}{\"b\": 2}\n[3]").unwrap().len(), 3);
    assert_eq!(documents("{a: 1}\n---\n{b: 2}\n").unwrap().len(), 2);
    assert_eq!(documents("a: 1\r\n---\r\nb: 2\r\n").unwrap().len(), 2);
    assert_eq!(documents("").unwrap().len(), 0);
}

#[test]
fn what_kubernetes_reads_as_a_line_break_is_refused() {
    for c in ['\u{85}', '\u{2028}', '\u{2029}'] {
        let fault = refused(&format!("a: 1\n# harmless {c}privileged: true\n"));
        assert_eq!((fault.code, fault.line), ("manifest::line-break", 2));
    }
    assert_eq!(refused("a: 1\n\0b: 2\n").code, "manifest::encoding");
    assert_eq!(
        at(&single("a: gr\u{fc}n \u{1f600}\n"), &["a"]),
        Content::Text("gr\u{fc}n \u{1f600}".into())
    );
}

#[test]
fn bombs_and_circles_end_at_once() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for i in 1..12 {
        let p = i - 1;
        bomb.push_str(&format!("a{i}: &a{i} [*a{p}, *a{p}, *a{p}, *a{p}, *a{p}, *a{p}, *a{p}]\n"));
    }
    assert_eq!(refused(&bomb).code, "manifest::alias");
    assert_eq!(refused("a: &a [*a]\n").code, "manifest::alias");
    assert_eq!(refused("a: &a {b: {c: *a}}\n").code, "manifest::alias");
    assert!(refused("a: *nobody\n").code.starts_with("manifest::"));
    for open in ["[", "{a: ", "- "] {
        refused(&open.repeat(100_000));
    }
    assert_eq!(refused(&format!("{{\"a\": {}", "[".repeat(100_000))).code, "manifest::too-deep");
    let nested: String = (0..3_000).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
    refused(&nested);
    // Anchors inside anchors would copy the same nodes again and again.
    let nested: String = (0..150).map(|i| format!("&a{i} [")).collect();
    let items = "1,".repeat(20_000);
    refused(&format!("{nested}{items}{}", "]".repeat(150)));
}

#[test]
fn every_node_knows_its_place() {
    let node = single("a:\n  - b: yes\n    c: 'two'\n  - {d: 3}\n");
    let (place, found, whole) = node.locate("a[0].c");
    assert!(whole);
    assert_eq!(found.content, Content::Text("two".into()));
    assert_eq!((place.line, place.column, place.end_line, place.end_column), (3, 8, 3, 13));
    let (place, _, _) = node.locate("a[0]");
    assert_eq!((place.line, place.column, place.end_column), (2, 5, 11));
    let (place, _, whole) = node.locate("a[1].missing.more");
    assert_eq!((place.line, whole), (4, false));
    let (place, _, _) = node.locate("a");
    assert_eq!((place.line, place.column, place.end_column), (1, 1, 2));
    let node = single("{\"a\": {\"b\": [1,\n 22]}}");
    let (place, _, _) = node.locate("a.b[1]");
    assert_eq!((place.line, place.column, place.end_column), (2, 2, 4));
}
