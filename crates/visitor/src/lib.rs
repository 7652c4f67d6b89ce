//! Who a connection comes from, and how much one address may ask for. Pure: no sockets, and the clock is an argument.
//!
//! An **address** here is what one customer of a network has: all of an IPv4 address, and the first 56 bits of an IPv6 address.
//! [`Bounds`] counts for each of them, under a hash with a key that is forgotten with the process; it keeps no address and shows
//! none.
//!
//! Behind a proxy all connections come from the proxy. What that says of its clients is believed only where the operator has
//! named it: [`proxy_header`] reads the PROXY protocol, and [`forwarded`] a header of HTTP.

mod bounds;
pub mod forwarded;
pub mod proxy_header;
mod refusals;

pub use bounds::{Act, Bounds, Hold, Kept, Limits, Visitor};
pub use governor::clock::{Clock, FakeRelativeClock, MonotonicClock};
pub use ipnet::IpNet;
pub use refusals::{Refused, What};

use std::net::IpAddr;

/// The proxies that the operator has named.
#[derive(Clone, Debug, Default)]
pub struct Trusted(Vec<IpNet>);

impl Trusted {
    /// Those in these networks.
    #[must_use]
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Whether what this address says of others is believed.
    #[must_use]
    pub fn contains(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.0.iter().any(|network| network.contains(&ip))
    }
}

/// Reads a network as operators write it: `10.0.0.0/8`, or one address.
///
/// # Errors
/// A sentence for the person who wrote it.
pub fn parse_network(text: &str) -> Result<IpNet, String> {
    let network = text.parse::<IpNet>().ok();
    let one = || text.parse::<IpAddr>().ok().map(|ip| IpNet::from(ip.to_canonical()));
    network
        .or_else(one)
        .ok_or_else(|| "write an IP address or a network, as in 10.0.0.7, 10.0.0.0/8 or fd00::/8".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_as_people_write_them() {
        for text in ["10.0.0.0/8", "127.0.0.1", "::1", "fd00::/8", "0.0.0.0/0"] {
            assert!(parse_network(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "localhost",
            "10.0.0.0/33",
            "10.0.0",
            "10.0.0.0/8 ::1",
            "10.0.0.0:80",
        ] {
            assert!(parse_network(text).is_err(), "{text}");
        }
    }

    #[test]
    fn ipv4_written_as_ipv6_is_ipv4() {
        let trusted = Trusted::new(vec![parse_network("127.0.0.1").expect("an address")]);
        assert!(trusted.contains("::ffff:127.0.0.1".parse().expect("an address")));
        assert!(!trusted.contains("::1".parse().expect("an address")));
        assert!(!Trusted::default().contains("127.0.0.1".parse().expect("an address")));
    }
}
