//! Whether others are told addresses that lead to this machine.

use std::net::IpAddr;
use std::ops::RangeInclusive;

use crate::doctor::finding::Finding;

/// What is known about addresses.
#[derive(Clone, Debug, Default)]
pub(in crate::doctor) struct Facts {
    /// The name under which people open the server, and what the system's resolver says about it.
    pub(in crate::doctor) name: Option<(String, Result<Vec<IpAddr>, String>)>,
    /// What the operator named with `--external-ip`.
    pub(in crate::doctor) external: Vec<IpAddr>,
    /// By which the server knows itself where nobody named any: what it listens on, or what this machine sends from.
    pub(in crate::doctor) interface: Vec<IpAddr>,
    /// The addresses of its name by which the relay is known, where nobody named any.
    pub(in crate::doctor) told: Vec<IpAddr>,
    /// The one address on which alone the server listens, where it is one and others reach it.
    pub(in crate::doctor) listen: Option<IpAddr>,
    /// Whether the name was seen to lead to the server.
    pub(in crate::doctor) leads_here: bool,
    /// Which of all these this machine has.
    pub(in crate::doctor) own: Vec<IpAddr>,
    /// Whether this program runs in a container.
    pub(in crate::doctor) container: bool,
    /// The UDP ports that the relay takes; `None` without a relay.
    pub(in crate::doctor) relayed: Option<RangeInclusive<u16>>,
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
        !self.interface.iter().chain(&self.own).any(|&ip| relay::is_public(ip))
    }
}

