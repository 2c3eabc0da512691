//! Who asks, and which principals of a policy mean them.

use super::arn::Arn;
use super::context::Context;

/// What kind of principal asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerKind {
    /// The root user of an account.
    Root,
    /// An IAM user.
    User,
    /// A role, whatever its session is called.
    Role,
    /// A named session of a role.
    Session,
    /// A federated user of STS.
    FederatedUser,
    /// An identity provider, before a role is assumed.
    Provider,
    /// A service of AWS.
    Service,
    /// Nobody: the request is not signed.
    Anonymous,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The ARN, the service's name, or `*` for an unsigned request.
    pub name: String,
    /// The account, where there is one.
    pub account: String,
    /// What it is.
    pub kind: CallerKind,
}

/// How directly a resource policy means a caller; the order is from broad to direct.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Meant {
    /// Not at all.
    No,
    /// Its account, which may pass on what it was given.
    Account,
    /// Its role, whose boundary and session policies still count.
    Role,
    /// Everybody; its session policies still count.
    Everybody,
    /// Itself.
    Directly,
}

impl Caller {
    /// Reads an ARN, a service's name (`lambda.amazonaws.com`) or `*`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let caller = |kind, account: &str| {
            Some(Self { name: name.to_owned(), account: account.to_owned(), kind })
        };
        if name == "*" {
            return caller(CallerKind::Anonymous, "");
        }
        let Some(arn) = Arn::parse(name) else {
            let is_service = name.contains(".amazonaws.com") && !name.contains([':', '*', '/']);
            return if is_service { caller(CallerKind::Service, "") } else { None };
        };
        let kind = match (arn.service, arn.resource.split('/').next().unwrap_or_default()) {
            ("iam", "root") => CallerKind::Root,
            ("iam", "user") => CallerKind::User,
            ("iam", "role") => CallerKind::Role,
            ("iam", "oidc-provider" | "saml-provider") => CallerKind::Provider,
            ("sts", "assumed-role") => CallerKind::Session,
            ("sts", "federated-user") => CallerKind::FederatedUser,
            _ => return None,
        };
        caller(kind, arn.account)
    }

    /// Whether it is a service-linked role, which SCPs and RCPs do not bind.
    #[must_use]
    pub fn is_service_linked(&self, context: &Context) -> bool {
        self.role(context).is_some_and(|arn| arn.contains(":role/aws-service-role/"))
    }

    /// The name of its role, without the path.
    fn role_name(&self) -> Option<&str> {
        let resource = Arn::parse(&self.name)?.resource;
        match self.kind {
            CallerKind::Role => resource.rsplit('/').next(),
            CallerKind::Session => resource.split('/').nth(1),
            _ => None,
        }
    }

    /// The ARN of its role with its path, where it is known.
    fn role<'a>(&'a self, context: &'a Context) -> Option<&'a str> {
        match self.kind {
            CallerKind::Role => Some(&self.name),
            CallerKind::Session => context
                .single("aws:principalarn")
                .filter(|arn| Arn::parse(arn).is_some_and(|arn| arn.service == "iam")),
            _ => None,
        }
    }

    /// Gives the keys that AWS sends with every signed request, where they are not there yet. A
    /// session's ARN does not tell its role's path: `aws:PrincipalArn` is then the role without
    /// one.
    pub fn complete(&self, context: &mut Context) {
        let mut add = |key: &str, value: String| {
            if !context.has(key) {
                context.set(key, value);
            }
        };
        let arn = Arn::parse(&self.name);
        let principal = match (self.kind, arn) {
            (CallerKind::Anonymous | CallerKind::Service | CallerKind::Provider, _) | (_, None) => {
                return;
            }
            (CallerKind::Session, Some(arn)) => format!(
                "arn:{}:iam::{}:role/{}",
                arn.partition,
                arn.account,
                self.role_name().unwrap_or_default()
            ),
            _ => self.name.clone(),
        };
        add("aws:principalarn", principal);
        add("aws:principalaccount", self.account.clone());
        let (kind, user) = match self.kind {
            CallerKind::Root => ("Account", None),
            CallerKind::User => ("User", self.name.rsplit('/').next()),
            CallerKind::FederatedUser => ("FederatedUser", None),
            _ => ("AssumedRole", None),
        };
        add("aws:principaltype", kind.to_owned());
        if let Some(user) = user {
            add("aws:username", user.to_owned());
        }
    }

    /// How directly one identifier of a `Principal` means it.
    pub(super) fn is_meant(&self, kind: &str, id: &str, context: &Context) -> Meant {
        if id == "*" && matches!(kind, "AWS" | "*") {
            return Meant::Everybody;
        }
        let same = |of: CallerKind| {
            if self.kind == of && self.name == id { Meant::Directly } else { Meant::No }
        };
        match kind {
            "Service" => same(CallerKind::Service),
            "Federated" => same(CallerKind::Provider),
            "AWS" => self.is_meant_by_arn(id, context),
            _ => Meant::No,
        }
    }

    fn is_meant_by_arn(&self, id: &str, context: &Context) -> Meant {
        if self.account.is_empty() {
            return Meant::No;
        }
        let arn = Arn::parse(id);
        let is_account = id == self.account
            || arn.is_some_and(|arn| {
                arn.resource == "root" && arn.service == "iam" && arn.account == self.account
            });
        if is_account {
            return if self.kind == CallerKind::Root { Meant::Directly } else { Meant::Account };
        }
        if self.kind != CallerKind::Role && self.name == id {
            return Meant::Directly;
        }
        let Some(arn) = arn.filter(|arn| arn.service == "iam" && arn.account == self.account)
        else {
            return Meant::No;
        };
        if !arn.resource.starts_with("role/") {
            return Meant::No;
        }
        let is_role = match self.role(context) {
            Some(role) if self.kind == CallerKind::Role => role == id,
            // The path is not known, or was worked out without it: the name decides.
            _ => self.role_name().is_some_and(|name| arn.resource.rsplit('/').next() == Some(name)),
        };
        if is_role { Meant::Role } else { Meant::No }
    }
}
