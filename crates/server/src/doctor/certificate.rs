//! Looks at the certificate that a door shows.

use rustls::client::verify_server_name;
use rustls::pki_types::ServerName;
use rustls::server::ParsedCertificate;
use sha2::{Digest as _, Sha256};
use x509_parser::prelude::{FromDer as _, GeneralName, X509Certificate};

use super::judge::certificate::Facts;
use super::subject::Subject;
use super::tls::{Shown, is_about_time};

/// What is known about what was shown for `name`.
pub(super) fn facts(shown: &Shown, name: &str, subject: &Subject, now: u64) -> Result<Facts, String> {
    let unreadable = |_| "it cannot be read".to_owned();
    let first = shown.chain.first().ok_or("it is empty")?;
    let (_, certificate) = X509Certificate::from_der(first).map_err(unreadable)?;
    let parsed = ParsedCertificate::try_from(first).map_err(|error| error.to_string())?;
    let asked = ServerName::try_from(name.to_owned()).map_err(|_| format!("{name} is no name for a certificate"))?;
    let seconds = |time: i64| u64::try_from(time).unwrap_or_default();
    let trusted = match &shown.trusted {
        // The dates are judged by themselves.
        Err(error) if is_about_time(error) => Ok(()),
        trusted => trusted.clone().map_err(|error| error.to_string()),
    };
    Ok(Facts {
        name: name.to_owned(),
        names: names(&certificate),
        fits: verify_server_name(&parsed, &asked).is_ok(),
        now,
        starts: seconds(certificate.validity().not_before.timestamp()),
        ends: seconds(certificate.validity().not_after.timestamp()),
        self_signed: certificate.issuer() == certificate.subject() && shown.chain.len() == 1,
        trusted,
        fingerprint: fingerprint(first),
        automatic: subject.domain.is_some(),
        private: subject.authority_roots.is_some(),
    })
}

fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else {
        return Vec::new();
    };
    let names = extension.value.general_names.iter();
    let names = names.filter_map(|name| match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => ip(bytes),
        _ => None,
    });
    names.collect()
}

fn ip(bytes: &[u8]) -> Option<String> {
    let v4 = <[u8; 4]>::try_from(bytes).map(|octets| std::net::Ipv4Addr::from(octets).to_string());
    let v6 = || <[u8; 16]>::try_from(bytes).map(|octets| std::net::Ipv6Addr::from(octets).to_string());
    v4.or_else(|_| v6()).ok()
}

/// SHA-256 in hexadecimal, with the colons that browsers write.
fn fingerprint(certificate: &[u8]) -> String {
    let bytes = Sha256::digest(certificate);
    let pairs: Vec<String> = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}