/// What the server believes to be its address.
pub(in crate::doctor) fn believed(facts: &Facts) -> Finding {
    const CHECK: &str = "address";
    let inner = facts.in_between();
    let ports = match &facts.relayed {
        Some(relayed) => format!(
            "the ports of the web listener and of the relay, and UDP {} to {},",
            relayed.start(),
            relayed.end()
        ),
        None => "the ports of the web listener".to_owned(),
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
    let public: Vec<IpAddr> = facts
        .interface
        .iter()
        .copied()
        .filter(|&ip| relay::is_public(ip))
        .collect();
    if !public.is_empty() {
        // Of several addresses it sends from one, and its name may lead to another.
        let named = facts.name.iter().flat_map(|(_, records)| records.iter().flatten());
        let others: Vec<IpAddr> = named
            .copied()
            .filter(|&ip| facts.has(ip) && relay::is_public(ip) && !public.contains(&ip))
            .collect();
        let others = match (others.is_empty(), facts.relayed.is_some() && facts.told.is_empty()) {
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

/// Where the name leads; `None` where there is no name.
pub(in crate::doctor) fn name(facts: &Facts) -> Option<Finding> {
    const CHECK: &str = "dns";
    let (name, records) = facts.name.as_ref()?;
    let target = match (&facts.external[..], facts.is_behind_nat()) {
        ([], true) => "the public address of the network in front".to_owned(),
        ([], false) => list(&facts.interface),
        (external, _) => list(external),
    };
    let records = match records {
        Ok(records) if !records.is_empty() => records,
        Ok(_) => {
            return Some(Finding::failure(
                CHECK,
                format!("{name} has no address"),
                format!("Make an A or AAAA record for it that holds {target}"),
            ));
        }
        Err(why) => {
            return Some(Finding::failure(
                CHECK,
                format!("{name} is not resolved: {why}"),
                format!("Make an A or AAAA record for it that holds {target}, and wait until it is known"),
            ));
        }
    };
    let (right, wrong): (Vec<IpAddr>, Vec<IpAddr>) = records.iter().partition(|&&ip| facts.is_expected(ip));
    if right.iter().any(IpAddr::is_loopback) && !facts.interface.iter().all(IpAddr::is_loopback) {
        return Some(Finding::warning(
            CHECK,
            format!(
                "{name} is {} on this machine, so what others see is not known here",
                list(&right)
            ),
            format!("Take it out of /etc/hosts, or see on another machine that it leads to {target}"),
        ));
    }
    if let Some(listen) = facts.listen
        && !facts.leads_here
        && let Some(unheard) = elsewhere(facts, listen, &right)
    {
        return Some(Finding::failure(
            CHECK,
            format!("{name} leads to {unheard}, which this machine has, but the server listens on {listen} alone"),
            format!("Make the record hold {listen}, or let the server listen on all addresses, with [::] in --listen"),
        ));
    }
    Some(match (&right[..], &wrong[..]) {
        // Whatever is in between is set as it must be.
        ([], _) if facts.leads_here => Finding::ok(
            CHECK,
            format!(
                "{name} leads to {}, which is not on this machine, and from there to this server",
                list(&wrong)
            ),
        ),
        (_, []) => Finding::ok(CHECK, format!("{name} leads to {}", list(&right))),
        ([], _) if facts.external.is_empty() && facts.is_behind_nat() => Finding::warning(
            CHECK,
            format!(
                "{name} leads to {}, and this machine is behind {} and knows itself as {}",
                list(&wrong),
                facts.in_between(),
                list(&facts.interface)
            ),
            match facts.told.is_empty() {
                true => format!(
                    "Where that is the outer address of the same network, say so with --external-ip {}; else make the record hold \
                     {target}",
                    wrong[0]
                ),
                false => format!(
                    "Where that is the outer address of the same network, all is well, and --external-ip {} says so; else make the \
                     record hold {target}",
                    wrong[0]
                ),
            },
        ),
        ([], _) => Finding::failure(
            CHECK,
            format!(
                "{name} leads to {}, which is neither on this machine nor named with --external-ip",
                list(&wrong)
            ),
            format!("Make the record hold {target}; or, where a NAT has that address, name it with --external-ip"),
        ),
        _ => Finding::warning(
            CHECK,
            format!(
                "{name} leads to {} as it should, but also to {}, which is neither on this machine nor named with --external-ip",
                list(&right),
                list(&wrong)
            ),
            "Take that record out: whoever tries it first waits, or fails",
        ),
    })
}

/// One of the addresses where the server does not listen, though this machine has it.
fn elsewhere(facts: &Facts, listen: IpAddr, records: &[IpAddr]) -> Option<IpAddr> {
    let same_family = |ip: &&IpAddr| ip.is_ipv4() == listen.is_ipv4();
    let mut unheard = records.iter().filter(|&&ip| facts.has(ip) && ip != listen);
    unheard.find(same_family).copied()
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
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict::{self, Failure, Ok as Fine, Warning};

    fn ips(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().expect("an address")).collect()
    }

    /// Addresses of the internet.
    const PUBLIC: &str = "20.1.2.3";
    const PUBLIC_V6: &str = "2a00:1::1";
    const OTHER: &str = "20.9.9.9";

    fn facts(external: &[&str], interface: &[&str], own: &[&str]) -> Facts {
        Facts {
            external: ips(external),
            interface: ips(interface),
            own: ips(own),
            relayed: Some(50_000..=50_999),
            ..Facts::default()
        }
    }

    #[test]
    fn an_address_is_public_or_somebody_named_one() {
        for (external, interface, verdict, part) in [
            (&[][..], &[PUBLIC][..], Fine, "on the internet as 20.1.2.3"),
            (&[PUBLIC], &[PUBLIC], Fine, "as --external-ip says"),
            (&[PUBLIC], &["10.0.0.5"], Fine, "must pass the ports"),
            (&[PUBLIC], &["10.0.0.5"], Fine, "UDP 50000 to 50999,"),
            (&[], &["10.0.0.5"], Warning, "1:1 NAT"),
            (&["10.0.0.5"], &["10.0.0.5"], Fine, "has 10.0.0.5"),
            (&[], &["127.0.0.1"], Fine, "this machine alone"),
            (&[], &[], Warning, "no way to the internet"),
        ] {
            let finding = believed(&facts(external, interface, interface));
            assert_eq!(finding.verdict, verdict, "{finding}");
            assert!(finding.to_string().contains(part), "{finding}");
        }
    }

    #[test]
    fn in_a_container_it_is_said_what_the_container_needs() {
        let mut inside = facts(&[], &["172.17.0.2"], &["172.17.0.2"]);
        inside.container = true;
        let finding = believed(&inside);
        assert_eq!(finding.verdict, Warning);
        assert!(finding.to_string().contains("--network host"), "{finding}");
        inside.external = ips(&[PUBLIC]);
        let finding = believed(&inside);
        assert!(finding.sentence.contains("so a container is in between"), "{finding}");
    }

    #[test]
    fn a_name_leads_to_this_machine_or_to_the_address_in_front_of_it() {
        let here = || facts(&[], &[PUBLIC], &[PUBLIC]);
        let nat = || facts(&[], &["10.0.0.5"], &["10.0.0.5"]);
        let named = || facts(&[PUBLIC], &["10.0.0.5"], &["10.0.0.5"]);
        let hosts = || facts(&[], &[PUBLIC], &[PUBLIC, "127.0.1.1"]);
        let table: [(Facts, &[&str], Verdict, &str); 8] = [
            (here(), &[PUBLIC], Fine, "leads to 20.1.2.3"),
            (named(), &[PUBLIC], Fine, "leads to 20.1.2.3"),
            (here(), &[OTHER], Failure, "Make the record hold 20.1.2.3"),
            (named(), &[OTHER], Failure, "Make the record hold 20.1.2.3"),
            (nat(), &[OTHER], Warning, "--external-ip 20.9.9.9"),
            (here(), &[PUBLIC, PUBLIC_V6], Warning, "also to 2a00:1::1"),
            (hosts(), &["127.0.1.1"], Warning, "/etc/hosts"),
            (here(), &[], Failure, "A or AAAA record"),
        ];
        for (mut facts, records, verdict, part) in table {
            facts.name = Some(("calls.example.org".into(), Ok(ips(records))));
            let finding = name(&facts).expect("there is a name");
            assert_eq!(finding.verdict, verdict, "{finding}");
            assert!(finding.to_string().contains(part), "{finding}");
        }
    }

    #[test]
    fn a_name_that_was_seen_to_lead_here_is_right_wherever_its_address_is() {
        for own in [PUBLIC, "10.0.0.5"] {
            let mut facts = facts(&[], &[own], &[own]);
            facts.name = Some(("calls.example.org".into(), Ok(ips(&[OTHER]))));
            facts.leads_here = true;
            let finding = name(&facts).expect("there is a name");
            assert_eq!(finding.verdict, Fine, "{finding}");
            assert!(finding.sentence.contains("from there to this server"), "{finding}");
        }
    }

    #[test]
    fn behind_a_nat_the_relay_is_known_by_the_address_of_the_name() {
        let mut nat = facts(&[], &["10.0.0.5"], &["10.0.0.5"]);
        nat.name = Some(("calls.example.org".into(), Ok(ips(&[OTHER]))));
        nat.told = ips(&[OTHER]);
        let finding = believed(&nat);
        assert_eq!(finding.verdict, Fine, "{finding}");
        assert!(finding.sentence.contains("others are told 20.9.9.9"), "{finding}");
        let finding = name(&nat).expect("there is a name");
        assert_eq!(finding.verdict, Warning, "{finding}");
        assert!(finding.to_string().contains("all is well"), "{finding}");
    }

    #[test]
    fn of_several_addresses_each_is_said_for_what_it_is() {
        let mut several = facts(&[], &[PUBLIC], &[PUBLIC, OTHER]);
        several.name = Some(("calls.example.org".into(), Ok(ips(&[OTHER]))));
        let finding = believed(&several);
        let part = "as 20.1.2.3, and as 20.9.9.9, to which its name leads; the relay is known by 20.1.2.3";
        assert!(finding.sentence.contains(part), "{finding}");
        assert_eq!(name(&several).expect("there is a name").verdict, Fine);
        several.told = ips(&[OTHER]);
        assert!(!believed(&several).sentence.contains("relay is known"));

        several.listen = ips(&[PUBLIC]).pop();
        let finding = name(&several).expect("there is a name");
        assert_eq!(finding.verdict, Failure, "{finding}");
        assert!(finding.to_string().contains("listens on 20.1.2.3 alone"), "{finding}");
        several.leads_here = true;
        assert_eq!(name(&several).expect("there is a name").verdict, Fine);
        assert_eq!(
            list(&ips(&[PUBLIC, OTHER, PUBLIC_V6])),
            "20.1.2.3, 20.9.9.9 and 2a00:1::1"
        );
    }

    #[test]
    fn a_name_that_is_not_resolved_is_a_failure_and_none_is_none() {
        let mut facts = facts(&[], &["10.0.0.5"], &["10.0.0.5"]);
        assert_eq!(name(&facts), None);
        facts.name = Some(("calls.example.org".into(), Err("unknown".into())));
        let finding = name(&facts).expect("there is a name");
        assert_eq!(finding.verdict, Failure);
        assert!(
            finding
                .to_string()
                .contains("the public address of the network in front"),
            "{finding}"
        );
    }
}
