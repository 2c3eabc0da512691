//! Who calls, and where: the chain of credentials, the addresses that are really used, and whoever
//! the account says that we are.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_iam::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_iam::config::retry::{RetryConfig, RetryMode};
use aws_sdk_iam::config::{ConfigBag, Intercept, RuntimeComponents, SharedHttpClient};
use aws_sdk_iam::error::BoxError;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::fault::{self, Failed};
use super::metadata::{self, Gate};
use crate::guard::account::document::canonical;
use crate::guard::account::lockout::Found;
use crate::guard::account::{Cause, Fault};

/// How often a call is tried, unless `AWS_MAX_ATTEMPTS` says otherwise.
const ATTEMPTS: u32 = 8;

/// Whoever calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The account.
    pub account: String,
    /// As AWS gives it: a session, for a role.
    pub arn: String,
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
}

/// Connections and credentials.
#[derive(Debug)]
pub struct Session {
    runtime: Runtime,
    config: SdkConfig,
    addresses: Addresses,
    attempts: u32,
}

impl Session {
    /// Looks for credentials and settings as every tool of AWS does: environment, profiles, single
    /// sign-on, web identity, containers, instances. Nothing that stands in for AWS on this machine
    /// is asked with the credentials of an instance. `heard` hears of each service and its address
    /// before the first request goes there.
    ///
    /// # Errors
    /// A setting that cannot be used; whether credentials are there shows at the first call.
    pub fn open(
        profile: Option<&str>,
        heard: impl Fn(&str, &str) + Send + Sync + 'static,
    ) -> Result<Self, Fault> {
        let other = |message: String| Fault::new(Cause::Other, message);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| other(format!("cannot start threads for AWS calls: {error}")))?;
        let (attempts, retry) = retries()?;
        let gate = Gate::new(http_client()?);
        let load = || {
            let loader = aws_config::defaults(BehaviorVersion::latest())
                .http_client(gate.clone())
                .retry_config(retry.clone());
            let loader = match profile {
                Some(profile) => loader.profile_name(profile),
                None => loader,
            };
            runtime.block_on(loader.load())
        };
        let mut config = load();
        if !metadata::is_local(config.endpoint_url()) {
            gate.open();
            if config.region().is_none() {
                config = load();
            }
        }
        if config.region().is_none() {
            // IAM and Organizations have one address a partition; any region of it leads there.
            config = config.into_builder().region(Region::from_static("us-east-1")).build();
        }
        let addresses = Addresses { known: Arc::default(), heard: Heard(Arc::new(heard)) };
        Ok(Self { runtime, config, addresses, attempts })
    }

    /// Asks who we are.
    ///
    /// # Errors
    /// No credentials, or none that AWS takes.
    pub fn identity(&self) -> Result<Identity, Fault> {
        let config = aws_sdk_sts::config::Builder::from(&self.config)
            .interceptor(self.addresses.of("sts"))
            .build();
        let client = aws_sdk_sts::Client::from_conf(config);
        let answer = self.wait(client.get_caller_identity().send());
        let answer = answer.map_err(|error| {
            let mut fault = fault::of("sts:GetCallerIdentity", &error);
            match self.address("sts") {
                Some(address) => fault.message = format!("{} (asked {address})", fault.message),
                // Nothing was sent: there was nothing to sign it with.
                None => fault.cause = Cause::NoCredentials,
            }
            fault
        })?;
        let arn = answer.arn().unwrap_or_default().to_owned();
        let partition = arn.split(':').nth(1).unwrap_or_default().to_owned();
        let account = answer.account().unwrap_or_default().to_owned();
        if account.is_empty() || partition.is_empty() {
            return Err(Fault::new(Cause::Other, "sts:GetCallerIdentity returned no account"));
        }
        Ok(Identity { account, arn, partition })
    }

    /// The ARN that policies see of the caller: of a session its role, with the role's path.
    ///
    /// # Errors
    /// The role cannot be read.
    pub fn principal(&self, identity: &Identity) -> Result<String, Fault> {
        let tail = identity.arn.splitn(6, ':').nth(5).unwrap_or_default();
        let Some(session) = tail.strip_prefix("assumed-role/") else {
            return Ok(identity.arn.clone());
        };
        let name = session.split('/').next().unwrap_or_default();
        let answer = self.wait(self.iam().get_role().role_name(name).send());
        let answer =
            answer.map_err(|error| fault::of(&format!("iam:GetRole of `{name}`"), &error))?;
        answer.role().map(|role| role.arn().to_owned()).ok_or_else(|| {
            Fault::new(Cause::Other, format!("iam:GetRole of `{name}` returned nothing"))
        })
    }

    /// Whether an exempt principal is there, with its path.
    ///
    /// # Errors
    /// The account does not say.
    pub fn find(&self, exempt: &str, account: &str) -> Result<Found, Fault> {
        let mut parts = exempt.splitn(6, ':').skip(4);
        let (of_account, tail) =
            (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if tail.contains(['*', '?']) || !(of_account == "*" || of_account == account) {
            return Ok(Found::NotAsked);
        }
        let name = tail.rsplit('/').next().unwrap_or_default();
        let what = format!("reading `{exempt}`");
        let found = if tail.starts_with("role/") {
            self.wait(self.iam().get_role().role_name(name).send())
                .map(|answer| answer.role().map(|role| role.arn().to_owned()))
                .map_err(|error| fault::of(&what, &error))
        } else {
            self.wait(self.iam().get_user().user_name(name).send())
                .map(|answer| answer.user().map(|user| user.arn().to_owned()))
                .map_err(|error| fault::of(&what, &error))
        };
        match found {
            Ok(Some(arn)) if arn.splitn(6, ':').nth(5) == Some(tail) => Ok(Found::Yes),
            Ok(Some(_)) => Ok(Found::OtherPath),
            Ok(None) => Ok(Found::No),
            Err(fault) if fault.cause == Cause::Gone => Ok(Found::No),
            Err(fault) => Err(fault),
        }
    }

    /// The trust policy of an exempt role; none where it is no role of this account, or has a
    /// wildcard, or may not be read.
    #[must_use]
    pub fn trust(&self, exempt: &str, account: &str) -> Option<Value> {
        let mut parts = exempt.splitn(6, ':').skip(4);
        let (of_account, tail) = (parts.next()?, parts.next()?);
        let is_ours = of_account == "*" || of_account == account;
        if !is_ours || tail.contains(['*', '?']) || !tail.starts_with("role/") {
            return None;
        }
        let name = tail.rsplit('/').next()?;
        let answer = self.wait(self.iam().get_role().role_name(name).send()).ok()?;
        let text = answer.role()?.assume_role_policy_document()?;
        canonical(&super::decode::decoded(text)).ok()
    }

    /// The address that a service was reached at, as it was used: `https://iam.amazonaws.com`.
    #[must_use]
    pub fn address(&self, service: &str) -> Option<String> {
        let known = self.addresses.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(service).cloned()
    }

    /// Calls `heard` whenever the process is asked to end; the process itself goes on.
    pub fn on_interrupt(&self, heard: impl Fn() + Send + Sync + 'static) {
        let heard = Arc::new(heard);
        let notify = Arc::clone(&heard);
        self.runtime.spawn(async move {
            while tokio::signal::ctrl_c().await.is_ok() {
                notify();
            }
        });
        #[cfg(unix)]
        self.runtime.spawn(async move {
            use tokio::signal::unix::{SignalKind, signal};
            let Ok(mut ends) = signal(SignalKind::terminate()) else { return };
            while ends.recv().await.is_some() {
                heard();
            }
        });
    }

    pub(super) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    pub(super) fn attempts(&self) -> u32 {
        self.attempts
    }

    pub(super) fn iam(&self) -> aws_sdk_iam::Client {
        let config = aws_sdk_iam::config::Builder::from(&self.config)
            .interceptor(self.addresses.of("iam"))
            .build();
        aws_sdk_iam::Client::from_conf(config)
    }

    pub(super) fn organizations(&self) -> aws_sdk_organizations::Client {
        let config = aws_sdk_organizations::config::Builder::from(&self.config)
            .interceptor(self.addresses.of("organizations"))
            .build();
        aws_sdk_organizations::Client::from_conf(config)
    }
}

