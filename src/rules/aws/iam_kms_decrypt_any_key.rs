//! `iam-kms-decrypt-any-key`: one policy opens everything that is encrypted.

use super::shared::managed;
use super::shared::policies::{Wording, identity};
use super::shared::risky;
use super::shared::types::GRANTS;
use crate::iam::{Statement, classes};
use crate::model::truth::Truth;
use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// IAM policy allows decryption with every KMS key
    ///
    /// # What it checks
    /// An identity policy (see `iam-wildcard-action`) must not have a statement that allows
    /// `kms:Decrypt` or `kms:ReEncryptFrom`, by name or by a pattern, on every key: `*`,
    /// `arn:aws:kms:*:*:key/*`, all keys of an account. Conditions on `kms:ViaService`, an
    /// encryption context, an alias or a resource tag count as a restriction. `kms:*` on every key
    /// is reported by `iam-service-wildcard` only.
    /// # Why
    /// Encryption only separates what the keys separate. Whoever may decrypt with every key can
    /// read any ciphertext they get hold of; the key policy usually leaves that decision to IAM.
    /// Severity is medium because it also takes the ciphertext.
    /// # How to fix
    /// Name the keys that the workload decrypts with:
    ///
    /// ```hcl
    /// statement {
    ///   actions   = ["kms:Decrypt"]
    ///   resources = [aws_kms_key.orders.arn]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html>
    /// - <https://docs.aws.amazon.com/kms/latest/developerguide/iam-policies-best-practices.html>
    id: "iam-kms-decrypt-any-key",
    severity: Medium,
    service: "IAM",
    types: GRANTS,
    frameworks: [("AWS FSBP", ["KMS.1", "KMS.2"]), ("NIST 800-53", ["AC-3", "AC-6"])],
    params: [],
    yields_to: ["iam-admin-policy-attached", "iam-wildcard-action", "iam-service-wildcard", "iam-not-action-allow"],
    check: State(check),
}

const WORDING: Wording = Wording {
    certain: "the policy allows decryption with every key",
    possible: "the policy may allow decryption with every key",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    managed::judge(view, answers, "iam-kms-decrypt-any-key", WORDING.certain);
    risky::judge_statements(answers, &identity(view), decrypts, &WORDING);
}

fn decrypts(statement: &Statement) -> Truth {
    // Every action on every resource has its own rule.
    if statement.grants_everything().is_true() {
        return Truth::False;
    }
    statement
        .allows
        .clone()
        .and(statement.names("kms:Decrypt").or(statement.names("kms:ReEncryptFrom")))
        .and(statement.reaches_all_of("kms", &["key/"]))
        .and(classes::limited(statement).not())
}
