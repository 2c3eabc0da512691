//! Keeps the credentials of an instance for AWS. Where the calls go to something on this machine
//! that stands in for AWS, nobody means the machine's own role: without this a test that lacks
//! credentials would reach out to the metadata service and sign with what it finds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_sdk_iam::config::http::HttpRequest;
use aws_sdk_iam::config::{HttpClient, RuntimeComponents, SharedHttpClient};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::result::ConnectorError;

/// A client that asks no metadata service until it is opened.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    inner: SharedHttpClient,
    open: Arc<AtomicBool>,
}

impl Gate {
    pub(super) fn new(inner: SharedHttpClient) -> Self {
        Self { inner, open: Arc::default() }
    }

    /// From now on the metadata service may be asked.
    pub(super) fn open(&self) {
        self.open.store(true, Ordering::Relaxed);
    }
}

impl HttpClient for Gate {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(Guarded { inner, open: Arc::clone(&self.open) })
    }
}

#[derive(Debug)]
struct Guarded {
    inner: SharedHttpConnector,
    open: Arc<AtomicBool>,
}

impl HttpConnector for Guarded {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        if !self.open.load(Ordering::Relaxed) && is_metadata(request.uri()) {
            let why = "the metadata service is not used with a substitute AWS endpoint";
            return HttpConnectorFuture::ready(Err(ConnectorError::user(why.into())));
        }
        self.inner.call(request)
    }
}

/// Whether a request goes to the metadata service, wherever that is: no API of AWS has such paths.
fn is_metadata(uri: &str) -> bool {
    let tail = uri.split_once("://").map_or(uri, |(_, tail)| tail);
    let path = tail.find('/').and_then(|at| tail.get(at..)).unwrap_or_default();
    path.starts_with("/latest/")
}

/// Whether calls go to this machine alone: an address is set, and each that is set is a loopback.
/// `configured` is the one that environment and profile make together.
pub(super) fn is_local(configured: Option<&str>) -> bool {
    let set = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let ignored = set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    if ignored.is_some_and(|text| text.eq_ignore_ascii_case("true")) {
        return false;
    }
    let mut all: Vec<String> = ["STS", "IAM", "ORGANIZATIONS"]
        .iter()
        .filter_map(|service| set(&format!("AWS_ENDPOINT_URL_{service}")))
        .collect();
    all.extend(configured.map(str::to_owned));
    !all.is_empty() && all.iter().all(|url| is_loopback(url))
}

fn is_loopback(url: &str) -> bool {
    let tail = url.split_once("://").map_or(url, |(_, tail)| tail);
    let host = tail.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopbacks_are_told_from_others() {
        for url in ["http://127.0.0.1:5000", "http://localhost", "http://[::1]:4/", "LOCALHOST:1"] {
            assert!(is_loopback(url), "{url}");
        }
        for other in [
            "https://iam.amazonaws.com",
            "http://127.0.0.1.example.com",
            "http://127.0.0.1@example.com",
            "http://169.254.169.254",
            "",
        ] {
            assert!(!is_loopback(other), "{other}");
        }
    }

    #[test]
    fn the_paths_of_metadata_are_known() {
        assert!(is_metadata("http://169.254.169.254/latest/api/token"));
        assert!(is_metadata("http://127.0.0.1:9/latest/meta-data/iam/security-credentials/"));
        assert!(!is_metadata("https://iam.amazonaws.com/?Action=X&x=/latest/"));
        assert!(!is_metadata("https://iam.amazonaws.com/"));
    }
}
