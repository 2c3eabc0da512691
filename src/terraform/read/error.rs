//! Why a plan could not be read, and what to do about it.
//!
//! No message holds a value of the plan: the text of a JSON error may quote one.

use std::fmt;

/// A plan that cannot be judged. Each is exit code 2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadError {
    /// The file cannot be opened or read; the operating system's reason.
    Unreadable(String),
    /// Neither UTF-8 nor UTF-16.
    Encoding,
    /// Nothing but white space.
    Empty,
    /// The JSON ends too early; line and column.
    Truncated(usize, usize),
    /// There is more behind the plan's JSON; line and column.
    TrailingJunk(usize, usize),
    /// Something stands before the JSON, as setup-terraform's wrapper writes it.
    LeadingNoise,
    /// The human-readable output of `terraform show` or `terraform plan`.
    ShowText,
    /// The log of `terraform plan -json`.
    JsonLog,
    /// No JSON at all.
    NotJson,
    /// JSON that breaks the grammar or a type; line and column.
    Malformed(usize, usize),
    /// A key stands twice where it must stand once.
    DuplicateKey(usize, usize),
    /// Nested deeper than any real plan.
    TooDeep,
    /// A Terraform state.
    State,
    /// JSON, but no plan.
    NotAPlan,
    /// A saved plan of HCP Terraform that holds only a link.
    CloudPlan,
    /// A format that this version does not know.
    FormatVersion(String),
    /// `planned_values` holds resources, but there are no `resource_changes`.
    NoChanges,
    /// Terraform failed while it planned.
    Errored,
    /// Terraform planned only a part: deferred changes, `-target` or `complete: false`.
    Partial,
    /// The same address stands twice.
    DuplicateAddress(String),
    /// A resource change that lacks what every change has; its address and what is missing.
    BadChange(String, &'static str),
    /// A binary plan, and no terraform or tofu to show it.
    NoTerraform,
    /// `terraform show -json` failed, with its last line.
    Terraform(String),
}

impl ReadError {
    /// A stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "plan::unreadable",
            Self::Encoding => "plan::encoding",
            Self::Empty => "plan::empty",
            Self::Truncated(..) => "plan::truncated",
            Self::TrailingJunk(..) => "plan::trailing-junk",
            Self::LeadingNoise => "plan::leading-noise",
            Self::ShowText => "plan::show-text",
            Self::JsonLog => "plan::json-log",
            Self::NotJson => "plan::not-json",
            Self::Malformed(..) => "plan::malformed",
            Self::DuplicateKey(..) => "plan::duplicate-key",
            Self::TooDeep => "plan::too-deep",
            Self::State => "plan::state",
            Self::NotAPlan => "plan::not-a-plan",
            Self::CloudPlan => "plan::cloud-plan",
            Self::FormatVersion(_) => "plan::format-version",
            Self::NoChanges => "plan::no-changes",
            Self::Errored => "plan::errored",
            Self::Partial => "plan::partial",
            Self::DuplicateAddress(_) => "plan::duplicate-address",
            Self::BadChange(..) => "plan::bad-change",
            Self::NoTerraform => "plan::no-terraform",
            Self::Terraform(_) => "plan::terraform",
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> &'static str {
        const SHOW: &str = "create it with `terraform plan -out=plan.bin`, then \
                            `terraform show -json plan.bin > plan.json`";
        match self {
            Self::Unreadable(_) => "check the path and its permissions",
            Self::Encoding => "write the plan as UTF-8, or pass the binary plan",
            Self::Empty => {
                "the command that should have written it failed or wrote somewhere else; check its exit \
                 code (`set -o pipefail`)"
            }
            Self::Truncated(..) => "create it again; check the disk space and the exit code",
            Self::TrailingJunk(..) => {
                "write only the output of `terraform show -json` to the file, and only once"
            }
            Self::LeadingNoise => {
                "if you use hashicorp/setup-terraform, set `terraform_wrapper: false`; otherwise write \
                 only the output of `terraform show -json` to the file"
            }
            Self::Malformed(..) | Self::DuplicateKey(..) => {
                "terraform does not write such a file: create the plan JSON again and do not edit it"
            }
            Self::TooDeep => "no Terraform plan is nested this deeply: create the plan JSON again",
            Self::ShowText | Self::JsonLog | Self::NotJson | Self::State | Self::NotAPlan => SHOW,
            Self::CloudPlan => {
                "run `terraform show -json` on it while logged in, and pass the output"
            }
            Self::FormatVersion(_) => {
                "update holdpoint, or plan with a supported Terraform version"
            }
            Self::NoChanges => {
                "the plan was truncated or edited; pass the whole output of `terraform show -json`"
            }
            Self::Errored => "fix the error that `terraform plan` reported, then plan again",
            Self::Partial => {
                "plan the whole configuration, or add `--allow-partial` to check only what is in the plan"
            }
            Self::DuplicateAddress(_) | Self::BadChange(..) => {
                "terraform does not write such a file: create the plan JSON again and do not edit it"
            }
            Self::NoTerraform => {
                "set `--terraform-bin PATH` or HOLDPOINT_TERRAFORM, or pass the plan as JSON: \
                 `terraform show -json plan.bin > plan.json`"
            }
            Self::Terraform(_) => {
                "run `terraform show -json` by hand in the folder where the plan was created \
                 (it needs the same providers)"
            }
        }
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(reason) => write!(f, "cannot read the plan: {reason}"),
            Self::Encoding => f.write_str("the plan is neither UTF-8 nor UTF-16"),
            Self::Empty => f.write_str("the plan is empty"),
            Self::Truncated(line, column) => {
                write!(f, "the plan's JSON is truncated: it ends at line {line} column {column}")
            }
            Self::TrailingJunk(line, column) => {
                write!(f, "extra content after the plan's JSON, from line {line} column {column}")
            }
            Self::LeadingNoise => f.write_str("extra content before the plan's JSON"),
            Self::ShowText => {
                f.write_str("this is terraform's human-readable output, not plan JSON")
            }
            Self::JsonLog => {
                f.write_str("this is the log of `terraform plan -json`, not plan JSON")
            }
            Self::NotJson => f.write_str("this is not JSON"),
            Self::Malformed(line, column) => {
                write!(f, "the plan's JSON is malformed at line {line} column {column}")
            }
            Self::DuplicateKey(line, column) => {
                write!(f, "duplicate key in one object at line {line} column {column}")
            }
            Self::TooDeep => f.write_str("the plan's JSON is nested too deeply"),
            Self::State => f.write_str("this is a Terraform state, not a plan"),
            Self::NotAPlan => f.write_str("this is JSON, but not a Terraform plan"),
            Self::CloudPlan => {
                f.write_str("this is a saved plan of HCP Terraform, which contains only a link")
            }
            Self::FormatVersion(version) => {
                write!(f, "the plan has the unsupported format version `{version}`")
            }
            Self::NoChanges => {
                f.write_str("the plan contains planned resources but no `resource_changes`")
            }
            Self::Errored => f.write_str("terraform failed while creating this plan"),
            Self::Partial => f.write_str("the plan contains only part of the changes"),
            Self::DuplicateAddress(address) => {
                write!(f, "the plan contains the address `{address}` twice")
            }
            Self::BadChange(address, what) => write!(f, "the change of `{address}` {what}"),
            Self::NoTerraform => {
                f.write_str("this is a binary plan, and neither terraform nor tofu was found")
            }
            Self::Terraform(line) => write!(f, "`terraform show -json` failed: {line}"),
        }
    }
}

impl std::error::Error for ReadError {}
