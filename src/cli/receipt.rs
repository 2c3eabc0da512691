//! `holdpoint plan --receipt`, and `holdpoint receipt verify`, the step before the apply.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::{SignedDuration, Timestamp};

use crate::error::Error;
use crate::gate::{self, Digests};
use crate::model::finding::Outcome;
use crate::model::verdict::{Exit, Problem, Verdict};
use crate::receipt::{
    self, Counts, Digest, Expected, Policy, Predicate, Receipt, Run, SigningKey, Subject,
    UsedWaiver, VerifyingKey,
};

use super::console::{self, Console};
use super::load::{self, Loaded};
use super::output;
use super::plan::DecisionArgs;

/// The largest receipt or key that is read.
const LIMIT: u64 = 16 << 20;

/// The receipt flags of `holdpoint plan`.
#[derive(Debug, Args)]
pub(super) struct ReceiptArgs {
    /// Write a receipt that binds the verdict to exactly these plans, for `holdpoint receipt verify`
    #[arg(long, value_name = "FILE", help_heading = "Receipt")]
    receipt: Option<PathBuf>,
    /// Sign the receipt with this Ed25519 key (PKCS #8 PEM), as a DSSE envelope
    #[arg(long, value_name = "FILE", requires = "receipt", help_heading = "Receipt")]
    sign_key: Option<PathBuf>,
}

/// A receipt that is to be written.
pub(super) struct Pending {
    path: PathBuf,
    key: Option<SigningKey>,
}

impl ReceiptArgs {
    pub(super) fn wanted(&self) -> bool {
        self.receipt.is_some()
    }

    /// Reads the key, and deletes the receipt of an earlier run, so that it cannot be mistaken for
    /// this one's, whatever happens now.
    pub(super) fn prepare(&self) -> Result<Option<Pending>, Error> {
        let Some(path) = &self.receipt else { return Ok(None) };
        match fs::remove_file(path) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(unwritten(path, &error)),
        }
        let key = match &self.sign_key {
            Some(file) => Some(SigningKey::from_pem(&read(file)?).map_err(|e| as_error(&e, file))?),
            None => None,
        };
        Ok(Some(Pending { path: path.clone(), key }))
    }
}

impl Pending {
    /// Writes the receipt, whatever the verdict is, all of it or nothing.
    pub(super) fn write(
        &self,
        verdict: &Verdict,
        digests: &[(String, Digests)],
        policy: Policy,
    ) -> Result<(), Error> {
        let run = Run::from_environment(|name| std::env::var(name).ok());
        let receipt = Receipt {
            kind: receipt::STATEMENT_TYPE.to_owned(),
            subject: subjects(digests),
            predicate_type: receipt::PREDICATE_TYPE.to_owned(),
            predicate: Predicate {
                created: Timestamp::now().to_string(),
                verdict: verdict.decision.name().to_owned(),
                counts: counts(verdict),
                policy,
                waivers: waivers(verdict),
                run,
            },
        };
        let text = receipt::render(&receipt, self.key.as_ref())
            .map_err(|error| as_error(&error, &self.path))?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let write = || {
            let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
            file.write_all(text.as_bytes())?;
            file.flush()?;
            file.persist(&self.path).map_err(|error| error.error)
        };
        write().map(|_| ()).map_err(|error| unwritten(&self.path, &error))
    }
}

fn subjects(digests: &[(String, Digests)]) -> Vec<Subject> {
    let subject =
        |name: String, sha256: &str| Subject { name, digest: Digest { sha256: sha256.to_owned() } };
    let of = |(name, digests): &(String, Digests)| match &digests.binary {
        Some(binary) => {
            vec![
                subject(name.clone(), binary),
                subject(format!("{name}{}", receipt::SHOWN), &digests.json),
            ]
        }
        None => vec![subject(name.clone(), &digests.json)],
    };
    digests.iter().flat_map(of).collect()
}

fn counts(verdict: &Verdict) -> Counts {
    let (counts, findings) = (&verdict.counts, &verdict.findings);
    Counts {
        inputs: counts.inputs,
        subjects: counts.subjects,
        changed: counts.changed,
        rules: counts.rules,
        checks: counts.checks,
        findings: findings.len(),
        blocking: verdict.blocking().count(),
        undetermined: findings.iter().filter(|f| f.outcome == Outcome::Undetermined).count(),
        waived: findings.iter().filter(|f| f.waiver.is_some()).count(),
    }
}

fn waivers(verdict: &Verdict) -> Vec<UsedWaiver> {
    let used = |finding: &crate::model::finding::Finding| {
        let waiver = finding.waiver.as_ref()?;
        Some(UsedWaiver {
            rule: finding.rule.to_string(),
            address: finding.address.clone(),
            ticket: waiver.ticket.clone(),
            owner: waiver.owner.clone(),
            expires: waiver.expires.clone(),
        })
    };
    let mut all: Vec<UsedWaiver> = verdict.findings.iter().filter_map(used).collect();
    all.sort();
    all.dedup();
    all
}

/// Check that a plan is the one that passed
#[derive(Debug, Args)]
pub(super) struct ReceiptVerbs {
    #[command(subcommand)]
    verb: ReceiptVerb,
}

#[derive(Debug, Subcommand)]
enum ReceiptVerb {
    Verify(VerifyArgs),
}

