//! Where the certificate of HTTPS comes from, as the flags say it.

use std::collections::HashSet;
use std::net::IpAddr;

use state::Places;
use tls::{AcmeSettings, Customer, Mode, Tls};

use crate::config::{Config, TlsMode};
use crate::error::StartError;

/// The folder for certificates in the folder of the state.
const FOLDER: &str = "tls";

/// The certificate that the flags ask for; `None` where they ask for none. `local` is where the server listens.
pub(crate) fn open(config: &Config, places: &Places, local: IpAddr) -> Result<Option<Tls>, StartError> {
    let folder = || {
        let state = config.state_dir.clone().or_else(|| places.default_folder());
        let state = state.ok_or(StartError::NoStateFolder);
        state.map(|state| state.join(FOLDER))
    };
    let flags = &config.tls;
    let mode = match (files(config), flags.tls, &flags.domain) {
        (Some(files), ..) => files,
        (_, Some(TlsMode::SelfSigned), _) => Mode::SelfSigned {
            names: names(config, local),
            folder: Some(folder()?),
        },
        (_, _, Some(domain)) => {
            let flags = flags.acme.clone();
            let customer = flags.acme_eab_kid.zip(flags.acme_eab_hmac_key);
            Mode::Acme(AcmeSettings {
                domain: domain.clone(),
                directory: flags.acme_directory,
                email: flags.acme_email,
                roots: flags.acme_ca,
                customer: customer.map(|(name, key)| Customer { name, key }),
                folder: folder()?,
            })
        }
        _ => return Ok(None),
    };
    Ok(Some(Tls::open(mode)?))
}

/// The same for a server that runs for a moment: nothing is kept, and no authority is asked. What is in no file is signed by
/// nobody else.
pub(crate) fn passing(config: &Config, local: IpAddr) -> Result<Option<Tls>, StartError> {
    if !config.tls.is_on() {
        return Ok(None);
    }
    let self_signed = || Mode::SelfSigned {
        names: match &config.tls.domain {
            Some(domain) => vec![domain.clone()],
            None => names(config, local),
        },
        folder: None,
    };
    Ok(Some(Tls::open(files(config).unwrap_or_else(self_signed))?))
}

fn files(config: &Config) -> Option<Mode> {
    let (certificate, key) = (config.tls.tls_cert.clone()?, config.tls.tls_key.clone()?);
    Some(Mode::Files { certificate, key })
}

/// The names and addresses by which this server is opened, as far as it can know.
fn names(config: &Config, local: IpAddr) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if let Some(url) = config.public_url() {
        names.push(url.host().to_owned());
    }
    let host = gethostname::gethostname().to_string_lossy().to_ascii_lowercase();
    if !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte))
    {
        // By multicast DNS (RFC 6762) the others in the network find it as this.
        if !host.contains('.') {
            names.push(format!("{host}.local"));
        }
        names.push(host);
    }
    let own = match local.is_unspecified() {
        false => vec![local],
        true => ice::own_addresses(),
    };
    names.extend(
        own.iter()
            .chain(&config.relay.external_ips)
            .map(|ip| ip.to_canonical().to_string()),
    );
    let mut known = HashSet::new();
    names.retain(|name| known.insert(name.clone()));
    names
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[test]
    fn it_names_whatever_this_machine_is_opened_by() {
        let flags = [
            "parlour",
            "--public-url=https://[2001:db8::7]:8443",
            "--turn-listen=[::]:3478",
            "--external-ip=203.0.113.7",
        ];
        let config = Config::parse_from(flags);
        let names = names(&config, "192.0.2.1".parse().unwrap());
        for name in [
            "localhost",
            "127.0.0.1",
            "::1",
            "192.0.2.1",
            "203.0.113.7",
            "2001:db8::7",
        ] {
            assert!(names.iter().any(|known| known == name), "{name} in {names:?}");
        }
    }
}
