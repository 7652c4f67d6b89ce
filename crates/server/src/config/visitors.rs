//! The flags about whom connections come from, and how much one address may ask for.

use std::num::NonZeroU32;

use clap::Args;
use http::HeaderName;
use listener::Settings;
use visitor::{IpNet, Limits, Trusted, parse_network};

/// Proxies in front, and the bounds for each address.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Visitors")]
pub struct VisitorFlags {
    /// How many times the usual bounds one address has.
    ///
    /// An address is all of an IPv4 address, or the first 56 bits of an IPv6 address. It may have 500 connections and 200 sockets
    /// open, and do 50 handshakes, 200 requests, 20 joins, 10 peeks and 10 probes a second, open 60 rooms a minute, and say 4,000
    /// frames a second; several times that at once. It counts for this machine, too. Past a bound it is refused, the others
    /// notice nothing, and the log says once a minute what is refused.
    #[arg(
        long,
        env = "PARLOUR_PER_ADDRESS",
        value_name = "TIMES",
        default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=10_000)
    )]
    pub per_address: u32,

    /// Proxies that say truly whom they speak for: an address or a network; may be repeated.
    ///
    /// Without it everybody behind a proxy is one address. A proxy on this machine is `127.0.0.1`.
    #[arg(
        long = "trusted-proxy",
        env = "PARLOUR_TRUSTED_PROXY",
        value_name = "CIDR",
        value_delimiter = ' ',
        value_parser = parse_network
    )]
    pub trusted_proxies: Vec<IpNet>,

    /// The one header in which they do.
    ///
    /// A list of addresses to which each proxy appends, as X-Forwarded-For, or `Forwarded` (RFC 7239). It is read from the
    /// right, to the first address that is no trusted proxy.
    #[arg(
        long,
        env = "PARLOUR_FORWARDED_HEADER",
        value_name = "HEADER",
        default_value = "x-forwarded-for",
        requires = "trusted_proxies"
    )]
    pub forwarded_header: HeaderName,

    /// They do so by the PROXY protocol, version 2.
    ///
    /// For proxies that pass on connections instead of requests, as load balancers and HAProxy in its mode `tcp` do. A trusted
    /// connection without it is closed; from everybody else it is no header.
    #[arg(long, env = "PARLOUR_PROXY_PROTOCOL", requires = "trusted_proxies")]
    pub proxy_protocol: bool,
}

impl VisitorFlags {
    /// The same for the listener.
    pub(crate) fn settings(&self) -> Settings {
        Settings {
            limits: Limits::times(NonZeroU32::new(self.per_address).unwrap_or(NonZeroU32::MIN)),
            trusted: self.trusted(),
            forwarded_header: self.forwarded_header.clone(),
            proxy_protocol: self.proxy_protocol,
        }
    }

    /// The proxies that are believed.
    pub(crate) fn trusted(&self) -> Trusted {
        Trusted::new(self.trusted_proxies.clone())
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use crate::config::Config;

    fn parse(flags: &[&str]) -> Result<Config, clap::Error> {
        Config::try_parse_from(["parlour"].iter().chain(flags))
    }

    #[test]
    fn nobody_is_believed_unless_named() {
        let visitors = parse(&[]).expect("valid").visitors;
        assert!(visitors.trusted_proxies.is_empty() && !visitors.proxy_protocol);
        assert_eq!(visitors.forwarded_header, "x-forwarded-for");
    }

    #[test]
    fn what_proxies_say_needs_proxies() {
        for flags in [
            &["--proxy-protocol"][..],
            &["--forwarded-header=x-real-ip"],
            &["--trusted-proxy=localhost"],
            &["--trusted-proxy=10.0.0.0/33"],
            &["--trusted-proxy=127.0.0.1", "--forwarded-header=a b"],
            &["--per-address=0"],
            &["--per-address=10001"],
        ] {
            assert!(parse(flags).is_err(), "{flags:?}");
        }
        let flags = [
            "--trusted-proxy=127.0.0.1",
            "--trusted-proxy=fd00::/8",
            "--proxy-protocol",
        ];
        assert_eq!(parse(&flags).expect("valid").visitors.trusted_proxies.len(), 2);
        assert!(parse(&["--trusted-proxy=::1", "--forwarded-header=Forwarded"]).is_ok());
    }
}
