//! The global condition keys, as AWS documents them; keys of services come from a catalogue.

/// Global keys in lower case; one that ends in `/` takes a tag's key behind it.
const GLOBAL: &[&str] = &[
    "aws:assumedroot",
    "aws:calledvia",
    "aws:calledviaawsmcp",
    "aws:calledviafirst",
    "aws:calledvialast",
    "aws:chatbotsourcearn",
    "aws:currenttime",
    "aws:ec2instancesourceprivateipv4",
    "aws:ec2instancesourcevpc",
    "aws:epochtime",
    "aws:federatedprovider",
    "aws:ismcpserviceaction",
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:organizationid",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalisawsservice",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:principaltag/",
    "aws:principaltype",
    "aws:referer",
    "aws:requestedregion",
    "aws:requesttag/",
    "aws:resourceaccount",
    "aws:resourceorgid",
    "aws:resourceorgpaths",
    "aws:resourcetag/",
    "aws:securetransport",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceidentity",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:tagkeys",
    "aws:tokenissuetime",
    "aws:useragent",
    "aws:userid",
    "aws:username",
    "aws:viaawsmcpservice",
    "aws:viaawsservice",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "aws:vpcsourceip",
];

/// Whether AWS knows a condition key. Identity providers bring their own
/// (`token.actions.githubusercontent.com:sub`), which are known by the dot in their prefix.
#[must_use]
pub fn is_known(key: &str, is_service_key: &dyn Fn(&str) -> bool) -> bool {
    let key = key.to_ascii_lowercase();
    let Some((prefix, _)) = key.split_once(':') else { return false };
    match prefix {
        "aws" => GLOBAL.iter().any(|known| match known.strip_suffix('/') {
            Some(_) => key.len() > known.len() && key.starts_with(known),
            None => key == *known,
        }),
        "saml" => true,
        prefix if prefix.contains('.') => true,
        _ => is_service_key(&key),
    }
}

/// Whether a key takes several values.
#[must_use]
pub fn is_list(key: &str) -> bool {
    matches!(
        key.to_ascii_lowercase().as_str(),
        "aws:tagkeys"
            | "aws:calledvia"
            | "aws:principalorgpaths"
            | "aws:principalservicenameslist"
            | "aws:resourceorgpaths"
            | "aws:sourceorgpaths"
            | "aws:vpceorgpaths"
    )
}
