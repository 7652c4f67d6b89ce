//! What browsers are told about the relay.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use url::{Position, Url};

use crate::addresses::{found, hears};
use crate::{Error, RelaySettings, is_host_text};

/// The web listener, where it speaks TLS.
#[derive(Clone)]
pub struct Secure {
    /// The port that it listens on.
    pub port: u16,
    /// Whether its certificate is for this host; an IPv6 address is without brackets.
    pub is_for: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

impl fmt::Debug for Secure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secure")
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

/// Most addresses of STUN and TURN servers of which Firefox does not complain.
const URLS: usize = 4;

/// Where browsers find the relay.
#[derive(Clone)]
pub(crate) struct Told {
    /// Where it listens.
    listen: SocketAddr,
    /// What is told to everybody: `--external-ip`, else the host of the address that people open. Empty where neither is known.
    hosts: Vec<String>,
    /// Where the relay is reached over TLS by the name that people open, as `HOST:PORT`.
    public_tls: Option<String>,
    /// Where else it may be reached over TLS, if no such name is known.
    secure: Option<Secure>,
    /// Other servers that browsers are told of.
    theirs: usize,
}

impl Told {
    /// What there is to tell of a relay that listens at `listen`, with its port.
    ///
    /// # Errors
    /// [`Error::ExternalIp`] where the operator names two addresses of one family, or none that the relay hears.
    pub(crate) fn new(settings: RelaySettings, listen: SocketAddr) -> Result<Self, Error> {
        let RelaySettings {
            external_ips: external,
            public_url: public,
            secure,
            others: theirs,
            ..
        } = settings;
        let heard: Vec<IpAddr> = external.iter().copied().filter(|&ip| hears(listen, ip)).collect();
        let of = |ipv4| external.iter().filter(|ip| ip.is_ipv4() == ipv4).count();
        if !external.is_empty() && (heard.is_empty() || of(true) > 1 || of(false) > 1) {
            return Err(Error::ExternalIp);
        }
        let hosts = match (heard.is_empty(), &public) {
            (false, _) => heard.into_iter().map(in_url).collect(),
            (true, Some(url)) => reached(listen, host(url)).into_iter().collect(),
            (true, None) => Vec::new(),
        };
        // Browsers refuse it where the certificate is for another name.
        let certified = public.as_ref().zip(secure.as_ref());
        let certified = certified.filter(|(url, secure)| (secure.is_for)(host(url)));
        let public_tls = certified.map(|(url, _)| match url.port() {
            Some(_) => authority(url).to_owned(),
            None => format!("{}:443", authority(url)),
        });
        Ok(Self {
            listen,
            hosts,
            public_tls,
            secure: secure.filter(|_| public.is_none()),
            theirs,
        })
    }

    /// For somebody whose page has reached the server by `host`. Empty where no way to the relay is known.
    pub(crate) fn urls(&self, host: Option<&str>) -> Vec<String> {
        let mut hosts = self.hosts.clone();
        if hosts.is_empty() {
            hosts.extend(host.and_then(|host| reached(self.listen, bare(host))));
        }
        if hosts.is_empty() {
            hosts.extend(found(self.listen).into_iter().map(in_url));
        }
        let over_tls = self.public_tls.clone().or_else(|| {
            let Secure { port, is_for } = self.secure.as_ref()?;
            let host = hosts.iter().find(|host| is_for(bare(host)))?;
            Some(format!("{host}:{port}"))
        });
        urls(&hosts, self.listen.port(), over_tls.as_deref(), self.theirs)
    }
}

/// An IPv6 address without its brackets.
fn bare(host: &str) -> &str {
    host.trim_matches(['[', ']'])
}

fn host(url: &Url) -> &str {
    bare(url.host_str().unwrap_or_default())
}

/// Host, and port where it is not the default.
fn authority(url: &Url) -> &str {
    &url[Position::BeforeHost..Position::AfterPort]
}

/// The host for the URL of the relay, of the one by which the page was reached. `None` where the relay is not reached by it.
fn reached(listen: SocketAddr, host: &str) -> Option<String> {
    // Browsers do not agree on which address this name has.
    let here = match listen.is_ipv4() {
        true => IpAddr::V4(Ipv4Addr::LOCALHOST),
        false if hears(listen, Ipv4Addr::LOCALHOST.into()) => Ipv4Addr::LOCALHOST.into(),
        false => Ipv6Addr::LOCALHOST.into(),
    };
    // A page that is opened by a loopback address is on this machine, and the relay may listen elsewhere on it.
    let is_elsewhere = !listen.ip().is_unspecified() && !listen.ip().to_canonical().is_loopback();
    match host.parse::<IpAddr>() {
        Ok(ip) if is_elsewhere && ip.to_canonical().is_loopback() => None,
        Ok(ip) => hears(listen, ip).then(|| in_url(ip)),
        Err(_) if host.eq_ignore_ascii_case("localhost") => (!is_elsewhere).then(|| in_url(here)),
        Err(_) => is_host_text(host).then(|| host.to_ascii_lowercase()),
    }
}

/// With the brackets that an IPv6 address needs.
fn in_url(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => format!("[{v6}]"),
    }
}

