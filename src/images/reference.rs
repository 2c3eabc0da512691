//! Image references after the grammar of the distribution project, normalised as container runtimes
//! normalise them: `nginx` is `docker.io/library/nginx`.

/// A reference, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Image {
    /// The host, in lower case, with its port: `docker.io`, `localhost:5000`.
    pub(crate) registry: String,
    /// The path, `library/nginx`.
    pub(crate) path: String,
    /// The tag; empty when there is none.
    pub(crate) tag: String,
    /// The digest, `sha256:…`; empty when there is none.
    pub(crate) digest: String,
}

impl Image {
    /// Reads a reference; `None` when it is none.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, digest),
            None => (text, ""),
        };
        // A colon behind the last slash begins the tag; one before it, a port.
        let cut = rest.rfind('/').map_or(0, |slash| slash + 1);
        let (name, tag) = match rest.get(cut..)?.split_once(':') {
            Some((last, tag)) => (rest.get(..cut + last.len())?, Some(tag)),
            None => (rest, None),
        };
        let (registry, path) = split(name);
        let good = tag.is_none_or(is_tag)
            && (!text.contains('@') || is_digest(digest))
            && is_host(&registry)
            && path.split('/').all(is_component)
            // What is nothing but the hex of a digest names an image by its id.
            && !(name.len() == 64 && name.bytes().all(|b| b.is_ascii_hexdigit()));
        good.then(|| Self {
            registry,
            path,
            tag: tag.unwrap_or_default().to_owned(),
            digest: digest.to_owned(),
        })
    }

    /// `docker.io/library/nginx`
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.registry, self.path)
    }

    /// Whether the name is that entry of an allow-list, or below it. An entry is a host, a host and
    /// the beginning of a path, or a whole name; it ends where a component ends.
    pub(crate) fn is_below(&self, entry: &str) -> bool {
        let entry = entry.trim_end_matches("/*").trim_end_matches('/');
        let (host, path) = entry.split_once('/').unwrap_or((entry, ""));
        if host.to_ascii_lowercase() != self.registry {
            return false;
        }
        path.is_empty()
            || self
                .path
                .strip_prefix(path)
                .is_some_and(|tail| tail.is_empty() || tail.starts_with('/'))
    }
}

/// The host and the path, with what a runtime adds.
fn split(name: &str) -> (String, String) {
    let is_host = |first: &str| {
        first.contains(['.', ':']) || first == "localhost" || first.to_ascii_lowercase() != first
    };
    match name.split_once('/') {
        Some((first, rest)) if is_host(first) => {
            let host = first.to_ascii_lowercase();
            let docker = matches!(host.as_str(), "docker.io" | "index.docker.io");
            match (docker, rest.contains('/')) {
                (true, false) => ("docker.io".to_owned(), format!("library/{rest}")),
                (true, true) => ("docker.io".to_owned(), rest.to_owned()),
                (false, _) => (host, rest.to_owned()),
            }
        }
        Some(_) => ("docker.io".to_owned(), name.to_owned()),
        None => ("docker.io".to_owned(), format!("library/{name}")),
    }
}

fn is_host(host: &str) -> bool {
    let (name, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((inner, tail)) => {
            let good =
                !inner.is_empty() && inner.chars().all(|c| c.is_ascii_hexdigit() || c == ':');
            return good && (tail.is_empty() || tail.strip_prefix(':').is_some_and(is_port));
        }
        None => match host.split_once(':') {
            Some((name, port)) => (name, Some(port)),
            None => (host, None),
        },
    };
    let label = |label: &str| {
        let inner = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !label.is_empty()
            && label.chars().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.split('.').all(label) && port.is_none_or(is_port)
}

fn is_port(port: &str) -> bool {
    !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())
}

fn is_component(text: &str) -> bool {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !text.starts_with(fine) || !text.ends_with(fine) {
        return false;
    }
    text.split(fine)
        .all(|gap| matches!(gap, "" | "." | "_" | "__") || gap.chars().all(|c| c == '-'))
}

fn is_tag(tag: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= 128
        && tag.starts_with(word)
        && tag.chars().all(|c| word(c) || c == '.' || c == '-')
}

fn is_digest(digest: &str) -> bool {
    let Some((algorithm, hex)) = digest.split_once(':') else { return false };
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphabetic())
            && part.chars().all(|c| c.is_ascii_alphanumeric())
    };
    let enough = match algorithm {
        "sha256" => hex.len() == 64,
        "sha512" => hex.len() == 128,
        _ => hex.len() >= 32,
    };
    algorithm.split(['-', '_', '+', '.']).all(part)
        && enough
        && hex.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<String> {
        Image::parse(text).map(|image| format!("{} {} {}", image.name(), image.tag, image.digest))
    }

    #[test]
    fn references_are_read_as_runtimes_read_them() {
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(name("nginx"), some("docker.io/library/nginx  "));
        assert_eq!(name("nginx:1.2"), some("docker.io/library/nginx 1.2 "));
        assert_eq!(name("org/app"), some("docker.io/org/app  "));
        assert_eq!(name("index.docker.io/nginx"), some("docker.io/library/nginx  "));
        assert_eq!(name("localhost:5000/nginx"), some("localhost:5000/nginx  "));
        assert_eq!(name("reg:5000/nginx:1.2"), some("reg:5000/nginx 1.2 "));
        assert_eq!(name("localhost/a/b__c.d-e"), some("localhost/a/b__c.d-e  "));
        assert_eq!(name("GHCR.io/Org/app"), None);
        assert_eq!(name("GHCR.io/org/app:v1"), some("ghcr.io/org/app v1 "));
        assert_eq!(name("REGISTRY/app"), some("registry/app  "));
        let digest = format!("sha256:{}", "a".repeat(64));
        let whole = format!("quay.io/a/b:1@{digest}");
        assert_eq!(name(&whole), Some(format!("quay.io/a/b 1 {digest}")));
        for bad in [
            "",
            ":",
            "nginx:",
            "nginx@",
            "nginx@sha256:abc",
            "a//b",
            "-a",
            "a-",
            "a..b",
            "a___b",
            "Nginx",
            "x/Y:1",
            "${IMAGE}",
            "{{ .image }}",
            "nginx:1 2",
            "http://x/y",
            "a b",
            "ghcr.io/",
            "/a",
            &"a".repeat(64),
            "reg:x/y",
        ] {
            assert_eq!(name(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_entry_ends_where_a_component_ends() {
        let image = |text| Image::parse(text).unwrap();
        assert!(image("ghcr.io/myorg/app:1").is_below("ghcr.io/myorg"));
        assert!(image("ghcr.io/myorg/app:1").is_below("ghcr.io/myorg/*"));
        assert!(image("ghcr.io/myorg/app:1").is_below("GHCR.io"));
        assert!(!image("ghcr.io/myorg-evil/app:1").is_below("ghcr.io/myorg"));
        assert!(!image("ghcr.io.evil.com/myorg/app").is_below("ghcr.io"));
        assert!(!image("ghcr.io:8443/myorg/app").is_below("ghcr.io/myorg"));
        assert!(image("nginx").is_below("docker.io/library"));
    }
}
