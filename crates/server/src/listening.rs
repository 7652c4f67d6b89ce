//! Everything that this server listens on.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ice::{RelaySettings, Secure, Turn};
use listener::bind;
use signaling::SeatKey;
use state::Places;
use tls::Tls;
use tokio::net::TcpListener;

use crate::certificate;
use crate::config::{Config, HttpListen};
use crate::error::StartError;

/// Open listeners, and what is needed to speak on them.
#[derive(Debug)]
pub struct Listening {
    /// The pages', the sockets' and, with TLS, the relay's.
    pub web: TcpListener,
    /// Plain HTTP that is redirected.
    pub redirect: Option<TcpListener>,
    /// Numbers for the operator.
    pub metrics: Option<TcpListener>,
    /// The certificate, where the server speaks HTTPS.
    pub tls: Option<Tls>,
    /// The relay.
    pub turn: Option<Turn>,
}

impl Listening {
    /// Listens where the flags say. `key` is that of [`Config::seat_key`].
    ///
    /// # Errors
    /// When an address cannot be had, and all that [`Tls::open`] and [`Turn::bind`] refuse. Where nobody named an address of the relay, the
    /// operator is warned instead, and there is none.
    pub async fn open(config: &Config, places: &Places, key: Option<&SeatKey>) -> Result<Self, StartError> {
        let web = Self::bind(config).await?;
        Self::on(web, config, places, key).await
    }

    /// Listens for the web alone.
    pub(crate) async fn bind(config: &Config) -> Result<TcpListener, StartError> {
        let address = config.listen_address();
        bind(address).await.map_err(|source| StartError::Listen {
            address: address.to_owned(),
            flag: "--listen",
            source,
        })
    }

    /// The same with a listener for the web that is there already.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn on(
        web: TcpListener,
        config: &Config,
        places: &Places,
        key: Option<&SeatKey>,
    ) -> Result<Self, StartError> {
        if config.tls.is_on() && config.public_url.as_ref().is_some_and(|url| !url.is_https()) {
            return Err(StartError::PublicUrlIsHttp);
        }
        let local = web.local_addr().map_err(StartError::System)?;
        let tls = certificate::open(config, places, local.ip())?;
        let redirect = redirect(config).await?;
        let metrics = match &config.metrics_listen {
            Some(address) => Some(bind(address).await.map_err(|source| StartError::Listen {
                address: address.clone(),
                flag: "--metrics-listen",
                source,
            })?),
            None => None,
        };
        let turn = relay(config, local, key, tls.as_ref()).await?;
        Ok(Self {
            web,
            redirect,
            metrics,
            tls,
            turn,
        })
    }

    /// The address for the start message: what a browser on this machine can open.
    #[must_use]
    pub fn url_to_open(&self, config: &Config) -> String {
        let local = self.web.local_addr();
        match (config.public_url(), local) {
            (Some(url), _) => url.to_string(),
            (None, Ok(local)) => url_of(local, self.tls.is_some()),
            (None, Err(_)) => config.listen_address().to_owned(),
        }
    }
}

impl Listening {
    /// Where the numbers are, if anywhere.
    #[must_use]
    pub fn metrics_url(&self) -> Option<String> {
        let local = self.metrics.as_ref()?.local_addr().ok()?;
        Some(format!("http://{local}/metrics"))
    }
}

/// The relay, unless the operator wants none. `web` is where pages are served, and `tls` the certificate there.
///
/// # Errors
/// What [`Turn::bind`] refuses, where the operator has named its address. Else it is a warning.
pub(crate) async fn relay(
    config: &Config,
    web: SocketAddr,
    key: Option<&SeatKey>,
    tls: Option<&Tls>,
) -> Result<Option<Turn>, StartError> {
    let (flags, public) = (&config.relay, config.public_url());
    let chosen = flags.turn_listen.is_some();
    let Some(listen) = flags.listen(web, public.as_ref()) else {
        if !chosen {
            tracing::info!("no relay: name the address where people reach it with --turn-listen, as in 0.0.0.0:3478");
        }
        return Ok(None);
    };
    let settings = RelaySettings {
        listen,
        external_ips: flags.external_ips.clone(),
        public_url: public.map(|origin| origin.url().clone()),
        secure: tls.map(|tls| Secure {
            port: web.port(),
            is_for: Arc::new(tls.is_for()),
        }),
        others: config.ice_servers.iter().map(|server| server.urls.len()).sum(),
        room_size: config.max_room_size as usize,
        bandwidth: flags.relay_bandwidth,
        per_address: config.visitors.per_address as usize,
        // As long as rooms of before may come together again.
        recovery: Duration::from_secs(config.grace.into()) * 2,
    };
    match Turn::bind(settings, key).await.map_err(StartError::from) {
        Err(why) if !chosen => {
            // The sentence names addresses of this machine only.
            tracing::warn!(%why, "there is no relay: people whose networks need one do not reach each other");
            Ok(None)
        }
        bound => bound.map(Some),
    }
}

fn url_of(local: SocketAddr, https: bool) -> String {
    let scheme = if https { "https" } else { "http" };
    // Loopback by name: browsers give http://localhost the camera, as they do https.
    match is_localhost(local.ip()) || local.ip().is_unspecified() {
        true => format!("{scheme}://localhost:{}", local.port()),
        false => format!("{scheme}://{local}"),
    }
}

fn is_localhost(ip: IpAddr) -> bool {
    ip == Ipv4Addr::LOCALHOST || ip == Ipv6Addr::LOCALHOST
}

/// Where plain HTTP is redirected, if anywhere. Only what was asked for must be had.
async fn redirect(config: &Config) -> Result<Option<TcpListener>, StartError> {
    let (address, chosen) = match &config.tls.http_listen {
        Some(HttpListen::Off) => return Ok(None),
        Some(HttpListen::At(address)) => (address.as_str(), true),
        None if config.tls.domain.is_some() => ("[::]:80", false),
        None => return Ok(None),
    };
    match bind(address).await {
        Ok(listener) => Ok(Some(listener)),
        Err(source) if chosen => Err(StartError::Listen {
            address: address.to_owned(),
            flag: "--http-listen",
            source,
        }),
        Err(error) => {
            tracing::warn!(
                code = "http-port-taken",
                %error,
                "port 80 cannot be listened on, so http:// is not redirected to https://: free the port, or say --http-listen off"
            );
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_can_be_opened() {
        for (local, https, expected) in [
            ("127.0.0.1:3000", false, "http://localhost:3000"),
            ("[::]:8443", true, "https://localhost:8443"),
            ("192.0.2.7:8443", true, "https://192.0.2.7:8443"),
            ("127.0.0.2:3000", false, "http://127.0.0.2:3000"),
            ("[2001:db8::7]:3000", false, "http://[2001:db8::7]:3000"),
        ] {
            assert_eq!(url_of(local.parse().unwrap(), https), expected);
        }
    }
}
