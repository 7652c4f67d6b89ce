//! Everything that this server listens on.

use std::io;
use std::net::SocketAddr;

use signaling::SeatKey;
use tokio::net::TcpListener;

use crate::config::{Config, HttpListen};
use crate::error::StartError;
use crate::origin::Origin;
use crate::state::Places;
use crate::tls::Tls;
use crate::turn::Turn;

/// All IPv4 addresses, where a machine has no IPv6 and nobody said where to listen.
const WITHOUT_IPV6: &str = "0.0.0.0";

/// Open listeners, and what is needed to speak on them.
#[derive(Debug)]
pub struct Listening {
    /// The pages', the sockets' and, with TLS, the relay's.
    pub web: TcpListener,
    /// Plain HTTP that is redirected.
    pub redirect: Option<TcpListener>,
    /// The certificate, where the server speaks HTTPS.
    pub tls: Option<Tls>,
    /// The relay.
    pub turn: Option<Turn>,
}

impl Listening {
    /// Listens where the flags say. `key` is that of [`seat_key`](crate::seat_key).
    ///
    /// # Errors
    /// When an address cannot be had, and all that [`Tls::open`] and [`Turn::bind`] refuse.
    pub async fn open(config: &Config, places: &Places, key: Option<&SeatKey>) -> Result<Self, StartError> {
        let address = config.listen_address();
        let chosen = config.listen.is_some() || config.tls.domain.is_none();
        let web = bind(address, chosen).await.map_err(|source| StartError::Listen {
            address: address.to_owned(),
            flag: "--listen",
            source,
        })?;
        Self::on(web, config, places, key).await
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
        let tls = Tls::open(config, places, local.ip())?;
        let redirect = redirect(config).await?;
        let turn = Turn::bind(config, key, tls.as_ref().map(|tls| (tls, local.port()))).await?;
        Ok(Self {
            web,
            redirect,
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

fn url_of(local: SocketAddr, https: bool) -> String {
    let scheme = if https { "https" } else { "http" };
    // Loopback by name: browsers give http://localhost the camera, as they do https.
    match local.ip().is_loopback() || local.ip().is_unspecified() {
        true => format!("{scheme}://localhost:{}", local.port()),
        false => format!("{scheme}://{local}"),
    }
}

/// Where plain HTTP is redirected, if anywhere. Only what was asked for must be had.
async fn redirect(config: &Config) -> Result<Option<TcpListener>, StartError> {
    let (address, chosen) = match &config.tls.http_listen {
        Some(HttpListen::Off) => return Ok(None),
        Some(HttpListen::At(address)) => (address.as_str(), true),
        None if config.tls.domain.is_some() && config.listen.is_none() => ("[::]:80", false),
        None => return Ok(None),
    };
    match bind(address, chosen).await {
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
                "port 80 cannot be listened on, so whoever opens http:// is not redirected to https://: free the port, or say \
                 --http-listen off"
            );
            Ok(None)
        }
    }
}

async fn bind(address: &str, chosen: bool) -> io::Result<TcpListener> {
    match TcpListener::bind(address).await {
        // What a system without IPv6 says is not among the kinds that the library knows.
        Err(error) if !chosen && no_ipv6(&error) => TcpListener::bind(address.replacen("[::]", WITHOUT_IPV6, 1)).await,
        bound => bound,
    }
}

fn no_ipv6(error: &io::Error) -> bool {
    use io::ErrorKind::{AddrInUse, PermissionDenied};
    !matches!(error.kind(), AddrInUse | PermissionDenied)
}

/// Where browsers find this server's TLS: `HOST:PORT`, with brackets around an IPv6 address.
pub(crate) fn secure_authority(url: &Origin) -> String {
    match url.port() {
        Some(_) => url.authority().to_owned(),
        None => format!("{}:443", url.authority()),
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
            ("[2001:db8::7]:3000", false, "http://[2001:db8::7]:3000"),
        ] {
            assert_eq!(url_of(local.parse().unwrap(), https), expected);
        }
    }
}
