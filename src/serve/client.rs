//! Talks to HCP Terraform: fetches the plan and its source, sends the result. The token goes to the API's own
//! host and to no other.

use std::path::Path;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{Certificate, Client, Response, StatusCode, Url, redirect};
use tokio::time::Instant;

use super::hosts::Hosts;
use super::retry::{self, Tried};

/// The media type of the callback.
const JSON_API: HeaderValue = HeaderValue::from_static("application/vnd.api+json");
/// One HTTP exchange, without the body of a plan.
const EXCHANGE: Duration = Duration::from_secs(30);
/// How long the other side may be silent in the middle of a body.
const SILENCE: Duration = Duration::from_secs(30);

/// One download of a plan, all of it: who sends a byte a second must not hold a place.
const DOWNLOAD: Duration = Duration::from_secs(120);

/// Bytes of the largest archive of a source.
const MAX_SOURCE: u64 = 64 << 20;

/// What is fetched.
#[derive(Clone, Copy)]
struct Item {
    /// In words, for errors.
    name: &'static str,
    /// Bytes of the largest.
    max: u64,
    accept: &'static str,
    /// What it means that there is no content.
    empty: Option<&'static str>,
}

/// Connections, shared by all tasks.
#[derive(Clone)]
pub(super) struct Api {
    client: Client,
    hosts: Hosts,
    max_plan: u64,
}

impl Api {
    pub(super) fn new(
        hosts: Hosts,
        authorities: Option<&Path>,
        max_plan: u64,
    ) -> Result<Self, String> {
        let mut builder = Client::builder()
            .use_rustls_tls()
            .https_only(true)
            .redirect(redirect::Policy::none())
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(SILENCE)
            .user_agent(concat!("holdpoint/", env!("CARGO_PKG_VERSION")));
        if let Some(file) = authorities {
            let pem = std::fs::read(file).map_err(|_| unread(file))?;
            let certificates = Certificate::from_pem_bundle(&pem).map_err(|_| unread(file))?;
            if certificates.is_empty() {
                return Err(unread(file));
            }
            builder = builder.tls_certs_merge(certificates);
        }
        let client = builder.build().map_err(|_| "cannot set up TLS for the client".to_owned())?;
        Ok(Self { client, hosts, max_plan })
    }

    /// An address that a request names, when it is one of the API.
    pub(super) fn address(&self, url: &str) -> Result<Url, String> {
        self.hosts.api(url).map_err(|refused| refused.to_string())
    }

    /// One try to get the JSON of the plan.
    pub(super) async fn plan(&self, url: &Url, token: &str) -> Tried<Vec<u8>> {
        let (name, max) = ("the plan", self.max_plan);
        // Without content it is not ready yet.
        self.get(Item { name, max, accept: "application/json", empty: None }, url, token).await
    }

    /// One try to get the archive of the source.
    pub(super) async fn configuration(&self, url: &Url, token: &str) -> Tried<Vec<u8>> {
        let (name, max) = ("the source", MAX_SOURCE);
        // Without content it is kept no longer, or was never uploaded.
        let empty = Some("the source is not stored");
        self.get(Item { name, max, accept: "*/*", empty }, url, token).await
    }

    async fn get(&self, item: Item, url: &Url, token: &str) -> Tried<Vec<u8>> {
        match tokio::time::timeout(DOWNLOAD, self.try_get(item, url, token)).await {
            Ok(tried) => tried,
            Err(_) => Tried::Again(format!("{}: the transfer is too slow", item.name), None),
        }
    }

    async fn try_get(&self, item: Item, url: &Url, token: &str) -> Tried<Vec<u8>> {
        let name = item.name;
        let request = self
            .client
            .get(url.clone())
            .header(AUTHORIZATION, bearer(token))
            .header(ACCEPT, item.accept);
        let response = match tokio::time::timeout(EXCHANGE, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Tried::Again(reason(name, &error), None),
            Err(_) => return Tried::Again(format!("{name}: no answer"), None),
        };
        match response.status() {
            StatusCode::OK => body(item, response).await,
            StatusCode::TEMPORARY_REDIRECT | StatusCode::FOUND | StatusCode::SEE_OTHER => {
                let target = response.headers().get(LOCATION).and_then(|to| to.to_str().ok());
                let Some(target) = target else {
                    return Tried::Refused(format!(
                        "{name} was moved, but the redirect names no address"
                    ));
                };
                match self.hosts.storage(url, target) {
                    // The address itself is the secret; it lives for a minute.
                    Ok(target) => self.stored(item, target).await,
                    Err(refused) => Tried::Refused(format!("{name} was moved: {refused}")),
                }
            }
            StatusCode::NO_CONTENT => match item.empty {
                Some(why) => Tried::Refused(why.to_owned()),
                None => {
                    Tried::Again(format!("{name} is not ready yet"), Some(Duration::from_secs(2)))
                }
            },
            StatusCode::UNPROCESSABLE_ENTITY if item.empty.is_none() => Tried::Refused(
                "this Terraform version does not provide the plan as JSON".to_owned(),
            ),
            status => refused(name, status, &response),
        }
    }

