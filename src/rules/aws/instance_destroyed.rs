//! Rule `instance-destroyed`: in Rust because it judges the change, and by the disks that stay.

use crate::clouds::aws::holds::MACHINES;
use crate::model::truth::Truth;
use crate::model::value::{Unknown, Value};
use crate::model::view::View;
use crate::rules::{Answers, Transition};

declare_rule! {
    /// The change destroys a machine and its disks
    ///
    /// # What it checks
    /// Deletion or replacement of an instance, of a cluster of EMR, or of another machine that has
    /// disks of its own. The state before the change decides: nothing is reported for a Spot
    /// Instance, or if `delete_on_termination` is `false` for the root volume and for every other
    /// volume that is part of the instance. Volumes that are resources of their own
    /// (`aws_ebs_volume`) are detached, not destroyed. Machines of a group or fleet
    /// (`aws_autoscaling_group`, `aws_ec2_fleet`) stand in no plan and are not judged.
    ///
    /// # Why
    /// By default the root volume is deleted with the instance, and what was written to it is lost:
    /// logs, uploads, a database that somebody installed. A replacement, say for a new image, loses
    /// it just as much, and looks harmless in a diff. Severity is high because it is irreversible.
    /// Many teams treat their instances as disposable; they lower the severity, or turn the rule
    /// off, which leaves `stateful-resource-destroyed` as it is.
    ///
    /// # How to fix
    /// Keep the instance, or keep its disks: set `delete_on_termination = false` and apply that
    /// first. Where instances hold nothing, lower the severity in `holdpoint.toml`:
    ///
    /// ```toml
    /// [rules.instance-destroyed]
    /// severity = "medium"
    /// ```
    ///
    /// # References
    /// - <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/preserving-volumes-on-termination.html>
    /// - <https://developer.hashicorp.com/terraform/language/meta-arguments#lifecycle>
    id: "instance-destroyed",
    severity: High,
    service: "Change",
    types: { kinds },
    frameworks: [("NIST 800-53", ["CP-9", "CM-3"])],
    params: [],
    check: Change(check),
}

fn kinds() -> Vec<&'static str> {
    MACHINES.to_vec()
}

fn check(change: &Transition<'_>, answers: &mut Answers) {
    let Some(before) = &change.before else { return };
    let subject = before.subject;
    if !subject.actions().destroys() {
        return;
    }
    let loses = keeps_disks(before).not();
    let message = match subject.actions().is_replace() {
        true => "a machine is replaced, and the data on its disks is lost",
        false => "a machine and its disks are destroyed",
    };
    let forced = subject.plan().and_then(|plan| plan.replace_paths.first());
    let answer = answers.judge(&loses, "", message);
    if let (Some(answer), Some(path)) = (answer, forced) {
        answer.with_detail(format!("forced by {path}"));
    }
}

/// Whether nothing is lost with the machine.
fn keeps_disks(before: &View<'_>) -> Truth {
    let is_spot = before.attribute("instance_lifecycle").equals("spot");
    let root = before.attribute("root_block_device");
    if root.elements().is_empty() {
        // What the state does not show is deleted: that is the default.
        return is_spot;
    }
    let disks = before.attribute("ebs_block_device");
    let kept = |disk: &Value| disk.get("delete_on_termination").is_true().not().and(is_said(disk));
    let all = root.elements().iter().chain(disks.elements());
    is_spot.or(Truth::all(all.map(kept)))
}

/// Whether the state says what happens to the disk.
fn is_said(disk: &Value) -> Truth {
    match &*disk.get("delete_on_termination") {
        Value::Null => Truth::False,
        Value::Unknown(why) => Truth::Unknown(Unknown::clone(why)),
        _ => Truth::True,
    }
}
