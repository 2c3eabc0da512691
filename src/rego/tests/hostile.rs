//! Whatever a policy does, it ends within its limits, and it is never a pass.

use super::*;

/// The code of the fault that a policy ends with, at load or while it judges.
fn ends(policy: &str, input: &str) -> &'static str {
    match judge_with(policy, input, &short()) {
        Ok(judgement) => panic!("it passed: {judgement:?}"),
        Err(fault) => fault.code,
    }
}

#[test]
fn work_without_end_is_stopped() {
    let range = "numbers.range(1, 20000000)";
    for rule in [
        format!("some a in {range}; some b in {range}; a + b < 0"),
        format!("every a in {range} {{ every b in {range} {{ a + b > 0 }} }}"),
        "r := numbers.range(1, 1000); count({[a, b, c] | some a in r; some b in r; some c in r}) < 0".to_owned(),
        "r := numbers.range(1, 2000000); count([s | some a in r; s := sprintf(\"%9999d\", [a])]) < 0".to_owned(),
        "x := {\"a\": numbers.range(1, 1000000)}; count([1 | some i in numbers.range(1, 1000); walk(x, [p, i])]) < 0".to_owned(),
        "d := {sprintf(\"%d\", [i]): [sprintf(\"%d\", [j]) | some j in numbers.range(1, 3000)] | some i in numbers.range(1, 3000)}; count(graph.reachable_paths(d, {\"1\"})) < 0".to_owned(),
    ] {
        let policy = format!("package main\ndeny contains \"x\" if {{ {rule} }}\n");
        let code = ends(&policy, "{}");
        assert!(matches!(code, "rego::time-limit" | "rego::memory-limit"), "{rule}: {code}");
    }
}

#[test]
fn one_function_alone_cannot_overrun() {
    let limits = Limits { time: Duration::from_millis(300), memory: 1 << 30 };
    let options = Options { limits, ..Options::default() };
    let policy = "package main\ndeny contains \"x\" if { count(numbers.range(1, 20000000)) > 0 }\n";
    let fault = judge_with(policy, "{}", &options).unwrap_err();
    assert!(matches!(fault.code, "rego::time-limit" | "rego::memory-limit"), "{fault:?}");
}

#[test]
fn long_texts_and_deep_nests_are_refused() {
    let text = "a".repeat(10 << 20);
    let code = ends(&format!("package main\ndeny contains \"{text}\" if {{ true }}\n"), "{}");
    assert!(code.starts_with("rego::"));
    for nest in ["[", "{", "(", "not ", "{x | "] {
        let deep = nest.repeat(100_000);
        let code = ends(&format!("package main\ndeny contains x if {{ x := {deep} }}\n"), "{}");
        assert!(matches!(code, "rego::syntax" | "rego::time-limit"), "{nest}: {code}");
    }
    let input = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(ends("package main\ndeny contains \"x\" if { input }\n", &input), "rego::bad-input");
}

#[test]
fn long_texts_in_the_input_are_judged() {
    let input = format!("{{\"x\":\"{}\"}}", "a".repeat(10 << 20));
    let policy = "package main\ndeny contains \"x\" if { regex.match(`^(a+)+$`, input.x) }\n";
    let judgement = judge_with(policy, &input, &short());
    assert!(judgement.is_err() || judgement.is_ok_and(|judgement| judgement.failures.len() == 1));
}

proptest::proptest! {
    #[test]
    fn no_text_is_a_pass_or_a_panic(text in "\\PC{0,200}", tail in "[a-z \\[\\]{}(),:=\\n\"`_.0-9]{0,80}") {
        let whole = format!("package main\n{tail}\n");
        for policy in [&text, &whole] {
            if let Ok(policies) = policies(&[("p.rego", policy.as_str())], &short())
                && let Ok(names) = policies.select(&[])
            {
                let document = Document::json("i", "{}").unwrap();
                let _ = policies.judge(&document, &names);
            }
        }
    }
}
