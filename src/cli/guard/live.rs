//! What the verbs that talk to AWS share: which guard, in which account, with whose credentials; and
//! that the account and the address are always said first.

use std::io::{BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Args;

use crate::error::Error;
use crate::guard::account::apply::{self, Failure, Outcome};
use crate::guard::account::journal::{self, Event, Journal};
use crate::guard::account::lockout::{self, Found, Watched};
use crate::guard::account::plan::{Place, Plan};
use crate::guard::account::state::{Live, State};
use crate::guard::account::{Account, Cause, Fault, trust};
use crate::guard::aws::{Iam, Identity, Organizations, Ready, Session};
use crate::guard::statements::Vehicle;

use super::super::console;
use super::problem;
use super::spec::As;

/// The credentials and the journal.
#[derive(Debug, Args)]
pub(super) struct AccountArgs {
    /// AWS profile [default: the standard AWS credential chain]
    #[arg(long, value_name = "NAME", help_heading = "Account")]
    pub(super) profile: Option<String>,
    /// Journal of what was done, used to resume and roll back
    /// [default: .holdpoint/guard-ACCOUNT-NAME.jsonl]
    #[arg(long, value_name = "FILE", help_heading = "Account")]
    pub(super) journal: Option<PathBuf>,
}

/// Which guard, for verbs without a plan file.
#[derive(Debug, Args)]
pub(super) struct WhichArgs {
    /// Policy type of the guard
    #[arg(
        long = "as",
        value_enum,
        default_value = "scp",
        value_name = "KIND",
        help_heading = "Guard"
    )]
    vehicle: As,
    /// Name of the guard
    #[arg(long, value_name = "NAME", default_value = "holdpoint-guard", help_heading = "Guard")]
    name: String,
    /// Path of its policies
    #[arg(long, value_name = "PATH", default_value = "/holdpoint/", help_heading = "Guard")]
    path: String,
}

impl WhichArgs {
    pub(super) fn which(&self) -> Which {
        Which {
            vehicle: self.vehicle.vehicle(),
            name: self.name.clone(),
            path: self.path.clone(),
            targets: Vec::new(),
        }
    }
}

/// A guard given by a plan or by its name; for verbs that look at what a plan did.
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    /// Plan that changed the guard [default: the last one in the journal]
    #[arg(value_name = "PLAN")]
    plan: Option<PathBuf>,
    #[command(flatten)]
    which: WhichArgs,
    #[command(flatten)]
    pub(super) account: AccountArgs,
}

impl PlanArgs {
    /// Does the work in the account, with the plan that is given or the journal's last one.
    pub(super) fn within<T>(
        &self,
        work: impl FnOnce(Option<Plan>, &mut Here<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let given = self.plan.as_deref().map(read_plan).transpose()?;
        let which = given.as_ref().map_or_else(|| Ok(self.which.which()), Which::of)?;
        within(&self.account, which, |here| {
            let plan = match given {
                Some(plan) => Some(plan),
                None => here.last(&self.account)?.map(|(plan, _)| plan),
            };
            if let Some(plan) = &plan {
                check_place(plan, here)?;
            }
            work(plan, here)
        })
    }
}

/// How a change is approved.
#[derive(Debug, Args)]
pub(super) struct AgreeArgs {
    /// Do not ask for approval; for pipelines
    #[arg(long, help_heading = "Safety")]
    pub(super) yes: bool,
    /// Continue even if somebody would be locked out
    #[arg(long, help_heading = "Safety")]
    pub(super) force: bool,
}

/// Which guard.
#[derive(Debug, Clone)]
pub(super) struct Which {
    pub(super) vehicle: Vehicle,
    pub(super) name: String,
    pub(super) path: String,
    pub(super) targets: Vec<String>,
}

impl Which {
    /// The guard of a plan.
    pub(super) fn of(plan: &Plan) -> Result<Self, Error> {
        let vehicle = plan.place.vehicle().ok_or(Error::Internal)?;
        let on = plan.after.attached().into_iter().chain(plan.before.attached());
        let mut targets: Vec<String> = on.map(str::to_owned).collect();
        targets.sort();
        targets.dedup();
        Ok(Self { vehicle, name: plan.place.name.clone(), path: plan.place.path.clone(), targets })
    }

    fn is_in_iam(&self) -> bool {
        matches!(self.vehicle, Vehicle::ManagedPolicy | Vehicle::Boundary)
    }
}

/// The current account, and the guard in it.
pub(super) struct Here<'s> {
    session: &'s Session,
    identity: Identity,
    pub(super) which: Which,
    pub(super) place: Place,
    pub(super) live: Live,
    organization: Option<Ready>,
    account: Box<dyn Account + 's>,
}

