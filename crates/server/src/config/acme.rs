//! The flags for a certificate authority.

use std::path::PathBuf;

use clap::Args;
use http::Uri;
use tls::EabKey;

use super::secrets;
use crate::error::StartError;

/// Let's Encrypt's, for certificates that every browser trusts.
pub(super) const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";

/// The authority that `--domain` asks, and who asks it.
#[derive(Args, Clone, Debug)]
pub struct AcmeFlags {
    /// Where the certificate authority may reach you.
    #[arg(
        long,
        env = "PARLOUR_ACME_EMAIL",
        value_name = "ADDRESS",
        requires = "domain",
        // Said as well, because what another flag rules out is not required any more.
        conflicts_with_all = ["tls", "tls_cert"],
        value_parser = parse_email
    )]
    pub acme_email: Option<String>,

    /// Another certificate authority (ACME, RFC 8555, with TLS-ALPN-01).
    #[arg(
        long,
        env = "PARLOUR_ACME_DIRECTORY",
        value_name = "URL",
        default_value = LETS_ENCRYPT,
        requires = "domain",
        conflicts_with_all = ["tls", "tls_cert"],
        value_parser = parse_directory
    )]
    pub acme_directory: String,

    /// A PEM file of the roots of that authority's own HTTPS, where it is a private one.
    #[arg(
        long,
        env = "PARLOUR_ACME_CA",
        value_name = "FILE",
        requires = "domain",
        conflicts_with_all = ["tls", "tls_cert"]
    )]
    pub acme_ca: Option<PathBuf>,

    /// Your name as its customer (external account binding).
    ///
    /// For authorities that want an account on their website first, and give this and a key there. Both are used when the
    /// account for certificates is made, and never again.
    #[arg(
        long,
        env = "PARLOUR_ACME_EAB_KID",
        value_name = "NAME",
        requires_all = ["domain", "eab_key"],
        conflicts_with_all = ["tls", "tls_cert"],
        value_parser = clap::builder::NonEmptyStringValueParser::new()
    )]
    pub acme_eab_kid: Option<String>,

    /// The key that belongs to it, in base64url.
    ///
    /// Set the variable, or name a file, rather than the flag: other users of the machine can see a program's flags.
    #[arg(
        long,
        env = "PARLOUR_ACME_EAB_HMAC_KEY",
        hide_env_values = true,
        value_name = "KEY",
        group = "eab_key",
        requires = "acme_eab_kid",
        value_parser = secrets::parse_eab_key
    )]
    pub acme_eab_hmac_key: Option<EabKey>,

    /// A file that holds the key of --acme-eab-hmac-key.
    #[arg(
        long,
        env = "PARLOUR_ACME_EAB_HMAC_KEY_FILE",
        value_name = "FILE",
        group = "eab_key",
        requires = "acme_eab_kid"
    )]
    pub acme_eab_hmac_key_file: Option<PathBuf>,
}

impl AcmeFlags {
    /// Takes in the key that stands in a file.
    pub(super) fn read_secret(&mut self) -> Result<(), StartError> {
        const FLAG: &str = "--acme-eab-hmac-key-file";
        if let Some(file) = &self.acme_eab_hmac_key_file {
            let key = secrets::parse_eab_key(&secrets::read(FLAG, file)?);
            self.acme_eab_hmac_key = Some(key.map_err(|why| StartError::SecretFile {
                flag: FLAG,
                file: file.clone(),
                why,
            })?);
        }
        Ok(())
    }
}

/// Reads `--acme-email`. What more there is to know about an address, the authority knows.
fn parse_email(text: &str) -> Result<String, String> {
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !b",?&<>".contains(&byte));
    match text.split_once('@') {
        Some((user, host)) if plain && !user.is_empty() && host.contains('.') && !host.contains('@') => {
            Ok(text.to_owned())
        }
        _ => Err("write one address, as in ada@example.org".to_owned()),
    }
}

/// Reads `--acme-directory`.
fn parse_directory(text: &str) -> Result<String, String> {
    let url = text.parse::<Uri>().ok();
    url.filter(|url| url.scheme_str() == Some("https") && url.host().is_some_and(|host| !host.is_empty()))
        .map(|_| text.to_owned())
        .ok_or_else(|| format!("write an address with https, as in {LETS_ENCRYPT}"))
}
