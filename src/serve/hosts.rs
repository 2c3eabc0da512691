//! Where the server may connect to. A request names the addresses, so a forged or foreign one could
//! name any.

use std::fmt;

use reqwest::Url;

/// The hosts of HCP Terraform, or of a Terraform Enterprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hosts {
    api: Vec<String>,
    storage: Vec<String>,
}

/// Why an address is refused; holds no part of its path, which may hold a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused(String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Hosts {
    /// `api` answers with plans and takes results; `storage` is where it sends us for a plan. Both
    /// are `HOST` or `HOST:PORT`. The API's own hosts may store plans too.
    ///
    /// # Errors
    /// The first that is neither: an address would never be found on the list.
    pub fn new(api: &[String], storage: &[String]) -> Result<Self, String> {
        let all = |list: &[String]| -> Result<Vec<String>, String> {
            list.iter().map(|host| named(host)).collect()
        };
        Ok(Self { api: all(api)?, storage: all(storage)? })
    }

    pub(super) fn api(&self, url: &str) -> Result<Url, Refused> {
        let url = https(url)?;
        if self.api.contains(&authority(&url)) { Ok(url) } else { Err(foreign(&url)) }
    }

    pub(super) fn storage(&self, from: &Url, url: &str) -> Result<Url, Refused> {
        let absolute =
            from.join(url).map_err(|_| Refused("the address is not a valid URL".to_owned()))?;
        let url = https(absolute.as_str())?;
        let name = authority(&url);
        let known = self.api.contains(&name) || self.storage.contains(&name);
        if known { Ok(url) } else { Err(foreign(&url)) }
    }
}

/// A host as it was given, in the form that addresses are compared in.
fn named(host: &str) -> Result<String, String> {
    let url = Url::parse(&format!("https://{host}/")).map_err(|_| host.to_owned())?;
    let bare = !host.contains(['/', '@', '?', '#', '\\', '*']) && !host.ends_with('.');
    if bare { Ok(authority(&url)) } else { Err(host.to_owned()) }
}

fn https(url: &str) -> Result<Url, Refused> {
    let url = Url::parse(url).map_err(|_| Refused("the address is not a valid URL".to_owned()))?;
    if url.scheme() != "https" {
        return Err(Refused("the address does not use https".to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refused("the address contains a user name".to_owned()));
    }
    Ok(url)
}

/// `HOST`, or `HOST:PORT` where the port is not that of https.
fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().to_lowercase();
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host,
    }
}

fn foreign(url: &Url) -> Refused {
    let host: String = authority(url).chars().take(100).collect();
    Refused(format!("`{host}` is not one of this server's allowed hosts"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> Hosts {
        Hosts::new(
            &["app.terraform.io".to_owned(), "TFE.example:8443".to_owned()],
            &["archivist.terraform.io:443".to_owned()],
        )
        .unwrap()
    }

    #[test]
    fn what_is_no_host_is_refused_at_the_start() {
        for bad in ["", "https://app.terraform.io", "a.example/", "*.example", "u@a.example", "a b"]
        {
            assert!(Hosts::new(&[bad.to_owned()], &[]).is_err(), "{bad}");
            assert!(Hosts::new(&[], &[bad.to_owned()]).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_the_named_hosts_by_https() {
        for good in [
            "https://app.terraform.io/x",
            "https://APP.terraform.io:443/",
            "https://tfe.example:8443/a",
        ] {
            assert!(hosts().api(good).is_ok(), "{good}");
        }
        for bad in [
            "http://app.terraform.io/x",
            "https://app.terraform.io:8443/x",
            "https://tfe.example/a",
            "https://app.terraform.io@evil.example/",
            "https://app.terraform.io.evil.example/",
            "https://evil.example/app.terraform.io",
            "https://archivist.terraform.io/x",
            "https://u:p@app.terraform.io/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "file:///etc/passwd",
            "gopher://app.terraform.io",
            "",
            "/relative",
        ] {
            assert!(hosts().api(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_redirect_goes_to_the_storage_or_stays() {
        let from = Url::parse("https://app.terraform.io/api/v2/plans/p/json-output").unwrap();
        for good in
            ["https://archivist.terraform.io/v1/object/x", "/other", "https://app.terraform.io/y"]
        {
            assert!(hosts().storage(&from, good).is_ok(), "{good}");
        }
        for bad in
            ["http://archivist.terraform.io/", "https://169.254.169.254/latest", "//evil.example/x"]
        {
            let refused = hosts().storage(&from, bad).unwrap_err().to_string();
            assert!(!refused.contains("latest"), "{refused}");
        }
    }
}
