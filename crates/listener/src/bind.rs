//! Sockets that listen.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::{TcpListener, lookup_host};

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 1024;

/// Listens on `HOST:PORT`, on the first of the host's addresses that can be had. `[::]` means IPv4, too, whatever the system is set to;
/// on a machine without IPv6 it means IPv4 alone, and the operator is warned.
///
/// # Errors
/// What the system says of the last address.
pub async fn bind(address: &str) -> io::Result<TcpListener> {
    let mut last = None;
    for address in lookup_host(address).await? {
        match bind_one(address) {
            Ok(listener) => return Ok(listener),
            Err(error) if address.ip() == Ipv6Addr::UNSPECIFIED && no_ipv6(&error) => {
                let address = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), address.port());
                tracing::warn!(
                    code = "no-ipv6",
                    %error,
                    "this machine has no IPv6, so {address} is listened on instead of [::]: say so where you name an address"
                );
                return bind_one(address);
            }
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::ErrorKind::AddrNotAvailable.into()))
}

/// As [`TcpListener::bind`] does it, except that `[::]` means IPv4, too, whatever the system is set to.
fn bind_one(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.ip() == Ipv6Addr::UNSPECIFIED {
        socket.set_only_v6(false)?;
    }
    // The connections of a server before this one may linger.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// What a system without IPv6 says is not among the kinds that the library knows.
fn no_ipv6(error: &io::Error) -> bool {
    use io::ErrorKind::{AddrInUse, PermissionDenied};
    !matches!(error.kind(), AddrInUse | PermissionDenied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_addresses_of_ipv6_are_those_of_ipv4_too() {
        let listener = bind("[::]:0").await.expect("any port");
        let local = listener.local_addr().expect("an address");
        if local.is_ipv6() {
            let socket = socket2::SockRef::from(&listener);
            assert!(!socket.only_v6().expect("an option of IPv6"));
        }
        let from_ipv4 = std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, local.port()));
        assert!(from_ipv4.is_ok(), "{local}");
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_not_looked_for_elsewhere() {
        let taken = bind("[::]:0").await.expect("any port");
        let address = taken.local_addr().expect("an address").to_string();
        let error = bind(&address).await.expect_err("it is taken");
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }
}