/// Exit with 0 only if this plan recently passed under the same policies
///
/// Run it right before `terraform apply PLAN`, in the same folder and with the same decision flags
/// as `holdpoint plan`. Exits with 1 if the receipt does not allow this plan, with 2 if the receipt
/// cannot be read.
#[derive(Debug, Args)]
struct VerifyArgs {
    /// Receipt written by `holdpoint plan --receipt`
    #[arg(value_name = "RECEIPT")]
    receipt: PathBuf,
    /// Plan that is about to be applied; repeatable
    #[arg(long = "plan", required = true, value_name = "PLAN")]
    plans: Vec<String>,
    /// Maximum age of the receipt, such as `90m` or `24h`
    #[arg(long, value_name = "TIME", default_value = "24h", value_parser = age)]
    max_age: SignedDuration,
    /// Require a signature by this Ed25519 public key (PEM)
    #[arg(long, value_name = "FILE")]
    verify_key: Option<PathBuf>,
    /// Require that the receipt was made for this commit
    #[arg(long, value_name = "SHA")]
    commit: Option<String>,
    /// Program that reads binary plans, for a receipt of a plan's JSON
    #[arg(long, value_name = "PROGRAM", env = "HOLDPOINT_TERRAFORM", hide_env_values = true)]
    terraform_bin: Option<PathBuf>,
    #[command(flatten)]
    decision: DecisionArgs,
}

pub(super) fn run(args: &ReceiptVerbs, console: Console) -> Exit {
    let ReceiptVerb::Verify(args) = &args.verb;
    match verify(args) {
        Ok(faults) if faults.is_empty() => {
            let message =
                if console.quiet { "" } else { "the receipt is valid: this plan passed\n" };
            match output::to_stdout(message) {
                Ok(()) => Exit::Pass,
                Err(error) => {
                    console::complain(&error, console.color);
                    Exit::Undecided
                }
            }
        }
        Ok(faults) => {
            console::list(&faults);
            Exit::Block
        }
        Err(errors) => {
            errors.iter().for_each(|error| console::complain(error, console.color));
            Exit::Undecided
        }
    }
}

fn verify(args: &VerifyArgs) -> Result<Vec<Problem>, Vec<Error>> {
    let single = |error| vec![error];
    let key = match &args.verify_key {
        Some(file) => {
            let pem = read(file).map_err(single)?;
            Some(VerifyingKey::from_pem(&pem).map_err(|e| vec![as_error(&e, file)])?)
        }
        None => None,
    };
    let text = read(&args.receipt).map_err(single)?;
    let receipt = receipt::open(&String::from_utf8_lossy(&text), key.as_ref())
        .map_err(|error| vec![as_error(&error, &args.receipt)])?;
    let Loaded { mut config, folder, digest, .. } =
        load::load(args.decision.config.as_deref(), super::today())?;
    args.decision.override_in(&mut config);
    let mut plans = Vec::new();
    for name in &args.plans {
        let known = |digest: &str| receipt.subject.iter().any(|s| s.digest.sha256 == digest);
        let digest = gate::digest(name, args.terraform_bin.as_deref(), known)
            .map_err(|problem| vec![Error::Plan(problem)])?;
        plans.push((name.clone(), digest));
    }
    let policies = args.decision.policies.load(&config, &folder)?;
    let policy = gate::policy(&config, digest, args.decision.allow_partial, policies.as_ref());
    let expected = Expected {
        plans: &plans,
        policy: &policy,
        max_age: args.max_age,
        now: Timestamp::now(),
        commit: args.commit.as_deref(),
    };
    let fault = |fault: receipt::Fault| Problem {
        code: fault.code.to_owned(),
        message: fault.message,
        help: Some(
            "run `holdpoint plan --receipt` on this plan, then apply exactly that plan".to_owned(),
        ),
        file: Some(args.receipt.display().to_string()),
    };
    Ok(receipt::check(&receipt, &expected).into_iter().map(fault).collect())
}

fn age(text: &str) -> Result<SignedDuration, String> {
    match text.parse::<SignedDuration>() {
        Ok(age) if age.is_positive() => Ok(age),
        Ok(_) => Err("the time must be greater than zero".to_owned()),
        Err(_) => Err("write hours or minutes, such as `24h` or `90m`".to_owned()),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Error> {
    let unread = |message: String| {
        Error::Plan(Problem {
            code: "receipt::unreadable".to_owned(),
            message: format!("cannot read the file: {message}"),
            help: Some("check the path and its permissions".to_owned()),
            file: Some(path.display().to_string()),
        })
    };
    let size = fs::metadata(path).map_err(|error| unread(output::reason(&error)))?.len();
    if size > LIMIT {
        return Err(unread("it is larger than 16 MiB".to_owned()));
    }
    fs::read(path).map_err(|error| unread(output::reason(&error)))
}

fn unwritten(path: &Path, error: &std::io::Error) -> Error {
    Error::Output { target: format!("`{}`", path.display()), message: output::reason(error) }
}

fn as_error(error: &receipt::Error, path: &Path) -> Error {
    Error::Plan(Problem {
        code: error.code.to_owned(),
        message: error.message.clone(),
        help: Some(error.help.to_owned()),
        file: Some(path.display().to_string()),
    })
}