/// TLS by ring, proxies and further authorities as the environment names them.
fn http_client() -> Result<SharedHttpClient, Fault> {
    let mut trusted = TrustStore::default().with_native_roots(true);
    if let Some(file) = std::env::var_os("AWS_CA_BUNDLE").filter(|file| !file.is_empty()) {
        let pem = std::fs::read(&file).map_err(|error| {
            let file = file.to_string_lossy();
            Fault::new(Cause::Other, format!("cannot read `{file}` from AWS_CA_BUNDLE: {error}"))
        })?;
        let mut all = CertificateDer::pem_slice_iter(&pem).peekable();
        if all.peek().is_none() || all.any(|certificate| certificate.is_err()) {
            let what = "AWS_CA_BUNDLE names a file without PEM certificates";
            return Err(Fault::new(Cause::Other, what));
        }
        trusted = trusted.with_pem_certificate(pem);
    }
    let context = TlsContext::builder().with_trust_store(trusted).build();
    let context = context.map_err(|_| Fault::new(Cause::Other, "cannot set up TLS"))?;
    Ok(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder();
        connector.set_connector_settings(settings.cloned());
        connector.set_proxy_config(Some(ProxyConfig::from_env()));
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(context.clone())
            .build()
    }))
}

/// Adaptive and patient, unless the environment asks for something else: IAM's limits are low, and
/// a guard is put on many.
fn retries() -> Result<(u32, RetryConfig), Fault> {
    let text = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let wrong = |name: &str, text: &str, what: &str| {
        Fault::new(Cause::Other, format!("{name} is `{text}`, not {what}"))
    };
    let attempts = match text("AWS_MAX_ATTEMPTS") {
        None => ATTEMPTS,
        Some(text) => match text.parse() {
            Ok(number) if number > 0 => number,
            _ => return Err(wrong("AWS_MAX_ATTEMPTS", &text, "a number from 1")),
        },
    };
    let mode = match text("AWS_RETRY_MODE").as_deref() {
        None | Some("adaptive") => RetryMode::Adaptive,
        Some("standard" | "legacy") => RetryMode::Standard,
        Some(other) => return Err(wrong("AWS_RETRY_MODE", other, "`standard` or `adaptive`")),
    };
    Ok((attempts, RetryConfig::standard().with_retry_mode(mode).with_max_attempts(attempts)))
}

