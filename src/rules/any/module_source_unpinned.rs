//! `module-source-unpinned`: in Rust because it reads the address of a module.

use crate::model::view::View;
use crate::rules::Answers;

declare_rule! {
    /// Module is not pinned to a version
    ///
    /// # What it checks
    /// The `source` of every module call, including calls inside modules:
    /// - a module from a registry must have a `version` with an upper bound (`~> 5.0`, `5.1.2`);
    /// - a module from a Git or Mercurial repository must name a commit or a tag (`?ref=v1.2.0`). A
    ///   `ref` without a digit (`main`) is taken for a branch;
    /// - an archive must not be fetched without TLS.
    ///
    /// Modules in the same repository (`./net`) need no version.
    /// # Why
    /// The lock file does not cover modules: the next `terraform init` runs whatever is published
    /// by then, with the credentials of the apply, and the plan that was reviewed yesterday is a
    /// different one today. Severity is medium because somebody has to publish something malicious,
    /// and the plan shows what it does.
    /// # How to fix
    /// Pin the version, or the commit:
    ///
    /// ```hcl
    /// module "net" {
    ///   source  = "terraform-aws-modules/vpc/aws"
    ///   version = "~> 5.0"
    /// }
    /// ```
    /// # References
    /// - <https://developer.hashicorp.com/terraform/language/modules/sources>
    id: "module-source-unpinned",
    severity: Medium,
    service: "Terraform",
    types: ["module"],
    frameworks: [("NIST 800-53", ["CM-2", "SR-3"])],
    params: [],
    covers: nothing,
    check: State(check),
}

fn check(view: &View<'_>, answers: &mut Answers) {
    let source = view.attribute("source");
    // The source is empty if the plan is too old to show it.
    let Some(source) = source.as_str() else { return };
    match Kind::of(source) {
        Kind::Local | Kind::Archive => {}
        Kind::Plain => {
            answers.violated("source", "the module is fetched without TLS");
        }
        Kind::Repository(reference) => match reference {
            None => {
                answers.violated("source", "the source names neither a commit nor a tag");
            }
            Some(reference) if !reference.chars().any(|c| c.is_ascii_digit()) => {
                answers.violated("source", "the source names a branch, which can move");
            }
            Some(_) => {}
        },
        Kind::Registry => {
            let version = view.attribute("version");
            match version.as_str() {
                None | Some("") => {
                    answers.violated("version", "the module has no version constraint");
                }
                Some(version) if is_open(version) => {
                    answers
                        .violated("version", "the module's version constraint has no upper bound");
                }
                Some(_) => {}
            }
        }
    }
}

/// Where a module comes from.
#[derive(Debug, PartialEq)]
enum Kind<'s> {
    /// A local folder.
    Local,
    /// A registry.
    Registry,
    /// A repository, and the requested revision.
    Repository(Option<&'s str>),
    /// A file from a server or a bucket.
    Archive,
    /// An archive that is fetched without TLS.
    Plain,
}

impl<'s> Kind<'s> {
    fn of(source: &'s str) -> Self {
        let source = source.trim();
        if source.starts_with(['.', '/', '~']) || source.contains('\\') {
            return Self::Local;
        }
        let (getter, address) = match source.split_once("::") {
            Some((getter, address)) => (getter, address),
            None => ("", source),
        };
        let hosts = ["git@", "github.com/", "bitbucket.org/", "ssh://", "git://"];
        let path = address.split('?').next().unwrap_or_default();
        let is_git = path.ends_with(".git") || path.contains(".git//");
        if matches!(getter, "git" | "hg") || hosts.iter().any(|h| address.starts_with(h)) || is_git
        {
            return Self::Repository(revision(address));
        }
        if address.starts_with("http://") {
            return Self::Plain;
        }
        if !getter.is_empty() || address.contains("://") {
            return Self::Archive;
        }
        Self::Registry
    }
}

/// `ref` of Git, `rev` of Mercurial.
fn revision(address: &str) -> Option<&str> {
    let (_, query) = address.split_once('?')?;
    let pair = query.split('&').filter_map(|pair| pair.split_once('='));
    let mut found =
        pair.filter(|(name, value)| matches!(*name, "ref" | "rev") && !value.is_empty());
    found.next().map(|(_, value)| value)
}

/// Whether a constraint allows every later version.
fn is_open(constraint: &str) -> bool {
    let open = |part: &str| part.starts_with('>') || part.starts_with("!=");
    constraint.split(',').map(str::trim).all(open)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_told_apart() {
        for (source, kind) in [
            ("./net", Kind::Local),
            ("../../net", Kind::Local),
            ("terraform-aws-modules/vpc/aws", Kind::Registry),
            ("app.terraform.io/example/vpc/aws//modules/x", Kind::Registry),
            ("github.com/example/net", Kind::Repository(None)),
            ("github.com/example/net?ref=v1", Kind::Repository(Some("v1"))),
            ("git@github.com:example/net.git", Kind::Repository(None)),
            (
                "git::https://example.com/net.git//a?depth=1&ref=main",
                Kind::Repository(Some("main")),
            ),
            ("git::ssh://git@example.com/net", Kind::Repository(None)),
            ("hg::http://example.com/net?rev=12", Kind::Repository(Some("12"))),
            ("https://example.com/net.zip", Kind::Archive),
            ("s3::https://s3.amazonaws.com/example/net.zip", Kind::Archive),
            ("http://example.com/net.zip", Kind::Plain),
        ] {
            assert_eq!(Kind::of(source), kind, "{source}");
        }
    }

    #[test]
    fn open_constraints() {
        assert!(is_open(">= 1.0") && is_open("> 1, != 1.5"));
        assert!(!is_open("~> 1.0") && !is_open("1.2.3") && !is_open(">= 1.0, < 2.0"));
    }
}