/// What helps most comes first. No `stun:` beside them: browsers ask a TURN server for their reflexive
/// address, too, and Firefox complains on the console of five addresses and more, `theirs` of which others are.
fn urls(hosts: &[String], port: u16, over_tls: Option<&str>, theirs: usize) -> Vec<String> {
    let turn = |transport| {
        let address = move |host: &String| format!("turn:{host}:{port}?transport={transport}");
        hosts.iter().map(address)
    };
    let over_tls = over_tls.map(|authority| format!("turns:{authority}?transport=tcp"));
    // However many the others are, one over each transport stays.
    let room = URLS.saturating_sub(theirs).max(hosts.len() + 1);
    turn("udp").chain(over_tls).chain(turn("tcp")).take(room).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(external: &[&str], public: Option<&str>, listen: &str) -> RelaySettings {
        let ip = |text: &&str| text.parse().expect("an address");
        RelaySettings {
            external_ips: external.iter().map(ip).collect(),
            public_url: public.map(|text| text.parse().expect("a URL")),
            ..RelaySettings::new(listen.parse().expect("an address"))
        }
    }

    fn told(external: &[&str], public: Option<&str>, listen: &str, host: Option<&str>) -> Vec<String> {
        let settings = settings(external, public, listen);
        let listen = settings.listen;
        let told = Told::new(settings, listen).expect("addresses that fit");
        let udp = |url: String| Some(url.strip_prefix("turn:")?.strip_suffix("?transport=udp")?.to_owned());
        told.urls(host).into_iter().filter_map(udp).collect()
    }

    #[test]
    fn the_relay_is_where_the_operator_says_else_where_people_open_the_server() {
        let external = ["203.0.113.7"];
        let public = Some("https://calls.example.org");
        let host = Some("other.example");
        assert_eq!(told(&external, public, "[::]:3478", host), ["203.0.113.7:3478"]);
        assert_eq!(told(&[], public, "[::]:3478", host), ["calls.example.org:3478"]);
        assert_eq!(told(&[], None, "[::]:5000", host), ["other.example:5000"]);
    }

    #[test]
    fn a_host_by_which_the_relay_is_not_reached_is_not_told() {
        for (listen, host, expected) in [
            ("0.0.0.0:3478", "localhost", "127.0.0.1:3478"),
            ("[::]:3478", "LocalHost", "127.0.0.1:3478"),
            ("[2001:db8::1]:3478", "localhost", "[2001:db8::1]:3478"),
            ("192.168.1.5:3478", "127.0.0.1", "192.168.1.5:3478"),
            ("[::1]:3478", "localhost", "[::1]:3478"),
            ("[::]:3478", "[2001:db8::7]", "[2001:db8::7]:3478"),
            ("127.0.0.9:3478", "[2001:db8::7]", "127.0.0.9:3478"),
        ] {
            assert_eq!(told(&[], None, listen, Some(host)), [expected], "{host}");
        }
        assert_eq!(told(&[], None, "192.0.2.7:3478", None), ["192.0.2.7:3478"]);
    }

    #[test]
    fn external_addresses_are_one_of_each_family_and_one_is_heard() {
        for (external, listen, fits) in [
            (&["203.0.113.7", "2001:db8::7"][..], "[::]:3478", true),
            (&["203.0.113.7", "203.0.113.8"], "[::]:3478", false),
            (&["2001:db8::7"], "0.0.0.0:3478", false),
        ] {
            let settings = settings(external, None, listen);
            let listen = settings.listen;
            assert_eq!(Told::new(settings, listen).is_ok(), fits, "{external:?}");
        }
    }

    #[test]
    fn browsers_are_told_every_transport() {
        assert_eq!(
            urls(&["203.0.113.7".into()], 3478, None, 0),
            [
                "turn:203.0.113.7:3478?transport=udp",
                "turn:203.0.113.7:3478?transport=tcp"
            ]
        );
        assert_eq!(
            urls(&["[2001:db8::7]".into()], 5000, Some("calls.example.org:443"), 0),
            [
                "turn:[2001:db8::7]:5000?transport=udp",
                "turns:calls.example.org:443?transport=tcp",
                "turn:[2001:db8::7]:5000?transport=tcp"
            ]
        );
    }

    #[test]
    fn firefox_is_never_told_so_many_that_it_complains() {
        let both = ["203.0.113.7".to_owned(), "[2001:db8::7]".to_owned()];
        assert_eq!(urls(&both, 3478, None, 0).len(), 4);
        assert_eq!(
            urls(&both, 3478, Some("calls.example.org:443"), 0),
            [
                "turn:203.0.113.7:3478?transport=udp",
                "turn:[2001:db8::7]:3478?transport=udp",
                "turns:calls.example.org:443?transport=tcp",
                "turn:203.0.113.7:3478?transport=tcp"
            ]
        );
        for theirs in 0..=2 {
            assert!(urls(&both[..1], 3478, Some("calls.example.org:443"), theirs).len() + theirs <= URLS);
        }
        let crowded = urls(&both[..1], 3478, Some("calls.example.org:443"), 9);
        assert_eq!(crowded.len(), 2, "ours stay: {crowded:?}");
    }
}
