//! Datagrams of somebody who has nothing: they may be answered, and nothing else.
#![no_main]

use std::sync::Arc;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use relay::core::{Action, Client, Credentials, Server, Transport};

fuzz_target!(|datagrams: Vec<Vec<u8>>| {
    let secret = b"the secret of the fuzzer";
    let settings = relay::Config::new(*secret).settings();
    let credentials = Arc::new(Credentials::new(secret));
    let server = Server::<()>::new(settings, credentials, secret, Duration::from_secs(1_800_000_000));
    let client = Client::new(
        "30.0.0.1:5000".parse().unwrap(),
        "20.1.2.3:3478".parse().unwrap(),
        Transport::Udp,
    );
    for datagram in datagrams {
        match server.handle(Duration::from_secs(1_800_000_000), client, &datagram) {
            Action::None => {}
            Action::Answer(answer) => assert!(answer.len() <= 2 * datagram.len().max(28)),
            _ => panic!("a stranger was served"),
        }
    }
});
