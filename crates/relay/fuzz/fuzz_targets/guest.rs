//! Attributes under a good signature, then datagrams of both sides: only the one permitted peer may be reached.
#![no_main]

use std::sync::Arc;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use relay::core::{Action, Client, Credentials, Port, Server, Transport};
use stun_types::attribute::{Nonce, RawAttribute, Realm, Username};
use stun_types::message::*;

struct NoPort;

impl Port for NoPort {
    fn close(&self) {}
}

type Attributes = Vec<(u16, Vec<u8>)>;

fuzz_target!(|input: (bool, Vec<(u8, Attributes)>, Vec<Vec<u8>>, Vec<Vec<u8>>)| {
    let (stream, requests, from_client, from_peer) = input;
    let now = Duration::from_secs(1_800_000_000);
    let secret = b"the secret of the fuzzer";
    let settings = relay::Config::new(*secret, ["20.1.2.3".parse().unwrap()]).settings();
    let credentials = Arc::new(Credentials::new(secret, Duration::from_secs(3600)));
    let login = credentials.issue("seat", now).unwrap();
    let server = Server::<NoPort>::new(settings.clone(), credentials, secret);
    let transport = if stream { Transport::Stream(1) } else { Transport::Udp };
    let client = Client::new(
        "30.0.0.1:5000".parse().unwrap(),
        "20.1.2.3:3478".parse().unwrap(),
        transport,
    );
    let nonce = relay::core::Nonces::new(secret).issue(now, client.address);
    let key = LongTermKeyCredentials::new(login.username.clone(), login.password, settings.realm.clone());

    let send = |method: u16, attributes: &Attributes| {
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
        message.add_attribute(&Username::new(&login.username).unwrap()).unwrap();
        message.add_attribute(&Realm::new(&settings.realm).unwrap()).unwrap();
        message.add_attribute(&Nonce::new(&nonce).unwrap()).unwrap();
        message
            .add_message_integrity(&key.clone().into(), IntegrityAlgorithm::Sha1)
            .unwrap();
        match server.handle(now, client, &message.finish()) {
            Action::Open(opening) => drop(server.open(now, *opening, Some((50_000, NoPort)), 7)),
            Action::Answer(_) | Action::None => {}
            _ => panic!("a request was relayed"),
        }
    };
    send(3, &vec![(0x0019, vec![17, 0, 0, 0])]);
    for (method, attributes) in &requests {
        send([3, 4, 8, 9][usize::from(method % 4)], attributes);
    }
    for datagram in &from_client {
        if let Action::Relay { peer, payload, .. } = server.handle(now, client, datagram) {
            settings.policy.check(peer).unwrap();
            assert!(payload.len() <= datagram.len());
        }
    }
    if let Some(slot) = server.slot_of(&client) {
        let mut bytes = Vec::new();
        for datagram in &from_peer {
            bytes.clear();
            let _ = server.handle_peer(now, &slot, "9.9.9.9:4000".parse().unwrap(), datagram, &mut bytes);
        }
    }
});
