//! What the operator may set about HTTPS: where the certificate comes from.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::acme::AcmeFlags;
use super::parse_listen;

/// The flags about HTTPS. Without any of them the server speaks plain HTTP.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "HTTPS (one of --domain, --tls-cert and --tls)")]
pub struct TlsFlags {
    /// The name of this server: its certificate is obtained and renewed by itself.
    ///
    /// The name must lead to this machine, and TCP port 443 be let in. `--listen` is `[::]:443` then, `--public-url` is
    /// `https://NAME`, and port 80 redirects to it. The certificate is kept in the folder of `--state-dir`. By giving this
    /// flag you agree to the terms of the certificate authority (Let's Encrypt, unless `--acme-directory` names another).
    #[arg(long, env = "PARLOUR_DOMAIN", value_name = "NAME", group = "certificate", value_parser = parse_domain)]
    pub domain: Option<String>,

    /// What that authority is told.
    #[command(flatten)]
    pub acme: AcmeFlags,

    /// A PEM file with a certificate of your own, and those that it rests on.
    ///
    /// It is read again when it or the key has changed, and on SIGHUP. Connections stay open meanwhile.
    #[arg(
        long,
        env = "PARLOUR_TLS_CERT",
        value_name = "FILE",
        group = "certificate",
        requires = "tls_key"
    )]
    pub tls_cert: Option<PathBuf>,

    /// A PEM file with its private key.
    #[arg(long, env = "PARLOUR_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// A certificate that no authority vouches for, for a network of one's own.
    ///
    /// Browsers warn of it once. Its fingerprint is printed at the start, to be compared with what the browser shows. It is kept
    /// in the folder of `--state-dir`, so that it stays the same, and is renewed a month before its end, after two years.
    #[arg(long, env = "PARLOUR_TLS", value_name = "MODE", group = "certificate", value_enum)]
    pub tls: Option<TlsMode>,

    /// Where http is redirected to https, or `off` [default: port 80 with --domain].
    ///
    /// With `--domain` it is `[::]:80` unless you say otherwise, where that port can be had; else there is none.
    #[arg(
        long,
        env = "PARLOUR_HTTP_LISTEN",
        value_name = "ADDRESS:PORT|off",
        requires = "certificate",
        value_parser = parse_http_listen
    )]
    pub http_listen: Option<HttpListen>,
}

/// A certificate from no file and no authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum TlsMode {
    /// One that this server signs itself.
    SelfSigned,
}

/// Where plain HTTP is redirected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HttpListen {
    /// Nowhere.
    Off,
    /// On this address and port.
    At(String),
}

impl TlsFlags {
    /// Whether this server speaks HTTPS itself.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        self.domain.is_some() || self.tls_cert.is_some() || self.tls.is_some()
    }

    /// Whether browsers trust the certificate without being asked.
    #[must_use]
    pub const fn is_trusted(&self) -> bool {
        self.domain.is_some() || self.tls_cert.is_some()
    }
}

