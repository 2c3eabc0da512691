//! Where the time of `holdpoint plan` goes: each stage alone, beside a validating skip.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a benchmark fails by panicking")]

#[path = "shared/replicate.rs"]
mod replicate;

use std::io::Write;
use std::sync::Arc;

use divan::{Bencher, black_box};
use holdpoint::decide::Config;
use holdpoint::gate::{self, PlanRequest};
use holdpoint::model::rule::Params;
use holdpoint::rules::{Selected, catalogue, evaluate};
use holdpoint::terraform::Plan;

const RESOURCES: [usize; 2] = [1_000, 10_000];

fn main() {
    divan::main();
}

fn text(resources: usize) -> String {
    let mut bytes = Vec::new();
    replicate::write(resources, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The floor: everything is checked to be JSON, nothing is kept.
#[divan::bench(args = RESOURCES)]
fn skip(bencher: Bencher<'_, '_>, resources: usize) {
    let text = text(resources);
    bencher.bench(|| serde_json::from_str::<serde::de::IgnoredAny>(black_box(&text)).unwrap());
}

#[divan::bench(args = RESOURCES)]
fn read(bencher: Bencher<'_, '_>, resources: usize) {
    let text = text(resources);
    bencher.bench(|| Plan::read(black_box(&text), false).map(drop).unwrap());
}

/// Every rule over a plan that was read; wall time on all cores.
#[divan::bench(args = RESOURCES)]
fn rules(bencher: Bencher<'_, '_>, resources: usize) {
    let text = text(resources);
    let selected: Vec<Selected> = catalogue::all()
        .iter()
        .map(|rule| {
            let params = Arc::new(Params::defaults(&rule.meta));
            Selected { rule, params, severity: rule.meta.severity, waived: false }
        })
        .collect();
    // What a plan works out once is part of the work: a fresh one for every run.
    bencher
        .with_inputs(|| Plan::read(&text, false).unwrap_or_else(|error| panic!("{error}")))
        .bench_refs(|plan| evaluate::evaluate(plan, &selected));
}

/// From the file to the verdict.
#[divan::bench(args = RESOURCES)]
fn gate(bencher: Bencher<'_, '_>, resources: usize) {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text(resources).as_bytes()).unwrap();
    let inputs = [file.path().to_str().unwrap().to_owned()];
    let config = Config::default();
    let today = jiff::civil::date(2026, 1, 1);
    let request = PlanRequest {
        inputs: &inputs,
        source: None,
        terraform_bin: None,
        allow_partial: false,
        config: &config,
        policies: None,
        today,
    };
    bencher.bench(|| gate::plan(black_box(&request)));
}