/// Prints the account, reads the guard, and does the work.
pub(super) fn within<T>(
    args: &AccountArgs,
    which: Which,
    work: impl FnOnce(&mut Here<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let (session, identity) = sign_in(args.profile.as_deref())?;
    let (account, organization, live) = if which.is_in_iam() {
        let mut iam = Iam::new(
            &session,
            &identity.partition,
            &identity.account,
            &which.path,
            &which.name,
            which.vehicle == Vehicle::Boundary,
        );
        let live = iam.read();
        (Box::new(iam) as Box<dyn Account>, Ok(None), live)
    } else {
        let targets: &[String] = if which.is_in_iam() { &[] } else { &which.targets };
        let mut organizations = Organizations::new(
            &session,
            &which.name,
            which.vehicle == Vehicle::Rcp,
            targets,
            which.vehicle.most(),
            which.vehicle.limit(),
        );
        let ready = organizations.ready();
        let live = organizations.read();
        (Box::new(organizations) as Box<dyn Account>, ready.map(Some), live)
    };
    let organization = organization.map_err(|fault| failed(&fault))?;
    let live = live.map_err(|fault| failed(&fault))?;
    let service = if which.is_in_iam() { "iam" } else { "organizations" };
    let place = Place {
        vehicle: which.vehicle.name().to_owned(),
        name: which.name.clone(),
        path: which.path.clone(),
        account: identity.account.clone(),
        partition: identity.partition.clone(),
        endpoint: session.address(service).unwrap_or_default(),
    };
    let mut here = Here { session: &session, identity, which, place, live, organization, account };
    work(&mut here)
}

/// Identifies the caller. Each endpoint is printed before the first request to it, and the account
/// before anything in it is read: where an answer came from explains most errors.
pub(super) fn sign_in(profile: Option<&str>) -> Result<(Session, Identity), Error> {
    let heard = |service: &str, address: &str| {
        let note = if is_aws(address) { "" } else { " (this is not AWS)" };
        console::to_stderr(&(console::printable(&format!("{service} at {address}{note}")) + "\n"));
    };
    let session = Session::open(profile, heard).map_err(|fault| failed(&fault))?;
    let identity = session.identity().map_err(|fault| failed(&fault))?;
    let line = format!("account {} as {}", identity.account, identity.arn);
    console::to_stderr(&(console::printable(&line) + "\n"));
    Ok((session, identity))
}

fn is_aws(address: &str) -> bool {
    let Some(host) = address.strip_prefix("https://") else { return false };
    let host = host.strip_suffix(":443").unwrap_or(host);
    [".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".api.amazonwebservices.com.cn"]
        .iter()
        .any(|end| host.ends_with(end))
}

impl Here<'_> {
    /// Rejects what cannot work here: a policy type that is not enabled.
    pub(super) fn check_vehicle(&self) -> Result<(), Error> {
        match &self.organization {
            Some(ready) if !ready.enabled => Err(problem(
                "policy-type",
                format!("{} policies are not enabled in this organization", self.place.vehicle),
                "enable them on the root with `aws organizations enable-policy-type`",
                None,
            )),
            _ => Ok(()),
        }
    }

    /// Problems with these documents: who would be locked out.
    pub(super) fn lockout(&self, after: &State, exempt: &[String]) -> Result<Vec<String>, Error> {
        if after.parts.is_empty() {
            return Ok(Vec::new());
        }
        let mut watched = Watched {
            exempt: Vec::new(),
            caller: self.identity.arn.clone(),
            caller_is_beyond: false,
        };
        for arn in exempt {
            let found = self.session.find(arn, &self.identity.account);
            // Control policies bind other accounts; whoever may change them need not see roles. What
            // could not be asked for another reason is asked again.
            let found = match found {
                Err(fault) if !self.which.is_in_iam() && fault.cause == Cause::Denied => {
                    let words =
                        format!("cannot tell whether `{arn}` exists: the caller may not read it");
                    console::to_stderr(&(console::printable(&words) + "\n"));
                    Found::NotAsked
                }
                other => other.map_err(|fault| failed(&fault))?,
            };
            watched.exempt.push((arn.clone(), found));
        }
        let management = self.organization.as_ref().map(|ready| &ready.management);
        watched.caller_is_beyond = management == Some(&self.identity.account);
        if !watched.caller_is_beyond {
            watched.caller =
                self.session.principal(&self.identity).map_err(|fault| failed(&fault))?;
        }
        Ok(lockout::check(&self.place, &after.documents(), &watched))
    }

    /// Reports exempt roles that anybody may assume: a hole that no policy here closes.
    pub(super) fn doors(&self, exempt: &[String]) {
        for arn in exempt {
            let trust = self.session.trust(arn, &self.identity.account);
            if let Some(who) = trust.as_ref().and_then(trust::wide) {
                let words = format!("`{arn}` trusts {who}: everyone who assumes it is exempt");
                console::to_stderr(&format!("hole: {}\n", console::printable(&words)));
            }
        }
    }

    /// Asks for approval on a terminal; without one, `--yes` is required.
    pub(super) fn agree(&self, args: &AgreeArgs) -> Result<(), Error> {
        if args.yes {
            return Ok(());
        }
        if !std::io::stdin().is_terminal() {
            return Err(Error::Usage {
                message: "approval needed, but there is no terminal".to_owned(),
                help: Some("add --yes to approve without a terminal".to_owned()),
            });
        }
        let account = &self.identity.account;
        console::to_stderr(&format!("type the account ID, {account}, to continue: "));
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line);
        if read.is_ok() && line.trim() == account {
            return Ok(());
        }
        Err(problem("not-agreed", "not approved; nothing was changed".to_owned(), "", None))
    }

    /// The journal of this guard.
    pub(super) fn journal(&self, args: &AccountArgs) -> PathBuf {
        journal_path(args, &self.place)
    }

    /// The last plan in the journal of this guard, and whether it was done.
    pub(super) fn last(&self, args: &AccountArgs) -> Result<Option<(Plan, bool)>, Error> {
        let path = self.journal(args);
        journal::last(&path, &self.place).map_err(|error| {
            problem(
                "journal",
                format!("cannot read the journal `{}`: {error}", path.display()),
                "name it with --journal, or pass the plan",
                Some(&path),
            )
        })
    }

    /// Records that a plan is done if its run died before it could record that itself.
    pub(super) fn settle(&self, plan: &Plan, args: &AccountArgs) -> Result<(), Error> {
        match self.last(args)? {
            Some((last, false)) if last.digest == plan.digest => {
                let path = self.journal(args);
                let event = Event::Done { digest: last.digest };
                open(&path)?.write(&event).map_err(|error| unwritten(&path, &error))
            }
            _ => Ok(()),
        }
    }

    /// Applies a plan.
    pub(super) fn apply(&mut self, plan: &Plan, args: &AccountArgs) -> Result<Outcome, Error> {
        let mut journal = open(&self.journal(args))?;
        let asked = Arc::new(AtomicBool::new(false));
        let heard = Arc::clone(&asked);
        self.session.on_interrupt(move || {
            if !heard.swap(true, Ordering::Relaxed) {
                console::to_stderr("stopping at the next safe point\n");
            }
        });
        let stop = || asked.load(Ordering::Relaxed);
        apply::apply(self.account.as_mut(), plan, &mut journal, &stop)
            .map_err(|failure| stopped(&failure))
    }
}

