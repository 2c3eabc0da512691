//! The programs and data that tests compare with: each has a name, and a test whose peer is missing
//! says so loudly, or fails when `HOLDPOINT_STRICT` names it.
//!
//! `HOLDPOINT_STRICT` is a list of names with commas between them, or `all`. A name that does not
//! exist fails: a typo must not make a test optional.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Every peer: its name, and what to do to have it.
pub(crate) const PEERS: &[(&str, &str)] = &[
    ("actionlint", "`.ci/linters FOLDER`, and add FOLDER/bin to PATH"),
    ("binutils", "install it, for `readelf`"),
    ("cases", "name the folder of cases in HOLDPOINT_CASES, or put it at ../shared/cases"),
    ("cfn-lint", "`.ci/aws/install FOLDER`, and name it in HOLDPOINT_AWS_PEERS"),
    ("checkov", "`.ci/linters FOLDER`, and add FOLDER/bin to PATH"),
    ("chromium", "install Debian's `chromium`, or name a browser in HOLDPOINT_CHROMIUM"),
    ("chroot", "allow user namespaces, or `sudo` without a password; root has what it needs"),
    ("conftest", "`.ci/rego/install FOLDER`, and name it in HOLDPOINT_REGO_PEERS"),
    ("guard-full", "set HOLDPOINT_GUARD_FULL; the proof of the full guard takes half a minute"),
    ("iam-simulate", "`.ci/iam/install FOLDER`, and name it in HOLDPOINT_IAM_PEERS"),
    ("kubectl", "install it"),
    (
        "kubernetes-reader",
        "`.ci/kubernetes/install FOLDER`, and name it in HOLDPOINT_KUBERNETES_PEERS",
    ),
    (
        "labelled",
        "name the folder of labelled plans in HOLDPOINT_LABELLED, or put it at ../shared/labelled",
    ),
    ("linux-x86-64", "run the tests on such a machine"),
    ("ministack", "`.ci/aws/install FOLDER`, and name it in HOLDPOINT_AWS_PEERS"),
    ("moto", "`.ci/aws/install FOLDER`, and name it in HOLDPOINT_AWS_PEERS"),
    ("npm", "install Node.js"),
    ("opa", "`.ci/rego/install FOLDER`, and name it in HOLDPOINT_REGO_PEERS"),
    ("openssl", "install one that knows Ed25519"),
    ("pip", "install Python with its module `venv`"),
    (
        "pod-security",
        "`.ci/kubernetes/install FOLDER`, and name FOLDER/testdata in HOLDPOINT_POD_SECURITY",
    ),
    (
        "provider-mirror",
        "name a mirror that holds hashicorp/aws 3.39.0 in HOLDPOINT_PROVIDER_MIRROR",
    ),
    ("python3", "install Python 3.11 or newer"),
    (
        "rego-sets",
        "name the folder of public policy sets in HOLDPOINT_REGO_SETS, and OPA in HOLDPOINT_OPA",
    ),
    ("schemas", "`.ci/schemas FOLDER`, and name it in HOLDPOINT_SCHEMAS"),
    ("shellcheck", "`.ci/linters FOLDER`, and add FOLDER/bin to PATH"),
    ("terraform", "install it"),
    ("tofu", "`.ci/tofu/install FOLDER`, and name it in HOLDPOINT_TOFU_PEER"),
    ("trivy", "`.ci/linters FOLDER`, and add FOLDER/bin to PATH"),
    ("zizmor", "`.ci/linters FOLDER`, and add FOLDER/bin to PATH"),
];

/// Whether `HOLDPOINT_STRICT` names a peer.
pub(crate) fn is_required(name: &str) -> bool {
    let list = std::env::var("HOLDPOINT_STRICT").unwrap_or_default();
    required(&list).unwrap_or_else(|why| panic!("{why}")).contains(&name)
}

/// The peers that a list names.
pub(crate) fn required(list: &str) -> Result<Vec<&'static str>, String> {
    let mut found = Vec::new();
    for part in list.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        if part == "all" {
            found.extend(PEERS.iter().map(|(name, _)| *name));
            continue;
        }
        let Some((name, _)) = PEERS.iter().find(|(name, _)| *name == part) else {
            let near = PEERS.iter().map(|(name, _)| *name);
            let near = near.max_by(|a, b| {
                strsim::jaro_winkler(a, part).total_cmp(&strsim::jaro_winkler(b, part))
            });
            return Err(format!(
                "`{part}` in HOLDPOINT_STRICT is no peer; did you mean `{}`?",
                near.unwrap_or_default()
            ));
        };
        found.push(*name);
    }
    Ok(found)
}

/// Says loudly that a peer is missing, so that a test cannot run; fails where it is required.
/// A passing test's `eprintln!` would be swallowed.
pub(crate) fn missing(name: &str) {
    let (_, help) = PEERS
        .iter()
        .find(|(known, _)| *known == name)
        .unwrap_or_else(|| panic!("`{name}` is not listed in tests/common/peers.rs"));
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    assert!(!is_required(name), "{test} needs `{name}`, which HOLDPOINT_STRICT requires: {help}");
    let mut uncaptured = std::io::stderr();
    writeln!(uncaptured, "NOT RUN: {test}: `{name}` is missing: {help}").unwrap();
}

/// A program of this name in PATH.
pub(crate) fn in_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// A peer that is a program in PATH; none, with a loud notice, when it is not there.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let found = in_path(name);
    if found.is_none() {
        missing(name);
    }
    found
}

/// The output of a peer that is a program in PATH; none, with a loud notice, when it is not there. One that
/// is there and does not start fails.
pub(crate) fn output_of(command: &mut Command) -> Option<Output> {
    let name = command.get_program().to_string_lossy().into_owned();
    program(&name)?;
    Some(command.output().unwrap_or_else(|why| panic!("`{name}` does not start: {why}")))
}

/// A peer below the folder that a variable names; none, with a loud notice, when the variable is not set.
/// One that is set and leads nowhere is a mistake, and no reason to compare with nothing.
pub(crate) fn below(name: &str, variable: &str, path: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os(variable) else {
        missing(name);
        return None;
    };
    let path = Path::new(&folder).join(path);
    assert!(path.exists(), "{variable} is set, and {} is not there", path.display());
    Some(path)
}

/// Data that lies beside the repository, or where a variable names its folder: `path` within it.
pub(crate) fn beside(name: &str, variable: &str, path: &str) -> Option<PathBuf> {
    if std::env::var_os(variable).is_some() {
        return below(name, variable, path);
    }
    let found = super::root().join("../shared").join(name).join(path);
    if found.exists() {
        return Some(found);
    }
    missing(name);
    None
}
