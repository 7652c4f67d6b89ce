//! Whether others are told addresses that lead to this machine.

mod name;

use std::net::IpAddr;

pub(in crate::doctor) use name::name;

use crate::doctor::finding::Finding;
use crate::doctor::public::is_public;

/// What is known about addresses.
#[derive(Clone, Debug, Default)]
pub(in crate::doctor) struct Facts {
    /// The name under which people open the server, and what the system's resolver says about it.
    pub(in crate::doctor) name: Option<(String, Result<Vec<IpAddr>, String>)>,
    /// What the operator named with `--external-ip`.
    pub(in crate::doctor) external: Vec<IpAddr>,
    /// By which the server knows itself where nobody named any: what it listens on, or what this machine sends from.
    pub(in crate::doctor) interface: Vec<IpAddr>,
    /// The addresses of its name by which browsers reach the relay, where nobody named any.
    pub(in crate::doctor) told: Vec<IpAddr>,
    /// The one address on which alone the server listens, where it is one and others reach it.
    pub(in crate::doctor) listen: Option<IpAddr>,
    /// Whether the name was seen to lead to the server.
    pub(in crate::doctor) leads_here: bool,
    /// Which of all these this machine has.
    pub(in crate::doctor) own: Vec<IpAddr>,
    /// Whether this program runs in a container.
    pub(in crate::doctor) container: bool,
    /// Whether the server has a relay.
    pub(in crate::doctor) has_relay: bool,
}

impl Facts {
    fn has(&self, ip: IpAddr) -> bool {
        self.own.contains(&ip)
    }

    fn is_expected(&self, ip: IpAddr) -> bool {
        self.has(ip) || self.external.contains(&ip)
    }

    /// What keeps the addresses of this machine apart from those of the internet.
    fn in_between(&self) -> &'static str {
        if self.container { "a container" } else { "a NAT" }
    }

    /// No address of this machine is one that the internet reaches.
    fn is_behind_nat(&self) -> bool {
        !self.interface.iter().chain(&self.own).any(|&ip| is_public(ip))
    }
}

/// What the server believes to be its address.
pub(in crate::doctor) fn believed(facts: &Facts) -> Finding {
    const CHECK: &str = "address";
    let inner = facts.in_between();
    let ports = match facts.has_relay {
        true => "the ports of the web listener and of the relay",
        false => "the ports of the web listener",
    };
    if !facts.external.is_empty() {
        let foreign: Vec<IpAddr> = facts.external.iter().copied().filter(|&ip| !facts.has(ip)).collect();
        let sentence = match foreign.is_empty() {
            true => format!("this machine has {}, as --external-ip says", list(&facts.external)),
            false => format!(
                "{} is not on this machine, so {inner} is in between: it must pass {ports} on unchanged",
                list(&foreign)
            ),
        };
        return Finding::ok(CHECK, sentence);
    }
    let foreign: Vec<IpAddr> = facts.told.iter().copied().filter(|&ip| !facts.has(ip)).collect();
    if !foreign.is_empty() {
        return Finding::ok(
            CHECK,
            format!(
                "others are told {}, to which the name leads, and which is not on this machine: {inner} is in between, and must pass \
                 {ports} on unchanged",
                list(&foreign)
            ),
        );
    }
    let public: Vec<IpAddr> = facts.interface.iter().copied().filter(|&ip| is_public(ip)).collect();
    if !public.is_empty() {
        // Of several addresses it sends from one, and its name may lead to another.
        let named = facts.name.iter().flat_map(|(_, records)| records.iter().flatten());
        let others: Vec<IpAddr> = named
            .copied()
            .filter(|&ip| facts.has(ip) && is_public(ip) && !public.contains(&ip))
            .collect();
        let others = match (others.is_empty(), facts.has_relay && facts.told.is_empty()) {
            (true, _) => String::new(),
            (false, false) => format!(", and as {}, to which its name leads", list(&others)),
            (false, true) => format!(
                ", and as {}, to which its name leads; the relay is known by {}",
                list(&others),
                list(&public)
            ),
        };
        return Finding::ok(
            CHECK,
            format!("this machine is on the internet as {}{others}", list(&public)),
        );
    }
    if facts.interface.is_empty() {
        return Finding::warning(
            CHECK,
            "this machine has no way to the internet",
            "Give it one; or name the address by which others reach it with --external-ip",
        );
    }
    let known = list(&facts.interface);
    if facts.interface.iter().all(IpAddr::is_loopback) {
        return Finding::ok(
            CHECK,
            format!("the server is for this machine alone, or for a proxy on it ({known})"),
        );
    }
    if facts.container {
        return Finding::warning(
            CHECK,
            format!("the server runs in a container and knows itself as {known}, which nobody outside reaches"),
            format!(
                "Run the container in the network of its host (--network host), or publish {ports} under the same numbers and \
                 name the host's address with --external-ip"
            ),
        );
    }
    Finding::warning(
        CHECK,
        format!("this machine knows itself as {known}, which is a private address: only that network reaches it"),
        format!(
            "For people outside, name the public address with --external-ip, and let the NAT pass {ports} on unchanged (a 1:1 \
             NAT, as clouds have it, does)"
        ),
    )
}

/// As people write it: `A`, `A and B`, `A, B and C`.
fn list(ips: &[IpAddr]) -> String {
    let texts: Vec<String> = ips.iter().map(ToString::to_string).collect();
    match &texts[..] {
        [first @ .., before, last] => {
            let first: String = first.iter().map(|text| format!("{text}, ")).collect();
            format!("{first}{before} and {last}")
        }
        _ => texts.concat(),
    }
}

#[cfg(test)]
mod tests;
