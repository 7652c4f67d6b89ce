//! Finds out which addresses this machine has, and where its name leads.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::path::Path;
use std::time::Duration;

use tokio::net::lookup_host;
use tokio::time::timeout;

use super::door::late;
use super::judge::address::Facts;
use super::subject::Subject;
use crate::turn;

/// Files that container engines put into every container.
const CONTAINER_FILES: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];

/// Asks the system, and its resolver for the server's name. `leads_here`: the address that people open is known to lead to
/// the server.
pub(super) async fn facts(subject: &Subject, leads_here: bool, patience: Duration) -> Facts {
    let name = match subject.name() {
        Some(name) => Some((name.to_owned(), records(name, patience).await)),
        None => None,
    };
    let interface = interface(subject);
    let told = match (&name, subject.relay) {
        (Some((_, Ok(records))), Some(listen)) if subject.external.is_empty() => of_name(listen, records),
        _ => Vec::new(),
    };
    let records = name.iter().flat_map(|(_, records)| records.iter().flatten());
    let mut own: Vec<IpAddr> = Vec::new();
    for &ip in records.chain(&subject.external).chain(&interface) {
        if is_own(ip) && !own.contains(&ip) {
            own.push(ip);
        }
    }
    Facts {
        name,
        external: subject.external.clone(),
        interface,
        told,
        own,
        listen: alone(subject),
        leads_here,
        container: is_container(),
        has_relay: subject.relay.is_some(),
    }
}

async fn records(name: &str, patience: Duration) -> Result<Vec<IpAddr>, String> {
    let found = timeout(patience, lookup_host((name, 0))).await.map_err(|_| late())?;
    let found = found.map_err(|error| error.to_string())?;
    let mut ips: Vec<IpAddr> = found.map(|address| address.ip()).collect();
    ips.dedup();
    Ok(ips)
}

/// What the relay would be known by, else the web listener.
fn interface(subject: &Subject) -> Vec<IpAddr> {
    let web = subject.listen.parse::<SocketAddr>().ok();
    let Some(listen) = subject.relay.or(web) else {
        return Vec::new();
    };
    turn::found(listen)
}

/// Those of a name's addresses by which browsers reach the relay: the first of each family. Many systems give their own name an
/// address of the loopback interface, which leads nobody here.
fn of_name(listen: SocketAddr, records: &[IpAddr]) -> Vec<IpAddr> {
    let leads_here = |ip: &&IpAddr| turn::hears(listen, **ip) && (!ip.is_loopback() || listen.ip().is_loopback());
    let first = |ipv4| records.iter().filter(leads_here).find(move |ip| ip.is_ipv4() == ipv4);
    [true, false].into_iter().filter_map(first).copied().collect()
}

/// The address on which alone the web listener can be reached, where it is one.
fn alone(subject: &Subject) -> Option<IpAddr> {
    let ip = subject.listen.parse::<SocketAddr>().ok()?.ip().to_canonical();
    // On the loopback interface it is a proxy that people reach.
    (!ip.is_unspecified() && !ip.is_loopback()).then_some(ip)
}

/// Whether a host, as browsers are told it, is an address of this machine.
pub(super) async fn is_ours(host: &str, patience: Duration) -> bool {
    let records = match host.parse() {
        Ok(ip) => vec![ip],
        Err(_) => records(host, patience).await.unwrap_or_default(),
    };
    records.into_iter().any(is_own)
}

/// Whether this machine has an address: only then can a socket be bound to it.
pub(super) fn is_own(ip: IpAddr) -> bool {
    UdpSocket::bind((ip, 0)).is_ok()
}

fn is_container() -> bool {
    let named = ["container", "KUBERNETES_SERVICE_HOST"];
    CONTAINER_FILES.iter().any(|file| Path::new(file).exists())
        || named.iter().any(|name| std::env::var_os(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stands_for_the_first_address_of_each_family_that_leads_here() {
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        let records = ["127.0.1.1", "198.51.100.7", "198.51.100.8", "2001:db8::7"].map(ip);
        for (listen, expected) in [
            ("[::]:3478", &["198.51.100.7", "2001:db8::7"][..]),
            ("0.0.0.0:3478", &["198.51.100.7"]),
            ("[2001:db8::1]:3478", &["2001:db8::7"]),
            ("127.0.0.1:3478", &["127.0.1.1"]),
        ] {
            let found = of_name(listen.parse().expect("an address"), &records);
            let expected: Vec<_> = expected.iter().map(|text| ip(text)).collect();
            assert_eq!(found, expected, "{listen}");
        }
        assert!(of_name("[::]:3478".parse().expect("an address"), &[]).is_empty());
    }
}