    async fn stored(&self, item: Item, url: Url) -> Tried<Vec<u8>> {
        let name = format!("the stored {}", item.name.trim_start_matches("the "));
        let response = match tokio::time::timeout(EXCHANGE, self.client.get(url).send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Tried::Again(reason(&name, &error), None),
            Err(_) => return Tried::Again(format!("{name}: no answer"), None),
        };
        match response.status() {
            StatusCode::OK => body(item, response).await,
            // Its minute may be over: the API is asked again.
            StatusCode::FORBIDDEN => Tried::Again(format!("{name}: HTTP 403"), None),
            status => refused(&name, status, &response),
        }
    }

    /// Sends a result.
    pub(super) async fn send(
        &self,
        url: &str,
        token: &str,
        body: &str,
        deadline: Instant,
    ) -> Result<(), String> {
        let url = self.address(url)?;
        retry::until(deadline, || self.try_send(&url, token, body)).await
    }

    async fn try_send(&self, url: &Url, token: &str, body: &str) -> Tried<()> {
        let request = self
            .client
            .patch(url.clone())
            .header(AUTHORIZATION, bearer(token))
            .header(CONTENT_TYPE, JSON_API)
            .header(ACCEPT, JSON_API)
            .body(body.to_owned());
        match tokio::time::timeout(EXCHANGE, request.send()).await {
            Ok(Ok(response)) if response.status().is_success() => Tried::Done(()),
            Ok(Ok(response)) => refused("the callback", response.status(), &response),
            Ok(Err(error)) => Tried::Again(reason("the callback", &error), None),
            Err(_) => Tried::Again("the callback: no answer".to_owned(), None),
        }
    }
}

async fn body(item: Item, mut response: Response) -> Tried<Vec<u8>> {
    let too_large = || format!("{} is larger than {} bytes", item.name, item.max);
    let promised = response.content_length().unwrap_or_default();
    if promised > item.max {
        return Tried::Refused(too_large());
    }
    // Grown step by step, it would take up to twice its size.
    let mut body = Vec::with_capacity(usize::try_from(promised).unwrap_or_default());
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                if (body.len() + chunk.len()) as u64 > item.max {
                    return Tried::Refused(too_large());
                }
                body.extend_from_slice(&chunk);
            }
            Ok(None) => return Tried::Done(body),
            Err(error) => return Tried::Again(reason(item.name, &error), None),
        }
    }
}

fn bearer(token: &str) -> HeaderValue {
    let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
        .unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    value
}

/// What an answer that is none means: overload and faults pass, the rest does not.
fn refused<T>(what: &str, status: StatusCode, response: &Response) -> Tried<T> {
    let why = format!("{what}: HTTP {}", status.as_u16());
    if status.is_server_error()
        || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT)
    {
        let seconds = response.headers().get(RETRY_AFTER).and_then(|after| after.to_str().ok());
        let asked = seconds.and_then(|text| text.parse().ok()).map(Duration::from_secs);
        Tried::Again(why, asked)
    } else {
        Tried::Refused(why)
    }
}

/// The kind of error alone: its text holds the address.
fn reason(what: &str, error: &reqwest::Error) -> String {
    let kind = if error.is_timeout() {
        "no answer in time"
    } else if error.is_connect() {
        "connection failed"
    } else if error.is_body() || error.is_decode() {
        "connection lost"
    } else {
        "request failed"
    };
    format!("{what}: {kind}")
}

fn unread(file: &Path) -> String {
    format!("`{}` contains no PEM certificates", file.display())
}
