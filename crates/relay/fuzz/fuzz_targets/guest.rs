//! Attributes under a good signature, then datagrams of two clients: an allocation is all that they reach.
#![no_main]

use std::sync::Arc;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use relay::core::{Action, Client, Credentials, Server, Transport};
use stun_types::attribute::{Nonce, RawAttribute, Realm, Username};
use stun_types::message::*;

type Attributes = Vec<(u16, Vec<u8>)>;

fuzz_target!(|input: (bool, Vec<(u8, Attributes)>, Vec<Vec<u8>>, Vec<Vec<u8>>)| {
    let (stream, requests, from_one, from_other) = input;
    let now = Duration::from_secs(1_800_000_000);
    let secret = b"the secret of the fuzzer";
    let settings = relay::Config::new(*secret).settings();
    let credentials = Arc::new(Credentials::new(secret));
    let login = credentials.issue("seat").unwrap();
    let server = Server::<()>::new(settings.clone(), credentials, secret, now);
    server.sit(now, "seat", 1);
    let transport = if stream { Transport::Stream(1) } else { Transport::Udp };
    let clients = [("30.0.0.1:5000", transport), ("30.0.0.2:5000", Transport::Udp)].map(|(address, transport)| {
        Client::new(
            address.parse().unwrap(),
            "20.1.2.3:3478".parse().unwrap(),
            transport,
        )
    });
    let key = LongTermKeyCredentials::new(login.username.clone(), login.password, settings.realm.clone());

    let send = |nth: usize, method: u16, attributes: &Attributes| {
        let kind = MessageType::from_class_method(MessageClass::Request, Method::new(method));
        let mut message = Message::builder(kind, 7.into(), MessageWriteVec::new());
        for (kind, value) in attributes {
            let reserved = [0x0006, 0x0008, 0x0014, 0x0015, 0x001c, 0x8028];
            if !reserved.contains(kind) && value.len() < 100 {
                message
                    .add_attribute(&RawAttribute::new((*kind).into(), value))
                    .unwrap();
            }
        }
        let nonce = relay::core::Nonces::new(secret).issue(now, clients[nth].address);
        message.add_attribute(&Username::new(&login.username).unwrap()).unwrap();
        message.add_attribute(&Realm::new(&settings.realm).unwrap()).unwrap();
        message.add_attribute(&Nonce::new(&nonce).unwrap()).unwrap();
        message
            .add_message_integrity(&key.clone().into(), IntegrityAlgorithm::Sha1)
            .unwrap();
        match server.handle(now, clients[nth], &message.finish()) {
            Action::Open(opening) => drop(server.open(now, *opening, (), 7)),
            Action::Answer(_) | Action::None | Action::Wait => {}
            Action::Relay { .. } => panic!("a request was relayed"),
        }
    };
    for nth in 0..clients.len() {
        send(nth, 3, &vec![(0x0019, vec![17, 0, 0, 0])]);
    }
    for (method, attributes) in &requests {
        send(0, [3, 4, 8, 9][usize::from(method % 4)], attributes);
    }
    let mut bytes = Vec::new();
    for (nth, datagrams) in [from_one, from_other].iter().enumerate() {
        for datagram in datagrams {
            if let Action::Relay { to, from, payload } = server.handle(now, clients[nth], datagram) {
                assert!(clients.contains(&to.client()) && from >= 1024);
                assert!(payload.len() <= datagram.len());
                bytes.clear();
                let _ = server.handle_peer(now, &to, from, payload, &mut bytes);
            }
        }
    }
});
