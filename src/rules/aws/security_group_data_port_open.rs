//! `security-group-data-port-open`: databases, caches and control planes from the internet.

use super::shared::types::OPENINGS;
use std::borrow::Cow;

use crate::model::rule::{Param, ParamSpec};
use crate::model::view::View;
use crate::rules::Answers;
use crate::rules::aws::network::exposure;
use crate::rules::net::exposure::Wording;
use crate::rules::net::ports::Target;
use crate::rules::net::services::DATA_PORT_NUMBERS;

declare_rule! {
    /// Database or internal service port is open to the internet
    ///
    /// # What it checks
    /// An ingress rule must not let the internet reach a port of a service that stores data or
    /// controls machines, over TCP or UDP: databases (MySQL, PostgreSQL, SQL Server, Oracle,
    /// MongoDB, Redshift, Cassandra, ...), caches (Redis, Memcached), search (Elasticsearch,
    /// Kibana), queues (Kafka, AMQP), Hadoop, Kubernetes (API, kubelet, etcd), Docker, Salt and
    /// Puppet, file services (SMB, NFS, FTP, rsync), mailboxes (POP3, IMAP), and legacy remote
    /// access (Telnet, rsh, VNC, WinRM). `ports` replaces the list. Rules, ranges, prefix lists and
    /// unknown values are read as in `security-group-admin-port-open`.
    ///
    /// What `security-group-all-traffic-open` or `security-group-admin-port-open` already reports
    /// for the same attribute is not reported here again, unless those rules do not run. It is
    /// reported here as well if the latter is waived: a waiver for SSH does not cover a database.
    /// # Why
    /// These services are made for private networks. Many ask for no password by default (Redis,
    /// Memcached, Elasticsearch, Docker, etcd), and all of them are scanned for constantly; open
    /// databases are copied or held for ransom within hours. Severity is high rather than critical
    /// because some do ask for credentials, and because a range may include a port where nothing
    /// listens.
    /// # How to fix
    /// Allow the security group of the clients instead of addresses:
    ///
    /// ```hcl
    /// ingress {
    ///   from_port       = 5432
    ///   to_port         = 5432
    ///   protocol        = "tcp"
    ///   security_groups = [aws_security_group.app.id]
    /// }
    /// ```
    /// # References
    /// - <https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html>
    /// - <https://www.iana.org/assignments/service-names-port-numbers/service-names-port-numbers.xhtml>
    id: "security-group-data-port-open",
    severity: High,
    service: "EC2",
    types: OPENINGS,
    frameworks: [
        ("AWS FSBP", ["EC2.19"]),
        ("CIS AWS Foundations 5.0.0", ["5.1.2"]),
        ("NIST 800-53", ["AC-4", "CM-7", "SC-7"]),
    ],
    params: [ParamSpec {
        name: Cow::Borrowed("ports"),
        help: Cow::Borrowed("the ports that must not be open to the internet, over TCP and UDP"),
        default: Param::Ints(Cow::Borrowed(&DATA_PORT_NUMBERS)),
    }],
    yields_to: ["security-group-all-traffic-open", "security-group-admin-port-open"],
    check: State(check),
}

const WORDING: Wording = Wording {
    alone: "a database or internal service port is open to the internet",
    together: "several rules together open a database or internal service port to the internet",
    unknown: "a database or internal service port may be open to the internet",
};

fn check(view: &View<'_>, answers: &mut Answers) {
    let targets = Target::tcp_and_udp(view.params().ints("ports"));
    exposure::judge(view, &targets, &WORDING, answers);
}
