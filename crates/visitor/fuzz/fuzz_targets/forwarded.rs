//! What clients and proxies write into a forwarding header: whoever is not trusted stays who it is.
#![no_main]

use std::net::IpAddr;

use libfuzzer_sys::fuzz_target;
use visitor::forwarded::{Syntax, client};
use visitor::{Trusted, parse_network};

fuzz_target!(|text: &str| {
    let trusted = Trusted::new(vec![parse_network("10.0.0.0/8").expect("a network")]);
    for syntax in [Syntax::List, Syntax::Forwarded] {
        let stranger = IpAddr::from([203, 0, 113, 7]);
        assert_eq!(client(stranger, text.lines(), syntax, &trusted), stranger);
        let found = client(IpAddr::from([10, 0, 0, 1]), text.lines(), syntax, &trusted);
        assert_eq!(found, found.to_canonical());
    }
});