/// Where requests really go: whatever the environment, a profile or FIPS made of it.
#[derive(Debug, Clone)]
struct Addresses {
    known: Arc<Mutex<BTreeMap<&'static str, String>>>,
    heard: Heard,
}

/// What hears of a service and its address.
type Hears = dyn Fn(&str, &str) + Send + Sync;

/// Who is told of a service and its address.
#[derive(Clone)]
struct Heard(Arc<Hears>);

impl std::fmt::Debug for Heard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Heard")
    }
}

impl Addresses {
    fn of(&self, service: &'static str) -> Watch {
        Watch { service, addresses: self.clone() }
    }
}

#[derive(Debug)]
struct Watch {
    service: &'static str,
    addresses: Addresses,
}

impl Intercept for Watch {
    fn name(&self) -> &'static str {
        "addresses"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let uri = context.request().uri();
        // Without its path and without what may stand before an `@`.
        let (scheme, tail) = uri.split_once("://").unwrap_or(("", uri));
        let host = tail.split(['/', '?']).next().unwrap_or_default();
        let host = host.rsplit('@').next().unwrap_or_default();
        let address = format!("{scheme}://{host}");
        let mut known = self.addresses.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.get(self.service) != Some(&address) {
            (self.addresses.heard.0)(self.service, &address);
            known.insert(self.service, address);
        }
        Ok(())
    }
}

/// What a failed call may be, for the callers in this folder.
pub(super) fn is_gone<E: Failed>(error: &E) -> bool {
    error.code().is_some_and(|code| fault::cause(code) == Cause::Gone)
}
