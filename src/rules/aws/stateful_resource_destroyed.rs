//! Rule `stateful-resource-destroyed`: in Rust because it judges the change, not a state.

use crate::clouds::aws::holds::{DATA, STACKS};
use crate::model::truth::Truth;
use crate::model::value::Value;
use crate::model::view::View;
use crate::rules::{Answers, Transition};

declare_rule! {
    /// The change destroys a resource that holds data
    ///
    /// # What it checks
    /// Deletion or replacement of a resource of a type that holds data or the key to it: buckets,
    /// databases, tables, volumes, images, file systems, queues, streams, caches, indexes,
    /// registries, backups, secrets, keys, user pools, mailboxes, logs. So does one that holds other
    /// resources, which Terraform does not know and no plan shows: an account, a stack of
    /// `CloudFormation`, a cluster of Kubernetes. A deposed object, left over from an interrupted
    /// replacement, counts as well. A read replica does not: its data is elsewhere. Nor does a
    /// parameter of Systems Manager that is no `SecureString`: its value stands in the configuration.
    /// Leaving Terraform's state without being destroyed (`removed` with `destroy = false`) is not
    /// destruction. `instance-destroyed` covers machines with disks of their own, and
    /// `unknown-type-destroyed` types that holdpoint does not know.
    ///
    /// It also reports a change that switches off the protection of a resource that stays:
    /// `force_destroy`, `force_delete` or `skip_final_snapshot` switched on, `deletion_protection`
    /// switched off, a secret's recovery window set to 0. Usually that is the step before the
    /// destruction. A new resource may be created that way: there is nothing in it yet, and its
    /// destruction will be reported when it comes.
    ///
    /// # Why
    /// What is destroyed here does not come back with the next apply. A renamed resource or a
    /// changed argument that forces replacement looks harmless in a diff. Severity is high because
    /// it is irreversible but often intended, so a person must confirm it.
    ///
    /// # How to fix
    /// Keep the resource: move it with `moved`, release it with `removed`, or undo what forces its
    /// replacement. If it is intentional, waive this address.
    ///
    /// - Renamed or moved in the code: add a `moved` block.
    /// - No longer managed here: add a `removed` block with `destroy = false`.
    /// - Replaced because of an argument: keep the old value, or migrate the data first.
    /// - Intentional: waive this address, with a reason and a date. Set `prevent_destroy` on what
    ///   must stay.
    ///
    /// # References
    /// - <https://developer.hashicorp.com/terraform/language/meta-arguments#lifecycle>
    /// - <https://developer.hashicorp.com/terraform/language/block/removed>
    id: "stateful-resource-destroyed",
    severity: High,
    service: "Change",
    types: { kinds },
    frameworks: [("NIST 800-53", ["CP-9", "CM-3"])],
    params: [],
    check: Change(check),
}

fn kinds() -> Vec<&'static str> {
    [DATA, STACKS].concat()
}

fn check(change: &Transition<'_>, answers: &mut Answers) {
    let Some(before) = &change.before else { return };
    let subject = before.subject;
    if subject.actions().destroys() {
        destroyed(before, answers);
        return;
    }
    let Some(after) = &change.after else { return };
    if subject.actions().is_no_op() {
        return;
    }
    for catch in CATCHES {
        let off = catch.off(after).and(catch.off(before).not());
        answers.judge(&off, catch.attribute, catch.message);
    }
}

fn destroyed(before: &View<'_>, answers: &mut Answers) {
    let subject = before.subject;
    let source = before.attribute("replicate_source_db");
    if source.as_str().is_some_and(|source| !source.is_empty()) {
        return;
    }
    if subject.kind == "aws_ssm_parameter"
        && before.attribute("type").as_str().is_some_and(|own| own != "SecureString")
    {
        return;
    }
    let message = if subject.is_deposed() {
        "an object that holds data, left over from a replacement, is destroyed"
    } else if STACKS.contains(&subject.kind.as_str()) {
        "a resource that holds other resources, which the plan does not show, is destroyed"
    } else if subject.actions().is_replace() {
        "a resource that holds data is destroyed and recreated empty"
    } else {
        "a resource that holds data is destroyed"
    };
    let forced = subject
        .plan()
        .and_then(|plan| plan.replace_paths.first())
        .map(|path| format!("forced by {path}"));
    let answer = answers.violated("", message);
    if let Some(forced) = forced {
        answer.with_detail(forced);
    }
}

/// An attribute that protects data from being destroyed at once.
struct Catch {
    attribute: &'static str,
    /// The value with which the data is not safe.
    unsafe_when: Unsafe,
    message: &'static str,
}

/// When a catch is off.
enum Unsafe {
    /// When the attribute is true; *not set* is safe.
    True,
    /// When the attribute is false, `INACTIVE` or not set.
    Off,
    /// When the attribute is zero; *not set* is safe.
    Zero,
}

const FORCED: &str = "from now on its contents can be destroyed with it";
const NO_SNAPSHOT: &str = "no final snapshot will be taken when it is destroyed";
const UNPROTECTED: &str = "its deletion protection is switched off";

static CATCHES: &[Catch] = &[
    Catch { attribute: "force_destroy", unsafe_when: Unsafe::True, message: FORCED },
    Catch { attribute: "force_delete", unsafe_when: Unsafe::True, message: FORCED },
    Catch { attribute: "skip_final_backup", unsafe_when: Unsafe::True, message: NO_SNAPSHOT },
    Catch { attribute: "skip_final_snapshot", unsafe_when: Unsafe::True, message: NO_SNAPSHOT },
    Catch { attribute: "deletion_protection", unsafe_when: Unsafe::Off, message: UNPROTECTED },
    Catch {
        attribute: "deletion_protection_enabled",
        unsafe_when: Unsafe::Off,
        message: UNPROTECTED,
    },
    Catch {
        attribute: "recovery_window_in_days",
        unsafe_when: Unsafe::Zero,
        message: "it will be destroyed at once, with no recovery window",
    },
];

impl Catch {
    fn off(&self, view: &View<'_>) -> Truth {
        let value = view.attribute(self.attribute);
        match (&self.unsafe_when, value.as_ref()) {
            (_, Value::Unknown(why)) => Truth::Unknown(why.clone()),
            (Unsafe::True, value) => value.is_true(),
            (Unsafe::Off, value) => value.is_true().or(value.equals("ACTIVE")).not(),
            (Unsafe::Zero, value) => Truth::from(value.as_i64() == Some(0)),
        }
    }
}