/// Reads `--domain`: a host name of at least two labels, or `localhost`, in small letters (RFC 1123, section 2.1).
fn parse_domain(text: &str) -> Result<String, String> {
    let wrong = || "write the bare name, without https:// and port, as in calls.example.org".to_owned();
    if !text.is_ascii() {
        return Err("write the name as DNS has it, with xn-- where it has other letters than a to z".to_owned());
    }
    let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
    let is_label = |label: &str| {
        let inner = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        inner && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    // No top level is a number: this is an IP address.
    let is_name = name.len() <= 253 && name.split('.').all(is_label) && !last.bytes().all(|byte| byte.is_ascii_digit());
    match is_name && (name.contains('.') || name == "localhost") {
        true => Ok(name),
        false => Err(wrong()),
    }
}

/// Reads `--http-listen`.
fn parse_http_listen(text: &str) -> Result<HttpListen, String> {
    match text {
        "off" => Ok(HttpListen::Off),
        address => parse_listen(address).map(HttpListen::At),
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::config::Config;
    use crate::config::acme::LETS_ENCRYPT;

    fn parse(flags: &[&str]) -> Result<Config, clap::Error> {
        Config::try_parse_from(["parlour"].iter().chain(flags))
    }

    #[test]
    fn a_domain_is_a_whole_installation() {
        let config = parse(&["--domain", "Calls.Example.org."]).expect("valid");
        assert_eq!(config.tls.domain.as_deref(), Some("calls.example.org"));
        assert_eq!(config.listen_address(), "[::]:443");
        let url = config.public_url().expect("an address");
        assert_eq!(url.to_string(), "https://calls.example.org");
        assert_eq!(config.tls.acme.acme_directory, LETS_ENCRYPT);
    }

    #[test]
    fn what_is_said_wins_over_what_a_domain_means() {
        let flags = [
            "--domain=calls.example.org",
            "--listen=127.0.0.1:8443",
            "--public-url=https://calls.example.org:8443",
        ];
        let config = parse(&flags).expect("valid");
        assert_eq!(config.listen_address(), "127.0.0.1:8443");
        let url = config.public_url().expect("an address");
        assert_eq!(url.to_string(), "https://calls.example.org:8443");
    }

    #[test]
    fn plain_http_is_the_default() {
        let config = parse(&[]).expect("valid");
        assert!(!config.tls.is_on());
        assert_eq!(config.public_url(), None);
    }

    #[test]
    fn names_that_no_authority_certifies_are_refused() {
        for name in [
            "",
            "calls",
            "https://calls.example.org",
            "calls.example.org:443",
            "calls.example.org/",
            "*.example.org",
            "203.0.113.7",
            "[2001:db8::7]",
            "calls..example.org",
            "-calls.example.org",
            "câlls.example.org",
            "calls_.example.org",
            &format!("{}.org", "a".repeat(64)),
        ] {
            assert!(parse(&["--domain", name]).is_err(), "{name} was taken");
        }
    }

    #[test]
    fn only_one_certificate_is_served() {
        for flags in [
            &["--domain=a.example", "--tls=self-signed"][..],
            &["--domain=a.example", "--tls-cert=c", "--tls-key=k"],
            &["--tls=self-signed", "--tls-cert=c", "--tls-key=k"],
            &["--tls-cert=c"],
            &["--tls-key=k"],
            &["--tls=on"],
            &["--acme-email=ada@example.org"],
            &["--acme-ca=f"],
            &["--acme-directory=https://acme.example/directory"],
            &["--http-listen=[::]:80"],
            &["--domain=a.example", "--http-listen=80"],
            &["--domain=a.example", "--acme-email=ada"],
            &["--domain=a.example", "--acme-eab-kid=ada"],
            &["--domain=a.example", "--acme-eab-hmac-key=aaaa"],
            &["--domain=a.example", "--acme-eab-hmac-key-file=f"],
            &["--domain=a.example", "--acme-eab-kid=ada", "--acme-eab-hmac-key=a b"],
            &["--domain=a.example", "--acme-eab-kid=", "--acme-eab-hmac-key=aaaa"],
            &[
                "--domain=a.example",
                "--acme-eab-kid=a",
                "--acme-eab-hmac-key=aaaa",
                "--acme-eab-hmac-key-file=f",
            ],
            &["--tls=self-signed", "--acme-eab-kid=ada", "--acme-eab-hmac-key=aaaa"],
            &["--tls=self-signed", "--acme-email=ada@example.org"],
            &["--tls=self-signed", "--acme-directory=https://acme.example/directory"],
            &["--tls-cert=c", "--tls-key=k", "--acme-ca=f"],
            &["--domain=a.example", "--acme-directory=http://a.example/"],
        ] {
            assert!(parse(flags).is_err(), "{flags:?} were taken");
        }
        assert!(parse(&["--tls-cert=c", "--tls-key=k", "--http-listen=off"]).is_ok());
        for key in ["--acme-eab-hmac-key=aaaa", "--acme-eab-hmac-key-file=f"] {
            assert!(
                parse(&["--domain=a.example", "--acme-eab-kid=ada", key]).is_ok(),
                "{key}"
            );
        }
    }
}
