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

/// Asks the system, and its resolver for the server's name.
pub(super) async fn facts(subject: &Subject, patience: Duration) -> Facts {
    let name = match subject.name() {
        Some(name) => Some((name.to_owned(), records(name, patience).await)),
        None => None,
    };
    let interface = interface(subject);
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
        own,
        container: is_container(),
        relayed: subject.relay.map(|_| subject.relay_ports.clone()),
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
    turn::found(listen).unwrap_or_default()
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
