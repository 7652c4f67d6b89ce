//! What the operator reads of addresses and names.

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
        has_relay: true,
        ..Facts::default()
    }
}

#[test]
fn an_address_is_public_or_somebody_named_one() {
    for (external, interface, verdict, part) in [
        (&[][..], &[PUBLIC][..], Fine, "on the internet as 20.1.2.3"),
        (&[PUBLIC], &[PUBLIC], Fine, "as --external-ip says"),
        (&[PUBLIC], &["10.0.0.5"], Fine, "must pass the ports"),
        (&[PUBLIC], &["10.0.0.5"], Fine, "of the web listener and of the relay"),
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
