//! What the doctor has to know of the flags.

use std::net::SocketAddr;

use ::doctor::Subject;

use crate::config::{Config, HttpListen};

/// The server that these flags describe.
pub(crate) fn subject(config: &Config) -> Subject {
    let tls = &config.tls;
    let redirects = match &tls.http_listen {
        Some(HttpListen::At(address)) => Some(address.clone()),
        None if tls.domain.is_some() && config.listen.is_none() => Some("[::]:80".to_owned()),
        Some(HttpListen::Off) | None => None,
    };
    Subject {
        remote: false,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        built: env!("PARLOUR_COMMIT_TIME").parse().ok(),
        listen: config.listen_address().to_owned(),
        tls: tls.is_on(),
        redirects,
        public: config.public_url().map(|origin| origin.url().clone()),
        domain: tls.domain.clone(),
        files: tls.tls_cert.is_some(),
        relay: web(config).and_then(|web| config.relay.listen(web, config.public_url().as_ref())),
        external: config.relay.external_ips.clone(),
        proxies: config.visitors.proxy_protocol.then(|| config.visitors.trusted()),
    }
}

/// The web listener's address, where it is clear without asking anybody.
fn web(config: &Config) -> Option<SocketAddr> {
    let address = config.listen_address();
    address.replacen("localhost:", "127.0.0.1:", 1).parse().ok()
}