fn open(path: &Path) -> Result<Journal, Error> {
    let clock = || jiff::Timestamp::now().to_string();
    Journal::open(path, clock).map_err(|error| unwritten(path, &error))
}

fn unwritten(path: &Path, error: &std::io::Error) -> Error {
    problem(
        "journal",
        format!("cannot write the journal `{}`: {error}", path.display()),
        "nothing is changed without a journal: name another with --journal",
        Some(path),
    )
}

pub(super) fn journal_path(args: &AccountArgs, place: &Place) -> PathBuf {
    args.journal.clone().unwrap_or_else(|| {
        Path::new(".holdpoint").join(format!("guard-{}-{}.jsonl", place.account, place.name))
    })
}

/// A fault of the account.
pub(super) fn failed(fault: &Fault) -> Error {
    problem("account", fault.message.clone(), fault.help(), None)
}

fn stopped(failure: &Failure) -> Error {
    problem("apply", failure.to_string(), &failure.help, None)
}

/// Rejects a plan of another account or another endpoint.
pub(super) fn check_place(plan: &Plan, here: &Here<'_>) -> Result<(), Error> {
    let (made, now) = (&plan.place, &here.place);
    for (what, made, now) in [
        ("account", &made.account, &now.account),
        ("partition", &made.partition, &now.partition),
        ("address", &made.endpoint, &now.endpoint),
    ] {
        if made != now {
            return Err(problem(
                "elsewhere",
                format!("the plan was made for the {what} `{made}`, but this is `{now}`"),
                "check the profile and the AWS_* variables, or make a new plan",
                None,
            ));
        }
    }
    Ok(())
}

/// Reads a plan file.
pub(super) fn read_plan(path: &Path) -> Result<Plan, Error> {
    Plan::read(&super::read(path)?).map_err(|why| {
        problem(
            "plan",
            format!("cannot use `{}`: {why}", path.display()),
            "pass a file written by `holdpoint guard plan --out FILE`",
            Some(path),
        )
    })
}

/// Reports who would be locked out, and whether that stops the run.
pub(super) fn locked_out(wrong: &[String], force: bool) -> bool {
    let mut text = String::new();
    for line in wrong {
        text.push_str(&format!("locked out: {}\n", console::printable(line)));
    }
    if !wrong.is_empty() && !force {
        text.push_str("nothing was changed; fix this, or continue with --force\n");
    }
    console::to_stderr(&text);
    !wrong.is_empty() && !force
}
