//! `emr-cluster-open`: the instances of an EMR cluster are open to the internet.

use crate::clouds::aws::network::RULES;
use crate::model::subject::Subject;
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::opening::openings;
use crate::rules::net::opening::Direction;
use crate::rules::net::sources::World;

declare_rule! {
    /// EMR cluster is open to the internet
    ///
    /// # What it checks
    /// The security groups that `ec2_attributes` of an `aws_emr_cluster` names, for the primary
    /// node, the other nodes or the service. A group in the plan must not have an ingress rule that
    /// is open to the internet, on any port. Inline blocks and separate rule resources count;
    /// ranges and prefix lists are read as in `security-group-admin-port-open`. Groups that are
    /// named by an id and are not in the plan are not judged, nor are the ones that EMR creates
    /// itself when none is named.
    /// # Why
    /// A cluster holds copies of the data that it processes, and its web interfaces and job
    /// endpoints ask for no password. EMR itself refuses to start such a cluster while its block
    /// public access setting is on. Severity is high rather than critical because the instances
    /// also need a public address.
    /// # How to fix
    /// Let in your own networks only:
    ///
    /// ```hcl
    /// ingress {
    ///   from_port   = 8443
    ///   to_port     = 8443
    ///   protocol    = "tcp"
    ///   cidr_blocks = ["10.20.0.0/16"]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-block-public-access.html>
    /// - <https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-man-sec-groups.html>
    id: "emr-cluster-open",
    severity: High,
    service: "EMR",
    types: ["aws_emr_cluster"],
    frameworks: [("NIST 800-53", ["AC-4", "SC-7"])],
    params: [],
    check: State(check),
}

const MESSAGE: &str = "a security group of the cluster lets the internet in";
const UNKNOWN: &str = "a security group of the cluster may let the internet in";

const GROUPS: [&str; 5] = [
    "emr_managed_master_security_group",
    "emr_managed_slave_security_group",
    "service_access_security_group",
    "additional_master_security_groups",
    "additional_slave_security_groups",
];

fn check(view: &View<'_>, answers: &mut Answers) {
    let attributes = view.attribute("ec2_attributes");
    if let (true, Some(why)) = (attributes.elements().is_empty(), attributes.rest()) {
        answers.undetermined("ec2_attributes", UNKNOWN, why);
        return;
    }
    for name in GROUPS {
        let path = format!("ec2_attributes[0].{name}");
        let groups = view.follow(&path);
        let value = view.at(&path);
        // An id that the plan shows belongs to one of its groups or to one from elsewhere; an
        // unknown id must lead to a group.
        if let Some(why) = value.doubt().filter(|_| groups.certain.is_empty()) {
            answers.undetermined(path.as_str(), UNKNOWN, why);
        } else if let Some(why) = groups.doubt() {
            answers.undetermined(path.as_str(), UNKNOWN, why);
        }
        for group in groups.certain {
            match world(view, group) {
                World::No => {}
                World::Yes(_) => {
                    answers.violated(path.as_str(), MESSAGE).with_detail(group.address.clone());
                }
                World::Maybe { why, .. } => {
                    answers.undetermined(path.as_str(), UNKNOWN, &why);
                }
            }
        }
    }
}

/// Whether a group, with the separate rules that name it, is open to the internet.
fn world(view: &View<'_>, group: &Subject) -> World {
    let Some(group) = view.all_subjects().iter().find(|subject| subject.id == group.id) else {
        return World::No;
    };
    let group = view.look_at(group);
    let mut all = openings(&group, Direction::Ingress);
    for kind in RULES {
        for rule in group.pointing_here(kind, "security_group_id").certain {
            all.extend(openings(&view.look_at(rule), Direction::Ingress));
        }
    }
    let mut doubt = World::No;
    for opening in all {
        match (opening.world(), opening.traffic.condition()) {
            (World::No, _) => {}
            (World::Yes(open), None) => return World::Yes(open),
            (World::Yes(open), Some((field, why))) => {
                let families = open.into_iter().map(|(family, _)| family).collect();
                doubt = World::Maybe { path: (*field).to_owned(), why: why.clone(), families };
            }
            (maybe, _) => doubt = maybe,
        }
    }
    doubt
}
