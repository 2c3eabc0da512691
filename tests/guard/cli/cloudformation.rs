//! What is rendered for CloudFormation, read by its linter where that is installed: it comes with the
//! peers that `.ci/aws/install` installs.

use std::process::Command;

use super::guard;
use crate::common::{peers, scratch};

#[test]
fn the_linter_of_cloudformation_has_nothing_to_say() {
    let found = peers::below("cfn-lint", "HOLDPOINT_AWS_PEERS", "bin/cfn-lint");
    let Some(lint) = found else { return };
    let folder = scratch();
    for kind in ["scp", "managed-policy", "boundary", "rcp"] {
        let args = ["--service", "sqs", "--service", "sns", "--as", kind];
        let template =
            guard("render", &[args.as_slice(), &["--format", "cloudformation"]].concat());
        assert_eq!(template.code, Some(0), "{}", template.stderr);
        let file = folder.path().join(format!("{kind}.json"));
        std::fs::write(&file, template.stdout).unwrap();
        let done = Command::new(&lint)
            .arg(&file)
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .output()
            .unwrap();
        let output = String::from_utf8_lossy(&done.stdout).into_owned();
        assert!(done.status.success() && output.trim().is_empty(), "{kind}: {output}");
    }
}
