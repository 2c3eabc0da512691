//! `holdpoint guard unlock`: lets somebody in for a while; the door closes by itself.

use clap::Args;

use crate::error::Error;
use crate::guard::account::effects;
use crate::guard::account::plan::Plan;
use crate::guard::account::unlock::{Unlock, close};
use crate::model::verdict::Exit;

use super::super::console;
use super::apply::carry_out;
use super::live::{AccountArgs, AgreeArgs, Here, WhichArgs, within};
use super::plan::{fit, with_unlock};

/// Let a principal change managed resources for a limited time
///
/// Adds an exemption to the guard and a Deny for the same principal that takes effect at the end of
/// the time, so that nobody has to revoke it. The tag, the guard itself and Terraform's role stay
/// protected.
#[derive(Debug, Args)]
pub(super) struct UnlockArgs {
    /// Principal: the ARN of a role with its path, or of a user
    #[arg(long, value_name = "ARN", help_heading = "Unlock")]
    principal: String,
    /// Duration, such as `30m` or `2h`; at most a day
    #[arg(long = "for", value_name = "TIME", help_heading = "Unlock")]
    time: String,
    /// Reason, recorded in the journal
    #[arg(long, value_name = "TEXT", help_heading = "Unlock")]
    reason: String,
    #[command(flatten)]
    which: WhichArgs,
    #[command(flatten)]
    account: AccountArgs,
    #[command(flatten)]
    agree: AgreeArgs,
}

pub(super) fn run(args: &UnlockArgs) -> Result<Exit, Error> {
    let unlock = Unlock { principal: principal(&args.principal)?, until: until(&args.time)? };
    if args.reason.trim().is_empty() {
        return Err(Error::Usage {
            message: "the reason is empty".to_owned(),
            help: Some("name the incident: --reason INC-123".to_owned()),
        });
    }
    within(&args.account, args.which.which(), |here| {
        let plan = plan(args, &unlock, here)?;
        console::to_stderr(&format!(
            "{} is unlocked until {}\n",
            console::printable(&unlock.principal),
            unlock.until
        ));
        carry_out(&plan, here, &args.account, &args.agree)
    })
}

fn plan(args: &UnlockArgs, unlock: &Unlock, here: &Here<'_>) -> Result<Plan, Error> {
    let now = jiff::Timestamp::now();
    let is_over =
        |unlock: &Unlock| unlock.until.parse::<jiff::Timestamp>().is_ok_and(|at| at <= now);
    let live = &here.live.state;
    let packed = with_unlock(&close(&live.documents(), is_over), unlock)?;
    let wanted = fit(here, &packed, here.live.limit)?;
    let on = live.attached().into_iter().map(str::to_owned).collect();
    let mut plan = Plan::new(here.place.clone(), live.clone(), wanted, &on);
    let all: Vec<_> = live.documents();
    plan.exempt = effects::exempt(&all).into_iter().collect();
    plan.reason = Some(args.reason.clone());
    plan.seal();
    Ok(plan)
}

fn principal(arn: &str) -> Result<String, Error> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let is_right = matches!(parts.as_slice(), ["arn", _, "iam", "", account, tail]
        if account.len() == 12
            && account.chars().all(|c| c.is_ascii_digit())
            && (tail.starts_with("role/") || tail.starts_with("user/")))
        && !arn.contains(['*', '?', '$', '"', '\\']);
    if is_right {
        return Ok(arn.to_owned());
    }
    Err(Error::Usage {
        message: format!("`{}` is neither a role nor a user", console::printable(arn)),
        help: Some(
            "write it as arn:aws:iam::123456789012:role/emergency/OnCall; sessions cannot be unlocked".to_owned(),
        ),
    })
}

/// The end of the unlock, to the second.
fn until(time: &str) -> Result<String, Error> {
    let wrong = || Error::Usage {
        message: format!("`{}` is not a valid duration for an unlock", console::printable(time)),
        help: Some("write it as `30m` or `2h`, from one minute to one day".to_owned()),
    };
    let length: jiff::SignedDuration = time.parse().map_err(|_| wrong())?;
    let seconds = length.as_secs();
    if !(60..=86_400).contains(&seconds) {
        return Err(wrong());
    }
    let end = jiff::Timestamp::now().as_second().saturating_add(seconds);
    jiff::Timestamp::from_second(end).map(|end| end.to_string()).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_an_end() {
        for good in ["30m", "2h", "1h 30m", "24h"] {
            assert!(until(good).unwrap().ends_with('Z'), "{good}");
        }
        for bad in ["", "2", "5s", "25h", "-2h", "permanently exempt"] {
            assert!(until(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn nobody_unlocks_a_pattern_or_a_session() {
        assert!(principal("arn:aws:iam::123456789012:role/a/b").is_ok());
        for bad in [
            "arn:aws:iam::123456789012:role/*",
            "arn:aws:iam::*:role/a",
            "arn:aws:sts::123456789012:assumed-role/a/s",
            "arn:aws:iam::123456789012:root",
        ] {
            assert!(principal(bad).is_err(), "{bad}");
        }
    }
}
