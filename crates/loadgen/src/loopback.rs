//! Addresses of this machine alone: a load generator must not be turned on anyone else's.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::str::FromStr;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Context, ensure};
use tokio::net::{TcpSocket, TcpStream};

/// Source addresses that connections take in turn, so that 20,000 of them (and those that linger in TIME-WAIT) never run
/// out of the some 28,000 ports that each address has, nor people into a server's bounds for one address.
const SOURCES: usize = 200;

/// An IPv4 address of 127.0.0.0/8 and a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Loopback(SocketAddr);

impl Loopback {
    pub(crate) fn port(self) -> u16 {
        self.0.port()
    }

    pub(crate) fn address(self) -> SocketAddr {
        self.0
    }

    /// This machine, at a port that nobody uses at the moment, never the same twice. Below the ports that the kernel gives
    /// to connections (from 32768 on), so that no connection of an earlier measurement lingers on it.
    pub(crate) fn free() -> io::Result<Self> {
        static NEXT: AtomicU16 = AtomicU16::new(0);
        // Where two programs search at the same time, they begin at different places.
        let first = 20_000 + (std::process::id() % 10_000) as u16;
        for _ in 0..1_000 {
            let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
            // Every address, because the reference listens on all of them.
            if std::net::TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok() {
                return Ok(Self((Ipv4Addr::LOCALHOST, port).into()));
            }
        }
        Err(io::ErrorKind::AddrInUse.into())
    }

    /// Connects from the source address that is the `nth` connection's turn.
    pub(crate) async fn connect(self, nth: usize) -> io::Result<TcpStream> {
        let last_byte = u8::try_from(1 + nth % SOURCES).unwrap_or(1);
        self.connect_from(Ipv4Addr::new(127, 0, 0, last_byte)).await
    }

    /// Connects from this address.
    pub(crate) async fn connect_from(self, source: Ipv4Addr) -> io::Result<TcpStream> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((source, 0)))?;
        socket.set_nodelay(true)?;
        socket.connect(self.0).await
    }
}

impl FromStr for Loopback {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address: SocketAddr = text
            .parse()
            .context("write an address and a port, as in 127.0.0.1:3000")?;
        let is_ours = matches!(address.ip(), IpAddr::V4(ip) if ip.is_loopback());
        ensure!(
            is_ours,
            "{} is not a loopback address (127.0.0.0/8), and no other is loaded",
            address.ip()
        );
        Ok(Self(address))
    }
}

impl fmt::Display for Loopback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_machines_are_refused() {
        for text in [
            "192.0.2.1:3000",
            "10.0.0.1:80",
            "0.0.0.0:3000",
            "8.8.8.8:443",
            "[::]:3000",
            "example.org:80",
        ] {
            assert!(text.parse::<Loopback>().is_err(), "{text}");
        }
        assert!("127.0.0.1:3000".parse::<Loopback>().is_ok());
        assert!("127.3.2.1:3000".parse::<Loopback>().is_ok());
    }

    #[test]
    fn a_free_port_is_never_given_twice() {
        assert_ne!(Loopback::free().unwrap().port(), Loopback::free().unwrap().port());
    }

    #[tokio::test]
    async fn connections_come_from_several_addresses() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server: Loopback = listener.local_addr().unwrap().to_string().parse().unwrap();
        let mut sources = std::collections::BTreeSet::new();
        for nth in 0..SOURCES {
            let _connection = server.connect(nth).await.unwrap();
            sources.insert(listener.accept().await.unwrap().1.ip());
        }
        assert_eq!(sources.len(), SOURCES);
    }
}
